# SPDX-License-Identifier: MIT
# leat check reports what is wrong with x-problems at its place, and errors that a document declares in
# another form than they are sent.
use strict;
use warnings;
use Leat::Proof;
use Leat::Test;
use Test::More;

my $words = '$status, $title, $error, $code, $request_id';
my $one = "paths:\n  /x:\n    get: {operationId: op, $no_body      x-sql: {returns: none, sql: SELECT 1}}\n";
my $op = $one =~ s/\n      x-sql/, x-sql/r;

subtest 'finds a word that there is not, by its pointer' => sub {
    proves('templates', <<'YAML' . $op,
x-problems:
  body:
    error: {code: <1>$foo, text: <2>"all of $violations", list: [$code, <3>$message]}
  violations:
    value: {a: $message, b/c: <4>$violations, d: <5>"${x"}
YAML
        "1 x-problems: body: /error/code: \$foo is not a word; there are $words, \$violations",
        '2 x-problems: body: /error/text: $violations cannot be part of a text',
        "3 x-problems: body: /error/list/1: \$message is not a word; there are $words, \$violations",
        "4 x-problems: violations: value: /b~1c: \$violations is not a word; there are $words, \$in, \$pointer, "
            . '$name, $keyword, $message',
        '5 x-problems: violations: value: /d: ${ has no word and }');
    my $many = join ' ', ('$code') x 17;
    proves('too many words', qq(x-problems: {body: {a: <1>"$many"}}\n$op),
        '1 x-problems: body: /a: the template can have at most 16 words');
};

subtest 'finds keys, types and names that mean nothing' => sub {
    proves('keys', <<'YAML' . $op,
x-problems:
  <1>media: application/json
  violations: {<2>by: names, <3>key: x}
YAML
        '1 x-problems: media: unknown key');
    proves('keys of violations', "x-problems:\n  violations: {<2>by: names, <3>key: x}\n$op",
        '2 x-problems: violations: by: must be one of list|name|pointer',
        '3 x-problems: violations: key: unknown key');
    proves('a media type', "x-problems: {<1>media-type: $_}\n$op",
        '1 x-problems: media-type: must be application/json or end in +json')
        for 'text/plain', '"application/json; charset=utf-8"', '"application/json\r\nX: y"', '""';
    proves('messages', "x-problems: {messages: {<1>minLenght: x, <2>minLength: 7, unique: z, pattern: y}}\n$op",
        '1 x-problems: messages: minLenght: nothing violates a keyword of this name',
        '2 x-problems: messages: minLength: must be text');
    my $must = 'must be a status from 400 to 599, or a reason of leat(8)';
    proves('answers', <<'YAML' . $op,
x-problems:
  answers:
    <1>"200": {code: x}
    bad-login: {name: x}
    <4>bad-response: {}
    "404": {<2>status: 4}
    <3>"4xx": {name: x}
    "500": {name: x}
YAML
        "1 x-problems: answers: 200: $must",
        "4 x-problems: answers: bad-response: $must",
        '2 x-problems: answers: status: unknown key',
        "3 x-problems: answers: 4xx: $must");
    proves('a text', "<1>x-problems: all\n$op", '1 x-problems: must be a map');
    proves('of an operation', $op =~ s/get: \{/get: {<1>x-problems: {}, /r,
        'w1 x-problems: has no effect in an operation');
    proves('a name without names', $op =~ s/none, sql: SELECT 1/one, sql: SELECT 1, else: {status: 404, <1>name: x}/r,
        'w1 name: has no effect without x-problems');
};

# Returns a document of that form, whose operation declares an error.
sub declared {
    my ($problems, $code, $content) = @_;
    return <<"YAML";
x-problems: $problems
paths:
  /x:
    post:
      operationId: op
      requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {"204": {description: d}, "$code": {description: d, <2>content: $content}}
      x-sql: {returns: none, sql: "SELECT :a"}
YAML
}
sub as_json { return "{application/json: {schema: <1>$_[0]}}" }
my $named = '{body: {errors: $violations, code: $code, ok: false}, violations: {by: name}}';
my $differs = '1 schema: does not fit the errors of x-problems:';

subtest 'compares the errors that are declared with what is sent' => sub {
    for my $row (
        ['{type: object}'],
        ['{}'],
        ['{type: object, required: [errors], properties: {errors: {type: object}}}'],
        ['{type: object, required: [errors, code, ok], properties: {code: {type: string, enum: [a, b]}, '
            . 'ok: {const: false}, errors: {type: object, additionalProperties: {type: array, '
            . 'items: {type: string, maxLength: 9}}}}}'],
        ['{type: array}', ' must be array'],
        ['{type: object, required: [message]}', ' /message: is required'],
        ['{type: object, properties: {message: {type: string}}}', ' /message: is never sent'],
        ['{type: object, properties: {code: {type: integer}}}', ' /code: must be integer'],
        ['{type: object, properties: {ok: {const: true}}}', ' /ok: must be true'],
        ['{type: object, properties: {errors: {type: array}}}', ' /errors: must be array'],
        ['{type: object, properties: {errors: {additionalProperties: {type: string}}}}',
            ' /errors/member: must be string'],
        ['{type: object, additionalProperties: false, properties: {code: {type: string}}}',
            ' /errors: is not a known property'],
    ) {
        my ($schema, $difference) = @$row;
        proves($schema, declared($named, 422, as_json($schema)), $difference ? "w$differs$difference" : ());
    }
    proves('another media type', declared($named, 404, '{application/problem+json: {schema: {type: object}}}'),
        'w2 content: is never sent; errors are application/json (x-problems)');
    my $several = '{application/xml: {}, application/json: {schema: {type: object}}}';
    proves('one of several', declared($named, 404, $several));
    proves('of 404', declared('{body: {status: $status}}', 404, as_json('{properties: {status: {const: 404}}}')));
    proves('of the default', declared($named, 'default', as_json('{required: [x]}')), "w$differs /x: is required");
    proves('without a form', declared('{messages: {type: x}}', 404,
        '{application/problem+json: {schema: {type: object, properties: {detail: {type: string}}}}}'));
};

all_done;
