# SPDX-License-Identifier: MIT
# What is wrong in SQL is reported at its own line and column, however the document holds the statement.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

my $list = "responses: {'200': {description: d, content: {application/json: {schema: {type: array, items: {"
    . "type: object, properties: {id: {type: integer}}}}}}}}\n      x-allow-scan: true\n      ";

# An operation whose x-sql is `lines`.
sub listing {
    my ($lines) = @_;
    return "paths:\n  /x:\n    get:\n      operationId: op\n      $list$lines";
}

my @scalars = (
    ['a literal block', <<'YAML'],
x-sql:
        returns: list
        max-rows: 1000
        sql: |
          SELECT id

          FROM <1>nowhere -- a comment
          WHERE id = 1
YAML
    ['a literal block with an indentation of its own', <<'YAML'],
x-sql:
        returns: list
        max-rows: 1000
        sql: |2-   # a comment
             SELECT id
          FROM
            <1>nowhere
YAML
    ['a literal block that goes deeper', <<'YAML'],
x-sql:
        sql: |+
          SELECT id
            FROM
                <1>nowhere

        returns: list
        max-rows: 1000
YAML
    ['a folded block', <<'YAML'],
x-sql:
        returns: list
        max-rows: 1000
        sql: >-
          SELECT id
          FROM
            <1>nowhere

          WHERE id = 1
YAML
    ['a quoted string over lines', <<'YAML'],
x-sql:
        returns: list
        max-rows: 1000
        sql: "SELECT id,
          'é\u00e9\x41\\' AS a,   \
          \"id\" AS b\tFROM\n <1>nowhere"
YAML
    ['a string in single quotes', <<'YAML'],
x-sql:
        returns: list
        max-rows: 1000
        sql: 'SELECT id, ''it''''s'' AS a

          FROM <1>nowhere'
YAML
    ['a plain string over lines', <<'YAML'],
x-sql:
        returns: list
        max-rows: 1000
        sql: SELECT id
          FROM
          <1>nowhere
YAML
    ['a string in one line', <<'YAML'],
x-sql: {returns: list, max-rows: 1000, sql: SELECT id FROM <1>nowhere}
YAML
    ['a string with an anchor', <<'YAML'],
x-sql: {returns: list, max-rows: 1000, sql: &a "SELECT id FROM <1>nowhere"}
YAML
);
subtest "finds a table in $_->[0]" => sub {
    my ($document, $places) = places(listing($_->[1]));
    my $leat = Leat::Test->new(document => $head . $document, migrations => {'0001_a.up.sql' => $tables});
    my ($line, $col) = split /:/, $places->{1};
    $line += $head =~ tr/\n//;
    like($leat->leat('check')->{err}, qr/^\S*api\.yaml:$line:$col: op: no such table: nowhere$/m, 'line and column');
} for @scalars;

my $names = "parameters: [{name: long_name, in: query, schema: {type: integer}}]\n      " . $list;
my @mistakes = (
    ['an unknown column', 'no such column: wrong', <<'YAML'],
SELECT id FROM items
          WHERE id = :long_name AND :long_name > 0 AND <1>wrong = 2
YAML
    ['an error of syntax', 'near "items": syntax error', <<'YAML'],
SELECT id
          FORM <1>items
YAML
    ['an undeclared parameter', ':nobody is neither a parameter nor a body property', <<'YAML'],
SELECT id FROM items
          WHERE id = :long_name OR id = <1>:nobody
YAML
    ['a name of the server that there is not', ':_who is not a built-in name', <<'YAML'],
SELECT id FROM items
          WHERE name = <1>:_who
YAML
    ['a second statement', 'x-sql: only one statement is allowed; use steps for several', <<'YAML'],
SELECT id FROM items;
          -- another
          <1>DELETE FROM items
YAML
    ['a parameter without a name', 'x-sql: parameters must be written as :name', <<'YAML'],
SELECT id FROM items
          WHERE id = <1>?
YAML
    ['a function that is reserved', 'the functions leat_*() are reserved; use :_sub for the caller', <<'YAML'],
SELECT id FROM items
          WHERE name = <1>leat_sub()
YAML
);
subtest "finds $_->[0]" => sub {
    my $yaml = "x-sql:\n        returns: list\n        max-rows: 9\n        sql: |\n          $_->[2]";
    my ($document, $places) = places($head . "paths:\n  /x:\n    get:\n      operationId: op\n      $names$yaml");
    my $r = Leat::Test->new(document => $document, migrations => {'0001_a.up.sql' => $tables})->leat('check');
    like($r->{err}, qr/^\S*api\.yaml:$places->{1}: (?:op: )?\Q$_->[1]\E$/m, 'line and column');
} for @mistakes;

subtest 'files have lines and columns too' => sub {
    for (['no such table: nowhere', "SELECT id\n-- é\n  FROM <1>nowhere\n"],
        [':nobody is neither a parameter nor a body property', "\nSELECT id FROM items\nWHERE id = <1>:nobody\n"],
        ['only one statement is allowed; use steps for several', "SELECT id FROM items;\n\t<1>SELECT 1\n"]) {
        my ($message, $text) = @$_;
        my ($sql, $places) = places($text);
        my $listing = listing("x-sql: {returns: list, max-rows: 9, sql: {file: list.sql}}\n");
        my $leat = Leat::Test->new(document => $head . $listing,
            files => {'list.sql' => $sql}, migrations => {'0001_a.up.sql' => $tables});
        like($leat->leat('check')->{err}, qr/^\S*list\.sql:$places->{1}: .*\Q$message\E$/m, $message);
    }
};

subtest 'and so have strings in JSON' => sub {
    my $json = '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": {'
        . '"operationId": "op", "responses": {"200": {"description": "d"}},' . "\n"
        . '"x-sql": {"returns": "none", "sql": "SELECT id \"a\"\nFROM\t<1>nowhere"}}}}}' . "\n";
    my ($document, $places) = places($json);
    my $leat = Leat::Test->new(config => "api: [{document: api.json}]\n", files => {'api.json' => $document},
        migrations => {'0001_a.up.sql' => $tables});
    like($leat->leat('check')->{err}, qr/^\S*api\.json:$places->{1}: op: no such table: nowhere$/m, 'line and column');
};
done_testing;
