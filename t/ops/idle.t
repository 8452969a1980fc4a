# SPDX-License-Identifier: MIT
# A connection that waits for a request is closed after timeouts.idle, or after timeouts.idle-trusted if its
# peer is trusted: a load balancer must never find that a connection of its pool has just been closed.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Client;
use Leat::Test;
use Test::More;

my $get = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";

sub start {
    my ($timeouts) = @_;
    my $leat = Leat::Test->new(workers => 1);
    $leat->{$_} = Leat::Test::free_port() for qw(trusting proxied other);
    $leat->configure(<<"YAML");
listen:
- {address: 127.0.0.1:$leat->{port}}
- {address: 127.0.0.1:$leat->{trusting}, trusted: [127.0.0.0/8]}
- {address: 127.0.0.1:$leat->{proxied}, trusted: [127.0.0.1], proxy: any}
- {address: 127.0.0.1:$leat->{other}, trusted: [10.0.0.0/8, unix]}
- {address: unix:$leat->{dir}/trusting.sock, trusted: [unix]}
- {address: unix:$leat->{dir}/plain.sock}
timeouts: {$timeouts}
YAML
    return $leat->start;
}
# Connects, and sends what comes first; with `asks` also a request, and takes its answer.
sub enter {
    my ($leat, $where, $first, $asks) = @_;
    my $s = $leat->{$where} || $where eq 'port' ? dial($leat->{$where})
        : IO::Socket::UNIX->new(Peer => "$leat->{dir}/$where");
    syswrite $s, $first if length $first;
    return $s if !$asks;
    syswrite $s, $get;
    is(Leat::Client::answer($s, 5)->{status}, 200, "$where: a request");
    return $s;
}
# Returns the connections of the rows, fresh ones and ones that have been answered.
sub enter_all {
    my ($leat, @rows) = @_;
    return map { my $row = $_; map { enter($leat, @$row, $_) } 0, 1 } @rows;
}
sub are_closed {
    my @left = @_;
    return wait_for(20, sub { @left = grep { !is_closed($_) } @left; return !@left });
}
sub is_served {
    my ($s) = @_;
    syswrite $s, $get;
    my $r = Leat::Client::answer($s, 5);
    return $r && $r->{status} == 200;
}

my $proxy = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
my @trusted = (['trusting', ''], ['proxied', $proxy], ['trusting.sock', '']);
my @others = (['port', ''], ['other', ''], ['plain.sock', '']);
for my $row (
    ['trusted peers keep their connections when those of others are closed', 'idle: 1s, idle-trusted: 1h',
        \@others, \@trusted],
    ['others keep theirs when those of trusted peers are closed', 'idle: 1h, idle-trusted: 1s', \@trusted, \@others],
) {
    my ($name, $timeouts, $short, $long) = @$row;
    subtest $name => sub {
        my $leat = start($timeouts);
        my @long = enter_all($leat, @$long);
        my @short = enter_all($leat, @$short);
        ok(are_closed(@short), 'after the shorter time') or diag $leat->log;
        is(scalar(grep { is_served($_) } @long), scalar(@long), 'and the others are still served');
        $leat->stop;
    };
}

subtest 'the defaults outlive the load balancers' => sub {
    my $text = Leat::Test->new(workers => 1)->leat('config', '--defaults')->{out};
    my %default = $text =~ /^ +(idle|idle-trusted): (\d+)s$/mg;
    cmp_ok($default{idle}, '>', 60, 'nginx and ALB keep connections for 60 s');
    cmp_ok($default{'idle-trusted'}, '>', 600, 'Google Cloud keeps connections for 600 s');
};

subtest 'the check warns of a time that a load balancer outlasts' => sub {
    my $warning = qr{leat\.yaml:\d+:26: warning: timeouts\.idle-trusted: load balancers keep idle connections for 60 s};
    for my $row (
        ['trusted: [10.0.0.0/8]', '60s', 1],
        ['trusted: [unix]', '100ms', 1],
        ['trusted: [10.0.0.1], proxy: v2', '59s', 1],
        ['trusted: [10.0.0.0/8]', '61s', 0],
        ['trusted: []', '1s', 0],
        ['serve: [api]', '1s', 0],
    ) {
        my ($keys, $time, $warns) = @$row;
        my $leat = Leat::Test->new(workers => 1);
        $leat->configure("listen: [{address: '127.0.0.1:1', $keys}]\ntimeouts: {idle-trusted: $time}\n");
        my $r = $leat->leat('check');
        is(($r->{err} =~ $warning ? 1 : 0) . " $r->{code}", "$warns 0", "$keys, $time") or diag $r->{err};
    }
};
all_done;
