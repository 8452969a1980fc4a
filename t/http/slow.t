# SPDX-License-Identifier: MIT
# slowhttptest's clients, which send heads and bodies in drops and read answers in drops, are cut at their
# timeouts; everybody else is served meanwhile.
use strict;
use warnings;
use Leat::Program;
use Leat::Test;
use Test::More;

my $slowhttptest = require_program('slowhttptest');
my $leat = Leat::Test->new(config => <<'CONFIG')->start;
timeouts: {head: 1s, body: 1s, write: 1s, idle: 3s, idle-trusted: 3s}
limits: {body: 64KiB}
CONFIG
my $url = "http://127.0.0.1:$leat->{port}/v1/todos";

# Counts connections to our port that cost us something: established, or with unread data.
sub open_connections {
    my $port = sprintf ':%04X', $leat->{port};
    my @rows = map { [split] } grep { /\S/ } split /\n/, slurp('/proc/net/tcp');
    return scalar grep { $_->[1] =~ /$port\z/ && $_->[3] =~ /^0[14]/ } @rows; # ESTABLISHED, FIN_WAIT1
}

# Runs until all connections of the attack are cut, at most 20 s.
sub attack {
    my ($name, @options) = @_;
    my $pid = fork;
    if (!$pid) {
        open STDOUT, '>', "$leat->{dir}/$name";
        open STDERR, '>&', \*STDOUT;
        exec $slowhttptest, '-c', 60, '-r', 200, '-l', 20, '-p', 3, '-u', $url, @options;
    }
    my ($asked, $served, $most) = (0, 0, 0);
    my $done = wait_for(20, sub {
        $asked++;
        my $r = $leat->get('/v1/todos/1');
        $served++ if $r && $r->{status} == 200;
        my $open = open_connections();
        $most = $open if $open > $most;
        return $most > 20 && $open <= 3;
    });
    ok($done, "$name: $most connections were open, and cut");
    is($served, $asked, "$name: others were served meanwhile");
    kill TERM => $pid;
    waitpid $pid, 0;
    unlike(slurp("$leat->{dir}/$name"), qr/service available:\S*\s+\S*NO/, "$name: the service was there all the time");
}
# Bodies have a type that the operation accepts, as another would be answered at once.
my @attacks = (
    ['heads', '-H', '-i', 2, '-t', 'GET'],
    ['bodies', '-B', '-i', 2, '-s', 8192, '-t', 'POST', '-f', 'application/json'],
    ['readers', '-X', '-w', 1, '-y', 8, '-n', 1, '-z', 1, '-k', 5],
);
for my $row (@attacks) {
    my ($name, @options) = @$row;
    subtest "slow $name are cut, and others are served meanwhile" => sub { attack($name, @options) };
}

subtest 'the cuts are counted, and all is well' => sub {
    my $cut = $leat->metric('leat_connections_cut_total');
    cmp_ok($cut, '>=', 60, "$cut connections were cut at a timeout");
    is($leat->get('/v1/todos/1')->{status}, 200, 'and all is well');
};

all_done;
