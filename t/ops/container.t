# SPDX-License-Identifier: MIT
# A container has all of the machine's processors in sight, but only its control group's time.
use strict;
use warnings;
use Leat::Test;
use Test::More;

plan skip_all => 'needs root and mount namespaces' if $> || system('unshare -m true >/dev/null 2>&1');
my $processors = qx(nproc) + 0;

# Starts with `workers: auto` and a file system of the test's own in place of the control groups'.
sub start_with_quota {
    my ($quota) = @_;
    my $script = 'mount -t tmpfs none /sys/fs/cgroup && echo "$1" >/sys/fs/cgroup/cpu.max && shift && exec "$@"';
    return Leat::Test->new(workers => 'auto', wrap => ['unshare', '-m', 'sh', '-c', $script, 'sh', $quota])->start;
}

subtest 'workers: auto follows the quota of the control group' => sub {
    for (['50000 100000', 1], ['100000 100000', 1], ['100001 100000', 2], ['max 100000', $processors],
         ['6400000 100000', $processors]) {
        my ($quota, $workers) = @$_;
        $workers = $processors if $workers > $processors;
        my $leat = start_with_quota($quota);
        like($leat->log, qr/master\.ready\b.*\bworkers=$workers\b/, "cpu.max is $quota");
        $leat->stop;
    }
};
all_done;
