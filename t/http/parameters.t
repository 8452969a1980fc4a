# SPDX-License-Identifier: MIT
# Parameters are read in every location, style and explode of OpenAPI, and what is wrong with one is
# refused with its place.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $json = JSON::PP->new->canonical->allow_nonref;
my $array = '{type: array, items: {type: integer}}';
my $object = '{type: object, properties: {R: {type: integer}, G: {type: integer}}}';
my %schema = (value => '{type: integer}', array => $array, object => $object);

# location, style, explode, kind, what is sent, the JSON that it means: for a path the segment, for
# a query all of it, for a header its value, for a cookie the whole field.
my @styles = (
    ['path', 'simple', 0, 'value',  '5',             5],
    ['path', 'simple', 1, 'value',  '-5',            -5],
    ['path', 'simple', 0, 'array',  '3,4,5',         [3, 4, 5]],
    ['path', 'simple', 1, 'array',  '3,4,5',         [3, 4, 5]],
    ['path', 'simple', 0, 'object', 'R,100,G,200',   {R => 100, G => 200}],
    ['path', 'simple', 1, 'object', 'R=100,G=200',   {R => 100, G => 200}],
    ['path', 'label',  0, 'value',  '.5',            5],
    ['path', 'label',  1, 'value',  '.5',            5],
    ['path', 'label',  0, 'array',  '.3,4,5',        [3, 4, 5]],
    ['path', 'label',  0, 'array',  '.3.4.5',        [3, 4, 5]],
    ['path', 'label',  1, 'array',  '.3.4.5',        [3, 4, 5]],
    ['path', 'label',  0, 'object', '.R,100,G,200',  {R => 100, G => 200}],
    ['path', 'label',  1, 'object', '.R=100.G=200',  {R => 100, G => 200}],
    ['path', 'matrix', 0, 'value',  ';p=5',          5],
    ['path', 'matrix', 1, 'value',  ';p=5',          5],
    ['path', 'matrix', 0, 'array',  ';p=3,4,5',      [3, 4, 5]],
    ['path', 'matrix', 1, 'array',  ';p=3;p=4;p=5',  [3, 4, 5]],
    ['path', 'matrix', 0, 'object', ';p=R,100,G,200', {R => 100, G => 200}],
    ['path', 'matrix', 1, 'object', ';R=100;G=200',  {R => 100, G => 200}],
    ['query', 'form',  0, 'value',  'p=5',           5],
    ['query', 'form',  1, 'value',  'p=5',           5],
    ['query', 'form',  0, 'array',  'p=3,4,5',       [3, 4, 5]],
    ['query', 'form',  1, 'array',  'p=3&p=4&p=5',   [3, 4, 5]],
    ['query', 'form',  1, 'array',  'p=3',           [3]],
    ['query', 'form',  0, 'object', 'p=R,100,G,200', {R => 100, G => 200}],
    ['query', 'form',  1, 'object', 'R=100&G=200',   {R => 100, G => 200}],
    ['query', 'spaceDelimited', 0, 'array',  'p=3%204%205',         [3, 4, 5]],
    ['query', 'spaceDelimited', 0, 'array',  'p=3+4+5',             [3, 4, 5]],
    ['query', 'spaceDelimited', 1, 'array',  'p=3&p=4',             [3, 4]],
    ['query', 'spaceDelimited', 0, 'object', 'p=R%20100%20G%20200', {R => 100, G => 200}],
    ['query', 'pipeDelimited',  0, 'array',  'p=3|4|5',             [3, 4, 5]],
    ['query', 'pipeDelimited',  0, 'array',  'p=3%7C4%7c5',         [3, 4, 5]],
    ['query', 'pipeDelimited',  1, 'array',  'p=3&p=4',             [3, 4]],
    ['query', 'pipeDelimited',  0, 'object', 'p=R|100|G|200',       {R => 100, G => 200}],
    ['query', 'deepObject',     1, 'object', 'p[R]=100&p[G]=200',   {R => 100, G => 200}],
    ['query', 'deepObject',     1, 'object', 'p%5BR%5D=100&p%5bG%5d=200', {R => 100, G => 200}],
    ['header', 'simple', 0, 'value',  '5',           5],
    ['header', 'simple', 0, 'array',  '3,4, 5',      [3, 4, 5]],
    ['header', 'simple', 1, 'array',  '3 ,4,5',      [3, 4, 5]],
    ['header', 'simple', 0, 'object', 'R,100,G,200', {R => 100, G => 200}],
    ['header', 'simple', 1, 'object', 'R=100, G=200', {R => 100, G => 200}],
    ['cookie', 'form', 1, 'value',  'o=1; p=5',      5],
    ['cookie', 'form', 0, 'value',  'p=5; o=1',      5],
    ['cookie', 'form', 0, 'array',  'o=1; p=3,4,5',  [3, 4, 5]],
    ['cookie', 'form', 0, 'object', 'p=R,100,G,200', {R => 100, G => 200}],
);

# Returns an answer with these properties, of any type.
sub answers {
    my $schema = '{type: object, properties: {' . join(', ', map { "$_: {}" } @_) . '}}';
    return qq(responses: {"200": {description: ok, content: {application/json: {schema: $schema}}}});
}

my $paths = '';
my %declared;
for my $row (@styles) {
    my ($in, $style, $explode, $kind) = @$row;
    my $name = join '-', $in, $style, $explode, $kind;
    next if $declared{$name}++;
    my $required = $in eq 'path' ? 'required: true, ' : '';
    my $path = $in eq 'path' ? "$name/{p}" : $name;
    my $explodes = $explode ? 'true' : 'false';
    $paths .= <<"YAML";
  /$path:
    get:
      operationId: $name
      parameters: [{name: p, in: $in, ${required}style: $style, explode: $explodes, schema: $schema{$kind}}]
      @{[answers('v')]}
      x-sql: {returns: one, sql: "SELECT :p AS v"}
YAML
}

my $leat = Leat::Test->new(workers => 1, document => <<"API" . $paths)->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /types:
    get:
      operationId: types
      parameters:
      - {name: i, in: query, schema: {type: integer, minimum: 0, maximum: 10}}
      - {name: n, in: query, schema: {type: number}}
      - {name: b, in: query, schema: {type: boolean}}
      - {name: s, in: query, schema: {type: string, maxLength: 5}}
      - {name: z, in: query, schema: {type: [integer, "null"]}}
      - {name: f, in: query, schema: {type: string, format: date}}
      - {name: e, in: query, schema: {enum: [a, b, 3]}}
      - {name: k, in: query, schema: {const: 3}}
      - {name: d, in: query, schema: {type: integer, default: 7}}
      - {name: l, in: query, schema: {type: array, minItems: 1, items: {type: string, maxLength: 3}, default: [x, y]}}
      - {name: a, in: query, allowEmptyValue: true, schema: {type: integer}}
      - {name: as, in: query, allowEmptyValue: true, schema: {type: array, items: {type: integer}}}
      - {name: j, in: query, content: {application/json: {schema: {type: object, required: [k],
          properties: {k: {type: integer}}}}}}
      @{[answers(qw(i n b s z f e k d l a as j has))]}
      x-sql: {returns: one, sql: "SELECT :i AS i, :n AS n, :b AS b, :s AS s, :z AS z, :f AS f, :e AS e, :k AS k, :d AS
        d, :l AS l, :a AS a, :as AS \\"as\\", :j AS j, :_has_d || :_has_l || :_has_a || :_has_as || :_has_z AS has"}
  /must:
    get:
      operationId: must
      parameters:
      - {name: q, in: query, required: true, schema: {type: string}}
      - {name: X-H, in: header, required: true, schema: {type: integer}}
      - {name: c, in: cookie, required: true, schema: {type: integer}}
      @{[answers(qw(q h c))]}
      x-sql: {returns: one, sql: "SELECT :q AS q, :X_H AS h, :c AS c"}
  /plain/{s}:
    get:
      operationId: plain
      parameters:
      - {name: s, in: path, required: true, schema: {type: string, minLength: 2}}
      - {name: X-J, in: header, content: {application/json: {schema: {type: array, items: {type: integer}}}}}
      - {name: X-D, in: header, schema: {type: integer, default: 3}}
      @{[answers(qw(s j d))]}
      x-sql: {returns: one, sql: "SELECT :s AS s, :X_J AS j, :X_D AS d"}
  /open-operation:
    get:
      operationId: openOperation
      x-additional-parameters: true
      parameters: [{name: q, in: query, schema: {type: integer}}]
      @{[answers(qw(q))]}
      x-sql: {returns: one, sql: "SELECT :q AS q"}
  /open-item:
    x-additional-parameters: true
    parameters: [{name: q, in: query, schema: {type: integer}}]
    get:
      operationId: openItem
      @{[answers(qw(q))]}
      x-sql: {returns: one, sql: "SELECT :q AS q"}
    delete:
      operationId: closedAgain
      x-additional-parameters: false
      @{[answers(qw(q))]}
      x-sql: {returns: one, sql: "SELECT :q AS q"}
  /overridden:
    parameters: [{name: q, in: query, schema: {type: integer}}]
    get:
      operationId: overridden
      parameters: [{name: q, in: query, schema: {type: string, enum: [word]}}]
      @{[answers(qw(q))]}
      x-sql: {returns: one, sql: "SELECT :q AS q"}
  /two-objects:
    get:
      operationId: twoObjects
      parameters:
      - {name: one, in: query, schema: {type: object, additionalProperties: false,
          properties: {x: {type: integer}, y: {type: integer}}}}
      - {name: two, in: query, style: deepObject, explode: true,
          schema: {type: object, properties: {x: {type: integer}, tags: {type: array, items: {type: string}}}}}
      @{[answers(qw(one two))]}
      x-sql: {returns: one, sql: "SELECT :one AS one, :two AS two"}
API

sub value { my ($r, $name) = @_; return $r->{json}{$name // 'v'} }
sub errors { my ($r) = @_; return join ' ',
    sort map { "$_->{in}:$_->{pointer}:$_->{keyword}" } @{$r->{json}{errors} // []} }
sub refused {
    my ($r, $status, $errors, $name) = @_;
    is("$r->{status} " . errors($r), "$status $errors", $name) or diag $r->{body};
}

subtest 'a value is read in every location and style' => sub {
    for my $row (@styles) {
        my ($in, $style, $explode, $kind, $text, $want) = @$row;
        my $path = '/' . join '-', $in, $style, $explode, $kind;
        my %headers;
        $path .= "/$text"     if $in eq 'path';
        $path .= "?$text"     if $in eq 'query';
        $headers{P} = $text   if $in eq 'header';
        $headers{Cookie} = $text if $in eq 'cookie';
        my $r = $leat->get($path, headers => \%headers);
        my $got = value($r);
        $got = eval { $json->decode($got) } if ref $want && defined $got;
        is_deeply($got, $want, "$in $style explode=$explode $kind: $text") or diag "$r->{status} $r->{body}";
    }
};

# What was sent in the wrong form is reported with its place.
subtest 'a value that its style does not allow is refused with its place' => sub {
    refused($leat->get('/query-form-1-array?p=3&p=x&p=5&p=y'), 400, 'query:/p/1:type query:/p/3:type',
        'malformed items');
    refused($leat->get('/query-form-1-object?R=x&G=1'), 400, 'query:/p/R:type', 'a malformed member');
    refused($leat->get('/query-deepObject-1-object?p[R]=x&p[R]=1'), 400, 'query:/p/R:type',
        'a malformed member in brackets');
    refused($leat->get('/query-deepObject-1-object?p[R]=1&p[R]=1'), 400, 'query:/p/R:repeated', 'a member twice');
    refused($leat->get('/query-deepObject-1-object?p[R][x]=1'), 400, 'query:/p:type', 'two levels of brackets');
    refused($leat->get('/query-deepObject-1-object?p=1'), 400, 'query:/p:type', 'an object in brackets without any');
    refused($leat->get('/query-form-0-object?p=R,100,G'), 400, 'query:/p:type', 'a name without a value');
    refused($leat->get('/path-label-0-array/3,4'), 400, 'path:/p:type', 'a label without its dot');
    refused($leat->get('/path-matrix-0-value/;q=4'), 400, 'path:/p:type', 'a matrix of another name');
    refused($leat->get('/path-matrix-0-array/;p=4;p=5'), 400, 'path:/p:repeated', 'a matrix parameter twice');
    refused($leat->get('/header-simple-0-object', headers => {P => 'R,1,R,2'}), 400, 'header:/p/R:repeated',
        'a member twice in a header');
    refused($leat->get('/cookie-form-1-value', headers => {Cookie => 'p=x'}), 400, 'cookie:/p:type',
        'a malformed cookie');
    is(value($leat->get('/query-form-0-array?p=3%2C4')), undef, 'an escaped comma does not delimit');
};

subtest 'header fields and cookies of several lines are one list, and names have a case but in headers' => sub {
    my $two = $leat->raw("GET /header-simple-0-array HTTP/1.1\r\nHost: a\r\nP: 1,2\r\np: 3\r\n\r\n");
    like($two, qr/"v":"\[1,2,3\]"/, 'a header in two lines is one list');
    $two = $leat->raw("GET /header-simple-0-value HTTP/1.1\r\nHost: a\r\nP: 1\r\np: 2\r\n\r\n");
    like($two, qr/^HTTP\/1.1 400 .*"pointer":"\/p","keyword":"type"/s, 'which is no single value');
    $two = $leat->raw("GET /cookie-form-1-value HTTP/1.1\r\nHost: a\r\nCookie: o=1\r\nCookie: p=2\r\n\r\n");
    like($two, qr/"v":2/, 'a cookie in the second of two lines');
    is(value($leat->get('/header-simple-0-value', headers => {p => 4})), 4, 'header names have no case');
    is(value($leat->get('/cookie-form-1-value', headers => {Cookie => 'P=4'})), undef, 'cookie names have');
    is(value($leat->get('/query-form-1-value?P=4')), undef, 'and so have names in a query');
};

subtest 'values have the type of their schema, and a default where none was sent' => sub {
    my $r = $leat->get('/types?i=3&n=1.5e1&b=true&s=a%20b+c&z=&f=2024-02-29&e=b');
    is_deeply([@{$r->{json}}{qw(i n b s z f e d l)}], [3, 15, 1, 'a b c', undef, '2024-02-29', 'b', 7, '["x","y"]'],
        'values of each type, and defaults') or diag $r->{body};
    my @without_type = map { my ($name) = /^(\w)/; $leat->get("/types?$_")->{json}{$name} } qw(e=a e=3 k=3);
    is_deeply(\@without_type, ['a', 3, 3], 'an enum or const without a type has those of its values');
    is($r->{json}{has}, '00001', ':_has_ tells what was sent from what was filled in');
    is($leat->get('/types?d=7&l=x&a=1')->{json}{has}, '11100', 'and a value like the default was sent');
    my @numbers = qw(i= i i=1.5 i=1e3 i=%201 i=0x1 i=+1 i=01 i=9223372036854775808 i=null n=.5 n=NaN n=Infinity);
    for my $bad (@numbers, qw(b=1 b=True b=)) {
        my ($name) = $bad =~ /^(\w)/;
        refused($leat->get("/types?$bad"), 400, "query:/$name:type", "malformed: $bad");
    }
    for (['i=-1', '/i:minimum'], ['i=11', '/i:maximum'], ['s=abcdef', '/s:maxLength'], ['f=2023-02-29', '/f:format'],
        ['e=c', '/e:enum'], ['l=abcd&l=a', '/l/0:maxLength'])
    {
        refused($leat->get("/types?$_->[0]"), 422, "query:$_->[1]", "invalid: $_->[0]");
    }
    is($leat->get('/types?s=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9')->{status}, 200, 'length is in characters');
    refused($leat->get('/types?s=%ff'), 400, 'query:/s:encoding', 'not UTF-8');
    refused($leat->get('/types?s=%00'), 400, 'query:/s:encoding', 'a NUL');
    refused($leat->get('/types?i=-1&s=abcdef&e=q'), 422, 'query:/e:enum query:/i:minimum query:/s:maxLength',
        'every violation');
    refused($leat->get('/types?i=x&s=abcdef'), 400, 'query:/i:type', 'malformed goes before invalid');
};

subtest 'an empty value is nothing, or an empty list, where it is allowed' => sub {
    my $r = $leat->get('/types?a=&as=');
    is_deeply([@{$r->{json}}{qw(a as has)}], [undef, '[]', '00110'], 'allowEmptyValue: nothing, and an empty list')
        or diag $r->{body};
    is($leat->get('/types?a')->{status}, 200, 'also without =');
    is($leat->get('/types?s=')->{json}{s}, '', 'a string may be empty anyway');
};

subtest 'a parameter with content is JSON' => sub {
    is($leat->get('/types?j=%7B%22k%22%3A%201%7D')->{json}{j}, '{"k":1}', 'a parameter of JSON');
    refused($leat->get('/types?j=%7B'), 400, 'query:/j:type', 'malformed JSON');
    refused($leat->get('/types?j=%7B%7D'), 422, 'query:/j/k:required', 'JSON that breaks its schema');
    refused($leat->get('/types?j=%7B%22k%22:1,%22k%22:2%7D'), 400, 'query:/j:type', 'a duplicate key in JSON');
    is($leat->get('/plain/ab', headers => {'X-J' => '[1, 2]'})->{json}{j}, '[1,2]', 'JSON in a header');
    is($leat->get('/plain/ab')->{json}{d}, 3, 'the default of a header');
    is($leat->get('/plain/a+b%2Bc%20d')->{json}{s}, 'a+b+c d', 'in a path + is +');
    refused($leat->get('/plain/a'), 422, 'path:/s:minLength', 'a violation in the path');
};

subtest 'unknown, repeated and missing parameters are refused' => sub {
    refused($leat->get('/types?i=1&i=2'), 400, 'query:/i:repeated', 'a key twice');
    refused($leat->get('/types?i=1&%69=1'), 400, 'query:/i:repeated', 'also where it is escaped');
    refused($leat->get('/types?i=1&who=2&am=3&i'), 400, 'query:/am:unknown query:/i:repeated query:/who:unknown',
        'unknown keys');
    refused($leat->get('/types?a~b%2Fc=2'), 400, 'query:/a~0b~1c:unknown', 'a pointer is escaped');
    refused($leat->get('/types?=1'), 400, 'query:/:unknown', 'a key without a name');
    is($leat->get('/types?&&i=1&')->{json}{i}, 1, 'empty pairs are nothing');
    is($leat->get('/types?')->{status}, 200, 'nor is an empty query');
    refused($leat->get('/must'), 400, 'cookie:/c:required header:/X-H:required query:/q:required',
        'missing ones, in every place');
    is($leat->get('/must?q', headers => {'X-H' => 1, Cookie => 'c=2'})->{status}, 200, 'all there');
    refused($leat->get('/must?q=1', headers => {'X-H' => 'x', Cookie => 'c='}), 400, 'cookie:/c:type header:/X-H:type',
        'malformed in every place');
};

subtest 'x-additional-parameters lets unknown keys of a query pass' => sub {
    for my $path ('/open-operation', '/open-item') {
        is(value($leat->get("$path?who=2&who=3&q=4&x[y]=1"), 'q'), 4, "$path: unknown keys pass");
        refused($leat->get("$path?who=2&q=x"), 400, 'query:/q:type', "$path: known ones are still read");
        refused($leat->get("$path?q=1&q=1"), 400, 'query:/q:repeated', "$path: once");
    }
    refused($leat->delete('/open-item?who=2'), 400, 'query:/who:unknown', 'an operation closes what its path opens');
};

subtest 'an operation overrides a parameter of its path, and objects share one query' => sub {
    is(value($leat->get('/overridden?q=word'), 'q'), 'word', 'an operation overrides the parameter of its path');
    my $r = $leat->get('/two-objects?x=1&two[x]=2&two[tags]=[%22a%22]&y=3');
    is_deeply([map { $json->decode($_) } @{$r->{json}}{qw(one two)}], [{x => 1, y => 3}, {x => 2, tags => ['a']}],
        'two objects in one query') or diag $r->{body};
    refused($leat->get('/two-objects?z=1'), 400, 'query:/z:unknown', 'a name that no object takes');
};

subtest 'at most 32 violations are listed, the others counted, and a query has at most 1000 pairs' => sub {
    my $r = $leat->get('/query-form-1-array?' . join '&', map { 'p=x' } 1 .. 40);
    is(scalar @{$r->{json}{errors}}, 32, 'at most 32 violations');
    is($r->{json}{more}, 8, 'and how many more');
    is_deeply([map { $_->{pointer} } @{$r->{json}{errors}}], [map { "/p/$_" } 0 .. 31],
        'in the order in which they came');
    refused($leat->get('/query-form-1-array?' . join '&', map { 'p=1' } 1 .. 1001), 400, 'query::maxItems',
        'pairs without end');
};

my $open = Leat::Test->new(workers => 1, document => <<"API")->start;
openapi: 3.1.0
info: {title: t, version: "1"}
x-additional-parameters: true
paths:
  /open:
    get:
      @{[answers(qw(v))]}
      x-sql: {returns: one, sql: "SELECT 1 AS v"}
  /closed:
    x-additional-parameters: false
    get:
      @{[answers(qw(v))]}
      x-sql: {returns: one, sql: "SELECT 1 AS v"}
API

subtest 'a document opens all of its operations, and a path closes its own again' => sub {
    is($open->get('/open?a=1&b=2')->{status}, 200, 'a document that lets unknown keys pass');
    refused($open->get('/closed?a=1'), 400, 'query:/a:unknown', 'a path that does not');
};

subtest 'the worker is well after all that' => sub {
    is($leat->get('/types?i=1')->{status}, 200, 'the worker is well after all that');
    unlike($leat->log, qr/worker\.died/, 'and never died');
};

all_done;
