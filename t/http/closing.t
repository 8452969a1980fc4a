# SPDX-License-Identifier: MIT
# A connection that must end with its answer while the client still sends ends in order: the client can
# send everything, and reads the answer and the end without a reset (RFC 9112, 9.6). The time for that is
# bounded.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new(config => <<'CONFIG')->start;
workers: 1
timeouts: {body: 2s, idle: 60s}
limits: {body: 64KiB, header: 4KiB}
drain: {notice: 0s, grace: 0s, timeout: 20s}
CONFIG
my $more = 'x' x 4_000_000;
my $post = "POST /v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
my $too_long = "${post}Content-Length: 4000000\r\n\r\n";

my @rows = (
    ['a body past the limit', "$too_long$more", 413],
    ['chunks past the limit', "${post}Transfer-Encoding: chunked\r\n\r\n3d0900\r\n$more\r\n0\r\n\r\n", 413],
    ['chunks that are none',  "${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n$more\r\n0\r\n\r\n", 400],
    ['a head past the limit', "GET /v1/lists HTTP/1.1\r\nHost: a\r\nX: $more\r\n\r\n", 431],
    ['a malformed head',      "${post}Content-Length: x\r\n\r\n$more", 400],
    ['an unknown expectation', "${post}Expect: tea\r\nContent-Length: 60000\r\n\r\n" . 'x' x 60000, 417],
);
subtest 'a client that sends to the end reads its answer and a clean end' => sub {
    for my $row (@rows) {
        my ($name, $bytes, $status) = @$row;
        my %ends;
        for (1 .. 5) {
            my $r = $leat->send_then_read($bytes);
            my $answer = Leat::Test::parse_answer($r->{text}) // {};
            $ends{join ', ', $answer->{status} // 'no answer', $r->{end}, $answer->{headers}{connection} // ''}++;
        }
        is_deeply(\%ends, {"$status, clean, close" => 5}, $name);
    }
    is($leat->get('/v1/lists')->{status}, 200, 'others are served');
};

subtest 'no connection stays for longer than a body may take, whether the client sends or is silent' => sub {
    for my $row (['silence', 0], ['sending in drops', 1]) {
        my ($name, $sends) = @$row;
        my $s = $leat->connect;
        syswrite $s, $too_long;
        like(Leat::Test::read_all($s, 10), qr{^HTTP/1\.1 413 }, "$name: the client is told, and that no more comes");
        my $began = monotonic();
        ok(wait_for(20, sub {
            syswrite $s, 'x' if $sends;
            return !$leat->metric('leat_connections_open');
        }), "$name: ends");
        cmp_ok(monotonic() - $began, '>', 1, "$name: but not at once");
    }
};

subtest 'a drain waits for clients that still send, not for silent ones' => sub {
    my $draining = Leat::Test->new(config => <<'CONFIG')->start;
workers: 1
timeouts: {body: 1h, idle: 1h}
limits: {body: 64KiB}
drain: {notice: 0s, grace: 0s, timeout: 1h}
CONFIG
    my $silent = $draining->connect;
    syswrite $silent, $too_long;
    like(Leat::Test::read_all($silent, 10), qr{^HTTP/1\.1 413 }, 'the client is told');
    # Nor does it wait for the rest of a body after an answer that would have kept the connection open.
    my $skipped = $draining->connect;
    syswrite $skipped, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\nabc";
    like(Leat::Test::read_all($skipped, 10, sub { $_[0] =~ /\}\z/ }),
        qr{^HTTP/1\.1 404 .*^connection: keep-alive\r}msi, 'another is told something else');
    $draining->signal('TERM');
    is($draining->wait_exit(10), 0, 'a drain does not wait for a silent client');
    unlike($draining->log, qr/request\.cut/, 'and cuts nothing');
};
all_done;
