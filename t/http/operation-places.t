# SPDX-License-Identifier: MIT
# A worker handles only so many requests of one operation at once (x-concurrency, or three quarters of
# limits.in-flight): more are answered 503 with Retry-After, and other operations do not notice.
use strict;
use warnings;
use Leat::Client ();
use Leat::Test;
use Test::More;

my $answer  = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $endless = 'WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT sum(x) AS n FROM c';
my $quick   = 'x-sql: {returns: one, sql: SELECT 1 AS n}';
my $body    = 'requestBody: {required: true, content: {application/json: {schema: {type: object}}}}';
my $one = 'x-concurrency: 1';
my %migration = (migrations => {'0001_t.up.sql' => "CREATE TABLE t (n INTEGER);\n"});

# Returns a document whose operation /capped has the key.
sub document {
    my ($key) = @_;
    return <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /capped: {get: {operationId: capped, $key $answer, x-sql: {returns: one, sql: $endless}}}
  /fill: {post: {operationId: fill, $one, $body, $answer, x-sql: {returns: count, sql: "INSERT INTO t $endless"}}}
  /send: {post: {operationId: send, $one, $body, $answer, $quick}}
  /short: {get: {operationId: short, $one, x-timeout: 300ms, $answer, x-sql: {returns: one, sql: $endless}}}
  /free: {get: {operationId: free, $answer, $quick}}
  /other: {post: {operationId: other, $answer, x-sql: {returns: one, sql: $endless}}}
API
}

sub server {
    my ($key, $in_flight) = @_;
    return Leat::Test->new(%migration, document => document($key), config => <<"CONFIG")->start;
workers: 1
limits: {in-flight: $in_flight}
timeouts: {request: 1h}
drain: {timeout: 1s}
CONFIG
}

# Sends a request, and returns the socket that its answer will come on.
sub begin {
    my ($leat, $head, $body) = @_;
    my $s = $leat->connect;
    syswrite $s, "$head HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" . ($body // "\r\n");
    return $s;
}

sub running {
    my ($leat, $operation) = @_;
    my @all = @{$leat->ctl_json('requests') // []};
    return scalar grep { $_->{operation} eq $operation && $_->{phase} eq 'handle' } @all;
}

sub refused {
    my ($r, $name) = @_;
    $r //= {status => 'none'};
    return is("$r->{status} " . ($r->{headers}{'retry-after'} // '-'), '503 1', $name);
}

for (['x-concurrency: 2,', 100, 2], ['x-concurrency: 1,', 100, 1], ['', 4, 3], ['', 8, 6]) {
    my ($key, $in_flight, $most) = @$_;
    subtest "of in-flight $in_flight, $most may be of an operation with " . ($key || 'nothing') => sub {
        my $leat = server($key, $in_flight);
        my @busy = map { begin($leat, 'GET /capped') } 1 .. $most;
        ok(wait_for(10, sub { running($leat, 'capped') == $most }), "$most are handled");
        refused(scalar $leat->get('/capped', seconds => 5), "one more is refused ($_)") for 1 .. 3;
        is($leat->get('/free')->{status}, 200, 'another operation is answered');
        is($leat->get('/readyz')->{status}, 200, 'and a monitor');
        is($leat->metric('leat_requests_refused_operation_total'), 3, 'each refusal is counted');
        is(running($leat, 'capped'), $most, 'the first are still handled');
    };
}

my $leat = server('', 100);
subtest 'a place is free again once its request is answered' => sub {
    for my $round (1 .. 3) {
        my $first = begin($leat, 'GET /short');
        ok(wait_for(10, sub { running($leat, 'short') }), 'one is handled');
        is(Leat::Client::answer($first, 20)->{status}, 504, 'it takes too long');
    }
    is($leat->get('/send')->{status}, 405, 'a request of no operation has none');
};

subtest 'the refusal comes before the body is asked for' => sub {
    my $first = begin($leat, 'POST /fill', "Content-Length: 2\r\n\r\n{}");
    ok(wait_for(10, sub { running($leat, 'fill') }), 'one is handled');
    for my $framing ('Content-Length: 2', 'Transfer-Encoding: chunked') {
        my $r = Leat::Client::answer(begin($leat, 'POST /fill', "$framing\r\nExpect: 100-continue\r\n\r\n"), 5);
        refused($r, $framing);
    }
};

subtest 'a client that is slow to send holds no place' => sub {
    my $slow = begin($leat, 'POST /send', "Content-Length: 2\r\n\r\n{");
    ok(wait_for(10, sub { grep { $_->{operation} eq 'send' } @{$leat->ctl_json('requests')} }), 'one is being sent');
    is($leat->post('/send', {})->{status}, 200, "another is answered") for 1 .. 2;
    syswrite $slow, '}';
    is(Leat::Client::answer($slow, 10)->{status}, 200, 'and the slow one when it has come');
};

subtest 'what is no number of requests is an error at load' => sub {
    for my $value ('0', '-1', 'two', '1.5', '[1]', 'true', '1000001') {
        my $check = Leat::Test->new(%migration, document => document("x-concurrency: $value,"))->leat('check');
        is($check->{code}, 1, "x-concurrency: $value");
        like($check->{err}, qr/api\.yaml:4:\d+: .*x-concurrency: must be an integer from 1 to/, 'with its place');
    }
};

subtest 'without a binding it is another tool\'s' => sub {
    (my $text = document('x-concurrency: high,')) =~ s/, x-sql: .*(?=\}\}\n  \/fill)//;
    my $check = Leat::Test->new(%migration, document => $text)->leat('check');
    is($check->{code}, 0, 'it is accepted');
    like($check->{err}, qr/warning: .*x-concurrency/, 'with a warning');
};
all_done;
