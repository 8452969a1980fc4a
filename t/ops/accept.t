# SPDX-License-Identifier: MIT
# A worker accepts what it can serve: each connection wakes one worker, light load spreads, and a
# shortage of descriptors pauses accepting until it ends.
use strict;
use warnings;
use Leat::Client ();
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

subtest 'a connection wakes one worker, and light load spreads over all' => sub {
    my $leat = Leat::Test->new(workers => 4, config => "log: {access: false}\n")->start;
    my @pids = $leat->worker_pids;
    my $switches = sub {
        my $n = 0;
        $n += (slurp("/proc/$_/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m)[0] for @pids;
        return $n;
    };
    my $before = $switches->();
    $leat->get('/v1/health', headers => {Connection => 'close'}) for 1 .. 300;
    my $woken = $switches->() - $before;
    # A connection needs one wake-up for itself and one or two for its request; waking all workers for
    # each would add 1200.
    cmp_ok($woken, '<', 1100, "300 connections, $woken wake-ups of 4 workers");
    my @shares = map { $_->{requests} } @{$leat->ctl_json('workers')};
    my ($least) = sort { $a <=> $b } @shares;
    cmp_ok($least, '>=', 30, "light load is spread: @shares");
};

# Returns the connections of the workers, the fewest first.
sub carried {
    my ($leat) = @_;
    return sort { $a <=> $b } map { $_->{connections} } grep { $_->{state} eq 'ready' } @{$leat->ctl_json('workers')};
}
# Opens connections, each when the last one has been answered, and returns those that were.
sub open_in_turn {
    my ($leat, $count) = @_;
    my @open;
    for (1 .. $count) {
        my $s = $leat->connect;
        push @open, $s if is_answered($s);
    }
    return @open;
}
sub is_answered {
    my ($s) = @_;
    syswrite $s, "GET /v1/health HTTP/1.1\r\nHost: a\r\n\r\n";
    my $r = Leat::Client::answer($s, 10);
    return $r && $r->{status} == 200;
}

# Opens connections until the two workers carry nearly as many. Chance alone would not bring them together: it
# would keep what one is ahead. How fast it goes is the scheduler's, so it is no more than 60.
sub open_until_even {
    my ($leat, $held) = @_;
    for (1 .. 12) {
        my ($fewest, $most) = carried($leat);
        return 1 if $most - $fewest < 6;
        push @$held, open_in_turn($leat, 5);
    }
    return 0;
}

subtest 'new connections go to the worker that carries fewer' => sub {
    my $config = "log: {access: false}\nwatchdog: 1m\ntimeouts: {idle: 1h}\n";
    my $leat = Leat::Test->new(workers => 2, config => $config)->start;
    my ($stuck) = $leat->worker_pids;
    kill STOP => $stuck;
    my @held = open_in_turn($leat, 20);
    kill CONT => $stuck;
    is(scalar @held, 20, 'while one is stuck the other takes all, and answers them');
    ok(open_until_even($leat, \@held), 'then most of them go to the one that had none')
        or diag join ' ', carried($leat);
    kill KILL => $stuck;
    ok(wait_for(20, sub { my @n = carried($leat); return @n == 2 && $n[0] < 5 }), 'a worker dies, and is replaced');
    ok(open_until_even($leat, \@held), 'and most of them go to the new one') or diag join ' ', carried($leat);
    $leat->stop;
};

subtest 'a worker without descriptors pauses accepting, and goes on when there are some again' => sub {
    my @few = ('prlimit', '--nofile=60:60');
    my $leat = Leat::Test->new(workers => 1, config => "log: {access: false}\n", wrap => \@few)->start;
    my ($pid) = $leat->worker_pids;
    my $half = "POST /v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n";
    # Each has a request whose body is still to come, so none of them makes room.
    my @held = map { my $s = $leat->connect; syswrite $s, $half; $s } 1 .. 80;
    logged($leat, qr/accept\.paused error="Too many open files"/, 'it says so');
    my $cpu = sub { my @f = split ' ', slurp("/proc/$pid/stat"); return $f[13] + $f[14] };
    my $used = $cpu->();
    sleep 1;
    cmp_ok($cpu->() - $used, '<', 30, 'it does not spin');
    undef @held;
    ok(wait_for(10, sub { ($leat->get('/v1/health') // {})->{status} }), 'it goes on when there are some again');
    is((($leat->worker_pids)[0]), $pid, 'the same worker');
};
all_done;
