# SPDX-License-Identifier: MIT
# Workers are replaced and their number is changed under load, without one failed request: the
# replacement becomes ready first, one at a time, and one that fails leaves the old worker in place.
use strict;
use warnings;
use Leat::Test;
use Leat::WorkerScript;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $usual = "log: {access: false}\ntimeouts: {start: 4s}\n";
my $leat = script_workers(Leat::Test->new(workers => 3, config => $usual), '')->start;

# Watches the workers while the code runs, or until it is true; returns the fewest that were ready
# and the most that were starting.
sub watch {
    my ($seconds, $code) = @_;
    my ($fewest, $most) = (1e9, 0);
    my $done = wait_for($seconds, sub {
        my %n = (ready => 0, starting => 0);
        $n{$_->{state}}++ for @{$leat->ctl_json('workers') // []};
        $fewest = $n{ready} if $n{ready} < $fewest;
        $most = $n{starting} if $n{starting} > $most;
        return $code->();
    });
    return ($done, $fewest, $most);
}
sub recycled { return $leat->ctl_json('status')->{recycled} }
sub count { my ($pattern) = @_; return scalar(() = $leat->log =~ /$pattern/g) }
sub ready_is { my ($n) = @_; return sub { $leat->worker_pids == $n } }

my $url = "http://127.0.0.1:$leat->{port}/v1/todos/5";
sub load {
    my $pid = fork // die;
    if (!$pid) { exec "exec wrk -c32 -t1 -d60s --timeout 60s $url >$leat->{dir}/wrk.out 2>&1" or POSIX::_exit(127) }
    return $pid;
}
sub end_load {
    my ($name, $pid) = @_;
    kill INT => $pid;
    waitpid $pid, 0;
    my $out = slurp("$leat->{dir}/wrk.out");
    like($out, qr/[1-9]\d* requests in/, "$name: under load");
    unlike($out, qr/Socket errors|Non-2xx/, "$name: no request failed") or diag $out;
}

my $wrk = load();

subtest 'recycle replaces every worker, one at a time' => sub {
    $leat->write('mode', 'sleep 1.3'); # longer than leat waits between two looks
    my @before = sort $leat->worker_pids;
    my $r = $leat->ctl('recycle');
    is("$r->{code} $r->{out}", "0 3 workers will be replaced, one at a time\n", 'recycle');
    my ($done, $fewest, $most) = watch(30, sub { recycled() == 3 });
    ok($done, 'replaces every worker');
    cmp_ok($fewest, '>=', 3, 'the replacement is ready before the old one goes');
    cmp_ok($most, '<=', 1, 'one at a time');
    $leat->write('mode', '');
    my %old = map { $_ => 1 } @before;
    is((scalar grep { $old{$_} } $leat->worker_pids), 0, 'by new ones');
    done_testing;
};

subtest 'recycle PID replaces that worker alone' => sub {
    my ($first, @others) = sort $leat->worker_pids;
    my $r = $leat->ctl('recycle', $first);
    is("$r->{code} $r->{out}", "0 1 workers will be replaced, one at a time\n", 'recycle PID');
    ok(wait_for(20, sub { recycled() == 4 }), 'replaces it');
    my %now = map { $_ => 1 } $leat->worker_pids;
    ok(!$now{$first} && !(grep { !$now{$_} } @others), 'and no other');
    done_testing;
};

subtest 'recycle.requests replaces workers that have answered so many' => sub {
    # A reload applies it at once, as the key is the master's own.
    $leat->configure($usual . "recycle: {requests: 2000}\n");
    is($leat->ctl('reload')->{code}, 0, 'recycle.requests');
    my $already = recycled();
    my ($done, $fewest, $most) = watch(30, sub { recycled() >= $already + 4 });
    ok($done, 'replaces workers that have answered so many');
    cmp_ok($fewest, '>=', 3, 'the replacement is ready first');
    cmp_ok($most, '<=', 1, 'one at a time');
    my @worn = $leat->log =~ /worker\.recycle pid=\d+ requests=(\d+) memory=\d+/g;
    is((scalar grep { $_ < 2000 } @worn[4 .. $#worn]), 0, 'and none before') or diag "@worn";
    like($leat->ctl('metrics')->{out}, qr/^leat_worker_recycled_total [1-9]/m, 'the metrics count them');
    done_testing;
};

subtest 'recycle.memory replaces workers that have grown' => sub {
    # Every worker has a megabyte of its own.
    $leat->configure($usual . "recycle: {memory: 1MiB}\n");
    is($leat->ctl('reload')->{code}, 0, 'recycle.memory');
    my $already = recycled();
    ok(wait_for(30, sub { recycled() > $already }), 'replaces workers that have grown');
    logged($leat, qr/worker\.recycle pid=\d+ requests=\d+ memory=(?!0$)\d{7,}$/m, 'and says how much');
    $leat->configure($usual . "recycle: {memory: 1GiB}\n");
    is($leat->ctl('reload')->{code}, 0, 'and not those that have not');
    done_testing;
};

subtest 'fails no request by recycling' => sub { end_load('recycling', $wrk); done_testing };
my $still = recycled();

$wrk = load();

subtest 'scales to the number that a command or a signal asks for' => sub {
    for my $row ([scale => 6], [scale => 2], [scale => 5], [scale => 1], [scale => 4]) {
        my ($verb, $n) = @$row;
        my $r = $leat->ctl($verb, $n);
        is("$r->{code} $r->{out}", "0 scaling to $n workers\n", "scale $n");
        ok(wait_for(20, ready_is($n)), "there are $n");
        is($leat->ctl_json('status')->{workers}, $n, 'and the status agrees');
    }
    $leat->signal('TTIN');
    ok(wait_for(20, ready_is(5)), 'TTIN: one more');
    $leat->signal('TTOU');
    ok(wait_for(20, ready_is(4)), 'TTOU: one fewer');
    done_testing;
};

subtest 'ends with the last of a quick series' => sub {
    # Faster than workers come and go.
    $leat->ctl('scale', $_) for 8, 1, 7, 2, 6, 3;
    my $is_last = sub {
        my %s;
        $s{$_->{state}}++ for @{$leat->ctl_json('workers')};
        return ($s{ready} // 0) == 3 && keys %s == 1;
    };
    ok(wait_for(20, $is_last), 'a quick series ends with the last');
    my @indexes = sort map { $_->{index} } @{$leat->ctl_json('workers')};
    is("@indexes", '0 1 2', 'each index once');
    done_testing;
};

subtest 'scales in the middle of a replacement' => sub {
    $leat->ctl('recycle');
    wait_for(20, sub { recycled() > $still });
    $leat->ctl('scale', 1);
    my $is_one = sub { my @w = @{$leat->ctl_json('workers')}; return @w == 1 && $w[0]{state} eq 'ready' };
    ok(wait_for(20, $is_one), 'scaled during a recycling') or diag explain $leat->ctl_json('workers');
    done_testing;
};

subtest 'fails no request by scaling' => sub { end_load('scaling', $wrk); done_testing };

subtest 'refuses numbers out of range, and stays at one worker at least' => sub {
    for my $bad ([0, 1], [1025, 1], [-1, 1], ['99999999999999999999', 1], ['abc', 2], ['2x', 2], ['', 2]) {
        my $r = $leat->ctl('scale', $bad->[0]);
        is("$r->{code} $r->{out}", "$bad->[1] ", "scale '$bad->[0]' is refused");
        my $why = $bad->[1] == 1 ? qr/^leatctl: workers must be from 1 to 1024$/ : qr/^usage: leatctl scale WORKERS$/;
        like($r->{err}, $why, 'says why');
    }
    is($leat->ctl_json('status')->{workers}, 1, 'and changes nothing');
    $leat->signal('TTOU');
    is($leat->ctl('status')->{code}, 0, 'TTOU of the last');
    is($leat->ctl_json('status')->{workers}, 1, 'is not followed');
    done_testing;
};

subtest 'returns to the configured number at a reload' => sub {
    $leat->ctl('scale', 2);
    ok(wait_for(20, ready_is(2)), 'two workers again');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    ok(wait_for(20, ready_is(3)), 'brings the configured number back');
    done_testing;
};

subtest 'leaves the old worker where its replacement fails' => sub {
    for my $mode ('exit 7', 'exec sleep 600') {
        $leat->write('mode', $mode);
        my @before = sort $leat->worker_pids;
        my $failures = count('worker\.not-replaced');
        is($leat->ctl('recycle', $before[0])->{code}, 0, "recycle, where workers $mode");
        ok(wait_for(20, sub { count('worker\.not-replaced') > $failures }), 'the replacement fails');
        logged($leat, qr/worker\.not-replaced pid=$before[0] reason="its replacement failed"/, 'which is logged');
        is("@{[sort $leat->worker_pids]}", "@before", 'the old worker stays');
        is($leat->get('/v1/health')->{status}, 200, 'and serves') for 1 .. 3;
        # A new request is honoured: the pause after a failure applies only to what leat does by itself.
        $leat->write('mode', '');
        my $already = recycled();
        is($leat->ctl('recycle', $before[0])->{code}, 0, 'asked once more');
        ok(wait_for(10, sub { recycled() == $already + 1 }), 'it is done');
    }
    logged($leat, qr/worker\.died pid=\d+ requests=0 reason="not ready within timeouts\.start"/,
        'a late one is killed');
    done_testing;
};

subtest 'refuses a pid that is no worker\'s' => sub {
    for my $pid ($leat->{pid}, 1, 0, -1, 4294967296, 2**32 + ($leat->worker_pids)[0]) {
        my $r = $leat->ctl('recycle', $pid);
        is("$r->{code} $r->{err}", "1 leatctl: no ready worker has that pid\n", "recycle $pid is refused");
    }
    done_testing;
};

all_done;
