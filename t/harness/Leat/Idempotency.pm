# SPDX-License-Identifier: MIT
# A server whose operations keep their answers under the client's Idempotency-Key.
#
#     my $leat = keeping(workers => 4)->start;
#     my $r = make($leat, 'ann', 'key', {v => 'x'});     # POST /things
package Leat::Idempotency;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Jwt;
use Leat::Test ();

our @EXPORT = qw(keeping document make sent headers_of same sql rows kept);

my $secret = '0123456789abcdef0123456789abcdef';
my $object = 'content: {application/json: {schema: {type: object, properties: '
    . '{id: {type: integer}, v: {type: string}, version: {type: integer}, count: {type: integer}}}}}';
my $thing = "requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v], "
    . 'properties: {v: {type: string}}}}}}';

my $new = $thing =~ s/(properties: \{)/$1a: {}, /r;

# Returns the document. Each pair of texts in it is replaced.
sub document {
    my (@pairs) = @_;
    my $text = <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
security: [{bearer: []}]
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
x-tables: {things: {owner: owner}}
paths:
  /things:
    get:
      operationId: countThings
      responses: {"200": {description: d, $object}}
      x-sql: {returns: one, sql: "SELECT count(*) AS count FROM things"}
    post:
      operationId: make
      x-idempotency: optional
      $new
      parameters: [{name: note, in: query, schema: {type: string}}, {name: X-Note, in: header, schema: {type: string}}]
      responses: {"201": {description: d, $object}}
      x-sql:
        returns: one
        location: /things/{id}
        etag: version
        sql: |
          INSERT INTO things (owner, v, note) VALUES (:_sub, :v, coalesce(:note, :X_Note, :a)) RETURNING id, v, version
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getThing
      responses: {"200": {description: d, $object}}
      x-sql: {returns: one, etag: version, sql: "SELECT id, v, version FROM things WHERE id = :id"}
    put:
      operationId: putThing
      x-idempotency: required
      $thing
      responses: {"200": {description: d, $object}}
      x-sql:
        returns: one
        etag: version
        sql: UPDATE things SET v = :v, version = version + 1 WHERE id = :id RETURNING id, v, version
    delete:
      operationId: dropThing
      x-idempotency: {expires: 1h}
      responses: {"204": {description: d}}
      x-sql: {returns: none, sql: "DELETE FROM things WHERE id = :id", else: {status: 404}}
  /bytes:
    post:
      operationId: keepBytes
      x-idempotency: required
      requestBody: {required: true, content: {application/octet-stream: {}}}
      responses: {"200": {description: d, $object}}
      x-sql: {returns: one, sql: "INSERT INTO bytes (b) VALUES (:_body) RETURNING id, hex(b) AS v"}
  /files:
    post:
      operationId: addFile
      x-idempotency: required
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object, required: [file, note],
        properties: {file: {type: string, format: binary}, note: {type: string}}}}}}
      responses: {"200": {description: d, $object}}
      x-sql: {returns: one, sql: "INSERT INTO bytes (b) VALUES (:file) RETURNING id, hex(b) || :note AS v"}
  /json:
    post:
      operationId: fromJson
      x-idempotency: required
      $thing
      responses: {"201": {description: d, $object}}
      x-sql: {returns: one, sql: "INSERT INTO things (owner, v) VALUES (:_sub, json_extract(:v, '\$.v')) RETURNING id, v"}
  /tenant:
    post:
      operationId: tenant
      x-idempotency: required
      responses: {"200": {description: d, $object}}
      x-sql: {returns: one, sql: "INSERT INTO bytes (b) VALUES (:_claim_tenant) RETURNING id, b AS v"}
  /brief:
    post:
      operationId: brief
      x-idempotency: {required: true, expires: 2s}
      responses: {"200": {description: d, $object}}
      x-sql: {returns: one, sql: "INSERT INTO bytes (b) VALUES (x'00') RETURNING id"}
API
    while (my ($from, $to) = splice @pairs, 0, 2) {
        $text =~ s/\Q$from\E/$to/ or die "$from is not in the document";
    }
    return $text;
}

my $migration = <<'SQL';
CREATE TABLE things (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, v TEXT NOT NULL, note TEXT,
    version INTEGER NOT NULL DEFAULT 1, UNIQUE (owner, v)
);
CREATE TABLE bytes (id INTEGER PRIMARY KEY, b BLOB NOT NULL);
SQL

# Returns a server, not yet started.
sub keeping {
    my (%o) = @_;
    my $leat = Leat::Test->new(document => document(), migrations => {'0001_a.up.sql' => $migration},
        files => {key => $secret}, %o);
    $leat->{identity} = "identity: {keys: [{key: 'file:$leat->{dir}/key', id: k, algorithm: HS256}]}\n";
    $leat->configure($leat->{identity} . ($o{config} // ''));
    return $leat;
}

# Returns the headers of a request by that caller; `key` is the field's value as it is sent, or undef.
sub sent {
    my ($caller, $key, %more) = @_;
    my %claims = (sub => $caller, %{delete $more{claims} // {}});
    return {Authorization => 'Bearer ' . jwt(secret_key($secret), access(%claims), {kid => 'k'}),
        (defined $key ? ('Idempotency-Key' => $key) : ()), %more};
}

sub make {
    my ($leat, $caller, $key, $body, %more) = @_;
    my $path = '/v1/things' . (delete $more{query} // '');
    return $leat->post($path, $body, headers => sent($caller, $key, %more));
}

# Returns an answer as text: what a replay must repeat.
sub headers_of {
    my ($r) = @_;
    return join "\n", $r->{status}, (map { "$_: " . ($r->{headers}{$_} // '-') } qw(location etag content-type
        content-length cache-control)), $r->{body} // '';
}

# Returns whether the second answer repeats the first, and says so.
sub same {
    my ($first, $second) = @_;
    return headers_of($first) eq headers_of($second) && !$first->{headers}{'idempotent-replayed'}
        && ($second->{headers}{'idempotent-replayed'} // '') eq 'true';
}

sub sql {
    my ($leat, $sql) = @_;
    my $r = Leat::Test::run_command('sqlite3', '-cmd', '.timeout 20000', "$leat->{dir}/app.db", $sql);
    return $r->{out} =~ s/\n\z//r;
}
sub rows { my ($leat, $where) = @_; return sql($leat, 'SELECT count(*) FROM things' . ($where ? " WHERE $where" : '')) }
sub kept { my ($leat) = @_; return sql($leat, 'SELECT count(*) FROM _leat_idempotency') }

1;
