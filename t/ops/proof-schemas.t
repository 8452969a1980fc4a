# SPDX-License-Identifier: MIT
# leat check reports schemas that nothing can satisfy, defaults that violate them, references that lead
# nowhere, and keywords of a wrong type.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

subtest 'reports a schema that no value can satisfy' => sub {
    proves('hopeless schemas that nothing serves', <<'YAML',
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
        map { s/^/ /r =~ s/^ (\d+) /w$1 no value can satisfy the schema: /r }
        '1 no number lies between the minimum and the maximum', '2 no number lies between the minimum and the maximum',
        '3 the minimum size exceeds the maximum', '4 the minimum size exceeds the maximum',
            '5 the minimum size exceeds the maximum',
        '6 the schema does not allow a required property', '7 a required property accepts no value',
        '8 no value of enum is valid', '9 const is not valid', '10 its types are mutually exclusive',
        '11 no value of enum is valid', '12 no value of enum is valid', '13 minContains exceeds maxContains',
        '14 the minimum size exceeds what items allows', '15 the minimum size exceeds what the schema allows',
        '16 the minimum size exceeds the maximum');
    done_testing;
};

subtest 'reports a default that its schema does not allow' => sub {
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
        '1 default: must be integer', 'w2 default: /a must be string', 'w3 default: must have at most 2 characters',
        'w4 default: must be a multiple of 0.01', 'w5 default: must be number',
            'w6 default: must be a date (2026-01-31)');
    done_testing;
};

subtest 'reports a reference that leads nowhere, and a pattern that cannot be matched' => sub {
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
    Bad:
      description: d
      headers: {X-A: {schema: <7>{enum: []}}}
      content: {application/problem+json: {schema: {<8>required: x}}}
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
        '1 $ref: #/components/parameters/None: does not resolve',
            '2 $ref: #/components/responses/None: does not resolve',
        '3 $ref: #/components/pathItems/None: does not resolve',
        '4 type: word is not a type; allowed: null, boolean, integer, number, string, array, object',
        '5 minimum: must be number', '6 maxLength: must be an integer, 0 or more',
            'w7 no value can satisfy the schema: no value of enum is valid', '8 required: must be array',
        '9 $ref: #/components/schemas/None: does not resolve', '10 $ref: parts.yaml#/B: does not resolve',
            'w11 the schema applies itself endlessly',
        '12 $ref: https://example.org/none: no such document',
        '13 pattern: (a: unterminated group, at character 1',
            '14 pattern: (?<=a+)b: lookbehind assertion is not fixed length, at character 1',
        '15 patternProperties: [: unterminated character class, at character 1',
        '16 pattern: \p{Nope}: no Unicode property has exactly this name, at character 1');
    done_testing;
};

subtest 'reports a keyword of a wrong type' => sub {
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
    J: <10>{enum: []}
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
        '1 type: word is not a type; allowed: null, boolean, integer, number, string, array, object',
            '2 type: string occurs twice',
        '3 type: must name at least one type', '4 minLength: must be an integer, 0 or more',
            '5 minLength: must be number',
        '6 required: must be array', '7 required: must be a list of names', '8 properties: must be object',
            '9 multipleOf: must be greater than 0',
        'w10 no value can satisfy the schema: no value of enum is valid', '11 allOf: must have at least one schema',
            '12 exclusiveMinimum: must be a number (a boolean is OpenAPI 3.0)',
        '13 items: must be object or boolean', '14 uniqueItems: must be boolean', '22 items: must be object or boolean',
        '16 additionalProperties: must be object or boolean', '17 dependentRequired: a: must be a list of names',
            '18 discriminator: requires propertyName',
        '19 S: must be a schema: a map, true or false', '20 a schema must be a map or a boolean',
            '21 discriminator: mapping: a: None: does not resolve');
    done_testing;
};

subtest 'knows the keywords of OpenAPI 3.0' => sub {
    proves('OpenAPI 3.0 has keywords of its own', $head =~ s/3\.1\.0/3.0.3/r . <<'YAML',
paths: {}
components:
  schemas:
    A: {type: integer, minimum: 1, exclusiveMinimum: true, nullable: true}
    B: <1>{type: integer, minimum: 1, maximum: 1, exclusiveMinimum: true}
    <2>C: true
YAML
        'w1 no value can satisfy the schema: no number lies between the minimum and the maximum',
            '2 C: must be a schema: a map');
    done_testing;
};

all_done;
