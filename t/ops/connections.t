# SPDX-License-Identifier: MIT
# However many connections clients hold, others are served: within limits.connections and the
# descriptors idle connections make room, and the admin listener answers.
use strict;
use warnings;
use Leat::Certificate;
use Leat::Client;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $one = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $tls = self_signed();
my %app = (migrations => {}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /quick:
    get: {operationId: quick, $one, x-sql: {returns: one, sql: "SELECT 1 AS n"}}
  /bytes:
    post:
      operationId: bytes
      requestBody: {required: true, content: {application/octet-stream: {}}}
      $one
      x-sql: {returns: one, sql: "SELECT length(:_body) AS n"}
  /large:
    get: {operationId: large, $one, x-sql: {returns: one, sql: "SELECT printf('%.*c', 6000000, 'x') AS v"}}
API

# $o{listen}: more keys of the listener; $o{trusted}: nobody counts by address.
sub fresh {
    my ($config, %o) = @_;
    my $leat = Leat::Test->new(%app, workers => $o{workers} // 1, $o{wrap} ? (wrap => $o{wrap}) : ());
    $leat->{admin} = Leat::Test::free_port();
    my $listen = "address: 127.0.0.1:$leat->{port}" . (defined $o{listen} ? ", $o{listen}" : '');
    $leat->configure(<<"YAML");
$config
log: {access: false, level: debug}
drain: {grace: 0s, timeout: 1s}
listen: [{$listen}, {address: 127.0.0.1:$leat->{admin}, serve: [admin]}]
YAML
    return $leat->start;
}
sub open_now { my ($leat) = @_; return $leat->metric('leat_connections_open') }
sub connect_admin { my ($leat) = @_; return dial($leat->{admin}) }
sub send_get {
    my ($leat, $path) = @_;
    my $s = $leat->connect;
    syswrite $s, "GET $path HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}
# Sends a request whose body does not arrive.
sub busy {
    my ($leat, $length) = @_;
    my $s = $leat->connect;
    my $head = "POST /bytes HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n";
    syswrite $s, $head . 'Content-Length: ' . ($length // 9) . "\r\n\r\n";
    return $s;
}
sub status { my ($r) = @_; return $r ? $r->{status} : 'none' }
# Starts connections that send these bytes and no more.
sub hold {
    my ($leat, $count, $bytes) = @_;
    return map { my $s = $leat->connect; syswrite $s, $bytes if $bytes ne ''; $s } 1 .. $count;
}
sub is_closed_soon { my ($s) = @_; return wait_for(10, sub { is_closed($s) }) }

# Tests, one after the other, everything that must keep working.
sub serves {
    my ($leat, $name) = @_;
    is(status($leat->get('/quick', seconds => 5)), 200, "$name: the API is served");
    is(status($leat->get('/readyz', seconds => 5)), 200, "$name: so is the readiness route");
    for my $path ('/metrics', '/readyz', '/healthz') {
        is(status($leat->get($path, socket => connect_admin($leat), seconds => 5)), 200, "$name: admin's $path");
    }
}

subtest 'connections that ask for nothing make room, the oldest first' => sub {
    my $leat = fresh("limits: {connections: 20}\ntimeouts: {idle: 1h, head: 1h}");
    my @silent = hold($leat, 20, '');
    ok(wait_for(10, sub { open_now($leat) == 20 }), 'silent connections take all places');
    serves($leat, 'silent');
    ok(is_closed($silent[0]), 'the oldest was closed');
    ok(!is_closed($silent[19]), 'the youngest was not');
    is(status($leat->get('/quick', socket => $silent[19])), 200, 'and can still ask');
    cmp_ok($leat->metric('leat_connections_evicted_total'), '>=', 1, 'they are counted');
    my ($row) = grep { $_->{limit} eq 'limits.connections' } @{$leat->ctl_json('limits')};
    cmp_ok($row->{refused}, '>=', 1, 'in leatctl limits too');
    logged($leat, qr/warn .*connections\.full listener=127\.0\.0\.1:$leat->{port} open=20 limit=20 /, 'and logged');
    cmp_ok(scalar(() = $leat->log =~ /connections\.full/g), '<=', 3, 'once a second at most');
    is($leat->metric('leat_connections_full_total'), 0, 'nobody had to wait');
};

subtest 'so do those between two requests, by how long they have been idle' => sub {
    my $leat = fresh("limits: {connections: 20}\ntimeouts: {idle: 1h}");
    my @kept = map { $leat->connect } 1 .. 20;
    is(scalar(grep { status($leat->get('/quick', socket => $_)) eq '200' } @kept), 20,
        'kept connections take all places');
    is(status($leat->get('/quick', socket => $kept[0])), 200, 'the first is used again');
    serves($leat, 'kept');
    ok(is_closed($kept[1]), 'the second has been idle for longest');
    ok(!is_closed($kept[0]), 'the first has not');
};

subtest 'so do heads that are not sent to their end' => sub {
    my $leat = fresh("limits: {connections: 20}\ntimeouts: {idle: 1h, head: 1h}");
    my @half = hold($leat, 20, "GET /quick HTTP/1.1\r\nHos");
    ok(wait_for(10, sub { open_now($leat) == 20 }), 'heads that are half sent take all places');
    serves($leat, 'half heads');
    like(Leat::Test::read_all($half[0], 5), qr{\AHTTP/1\.1 408 }, 'the first was told');
    syswrite $half[19], "t: a\r\n\r\n";
    like(Leat::Test::read_all($half[19], 5, sub { $_[0] =~ /\}/ }), qr{\AHTTP/1\.1 200 }, 'the last can go on');
};

subtest 'so do those who have been answered, though the rest of their body has not come' => sub {
    for my $length (9, 9_000_000) {
        my $leat = fresh("limits: {connections: 20}\ntimeouts: {idle: 1h, body: 1h}");
        my @answered = hold($leat, 20, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: $length\r\n\r\nx");
        is(scalar(grep { status(answer($_)) =~ /^(?:404|413)$/ } @answered), 20, "$length bytes: all are answered");
        is(open_now($leat), 20, 'and take all places');
        serves($leat, 'answered');
    }
};

subtest 'so do PROXY headers and TLS handshakes that do not come' => sub {
    my $proxy = 'proxy: v1, trusted: [127.0.0.0/8]';
    for my $row (
        ['a PROXY header', $proxy, ''], ['half a PROXY header', $proxy, 'PROXY TC'],
        ['a handshake', $tls, ''], ['half a handshake', $tls, "\x16\x03\x01\x02"],
    ) {
        my ($name, $listen, $bytes) = @$row;
        my $leat = fresh("limits: {connections: 20}\ntimeouts: {idle: 1h, head: 1h}", listen => $listen);
        my @silent = hold($leat, 20, $bytes);
        ok(wait_for(10, sub { open_now($leat) == 20 }), "$name: all places are taken");
        my @url = $listen eq $tls ? ('-k', "https://127.0.0.1:$leat->{port}/quick")
            : ('--haproxy-protocol', "http://127.0.0.1:$leat->{port}/quick");
        my $r = run_command('curl', '-s', '-m', 10, @url)->{out};
        is($r, '{"n":1}', "$name: another client is served");
    }
};

subtest 'those with a request stay while they make progress, and others wait for one of them to end' => sub {
    my $leat = fresh("limits: {connections: 5}\ntimeouts: {body: 1h, idle: 1h}");
    my @busy = map { busy($leat, 1_000_000) } 1 .. 5;
    my $sends = sub { syswrite $_, 'x' x 5000 for @busy; return };
    ok(wait_for(10, sub { $leat->metric('leat_requests_in_flight') == 5 }), 'five requests take all places');
    my $waiting = send_get($leat, '/quick');
    ok(wait_for(5, sub {
        $sends->();
        $leat->metric('leat_connections_full_total');
    }), 'a sixth client has to wait, which is counted');
    ok(wait_for(5, sub {
        $sends->();
        $leat->log =~ /warn .*connections\.full listener=\S+ open=5 limit=5 closed=0: /;
    }), 'and logged');
    for my $path ('/metrics', '/readyz', '/healthz') {
        $sends->();
        is(status($leat->get($path, socket => connect_admin($leat), seconds => 5)), 200, "admin's $path all the while");
    }
    is($leat->metric('leat_requests_in_flight'), 5, 'the five go on');
    close shift @busy;
    ok(wait_for(10, sub { $sends->(); is_readable($waiting) }), 'one ends');
    is(status(answer($waiting)), 200, 'and the other is served');
};

subtest 'those whose client neither sends its body nor takes its answer make room' => sub {
    my $octets = "POST /bytes HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n";
    my @requests = (
        ['a body', "${octets}Content-Length: 1000\r\n\r\nabc"],
        ['chunks', "${octets}Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
        ['a body after 100 Continue', "${octets}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"],
        ['a large answer', "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"],
    );
    for my $row (@requests) {
        my ($name, $bytes) = @$row;
        my $leat = fresh("limits: {connections: 5}\ntimeouts: {body: 1h, idle: 1h, write: 1h}");
        my @stalled = map { my $s = narrow($leat->{port}); syswrite $s, $bytes; $s } 1 .. 5;
        ok(wait_for(10, sub { $leat->metric('leat_requests_in_flight') == 5 }), "$name: all places are taken");
        ok(wait_for(10, sub { status($leat->get('/quick', seconds => 10)) eq '200' }),
            'others are served after a second');
        serves($leat, $name);
        cmp_ok($leat->metric('leat_connections_stalled_total'), '>=', 1, 'they are counted');
        logged($leat, qr/warn .*connection\.stalled client=127\.0\.0\.1 /, 'and logged');
        like(Leat::Test::read_all($stalled[0], 5), qr{HTTP/1\.1 408 }, 'the first was told')
            if $name ne 'a large answer';
    }
};

subtest 'another worker that has a place takes the connection' => sub {
    my $leat = fresh("limits: {connections: 20}\ntimeouts: {idle: 1h, head: 1h}", workers => 2);
    my @silent = map { my $s = $leat->connect; sleep 0.01; $s } 1 .. 40;
    ok(wait_for(10, sub { open_now($leat) == 40 }), 'both fill up before any connection is closed')
        or diag open_now($leat);
    is($leat->metric('leat_connections_evicted_total'), 0, 'none was');
    serves($leat, 'two workers');
};

subtest 'an address that has all the connections it may have does not keep admin away' => sub {
    my $leat = fresh("limits: {per-address: 5}\ntimeouts: {idle: 1h}");
    my @held = map { $leat->connect } 1 .. 5;
    ok(wait_for(10, sub { open_now($leat) == 5 }), 'five connections');
    ok(is_closed_soon($leat->connect), 'a sixth is closed');
    is(status($leat->get('/metrics', socket => connect_admin($leat))), 200, 'admin is served from there');
};

subtest 'of IPv6 a network of 64 bits is one address' => sub {
    my $leat = fresh("limits: {per-address: 5}\ntimeouts: {idle: 1h}", listen => 'proxy: v1, trusted: [127.0.0.0/8]');
    my $from = sub { my $s = $leat->connect; syswrite $s, "PROXY TCP6 $_[0] ::1 4000 80\r\n"; return $s };
    my @held = map { $from->("2001:db8:1:2::$_") } 1 .. 5;
    ok(wait_for(10, sub { open_now($leat) == 5 }), 'five connections from a network');
    my @more = map { $from->("2001:db8:1:2:ffff::$_") } 1 .. 5;
    is(scalar(grep { is_closed_soon($_) } @more), 5, 'others from there are closed');
    is(status($leat->get('/quick', socket => $from->('2001:db8:1:3::1'))), 200, 'its neighbour is served');
    is(status($leat->get('/quick', socket => $held[0])), 200, 'and so are those five');
};

subtest 'admin has room of its own, and silence does not fill that either' => sub {
    my $leat = fresh("timeouts: {idle: 1h}");
    my @silent = map { connect_admin($leat) } 1 .. 50;
    is(status($leat->get('/metrics', socket => connect_admin($leat), seconds => 5)), 200,
        'behind 50 silent connections');
    cmp_ok(open_now($leat), '<=', 17, 'few of which are held');
};

subtest 'descriptors run out: the oldest that asks for nothing makes room' => sub {
    my $leat = fresh("timeouts: {idle: 1h}", wrap => ['prlimit', '--nofile=64:64']);
    my @silent = map { $leat->connect } 1 .. 100;
    serves($leat, 'no descriptor');
    cmp_ok($leat->metric('leat_connections_evicted_total'), '>', 50, 'connections were closed for others');
};

subtest 'none asks for nothing: accepting pauses, and goes on when any connection is closed' => sub {
    my $leat = fresh("timeouts: {idle: 1h, body: 1h}", wrap => ['prlimit', '--nofile=64:64']);
    my @busy = map { busy($leat, 1_000_000) } 1 .. 60;
    # So that none has stalled.
    my $sends = sub { local $SIG{PIPE} = 'IGNORE'; syswrite $_, 'x' x 5000 for @busy; return };
    ok(wait_for(10, sub {
        $sends->();
        $leat->log =~ /accept\.paused error="Too many open files"/;
    }), 'descriptors run out');
    for my $path ('/metrics', '/readyz') {
        $sends->();
        is(status($leat->get($path, socket => connect_admin($leat), seconds => 5)), 200,
            "admin's $path is served from the reserve");
    }
    my ($pid) = $leat->worker_pids;
    my $ticks = sub { my @f = split ' ', slurp("/proc/$pid/stat"); return $f[13] + $f[14] };
    my $used = $ticks->();
    for (1 .. 5) { sleep 0.2; $sends->() }
    cmp_ok($ticks->() - $used, '<', 40, 'the worker does not spin');
    is(scalar(() = $leat->log =~ /accept\.paused/g), 1, 'the pause is logged once');
    cmp_ok($leat->metric('leat_accept_paused_total'), '>', 0, 'and counted');
    # Waiting connections ask one after the other, over the one descriptor that becomes free;
    # resuming at ticks alone would allow five a second.
    my @queued = splice @busy, open_now($leat);
    close $_ for @queued;
    my @waiting;
    for (1 .. 100) {
        my $s = $leat->connect;
        syswrite $s, "GET /quick HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        push @waiting, $s;
    }
    close shift @busy;
    my $until = monotonic() + 10 * (is_sanitized() ? 4 : 1);
    my @late = grep { my $left = $until - monotonic(); $left <= 0 || status(answer($_, $left)) ne '200' } @waiting;
    is(scalar @late, 0, 'one descriptor that comes free serves a hundred');
};
all_done;
