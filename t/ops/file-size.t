# SPDX-License-Identifier: MIT
# A write beyond RLIMIT_FSIZE is an error, as on a full disk, and kills nobody.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $build = Leat::Test::build();
sub limited { my ($kib) = @_; return ('prlimit', '--fsize=' . $kib * 1024, '--') }

subtest 'the log reaches the limit' => sub {
    my $leat = Leat::Test->new(workers => 2, config => "log: {path: big}\n");
    $leat->launch;
    ok(wait_for(30, sub { slurp("$leat->{dir}/big") =~ /master\.ready/ }), 'a start');
    my @workers = $leat->worker_pids;
    my $size = -s "$leat->{dir}/big";
    system 'prlimit', '--pid', $_, '--fsize=' . ($size + 2000) for $leat->{pid}, @workers;
    my $s = $leat->connect;
    my $answered = grep { $leat->get('/v1/todos/1', socket => $s)->{status} == 200 } 1 .. 100;
    is($answered, 100, 'requests are answered');
    ok(wait_for(20, sub { $leat->ctl_json('status')->{log_dropped} }), 'lines are dropped and counted');
    is("@{[sort $leat->worker_pids]}", "@{[sort @workers]}", 'no worker died');
    is($leat->stop, 0, 'a stop');
};

subtest 'the database reaches the limit' => sub {
    my $leat = Leat::Test->new(workers => 1)->start;
    my ($worker) = $leat->worker_pids;
    system 'prlimit', '--pid', $worker, '--fsize=4096';
    my $r = $leat->post('/v1/todos', {title => 'x' x 60, list_id => 1}) // {status => 'no answer'};
    like($r->{status}, qr{^50[0-9]$}, 'a write is an error');
    is($leat->get('/v1/todos/1')->{status}, 200, 'reads go on');
    is("@{[$leat->worker_pids]}", $worker, 'the worker lives');
    is($leat->stop, 0, 'a stop');
};

subtest 'the start and the commands fail with a message' => sub {
    my $leat = Leat::Test->new(workers => 1);
    my $r = run_command(limited(4), "$build/leat", '-c', $leat->{config_path});
    is($r->{code}, 71, 'a limit that shared memory does not fit into');
    like($r->{err}, qr/^creating the shared memory: File too large$/m, 'and the reason');
    $r = run_command(limited(4), "$build/leat", 'migrate', 'up', '-c', $leat->{config_path});
    is($r->{code}, 1, 'leat migrate up');
    unlike($r->{err}, qr/signal|crash/, 'is not killed') or diag $r->{err};
    is(run_command(limited(4), "$build/leat", 'check', '-c', $leat->{config_path})->{code} & 128, 0,
        'nor is leat check');
};
all_done;
