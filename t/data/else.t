# SPDX-License-Identifier: MIT
# An answer that the document gives says truly where the value is, and a 401 has its challenge.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $object = 'content: {application/json: {schema: {type: object}}}';
my $body = 'requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name], '
    . 'properties: {name: {type: string}}}}}}';

# Returns a GET with one parameter, and a pointer to it.
sub points {
    my ($name, $in, $parameter) = @_;
    my $path = $in eq 'path' ? "/$name/{$parameter}" : "/$name";
    my $is_required = $in eq 'path' ? 'true' : 'false';
    return <<"API";
  $path:
    get:
      operationId: $name
      x-allow-scan: true
      parameters: [{name: $parameter, in: $in, required: $is_required, schema: {type: string}}]
      responses: {"200": {description: x, $object}}
      x-sql:
        returns: one
        sql: SELECT id FROM t WHERE name = :$parameter
        else: {status: 422, pointer: /$parameter}
API
}

# Returns a POST that ends with 401 by its `else`.
sub denies {
    my ($name, $security) = @_;
    return <<"API";
  /$name:
    post:
      operationId: $name
      security: $security
      responses: {"200": {description: x, $object}}
      x-sql: {returns: one, sql: "SELECT id FROM t WHERE id = -1", else: {status: 401, code: no}}
API
}

my $document = <<"API"
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
x-tables:
  t:
    constraints:
      unique(name): {status: 409, code: taken, pointer: /name}
paths:
  /t:
    post:
      operationId: create
      $body
      responses: {"201": {description: x, $object}}
      x-sql: {returns: one, sql: "INSERT INTO t (name) VALUES (:name) RETURNING id"}
  /t/{name}:
    put:
      operationId: put
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"201": {description: x, $object}}
      x-sql: {returns: one, sql: "INSERT INTO t (name) VALUES (:name) RETURNING id"}
  /body:
    post:
      operationId: body
      x-allow-scan: true
      $body
      responses: {"200": {description: x, $object}}
      x-sql:
        returns: one
        sql: SELECT id FROM t WHERE name = :name
        else: {status: 422, pointer: /name}
API
    . points('q', 'query', 'q') . points('p', 'path', 'p') . points('h', 'header', 'h') . points('c', 'cookie', 'c')
    . denies('anybody', '[]') . denies('bearer', '[{}, {bearer: []}]') . <<'API';
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
API
my $leat = Leat::Test->new(document => $document,
    migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);'})->start;

sub told { my ($r) = @_; return join ' ', $r->{status}, map {"$_->{in} $_->{pointer}"} @{$r->{json}{errors} // []} }

subtest 'the place of the pointer is where the client sent the value' => sub {
    is(told($leat->get('/v1/q?q=x')), '422 query /q', 'a query parameter');
    is(told($leat->get('/v1/p/x')),   '422 path /p',  'a path parameter');
    is(told($leat->get('/v1/h', headers => {h => 'x'})), '422 header /h', 'a header');
    is(told($leat->get('/v1/c', headers => {Cookie => 'c=x'})), '422 cookie /c', 'a cookie');
    is(told($leat->post('/v1/body', {name => 'x'})), '422 body /name', 'a property of the body');
};

subtest 'one rule of a table has the place of each operation' => sub {
    is($leat->post('/v1/t', {name => 'a'})->{status}, 201, 'a row');
    is(told($leat->post('/v1/t', {name => 'a'})), '409 body /name', 'in the body');
    is(told($leat->request('PUT', '/v1/t/a')), '409 path /name', 'in the path');
};

subtest 'a 401 of a document has a challenge (RFC 9110, 15.5.2)' => sub {
    for my $name (qw(anybody bearer)) {
        my $r = $leat->post("/v1/$name", undef);
        is("$r->{status} $r->{json}{code}", '401 no', "$name: the document's answer");
        is($r->{headers}{'www-authenticate'}, 'Bearer realm="/v1"', "$name: the challenge");
    }
};

all_done;
