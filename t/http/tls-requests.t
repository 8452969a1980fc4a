# SPDX-License-Identifier: MIT
# Requests inside TLS are handled as without it, however their bytes arrive, and behind a PROXY header too.
use strict;
use warnings;
use Leat::Client;
use Leat::Program;
use Leat::Relay;
use Leat::Test;
use Leat::Tls;
use POSIX ();
use Test::More;

my $leat = start_tls();

subtest 'requests are kept, pipelined, large, chunked and refused as without TLS' => sub {
    for my $version ('-tls1_2', '-tls1_3') {
        my $s = connect_tls('names', $version);
        is($leat->get("/echo/$_", socket => $s)->{json}{n}, $_, "a kept connection ($version), request $_") for 1 .. 3;
        my $text = talk($s, join('', map { number($_) } 10 .. 59), 50);
        is(join(',', $text =~ /\{"n":(\d+)\}/g), join(',', 10 .. 59), "50 pipelined requests ($version)");
        my $json = '{"text":"' . 'abcdefghijklmnopqrstuvwxyz' x scale(100_000) . '"}';
        my $exchange = sub {
            syswrite $s, $_[0];
            my $text = Leat::Test::read_all($s, 30, sub { length $_[0] > length $json && $_[0] =~ /"\}\z/ });
            return $text =~ m{\AHTTP/1\.1 200 } && substr($text, -length $json) eq $json;
        };
        ok($exchange->("${post}Content-Length: " . length($json) . "\r\n\r\n$json"),
            "a large body both ways ($version)");
        is($leat->get('/echo/7', socket => $s)->{json}{n}, 7, '… and the next request');
        my @chunks = map { sprintf "%x\r\n%s\r\n", length, $_ } unpack '(a7000)*', $json;
        ok($exchange->("${post}Transfer-Encoding: chunked\r\n\r\n" . join('', @chunks) . "0\r\n\r\n"),
            '… and one in chunks');
        like(talk($s, "${post}Content-Length: 9000000\r\n\r\n" . 'x' x 100_000, 1), qr{\AHTTP/1\.1 413 },
            '… and one that is too large');
        hang_up($s);
    }
};

subtest "how the client's bytes arrive changes nothing: one by one, or a whole flight at once" => sub {
    for my $row (['byte by byte', 'names', by => 1], ['in one piece', 'names', hold => 0.05]) {
        my ($name, $where, @how) = @$row;
        my $relay = relay($port{$where}, @how);
        for my $version ('-tls1_2', '-tls1_3') {
            my $v = visit($relay, $version, '-servername', 'two.test', '-sess_out', "$dir/relay");
            is("$v->{status} $v->{subject}", '200 wild', "$name ($version)") or diag($v->{said});
            $v = visit($relay, $version, '-servername', 'two.test', '-sess_in', "$dir/relay");
            is("$v->{status} $v->{is_reused}", '200 1', "$name, resumed ($version)") or diag($v->{said});
        }
    }
};

subtest 'what strict parsing refuses is refused inside TLS too' => sub {
    for my $row (
        ["${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 'length beside chunked'],
        ["${post}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 'chunked beside length'],
        ["${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 'two lengths'],
        ["${post}Content-Length: +2\r\n\r\n{}", 'a signed length'],
        ["${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 'nearly chunked'],
        ["${post}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", 'a chunk size with 0x'],
        ["${post}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n", 'bare LF between chunks'],
        ["GET /who HTTP/1.1\r\nHost: a\n\r\n", 'bare LF behind a field'],
        ["GET /who HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 'obs-fold'],
        ["GET /who HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 'two Hosts'],
        ["GET /who HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", 'space before the colon'],
        ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 'an HTTP/2 preface'],
        )
    {
        my $s = connect_tls('names');
        my $text = talk($s, $row->[0] . number(99));
        like($text, qr{\AHTTP/1\.1 (?:400|501|505) }, "refused: $row->[1]");
        is(() = $text =~ m{HTTP/1\.1 \d}g, 1, '… and nothing behind it is answered');
        unlike(hung_up($s), qr/unexpected eof/, '… and the server says goodbye');
    }
    my %forwarded = ('X-Forwarded-For' => '203.0.113.7', 'X-Forwarded-Proto' => 'http');
    my $r = $leat->get('/who', socket => connect_tls('names'), headers => \%forwarded);
    is($r->{json}{ip}, '127.0.0.1', 'TLS makes nobody trusted');
};

# A header of the PROXY protocol in front of TLS.
my $header = "\r\n\r\n\0\r\nQUIT\n\x21\x11" . pack('n', 12)
    . pack('C4 C4 n n', 203, 0, 113, 9, 127, 0, 0, 1, 4711, 443);

subtest 'a PROXY header in front of TLS names the client, however it arrives' => sub {
    for my $row (['in one piece with the hello', hold => 0.05], ['byte by byte', by => 1], ['before the hello']) {
        my ($name, @how) = @$row;
        my $v = visit(relay($port{proxy}, prefix => $header, @how));
        is("$v->{status} " . ($v->{json}{ip} // ''), '200 203.0.113.9', "a PROXY header $name") or diag($v->{said});
    }
};

subtest 'a header of a stranger, or none, closes the connection, and no TLS is blamed' => sub {
    my ($tls_before, $proxy_before) = (errors(), $leat->metric('leat_proxy_errors_total'));
    is(visit(relay($port{foreign}, prefix => $header))->{status}, 0, 'from whom it is not taken: closed');
    is(visit('proxy')->{status}, 0, 'a hello without the header: closed');
    ok(wait_for(5, sub { $leat->metric('leat_proxy_errors_total') == $proxy_before + 2 }), 'both are counted');
    is(errors(), $tls_before, 'and no TLS is blamed');
};

subtest 'behind HAProxy, with PROXY v2 and TLS, each client is known' => sub {
    my $haproxy = require_program('haproxy');
    my $before = errors();
    my $tls = "ssl verify required ca-file $dir/ca.pem sni str(one.test) verifyhost one.test alpn http/1.1";
    my $front = Leat::Test::free_port();
    spew("$dir/haproxy.cfg", <<"CFG");
defaults
  mode http
  timeout connect 10s
  timeout client 20s
  timeout server 20s
  retries 0
frontend f
  bind 127.0.0.1:$front
  default_backend b
backend b
  server s 127.0.0.1:$port{proxy} send-proxy-v2 $tls
CFG
    background(sub {
            open STDERR, '>', "$dir/haproxy.log";
            exec $haproxy, '-db', '-f', "$dir/haproxy.cfg" or POSIX::_exit(127);
        });
    ok(wait_for(10, sub { dial($front) }), 'HAProxy is there') or diag(slurp("$dir/haproxy.log"));
    my @got = map { $leat->get('/who', socket => dial($front, "127.0.0.$_"))->{json}{ip} // '' } 2 .. 5;
    is("@got", '127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5',
        'behind HAProxy, with PROXY v2 and TLS, each client is known');
    is(errors(), $before, 'and no handshake failed');
};

all_done;
