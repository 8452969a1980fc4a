# SPDX-License-Identifier: MIT
# Where `listen` has port 0, the kernel chooses the port, and leat tells it.
use strict;
use warnings;
use IO::Socket::IP;
use Leat::Test;
use Test::More;

# Returns the TCP ports that a process listens at.
sub ports {
    my ($pid) = @_;
    my %inode = map { (readlink // '') =~ /^socket:\[(\d+)\]/ ? ($1 => 1) : () } glob "/proc/$pid/fd/*";
    my %port;
    for (split /\n/, slurp('/proc/net/tcp') . slurp('/proc/net/tcp6')) {
        my ($port, $state, $inode) = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ (\S\S)(?: +\S+){5} +(\d+)/ or next;
        $port{hex $port} = 1 if $state eq '0A' && $inode{$inode};
    }
    return sort keys %port;
}

my $leat = Leat::Test->new(workers => 1);
for (['127.0.0.1', '127.0.0.1'], ['"[::1]', '[::1]'], ['localhost', 'localhost'], ['"*', '*']) {
    my ($written, $host) = @$_;
    subtest "$host:0" => sub {
        my $quote = $written =~ /^"/ ? '"' : '';
        my $one = Leat::Test->new(workers => 1, config => "listen: [{address: $written:0$quote}]\n");
        $one->launch;
        wait_for(30, sub { $one->log =~ /master\.ready/ }) or return diag $one->log;
        my ($port) = ports($one->{pid});
        ok($port, 'a port was chosen');
        like($one->log, qr/master\.listening address=\Q$host\E:$port\n/, 'the log names it');
        is_deeply($one->ctl_json('status')->{listening}, ["$host:$port"], 'so does the status');
        like($one->ctl('status')->{out}, qr/^listening   \Q$host\E:$port\n/m, 'for people too');
        $one->{port} = $port;
        my %at = (PeerHost => $host eq '[::1]' ? '::1' : '127.0.0.1', PeerPort => $port);
        is($one->get('/v1/health', socket => IO::Socket::IP->new(%at))->{status}, 200, 'there it serves');
        is($one->ctl('reload')->{code}, 0, 'a reload');
        is_deeply($one->ctl_json('status')->{listening}, ["$host:$port"], 'keeps it');
    };
}

subtest 'a port that the configuration has, and a Unix socket, are told as they are' => sub {
    $leat->configure("listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:api.sock}]\n");
    $leat->start;
    my @addresses = ("127.0.0.1:$leat->{port}", "unix:$leat->{dir}/api.sock");
    is_deeply([sort @{$leat->ctl_json('status')->{listening}}], \@addresses, 'the status');
    logged($leat, qr/master\.listening address=\Q$_\E\n/, "the log names $_") for @addresses;
};

subtest 'an upgrade keeps the port' => sub {
    my $one = Leat::Test->new(workers => 1, config => "listen: [{address: 127.0.0.1:0}]\n");
    $one->start('--pid-file', "$one->{dir}/pid");
    my $before = $one->ctl_json('status')->{listening};
    is($one->ctl('upgrade')->{code}, 0, 'an upgrade');
    is($one->wait_exit, 0, 'the old master goes');
    $one->{pid} = slurp("$one->{dir}/pid") + 0;
    is_deeply($one->ctl_json('status')->{listening}, $before, 'the new one has it');
    kill TERM => delete $one->{pid};
    ok(wait_for(20, sub { !-e $one->{socket} }), 'a stop');
};
all_done;
