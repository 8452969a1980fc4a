# SPDX-License-Identifier: MIT
# Statuses, limits and timeouts: each error is answered with problem details, and each limit holds.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep time);

my $leat = Leat::Test->new(workers => 1, config => <<'YAML', document => <<'API', migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL);'})->start;
limits: {header: 4KiB, body: 8KiB, depth: 8, connections: 40, in-flight: 2}
timeouts: {head: 500ms, body: 600ms, idle: 900ms, request: 1s, write: 1s}
YAML
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: "https://{host}/api", variables: {host: {default: example.com}}}]
paths:
  /t:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v], properties: {v: {type: string}, n: {}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v) VALUES (:v || coalesce(:n, '')) RETURNING id"}
  /spin:
    get:
      operationId: spin
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c"}
  /slow:
    get:
      x-timeout: 30s
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300000) SELECT count(*) AS n FROM c"}
  /wrong:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 'secret text' AS n"}
  /nothing:
    get: {operationId: nothing, responses: {"200": {description: ok}}}
  /files/{name}:
    get:
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {name: {type: string}, kind: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :name AS name, 'any' AS kind"}
  /files/special:
    get:
      deprecated: true
      x-sunset: 2027-01-31
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {kind: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT 'static' AS kind"}
  /big:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {v: {type: string}}}}}}}}
      x-sql: {returns: list, sql: "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) SELECT printf('%1000d', i) AS v FROM c"}
API

sub problem {
    my ($r, $status, $error, $name) = @_;
    is($r && $r->{status}, $status, "$name: $status");
    is($r->{headers}{'content-type'}, 'application/problem+json', "$name: a problem");
    is($r->{json}{error}, $error, "$name: its text");
    is($r->{json}{status}, $status, "$name: its status");
    like($r->{json}{request_id}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, "$name: its request id");
}

problem($leat->get('/nowhere'), 404, 'not found', 'no such path');
my $r = $leat->request('PUT', '/api/files/x');
problem($r, 405, 'the method is not allowed for this path', 'no such method');
is($r->{headers}{allow}, 'GET, HEAD, OPTIONS', 'what is allowed instead');
$r = $leat->request('OPTIONS', '/api/t');
is("$r->{status} $r->{headers}{allow}", '204 POST, OPTIONS', 'OPTIONS');
$r = $leat->request('HEAD', '/api/files/x');
is("$r->{status} '$r->{body}'", "200 ''", 'HEAD from GET');
is($r->{headers}{'content-length'}, length $leat->get('/api/files/x')->{body}, 'with the length of GET');
problem($leat->get('/api/nothing'), 501, 'documented but not implemented', 'no binding');

is($leat->get('/api/files/special')->{json}{kind}, 'static', 'a static segment goes first');
is($leat->get('/api/files/a%20b%C3%A9')->{json}{name}, "a b\x{e9}", 'a decoded parameter');
$r = $leat->get('/api/files/special');
is("$r->{headers}{deprecation} $r->{headers}{sunset}", '@0 Sun, 31 Jan 2027 00:00:00 GMT', 'deprecation and sunset');

problem($leat->request('POST', '/api/t'), 400, 'a body is required', 'no body');
problem($leat->request('POST', '/api/t', body => '{"v":"x",}'), 400, 'the body is not valid JSON', 'broken JSON');
problem($leat->request('POST', '/api/t', body => '{"v":"x","v":"y"}'), 400, 'the body is not valid JSON', 'a duplicate key');
problem($leat->request('POST', '/api/t', body => '{"v":"x","n":' . '[' x 20 . ']' x 20 . '}'), 400, 'the body is not valid JSON', 'nested too deeply');
problem($leat->request('POST', '/api/t', body => 'v=x', headers => {'Content-Type' => 'text/plain'}), 415, 'the media type of the body is not supported', 'another type');
is($leat->request('POST', '/api/t', body => '{"v":"x"}', headers => {'Content-Type' => 'application/merge-patch+json; charset=utf-8'})->{status}, 415, 'another +json type is another type');
problem($leat->request('POST', '/api/t', body => '{}'), 422, 'validation failed', 'a missing property');
problem($leat->request('POST', '/api/t', body => '{"v":"' . 'x' x 9000 . '"}'), 413, 'the body is too large', 'past the limit');
my $chunks = sprintf("%x\r\n%s\r\n", 3000, 'x' x 3000) x 4 . "0\r\n\r\n";
my $text = $leat->raw("POST /api/t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n$chunks");
like($text, qr{^HTTP/1.1 413 }, 'past the limit in chunks');
$text = $leat->raw("GET /api/files/x HTTP/1.1\r\nHost: a\r\nX: " . 'a' x 5000 . "\r\n\r\n");
like($text, qr{^HTTP/1.1 431 .*"the header fields are too large"}s, 'a header past the limit');
$text = $leat->raw("POST /api/t HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: tea\r\n\r\n{}");
like($text, qr{^HTTP/1.1 417 }, 'an unknown expectation');
$text = $leat->raw("POST /api/t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n{\"v\":\"x\"}");
like($text, qr{^HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 }, '100-continue');

$r = $leat->get('/api/wrong');
problem($r, 500, 'internal error', 'a value that does not fit');
unlike($r->{body}, qr/secret|column/, 'internals stay inside');
logged($leat, qr/db\.failed.*column n .*\Q$r->{json}{request_id}\E/, 'and are in the log');

my $before = time;
problem($leat->get('/api/spin'), 504, 'the operation took too long', 'an endless statement');
ok(time - $before < 6, 'is interrupted at its deadline');
is($leat->get('/api/slow')->{json}{n}, 300000, 'a read past its budget is answered by a reader thread');

# Two endless requests fill the worker: the third is rejected at once, and the loop still turns.
my @busy = map { my $s = $leat->connect; syswrite $s, "GET /api/spin HTTP/1.1\r\nHost: a\r\n\r\n"; $s } 1 .. 2;
sleep 0.3;
$r = $leat->get('/api/files/x');
problem($r, 503, 'the server is busy, try again', 'past limits.in-flight');
is($r->{headers}{'retry-after'}, 1, 'with Retry-After');
like(Leat::Test::read_all($_, 8, sub { Leat::Test::parse_answer($_[0]) }), qr/^HTTP\/1.1 504/, 'the endless one ends') for @busy;

# Timeouts of each phase.
sub cut_after {
    my ($bytes) = @_;
    my $s = $leat->connect;
    my $start = time;
    syswrite $s, $bytes if length $bytes;
    my $got = Leat::Test::read_all($s, 8);
    return (time - $start, $got);
}
my ($seconds, $got) = cut_after("GET /api/files/x HTTP/1.1\r\nHo");
like($got, qr{^HTTP/1.1 408 }, 'half a head: 408');
is(length((split /\r\n\r\n/, $got, 2)[1]), ($got =~ /Content-Length: (\d+)/)[0], 'of the length it says');
($seconds, $got) = cut_after("POST /api/t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
like($got, qr{^HTTP/1.1 408 }, 'half a body: 408');
($seconds, $got) = cut_after('');
is($got, '', 'an idle connection is closed');
ok($seconds >= 0.8, 'but not before its time') or diag $seconds;
my $s = $leat->connect;
for my $c (split //, "GET /api/files/x HTTP/1.1\r\nHost: a\r\nX-Slow: 1234567890\r\n\r\n") {
    syswrite $s, $c or last;
    sleep 0.05;
}
like(Leat::Test::read_all($s, 5), qr{^HTTP/1.1 408 }, 'a trickled head is cut too');
$s = $leat->connect;
setsockopt $s, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), 4096;
syswrite $s, "GET /api/big HTTP/1.1\r\nHost: a\r\n\r\n";
ok(wait_for(10, sub { my $w = $leat->ctl_json('workers'); $w->[0]{connections} == 0 }), 'a client that does not read is cut');

# The limit on connections: the rest waits, and nobody is refused.
my @many = map { $leat->connect } 1 .. 60;
my $served = 0;
for my $c (@many) { syswrite $c, "GET /api/files/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" }
for my $c (@many) { $served++ if Leat::Test::read_all($c, 10) =~ /^HTTP\/1.1 200/ }
is($served, 60, 'connections past the cap wait their turn');

# Request ids: taken from a trusted peer, otherwise new.
$r = $leat->get('/api/files/x', headers => {'X-Request-Id' => 'abc-123'});
is($r->{headers}{'x-request-id'}, 'abc-123', "a trusted peer's id is echoed");
$r = $leat->get('/api/files/x', headers => {'X-Request-Id' => "a b\xff"});
like($r->{headers}{'x-request-id'}, qr/^[0-9a-f-]{36}$/, 'a malformed one is not');
all_done;
