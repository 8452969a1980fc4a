# SPDX-License-Identifier: MIT
# The order of a page tells all rows apart, or the check says so: of rows that are equal in it, those after the end of a
# page would be on none.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $rows = 'content: {application/json: {schema: {type: object, properties: {items: {type: array, '
    . 'items: {type: object}}, next: {type: [string, "null"]}}}}}';
my $schema = <<'SQL';
CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);
CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER NOT NULL, place INTEGER NOT NULL, title TEXT NOT NULL,
    UNIQUE (person, place));
CREATE TABLE pages (id INTEGER PRIMARY KEY, slug TEXT NOT NULL, gone INTEGER);
CREATE UNIQUE INDEX pages_slug ON pages (slug) WHERE gone IS NULL;
CREATE TABLE own (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT NOT NULL, UNIQUE (owner_id, title));
CREATE VIEW shown AS SELECT n.id, n.title, p.email FROM notes n JOIN people p ON p.id = n.person;
SQL

# Returns what `leat check` answers to a list with that order.
sub check {
    my ($sql, $by) = @_;
    my $document     = <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
x-tables: {own: {owner: owner_id}}
paths:
  /list:
    get:
      operationId: list
      x-allow-scan: true
      parameters: [{name: cursor, in: query, schema: {type: string}}]
      responses: {"200": {description: x, $rows}}
      x-sql:
        returns: list
        sql: "$sql"
        page:
          by: [$by]
          cursor: cursor
API
    return Leat::Test->new(document => $document, migrations => {'0001_a.up.sql' => $schema})
        ->leat('check');
}

my @refused = (
    ['a column without an index',     'SELECT id, title FROM notes',           'title',      'notes', 'id'],
    ['a part of a unique index',      'SELECT * FROM notes',                   'place',      'notes', 'id'],
    ['two columns without an index',  'SELECT * FROM notes',                   'title, person', 'notes', 'id'],
    ['a column of a view',            'SELECT id, title FROM shown',           'title',      'notes', 'id'],
    ['a column of a subselect',       'SELECT t FROM (SELECT title AS t FROM notes)', 't',   'notes', 'id'],
    ['the key of the one, with many', 'SELECT p.id FROM people p JOIN notes n ON n.person = p.id', 'id', 'notes', 'id'],
);
for (@refused) {
    my ($name, $sql, $by, $table, $key) = @$_;
    subtest "refuses $name" => sub {
        my $r = check($sql, $by);
        is($r->{code}, 1, 'exit 1');
        like($r->{err}, qr/:\d+:\d+: list: page: by: rows of $table may be equal in .*: $key$/m, 'the reason');
    };
}

my @accepted = (
    ['a key as the last column',    'SELECT id, title FROM notes',                           'title, id'],
    ['a unique column',             'SELECT email FROM people',                              'email'],
    ['a unique index of two',       'SELECT person, place FROM notes',                       'place, person'],
    ['a unique index, one given',   'SELECT place FROM notes WHERE person = 1',              'place'],
    ['the key of many, with ones',  'SELECT n.id FROM notes n JOIN people p ON p.id = n.person', 'id'],
    ['the key behind a view',       'SELECT id, email FROM shown',                           'id'],
    ['groups',                      'SELECT person, count(*) AS n FROM notes GROUP BY person', 'person'],
    ["a column of one owner's",     'SELECT title FROM own',                                 'title'],
);
for (@accepted) {
    my ($name, $sql, $by) = @$_;
    subtest "accepts $name" => sub {
        my $r = check($sql, $by);
        is($r->{code}, 0, 'exit 0');
        unlike($r->{err}, qr/page: by/, 'without a warning');
    };
}

my @warned = (
    ['an expression',       'SELECT lower(title) AS t FROM notes',                     't'],
    ['a partial index',     'SELECT slug FROM pages WHERE gone IS NULL',               'slug'],
    ['rows of a function',  q{SELECT value AS v FROM json_each('[1]')},               'v'],
    ['several statements',  'SELECT id FROM notes UNION ALL SELECT id FROM people',    'id'],
);
for (@warned) {
    my ($name, $sql, $by) = @$_;
    subtest "warns of $name" => sub {
        my $r = check($sql, $by);
        is($r->{code}, 0, 'exit 0');
        like($r->{err}, qr/list: page: by: not proved to tell all rows apart/, 'the reason');
    };
}
done_testing;
