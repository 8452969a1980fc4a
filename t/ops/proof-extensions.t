# SPDX-License-Identifier: MIT
# leat check reports what is wrong with x-sql, x-tables and the other extensions of a document, each at
# its own place.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

subtest 'finds what filter and page name' => sub {
    proves('filter, page and their parameters', <<'YAML',
paths:
  /x:
    get:
      operationId: op
      parameters:
      - {name: c, in: query, schema: {type: string}}
      - {name: size, in: query, schema: {type: string}}
      - {name: list, in: query, schema: {type: integer}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                properties:
                  items:
                    type: array
                    items: {type: object, properties: {id: {type: integer}, note: {type: [string, "null"]}}}
                  next: {type: string}
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
        '5 op: page: limit: the parameter size must be an integer',
        '6 op: page: cursor: nothing is not a parameter');
    done_testing;
};

subtest 'finds what steps, result, else and location name' => sub {
    proves('steps, result, else and location', <<'YAML',
paths:
  /x:
    post:
      operationId: op
      responses:
        '201':
          description: d
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
      x-sql:
        <1>result: last
        <2>location: x/{nothing}
        steps:
        - {as: a, returns: list, sql: "SELECT id FROM items WHERE id = 1"}
        - {<3>as: a, returns: one, sql: "SELECT <4>:a.id AS id, <11>:b.id AS b"}
        - {as: b, returns: one, sql: "SELECT 1 AS id", <10>else: {<5>status: 200, code: x, <6>pointer: nowhere}}
        - as: c
          returns: one
          sql: "SELECT <7>:b.nothing AS id"
          else: {status: 422, <8>pointer: /nowhere}
          <9>otherwise: {}
YAML
        '1 x-sql: result: no step has the name last',
        '2 op: location: must begin with /',
        '2 op: location: the statement has no column nothing',
        '3 x-sql: steps: as: a occurs twice',
        '4 op: :a.id: the step must have returns: one',
        '11 op: :b.id: no earlier step has this name',
        '5 x-sql: else: status: must be from 400 to 499',
        '6 x-sql: else: pointer: a JSON pointer must start with /',
        '7 op: :b.nothing: the step has no such column',
        '8 op: else: pointer: /nowhere is neither a body property nor a parameter',
        '9 x-sql: steps: otherwise: unknown key');
    done_testing;
};

subtest 'finds what etag, if-match and on-zero need' => sub {
    proves('etag, if-match and on-zero', <<'YAML',
paths:
  /x:
    put:
      operationId: op
      responses:
        '200':
          description: d
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
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
    done_testing;
};

subtest 'refuses keys that do not go together' => sub {
    proves('what does not go together', <<'YAML',
paths:
  /a:
    get:
      operationId: a
      responses: {"200": {description: d}}
      x-sql: <1>{<14>returns: one, sql: SELECT 1, steps: [{sql: SELECT 1}], <15>result: a}
  /b:
    get: {operationId: b, responses: {"200": {description: d}}, x-sql: <2>{sql: SELECT 1, <3>result: a}}
  /c:
    get: {operationId: c, responses: {"200": {description: d}}, x-sql: <4>{returns: one, sql: SELECT 1, filter: {}}}
  /d:
    get: {operationId: d, responses: {"200": {description: d}}, x-sql: {<5>returns: some, sql: SELECT 1; <6>SELECT 2}}
  /e:
    get: {operationId: e, responses: {"200": {description: d}}, x-sql: {returns: one, sql: <7>""}}
  /f:
    get: {operationId: f, responses: {"200": {description: d}}, x-sql: {returns: one, sql: {file: <8>none.sql}}}
  /g:
    get: {operationId: g, responses: {"200": {description: d}}, x-sql: <12>{steps: [<9>{as: a}], sql: [1]}}
  /h:
    <10>get:
      operationId: h
      responses: {"200": {description: d}}
      x-sql: {returns: one, sql: SELECT 1}
      x-builtin: health.live
  /i:
    get: {operationId: i, responses: {"200": {description: d}}, x-sql: {returns: one, sql: SELECT 1, <11>tx: wirte}}
  /j:
    get:
      operationId: j
      responses: {"200": {description: d}}
      x-sql: {returns: list, sql: SELECT 1 AS a, page: {<13>by: a, cursor: c}, <16>filter: [a], <17>steps: {}}
YAML
        '1 x-sql: either sql or steps is required', '14 x-sql: returns: belongs in the steps',
            '15 x-sql: result: no step has the name a',
        '2 x-sql: returns: is required; allowed: one|list|none|count', '3 x-sql: result: requires steps',
        '4 x-sql: filter and page require returns: list',
        '5 x-sql: returns: must be one of one|list|none|count',
            '6 x-sql: only one statement is allowed; use steps for several',
        '7 x-sql: the statement is missing', '8 none.sql: cannot be read: No such file or directory',
        '12 x-sql: either sql or steps is required', '12 x-sql: returns: is required; allowed: one|list|none|count',
            '9 x-sql: sql: must be a string or {file: PATH}',
        '10 only one of x-sql, x-handler and x-builtin is allowed',
        '11 x-sql: tx: must be one of read|write',
        '13 x-sql: page: by: must be a list', '16 x-sql: filter: must be a map', '17 x-sql: steps: must be a list');
    done_testing;
};

subtest 'compares extensions and built-ins with what there is' => sub {
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
        '1 x-sunset: must be text', '2 x-additional-parameters: must be true or false',
            '3 x-additional-parameters: must be true or false',
        'w4 op has no x-sql, x-handler or x-builtin and will answer 501',
            'w5 x-allow-scan: is ignored, as it is not true or false',
        'w6 x-builtin: is ignored, as it is not text',
        '7 put: x-sunset: must be a date such as 2027-01-31',
            'w7 x-builtin: this version has no health.dead; put will answer 501',
        'w10 x-handler: this version does not load modules; post will answer 501');
    done_testing;
};

subtest 'compares x-tables with what a table may have' => sub {
    proves('x-tables', <<'YAML',
x-tables:
  lists:
    constraints:
      <1>uniq(title): {status: 409}
      unique(title): {<2>status: 500, <3>cod: a}
      check(name): <4>5
  items: <5>5
  notes: {owner: <7>list_id, <6>rows: 5}
paths: {}
YAML
        '1 x-tables: uniq(title): must be unique(COLUMNS), check(NAME), not-null(COLUMN), raise(CODE) or foreign-key',
        '2 x-tables: status: must be from 400 to 499', '3 x-tables: cod: unknown key', '4 x-tables: must be a map',
            '5 x-tables: must be a map',
        '7 x-tables: notes: owner: list_id: the column must be TEXT, like subjects',
        '6 x-tables: rows: unknown key');
    done_testing;
};

subtest 'an extension in an object that does not use it is a warning' => sub {
    proves('extensions in the wrong object', <<'YAML',
<1>x-sql: {}
<2>x-allow-scan: true
paths:
  /x:
    <3>x-rate-limit: login
    <4>x-unrestricted: true
    <5>get: {operationId: op, <6>x-tables: {}, x-theirs: 1, <7>x-handler: todo, responses: {"200": {description: d}}}
YAML
        'w1 x-sql: has no effect in the document',
        'w2 x-allow-scan: has no effect in the document',
        'w3 x-rate-limit: has no effect in a path item',
        'w4 x-unrestricted: has no effect in a path item',
        'w6 x-tables: has no effect in an operation',
        'w7 x-handler: this version does not load modules; op will answer 501');
    done_testing;
};
all_done;
