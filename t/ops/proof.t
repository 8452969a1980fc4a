# SPDX-License-Identifier: MIT
# leat check reports everything that is wrong at once, in order, to people and to programs, and with
# --live what the rows of the database break.
use strict;
use warnings;
use JSON::PP;
use Leat::Proof;
use Leat::Test;
use Test::More;

my $all;

subtest 'reports everything at once, in the order of the document' => sub {
    # Some findings need a statement which another operation breaks.
    $all = proves('all at once', <<'YAML',
paths:
  /d:
    <1>get:
      operationId: d
      x-allow-scan: false
      responses:
        "200":
          description: d
          content:
            application/json:
              schema: {type: array, items: {type: object, properties: {id: {type: integer}}}}
      x-sql: {returns: list, max-rows: 1000, sql: SELECT id FROM items}
  /c:
    get:
      operationId: c
      responses: {"200": {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/C"}}}}}
      x-sql: {returns: one, sql: SELECT id FROM <2>nowhere}
  /b:
    <3>get: {operationId: b, responses: {"200": {description: d}}}
  /a:
    get:
      operationId: a
      parameters: [{name: q, in: query, schema: {<4>type: word}}]
      responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}
      x-sql: <5>{returns: one, sql: "SELECT 1 AS id"}
    <6>put: {operationId: p, responses: {"200": {description: d}}, x-builtin: health.no}
components:
  schemas:
    C: <7>{type: object, minProperties: 1, maxProperties: 0}
YAML
        'w1 d: scans the whole table items; add an index or x-allow-scan: true',
        '2 c: no such table: nowhere',
        'w3 b has no x-sql, x-handler or x-builtin and will answer 501',
        '4 type: word is not a type; allowed: null, boolean, integer, number, string, array, object',
        'w5 a: the parameter q is not used',
        'w6 x-builtin: this version has no health.no; p will answer 501',
        '7 no value can satisfy the schema: the minimum size exceeds the maximum');
    done_testing;
};

subtest 'reports the same to programs with --json' => sub {
    my $r = $all->leat('check', '--json');
    my @text = split /\n/, $all->leat('check')->{err};
    my $list_of = eval { decode_json($r->{out}) } // [];
    my %level = (warning => 'warning: ', error => '');
    my @shown = map { "$_->{file}:$_->{line}:$_->{column}: $level{$_->{level}}$_->{message}" } @$list_of;
    is_deeply(\@shown, \@text, '--json: the same findings');
    is("$r->{code} $r->{err}", '1 ', '--json: exit 1, and nothing else is said');
    $all->configure("api: [{document: none.yaml}]\nworkers: 2\n");
    $list_of = decode_json($all->leat('check', '--json')->{out});
    is_deeply([map { [@$_{qw(level line column)}] } @$list_of], [['error', undef, undef]],
        '--json: a place that is not known is null');
    $r = Leat::Test->new->leat('check', '--json');
    is("$r->{code} " . encode_json(decode_json($r->{out})), '0 []', '--json: nothing is an empty list');
    done_testing;
};

subtest 'serves a document that it only warns of' => sub {
    my $rows = json('{type: array, items: {type: object, properties: {id: {type: integer}}}}');
    my ($document) = places($head . get($rows . 'x-sql: {returns: list, max-rows: 1000, sql: SELECT id FROM items}'));
    my $warned = Leat::Test->new(migrations => {'0001_a.up.sql' => $tables}, document => $document)->start;
    is($warned->get('/x')->{status}, 200, 'what was warned of serves');
    done_testing;
};

my $live = Leat::Test->new(migrations => {'0001_a.up.sql' => $tables}, document => $head . <<'YAML');
paths:
  /codes:
    get:
      operationId: codes
      x-allow-scan: true
      responses:
        "200":
          description: d
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties: {name: {type: string, enum: [a]}, at: {type: string, format: date}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT name, at FROM items"}
  /outer:
    get:
      operationId: outer
      x-allow-scan: true
      responses:
        "200":
          description: d
          content:
            application/json: {schema: {type: array, items: {type: object, properties: {title: {type: string}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT title FROM items LEFT JOIN lists ON lists.id = list_id"}
  /right:
    get:
      operationId: right
      x-allow-scan: true
      parameters:
      - {name: limit, in: query, schema: {type: integer, default: 1}}
      - {name: cursor, in: query, schema: {type: string}}
      responses:
        "200":
          description: d
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: {type: array, items: {type: object, properties: {id: {type: integer, maximum: 1}}}}
                  next: {type: [string, "null"]}
      x-sql: {returns: list, sql: "SELECT id FROM items", page: {by: [id], limit: limit, cursor: cursor}}
  /gone:
    get:
      operationId: gone
      responses:
        "200":
          description: d
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
      x-sql: {returns: one, sql: "SELECT id FROM items WHERE id = 99"}
  /wipe:
    post:
      operationId: wipe
      x-allow-scan: true
      responses: {"204": {description: d}}
      x-sql: {returns: none, sql: "DELETE FROM items"}
YAML
sub live_lines {
    my $r = $live->leat('check', '--live');
    return $r->{code}, map { s{^\Q$live->{dir}\E/}{}r } split /\n/, $r->{err};
}

subtest 'looks at the rows of the database with --live, and changes none' => sub {
    is($live->leat('check')->{code}, 0, 'no row is looked at without --live');
    is_deeply([live_lines()], [1, "opening the database $live->{dir}/app.db: unable to open database file: "
            . 'No such file or directory'],
        '--live without a database: said so');
    ok(!-e "$live->{dir}/app.db", 'and none was made');
    is($live->leat('migrate', 'up')->{code}, 0, 'a database');
    is_deeply([live_lines()], [1,
        'api.yaml:5:5: codes: the response violates its schema: /1/name must be "a"',
        'api.yaml:5:5: codes: the response violates its schema: /1/at must be a date (2026-01-31)',
        'api.yaml:20:5: outer: answers 500: the column title holds a value that the response schema does not allow'],
        '--live: what the rows break');
    my $mended = slurp("$live->{dir}/api.yaml") =~ s/enum: \[a\]/enum: [a, bb]/r =~ s/, format: date//r;
    $live->write('api.yaml', $mended =~ s/title: \{type: string\}/title: {type: [string, "null"]}/r);
    is_deeply([live_lines()], [0], 'mended: nothing');
    $live->start;
    is(scalar @{$live->get('/codes')->{json}}, 2, 'nothing was changed');
    done_testing;
};

subtest 'says of the documents of OpenAPI what their suite says' => sub {
    my $suite = suites('openapi-3.1') or plan skip_all => 'the suite openapi-3.1 is absent';
    my %verdict = (pass => 0, fail => 1);
    my $count = 0;
    for my $path (sort glob "$suite/schema-*/tests/{pass,fail}/*.yaml") {
        my ($want, $name) = $path =~ m{/(pass|fail)/([^/]+)\z};
        my $one = Leat::Test->new(document => slurp($path));
        my $said = $one->leat('check');
        is($said->{code}, $verdict{$want}, "$name: $want") or diag $said->{err};
        $count++;
    }
    cmp_ok($count, '>', 10, 'the documents of the suite');
    my $museum = Leat::Test->new(document => slurp("$suite/documents/museum.yaml"));
    my $r = $museum->leat('check');
    is("$r->{code} $r->{out}", "0 OK\n", 'the museum loads');
    my @said = split /\n/, $r->{err};
    my $operations = () = slurp("$suite/documents/museum.yaml") =~ /^    (?:get|put|post|patch|delete):/mg;
    my $no_binding = qr/warning: \w+ has no x-sql, x-handler or x-builtin and will answer 501$/;
    is(scalar(grep { /$no_binding/ } @said), scalar @said, 'with a warning for each of its operations');
    $museum->start;
    my $museum_path = '/_mock/docs/openapi/museum-api';
    is($museum->get("$museum_path/museum-hours")->{status}, 401, 'and lets nobody in who is not known');
    my $event = "$museum_path/special-events/dad4bce8-f5cb-4078-a211-995864315e39";
    is($museum->request('DELETE', $event)->{status}, 401, 'each');
    done_testing;
};

all_done;
