# SPDX-License-Identifier: MIT
# limits.buffered bounds the memory that clients can make a worker hold, by unfinished bodies and unread
# answers: beyond it requests are refused, and clients without progress make room.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Client;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $mib = 1 << 20;
my $one = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my %app = (workers => 1, migrations => {}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /bytes:
    post:
      operationId: bytes
      requestBody: {required: true, content: {application/octet-stream: {}}}
      $one
      x-sql: {returns: one, sql: "SELECT length(:_body) AS n"}
  /quick:
    get: {operationId: quick, $one, x-sql: {returns: one, sql: "SELECT 1 AS n"}}
  /large:
    get: {operationId: large, $one, x-sql: {returns: one, sql: "SELECT printf('%.*c', 6000000, 'x') AS v"}}
API

# Peers are not trusted unless $o{trusted} is set, so they count by address.
sub fresh {
    my ($config, %o) = @_;
    my $leat = Leat::Test->new(%app);
    my $trusted = $o{trusted} ? ', trusted: [127.0.0.0/8]' : '';
    $leat->{admin} = Leat::Test::free_port();
    $leat->configure(<<"YAML");
$config
log: {access: false}
drain: {grace: 0s, timeout: 1s}
listen:
- {address: 127.0.0.1:$leat->{port}$trusted}
- {address: 127.0.0.1:$leat->{admin}, serve: [admin]}
- {address: unix:in.sock}
YAML
    return $leat->start;
}
sub has_answer { my ($s) = @_; return is_readable($s) }
sub private_kb {
    my ($leat) = @_;
    my ($pid) = $leat->worker_pids;
    return (slurp("/proc/$pid/smaps_rollup") =~ /^Private_Dirty:\s+(\d+)/m)[0];
}

# Returns the status of the answer that comes.
sub status_of { my ($s, $seconds) = @_; return (answer($s, $seconds) // {status => 'none'})->{status} }

# Sends a whole body of 1 MiB.
sub whole_body {
    my ($leat, %o) = @_;
    my %headers = ('Content-Type' => 'application/octet-stream');
    return $leat->request('POST', '/bytes', body => 'x' x $mib, headers => \%headers, %o);
}
# Sends part of a body of 1 MiB, and waits.
sub half_body {
    my ($leat, $bytes, %o) = @_;
    my $s = $o{socket} // dial($leat->{port}, $o{from} // '127.0.0.1');
    my $framing = $o{chunked} ? "Transfer-Encoding: chunked\r\n\r\n100000\r\n" : "Content-Length: $mib\r\n\r\n";
    my $head = 'POST ' . ($o{path} // '/bytes') . " HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n";
    my $text = $head . $framing . 'x' x $bytes;
    my $sent = 0;
    $s->blocking(0);
    wait_for(5, sub {
        my $n = syswrite $s, $text, length($text) - $sent, $sent;
        $sent += $n // 0;
        return $sent == length $text || has_answer($s);
    });
    $s->blocking(1);
    return $s;
}

# Asks for 6 MB and reads nothing.
sub slow_reader {
    my ($leat, $address) = @_;
    my $s = narrow($leat->{port}, $address // '127.0.0.1');
    syswrite $s, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}

subtest 'held bodies are in flight, and no more than limits.in-flight are held' => sub {
    my $leat = fresh("limits: {in-flight: 5}\ntimeouts: {body: 1h}");
    my $before = private_kb($leat);
    my @held = map { half_body($leat, 1_040_000) } 1 .. 100;
    my %got;
    ok(wait_for(10, sub { (grep { has_answer($_) } @held) == 95 }), 'all but five are answered');
    $got{status_of($_)}++ for grep { has_answer($_) } @held;
    # On a slow machine some have stalled for a second before others come: these take their places.
    is(($got{503} // 0) + ($got{408} // 0), 95, 'by a 503') or diag explain \%got;
    becomes(sub { $leat->metric('leat_requests_in_flight') }, 5, 'five are in flight');
    cmp_ok(private_kb($leat) - $before, '<', 20000, 'and 5 MB are held') unless is_sanitized();
};

subtest 'nothing is held for a request that the head decides' => sub {
    my $leat = fresh("limits: {in-flight: 5}\ntimeouts: {body: 1h}");
    my $before = private_kb($leat);
    my @held = map { half_body($leat, 1_040_000, path => '/nowhere') } 1 .. 100;
    is(scalar(grep { status_of($_) eq '404' } @held), 100, 'each is answered');
    cmp_ok(private_kb($leat) - $before, '<', 5000, 'and costs nothing') unless is_sanitized();
    becomes(sub { $leat->metric('leat_buffered_bytes') }, 0, 'nothing is held');
};

subtest 'limits.buffered bounds what a worker holds' => sub {
    my $leat = fresh("limits: {buffered: 4MiB}\ntimeouts: {body: 1h}", trusted => 1);
    my @held = map { half_body($leat, 1_040_000, chunked => $_ % 2) } 1 .. 20;
    my @refused;
    ok(wait_for(10, sub { (@refused = grep { has_answer($_) } @held) == 16 }), '16 of 20 bodies of 1 MiB are refused');
    my $r = answer($refused[0]);
    is("$r->{status} $r->{headers}{'retry-after'} $r->{headers}{'content-type'}", '503 1 application/problem+json',
        'with a time to come again');
    # The figures are as old as a tick.
    ok(wait_for(5, sub { $leat->metric('leat_buffered_bytes') <= 4 * $mib }), 'no more is held');
    becomes(sub { $leat->metric('leat_requests_refused_memory_total') }, 16, 'each refusal is counted');
    is($leat->get('/readyz')->{status}, 200, 'monitors are let in');
    # By now they have sent nothing for a second.
    sleep 1.2;
    is(whole_body($leat)->{json}{n}, $mib, 'a body that comes at once finds room');
    my @cut = grep { has_answer($_) && status_of($_) eq '408' } @held;
    cmp_ok(scalar @cut, '>=', 1, 'for which those that had stalled were answered 408');
    is($leat->metric('leat_connections_stalled_total'), scalar @cut, 'they are counted');
    logged($leat, qr/warn .*connection\.stalled client=127\.0\.0\.1 held=\d+ ms=\d{4,} of=\d+ limit=4194304/,
        'and logged');
};

subtest 'the one that has made no progress for longest goes first, and bytes that trickle are none' => sub {
    my $leat = fresh("limits: {buffered: 3MiB}\ntimeouts: {body: 1h}", trusted => 1);
    my ($trickling, $sending, $third) = map { half_body($leat, 600_000) } 1 .. 3;
    for (1 .. 8) {
        syswrite $trickling, 'x' x 10;
        syswrite $sending, 'x' x 5000;
        syswrite $third, 'x' x 5000;
        sleep 0.2;
    }
    is(whole_body($leat)->{status}, 200, 'a body finds room');
    is(status_of($trickling), 408, 'that of the one who trickles');
    ok(!has_answer($_), 'not of one who sends') for $sending, $third;
};

subtest 'limits.buffered-per-address bounds what one client makes it hold' => sub {
    my $leat = fresh("limits: {buffered: 64MiB, buffered-per-address: 2MiB}\ntimeouts: {body: 1h}");
    my @held = map { half_body($leat, 1_000_000) } 1 .. 10;
    ok(wait_for(10, sub { (grep { has_answer($_) } @held) == 8 }), 'what exceeds its share is refused');
    is(status_of(half_body($leat, 200_000)), 503, 'and so is whatever else it wants');
    my $neighbour = dial($leat->{port}, '127.0.0.2');
    my $r = whole_body($leat, socket => $neighbour);
    is($r->{json}{n}, $mib, 'another client does not notice');
    my $trusting = fresh("limits: {buffered: 64MiB, buffered-per-address: 2MiB}\ntimeouts: {body: 1h}", trusted => 1);
    @held = map { half_body($trusting, 1_000_000) } 1 .. 10;
    is(scalar(grep { has_answer($_) } @held), 0, 'a trusted peer speaks for many');
};

subtest 'answers that clients do not read are held up to the limit, and stalled readers make room' => sub {
    my $leat = fresh("limits: {buffered: 32MiB, buffered-per-address: 32MiB}\ntimeouts: {write: 1h}");
    my $before = private_kb($leat);
    my @slow = map { slow_reader($leat) } 1 .. 40;
    my $most = 0;
    ok(wait_for(60, sub {
        my $held = $leat->metric('leat_buffered_bytes');
        $most = $held if $held > $most;
        return (grep { has_answer($_) } @slow) == 40;
    }), 'each has the beginning of its answer');
    cmp_ok($most, '>', 12_000_000, 'they hold answers');
    cmp_ok($most, '<=', 2 * 32 * $mib, 'of no more than twice the limit');
    cmp_ok(private_kb($leat) - $before, '<', 2 * 32 * 1024, 'memory tells the same') unless is_sanitized();
    sleep 1.2;
    my $quick = wait_for(10, sub { my $r = $leat->get('/quick'); return $r && $r->{status} == 200 });
    ok($quick, 'others are served as soon as they have stalled');
    cmp_ok($leat->metric('leat_connections_stalled_total'), '>', 0, 'for which they are cut');
    # Again, because on a busy machine a second may pass in which not even this one reads.
    my $length = 0;
    wait_for(60, sub { ($length = length((answer(slow_reader($leat), 20) // {})->{json}{v} // '')) == 6_000_000 });
    is($length, 6_000_000, 'one who reads gets it all');
};

subtest 'a client of a Unix socket that reads is not cut, but one that does not' => sub {
    my $leat = fresh("limits: {buffered: 12MiB}\ntimeouts: {write: 1h}");
    my ($reading, $idle) = map { IO::Socket::UNIX->new(Peer => "$leat->{dir}/in.sock") } 1 .. 2;
    for my $s ($reading, $idle) {
        syswrite $s, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
        ok(is_readable($s, 10), 'an answer begins');
    }
    my $read = '';
    for (1 .. 20) {
        sysread $reading, $read, 60_000, length $read;
        sleep 0.1;
    }
    is(whole_body($leat)->{status}, 200, 'a body finds room');
    $read .= Leat::Test::read_all($reading, 20, sub { length $_[0] >= 6_000_000 });
    cmp_ok(length($read), '>', 6_000_000, 'one who reads gets it all');
    cmp_ok(length(Leat::Test::read_all($idle, 20)), '<', 6_000_000, 'the other does not');
};

subtest 'requests that are sent ahead wait in the kernel' => sub {
    plan skip_all => 'memory is measured without sanitizers' if is_sanitized();
    my $leat = fresh("timeouts: {write: 1h}");
    my $before = private_kb($leat);
    my $ahead = "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n" x 60_000;
    my @clients = map { dial($leat->{port}, '127.0.0.1') } 1 .. 50;
    $_->blocking(0) for @clients;
    my %sent;
    wait_for(20, sub {
        my $more = 0;
        for my $s (@clients) {
            my $n = syswrite $s, $ahead, length($ahead) - ($sent{$s} // 0), $sent{$s} // 0;
            $sent{$s} += $n // 0;
            $more += $n // 0;
        }
        return !$more;
    });
    my $sum = 0;
    $sum += $_ for values %sent;
    cmp_ok($sum, '>', 20_000_000, "$sum bytes of requests were sent");
    cmp_ok(private_kb($leat) - $before, '<', 10_000, 'and are not held by the worker');
};

subtest 'requests in flight whose clients have stalled make room' => sub {
    my $leat = fresh("limits: {in-flight: 3}\ntimeouts: {body: 1h}");
    my @held = map { half_body($leat, $_ * 10) } 1 .. 3;
    ok(wait_for(10, sub { $leat->metric('leat_requests_in_flight') == 3 }), 'three bodies take all places');
    ok(wait_for(10, sub { $leat->get('/quick')->{status} == 200 }), 'after a second another request is served');
    ok(has_answer($held[0]) && status_of($held[0]) eq '408', 'the first of them was answered 408');
    ok(!has_answer($held[2]), 'the last is still awaited');
};

subtest 'whatever clients hold, admin is served' => sub {
    my $leat = fresh("limits: {in-flight: 2, buffered: 2MiB}\ntimeouts: {body: 1h}");
    my @held = map { half_body($leat, 1_000_000) } 1 .. 4;
    for my $path ('/healthz', '/readyz', '/metrics') {
        is($leat->get($path, socket => dial($leat->{admin}))->{status}, 200, $path);
    }
};

subtest 'the largest body fits, or the configuration is refused' => sub {
    my $leat = Leat::Test->new(%app, config => "limits: {body: 8MiB, buffered: 15MiB, buffered-per-address: 16MiB}\n");
    like($leat->leat('check')->{err}, qr/leat\.yaml:1:\d+: .*limits\.buffered: must be at least twice limits\.body/,
        'a limit that is too low');
    $leat->configure("limits: {body: 8MiB, buffered-per-address: 1MiB}\n");
    like($leat->leat('check')->{err}, qr/limits\.buffered-per-address: must be at least twice limits\.body/,
        'that of an address too');
};
all_done;
