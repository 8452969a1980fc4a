# SPDX-License-Identifier: MIT
# A condition that a client makes is compared or the request is refused; it is never ignored (RFC 9110, 13).
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $object = 'content: {application/json: {schema: {type: object}}}';
my $list   = 'content: {application/json: {schema: {type: array, items: {type: object}}}}';
my $body   = 'requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v], '
    . 'properties: {v: {type: string}}}}}}';
my $document = <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t:
    get:
      operationId: list
      x-allow-scan: true
      responses: {'200': {description: ok, $list}}
      x-sql: {returns: list, sql: SELECT id FROM t LIMIT 10}
    post:
      operationId: create
      $body
      responses: {'201': {description: ok, $object}}
      x-sql: {returns: one, sql: "INSERT INTO t (id, v) VALUES (:v, :v) RETURNING id"}
  /t/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: get
      responses: {'200': {description: ok, $object}}
      x-sql: {returns: one, etag: version, sql: "SELECT id, v, version FROM t WHERE id = :id"}
    put:
      operationId: put
      $body
      responses: {'200': {description: ok, $object}}
      x-sql:
        returns: one
        etag: version
        sql: |
          INSERT INTO t (id, v) VALUES (:id, :v)
          ON CONFLICT DO UPDATE SET v = excluded.v, version = version + 1 RETURNING id, v, version
    patch:
      operationId: patch
      $body
      responses: {'200': {description: ok, $object}}
      x-sql:
        returns: one
        etag: version
        if-match: required
        sql: |
          UPDATE t SET v = :v, version = version + 1
          WHERE id = :id AND version = :_if_match RETURNING id, v, version
    delete:
      operationId: delete
      responses: {'204': {description: gone}}
      x-sql: {returns: none, sql: "DELETE FROM t WHERE id = :id", else: {status: 404}}
  /plain/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: plain
      responses: {'200': {description: ok, $object}}
      x-sql: {returns: one, sql: "SELECT id, v FROM t WHERE id = :id"}
    put:
      operationId: putPlain
      $body
      responses: {'204': {description: ok}}
      x-sql: {returns: none, sql: "UPDATE t SET v = :v WHERE id = :id", else: {status: 404}}
  /built-in:
    post:
      operationId: builtIn
      responses: {'200': {description: ok, $object}}
      x-builtin: health.live
  /by-query/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: byQuery
      parameters: [{name: v, in: query, required: true, schema: {type: string}}]
      responses: {'200': {description: ok, $object}}
      x-sql: {returns: one, etag: version, sql: "SELECT id, version FROM t WHERE id = :id AND v = :v"}
    delete:
      operationId: deleteByQuery
      responses: {'204': {description: gone}}
      x-sql: {returns: none, sql: "DELETE FROM t WHERE id = :id", else: {status: 404}}
API
my $leat = Leat::Test->new(
    migrations => {'0001_t.up.sql' => <<'SQL'},
CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1);
SQL
    document => $document)->start;
my $next = 'a';

# Makes a row in version 3 and returns its id.
sub row {
    my $id = $next++;
    ask('PUT', "/t/$id") for 1 .. 3;
    return $id;
}

sub ask {
    my ($method, $path, %headers) = @_;
    my $is_empty = $method =~ /^(?:GET|HEAD|DELETE)$/;
    return $leat->request($method, $path,
        headers => {%headers, $is_empty ? () : ('Content-Type' => 'application/json')},
        $is_empty ? () : (body => "{\"v\":\"$next-$$-" . $next++ . '"}'));
}

sub version { my $r = ask('GET', "/t/$_[0]"); return $r->{status} == 200 ? $r->{headers}{etag} : $r->{status} }

# Each row: method, header, its value, the status, and the version afterwards.
subtest 'an existing row is compared before it is changed' => sub {
    for (['PUT',    'If-None-Match', '*',                  412, '"3"'],
         ['PUT',    'If-None-Match', '"3"',                412, '"3"'],
         ['PUT',    'If-None-Match', 'W/"3"',              412, '"3"'],
         ['PUT',    'If-None-Match', '"1", "3"',           412, '"3"'],
         ['PUT',    'If-None-Match', '"1"',                200, '"4"'],
         ['PUT',    'If-Match',      '"3"',                200, '"4"'],
         ['PUT',    'If-Match',      '"77", "3"',          200, '"4"'],
         ['PUT',    'If-Match',      '*',                  200, '"4"'],
         ['PUT',    'If-Match',      '"2"',                412, '"3"'],
         ['PUT',    'If-Match',      'W/"3"',              412, '"3"'],
         ['PUT',    'If-Match',      '3',                  400, '"3"'],
         ['PUT',    'If-None-Match', '"3',                 400, '"3"'],
         ['PATCH',  'If-Match',      '*',                  200, '"4"'],
         ['PATCH',  'If-Match',      '"77", "3"',          200, '"4"'],
         ['PATCH',  'If-Match',      '"77"',               412, '"3"'],
         ['DELETE', 'If-Match',      '"77"',               412, '"3"'],
         ['DELETE', 'If-None-Match', '*',                  412, '"3"'],
         ['DELETE', 'If-Match',      '"3"',                204, 404]) {
        my ($method, $field, $value, $status, $version) = @$_;
        my $id = row();
        my $r = ask($method, "/t/$id", $field => $value);
        is("$r->{status} " . version($id), "$status $version", "$method $field: $value");
    }
};

subtest 'what does not exist is created only where that was asked for' => sub {
    for (['PUT', 'If-None-Match', '*', 200, '"1"'], ['PUT', 'If-Match', '*', 412, 404],
         ['PUT', 'If-Match', '"1"', 412, 404], ['PATCH', 'If-Match', '"1"', 404, 404],
         ['DELETE', 'If-Match', '*', 404, 404], ['DELETE', 'If-None-Match', '*', 404, 404]) {
        my ($method, $field, $value, $status, $version) = @$_;
        my $id = 'no-' . $next++;
        my $r = ask($method, "/t/$id", $field => $value);
        is("$r->{status} " . version($id), "$status $version", "$method $field: $value");
    }
};

subtest 'a resource without entity tags matches none' => sub {
    my $id = row();
    is(ask('PUT', "/plain/$id", 'If-Match'      => '"3"')->{status}, 412, 'If-Match');
    is(ask('PUT', "/plain/$id", 'If-Match'      => '*')->{status},   204, 'but exists');
    is(ask('PUT', "/plain/$id", 'If-None-Match' => '"3"')->{status}, 204, 'If-None-Match');
    is(ask('GET', "/plain/$id", 'If-Match'      => '"3"')->{status}, 412, 'nor does a GET');
    is(ask('GET', "/plain/$id", 'If-None-Match' => '*')->{status},   304, 'which has seen that it exists');
};

subtest 'a GET compares too' => sub {
    my $id = row();
    is(ask('GET', "/t/$id", 'If-Match' => '"3"')->{status}, 200, 'the version that is there');
    is(ask('GET', "/t/$id", 'If-Match' => '"2"')->{status}, 412, 'another');
    is(ask('HEAD', "/t/$id", 'If-None-Match' => '"3"')->{status}, 304, 'a HEAD');
};

subtest 'what cannot be compared is refused, and nothing changes' => sub {
    my $id = row();
    for (['POST', '/t', 'If-None-Match', '*'], ['POST', '/t', 'If-Match', '"1"'],
         ['DELETE', "/by-query/$id", 'If-Match', '"3"']) {
        my ($method, $path, $field, $value) = @$_;
        my $r = ask($method, $path, $field => $value);
        is("$r->{status} $r->{json}{error}", '501 this operation does not support preconditions',
            "$method $path $field: $value");
    }
    is(version($id), '"3"', 'the row is there');
};

subtest 'a built-in refuses a condition, which it would ignore' => sub {
    is(ask('POST', '/built-in')->{status}, 200, 'without one');
    for my $field (qw(If-Match If-None-Match)) {
        my $r = $leat->request('POST', '/built-in', headers => {$field => '"1"'});
        is("$r->{status} $r->{json}{error}", '501 this operation does not support preconditions', $field);
    }
};

subtest 'of many updates of one version one wins' => sub {
    my $id = row();
    my %n;
    $n{ask('PUT', "/t/$id", 'If-Match' => '"3"')->{status}}++ for 1 .. 20;
    is_deeply(\%n, {200 => 1, 412 => 19}, 'the first');
};
all_done;
