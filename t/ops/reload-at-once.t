# SPDX-License-Identifier: MIT
# Once `leatctl reload` has reported success, every new connection is answered by the new
# generation, however busy the machine is.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;

my $leat = Leat::Test->new->start;
sub spin { my $parent = getppid; 1 while getppid == $parent; POSIX::_exit(0) }
my @busy = map { my $pid = fork // die; spin() if !$pid; $pid } 1 .. 6;
END { kill KILL => @busy if @busy && $leat->{owner} == $$ }

subtest 'answers every new connection by the new generation after a successful reload' => sub {
    my @stale;
    for my $i (1 .. scale(30)) {
        $leat->configure("health: {live: /alive$i}\n");
        my $code = $leat->ctl('reload')->{code};
        my @got = map { ($leat->get("/alive$i") // {})->{status} // 'nothing' } 1 .. 4;
        push @stale, "reload $i: exit $code, then @got" if $code || grep { $_ ne '200' } @got;
    }
    kill KILL => @busy;
    waitpid $_, 0 for @busy;
    @busy = ();
    is(join('; ', @stale), '', 'the old generation answers none');
    done_testing;
};

all_done;
