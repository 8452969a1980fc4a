# SPDX-License-Identifier: MIT
# Of many requests that arrive together with the same condition, through several workers, one is done: of updates
# or deletions of one version, of creations with If-None-Match: *, and of inserts of one unique value.
use strict;
use warnings;
use Leat::Client ();
use Leat::Crash qw(rounds);
use Leat::Test;
use Test::More;

my $json = 'content: {application/json: {schema:';
my $item = '{type: object, properties: {id: {type: integer}, v: {type: string}}}';
my $body = "requestBody: {required: true, $json {type: object, required: [v], properties: {v: {type: string}}}}}}";
my $id = 'parameters: [{name: id, in: path, required: true, schema: {type: integer}}]';
my $leat = Leat::Test->new(workers => 4, migrations => {'0001_t.up.sql' => <<'SQL'}, document => <<"API")->start;
CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE, version INTEGER NOT NULL DEFAULT 1);
CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1);
SQL
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t:
    post:
      operationId: postT
      $body
      responses: {'201': {description: ok, $json $item}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v) VALUES (:v) RETURNING id, v"}
  /t/{id}:
    $id
    get:
      operationId: getT
      responses: {'200': {description: ok, $json $item}}}}
      x-sql: {returns: one, etag: version, sql: "SELECT id, v, version FROM t WHERE id = :id"}
    put:
      operationId: putT
      $body
      responses: {'200': {description: ok, $json $item}}}}
      x-sql:
        returns: one
        etag: version
        if-match: required
        on-zero: getT
        sql: |
          UPDATE t SET v = :v, version = version + 1 WHERE id = :id AND version = :_if_match RETURNING id, v, version
    delete:
      operationId: deleteT
      responses: {'204': {description: gone}}
      x-sql:
        returns: one
        if-match: required
        on-zero: getT
        sql: DELETE FROM t WHERE id = :id AND version = :_if_match RETURNING id
  /n/{id}:
    $id
    get:
      operationId: getN
      responses: {'200': {description: ok, $json $item}}}}
      x-sql: {returns: one, etag: version, sql: "SELECT id, v, version FROM n WHERE id = :id"}
    put:
      operationId: putN
      $body
      responses: {'200': {description: ok, $json $item}}}}
      x-sql:
        returns: one
        sql: |
          INSERT INTO n (id, v) VALUES (:id, :v)
          ON CONFLICT (id) DO UPDATE SET v = excluded.v, version = version + 1 RETURNING id, v
API

# Sends requests at the same time. Returns {status => number}.
sub together {
    my ($count, $method, $path, $fields, $v) = @_;
    my @sockets = map { $leat->connect } 1 .. $count;
    for my $i (0 .. $#sockets) {
        my $text = defined $v ? '{"v":"' . $v->($i) . '"}' : '';
        my $type = $text ? "Content-Type: application/json\r\nContent-Length: " . length($text) . "\r\n" : '';
        my $socket = $sockets[$i];
        syswrite $socket, "$method $path HTTP/1.1\r\nHost: x\r\n$fields$type\r\n$text";
    }
    my %count;
    $count{(Leat::Client::answer($_, 60) // {status => 'none'})->{status}}++ for @sockets;
    return \%count;
}
sub row { return $leat->post('/t', {v => $_[0]})->{json}{id} }

for my $round (1 .. rounds(3, 100)) {
    subtest "round $round: updates of one version" => sub {
        my $row = row("row $round");
        is_deeply(together(100, 'PUT', "/t/$row", qq(If-Match: "1"\r\n), sub { "of $round: $_[0]" }),
            {200 => 1, 412 => 99}, 'one is done');
        my $r = $leat->get("/t/$row");
        is($r->{headers}{etag}, '"2"', 'once');
        like($r->{json}{v}, qr/^of $round: \d+$/, 'and it is there');
    };
    subtest "round $round: deletions of one version" => sub {
        my $row = row("gone $round");
        is_deeply(together(100, 'DELETE', "/t/$row", qq(If-Match: "1"\r\n)), {204 => 1, 404 => 99}, 'one is done');
    };
    subtest "round $round: creations with If-None-Match, and updates that compare nothing themselves" => sub {
        is_deeply(together(100, 'PUT', "/n/$round", "If-None-Match: *\r\n", sub { "new $_[0]" }),
            {200 => 1, 412 => 99}, 'one creates');
        is_deeply(together(100, 'PUT', "/n/$round", qq(If-Match: "1"\r\n), sub { "of $_[0]" }),
            {200 => 1, 412 => 99}, 'one updates');
        is($leat->get("/n/$round")->{headers}{etag}, '"2"', 'once');
    };
    subtest "round $round: inserts of one value" => sub {
        is_deeply(together(100, 'POST', '/t', '', sub { "unique $round" }), {201 => 1, 409 => 99}, 'one is done');
    };
}

all_done;
