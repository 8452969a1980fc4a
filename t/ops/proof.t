# SPDX-License-Identifier: MIT
# The proof at load: what leat check reports about documents, statements and tables, and where.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $tables = <<'SQL';
CREATE TABLE lists (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);
CREATE TABLE items (id INTEGER PRIMARY KEY, list_id INTEGER REFERENCES lists (id), name TEXT NOT NULL,
                    note TEXT, price REAL, picture BLOB, code TEXT PRIMARY_CODE, at TEXT NOT NULL);
CREATE INDEX items_at ON items (at);
CREATE TABLE notes (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL REFERENCES lists (id), text TEXT NOT NULL);
CREATE INDEX notes_list ON notes (list_id);
INSERT INTO lists VALUES (1, 'one');
INSERT INTO items VALUES (1, NULL, 'a', NULL, 1.5, NULL, NULL, '2026-01-01'), (2, 1, 'bb', 'x', 2, NULL, NULL, 'soon');
SQL
my $head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";

# Splits "1 message" rows by the marks <1>, <2>… in the text; 'w' makes it a warning.
sub places {
    my ($text) = @_;
    my (%places, $plain);
    my $line = 0;
    for my $row (split /\n/, $text, -1) {
        $line++;
        $places{$1} = "$line:" . ($-[0] + 1) while $row =~ s/<(\d+)>//;
        $plain .= "$row\n";
    }
    return ($plain, \%places);
}

# Checks a document with marks: every finding, in order, with file, line and column.
sub proves {
    my ($name, $text, @findings) = @_;
    my ($plain, $places) = places($text =~ /^openapi/ ? $text : $head . $text);
    my $leat = Leat::Test->new(document => $plain, migrations => {'0001_a.up.sql' => $tables}, files => {'parts.yaml' => "A: {type: string}\n"});
    my $r = $leat->leat('check');
    my @want = map { my ($w, $at, $message) = /^(w?)(\d*) (.*)\z/s; ($at eq '' ? '' : "api.yaml:$places->{$at}: ") . ($w ? 'warning: ' : '') . $message } @findings;
    my @got = map { s{\Q$leat->{dir}\E/}{}gr } split /\n/, $r->{err};
    is_deeply(\@got, \@want, $name) or diag join "\n", 'got:', @got;
    my $errors = grep { !/^w/ } @findings;
    is("$r->{code} $r->{out}", $errors ? '1 ' : "0 OK\n", "$name: " . ($errors ? 'exit 1' : 'exit 0'));
    return $leat;
}

# Returns a single operation: GET /x, with the rest as given.
sub get { my ($rest) = @_; return "paths:\n  /x:\n    <9>get:\n      operationId: op\n" . $rest =~ s/^/      /mgr }
sub json { my ($schema) = @_; return "responses: {'200': {description: d, content: {application/json: {schema: $schema}}}}\n" }
my $no_body = "responses: {'204': {description: d}}\n";
my $id = "parameters: [{name: id, in: query, required: true, schema: {type: integer}}]\n";

# Columns against the response.
proves('types: by the declared type of the column', get($id . json('{type: object, properties: {id: {type: string}, name: {type: [string, "null"]}, note: {type: integer}, price: {type: boolean}, picture: {type: array}, code: {}}}')
        . 'x-sql: <1>{returns: one, sql: "SELECT id, name, note, price, picture, code FROM items WHERE id = :id"}'),
    '1 op: the column note is TEXT, but the response schema says integer',
    '1 op: the column note may be NULL, but the response schema does not allow null',
    '1 op: the column price is REAL, but the response schema says boolean',
    '1 op: the column price may be NULL, but the response schema does not allow null',
    '1 op: the column picture is BLOB, but the response schema says array',
    '1 op: the column picture may be NULL, but the response schema does not allow null');
proves('what can be answered is no finding', get($id . json('{type: object, properties: {id: {type: number}, yes: {type: boolean}, name: {type: array}, price: {type: [number, "null"]}, list_id: {type: [string, "null"]}}}')
        . 'x-sql: {returns: one, sql: "SELECT id, id AS yes, name, price, list_id FROM items WHERE id = :id"}'));
proves('types behind references, in allOf and of nullable', $head =~ s/3\.1\.0/3.0.3/r . get($id . json('{$ref: "#/components/schemas/Row"}')
        . 'x-sql: <1>{returns: one, sql: "SELECT note, price, name FROM items WHERE id = :id"}') . "\n" . <<'YAML',
components:
  schemas:
    Row: {allOf: [{$ref: "#/components/schemas/Base"}, {type: object, required: [price, at], properties: {price: {type: string, nullable: true}}}]}
    Base: {type: object, properties: {note: {type: string, nullable: true}, name: {type: string}}}
YAML
    '1 op: the column price is REAL, but the response schema says string or null',
    '1 op: the response schema requires at, but no column provides it');
proves('names on both sides', get($id . json('{type: object, required: [id, title], properties: {id: {type: integer}, title: {type: string}, secret: {type: string, writeOnly: true}}}')
        . 'x-sql: <1>{returns: one, sql: "SELECT id, name, id AS id, note AS secret FROM items WHERE id = :id"}'),
    '1 op: the column name is not a property of the response schema',
    '1 op: two columns are named id',
    '1 op: the response schema requires title, but no column provides it');
proves('a row is an object', get("x-allow-scan: true\n" . json('{type: array, items: {type: string}}') . 'x-sql: <1>{returns: list, sql: "SELECT id FROM items"}'),
    '1 op: a row is object, but the response schema says string');
proves('a list needs room for rows', get("x-allow-scan: true\n" . json('{type: object, properties: {rows: {type: array}}}') . 'x-sql: <1>{returns: list, sql: "SELECT id FROM items"}'),
    '1 op: the response of a list must be an array, or an object with items');
proves('its envelope gives items and next only', get("x-allow-scan: true\n" . json('{type: object, required: [items, total], properties: {total: {type: integer}, items: {type: object}, next: {type: string}}}')
        . 'x-sql: <1>{returns: list, sql: "SELECT id FROM items"}'),
    '1 op: items is array, but the response schema says object',
    '1 op: next is null, but the response schema says string',
    '1 op: the response schema requires total, but the answer has only items|next');
proves('a count', get(json('{type: object, required: [changed], properties: {changed: {type: integer}, count: {type: string}}}') =~ s/200/200/r . 'x-sql: <1>{returns: count, sql: "UPDATE items SET note = name WHERE id = 1"}') =~ s/get:/post:/r,
    '1 op: count is integer, but the response schema says string',
    '1 op: the response schema requires changed, but the answer has only count');
proves('no body', get($no_body . 'x-sql: <1>{returns: list, sql: "SELECT id FROM items WHERE id = 1"}'),
    '1 op: returns: a 204 response has no body');
proves('none', get(json('{type: object}') . 'x-sql: <1>{returns: none, sql: "SELECT 1"}'), '1 op: returns: none, but the response has a schema');
proves('another media type', get('responses: {"200": {description: d, <1>content: {text/csv: {schema: {type: string}}}}}' . "\n" . 'x-sql: {returns: one, sql: "SELECT 1 AS a"}'),
    '1 content: a JSON media type is required, as x-sql answers JSON');
proves('several successes', get('<1>responses: {"200": {description: d}, "201": {description: d}, 2XX: {description: d}}' . "\n" . 'x-builtin: health.live'),
    '1 responses: exactly one 2xx response is required; found 3');

# Names that are bound, declared and used.
proves('bound, but not declared', get(json('{type: object, properties: {a: {}}}') . "x-sql:\n  returns: one\n  sql: <1>SELECT :nothing + :_nobody + :_has_it + :step.x AS a"),
    '1 op: :nothing is neither a parameter nor a body property',
    "1 op: :_nobody is not a built-in name",
    "1 op: :_has_it is not a built-in name",
    '1 op: :step.x: no earlier step has this name');
proves('declared, but not used', <<'YAML',
paths:
  /x:
    parameters: [{name: q, in: query, schema: {}}, {name: X-Trace, in: header, schema: {}}]
    post:
      operationId: op
      requestBody: {content: {application/json: {schema: {type: object, required: [need], properties: {need: {}, may: {}, asked: {}, id: {readOnly: true}}}}}}
      responses: {'204': {description: d}}
      x-sql: <1>{returns: none, sql: "UPDATE items SET note = iif(:_has_asked, 1, 2) WHERE id = 1"}
    put:
      operationId: whole
      requestBody: {content: {application/json: {schema: {type: array}}}}
      responses: {'204': {description: d}}
      x-sql: <2>{returns: none, sql: "UPDATE items SET note = :q, at = :X_Trace WHERE id = 1"}
    patch:
      operationId: body
      requestBody: {content: {application/json: {schema: {type: object, required: [need], properties: {need: {}, may: {}}}}}}
      responses: {'204': {description: d}}
      x-sql: {returns: none, sql: "UPDATE items SET note = :_body, name = :q, at = :X_Trace WHERE id = 1"}
YAML
    '1 op: the required body property need is not used',
    'w1 op: the body property may is not used',
    'w1 op: the parameter q is not used',
    'w1 op: the parameter X-Trace is not used',
    'w2 whole: the body is not used; read it with :_body');
proves('a name that is two things, or that no client may send', <<'YAML',
paths:
  /x/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}, {name: v, in: query, schema: {}}]
    put:
      operationId: op
      requestBody: {content: {application/json: {schema: {type: object, properties: {id: {readOnly: true}, v: {}, made: {readOnly: true}}}}}}
      responses: {'204': {description: d}}
      x-sql: {returns: none, sql: <1>"UPDATE items SET note = :v, at = :made WHERE id = :id"}
YAML
    '1 op: :v is both a parameter and a body property',
    '1 op: :made is a readOnly property, which clients cannot send');
proves('a path and its parameters', <<'YAML',
paths:
  /x/{id}/{id}:
    <1>get: {operationId: twice, parameters: [{name: id, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
  /y/{a}/{b}:
    <2>get: {operationId: lacks, parameters: [{name: a, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
  /z:
    get: {operationId: surplus, parameters: [<3>{name: a, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
  /w/x{a}:
    <4>get: {operationId: half, parameters: [{name: a, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
  <5>v:
    get: {operationId: relative, responses: {"200": {description: d}}, x-builtin: health.live}
  /u/{a}:
    get: {operationId: optional, parameters: [{name: a, in: path, <6>required: false, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
YAML
    '1 twice: the path /x/{id}/{id} repeats {id}',
    '2 lacks: the parameter {b} of the path /y/{a}/{b} is not declared',
    '3 surplus: the path /z has no {a}',
    '4 half: /w/x{a}: a path parameter must be a whole segment, as in /todos/{id}',
    '5 v: must be a path that begins with /',
    '6 required: must be true');
proves('a parameter that is there twice', get("parameters:\n- {name: a, in: query, schema: {}}\n- {name: a, in: header, schema: {}}\n- <1>{name: a, in: query, schema: {}}\nresponses: {'200': {description: d}}\nx-builtin: health.live"),
    '1 parameters: a in query is declared twice');
{
    my ($text) = places(get("responses: {'200': {description: d}}\nx-builtin: health.live\n"));
    proves('an operationId twice', $text . "  /y:\n    get:\n      operationId: other\n      responses: {'200': {description: d}}\n      x-builtin: health.live\n    <1>put:\n      operationId: op\n      responses: {'200': {description: d}}\n      x-builtin: health.live\n",
        '1 operationId: op is used twice');
}
proves('two templates that are equal', <<'YAML',
paths:
  /x/{a}/y:
    get: {operationId: first, parameters: [{name: a, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
  /x/{b}/y:
    <1>get: {operationId: second, parameters: [{name: b, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
    delete: {operationId: third, parameters: [{name: b, in: path, required: true, schema: {}}], responses: {"200": {description: d}}, x-builtin: health.live}
  /x/c/y:
    get: {operationId: fourth, responses: {"200": {description: d}}, x-builtin: health.live}
YAML
    '1 second: GET /x/{b}/y is also matched by first (api.yaml:5:5)');

# The keys of x-sql that name something.
proves('filter, page and their parameters', <<'YAML',
paths:
  /x:
    get:
      operationId: op
      parameters: [{name: c, in: query, schema: {type: string}}, {name: size, in: query, schema: {type: string}}, {name: list, in: query, schema: {type: integer}}]
      responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {items: {type: array, items: {type: object, properties: {id: {type: integer}, note: {type: [string, "null"]}}}}, next: {type: string}}}}}}}
      x-sql:
        <1>returns: list
        sql: SELECT id, note FROM items
        filter:
          id: <2>nothing
          nothing: <3>list
        page:
          <4>by: [id, nothing, note]
          <5>limit: size
          <6>cursor: nothing
YAML
    '1 op: next is string or null, but the response schema says string',
    'w1 op: the parameter c is not used',
    '2 op: :nothing is neither a parameter nor a body property',
    '3 op: filter: the statement has no column nothing',
    '4 op: page: by: the statement has no column nothing',
    '4 op: page: by: the column note may be NULL',
    '5 op: page: limit: the parameter size must be an integer',
    '6 op: page: cursor: nothing is not a parameter');
proves('steps, result, else and location', <<'YAML',
paths:
  /x:
    post:
      operationId: op
      responses: {'201': {description: d, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}}
      x-sql:
        <1>result: last
        <2>location: x/{nothing}
        steps:
        - {as: a, returns: list, sql: "SELECT id FROM items WHERE id = 1"}
        - {<3>as: a, returns: one, sql: <4>"SELECT :a.id AS id, :b.id AS b"}
        - {as: b, returns: one, sql: "SELECT 1 AS id", <10>else: {<5>status: 200, code: x, <6>pointer: nowhere}}
        - {as: c, returns: one, sql: <7>"SELECT :b.nothing AS id", else: {status: 422, <8>pointer: /nowhere}, <9>otherwise: {}}
YAML
    '1 x-sql: result: no step has the name last',
    '2 op: location: must begin with /',
    '2 op: location: the statement has no column nothing',
    '3 x-sql: steps: as: a occurs twice',
    '4 op: :a.id: the step must have returns: one',
    '4 op: :b.id: no earlier step has this name',
    '5 x-sql: else: status: must be from 400 to 499',
    '6 x-sql: else: pointer: a JSON pointer must start with /',
    '7 op: :b.nothing: the step has no such column',
    '8 op: else: pointer: /nowhere is neither a body property nor a parameter',
    '9 x-sql: steps: otherwise: unknown key');
proves('etag, if-match and on-zero', <<'YAML',
paths:
  /x:
    put:
      operationId: op
      responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}}
      x-sql:
        returns: one
        sql: UPDATE items SET note = 'x' WHERE id = 1 RETURNING id
        <1>etag: version
        <2>if-match: required
        <3>on-zero: nothing
YAML
    '1 op: etag: the statement has no column version',
    '2 op: if-match: no statement uses :_if_match',
    '3 op: on-zero: no operation with x-sql is named nothing');
proves('what does not go together', <<'YAML',
paths:
  /a:
    get: {operationId: a, responses: {"200": {description: d}}, x-sql: <1>{<14>returns: one, sql: SELECT 1, steps: [{sql: SELECT 1}], <15>result: a}}
  /b:
    get: {operationId: b, responses: {"200": {description: d}}, x-sql: <2>{sql: SELECT 1, <3>result: a}}
  /c:
    get: {operationId: c, responses: {"200": {description: d}}, x-sql: <4>{returns: one, sql: SELECT 1, filter: {}}}
  /d:
    get: {operationId: d, responses: {"200": {description: d}}, x-sql: {<5>returns: some, sql: <6>SELECT 1; SELECT 2}}
  /e:
    get: {operationId: e, responses: {"200": {description: d}}, x-sql: {returns: one, sql: <7>""}}
  /f:
    get: {operationId: f, responses: {"200": {description: d}}, x-sql: {returns: one, sql: {file: <8>none.sql}}}
  /g:
    get: {operationId: g, responses: {"200": {description: d}}, x-sql: <12>{steps: [<9>{as: a}], sql: [1]}}
  /h:
    <10>get: {operationId: h, responses: {"200": {description: d}}, x-sql: {returns: one, sql: SELECT 1}, x-builtin: health.live}
  /i:
    get: {operationId: i, responses: {"200": {description: d}}, x-sql: {returns: one, sql: SELECT 1, <11>tx: wirte}}
  /j:
    get: {operationId: j, responses: {"200": {description: d}}, x-sql: {returns: list, sql: SELECT 1 AS a, page: {<13>by: a, cursor: c}, <16>filter: [a], <17>steps: {}}}
YAML
    '1 x-sql: either sql or steps is required', '14 x-sql: returns: belongs in the steps', '15 x-sql: result: no step has the name a',
    '2 x-sql: returns: is required; allowed: one|list|none|count', '3 x-sql: result: requires steps',
    '4 x-sql: filter and page require returns: list',
    '5 x-sql: returns: must be one of one|list|none|count', '6 x-sql: only one statement is allowed; use steps for several',
    '7 x-sql: the statement is missing', '8 none.sql: cannot be read: No such file or directory',
    '12 x-sql: either sql or steps is required', '12 x-sql: returns: is required; allowed: one|list|none|count', '9 x-sql: sql: must be a string or {file: PATH}',
    '10 only one of x-sql, x-handler and x-builtin is allowed',
    '11 x-sql: tx: must be one of read|write',
    '13 x-sql: page: by: must be a list', '16 x-sql: filter: must be a map', '17 x-sql: steps: must be a list');

# Extensions of other kinds.
proves('types of extensions, and builtins', <<'YAML',
<1>x-sunset: 2027
<2>x-additional-parameters: sometimes
paths:
  /x:
    <3>x-additional-parameters: 1
    <4>get: {operationId: op, <5>x-allow-scan: yes, <6>x-builtin: 5, responses: {"200": {description: d}}}
    <7>put: {operationId: put, x-sunset: soon, x-builtin: health.dead, responses: {"200": {description: d}}}
    <9>post: {operationId: post, <10>x-handler: todo, responses: {"200": {description: d}}}
YAML
    '1 x-sunset: must be text', '2 x-additional-parameters: must be true or false', '3 x-additional-parameters: must be true or false',
    '5 x-allow-scan: must be true or false', '6 x-builtin: must be text',
    '7 put: x-sunset: must be a date such as 2027-01-31', 'w7 x-builtin: this version has no health.dead; put will answer 501',
    'w10 x-handler: this version does not load modules; post will answer 501');
proves('x-tables', <<'YAML',
x-tables:
  lists:
    constraints:
      <1>uniq(title): {status: 409}
      unique(title): {<2>status: 500, <3>cod: a}
      check(name): <4>5
  items: <5>5
  notes: {owner: list_id, <6>rows: 5}
paths: {}
YAML
    '1 x-tables: uniq(title): must be unique(COLUMNS), check(NAME), not-null(COLUMN) or foreign-key',
    '2 x-tables: status: must be from 400 to 499', '3 x-tables: cod: unknown key', '4 x-tables: must be a map', '5 x-tables: must be a map',
    '6 x-tables: rows: unknown key');

# Schemas that nothing can satisfy, defaults that violate them, keywords of a wrong type.
proves('hopeless schemas', <<'YAML',
paths: {}
components:
  schemas:
    A: <1>{type: integer, minimum: 5, maximum: 3}
    B: <2>{type: number, minimum: 3, exclusiveMaximum: 3}
    C: <3>{type: string, minLength: 5, maxLength: 3}
    D: <4>{type: array, minItems: 2, maxItems: 1}
    E: <5>{type: object, minProperties: 2, maxProperties: 1}
    F: <6>{type: object, required: [x], additionalProperties: false}
    G: <7>{type: object, required: [x], properties: {x: false}}
    H: <8>{type: string, enum: [1, 2]}
    I: <9>{type: string, const: 4}
    J: <10>{allOf: [{type: string}, {type: integer}]}
    K: <11>{type: integer, enum: [1, 2], minimum: 3}
    L: <12>{enum: [a, b], const: c}
    M: <13>{type: array, contains: {}, minContains: 2, maxContains: 1}
    N: <14>{type: array, items: false, prefixItems: [{}], minItems: 2}
    O: <15>{type: object, additionalProperties: false, properties: {a: {}}, minProperties: 2}
    P: {type: object, properties: {deep: <16>{type: string, minLength: 2, maxLength: 1}}}
    Q: {type: object, required: [a], properties: {a: {type: string}}, additionalProperties: false, minProperties: 1}
    R: {type: [integer, "null"], enum: [1, null], minimum: 1, maximum: 1}
    S: {type: string, minimum: 5, maximum: 3}
    T: {not: {}}
    U: false
YAML
    map { s/^/ /r =~ s/^ (\d+) /$1 no value can satisfy the schema: /r }
    '1 no number lies between the minimum and the maximum', '2 no number lies between the minimum and the maximum',
    '3 the minimum size exceeds the maximum', '4 the minimum size exceeds the maximum', '5 the minimum size exceeds the maximum',
    '6 the schema does not allow a required property', '7 a required property accepts no value',
    '8 no value of enum is valid', '9 const is not valid', '10 its types are mutually exclusive',
    '11 no value of enum is valid', '12 no value of enum is valid', '13 minContains exceeds maxContains',
    '14 the minimum size exceeds what items allows', '15 the minimum size exceeds what the schema allows',
    '16 the minimum size exceeds the maximum');
proves('defaults', <<'YAML',
paths:
  /x:
    get:
      operationId: op
      parameters:
      - {name: a, in: query, schema: {type: integer, <1>default: x}}
      - {name: b, in: query, schema: {type: string, maxLength: 2, default: ok}}
      responses: {"200": {description: d}}
      x-builtin: health.live
components:
  schemas:
    A: {type: object, <2>default: {a: 1}, properties: {a: {type: string, maxLength: 2, <3>default: abc}}}
    B: {type: number, multipleOf: 0.01, <4>default: 0.015}
    C: {type: number, multipleOf: 0.01, default: 0.07}
    D: {$ref: "#/components/schemas/B", <5>default: none}
    E: {type: string, format: date, <6>default: today}
YAML
    '1 default: must be integer', '2 default: /a must be string', '3 default: must have at most 2 characters',
    '4 default: must be a multiple of 0.01', '5 default: must be number', '6 default: must be a date (2026-01-31)');
proves('references and patterns', <<'YAML',
paths:
  /x:
    get:
      operationId: op
      parameters: [{<1>$ref: "#/components/parameters/None"}]
      responses: {"200": {<2>$ref: "#/components/responses/None"}, default: {$ref: "#/components/responses/Bad"}}
      x-builtin: health.live
  /y:
    <3>$ref: "#/components/pathItems/None"
components:
  parameters:
    Unused: {name: a, in: query, schema: {<4>type: word}}
  headers:
    Unused: {schema: {<5>minimum: low}}
  requestBodies:
    Unused: {content: {text/plain: {schema: {<6>maxLength: 1.5}}}}
  responses:
    Bad: {description: d, headers: {X-A: {schema: {<7>enum: []}}}, content: {application/problem+json: {schema: {<8>required: x}}}}
  schemas:
    A: {<9>$ref: "#/components/schemas/None"}
    B: {<10>$ref: "parts.yaml#/B"}
    C: {$ref: "parts.yaml#/A"}
    D: <11>{$ref: "#/components/schemas/D"}
    E: {allOf: [{<12>$ref: "https://example.org/none"}]}
    F: {<13>pattern: "(a"}
    G: {<14>pattern: "(?<=a+)b"}
    H: {patternProperties: {<15>"[": {}}}
    I: {<16>pattern: "\\p{Nope}"}
    J: {pattern: "^[\\w.-]+$"}
YAML
    '1 $ref: #/components/parameters/None: does not resolve', '2 $ref: #/components/responses/None: does not resolve',
    '3 $ref: #/components/pathItems/None: does not resolve',
    '4 type: word is not a type; allowed: null, boolean, integer, number, string, array, object',
    '5 minimum: must be number', '6 maxLength: must be an integer, 0 or more', '7 enum: must have at least one value', '8 required: must be array',
    '9 $ref: #/components/schemas/None: does not resolve', '10 $ref: parts.yaml#/B: does not resolve', '11 the schema applies itself endlessly',
    '12 $ref: https://example.org/none: no such document',
    '13 pattern: (a: unterminated group, at character 1', '14 pattern: (?<=a+)b: lookbehind assertion is not fixed length, at character 1',
    '15 patternProperties: [: unterminated character class, at character 1',
    '16 pattern: \p{Nope}: no Unicode property has exactly this name, at character 1');
proves('keywords of a wrong type', <<'YAML',
paths: {}
components:
  schemas:
    A: {<1>type: word}
    B: {<2>type: [string, string]}
    C: {<3>type: []}
    D: {<4>minLength: -1}
    E: {<5>minLength: "3"}
    F: {<6>required: a}
    G: {<7>required: [1]}
    H: {<8>properties: [a]}
    I: {<9>multipleOf: 0}
    J: {<10>enum: []}
    K: {<11>allOf: []}
    L: {<12>exclusiveMinimum: true}
    M: {<13>items: [{type: string}]}
    N: {<14>uniqueItems: "yes"}
    O: {<22>items: 3}
    P: {<16>additionalProperties: "no"}
    Q: {<17>dependentRequired: {a: b}}
    R: {<18>discriminator: {}}
    <19>S: 3
    T: {properties: {a: <20>x}}
    U: {oneOf: [{$ref: "#/components/schemas/V"}], <21>discriminator: {propertyName: k, mapping: {a: None}}}
    V: {type: object, properties: {k: {type: string}}}
YAML
    '1 type: word is not a type; allowed: null, boolean, integer, number, string, array, object', '2 type: string occurs twice',
    '3 type: must name at least one type', '4 minLength: must be an integer, 0 or more', '5 minLength: must be number',
    '6 required: must be array', '7 required: must be a list of names', '8 properties: must be object', '9 multipleOf: must be greater than 0',
    '10 enum: must have at least one value', '11 allOf: must have at least one schema', '12 exclusiveMinimum: must be a number (a boolean is OpenAPI 3.0)',
    '13 items: must be object or boolean', '14 uniqueItems: must be boolean', '22 items: must be object or boolean',
    '16 additionalProperties: must be object or boolean', '17 dependentRequired: a: must be a list of names', '18 discriminator: requires propertyName',
    '19 S: must be a schema: a map, true or false', '20 a schema must be a map or a boolean', '21 discriminator: mapping: a: None: does not resolve');
proves('OpenAPI 3.0 has keywords of its own', $head =~ s/3\.1\.0/3.0.3/r . <<'YAML',
paths: {}
components:
  schemas:
    A: {type: integer, minimum: 1, exclusiveMinimum: true, nullable: true}
    B: <1>{type: integer, minimum: 1, maximum: 1, exclusiveMinimum: true}
    <2>C: true
YAML
    '1 no value can satisfy the schema: no number lies between the minimum and the maximum', '2 C: must be a schema: a map');

# Whole tables.
my $list = json('{type: array, items: {type: object, properties: {id: {type: integer}}}}');
my $page = "parameters: [{name: c, in: query, schema: {type: string}}]\n" . json('{type: object, properties: {items: {type: array, items: {type: object, properties: {id: {type: integer}, at: {type: string}, name: {type: string}}}}, next: {type: [string, "null"]}}}');
my $reads = sub { my ($table, $more) = @_; "w9 op: scans the whole table $table" . ($more // '') . '; add an index or x-allow-scan: true' };
for (
    ['a list', $list, 'returns: list, sql: SELECT id FROM items', 'items'],
    ['a list from an index alone', $list, 'returns: list, sql: SELECT id FROM lists ORDER BY title', 'lists'],
    ['a list by an unindexed column', $id . $list, 'returns: list, sql: "SELECT id FROM items WHERE list_id = :id"', 'items'],
    ['a list by an index', $id . $list, 'returns: list, sql: "SELECT id FROM notes WHERE list_id = :id"'],
    ['a list by its key', $id . $list, 'returns: list, sql: "SELECT id FROM items WHERE id IN (:id, 7)"'],
    ['a range of the key', $id . $list, 'returns: list, sql: "SELECT id FROM items WHERE id < :id"'],
    ['a range of an index', $id . $list, 'returns: list, sql: "SELECT id FROM items WHERE at < :id"'],
    ['the greatest of an index', json('{type: object, properties: {at: {}}}'), 'returns: one, sql: SELECT max(at) AS at FROM items'],
    ['the greatest key', json('{type: object, properties: {id: {}}}'), 'returns: one, sql: SELECT max(id) AS id FROM items'],
    ['count(*)', json('{type: object, properties: {n: {type: integer}}}'), 'returns: one, sql: SELECT count(*) AS n FROM items', 'items'],
    ['a sum by an index', $id . json('{type: object, properties: {n: {}}}'), 'returns: one, sql: "SELECT count(*) AS n FROM notes WHERE list_id = :id"'],
    ['a table behind an alias', $id . $list, 'returns: list, sql: "SELECT i.id FROM lists l JOIN items i ON i.list_id = l.id WHERE l.id = :id"', 'items'],
    ['elements of JSON', "parameters: [{name: ids, in: query, schema: {type: array}}]\n" . $list, 'returns: list, sql: "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(:ids))"'],
    ['rows of no table', $list, 'returns: list, sql: "WITH RECURSIVE c (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < 9) SELECT id FROM c"'],
    ['a page by the key', $page, 'returns: list, sql: "SELECT id, at FROM items", page: {by: [id], cursor: c}'],
    ['a page by an index', $page, 'returns: list, sql: "SELECT id, at FROM items", page: {by: [at, id], order: desc, cursor: c}'],
    ['a page by an unindexed column', $page, 'returns: list, sql: "SELECT id, name FROM items", page: {by: [name, id], cursor: c}', 'items', ' to sort it'],
    ['a page by an index, then by another column', $page, 'returns: list, sql: "SELECT id, at, name FROM items", page: {by: [at, name], cursor: c}'],
    ['DELETE of a parent whose child has no index', $id . $no_body, 'returns: none, sql: "DELETE FROM lists WHERE id = :id"', 'items', undef, 'delete'],
    ['DELETE of a child', $id . $no_body, 'returns: none, sql: "DELETE FROM items WHERE id = :id"', undef, undef, 'delete'],
    ['UPDATE of a column that nothing refers to', $id . $no_body, 'returns: none, sql: "UPDATE lists SET title = title WHERE id = :id"', undef, undef, 'put'],
    ['UPDATE of all', $no_body, 'returns: none, sql: "UPDATE notes SET text = upper(text)"', 'notes', undef, 'put'],
    ['INSERT', $no_body, 'returns: none, sql: "INSERT INTO notes (list_id, text) VALUES (1, 2)"', undef, undef, 'post'],
) {
    my ($name, $rest, $sql, $table, $more, $method) = @$_;
    my $text = get($rest . "x-sql: {$sql}") =~ s/get:/$method ? "$method:" : 'get:'/er;
    proves("$name: " . ($table ? 'a warning' : 'no warning'), $text, $table ? $reads->($table, $more) : ());
    proves("$name: which x-allow-scan silences", $text =~ s/(operationId: op\n)/$1      x-allow-scan: true\n/r) if $table;
}

# Everything at once, in order, including findings that need a statement which another operation
# breaks.
my $all = proves('all at once', <<'YAML',
paths:
  /d:
    <1>get: {operationId: d, x-allow-scan: false, responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: integer}}}}}}}}, x-sql: {returns: list, sql: SELECT id FROM items}}
  /c:
    get: {operationId: c, responses: {"200": {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/C"}}}}}, x-sql: {returns: one, sql: <2>SELECT id FROM nowhere}}
  /b:
    <3>get: {operationId: b, responses: {"200": {description: d}}}
  /a:
    get: {operationId: a, parameters: [{name: q, in: query, schema: {<4>type: word}}], responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}, x-sql: <5>{returns: one, sql: "SELECT 1 AS id"}}
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

# The same for programs.
my $r = $all->leat('check', '--json');
my @text = split /\n/, $all->leat('check')->{err};
my $list_of = eval { decode_json($r->{out}) } // [];
is_deeply([map { "$_->{file}:$_->{line}:$_->{column}: " . ($_->{level} eq 'warning' ? 'warning: ' : '') . $_->{message} } @$list_of], \@text, '--json: the same findings');
is("$r->{code} $r->{err}", '1 ', '--json: exit 1, and nothing else is said');
$all->configure("api: [{document: none.yaml}]\nworkers: 2\n");
$list_of = decode_json($all->leat('check', '--json')->{out});
is_deeply([map { [@$_{qw(level line column)}] } @$list_of], [['error', undef, undef]], '--json: a place that is not known is null');
$r = Leat::Test->new->leat('check', '--json');
is("$r->{code} " . encode_json(decode_json($r->{out})), '0 []', '--json: nothing is an empty list');

# Warnings do not fail, and the document is served.
my $warned = Leat::Test->new(migrations => {'0001_a.up.sql' => $tables}, document => (places($head . get($list . 'x-sql: {returns: list, sql: SELECT id FROM items}')))[0])->start;
is($warned->get('/x')->{status}, 200, 'what was warned of serves');

# The live database.
my $live = Leat::Test->new(migrations => {'0001_a.up.sql' => $tables}, document => $head . <<'YAML');
paths:
  /codes:
    get:
      operationId: codes
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: {type: object, properties: {name: {type: string, enum: [a]}, at: {type: string, format: date}}}}}}}}
      x-sql: {returns: list, sql: "SELECT name, at FROM items"}
  /outer:
    get:
      operationId: outer
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: {type: object, properties: {title: {type: string}}}}}}}}
      x-sql: {returns: list, sql: "SELECT title FROM items LEFT JOIN lists ON lists.id = list_id"}
  /right:
    get:
      operationId: right
      x-allow-scan: true
      parameters: [{name: limit, in: query, schema: {type: integer, default: 1}}, {name: cursor, in: query, schema: {type: string}}]
      responses: {"200": {description: d, content: {application/json: {schema: {type: object, properties: {items: {type: array, items: {type: object, properties: {id: {type: integer, maximum: 1}}}}, next: {type: [string, "null"]}}}}}}}
      x-sql: {returns: list, sql: "SELECT id FROM items", page: {by: [id], limit: limit, cursor: cursor}}
  /gone:
    get:
      operationId: gone
      responses: {"200": {description: d, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT id FROM items WHERE id = 99"}
  /wipe:
    post:
      operationId: wipe
      x-allow-scan: true
      responses: {"204": {description: d}}
      x-sql: {returns: none, sql: "DELETE FROM items"}
YAML
my $live_lines = sub { my $l = $live->leat('check', '--live'); return ($l->{code}, [map { s{^\Q$live->{dir}\E/}{}r } split /\n/, $l->{err}]) };
is($live->leat('check')->{code}, 0, 'no row is looked at without --live');
my ($code, $lines) = $live_lines->();
is_deeply([$code, @$lines], [1, "opening the database $live->{dir}/app.db: unable to open database file"], '--live without a database: said so');
ok(!-e "$live->{dir}/app.db", 'and none was made');
is($live->leat('migrate', 'up')->{code}, 0, 'a database');
($code, $lines) = $live_lines->();
is_deeply([$code, @$lines], [1,
    'api.yaml:5:5: codes: the response violates its schema: /1/name must be "a"',
    'api.yaml:5:5: codes: the response violates its schema: /1/at must be a date (2026-01-31)',
    'api.yaml:11:5: outer: answers 500: the column title holds a value that the response schema does not allow'], '--live: what the rows break');
$live->write('api.yaml', slurp("$live->{dir}/api.yaml") =~ s/enum: \[a\]/enum: [a, bb]/r =~ s/, format: date//r =~ s/title: \{type: string\}/title: {type: [string, "null"]}/r);
($code, $lines) = $live_lines->();
is_deeply([$code, @$lines], [0], 'mended: nothing');
$live->start;
is(scalar @{$live->get('/codes')->{json}}, 2, 'nothing was changed');

# OpenAPI's own examples.
SKIP: {
    my $suite = suites('openapi-3.1') or skip 'the suite openapi-3.1 is absent', 1;
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
    $r = $museum->leat('check');
    is("$r->{code} $r->{out}", "0 OK\n", 'the museum loads');
    my @said = split /\n/, $r->{err};
    my $operations = () = slurp("$suite/documents/museum.yaml") =~ /^    (?:get|put|post|patch|delete):/mg;
    is(scalar(grep { /warning: \w+ has no x-sql, x-handler or x-builtin and will answer 501$/ } @said), scalar @said, 'with a warning for each of its operations');
    $museum->start;
    is($museum->get('/_mock/docs/openapi/museum-api/museum-hours')->{status}, 401, 'and lets nobody in who is not known');
    is($museum->request('DELETE', '/_mock/docs/openapi/museum-api/special-events/dad4bce8-f5cb-4078-a211-995864315e39')->{status}, 401, 'each');
}
all_done;
