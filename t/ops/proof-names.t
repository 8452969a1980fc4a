# SPDX-License-Identifier: MIT
# leat check reports names that do not fit: what a statement binds and a request has, the parameters of
# a path, operationIds and paths that are there twice.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

subtest 'reports a name that is bound, but not declared' => sub {
    proves('bound, but not declared', get(json('{type: object, properties: {a: {}}}')
            . "x-sql:\n  returns: one\n  sql: SELECT <1>:nothing + <2>:_nobody + <3>:_has_it + <4>:step.x AS a"),
        '1 op: :nothing is neither a parameter nor a body property',
        "2 op: :_nobody is not a built-in name",
        "3 op: :_has_it is not a built-in name",
        '4 op: :step.x: no earlier step has this name');
    done_testing;
};

subtest 'reports a name that is declared, but not used' => sub {
    proves('declared, but not used', <<'YAML',
paths:
  /x:
    parameters: [{name: q, in: query, schema: {}}, {name: X-Trace, in: header, schema: {}}]
    post:
      operationId: op
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [need]
              properties: {need: {}, may: {}, asked: {}, id: {readOnly: true}}
      responses: {'204': {description: d}}
      x-sql: <1>{returns: none, sql: "UPDATE items SET note = iif(:_has_asked, 1, 2) WHERE id = 1"}
    put:
      operationId: whole
      requestBody: {content: {application/json: {schema: {type: array}}}}
      responses: {'204': {description: d}}
      x-sql: <2>{returns: none, sql: "UPDATE items SET note = :q, at = :X_Trace WHERE id = 1"}
    patch:
      operationId: body
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [need], properties: {need: {}, may: {}}}
      responses: {'204': {description: d}}
      x-sql: {returns: none, sql: "UPDATE items SET note = :_body, name = :q, at = :X_Trace WHERE id = 1"}
YAML
        '1 op: the required body property need is not used',
        'w1 op: the body property may is not used',
        'w1 op: the parameter q is not used',
        'w1 op: the parameter X-Trace is not used',
        'w2 whole: the body is not used; read it with :_body');
    done_testing;
};

subtest 'reports a name that is two things, or that no client may send' => sub {
    proves('a name that is two things, or that no client may send', <<'YAML',
paths:
  /x/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}, {name: v, in: query, schema: {}}]
    put:
      operationId: op
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {id: {readOnly: true}, v: {}, made: {readOnly: true}}}
      responses: {'204': {description: d}}
      x-sql: {returns: none, sql: "UPDATE items SET note = <1>:v, at = <2>:made WHERE id = :id"}
YAML
        '1 op: :v is both a parameter and a body property',
        '2 op: :made is a readOnly property, which clients cannot send');
    done_testing;
};

subtest 'compares a path with its parameters' => sub {
    proves('a path and its parameters', <<'YAML',
paths:
  /x/{id}/{id}:
    <1>get:
      operationId: twice
      parameters: [{name: id, in: path, required: true, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
  /y/{a}/{b}:
    <2>get:
      operationId: lacks
      parameters: [{name: a, in: path, required: true, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
  /z:
    get:
      operationId: surplus
      parameters: [<3>{name: a, in: path, required: true, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
  /w/{a}{b}:
    <4>get:
      operationId: half
      parameters:
      - {name: a, in: path, required: true, schema: {}}
      - {name: b, in: path, required: true, schema: {}}
      responses: {"200": {description: d}}
      x-builtin: health.live
  <5>v:
    get: {operationId: relative, responses: {"200": {description: d}}, x-builtin: health.live}
  /u/{a}:
    get:
      operationId: optional
      parameters: [{name: a, in: path, <6>required: false, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
YAML
        '1 twice: x-builtin: /x/{id}/{id}: two values would have the name id',
        '2 lacks: the parameter {b} of the path /y/{a}/{b} is not declared',
        '3 surplus: the path /z has no {a}',
        '4 half: x-builtin: /w/{a}{b}: text must stand between two parameters of a segment',
        '5 v: must be a path that begins with / and has no ? or #',
        '6 required: must be true');
    done_testing;
};

subtest 'reports a parameter, an operationId or a path that is there twice' => sub {
    proves('a parameter that is there twice', get(<<'YAML'),
parameters:
- {name: a, in: query, schema: {}}
- {name: a, in: header, schema: {}}
- <1>{name: a, in: query, schema: {}}
responses: {'200': {description: d}}
x-builtin: health.live
YAML
        '1 parameters: a in query is declared twice');
    my ($text) = places(get("responses: {'200': {description: d}}\nx-builtin: health.live\n"));
    proves('an operationId twice', $text . <<'YAML', '1 operationId: op is used twice');
  /y:
    get:
      operationId: other
      responses: {'200': {description: d}}
      x-builtin: health.live
    <1>put:
      operationId: op
      responses: {'200': {description: d}}
      x-builtin: health.live
YAML
    proves('two templates that are equal', <<'YAML',
paths:
  /x/{a}/y:
    get:
      operationId: first
      parameters: [{name: a, in: path, required: true, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
  <2>/x/{b}/y:
    <1>get:
      operationId: second
      parameters: [{name: b, in: path, required: true, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
    delete:
      operationId: third
      parameters: [{name: b, in: path, required: true, schema: {}}]
      responses: {"200": {description: d}}
      x-builtin: health.live
  /x/c/y:
    get: {operationId: fourth, responses: {"200": {description: d}}, x-builtin: health.live}
YAML
        '2 paths: /x/{b}/y is the same path as /x/{a}/y',
        '1 second: GET /x/{b}/y is also matched by first (api.yaml:5:5)');
    done_testing;
};

all_done;
