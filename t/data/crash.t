# SPDX-License-Identifier: MIT
# Under kill -9 of a worker, of the master, and of all processes at once, each row that was answered 201 is
# there once, the database is whole, and a request that is repeated with its Idempotency-Key is done once.
use strict;
use warnings;
use Leat::Crash;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $kills = rounds(24, 1000);
my $leat = crashing(workers => 4)->start;

# Returns a worker that has lived for a second: younger ones that die are held back on purpose.
sub old_worker {
    my @old = grep { $_->{state} eq 'ready' && $_->{ready_ms} > 1000 } @{$leat->ctl_json('workers') // []};
    return @old ? $old[rand @old]{pid} : undef;
}

sub kill_worker {
    my $pid;
    ok(0, 'no worker is back') if !wait_for(60, sub { $pid = old_worker() });
    kill KILL => $pid if $pid;
}

# Its workers write on while the next master starts.
sub kill_master {
    kill KILL => $leat->{pid};
    again($leat);
}

sub kill_group {
    kill KILL => -$leat->{pid};
    again($leat);
}

subtest 'rows are written through all kills' => sub {
    my @kinds = ([worker => \&kill_worker], [worker => \&kill_worker], [group => \&kill_group],
        [worker => \&kill_worker], [master => \&kill_master]);
    my $clients = write_on($leat, 4);
    my ($done, %of) = (0);
    while ($done < $kills) {
        my ($kind, $code) = @{$kinds[$done % @kinds]};
        goes_on($leat) or last;
        sleep rand 0.05;
        $code->();
        $of{$kind}++;
        $done++;
    }
    is($done, $kills, join ', ', map { "$of{$_} of a $_" } sort keys %of);
    ok(goes_on($leat), 'rows are written afterwards');
    finish($leat, $clients);
};

subtest 'and each is there' => sub {
    my @told = told($leat);
    cmp_ok(scalar @told, '>=', $kills, scalar(@told) . ' were answered 201');
    kept("$leat->{dir}/app.db", \@told, 'while it runs');
    ok(wait_for(20, sub { 4 == (() = $leat->worker_pids) }), 'all workers are back');
    my ($waiting) = $leat->metric('leat_writer_waiting');
    is($waiting, 0, 'nobody waits for the lock of the dead');
    is($leat->stop, 0, 'it stops');
    kept("$leat->{dir}/app.db", \@told, 'and when it has stopped');
};

all_done;
