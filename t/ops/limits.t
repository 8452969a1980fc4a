# SPDX-License-Identifier: MIT
# A client that wants more connections, requests, descriptors, time or memory than the limits allow
# waits, is told so, or is cut; the others do not notice.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $loop = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';
my $large = 8 << 20;
my %app = (migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY);\n"}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /quick:
    get:
      operationId: readQuick
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
    post:
      operationId: addQuick
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /endless:
    get:
      operationId: readEndless
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}
      x-sql: {returns: one, sql: "$loop SELECT count(*) AS n FROM c"}
  /large:
    get:
      operationId: readLarge
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: object, properties: {v: {type: string}}}}}}
      x-sql: {returns: one, sql: "SELECT printf('%.*c', $large, 'x') AS v"}
API
sub app { my ($config, %o) = @_; return Leat::Test->new(%app, workers => 1, config => $config, %o) }
sub untrusting {
    my ($config, %o) = @_;
    my $leat = app($config, %o);
    $leat->configure("$config\nlisten: [{address: 127.0.0.1:$leat->{port}}]");
    return $leat;
}
sub figure { my ($leat, $name) = @_; return ($leat->ctl('metrics')->{out} =~ /^$name (\S+)$/m)[0] }
sub used {
    my ($leat, $limit) = @_;
    my ($row) = grep { $_->{limit} eq $limit } @{$leat->ctl_json('limits')};
    return $row;
}
sub is_eof { my ($s, $seconds) = @_; return Leat::Test::read_all($s, $seconds // 10) eq '' }
sub answer_of {
    my ($s, $seconds) = @_;
    my $text = Leat::Test::read_all($s, $seconds, sub { Leat::Test::parse_answer($_[0]) });
    return Leat::Test::parse_answer($text) // {status => 'none'};
}
sub status_on { my ($leat, $s, %o) = @_; return ($leat->get('/quick', socket => $s, %o) // {})->{status} }
sub send_get {
    my ($leat, $path) = @_;
    my $s = $leat->connect;
    syswrite $s, "GET $path HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}
# A request whose body is still to come; go_on() keeps it from stalling.
my ($length, %sent) = (500_000);
sub send_half {
    my ($leat) = @_;
    my $s = $leat->connect;
    my $head = "POST /quick HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    syswrite $s, "${head}Content-Length: $length\r\n\r\n";
    return $s;
}
sub go_on { $sent{$_} += syswrite $_, ' ' x 5000 for @_; return }

# Returns the answer, after sending the rest of the request.
sub finish_half {
    my ($s) = @_;
    my $rest = ' ' x ($length - 2 - ($sent{$s} // 0)) . '{}';
    while ($rest ne '') { substr $rest, 0, syswrite($s, $rest), '' }
    return answer_of($s, 10);
}
sub ticks { my ($pid) = @_; my @f = split ' ', slurp("/proc/$pid/stat"); return $f[13] + $f[14] }

# If each connection has a request, one more waits in the kernel's queue. Connections without a
# request make room: connections.t.
subtest 'limits.connections: lets one more wait, and serves it when another leaves' => sub {
    my $leat = app("limits: {connections: 10}\n")->start;
    my @held = map { send_half($leat) } 1 .. 10;
    ok(wait_for(10, sub { used($leat, 'limits.in-flight')->{used} == 10 }), 'ten connections with a request');
    is(used($leat, 'limits.connections')->{of}, 10, 'are all that one worker takes');
    my $waiting = send_get($leat, '/quick');
    my $bits = '';
    vec($bits, fileno $waiting, 1) = 1;
    for (1 .. 7) { go_on(@held); select undef, undef, undef, 0.1 }
    is(scalar(select $bits, undef, undef, 0), 0, 'an eleventh waits');
    is(used($leat, 'limits.connections')->{used}, 10, 'and is not accepted');
    is(finish_half($held[3])->{status}, 200, 'the ten are served');
    is(answer_of($waiting, 10)->{status}, 200, 'it is answered when one has been');
    is(figure($leat, 'leat_accept_paused_total'), 0, 'which is no shortage of descriptors');
    done_testing;
};

# Trusted peers act for others.
subtest 'limits.per-address: closes one more at once, except of a trusted peer' => sub {
    my $leat = untrusting("limits: {per-address: 5}\n")->start;
    my @held = map { $leat->connect } 1 .. 5;
    ok(wait_for(10, sub { used($leat, 'limits.connections')->{used} == 5 }), 'five connections of an address');
    ok(is_eof($leat->connect), 'a sixth is closed');
    is(figure($leat, 'leat_connections_refused_total'), 1, 'and counted');
    my $neighbour = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $leat->{port}, LocalAddr => '127.0.0.2');
    is(status_on($leat, $neighbour), 200, 'another address is served');
    is(status_on($leat, $held[0]), 200, 'and so are the five');
    close shift @held;
    ok(wait_for(10, sub { ($leat->get('/quick') // {})->{status} }), 'one that leaves makes room');
    my $trusting = app("limits: {per-address: 5}\n")->start;
    @held = map { $trusting->connect } 1 .. 20;
    is((scalar grep { status_on($trusting, $_) } @held), 20, 'a trusted peer has as many as it likes');
    done_testing;
};

subtest 'limits.in-flight: answers 503 with Retry-After at once, except to monitors' => sub {
    my $leat = app("limits: {in-flight: 3}\ntimeouts: {request: 8s}\n")->start;
    my @busy = map { send_get($leat, '/endless') } 1 .. 3;
    ok(wait_for(10, sub { used($leat, 'limits.in-flight')->{used} == 3 }), 'three requests run');
    my $kept = $leat->connect;
    for (1 .. 3) {
        my $r = $leat->get('/quick', socket => $kept);
        is("$r->{status} $r->{headers}{'retry-after'}", '503 1', 'a fourth: 503 with Retry-After');
        like($r->{headers}{'content-type'}, qr/problem\+json/, 'as any error');
    }
    is($leat->get('/healthz')->{status}, 200, 'monitors are let in');
    my @running = grep { $_->{operation} eq 'readEndless' } @{$leat->ctl_json('requests')};
    is(scalar @running, 3, 'all that while the three ran');
    is(figure($leat, 'leat_requests_refused_total'), 3, 'each is counted');
    is(used($leat, 'limits.in-flight')->{refused}, 3, 'in limits too');
    is_deeply([sort map { answer_of($_, 20)->{status} } @busy], [503, 504, 504], 'they end, or have waited too long');
    is(status_on($leat, $kept), 200, 'and there is room again');
    ok(wait_for(5, sub { used($leat, 'limits.in-flight')->{used} == 0 }), 'down to none');
    done_testing;
};

subtest 'pauses accepting while there are no descriptors, without spinning' => sub {
    my $leat = app("log: {access: false}\ndrain: {grace: 0s}\n", wrap => ['prlimit', '--nofile=64:64'])->start;
    my ($pid) = $leat->worker_pids;
    my @held = map { send_half($leat) } 1 .. 100;
    ok(wait_for(10, sub { go_on(@held); $leat->log =~ /accept\.paused error="Too many open files"/ }),
        'descriptors run out');
    my $used = ticks($pid);
    for (1 .. 5) { sleep 0.2; go_on(@held) }
    cmp_ok(ticks($pid) - $used, '<', 40, 'accepting pauses, and does not spin');
    is(scalar(() = $leat->log =~ /accept\.paused/g), 1, 'nor fill the log');
    is(finish_half($held[0])->{status}, 200, 'who is in is served');
    cmp_ok(figure($leat, 'leat_accept_paused_total'), '>', 0, 'it is counted');
    undef @held;
    ok(wait_for(10, sub { ($leat->get('/quick') // {})->{status} }), 'it goes on');
    is((($leat->worker_pids)[0]), $pid, 'with the same worker');
    done_testing;
};

subtest 'says at the start that descriptors are too few' => sub {
    for my $few (12, 26, 33) {
        my $leat = app('', wrap => ['prlimit', "--nofile=$few:$few"]);
        $leat->launch;
        isnt($leat->wait_exit, 0, "with $few it does not start");
        like($leat->log, qr/Too many open files$/m, '  and says why');
    }
    done_testing;
};

subtest 'raises the soft limit on descriptors to the hard one' => sub {
    my $leat = app('', wrap => ['prlimit', '--nofile=64:4096'])->start;
    my @held = map { $leat->connect } 1 .. 200;
    is((scalar grep { status_on($leat, $_, seconds => 3) } @held[0, 99, 199]), 3,
        'the soft limit on descriptors is raised to the hard one');
    done_testing;
};

subtest 'cuts slow heads, bodies and readers, each at its timeout, and no client within the limits' => sub {
    my $times = "timeouts: {head: 1s, body: 1s, write: 1s, idle: 5s, idle-trusted: 5s}\n";
    my $leat  = app("${times}log: {level: debug}\n")->start;
    my $head = $leat->connect;
    syswrite $head, "GET /quick HTT";
    my $body = $leat->connect;
    syswrite $body, "POST /quick HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        . "Content-Length: 1000\r\n\r\n{";
    my $reader = IO::Socket::INET->new(Proto => 'tcp');
    setsockopt $reader, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), pack 'l', 4096;
    connect $reader, Socket::pack_sockaddr_in($leat->{port}, Socket::inet_aton('127.0.0.1'));
    syswrite $reader, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    my $idle = $leat->connect;
    # Bytes that trickle in extend none of them.
    my %ends;
    my $trickle = monotonic() + 20;
    while (keys %ends < 2 && monotonic() < $trickle) {
        for my $pair ([head => $head, 'P'], [body => $body, ' ']) {
            my ($name, $s, $byte) = @$pair;
            next if $ends{$name};
            syswrite $s, $byte;
            my $bits = '';
            vec($bits, fileno $s, 1) = 1;
            $ends{$name} = Leat::Test::read_all($s, 5) || 'closed' if select $bits, undef, undef, 0;
        }
        sleep 0.1;
    }
    like($ends{head} // 'open', qr/^HTTP\/1\.1 408 .*problem\+json/s, 'a head that trickles: 408, and cut');
    like($ends{body} // 'open', qr/^HTTP\/1\.1 408 /, 'a body that trickles: 408, and cut');
    ok(wait_for(10, sub { $leat->log =~ /connection\.cut phase=write/ }), 'a reader that does not read is cut');
    cmp_ok(length Leat::Test::read_all($reader, 10), '<', $large, 'and does not get it all');
    ok(is_eof($idle), 'an idle connection is closed');
    is(figure($leat, 'leat_connections_cut_total'), 3, 'the three are counted, the idle one is not');
    is(join(' ', sort $leat->log =~ /connection\.cut phase=(\w+)/g), 'body head idle write', 'each in its phase');
    my $fair = $leat->connect;
    my @fair = map { sleep 0.5; status_on($leat, $fair) // 'cut' } 1 .. 4;
    is($fair[3], 200, 'a client that keeps to the timeouts is not cut');
    ok(wait_for(10, sub { used($leat, 'limits.connections')->{used} <= 1 }), 'nothing is left of the others');
    done_testing;
};

subtest 'holds 10,000 idle connections at 6 KB each' => sub {
    plan skip_all => 'memory is measured without sanitizers' if is_sanitized();
    my $count = 10000;
    my ($hard) = slurp('/proc/self/limits') =~ /^Max open files\s+\S+\s+(\d+)/m;
    my $enough = $hard > $count + 1000 ? $hard : $count + 1000;
    plan skip_all => 'RLIMIT_NOFILE cannot be raised'
        if system "prlimit --pid=$$ --nofile=$enough:$enough 2>/dev/null";
    my $config = "log: {access: false}\ntimeouts: {idle: 10m}\ndrain: {grace: 0s}\n";
    my $leat = Leat::Test->new(workers => 2, config => $config)->start;
    $leat->get('/v1/todos/1') for 1 .. 50; # the statements are prepared
    my $memory = sub {
        my $kb = 0;
        $kb += (slurp("/proc/$_/smaps_rollup") =~ /^Pss:\s+(\d+)/m)[0] for $leat->worker_pids;
        return $kb;
    };
    my $before = $memory->();
    cmp_ok($before, '<=', 2 * 12288, "two workers, idle: $before KB");
    my @held;
    while (@held < $count) {
        my $s = $leat->connect or last;
        push @held, $s;
    }
    # Each is a keep-alive connection that has been answered.
    syswrite $_, "GET /v1/todos/1 HTTP/1.1\r\nHost: a\r\n\r\n" for @held;
    my $answered = grep { Leat::Test::read_all($_, 10, sub { $_[0] =~ /\r\n\r\n.*\}/s }) =~ / 200 / } @held;
    is($answered, $count, "$count connections are answered");
    is(used($leat, 'limits.connections')->{used}, $count, 'and held');
    my $each = ($memory->() - $before) / $count;
    cmp_ok($each, '<=', 6, sprintf 'at %.1f KB each', $each);
    done_testing;
};

all_done;
