# SPDX-License-Identifier: MIT
# When another program migrates the database under running workers, answers keep their names and values,
# or fail; they never show one column's value under another's name.
use strict;
use warnings;
use Leat::Jwt;
use Leat::Test;
use Test::More;

my $secret = '0123456789abcdef0123456789abcdef';
my $user = join ' ', '{type: object, properties:',
    '{id: {type: integer}, name: {type: string}, secret: {type: string, writeOnly: true}}}';
my %app = (workers => 2, document => <<"YAML", migrations => {'0001_a.up.sql' => <<'SQL'});
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
x-tables: {notes: {owner: owner_id}}
paths:
  /users/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getUser
      responses: {"200": {description: d, content: {application/json: {schema: $user}}}}
      x-sql: {returns: one, sql: "SELECT * FROM users WHERE id = :id"}
    put:
      operationId: putUser
      responses: {"200": {description: d, content: {application/json: {schema: $user}}}}
      x-sql: {returns: one, sql: "UPDATE users SET name = name WHERE id = :id RETURNING *"}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getThing
      responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT * FROM things WHERE id = :id"}
    put:
      operationId: putThing
      responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "UPDATE things SET name = name WHERE id = :id RETURNING *"}
  /listed:
    get:
      operationId: listed
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: $user}}}}}
      x-sql:
        returns: list
        max-rows: 9
        sql: WITH x (id, name, secret) AS (SELECT * FROM users) SELECT id, name FROM x
  /united:
    get:
      operationId: united
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: $user}}}}}
      x-sql:
        returns: list
        max-rows: 9
        sql: SELECT id, name, secret FROM users WHERE 0 UNION ALL SELECT * FROM users
  /inner:
    get:
      operationId: inner
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: $user}}}}}
      x-sql: {returns: list, max-rows: 9, sql: "SELECT name FROM (SELECT * FROM things)"}
  /placed:
    post:
      operationId: placed
      responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: count, sql: "INSERT INTO users VALUES (2, 'bob', 'S3CRET')"}
  /copied:
    post:
      operationId: copied
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: count, sql: "INSERT INTO users (id, name, secret) SELECT * FROM users WHERE id > 1"}
  /recent:
    get:
      operationId: recent
      security: [{bearer: []}]
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: {type: object}}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT text FROM recent"}
YAML
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret TEXT NOT NULL) STRICT;
INSERT INTO users VALUES (1, 'ann', 'S3CRET');
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO things VALUES (1, 'cup');
CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX notes_by_owner ON notes (owner_id);
INSERT INTO notes VALUES (1, 'ann', 'hers'), (2, 'bob', 'his');
CREATE TABLE news (text TEXT NOT NULL);
INSERT INTO news VALUES ('for all');
CREATE VIEW recent AS SELECT text FROM news;
SQL
my $leat = Leat::Test->new(%app, files => {key => $secret});
$leat->configure("identity: {keys: [{key: 'file:$leat->{dir}/key', id: k, algorithm: HS256}]}\n");
$leat->start;

my $version = 1;
sub migrate {
    my ($sql) = @_;
    $leat->write(sprintf('migrations/%04d_b.up.sql', ++$version), "$sql\n");
    is($leat->leat('migrate', 'up')->{code}, 0, 'the migration is applied beside running workers');
}

# Every worker, on each of its connections, gives one of the expected answers.
sub expect {
    my ($path, $want, $name) = @_;
    my %seen;
    $seen{"$_->{status} $_->{body}" =~ s/,"request_id.*//r}++
        for map { ($leat->get($path), $leat->request(PUT => $path)) } 1 .. 20;
    is_deeply([keys %seen], [$want], $name) or diag(explain(\%seen));
}
my $token = jwt(secret_key($secret), access(sub => 'bob'), {kid => 'k'});
# Every worker gives the expected answer.
sub expect_all {
    my ($method, $path, $want, $name) = @_;
    my %seen = map { ("$_->{status} $_->{body}" =~ s/,"request_id.*//r) => 1 }
        map { $leat->request($method => $path) } 1 .. 20;
    is_deeply([keys %seen], [$want], $name) or diag(explain(\%seen));
}
sub recent { return $leat->get('/recent', headers => {Authorization => "Bearer $token"})->{body} }

subtest 'before any change each value stands under its own name' => sub {
    expect('/users/1', '200 {"id":1,"name":"ann"}', 'before');
    is(recent(), '[{"text":"for all"}]', 'a view of what nobody owns');
    expect_all(GET => "/$_", '200 [{"id":1,"name":"ann"}]', $_) for qw(listed united);
    expect_all(POST => '/copied', '200 {"count":0}', 'copied');
};

subtest 'columns in another order keep their values' => sub {
    migrate('CREATE TABLE n (id INTEGER PRIMARY KEY, secret TEXT NOT NULL, name TEXT NOT NULL) STRICT;'
        . ' INSERT INTO n SELECT id, secret, name FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;');
    expect('/users/1', '200 {"id":1,"name":"ann"}', 'each value under its own name');
};

my $refused = '500 {"type":"about:blank","title":"Internal Server Error","status":500,"error":"internal error"';
subtest 'a statement that goes by position is refused then' => sub {
    expect_all(GET => "/$_", $refused, $_) for qw(listed united);
    expect_all(POST => "/$_", $refused, $_) for qw(placed copied);
    expect_all(GET => '/inner', '200 [{"name":"cup"}]', 'unless its tables are as they were');
};

subtest "a view that now leads to rows with owners shows the caller's" => sub {
    migrate('DROP VIEW recent; CREATE VIEW recent AS SELECT text FROM notes;');
    is(recent(), '[{"text":"his"}]', "shows the caller's, from the first request on") for 1 .. 10;
};

subtest 'a column more is not answered until a reload proves it' => sub {
    migrate("ALTER TABLE things ADD COLUMN token TEXT NOT NULL DEFAULT 'S3CRET';");
    expect('/things/1', $refused, 'was never proved, and is not answered');
    expect_all(GET => '/inner', '200 [{"name":"cup"}]', 'but one more in another place hides nothing');
    my $reason = qr/its columns differ from those proved because the schema has changed; reload/;
    logged($leat, qr/db\.failed operation=\w+ .*$reason/, 'the log says why');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    expect('/things/1', '200 {"id":1,"name":"cup","token":"S3CRET"}', 'proves it');
};

subtest 'a column less fails until it is back' => sub {
    migrate('ALTER TABLE things DROP COLUMN token;');
    expect('/things/1', $refused, 'is missed');
    migrate("ALTER TABLE things ADD COLUMN token TEXT NOT NULL DEFAULT 'again';");
    expect('/things/1', '200 {"id":1,"name":"cup","token":"again"}', 'until it is back');
};

subtest 'a reload whose migration would break the running release is refused' => sub {
    $leat->write('migrations/0009_c.up.sql', "ALTER TABLE things ADD COLUMN more TEXT NOT NULL DEFAULT 'x';\n");
    my $r = $leat->ctl('reload', '--migrate');
    isnt($r->{code}, 0, 'is refused');
    my $why = qr/getThing: the columns of its rows differ from those proved; name them instead of using \*/;
    like("$r->{out}$r->{err}", qr/the running release would break after the migrations: $why/,
        'because the running release answers all columns');
    expect('/things/1', '200 {"id":1,"name":"cup","token":"again"}', 'and nothing has changed');
};

subtest 'so is one after which statements would go by other positions' => sub {
    $leat->write('migrations/0009_c.up.sql', <<'SQL');
CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret TEXT NOT NULL) STRICT;
INSERT INTO n SELECT id, name, secret FROM users;
DROP TABLE users;
ALTER TABLE n RENAME TO users;
SQL
    my $r = $leat->ctl('reload', '--migrate');
    isnt($r->{code}, 0, 'is refused');
    my $why = qr/the columns of its tables stand in another order than was proved; name those that it uses/;
    like("$r->{out}$r->{err}", qr/the running release would break after the migrations: $_: $why/, "because of $_")
        for qw(listed united placed copied);
};

subtest "an owner column that would take one subject for another's shows nothing" => sub {
    my $recent = 'DROP VIEW recent; DROP TABLE notes; CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id %s NOT NULL,'
        . " text TEXT NOT NULL); INSERT INTO notes VALUES (1, 'ann', 'hers'), (2, 'bob', 'his'), (3, 'BOB', 'other');"
        . ' CREATE VIEW recent AS SELECT text FROM notes;';
    unlink "$leat->{dir}/migrations/0009_c.up.sql";
    for my $type ('TEXT COLLATE NOCASE', 'NUMERIC', '') {
        migrate(sprintf $recent, $type);
        like(recent(), qr/^\{"type":"about:blank","title":"Internal Server Error"/, "'$type': an error") for 1 .. 10;
    }
    migrate(sprintf $recent, 'TEXT');
    is(recent(), '[{"text":"his"}]', 'until it is as proved') for 1 .. 10;
};

all_done();
