# SPDX-License-Identifier: MIT
# Writing statements see the caller's rows only: neither status, count nor failure reveals what others
# have. All requests are bob's; alice's row has a text to find out, and JSON that makes functions fail.
use strict;
use warnings;
use Leat::Jwt;
use Leat::Test;
use Test::More;

my $secret = '0123456789abcdef0123456789abcdef';
my $count  = '{application/json: {schema: {type: object, properties: {count: {type: integer}}}}}';

# Makes an operation: [name, method, parameters, SQL, returns].
sub operation {
    my ($name, $method, $parameters, $sql, $returns) = @_;
    my $list = join ', ', map { my ($n, $t) = split /:/; "{name: $n, in: query, required: true, schema: {type: $t}}" }
        split ' ', $parameters;
    my $answer = $returns eq 'none' ? '"204": {description: d}' : qq["200": {description: d, content: $count}];
    return <<"YAML";
  /$name:
    $method:
      operationId: $name
      x-allow-scan: true
      parameters: [$list]
      responses: {$answer}
      x-sql: {returns: $returns, sql: "$sql"}
YAML
}

my @operations = (
    ['one', 'delete', 'id:integer', 'DELETE FROM notes WHERE id = :id', 'none'],
    ['like', 'delete', 'q:string', 'DELETE FROM notes WHERE title GLOB :q', 'count'],
    ['all', 'delete', '', 'DELETE FROM notes -- every one', 'count'],
    ['touch', 'post', '', 'UPDATE notes SET n = n + 1', 'count'],
    ['json', 'post', 'id:integer',
     "UPDATE notes SET n = 5 WHERE id = 9 OR (id = :id AND json_extract(meta, '\$.a') = 1)", 'count'],
    ['from', 'post', 'q:string', join(' ', 'UPDATE notes SET n = 6 FROM (SELECT count(*) AS c FROM notes) AS x',
     'WHERE x.c > 0 AND title GLOB :q'), 'count'],
    ['upsert', 'post', 'q:string', join(' ', "INSERT INTO notes (owner_id, title) VALUES (:_sub, 'new')",
     'ON CONFLICT (owner_id, title) DO UPDATE SET n = n + 1',
     'WHERE EXISTS (SELECT 1 FROM notes AS o WHERE o.title GLOB :q)'), 'count'],
    ['taken', 'post', 'slug:string', join(' ', 'INSERT INTO notes (owner_id, title, slug) VALUES (:_sub, :slug, :slug)',
     'ON CONFLICT (slug) DO UPDATE SET title = excluded.title'), 'count'],
    ['view', 'post', 'q:string',
     'UPDATE notes SET n = 1 WHERE EXISTS (SELECT 1 FROM marked WHERE marked.title GLOB :q)', 'count'],
    ['last', 'post', '', 'UPDATE notes SET n = last_insert_rowid() WHERE id = 9', 'count'],
    ['counts', 'post', '', 'UPDATE notes SET n = 1000 * changes() + total_changes() WHERE id = 9', 'count'],
    ['with', 'delete', 'q:string', join(' ', 'WITH x AS (SELECT id FROM notes WHERE title GLOB :q)',
     'DELETE FROM notes AS n WHERE n.id IN x OR n.title GLOB :q'), 'count'],
);
my $leat = Leat::Test->new(
    workers  => 1,
    document => <<'YAML' . join('', map { operation(@$_) } @operations),
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
security: [{bearer: []}]
x-tables: {notes: {owner: owner_id}}
paths:
  /twice:
    post:
      operationId: twice
      responses:
        "200":
          description: d
          content: {application/json: {schema: {type: object,
            properties: {n: {type: integer}, total: {type: integer}}}}}
      x-sql:
        tx: write
        steps:
        - {as: first, returns: count, sql: "UPDATE notes SET n = 0 WHERE id = 9"}
        - {as: told, returns: one, sql: "SELECT changes() AS n, total_changes() AS total"}
        result: told
YAML
    migrations => {'0001_a.up.sql' => <<'SQL' =~ s/\(BOM\)/\xEF\xBB\xBF/gr},
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT NOT NULL, n INTEGER NOT NULL DEFAULT 0,
    meta TEXT NOT NULL DEFAULT '{}', slug TEXT UNIQUE, UNIQUE (owner_id, title)
);
CREATE INDEX notes_by_owner ON notes (owner_id, id);
CREATE VIEW marked AS SELECT title FROM (BOM)main.(BOM)notes;
INSERT INTO notes (id, owner_id, title, meta, slug)
    VALUES (7, 'alice', 'my PIN is 4711', '{broken', 'hers'), (9, 'bob', 'mine', '{"a":1}', 'his');
SQL
    files => {key => $secret});
$leat->configure("identity: {keys: [{key: 'file:$leat->{dir}/key', id: k, algorithm: HS256}]}\n");
subtest 'the document is good' => sub {
    my $check = $leat->leat('check');
    is($check->{code}, 0, 'by leat check') or diag($check->{err});
};
$leat->start;

my %token = map { $_ => jwt(secret_key($secret), access(sub => $_), {kid => 'k'}) } qw(alice bob);
sub request_as {
    my ($who, $method, $path) = @_;
    return $leat->request($method, $path, headers => {Authorization => "Bearer $token{$who}"});
}

sub as_bob {
    my ($method, $path) = @_;
    my $r = request_as('bob', $method, $path);
    return $r->{status} . ($r->{json} && exists $r->{json}{count} ? " $r->{json}{count}" : '');
}

subtest 'whether a row exists is not told' => sub {
    is(as_bob(DELETE => '/one?id=7'), as_bob(DELETE => '/one?id=12345'), "alice's row is like none");
};

subtest 'what a row contains is not told' => sub {
    for my $operation (['DELETE', 'like'], ['POST', 'from'], ['DELETE', 'with'], ['POST', 'view'], ['POST', 'upsert']) {
        my ($method, $name) = @$operation;
        as_bob($method, "/$name?q=nothing");    # the row that an upsert then finds
        my ($right, $wrong) = map { as_bob($method, "/$name?q=$_*") } 'my%20PIN', 'no%20PIN';
        is($right, $wrong, "$name tells no letter of it");
    }
};

subtest 'a bulk change reaches the own rows' => sub {
    is(as_bob(POST => '/touch'), '200 2', 'without a WHERE: the own rows');
};

subtest 'a function does not fail over the rows of others' => sub {
    is(as_bob(POST => '/json?id=7'), '200 1', "alice's broken JSON is not looked into");
    is(as_bob(POST => '/json?id=9'), '200 1', 'as if there were none');
};

subtest 'changes() counts what the caller has changed' => sub {
    is(request_as('alice', POST => '/taken?slug=third')->{status}, 200, 'by alice');
    is(as_bob(POST => '/counts'), '200 1', 'is not');
    my $n = run_command('sqlite3', "$leat->{dir}/app.db", 'SELECT n FROM notes WHERE id = 9');
    is($n->{out}, "0\n", 'what bob is told');
    is(request_as('bob', POST => '/twice')->{body}, '{"n":1,"total":1}', 'he is told of his own');
    run_command('sqlite3', "$leat->{dir}/app.db", "DELETE FROM notes WHERE slug = 'third'");
};

subtest 'last_insert_rowid() is of a row of the caller' => sub {
    is(request_as('alice', POST => '/taken?slug=second')->{status}, 200, 'that alice has made');
    is(as_bob(POST => '/last'), '200 1', 'is not');
    my $n = run_command('sqlite3', "$leat->{dir}/app.db", 'SELECT n FROM notes WHERE id = 9');
    is($n->{out}, "0\n", 'the last that bob has made');
    run_command('sqlite3', "$leat->{dir}/app.db", "DELETE FROM notes WHERE slug = 'second'");
};

subtest 'a key that another has taken is a conflict' => sub {
    is(as_bob(POST => '/taken?slug=his'), '200 1', 'by oneself: the row is updated');
    is(as_bob(POST => '/taken?slug=hers'), '409', 'by another: a conflict, as without ON CONFLICT');
    is(as_bob(POST => '/taken?slug=free'), '200 1', 'by nobody: there is a new row');
};

subtest 'whoever deletes all has deleted his own rows alone' => sub {
    is(as_bob(DELETE => '/all'), '200 3', 'as many as bob has');
    my $left = run_command('sqlite3', "$leat->{dir}/app.db", 'SELECT id, title, n, meta, slug FROM notes');
    is($left->{out}, "7|my PIN is 4711|0|{broken|hers\n", "alice's row is as it was");
    unlike($leat->log, qr/db\.failed/, 'and nothing failed');
};

all_done();
