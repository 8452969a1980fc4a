# SPDX-License-Identifier: MIT
# The control socket serves leatctl by JSON-RPC, and nothing that a client does disturbs the master.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $leat = Leat::Test->new->start;

subtest "leatctl tells people and programs what runs, over a socket that is its owner's" => sub {
    is(sprintf('%o', (stat $leat->{socket})[2] & 07777), '600', 'the socket is for its owner');
    my $status = $leat->ctl('status');
    is($status->{code}, 0, 'status');
    like($status->{out}, qr/^leat \S+  pid $leat->{pid}  serving since .*^workers     2 of 2 ready/ms, 'for people');
    is($leat->ctl_json('status')->{pid}, $leat->{pid}, 'as JSON');
    is(scalar(() = $leat->ctl('workers')->{out} =~ / ready /g), 2, 'workers');
    ok(!(grep { length > 100 } split /\n/, $leat->ctl('workers')->{out}), 'in narrow lines');
};

subtest 'leatctl prints a release, help and version, and exits with 3 when nothing listens' => sub {
    like($leat->ctl('release')->{out}, qr/"config":/, 'release');
    my $none = run_command(Leat::Test::build() . '/leatctl', '--socket', "$leat->{dir}/none.sock", 'status');
    is($none->{code}, 3, 'nothing listens: exit 3');
    like($none->{err}, qr{none\.sock: No such file or directory; is leat running}, 'and says so');
    is($leat->ctl('frobnicate')->{code}, 2, 'an unknown command: exit 2');
    is($leat->ctl('--help')->{code}, 0, '--help');
    like($leat->ctl('--version')->{out}, qr/^leatctl /, '--version');
};
sub talk {
    my ($text) = @_;
    my $s = IO::Socket::UNIX->new(Peer => $leat->{socket}) or return 'no connection';
    syswrite $s, $text;
    return Leat::Test::read_all($s, 3, sub { $_[0] =~ /\n\z/ });
}
my @rows = (
    ["garbage\n", -32700, 'garbage'],
    ["{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"nothing\"}\n", -32601, 'an unknown method'],
    ["{\"id\":1,\"method\":\"status\"}\n", -32600, 'no version'],
    ["[]\n", -32600, 'no object'],
    ['[' x 100 . "\n", -32700, 'nested too deeply'],
);

subtest 'every line is answered by a result or by the error that JSON-RPC names' => sub {
    for my $row (@rows) {
        my $answer = eval { decode_json(talk($row->[0])) } // {};
        is($answer->{error}{code}, $row->[1], "$row->[2]: error $row->[1]");
    }
    is(decode_json(talk("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"status\"}\n"))->{id}, 'x', 'the id comes back');
    my @both = map { qq({"jsonrpc":"2.0","id":$_->[0],"method":"$_->[1]"}\n) } [1, 'workers'], [2, 'help'];
    my $two = talk(join '', @both);
    like($two, qr/"id":1.*\n/, 'two requests in one write');
    is(talk('x' x (1 << 20)), '', 'a line of 1 MiB ends the connection');
};

subtest 'clients that are idle or send half a line lock nobody out' => sub {
    my @idle = map { IO::Socket::UNIX->new(Peer => $leat->{socket}) } 1 .. 500;
    is($leat->ctl('status')->{code}, 0, '500 idle clients do not lock leatctl out');
    my @partial = map {
        my $s = IO::Socket::UNIX->new(Peer => $leat->{socket});
        syswrite $s, '{"jsonrpc"' if $s;
        $s;
    } 1 .. 100;
    is($leat->ctl('reload')->{code}, 0, 'nor do clients that send half a line');
    is($leat->get('/v1/health')->{status}, 200, 'and requests are answered');
    undef @idle;
    undef @partial;
};

subtest 'a client that sends requests and does not read is not answered without end' => sub {
    my $greedy = IO::Socket::UNIX->new(Peer => $leat->{socket}, Blocking => 0);
    my $asked = 0;
    for (1 .. 20000) {
        syswrite($greedy, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"release\"}\n") ? $asked++ : sleep 0.0001;
    }
    my ($rss) = slurp("/proc/$leat->{pid}/status") =~ /^VmRSS:\s+(\d+)/m;
    cmp_ok($rss, '<', is_sanitized() ? 200000 : 20000, "$asked unread answers: $rss KB");
    undef $greedy;
};

subtest 'a reload whose caller leaves is finished all the same' => sub {
    for (1 .. 5) {
        my $s = IO::Socket::UNIX->new(Peer => $leat->{socket});
        syswrite $s, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"reload\"}\n";
        close $s;
    }
    my $is_idle = sub { my $now = $leat->ctl_json('status'); return $now && $now->{reload}{state} eq 'idle' };
    ok(wait_for(20, $is_idle), 'reloads whose callers left are finished');
    ok(kill(0, $leat->{pid}), 'the master lives');
};

subtest 'leatctl stop ends the master' => sub {
    my $stop = $leat->ctl('stop');
    is($stop->{code}, 0, 'stop');
    is($leat->wait_exit, 0, 'ends it');
};

all_done;
