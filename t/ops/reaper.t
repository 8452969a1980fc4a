# SPDX-License-Identifier: MIT
# The master waits for orphans that it inherits, as PID 1 of a container or as a subreaper, and for its
# own children as before.
use strict;
use warnings;
use Leat::Test;
use Test::More;

# Becomes a subreaper, and leaves it a child that makes orphans: each line of the file is their number.
# That child ends when the file is gone.
my $nursery = <<'PERL';
my ($orders, @program) = @ARGV;
syscall 157, 36, 1, 0, 0, 0; # prctl(PR_SET_CHILD_SUBREAPER, 1)
exec @program if fork;
for (my $done = 0; open my $in, '<', $orders; select undef, undef, undef, 0.02) {
    my @orders = <$in>;
    for my $count (@orders[$done .. $#orders]) {
        my $parent = fork // die;
        if (!$parent) {
            for (1 .. $count) { fork or do { select undef, undef, undef, 0.05; exit } }
            exit;
        }
        waitpid $parent, 0;
        $done++;
        open my $out, '>', "$orders.done";
        print {$out} $done;
    }
}
PERL

# Returns the children of a process, zombies included.
sub children {
    my ($parent) = @_;
    return grep { slurp("/proc/$_/stat") =~ /\) \S $parent / } map { m{^/proc/(\d+)$} } glob '/proc/[0-9]*';
}

my $leat = Leat::Test->new(workers => 2);
$leat->write('orders', '');
$leat->{wrap} = ['perl', '-e', $nursery, "$leat->{dir}/orders"];
$leat->start;
my $ordered = 0;
sub order {
    my ($count) = @_;
    $ordered++;
    open my $out, '>>', "$leat->{dir}/orders" or die;
    print {$out} "$count\n";
    close $out;
}
sub is_done { return slurp("$leat->{dir}/orders.done") eq $ordered }
my $count_children = sub { return scalar children($leat->{pid}) };

subtest 'a subreaper waits for orphans' => sub {
    for my $count (1, 3, 100) {
        order($count);
        ok(wait_for(20, \&is_done), "$count orphans");
        becomes($count_children, 3, 'none is left beside two workers and the process that makes them');
    }
};

subtest 'its own children are seen to end among them' => sub {
    for my $round (1 .. 5) {
        my ($worker) = $leat->worker_pids;
        order(50);
        kill KILL => $worker;
        my $deaths = sub { scalar(() = $leat->log =~ /worker\.died .*was killed by signal 9/g) };
        becomes($deaths, $round, "round $round: the death of a worker is noticed, with its cause");
        my $has_both = sub { my @pids = $leat->worker_pids; return @pids == 2 && !grep { $_ == $worker } @pids };
        ok(wait_for(20, $has_both), 'and it is replaced');
    }
    order(50);
    is($leat->ctl('reload')->{code}, 0, 'so is the end of a check');
    ok(wait_for(20, \&is_done), 'all were made');
    becomes($count_children, 3, 'and none is left');
};

subtest 'a child of the shell that was there before is waited for too' => sub {
    unlink "$leat->{dir}/orders";
    becomes($count_children, 2, 'the workers are left');
    is($leat->stop, 0, 'a stop');
};

subtest 'PID 1 waits for orphans' => sub {
    my @wrap = qw(unshare -pf --mount-proc --kill-child);
    plan skip_all => 'needs root and namespaces' if $> || system("@wrap true >/dev/null 2>&1");
    my $first = Leat::Test->new(workers => 1, wrap => \@wrap)->start;
    my ($master) = children($first->{pid});
    system 'nsenter', '-t', $master, '-p', '-m', 'sh', '-c', 'sleep 0.1 & sleep 0.1 & sleep 0.1 &';
    becomes(sub { scalar children($master) }, 1, 'its worker is left');
    kill TERM => $master;
    is($first->wait_exit, 0, 'a stop');
};
all_done;
