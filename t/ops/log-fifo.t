# SPDX-License-Identifier: MIT
# A FIFO as log needs no reader, at the start or later: requests are served, lines that nobody reads are
# dropped and counted, and a reader that comes gets what is written then.
use strict;
use warnings;
use Fcntl;
use Leat::Test;
use POSIX qw(mkfifo);
use Test::More;

sub with_fifos {
    my ($config, @names) = @_;
    my $leat = Leat::Test->new(workers => 2, config => $config);
    mkfifo("$leat->{dir}/$_", 0600) or die "mkfifo: $!" for @names;
    $leat->launch;
    my $health = sub {
        my $s = $leat->connect or return;
        my $r = $leat->get('/v1/health', socket => $s);
        return $r && $r->{status} == 200;
    };
    ok(wait_for(30, $health), 'it starts without a reader') or diag $leat->log;
    return $leat;
}
sub reader { my ($leat, $name) = @_; sysopen my $in, "$leat->{dir}/$name", O_RDONLY | O_NONBLOCK or die; return $in }
# Reads what is there.
sub heard { my ($in) = @_; my $text = ''; 1 while sysread $in, $text, 65536, length $text; return $text }
# Sends requests until enough is logged to fill a pipe.
sub flood {
    my ($leat) = @_;
    my $s = $leat->connect;
    my $answered = 0;
    for (1 .. 1500) {
        my $r = $leat->get('/v1/todos/1', socket => $s, headers => {'X-Request-Id' => 'r' x 60});
        $answered += $r && $r->{status} == 200 ? 1 : 0;
    }
    return $answered;
}
sub is_well {
    my ($leat, @workers) = @_;
    is("@{[sort $leat->worker_pids]}", "@{[sort @workers]}", 'no worker died');
    is($leat->ctl('log-level', 'info')->{code}, 0, 'the master answers');
}

subtest 'log.path is a FIFO' => sub {
    my $leat = with_fifos("log: {path: fifo}\n", 'fifo');
    my @workers = $leat->worker_pids;
    is(flood($leat), 1500, 'requests are answered while nobody reads');
    is_well($leat, @workers);
    ok(wait_for(20, sub { $leat->ctl_json('status')->{log_dropped} }), 'and what the FIFO does not hold is dropped');
    my $in = reader($leat, 'fifo');
    my $text = '';
    my $ask = sub { $leat->get('/v1/health', headers => {'X-Request-Id' => $_[0]}); return $text .= heard($in) };
    ok(wait_for(20, sub { my $all = $ask->('first'); $all =~ /log\.dropped lines=/ && $all =~ /first/ }),
        'a reader that comes gets new lines, and the number of those that were dropped');
    close $in;
    is(flood($leat), 1500, 'the reader goes, and requests are answered');
    is_well($leat, @workers);
    $in = reader($leat, 'fifo');
    ok(wait_for(20, sub { $ask->('second') =~ /second/ }), 'another reader');
    is($leat->ctl('reopen')->{code}, 0, 'the log is reopened');
    close $in;
    is($leat->ctl('reopen')->{code}, 0, 'also without a reader');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is($leat->stop, 0, 'a stop without a reader');
};

subtest 'log.access-path is a FIFO' => sub {
    my $leat = with_fifos("log: {access-path: fifo}\n", 'fifo');
    my @workers = $leat->worker_pids;
    is(flood($leat), 1500, 'requests are answered while nobody reads');
    is_well($leat, @workers);
    ok(wait_for(20, sub { $leat->ctl('log-level', 'info'); 3 <= (() = $leat->log =~ /control\.command/g) }),
        'the other log goes on');
    close reader($leat, 'fifo');
    is(flood($leat), 1500, 'after a reader has gone too');
    is_well($leat, @workers);
    is($leat->stop, 0, 'a stop');
};

subtest 'both are, and become FIFOs when they are reopened' => sub {
    my $leat = Leat::Test->new(workers => 2, config => "log: {path: a, access-path: b}\n")->launch;
    ok(wait_for(30, sub { slurp("$leat->{dir}/a") =~ /master\.ready/ }), 'files at first');
    my @workers = $leat->worker_pids;
    unlink map { "$leat->{dir}/$_" } qw(a b);
    mkfifo("$leat->{dir}/$_", 0600) for qw(a b);
    is($leat->ctl('reopen')->{code}, 0, 'reopened');
    is(flood($leat), 1500, 'requests are answered');
    is_well($leat, @workers);
    is($leat->stop, 0, 'a stop');
};

subtest 'the pipe of descriptor 2 loses its reader' => sub {
    my $leat = Leat::Test->new(workers => 2);
    mkfifo("$leat->{dir}/pipe", 0600);
    my $in = reader($leat, 'pipe');
    $leat->{wrap} = ['sh', '-c', 'exec "$@" >"$0" 2>&1', "$leat->{dir}/pipe"];
    $leat->launch;
    my $text = '';
    ok(wait_for(30, sub { ($text .= heard($in)) =~ /master\.ready/ }), 'it starts') or diag $text;
    my @workers = $leat->worker_pids;
    close $in;
    is(flood($leat), 1500, 'requests are answered');
    is_well($leat, @workers);
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is($leat->stop, 0, 'a stop');
};
all_done;
