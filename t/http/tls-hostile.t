# SPDX-License-Identifier: MIT
# Clients that send no handshake, stop in one or break it end their own connection, and nothing else.
use strict;
use warnings;
use Leat::Relay;
use Leat::Test;
use Leat::Tls;
use Test::More;
use Time::HiRes qw(sleep);

my $leat = start_tls();
my $hello = good_hello();

subtest 'bytes that are no handshake are answered with no HTTP, and counted' => sub {
    for my $row (
        ['plain HTTP', "GET /who HTTP/1.1\r\nHost: a\r\n\r\n"],
        ['an HTTP/2 preface', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
        ['noise', join '', map { chr(($_ * 167 + 13) % 256) } 1 .. 4000],
        ['zeros', "\0" x 70000],
        ['a record that is too long', "\x16\x03\x01\xff\xff" . 'x' x 70000],
        ['a hello whose length lies', substr($hello, 0, 6) . "\xff\xff\xff" . substr($hello, 9)],
        ['an old hello of SSL 2', "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" . "\x01\x00\x80" x 7 . 'x' x 16],
        ['application data first', "\x17\x03\x03\x00\x20" . 'x' x 32],
        ['an alert', "\x15\x03\x01\x00\x02\x02\x28"],
        ['a hello, and noise', $hello . "\x16\x03\x03\x40\x00" . 'x' x 0x4000],
        ['a heartbeat', $hello . "\x18\x03\x02\x00\x03\x01\x40\x00"],
        )
    {
        my $before = errors();
        my $s = poke($row->[1]);
        my $text = Leat::Test::read_all($s, 20);
        unlike($text, qr{HTTP/|Bad Request}, "$row->[0]: no HTTP for an answer");
        ok(wait_for(5, sub { errors() == $before + 1 }), '… closed, and counted') or diag(errors() - $before);
    }
};

subtest 'handshakes, heads and bodies that stop are cut at their timeout' => sub {
    my $before = errors();
    my %stopped = (
        'half a hello' => poke(substr $hello, 0, length($hello) / 2),
        'a hello and silence' => poke($hello),
        silence => poke(''),
    );
    my $body = connect_tls('names');
    syswrite $body, "${post}Content-Length: 100000\r\n\r\n" . 'x' x 50000;
    my $head = connect_tls('names');
    syswrite $head, "GET /who HTTP/1.1\r\nHost: a\r\n";
    for my $name (sort keys %stopped) {
        Leat::Test::read_all($stopped{$name}, 20);
        ok(eof $stopped{$name}, "$name: closed");
    }
    ok(wait_for(5, sub { errors() == $before + 3 }), 'and counted') or diag(errors() - $before);
    like(hung_up($head), qr/\A(?!.*(?:HTTP|still connected))|408/s, 'one that stops in its head is cut');
    like(hung_up($body), qr/\A(?!.*(?:HTTP|still connected))|408/s, 'and one that stops in its body');
    is(errors(), $before + 3, 'which is no error of TLS');
};

my $baseline = sub {
    my $n = 0;
    $n += $_->{connections} for @{$leat->ctl_json('workers')};
    return $n;
};

subtest 'a client that leaves or garbles its bytes, at any point, ends its own connection' => sub {
    for my $version ('-tls1_2', '-tls1_3') {
        for my $at (1, 5, 9, 80, length($hello) - 40, length($hello) + 5, length($hello) + 60) {
            my $relay = relay($port{required}, cut => $at);
            my $before = errors();
            is(visit($relay, $version, with('client'))->{status}, 0, "a client that leaves after $at bytes ($version)");
            ok(wait_for(5, sub { errors() == $before + 1 }), '… is counted');
        }
    }
    my $leaver = connect_tls('names');
    is($leat->get('/who', socket => $leaver)->{status}, 200, 'a client');
    syswrite $leaver, "${post}Content-Length: 100000\r\n\r\n" . 'x' x 50000;
    sleep 0.05;
    hang_up($leaver);
    my $garbler = connect_tls(relay($port{names}, garble => "$dir/garble"));
    is($leat->get('/who', socket => $garbler)->{status}, 200, 'a connection whose bytes are whole');
    spew("$dir/garble", '');
    is(talk($garbler, number(1)), '', 'ends without an answer when they are not');
    hang_up($garbler);
    unlink "$dir/garble";
};

subtest 'new keys in the middle of a connection change nothing' => sub {
    for my $command (qw(k K)) {
        my $s = connect_tls('names', '-tls1_3', '-no_ign_eof');
        is($leat->get('/echo/4', socket => $s)->{json}{n}, 4, 'a connection');
        syswrite $s, "$command\n";
        ok(wait_for(10, sub { said($s) =~ /KEYUPDATE/ }), "whose client takes new keys ($command)");
        like(talk($s, number(5, "Connection: close\r\n"), 1), qr/\{"n":5\}/, '… is answered') or diag(said($s));
        hang_up($s);
    }
};

subtest 'more half handshakes at once than a turn of the loop can handle keep nobody out' => sub {
    my $before = errors();
    my $count = scale(300);
    my @crowd = map { poke($hello) } 1 .. $count;
    is(visit('names')->{status}, 200, "$count half handshakes keep nobody out");
    close $_ for @crowd;
    ok(wait_for(10, sub { errors() == $before + $count }), 'each is counted') or diag(errors() - $before);
    ok(wait_for(20, sub { $baseline->() <= 1 }), 'no connection is left over') or diag($leat->ctl('workers')->{out});
};

all_done;
