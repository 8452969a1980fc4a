# SPDX-License-Identifier: MIT
# Workers that keep dying are respawned at growing intervals, and an alarm is raised and ends; a first
# start in which no worker becomes ready fails with the worker's reason.
use strict;
use warnings;
use Leat::Test;
use Leat::WorkerScript;
use Test::More;
use Time::HiRes qw(sleep);

sub fails_to_start {
    my ($name, $leat, $pattern) = @_;
    $leat->launch;
    is($leat->wait_exit, 1, "$name: exit 1");
    logged($leat, $pattern, "$name: says why");
    unlike($leat->log, qr/master\.ready|worker\.backoff/, "$name: and does not try for ever");
}

subtest "a first start in which no worker becomes ready ends with exit 1 and the worker's reason" => sub {
    my $exits = script_workers(Leat::Test->new, 'exit 7');
    fails_to_start('workers that exit', $exits, qr/^worker \d exited with status 7 before it was ready$/m);
    my $crash = qr/^worker \d was killed by signal 11 \(Segmentation fault\) before it was ready$/m;
    fails_to_start('workers that crash', script_workers(Leat::Test->new, 'kill -SEGV $$'), $crash);
    my $hangs = script_workers(Leat::Test->new(config => "timeouts: {start: 1s}\n"), 'exec sleep 600');
    fails_to_start('workers that hang', $hangs, qr/^the new workers were not ready within timeouts\.start$/m);
    my $manual = Leat::Test->new;
    $manual->configure("database: {path: app.db, migrations: $manual->{folder}, migrate: manual}\n");
    fails_to_start('workers that refuse', $manual, qr/^\d+ migrations are pending/m);
};

my $leat = script_workers(Leat::Test->new(config => "crash-limit: 4\ncrash-window: 3s\n"), '')->start;
sub died { return scalar(() = $leat->log =~ /worker\.died pid=/g) }
sub delays { return join ' ', $leat->log =~ /worker\.backoff index=0 delay_ms=(\d+)/g }
my $find = sub {
    my ($index) = @_;
    return (grep { $_->{index} == $index && $_->{state} eq 'ready' } @{$leat->ctl_json('workers')})[0];
};
# A worker that has been ready for longer is well: its death is no part of a series.
my $is_well = sub { my $w = $find->(0); return $w && $w->{ready_ms} > 1100 };
my $other;

subtest 'a worker that keeps dying raises the alarm at crash-limit' => sub {
    ok(wait_for(10, $is_well), 'a worker that has been well for a while');
    $other = $find->(1)->{pid};
    is($leat->metric('leat_crash_loop'), 0, 'no alarm yet');
    $leat->write('mode', 'exit 7');
    kill KILL => $find->(0)->{pid};
    ok(wait_for(10, sub { died() >= 3 }), 'its first successors come at once');
    ok(!$leat->ctl_json('status')->{alarm}, 'below crash-limit there is no alarm');
    ok(wait_for(10, sub { $leat->ctl_json('status')->{alarm} }), 'crash-limit raises it') or diag $leat->log;
    is(died(), 4, 'with the death that reached it');
    is($leat->metric('leat_crash_loop'), 1, 'in the metrics too');
    like($leat->ctl('status')->{out}, qr/^ALARM +workers keep dying/m, 'and for people');
};

subtest 'its successors come at growing intervals, each death is told, and the other worker serves' => sub {
    ok(wait_for(10, sub { delays() eq '1000 2000 4000' }), 'the delay doubles') or diag delays();
    is(scalar(() = $leat->log =~ / error leat\[\d+\] alarm\.raised deaths=4: /g), 1, 'the log has it once');
    logged($leat, qr/worker\.died pid=\d+ requests=0 reason="worker 0 exited with status 7 before it was ready"/,
        'and each death with its reason');
    is($leat->metric('leat_worker_deaths_total'), died(), 'every death is counted');
    my %ready = map { $_->{state} => $_ } grep { $_->{index} == 0 } @{$leat->ctl_json('workers')};
    ok($ready{waiting} && $ready{waiting}{pid} == 0, 'the successor waits');
    is($leat->get('/v1/health')->{status}, 200, 'the other worker serves') for 1 .. 3;
    is($find->(1)->{pid}, $other, 'undisturbed');
};

subtest 'the alarm ends after a window without a death, and health resets the delay' => sub {
    $leat->write('mode', '');
    ok(wait_for(15, sub { $find->(0) }), 'a worker that does not crash is taken');
    ok(wait_for(15, sub { !$leat->ctl_json('status')->{alarm} }), 'the alarm ends after a window without a death');
    is($leat->metric('leat_crash_loop'), 0, 'in the metrics too');
    logged($leat, qr/ alarm\.ended /, 'and in the log');
    unlike($leat->ctl('status')->{out}, qr/ALARM/, 'and for people');
    ok(wait_for(10, $is_well), 'health');
    my $delays = delays();
    my $old = $find->(0)->{pid};
    kill KILL => $old;
    ok(wait_for(10, sub { my $w = $find->(0); $w && $w->{pid} != $old }), 'resets the delay') or diag delays();
    is(delays(), $delays, 'the next successor comes at once');
};

subtest 'a program that is missing is reported, and the worker starts once it is back' => sub {
    rename "$leat->{dir}/leat-worker", "$leat->{dir}/gone";
    kill KILL => $find->(0)->{pid};
    ok(wait_for(10, sub { $leat->log =~ /error .*leat-worker: No such file or directory/ }),
        'a worker that cannot be started is logged') or diag $leat->log;
    is($leat->get('/v1/health')->{status}, 200, 'the other still serves');
    rename "$leat->{dir}/gone", "$leat->{dir}/leat-worker";
    ok(wait_for(15, sub { $find->(0) }), 'and started once it can be');
};

all_done;
