# SPDX-License-Identifier: MIT
# Where every worker keeps dying, one is started again within a second, clients are refused instead of
# waiting, and the status tells when the next start is.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Certificate;
use Leat::Test;
use Leat::WorkerScript;
use Test::More;

# Returns what a client gets that connects and asks; undef if nothing comes before the deadline.
sub ask {
    my ($socket) = @_;
    return 'refused' unless $socket;
    syswrite $socket, "GET /v1/health HTTP/1.1\r\nHost: a\r\n\r\n";
    my ($n, $text, $bits) = (undef, '', '');
    vec($bits, fileno $socket, 1) = 1;
    return unless select my $ready = $bits, undef, undef, 20;
    $n = sysread $socket, $text, 65536;
    return $n ? $text : 'closed';
}
sub starts { my ($leat) = @_; return scalar(() = $leat->log =~ /worker\.died/g) }

my %mode = (
    'before they are ready'   => 'exit 7',
    'soon after'              => '( while kill -0 $$ 2>/dev/null; do sleep 0.3; kill -KILL $$; done ) 2>/dev/null &',
);
for my $when (sort keys %mode) {
    my $leat = script_workers(Leat::Test->new(workers => 3), '')->start;
    subtest "workers that die $when" => sub {
        $leat->write('mode', $mode{$when});
        kill KILL => $leat->worker_pids;
        ok(wait_for(60, sub { starts($leat) >= 20 }), 'starts go on') or diag $leat->log;
        my @late;
        wait_for(30, sub {
            my @workers = @{$leat->ctl_json('workers')};
            push @late, [map { $_->{starts_in_ms} } @workers]
                if @workers == 3
                && !grep { $_->{state} ne 'waiting' || ($_->{starts_in_ms} // 60000) <= 1000 } @workers;
            return starts($leat) >= 24;
        });
        is_deeply(\@late, [], 'one of the three always lives, or starts within a second');
        my $next = wait_for(10, sub { $leat->ctl_json('status')->{next_start} });
        like($next, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'the status tells when');
        ok(wait_for(10, sub { $leat->ctl('status')->{out} =~ /^ +the next one starts at \d{4}-/m }), 'for people too');
    };
    subtest 'and start again' => sub {
        $leat->write('mode', '');
        ok(wait_for(30, sub { $leat->worker_pids }), 'as soon as one can, it serves');
        is($leat->get('/v1/health')->{status}, 200, 'clients are answered');
        is($leat->stop, 0, 'a stop');
    };
}

my $leat = script_workers(Leat::Test->new(workers => 2), '');
my $tls_port = Leat::Test::free_port();
my $tls = ", {address: 127.0.0.1:$tls_port, " . Leat::Certificate::self_signed() . '}';
$leat->configure("listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:api.sock}$tls]\n");
$leat->start;

subtest 'clients are refused while no worker lives' => sub {
    $leat->write('mode', 'exit 7');
    kill KILL => $leat->worker_pids;
    ok(wait_for(30, sub { $leat->log =~ /worker\.backoff/ && !$leat->worker_pids }), 'all have died');
    for my $round (1 .. 3) {
        like(ask($leat->connect), qr{^HTTP/1\.1 503 .*^Retry-After: 1\r$}ms, 'TCP: 503');
        my $unix = IO::Socket::UNIX->new(Peer => "$leat->{dir}/api.sock");
        like(ask($unix), qr{^HTTP/1\.1 503 }, 'a Unix socket: 503');
    }
    my @crowd = map { $leat->connect } 1 .. 200;
    is(scalar(grep { (ask($_) // '') =~ /^HTTP\S+ 503 / } @crowd), 200, 'all of a crowd');
};

# Begins a handshake; returns what openssl says of it.
sub handshake {
    return run_command('timeout', 20, 'openssl', 's_client', '-connect', "127.0.0.1:$tls_port", @_)->{err};
}

subtest 'a TLS client is refused by an alert, not by silence or a reset' => sub {
    for my $version ('-tls1_2', '-tls1_3') {
        my @said = map { handshake($version) } 1 .. 3;
        is(scalar(grep { /alert internal error/ } @said), 3, "$version: each") or diag @said;
    }
    my @crowd = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $tls_port) } 1 .. 50;
    my @got = map { my $text = ''; sysread $_, $text, 100; unpack 'H*', $text } @crowd;
    is(scalar(grep { $_ eq '15030300020250' } @got), 50, 'a crowd that says nothing, too');
};

subtest 'and served once one lives again' => sub {
    $leat->write('mode', '');
    ok(wait_for(30, sub { $leat->worker_pids }), 'a worker');
    is($leat->get('/v1/health')->{status}, 200, 'TCP') for 1 .. 20;
    my $unix = IO::Socket::UNIX->new(Peer => "$leat->{dir}/api.sock");
    like(ask($unix), qr{^HTTP/1\.1 200 }, 'a Unix socket');
    ok(wait_for(20, sub { 2 == (() = $leat->worker_pids) }), 'and the other');
    ok(!exists $leat->ctl_json('status')->{next_start}, 'the status has no next start');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is($leat->get('/v1/health')->{status}, 200, 'serves');
};

subtest 'a stop while none lives' => sub {
    $leat->write('mode', 'exit 7');
    kill KILL => $leat->worker_pids;
    ok(wait_for(30, sub { !$leat->worker_pids && $leat->ctl_json('status')->{next_start} }), 'all have died');
    is($leat->stop, 0, 'ends it');
};
all_done;
