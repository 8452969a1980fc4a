# SPDX-License-Identifier: MIT
# A Location leads to a path that the API serves, whatever the row holds, or is not sent.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $text = 'schema: {type: string}';
my $body = 'requestBody: {required: true, content: {application/json: {schema: {type: object, '
    . 'properties: {id: {type: [string, "null"]}}}}}}';
my $object = 'content: {application/json: {schema: {type: object}}}';
my $leat = Leat::Test->new(document => <<"API", migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id, v);'})->start;
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
paths:
  /t:
    post:
      operationId: create
      $body
      responses: {"201": {description: x, $object}}
      x-sql: {returns: one, location: "/t/{id}", sql: "INSERT INTO t (id) VALUES (:id) RETURNING id"}
  /t/{id}:
    get:
      operationId: get
      x-allow-scan: true
      parameters: [{name: id, in: path, required: true, $text}]
      responses: {"200": {description: x, $object}}
      x-sql: {returns: one, sql: "SELECT id FROM t WHERE id = :id"}
  /query:
    post:
      operationId: query
      $body
      responses: {"201": {description: x, $object}}
      x-sql: {returns: one, location: "/t/1?q={id}", sql: "INSERT INTO t (id) VALUES (:id) RETURNING id"}
  /elsewhere:
    post:
      operationId: elsewhere
      $body
      responses: {"201": {description: x, $object}}
      x-sql: {returns: one, location: "/files/{id}", sql: "INSERT INTO t (id) VALUES (:id) RETURNING id"}
API

subtest 'a location that is sent can be read' => sub {
    for my $id ('1', 'a b', 'ü', '...', 'a.b', '%', '?', '#', '+', ';', '%2e', ':', '"', 'a,b') {
        my $r = $leat->post('/v1/t', {id => $id});
        is($r->{status}, 201, "a row $id");
        is($leat->get($r->{headers}{location} // '/')->{json}{id}, $id, 'its location leads to it');
    }
};

subtest 'a value that no path can carry gives no location' => sub {
    for my $id ('', undef, '.', '..', 'a/b', '/', 'a\\b') {
        my $r    = $leat->post('/v1/t', {id => $id});
        my $name = defined $id ? "'$id'" : 'NULL';
        is($r->{status}, 201, "a row $name");
        is($r->{headers}{location}, undef, "$name: no location");
    }
    logged($leat, qr/location\.unserved operation=create /, 'the log tells');
};

subtest 'a query is not part of the path' => sub {
    is($leat->post('/v1/query', {id => 'a/b'})->{headers}{location}, '/v1/t/1?q=a%2Fb', 'a slash in a query');
};

subtest 'a location that the API does not have is sent if it is well-formed, and the check warns' => sub {
    is($leat->post('/v1/elsewhere', {id => 'x'})->{headers}{location}, '/v1/files/x', 'another server may have it');
    is($leat->post('/v1/elsewhere', {id => '..'})->{headers}{location}, undef, 'not well-formed');
    like($leat->leat('check')->{err}, qr/elsewhere: location: no path of the API matches it/, 'a warning');
};

all_done;
