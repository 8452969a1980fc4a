# SPDX-License-Identifier: MIT
# Programs that are started with some of the descriptors 0, 1 and 2 closed open them to /dev/null, and
# write into no other file.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $build = Leat::Test::build();
my @sets = ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]);
# Returns a command that closes descriptors and then executes.
sub closing { my ($fds) = @_; return ('sh', '-c', 'exec "$@" ' . join(' ', map { "$_>&-" } @$fds), 'sh') }
sub descriptor { my ($pid, $fd) = @_; return readlink("/proc/$pid/fd/$fd") // 'closed' }

subtest 'leat serves, and its workers have the same' => sub {
    for my $set (@sets) {
        my $leat = Leat::Test->new(workers => 1, wrap => [closing($set)]);
        $leat->launch;
        my $status = sub {
            my $s = $leat->connect or return;
            my $r = $leat->get('/v1/health', socket => $s);
            return $r && $r->{status} == 200;
        };
        ok(wait_for(30, $status), "without @$set: it serves") or next;
        is(descriptor($leat->{pid}, $_), '/dev/null', "descriptor $_ of the master") for @$set;
        my ($worker) = $leat->worker_pids;
        is(descriptor($worker, 2), descriptor($leat->{pid}, 2), 'descriptor 2 of the worker is that of the master');
        is($leat->ctl('reload')->{code}, 0, 'a reload');
        is($leat->stop, 0, 'a stop');
        unlike(slurp("$leat->{dir}/$_"), qr/master\./, "no line is in $_") for qw(app.db leat.yaml);
    }
};

my $leat = Leat::Test->new(workers => 1)->start;

subtest 'leat check has the status that it has with all of them' => sub {
    for my $set (@sets) {
        is(run_command(closing($set), "$build/leat", 'check', '-c', $leat->{config_path})->{code}, 0, "without @$set");
        is(run_command(closing($set), "$build/leat", 'check', '-c', "$leat->{dir}/none")->{code}, 1, 'an error');
    }
};

subtest 'leatctl too, and prints nothing to the master' => sub {
    for my $set (@sets) {
        is(run_command(closing($set), "$build/leatctl", '-s', $leat->{socket}, 'status')->{code}, 0, "without @$set");
        is(run_command(closing($set), "$build/leatctl", '-s', $leat->{socket}, 'ban')->{code}, 2, 'wrong usage');
    }
    unlike($leat->log, qr/control\.(?:garbage|invalid|error)/, 'the master got no line that is no request');
};

subtest 'leat-worker too' => sub {
    is(run_command(closing($_), "$build/leat-worker", '--version')->{code}, 0, "without @$_") for @sets;
    my $r = run_command(closing([0, 2]), "$build/leat-worker", '--check', $leat->{config_path});
    is($r->{code}, 0, 'a check') or diag explain $r;
};
all_done;
