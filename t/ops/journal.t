# SPDX-License-Identifier: MIT
# Lines for the journal begin with their priority (sd-daemon(3)); lines for anything else do not.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $own = 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"';
sub started {
    my ($environment, $config) = @_;
    my $leat = Leat::Test->new(workers => 1);
    $leat->{wrap} = ['sh', '-c', $environment, 'sh'];
    $leat->configure($config // "log: {access: true}\n");
    $leat->start;
    Leat::Test::wait_for(10, sub { $leat->log =~ /worker\.ready/ && $leat->log =~ /master\.ready/ });
    return $leat;
}
# Returns the priorities of the lines that have this event.
sub priorities {
    my ($leat, $event) = @_;
    my %seen = map { /\A(?:<(\d)>)?/; ($1 // 'none') => 1 } grep { /\b\Q$event\E\b/ } split /\n/, $leat->log;
    return join ' ', sort keys %seen;
}

subtest 'each line has the priority of its level' => sub {
    my $leat = started($own);
    $leat->get('/v1/health');
    kill KILL => $leat->worker_pids;
    logged($leat, qr/worker\.died/, 'a worker dies');
    is($leat->ctl('scale', 2)->{code}, 0, 'an operator changes something');
    my %want = ('master.ready' => 6, 'worker.ready' => 6, 'worker.died' => 3, 'control.command' => 5, ' request ' => 6);
    for my $event (sort keys %want) {
        (my $word = $event) =~ s/ //g;
        becomes(sub { priorities($leat, $word) }, $want{$event}, $event);
    }
    is(scalar(grep { !/\A<\d>\d{4}-/ } split /\n/, $leat->log), 0, 'no line has none') or diag $leat->log;
    $leat->finish;
};

subtest 'JSON too' => sub {
    my $leat = started($own, "log: {access: true, format: json}\n");
    $leat->get('/v1/health');
    becomes(sub { priorities($leat, 'request') }, 6, 'a request');
    my @json = grep { /"event"/ } split /\n/, $leat->log;
    is(scalar(grep { !/\A<\d>\{.*\}\z/ } @json), 0, 'the priority stands before the object');
    $leat->finish;
};

my %others = (
    'no JOURNAL_STREAM'      => 'unset JOURNAL_STREAM; exec "$@"',
    'that of another stream' => 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/exe) exec "$@"',
    'another device'         => 'JOURNAL_STREAM=1:$(stat -L -c %i /proc/self/fd/2) exec "$@"',
    'a broken one'           => 'JOURNAL_STREAM=x:y exec "$@"',
    'half of one'            => 'JOURNAL_STREAM=$(stat -L -c %d /proc/self/fd/2) exec "$@"',
);
for my $name (sort keys %others) {
    subtest "$name: no priorities" => sub {
        my $leat = started($others{$name});
        is(priorities($leat, 'master.ready') . ' ' . priorities($leat, 'worker.ready'), 'none none', 'none');
        $leat->finish;
    };
}

subtest 'a log file has none, wherever standard error goes' => sub {
    my $leat = Leat::Test->new(workers => 1);
    $leat->{wrap} = ['sh', '-c', $own, 'sh'];
    $leat->configure("log: {path: $leat->{dir}/leat.txt}\n");
    $leat->launch;
    ok(wait_for(10, sub { Leat::Test::slurp("$leat->{dir}/leat.txt") =~ /worker\.ready/ }), 'it is written');
    unlike(Leat::Test::slurp("$leat->{dir}/leat.txt"), qr/^</m, 'without priorities');
    $leat->finish;
};
all_done();
