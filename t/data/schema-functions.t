# SPDX-License-Identifier: MIT
# A migration is the operator's own: its schema may use whatever functions and virtual tables SQLite has.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $nothing = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {}
API

# Each row: what the schema uses, and statements that fail or do nothing where it does not work.
my @schemas = (
    ['a CHECK with json_valid()', q{CREATE TABLE t (tags TEXT CHECK (json_valid(tags))); INSERT INTO t VALUES ('[]')}],
    ['a CHECK with json_type() and like()',
        q{CREATE TABLE t (a TEXT CHECK (json_type(a) = 'array' AND a LIKE '[%')); INSERT INTO t VALUES ('[1]')}],
    ['a generated column', q{CREATE TABLE t (doc TEXT, name TEXT AS (doc ->> '$.name')); INSERT INTO t VALUES ('{}')}],
    ['a stored generated column',
        q{CREATE TABLE t (doc TEXT, n INTEGER AS (json_array_length(doc)) STORED); INSERT INTO t VALUES ('[1]')}],
    ['a default', q{CREATE TABLE t (a INTEGER, d TEXT DEFAULT (json_array(1, 2))); INSERT INTO t (a) VALUES (1)}],
    ['an index on json_extract()',
        q{CREATE TABLE t (doc TEXT); CREATE INDEX i ON t (json_extract(doc, '$.name')); INSERT INTO t VALUES ('{}')}],
    ['a partial index', q{CREATE TABLE t (doc TEXT); CREATE INDEX i ON t (doc) WHERE doc ->> '$.on' = 1}],
    ['a view with json_each()',
        q{CREATE TABLE t (a TEXT); CREATE VIEW v AS SELECT e.value FROM t, json_each(t.a) AS e; SELECT * FROM v}],
    ['a trigger with json_each()', q{CREATE TABLE t (a TEXT); CREATE TABLE l (v); CREATE TRIGGER r AFTER INSERT ON t }
        . q{BEGIN INSERT INTO l SELECT value FROM json_each(new.a); END; INSERT INTO t VALUES ('[1]')}],
    ['FTS5 kept by triggers', q{CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
        CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
        CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO f (rowid, a) VALUES (new.id, new.a); END;
        CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO f (f, rowid, a) VALUES ('delete', old.id, old.a); END;
        INSERT INTO t (a) VALUES ('x'); DELETE FROM t}],
    ['FTS4 in a view', q{CREATE VIRTUAL TABLE f USING fts4(a); CREATE VIEW v AS SELECT a FROM f; SELECT * FROM v}],
    ['R*Tree kept by a trigger', q{CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);
        CREATE VIRTUAL TABLE r USING rtree(id, a, b);
        CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO r VALUES (new.id, new.a, new.b); END;
        INSERT INTO t VALUES (1, 1, 2)}],
);
for (@schemas) {
    my ($what, $sql) = @$_;
    subtest "a schema may have $what" => sub {
        my $leat = Leat::Test->new(document => $nothing, migrations => {'0001_t.up.sql' => "$sql;\n"});
        my $check = $leat->leat('check');
        is("$check->{code} $check->{err}", '0 ', 'leat check');
        my $up = $leat->leat('migrate', 'up');
        is($up->{code}, 0, 'leat migrate up') or diag($up->{err});
    };
}

subtest 'what such a schema derives is served' => sub {
    my $leat = Leat::Test->new(migrations => {'0001_t.up.sql' => <<'SQL'}, document => <<'API')->start;
CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT NOT NULL CHECK (json_valid(doc)), name TEXT AS (doc ->> '$.name'));
CREATE VIRTUAL TABLE f USING fts5(name, content='t', content_rowid='id');
CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO f (rowid, name) VALUES (new.id, new.doc ->> '$.name'); END;
CREATE VIEW v AS SELECT id, upper(name) AS name FROM t;
SQL
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t:
    post:
      operationId: add
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
      responses: {'201': {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (doc) VALUES (:_body) RETURNING id, name"}
    get:
      operationId: find
      x-allow-scan: true
      parameters: [{name: q, in: query, required: true, schema: {type: string}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}}
      x-sql: {returns: list, sql: "SELECT v.id, v.name FROM f JOIN v ON v.id = f.rowid WHERE f MATCH :q LIMIT 10"}
API
    is_deeply($leat->post('/t', {name => 'Anna'})->{json}, {id => 1, name => 'Anna'}, 'a generated column');
    is_deeply($leat->get('/t?q=anna')->{json}, [{id => 1, name => 'ANNA'}], 'a full-text index and a view');
};
all_done;
