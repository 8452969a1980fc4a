# SPDX-License-Identifier: MIT
# An idle leat needs little memory, and reloads leave nothing behind.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub pss_kb { my ($pid) = @_; return (slurp("/proc/$pid/smaps_rollup") =~ /^Pss:\s+(\d+)/m)[0] }
# Returns the process's private memory, because the share of libraries depends on other processes.
sub own_kb { my ($pid) = @_; return (slurp("/proc/$pid/smaps_rollup") =~ /^Pss_Anon:\s+(\d+)/m)[0] }
sub descriptors { my ($pid) = @_; return scalar(() = glob "/proc/$pid/fd/*") }
sub shared { return scalar(() = slurp("/proc/$_[0]/maps") =~ /leat-(?:shm|release|secret)/g) }

my $leat = Leat::Test->new(config => "log: {level: warn, access: false}\n");
$leat->launch;
wait_for(20, sub { $leat->ctl('status')->{code} == 0 && $leat->worker_pids == 2 }) or BAIL_OUT('leat did not start');
my $master = $leat->{pid};

subtest 'needs little memory when idle' => sub {
    SKIP: {
        skip 'memory is measured without sanitizers', 3 if is_sanitized();
        my $pss = pss_kb($master);
        cmp_ok($pss, '<=', 4096, "the master: $pss KB");
        for my $pid ($leat->worker_pids) {
            my $kb = pss_kb($pid);
            cmp_ok($kb, '<=', 12288, "a worker: $kb KB");
        }
    }
    done_testing;
};

sub retired { return wait_for(20, sub { my $s = $leat->ctl_json('status'); $s->{retiring} == 0 }) }

subtest 'leaves nothing behind after many reloads' => sub {
    $leat->ctl('reload') for 1 .. 20; # the heap finds its size
    retired();
    my ($kb, $fds, $maps) = (own_kb($master), settled(sub { descriptors($master) }), shared($master));
    my $reloads = scale(1000);
    my $failed = 0;
    for (1 .. $reloads) { $failed++ if $leat->ctl('reload')->{code} }
    is($failed, 0, "$reloads reloads");
    retired();
    becomes(sub { descriptors($master) }, $fds, 'no descriptor more');
    becomes(sub { shared($master) }, $maps, 'no shared memory more');
    SKIP: {
        skip 'memory is measured without sanitizers', 1 if is_sanitized();
        my $now = own_kb($master);
        cmp_ok($now, "<=", $kb + 128, "no memory more: $kb KB, then $now KB");
    }
    is($leat->get('/v1/health')->{status}, 200, 'and it serves');
    done_testing;
};

all_done;
