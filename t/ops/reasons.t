# SPDX-License-Identifier: MIT
# Why a request failed, or a connection was closed, is one word of a closed table: in the access log, and
# counted in the metrics.
use strict;
use warnings;
use JSON::PP;
use Leat::Client ();
use Leat::Test;
use Test::More;

my $json = 'application/json: {schema: {type: object}}';
my $leat = Leat::Test->new(migrations => {}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /quick:
    get:
      operationId: quick
      parameters: [{name: n, in: query, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {$json}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
    post:
      operationId: send
      requestBody: {required: true, content: {$json}}
      responses: {"200": {description: ok, content: {$json}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /endless:
    get:
      operationId: endless
      responses: {"200": {description: ok, content: {$json}}}
      x-sql:
        returns: one
        sql: WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c
API
$leat->configure(<<"CONFIG");
workers: 1
listen: [{address: 127.0.0.1:$leat->{port}}]
limits: {in-flight: 2, body: 1KiB, per-address: 6}
timeouts: {head: 1s, body: 1s, request: 3s}
log: {access: true, access-format: json}
CONFIG
$leat->start;

sub lines { return map { decode_json($_) } grep { /"event":"request"/ } split /\n/, $leat->log }
sub failed { return $leat->metric("leat_requests_failed_total{reason=\"$_[0]\"}") // 0 }
sub closed { return $leat->metric("leat_connections_closed_total{reason=\"$_[0]\"}") // 0 }

my $fields = "Content-Type: application/json\r\n";
my @rows = (
    ['bad-host', 400, "GET /quick HTTP/1.1\r\n\r\n"],
    ['bad-host', 400, "GET /quick HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    ['bad-length', 400, "POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n"],
    ['bad-framing', 400, "POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ['bad-request', 400, "GET /quick HTTP/1.1\r\nHost : a\r\n\r\n"],
    ['bad-chunk', 400, "POST /quick HTTP/1.1\r\nHost: a\r\n${fields}Transfer-Encoding: chunked\r\n\r\n0x3\r\n{}\r\n"],
    ['bad-target', 400, "GET /quick%zz HTTP/1.1\r\nHost: a\r\n\r\n"],
    ['bad-parameter', 400, "GET /quick?n=x HTTP/1.1\r\nHost: a\r\n\r\n"],
    ['bad-json', 400, "POST /quick HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: 1\r\n\r\n{"],
    ['no-body', 400, "POST /quick HTTP/1.1\r\nHost: a\r\n\r\n"],
    ['not-found', 404, "GET /none HTTP/1.1\r\nHost: a\r\n\r\n"],
    ['body-size', 413, "POST /quick HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: 1025\r\n\r\n"],
);

subtest 'each failed request has a reason in the access log and in a counter' => sub {
    for my $row (@rows) {
        my ($reason, $status, $text) = @$row;
        my ($logged, $before) = (scalar(lines()), failed($reason));
        like($leat->raw($text), qr{^HTTP/1.1 $status }, "$reason: answered $status");
        becomes(sub { scalar lines() }, $logged + 1, 'is logged');
        is((lines())[-1]{reason}, $reason, 'with its reason');
        is(failed($reason), $before + 1, 'which is counted');
    }
    done_testing;
};

subtest 'a request that succeeds has none' => sub {
    my $logged = lines();
    is($leat->get('/quick')->{status}, 200, 'it is answered');
    becomes(sub { scalar lines() }, $logged + 1, 'it is logged');
    ok(!exists((lines())[-1]{reason}), 'without a reason');
    done_testing;
};

subtest 'a 503 tells the limit that was reached' => sub {
    my @busy = map { my $s = $leat->connect; syswrite $s, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n"; $s } 1, 2;
    becomes(sub { scalar grep { $_->{operation} eq 'endless' } @{$leat->ctl_json('requests')} }, 2, 'two run');
    is($leat->get('/quick')->{status}, 503, 'a third is refused');
    ok(logged($leat, qr/"status":503.*"reason":"in-flight"/), 'for limits.in-flight');
    is(failed('in-flight'), 1, 'which is counted');
    like(Leat::Client::answer($_, 20)->{status}, qr/^504$/, 'the two end at their deadline') for @busy;
    becomes(sub { failed('deadline') }, 2, 'which is counted');
    done_testing;
};

subtest 'a client that leaves before its answer is logged with status 499' => sub {
    for my $count (1, 2) {
        my $s = $leat->connect;
        syswrite $s, "POST /quick HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: 9\r\n\r\n{";
        becomes(sub { scalar @{$leat->ctl_json('requests')} }, 1, 'its body is awaited');
        close $s;
        becomes(sub { failed('client-gone') }, $count, 'it is counted');
    }
    my @gone = grep { ($_->{reason} // '') eq 'client-gone' } lines();
    is(join(' ', map { "$_->{status} $_->{route}" } @gone), '499 /quick 499 /quick', 'and logged');
    is($leat->metric('leat_requests_total') // 0, scalar(lines()) - 2, 'it is no answered request');
    done_testing;
};

subtest 'a connection that the server closes has a reason' => sub {
    my $slow = $leat->connect;
    syswrite $slow, 'GET /quick HTT';
    becomes(sub { closed('head-timeout') }, 1, 'a head that does not end');
    my $body = $leat->connect;
    syswrite $body, "POST /quick HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: 9\r\n\r\n{";
    becomes(sub { closed('body-timeout') }, 1, 'a body that does not end');
    ok(logged($leat, qr/"status":408.*"reason":"slow-request"/), 'whose request is answered 408');
    my @held = map { $leat->connect } 1 .. 7;
    becomes(sub { closed('per-address') >= 1 ? 'some' : 'none' }, 'some', 'one past limits.per-address');
    done_testing;
};

subtest 'the manual has each reason' => sub {
    my $source = Leat::Test::source();
    my ($section) = slurp("$source/man/leat.8") =~ /^\.Ss Reasons\n(.*?)^\.S[sh] /ms;
    my @words = slurp("$source/lib/core/reason.def") =~ /^REASON\(\w+, "([^"]+)"/mg;
    push @words, map { lc =~ tr/_/-/r } slurp("$source/lib/core/err.def") =~ /^ERR\((\w+),/mg;
    cmp_ok(scalar @words, '>', 60, 'there are many');
    is_deeply([grep { $section !~ /(?<![\w-])\Q$_\E(?![\w-])/ } @words], [], 'and all are told');
    done_testing;
};

Leat::Test::all_done();
