# SPDX-License-Identifier: MIT
# Workers whose master was killed finish running requests quietly, and are gone by drain.timeout.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $leat = Leat::Test->new(config => "drain: {timeout: 4s, grace: 1s}\n")->start;
my @workers = $leat->worker_pids;
sub ticks {
    my $n = 0;
    for (@workers) {
        my @f = split ' ', slurp("/proc/$_/stat");
        $n += ($f[13] // 0) + ($f[14] // 0);
    }
    return $n;
}
sub answer { my ($s) = @_; return (Leat::Test::parse_answer(Leat::Test::read_all($s, 10)) // {status => 0})->{status} }

my (@half, @stay);
subtest 'lets workers wait without spinning when their master is gone' => sub {
    @half = map { my $s = $leat->connect; syswrite $s, "GET /v1/todos/1 HTTP/1.1\r\nHost: a\r\n"; $s } 1 .. 20;
    @stay = map { my $s = $leat->connect; syswrite $s, "GET /v1/todos/1 HTTP/1.1\r\n"; $s } 1 .. 20;
    my $in_head = sub { 40 == grep { $_->{phase} eq 'head' } @{$leat->ctl_json('requests')} };
    ok(wait_for(10, $in_head), 'clients in the middle of a request');
    kill KILL => $leat->{pid};
    waitpid $leat->{pid}, 0;
    delete $leat->{pid};
    ok(wait_for(10, sub { 2 == (() = $leat->log =~ /worker\.orphaned/g) }),
        'the workers notice that their master is gone');
    my $used = ticks();
    sleep 1;
    cmp_ok(ticks() - $used, '<', 30, 'and wait without spinning');
    done_testing;
};

subtest 'lets them finish what was begun, and go by drain.timeout' => sub {
    syswrite $_, "\r\n" for @half;
    is((scalar grep { answer($_) == 200 } @half), 20, 'what was begun is answered');
    ok(wait_for(15, sub { !grep { kill 0, $_ } @workers }), 'nobody stays past drain.timeout, whatever clients do')
        or kill KILL => @workers;
    is((scalar grep { Leat::Test::read_all($_, 5) eq '' } @stay), 20, 'and their connections end');
    logged($leat, qr/request\.cut phase=head/, 'which the log tells');
    done_testing;
};

unlink $leat->{socket};
all_done;
