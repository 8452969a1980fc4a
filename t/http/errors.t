# SPDX-License-Identifier: MIT
# Each error is answered with problem details, and each limit and timeout of the configuration holds.
use strict;
use warnings;
use Leat::Client;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL);');
my $n = '{application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}';
my $endless = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c';
my $leat = Leat::Test->new(workers => 1, migrations => \%migrations, config => <<'YAML', document => <<"API")->start;
limits: {header: 4KiB, body: 8KiB, depth: 8, connections: 40, in-flight: 2}
timeouts: {head: 500ms, body: 600ms, idle: 900ms, idle-trusted: 900ms, request: 1s, write: 1s}
YAML
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: "https://{host}/api", variables: {host: {default: example.com}}}]
paths:
  /t:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: string}, n: {}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object, required: [id],
        properties: {id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v) VALUES (:v || coalesce(:n, '')) RETURNING id"}
  /spin:
    get:
      operationId: spin
      responses: {"200": {description: ok, content: $n}}
      x-sql: {returns: one, sql: "$endless) SELECT count(*) AS n FROM c"}
  /slow:
    get:
      x-timeout: 30s
      responses: {"200": {description: ok, content: $n}}
      x-sql: {returns: one, sql: "$endless WHERE i < 300000) SELECT count(*) AS n FROM c"}
  /wrong:
    get:
      responses: {"200": {description: ok, content: $n}}
      x-sql: {returns: one, sql: "SELECT 'secret text' AS n"}
  /nothing:
    get: {operationId: nothing, responses: {"200": {description: ok}}}
  /files/{name}:
    get:
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {name: {type: string}, kind: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :name AS name, 'any' AS kind"}
  /files/special:
    get:
      deprecated: true
      x-sunset: 2027-01-31
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {kind: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT 'static' AS kind"}
  /big:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array,
        items: {type: object, properties: {v: {type: string}}}}}}}}
      x-sql: {returns: list, max-rows: 20000, sql: "$endless WHERE i < 20000) SELECT printf('%1000d', i) AS v FROM c"}
API

sub problem {
    my ($r, $status, $error, $name) = @_;
    is($r && $r->{status}, $status, "$name: $status");
    is($r->{headers}{'content-type'}, 'application/problem+json', "$name: a problem");
    is($r->{json}{error}, $error, "$name: its text");
    is($r->{json}{status}, $status, "$name: its status");
    my $uuid7 = qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    like($r->{json}{request_id}, $uuid7, "$name: its request id");
}
sub add { my ($body, %headers) = @_; return $leat->request('POST', '/api/t', body => $body, headers => \%headers) }
my $broken = 'the body is not valid JSON';
my @rows = (
    [400, 'a body is required', 'no body', undef],
    [400, $broken, 'broken JSON', '{"v":"x",}'],
    [400, $broken, 'a duplicate key', '{"v":"x","v":"y"}'],
    [400, $broken, 'nested too deeply', '{"v":"x","n":' . '[' x 20 . ']' x 20 . '}'],
    [415, 'the media type of the body is not supported', 'another type', 'v=x', 'Content-Type' => 'text/plain'],
    [422, 'validation failed', 'a missing property', '{}'],
    [413, 'the body is too large', 'past the limit', '{"v":"' . 'x' x 9000 . '"}'],
);

subtest 'answers 404, 405 and 501 for paths and methods, and OPTIONS and HEAD for all that have GET' => sub {
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
};

subtest 'routes a static segment first, decodes parameters, and tells deprecation and sunset' => sub {
    is($leat->get('/api/files/special')->{json}{kind}, 'static', 'a static segment goes first');
    is($leat->get('/api/files/a%20b%C3%A9')->{json}{name}, "a b\x{e9}", 'a decoded parameter');
    my $r = $leat->get('/api/files/special');
    is("$r->{headers}{deprecation} $r->{headers}{sunset}", '@0 Sun, 31 Jan 2027 00:00:00 GMT',
        'deprecation and sunset');
};

subtest 'answers 400, 413, 415, 417, 422 and 431 to what is wrong with a request' => sub {
    for my $row (@rows) {
        my ($status, $error, $name, $body, %headers) = @$row;
        problem(add($body, %headers), $status, $error, $name);
    }
    is(add('{"v":"x"}', 'Content-Type' => 'application/merge-patch+json; charset=utf-8')->{status}, 415,
        'another +json type is another type');
    my $chunks = sprintf("%x\r\n%s\r\n", 3000, 'x' x 3000) x 4 . "0\r\n\r\n";
    my $text = $leat->raw("POST /api/t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n$chunks");
    like($text, qr{^HTTP/1.1 413 }, 'past the limit in chunks');
    $text = $leat->raw("GET /api/files/x HTTP/1.1\r\nHost: a\r\nX: " . 'a' x 5000 . "\r\n\r\n");
    like($text, qr{^HTTP/1.1 431 .*"the header fields are too large"}s, 'a header past the limit');
    $text = $leat->raw("POST /api/t HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: tea\r\n\r\n{}");
    like($text, qr{^HTTP/1.1 417 }, 'an unknown expectation');
    $text = $leat->raw("POST /api/t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
        . "Expect: 100-continue\r\n\r\n{\"v\":\"x\"}");
    like($text, qr{^HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 }, '100-continue');
};

subtest 'answers 500 to a value that does not fit, and keeps internals in the log' => sub {
    my $r = $leat->get('/api/wrong');
    problem($r, 500, 'internal error', 'a value that does not fit');
    unlike($r->{body}, qr/secret|column/, 'internals stay inside');
    logged($leat, qr/db\.failed.*column n .*\Q$r->{json}{request_id}\E/, 'and are in the log');
};

subtest 'an endless statement is interrupted at its deadline, and a slow one is answered' => sub {
    problem($leat->get('/api/spin'), 504, 'the operation took too long', 'an endless statement');
    ok(wait_for(10, sub { !@{$leat->ctl_json('requests')} }), 'is interrupted at its deadline');
    # Again, because a busy machine may need longer than timeouts.request.
    my $slow;
    wait_for(60, sub { ($slow = $leat->get('/api/slow', seconds => 30))->{status} == 200 });
    is($slow->{json}{n}, 300000, 'a read past its budget is answered by a reader thread');
};

subtest 'answers 503 to a third request while two endless ones fill the worker' => sub {
    my ($r, @busy);
    # Again, because on a busy machine an endless one may have ended before the third comes.
    wait_for(60, sub {
        @busy = map { $leat->connect } 1 .. 2;
        syswrite $_, "GET /api/spin HTTP/1.1\r\nHost: a\r\n\r\n" for @busy;
        wait_for(1, sub { @{$leat->ctl_json('requests')} == 2 });
        return ($r = $leat->get('/api/files/x'))->{status} == 503;
    });
    problem($r, 503, 'the server is busy, try again', 'past limits.in-flight');
    is($r->{headers}{'retry-after'}, 1, 'with Retry-After');
    like((answer($_, 60) // {})->{status}, qr/^50[34]$/, 'the endless one ends') for @busy;
};

# Returns for how long the connection stayed open, and what came.
sub cut_after {
    my ($bytes) = @_;
    my $s = $leat->connect;
    my $start = monotonic();
    syswrite $s, $bytes if length $bytes;
    my $got = Leat::Test::read_all($s, 8);
    return (monotonic() - $start, $got);
}

subtest 'a client that is too slow in its head, its body, its next request or its reading is cut' => sub {
    my ($seconds, $got) = cut_after("GET /api/files/x HTTP/1.1\r\nHo");
    like($got, qr{^HTTP/1.1 408 }, 'half a head: 408');
    is(length((split /\r\n\r\n/, $got, 2)[1]), ($got =~ /Content-Length: (\d+)/)[0], 'of the length it says');
    my $post = "POST /api/t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n";
    ($seconds, $got) = cut_after("$post\{");
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
    $s = narrow($leat->{port});
    syswrite $s, "GET /api/big HTTP/1.1\r\nHost: a\r\n\r\n";
    ok(wait_for(10, sub { $leat->ctl_json('workers')->[0]{connections} == 0 }), 'a client that does not read is cut');
};

subtest 'connections past the limit wait their turn, and nobody is refused' => sub {
    my @many = map { $leat->connect } 1 .. 60;
    my $served = 0;
    syswrite $_, "GET /api/files/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" for @many;
    for my $c (@many) { $served++ if Leat::Test::read_all($c, 10) =~ /^HTTP\/1.1 200/ }
    is($served, 60, 'connections past the cap wait their turn');
};

subtest 'the request id of a trusted peer is echoed, and a malformed one replaced' => sub {
    my $r = $leat->get('/api/files/x', headers => {'X-Request-Id' => 'abc-123'});
    is($r->{headers}{'x-request-id'}, 'abc-123', "a trusted peer's id is echoed");
    $r = $leat->get('/api/files/x', headers => {'X-Request-Id' => "a b\xff"});
    like($r->{headers}{'x-request-id'}, qr/^[0-9a-f-]{36}$/, 'a malformed one is not');
};

all_done;
