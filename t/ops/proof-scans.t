# SPDX-License-Identifier: MIT
# leat check warns of a statement that reads a whole table, and x-allow-scan silences that.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

my $list = json('{type: array, items: {type: object, properties: {id: {type: integer}}}}');
my $page = "parameters: [{name: c, in: query, schema: {type: string}}]\n"
    . json('{type: object, properties: {items: {type: array, items: {type: object,',
        'properties: {id: {type: integer}, at: {type: string}, name: {type: string}}}},',
        'next: {type: [string, "null"]}}}');
sub reads {
    my ($table, $more) = @_;
    return "w9 op: scans the whole table $table" . ($more // '') . '; add an index or x-allow-scan: true';
}

my @cases = (
    ['a list', $list, 'returns: list, max-rows: 1000, sql: SELECT id FROM items', 'items'],
    ['a list from an index alone', $list,
        'returns: list, max-rows: 9, sql: SELECT id FROM lists ORDER BY title', 'lists'],
    ['a list by an unindexed column', $id . $list,
        'returns: list, max-rows: 9, sql: "SELECT id FROM items WHERE list_id = :id"',
        'items'],
    ['a list by an index', $id . $list, 'returns: list, max-rows: 9, sql: "SELECT id FROM notes WHERE list_id = :id"'],
    ['a list by its key', $id . $list, 'returns: list, max-rows: 9, sql: "SELECT id FROM items WHERE id IN (:id, 7)"'],
    ['a range of the key', $id . $list, 'returns: list, max-rows: 1000, sql: "SELECT id FROM items WHERE id < :id"'],
    ['a range of an index', $id . $list, 'returns: list, max-rows: 1000, sql: "SELECT id FROM items WHERE at < :id"'],
    ['the greatest of an index', json('{type: object, properties: {at: {}}}'),
        'returns: one, sql: SELECT max(at) AS at FROM items'],
    ['the greatest key', json('{type: object, properties: {id: {}}}'),
        'returns: one, sql: SELECT max(id) AS id FROM items'],
    ['count(*)', json('{type: object, properties: {n: {type: integer}}}'),
        'returns: one, sql: SELECT count(*) AS n FROM items', 'items'],
    ['a sum by an index', $id . json('{type: object, properties: {n: {}}}'),
        'returns: one, sql: "SELECT count(*) AS n FROM notes WHERE list_id = :id"'],
    ['a table behind an alias', $id . $list,
        'returns: list, max-rows: 9, sql: "SELECT i.id FROM lists l JOIN items i ON i.list_id = l.id WHERE l.id = :id"',
        'items'],
    ['elements of JSON', "parameters: [{name: ids, in: query, schema: {type: array}}]\n" . $list,
        'returns: list, max-rows: 1000, sql: "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(:ids))"'],
    ['rows of no table', $list, 'returns: list, max-rows: 1000, '
        . 'sql: "WITH RECURSIVE c (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < 9) SELECT id FROM c"'],
    ['a page by the key', $page, 'returns: list, sql: "SELECT id, at FROM items", page: {by: [id], cursor: c}'],
    ['a page by an index', $page,
        'returns: list, sql: "SELECT id, at FROM items", page: {by: [at, id], order: desc, cursor: c}'],
    ['a page by an unindexed column', $page,
        'returns: list, sql: "SELECT id, name FROM items", page: {by: [name, id], cursor: c}', 'items', ' to sort it'],
    ['a page by an index, then by another column', $page,
        'returns: list, sql: "SELECT id, at, name FROM items", page: {by: [at, name, id], cursor: c}'],
    ['DELETE of a parent whose child has no index', $id . $no_body,
        'returns: none, sql: "DELETE FROM lists WHERE id = :id"', 'items', undef, 'delete'],
    ['DELETE of a child', $id . $no_body, 'returns: none, sql: "DELETE FROM items WHERE id = :id"', undef, undef,
        'delete'],
    ['UPDATE of a column that nothing refers to', $id . $no_body,
        'returns: none, sql: "UPDATE lists SET title = title WHERE id = :id"', undef, undef, 'put'],
    ['UPDATE of all', $no_body, 'returns: none, sql: "UPDATE notes SET text = upper(text)"', 'notes', undef, 'put'],
    ['INSERT', $no_body, 'returns: none, sql: "INSERT INTO notes (list_id, text) VALUES (1, 2)"', undef, undef, 'post'],
);
for (@cases) {
    my ($name, $rest, $sql, $table, $more, $method) = @$_;
    subtest $table ? "warns of $name" : "does not warn of $name" => sub {
        my $text = get($rest . "x-sql: {$sql}") =~ s/get:/$method ? "$method:" : 'get:'/er;
        proves("$name: " . ($table ? 'a warning' : 'no warning'), $text, $table ? reads($table, $more) : ());
        my $allowed = $text =~ s/(operationId: op\n)/$1      x-allow-scan: true\n/r;
        proves("$name: which x-allow-scan silences", $allowed) if $table;
        done_testing;
    };
}

all_done;
