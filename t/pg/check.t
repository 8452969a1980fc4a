# SPDX-License-Identifier: MIT
# leat check proves a document on PostgreSQL: what it finds on SQLite it finds here, and what only
# PostgreSQL knows too, the types of parameters; each at its file and line.
use strict;
use warnings;
use Leat::Postgres;
use Leat::Program;
use Leat::Proof;
use Leat::Test;
use Test::More;

my $pg = Leat::Postgres->new;
$ENV{LEAT_DATABASE_URL} = $pg->create('app');

my $schema = <<'SQL';
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN size AS integer CHECK (VALUE > 0);
CREATE TABLE lists (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL UNIQUE);
CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, list_id integer REFERENCES lists,
    name text NOT NULL, note text, price numeric(10, 2), tags text[], code uuid, mood mood NOT NULL,
    size size NOT NULL, at timestamptz NOT NULL DEFAULT now(), done boolean NOT NULL DEFAULT false);
CREATE INDEX items_list ON items (list_id);
CREATE FUNCTION bump() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT n; SELECT 2 * n; END;
CREATE VIEW keys AS SELECT name, value AS secret FROM _leat_keys;
SQL

my $n = 0;
my $id_row = '{id: {type: integer}}';
# An operation GET /nN (or another method): the statement, the properties of its rows, and more.
sub operation {
    my ($sql, $properties, %o) = @_;
    my $id = 'n' . ++$n;
    my $method = $o{method} // 'get';
    my $parameters = join ', ', map { "{name: $_, in: query, required: true, schema: $o{values}{$_}}" }
        sort keys %{$o{values} // {}};
    return <<"YAML";
  /$id:
    <${n}9>$method:
      operationId: $id
      parameters: [$parameters]
      responses:
        "200": {description: d, content: {application/json: {schema: {type: object, properties: $properties}}}}
      x-sql: <${n}1>{returns: one, sql: <${n}8>"$sql"}
YAML
}

# Checks a document of operations: rows of [statement, properties, options, findings]; a finding begins
# with the mark that it is at: 1 of the x-sql, 8 of the statement, 9 of the operation, others of those in it.
sub finds {
    my ($name, @rows) = @_;
    my ($text, @want) = ("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n");
    for my $row (@rows) {
        my ($sql, $properties, $options, @findings) = @$row;
        $text .= operation($sql =~ s/<(\d)>/'<' . ($n + 1) . "$1>"/ger, $properties, %$options);
        push @want, map { my ($w, $at, $message) = /^(w?)(\d) (.*)\z/s; ["$n$at", $w, "n$n: $message"] } @findings;
    }
    my ($plain, $places) = places($text);
    my $leat = Leat::Test->new(document => $plain, migrations => {'0001_a.up.sql' => $schema});
    my $r = $leat->leat('check');
    my @got = map { s{\Q$leat->{dir}\E/}{}gr } split /\n/, $r->{err};
    my @expected = map { "api.yaml:$places->{$_->[0]}: " . ($_->[1] ? 'warning: ' : '') . $_->[2] } @want;
    is_deeply(\@got, \@expected, $name) or diag join "\n", 'got:', @got, 'expected:', @expected;
    return $r;
}

subtest 'a document that is right' => sub {
    my $r = finds('nothing is found',
        ["SELECT id, name, size, mood, price, at, code, done, note FROM items WHERE id = :id",
            '{id: {type: integer}, name: {type: string}, size: {type: integer}, mood: {type: string, enum: [good, bad]},
              price: {type: [number, "null"]}, at: {type: string, format: date-time},
              code: {type: [string, "null"], format: uuid}, done: {type: boolean}, note: {type: [string, "null"]}}',
            {values => {id => '{type: integer}'}}],
        ["SELECT to_jsonb(tags) AS tags, random() AS r, twice(2) AS t FROM items WHERE id = :id",
            '{tags: {type: array}, r: {type: number}, t: {type: integer}}', {values => {id => '{type: integer}'}}],
        ["INSERT INTO lists (title) VALUES (:title) RETURNING id", $id_row,
            {method => 'post', values => {title => '{type: string}'}}]);
    is("$r->{code} $r->{out}", "0 OK\n", 'and it is good');
    done_testing;
};

subtest 'what does not fit the schema, at the word' => sub {
    finds('statements',
        ['SELECT id, <2>nothing FROM items', '{}', {}, '2 column \"nothing\" does not exist' =~ s/\\//gr],
        ['SELECT id FROM <2>nowhere', '{}', {}, '2 relation "nowhere" does not exist'],
        ['<2>DROP TABLE items', '{}', {}, '2 a statement can only read and change rows'],
        ['<2>SELCT 1', '{}', {}, '2 syntax error at or near "SELCT"'],
        ["SELECT <2>set_config('leat.sub', 'ann', true) AS a", '{}', {}, '2 set_config() could pretend another caller'],
        ['SELECT value FROM _leat_keys', '{}', {},
            "8 value is a secret column of Leat's own tables, which no statement can read"],
        ['SELECT secret FROM keys', '{}', {},
            "8 value is a secret column of Leat's own tables, which no statement can read"],
        ["DELETE FROM _leat_migrations RETURNING version", '{}', {method => 'post'},
            '8 the tables _leat_* are read-only']);
    done_testing;
};

subtest 'rows that the response does not allow' => sub {
    finds('columns',
        ['SELECT note FROM items WHERE id = 1', '{note: {type: string}}', {},
            '1 the column note may be NULL, but the response schema does not allow null'],
        ['SELECT name FROM items WHERE id = 1', '{name: {type: integer}}', {},
            '1 the column name is text, but the response schema says integer'],
        ['SELECT size FROM items WHERE id = 1', '{size: {type: boolean}}', {},
            '1 the column size is integer, but the response schema says boolean'],
        ['SELECT tags FROM items WHERE id = 1', '{tags: {type: array}}', {},
            '8 the column tags is an array (text[]); use to_jsonb() on it'],
        ['SELECT items AS item FROM items WHERE id = 1', '{item: {type: object}}', {},
            '8 the column item is a row (items); use to_jsonb() on it'],
        ['SELECT mood FROM items WHERE id = 1', '{mood: {type: string, enum: [good]}}', {},
            "1 the column mood can be 'bad', which the response schema does not allow"],
        ['SELECT id, id FROM items WHERE id = 1', $id_row, {}, '1 two columns are named id']);
    done_testing;
};

subtest 'values that the database would refuse' => sub {
    finds('parameters',
        ['SELECT id FROM items WHERE list_id = <2>:v', $id_row, {values => {v => '{type: integer}'}},
            'w2 :v can be 2147483648 by its schema, but integer ends at 2147483647'],
        ['SELECT id FROM items WHERE list_id = :v', $id_row,
            {values => {v => '{type: integer, minimum: 1, maximum: 2147483647}'}}],
        ['SELECT id FROM items WHERE list_id = <2>:v', $id_row, {values => {v => '{type: string}'}},
            '2 :v is integer in the statement, but its schema says string'],
        ['SELECT id FROM items WHERE id = <2>:v', $id_row, {values => {v => '{type: [integer, boolean]}'}},
            'w2 :v is bigint in the statement, but its schema also allows boolean'],
        ['SELECT id FROM items WHERE id = 1 AND mood = <2>:v', $id_row,
            {values => {v => '{type: string, enum: [good, fair]}'}},
            "2 :v can be 'fair' by its schema, which is no label of mood"],
        ['SELECT id FROM items WHERE id = 1 AND mood = <2>:v', $id_row, {values => {v => '{type: string}'}},
            'w2 :v takes only the labels of mood; give its schema that enum'],
        ['SELECT id FROM items WHERE id = 1 AND code = <2>:v', $id_row, {values => {v => '{type: string}'}},
            'w2 :v is uuid, but its schema allows any text; add format: uuid'],
        ['SELECT id FROM items WHERE id = ANY (<2>:v)', $id_row,
            {values => {v => '{type: array, items: {type: integer}}'}},
            '2 :v is bigint[], which no value of a request is; take jsonb and use jsonb_array_elements()'],
        ['INSERT INTO items (name, mood, size) VALUES (<2>:_sub, \'good\', 1) RETURNING id', $id_row,
            {method => 'post'},
            '2 :_sub is NULL on a public operation, but items.name is NOT NULL; add security to the operation']);
    done_testing;
};

subtest 'what a GET must not do, and what becomes slow' => sub {
    my $volatile = 'is volatile, so that it may write, which this method must not; declare it STABLE if it only reads';
    finds('plans',
        ["INSERT INTO lists (title) VALUES ('a') RETURNING id", $id_row, {},
            '1 GET must not write (RFC 9110, 9.2.1)'],
        ['SELECT id FROM lists WHERE id = 1 FOR UPDATE', $id_row, {}, '1 GET must not write (RFC 9110, 9.2.1)'],
        ['SELECT bump() AS n', '{n: {type: integer}}', {},
            "8 bump() $volatile"],
        ["SELECT nextval('lists_id_seq') AS n", '{n: {type: integer}}', {},
            "8 nextval() $volatile"],
        ['SELECT bump() AS n', '{n: {type: integer}}', {method => 'post'}],
        ['SELECT id FROM items WHERE name = :v', $id_row, {values => {v => '{type: string}'}},
            'w9 scans the whole table items; add an index or x-allow-scan: true'],
        ['SELECT i.id FROM lists l JOIN items i ON i.list_id = l.id WHERE l.title = :v', $id_row,
            {values => {v => '{type: string}'}}],
        ['SELECT max(id) AS id FROM items', '{id: {type: [integer, "null"]}}', {}],
        ['SELECT count(*) AS n FROM items', '{n: {type: integer}}', {},
            'w9 scans the whole table items; add an index or x-allow-scan: true']);
    done_testing;
};

subtest 'pages whose order leaves rows equal' => sub {
    my ($text, $places) = places(<<'YAML');
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /good:
    get: {operationId: good, parameters: [{name: cursor, in: query, schema: {type: string}}], responses: {"200":
      {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/P"}}}}},
      x-sql: {returns: list, sql: SELECT id FROM items, page: {by: [id], cursor: cursor}}}
  /bad:
    get: {operationId: bad, parameters: [{name: cursor, in: query, schema: {type: string}}], responses: {"200":
      {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/P"}}}}},
      x-allow-scan: true, x-sql: {returns: list, sql: "SELECT list_id AS id FROM items WHERE list_id IS NOT NULL",
        page: {<2>by: [id], cursor: cursor}}}
components:
  schemas:
    P: {type: object, properties: {items: {type: array, items: {$ref: "#/components/schemas/I"}},
        next: {type: [string, "null"]}}}
    I: {type: object, properties: {id: {type: [integer, "null"]}}}
YAML
    my $leat = Leat::Test->new(document => $text, migrations => {'0001_a.up.sql' => $schema});
    my $r = $leat->leat('check');
    like($r->{err}, qr{^\S+api\.yaml:$places->{2}: (?:warning: )?bad: page: by: .*lost between pages}, 'it is told');
    unlike($r->{err}, qr/good/, 'and nothing of a key');
    done_testing;
};

subtest 'answers to constraints that are not there' => sub {
    my ($text, $places) = places(<<'YAML');
openapi: 3.1.0
info: {title: t, version: "1"}
x-tables:
  lists:
    constraints:
      unique(title): {status: 409, code: taken, message: taken}
      unique(id): {status: 409, code: taken, message: taken}
      unique(title, id): <1>{status: 409, code: taken, message: taken}
      not-null(title): {status: 422, code: missing, message: missing}
      not-null(nothing): <2>{status: 422, code: missing, message: missing}
      check(size_check): {status: 422, code: small, message: small}
      check(other): <3>{status: 422, code: small, message: small}
      foreign-key: {status: 422, code: gone, message: gone}
paths: {}
YAML
    my $leat = Leat::Test->new(document => $text, migrations => {'0001_a.up.sql' => $schema});
    my @got = map { s{\Q$leat->{dir}\E/}{}gr } split /\n/, $leat->leat('check')->{err};
    my %missing = (1 => 'unique(lists.title, lists.id)', 2 => 'not-null(lists.nothing)', 3 => 'check(other)');
    is_deeply(\@got, [map { "api.yaml:$places->{$_}: warning: x-tables: the database has no constraint $missing{$_}" }
        1 .. 3], 'are told');
    done_testing;
};

subtest 'rows of the database that the response does not allow, with --live' => sub {
    local $ENV{LEAT_DATABASE_URL} = $pg->create('live');
    my $leat = Leat::Test->new(document => <<'YAML', migrations => {'0001_a.up.sql' => $schema});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /titles:
    get:
      operationId: titles
      x-allow-scan: true
      parameters: [{name: least, in: query, schema: {type: integer, default: 1, minimum: 1, maximum: 100}}]
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: {type: object,
        properties: {title: {type: string, maxLength: 3}, n: {type: integer}}}}}}}}
      x-sql: {returns: list, max-rows: 10,
        sql: "SELECT l.title, i.size AS n FROM lists l LEFT JOIN items i ON i.list_id = l.id WHERE l.id >= :least"}
YAML
    $leat->leat('migrate', 'up');
    is($leat->leat('check', '--live')->{err}, '', 'no rows, nothing is wrong');
    $pg->sql('live', "INSERT INTO lists (title) VALUES ('four')");
    my $found = join '', map { s/^\S+ //r . "\n" } split /\n/, $leat->leat('check', '--live')->{err};
    is($found, <<'TXT', 'each is told');
titles: the response violates its schema: /0/title must have at most 3 characters
titles: the response violates its schema: /0/n must be integer
TXT
    done_testing;
};

subtest 'a migration that fails, at its line' => sub {
    my @rows = (
        ["CREATE TABLE a (id integer);\n\nCREATE TABLE a (id integer);", 3, 'relation "a" already exists'],
        ["CREATE TABLE a (id integer);\n-- c\nCREATE INDEX ON a\n  (nothing);", 3, 'column "nothing" does not exist'],
        ["SELECT 1;\nCOMMIT;", 2, 'a migration must not begin or end transactions'],
        ["CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS \$\$ BEGIN PERFORM 1; END \$\$;\nSELECT g();", 2,
            'function g() does not exist: No function matches'],
    );
    for (@rows) {
        my ($sql, $line, $message) = @$_;
        my $leat = Leat::Test->new(document => "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n",
            migrations => {'0001_a.up.sql' => $sql});
        my $r = $leat->leat('check');
        like($r->{err}, qr{/migrations/0001_a\.up\.sql:$line: \Q$message\E}, $message);
    }
    done_testing;
};

subtest 'a server that does not answer' => sub {
    local $ENV{LEAT_DATABASE_URL} = 'postgresql://app@127.0.0.1:' . Leat::Test::free_port() . '/app';
    my $leat = Leat::Test->new(document => "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n",
        migrations => {'0001_a.up.sql' => $schema});
    my $r = $leat->leat('check');
    like($r->{err},
        qr/^connection to server at "127\.0\.0\.1", port \d+ failed: Connection refused/, 'is told in one line');
    done_testing;
};

subtest 'nothing is left in the cluster' => sub {
    is($pg->sql('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'leat_check%'"), 0,
        'no scratch database');
    is($pg->sql('app', "SELECT count(*) FROM pg_class WHERE relname = 'items'"), 0,
        'and nothing in the application\'s');
    done_testing;
};

all_done();
