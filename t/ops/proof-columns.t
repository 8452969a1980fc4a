# SPDX-License-Identifier: MIT
# leat check proves that the columns of a statement are what the response says, and reports at the
# place of the statement what is not.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

subtest 'compares the type of a column with the response' => sub {
    proves('types: by the declared type of the column',
        get($id . json('{type: object, properties: {id: {type: string}, name: {type: [string, "null"]},',
            'note: {type: integer}, price: {type: boolean}, picture: {type: array}, code: {}}}')
            . 'x-sql: <1>{returns: one, sql: "SELECT id, name, note, price, picture, code FROM items WHERE id = :id"}'),
        '1 op: the column note is TEXT, but the response schema says integer',
        '1 op: the column note may be NULL, but the response schema does not allow null',
        '1 op: the column price is REAL, but the response schema says boolean',
        '1 op: the column price may be NULL, but the response schema does not allow null',
        '1 op: the column picture is BLOB, but the response schema says array',
        '1 op: the column picture may be NULL, but the response schema does not allow null');
    proves('what can be answered is no finding',
        get($id . json('{type: object, properties: {id: {type: number}, yes: {type: boolean}, name: {type: array},',
            'price: {type: [number, "null"]}, list_id: {type: [string, "null"]}}}')
            . 'x-sql: {returns: one, sql: "SELECT id, id AS yes, name, price, list_id FROM items WHERE id = :id"}'));
    done_testing;
};

subtest 'reads types behind references, in allOf and of nullable' => sub {
    my $row = $id . json('{$ref: "#/components/schemas/Row"}')
        . 'x-sql: <1>{returns: one, sql: "SELECT note, price, name FROM items WHERE id = :id"}';
    proves('types behind references, in allOf and of nullable',
        $head =~ s/3\.1\.0/3.0.3/r . get($row) . "\n" . <<'YAML',
components:
  schemas:
    Row:
      allOf:
      - {$ref: "#/components/schemas/Base"}
      - {type: object, required: [price, at], properties: {price: {type: string, nullable: true}}}
    Base: {type: object, properties: {note: {type: string, nullable: true}, name: {type: string}}}
YAML
        '1 op: the column price is REAL, but the response schema says string or null',
        '1 op: the response schema requires at, but no column provides it');
    done_testing;
};

subtest 'compares the names of columns and properties, on both sides' => sub {
    proves('names on both sides',
        get($id . json('{type: object, required: [id, title], properties: {id: {type: integer}, title: {type: string},',
            'secret: {type: string, writeOnly: true}}}')
            . 'x-sql: <1>{returns: one, sql: "SELECT id, name, id AS id, note AS secret FROM items WHERE id = :id"}'),
        '1 op: the column name is not a property of the response schema',
        '1 op: two columns are named id',
        '1 op: the response schema requires title, but no column provides it');
    done_testing;
};

subtest 'answers a list as an array of objects, or in an envelope of items and next' => sub {
    proves('a row is an object', get("x-allow-scan: true\n" . json('{type: array, items: {type: string}}')
            . 'x-sql: <1>{returns: list, max-rows: 1000, sql: "SELECT id FROM items"}'),
        '1 op: a row is object, but the response schema says string');
    proves('a list needs room for rows',
        get("x-allow-scan: true\n" . json('{type: object, properties: {rows: {type: array}}}')
            . 'x-sql: <1>{returns: list, max-rows: 1000, sql: "SELECT id FROM items"}'),
        '1 op: the response of a list must be an array, or an object with items');
    proves('its envelope gives items and next only',
        get("x-allow-scan: true\n" . json('{type: object, required: [items, total],',
            'properties: {total: {type: integer}, items: {type: object}, next: {type: string}}}')
            . 'x-sql: <1>{returns: list, max-rows: 1000, sql: "SELECT id FROM items"}'),
        '1 op: items is array, but the response schema says object',
        '1 op: next is null, but the response schema says string',
        '1 op: the response schema requires total, but the answer has only items|next');
    done_testing;
};

subtest 'answers a count as an integer of that name' => sub {
    my $count = json('{type: object, required: [changed],',
        'properties: {changed: {type: integer}, count: {type: string}}}')
        . 'x-sql: <1>{returns: count, sql: "UPDATE items SET note = name WHERE id = 1"}';
    proves('a count', get($count) =~ s/get:/post:/r,
        '1 op: count is integer, but the response schema says string',
        '1 op: the response schema requires changed, but the answer has only count');
    done_testing;
};

subtest 'answers a body where the response has one, and JSON only' => sub {
    proves('no body', get($no_body
            . 'x-sql: <1>{returns: list, max-rows: 9, sql: "SELECT id FROM items WHERE id = 1"}'),
        '1 op: returns: a 204 response has no body');
    proves('none', get(json('{type: object}') . 'x-sql: <1>{returns: none, sql: "SELECT 1"}'),
        '1 op: returns: none, but the response has a schema');
    proves('another media type',
        get('responses: {"200": {description: d, <1>content: {text/csv: {schema: {type: string}}}}}' . "\n"
            . 'x-sql: {returns: one, sql: "SELECT 1 AS a"}'),
        '1 op: x-sql: content: a JSON media type is required');
    my @responses = map { "$_: {description: d}" } '"200"', '"201"', '2XX';
    proves('several successes', get('<1>responses: {' . join(', ', @responses) . "}\nx-builtin: health.live"),
        '1 op: x-builtin: status: says which of the 2xx responses is answered; found 3');
    done_testing;
};

all_done;
