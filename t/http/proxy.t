# SPDX-License-Identifier: MIT
# The PROXY protocol's header names the client of a live listener, however its bytes arrive; connections
# with anything else, or from a peer that is not trusted, are closed and counted.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Certificate;
use Leat::Client ();
use Leat::Program;
use Leat::ProxyHeader;
use JSON::PP qw(decode_json);
use Leat::Test;
use Test::More;

my $who = '{type: object, required: [ip], properties: {ip: {type: string}, tag: {type: string}}}';
my $size = '{type: object, required: [ip, n], properties: {ip: {type: string}, n: {type: integer}}}';
my $text = '{type: object, required: [text], properties: {text: {type: string}}}';
my $table = 'CREATE TABLE t (id INTEGER PRIMARY KEY);';
my %app = (migrations => {'0001_a.up.sql' => $table}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /who:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: $who}}}}
      parameters: [{name: tag, in: query, schema: {type: string}}]
      x-sql: {returns: one, sql: "SELECT :_ip AS ip, coalesce(:tag, '') AS tag"}
  /size:
    post:
      requestBody: {required: true, content: {application/json: {schema: $text}}}
      responses: {"200": {description: ok, content: {application/json: {schema: $size}}}}
      x-sql: {returns: one, sql: "SELECT :_ip AS ip, length(:text) AS n"}
API
my %port = map { $_ => Leat::Test::free_port() } qw(any v1 v2 tls strangers relay);
my $leat = Leat::Test->new(%app, workers => 1);
my $tls = self_signed();
$leat->configure(<<"YAML");
listen:
- {address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8]}
- {address: 127.0.0.1:$port{any}, trusted: [127.0.0.0/8, 10.0.0.0/8], proxy: any}
- {address: 127.0.0.1:$port{v1}, trusted: [127.0.0.1], proxy: v1}
- {address: 127.0.0.1:$port{v2}, trusted: [127.0.0.1], proxy: v2}
- {address: 127.0.0.1:$port{strangers}, trusted: [127.0.0.2, 10.0.0.0/8], proxy: any}
- {address: 127.0.0.1:$port{tls}, trusted: [127.0.0.0/8], proxy: any, $tls}
- {address: unix:in.sock, trusted: [unix], proxy: any}
- {address: unix:strange.sock, trusted: [127.0.0.1], proxy: any}
log: {format: json}
drain: {grace: 30s}
YAML
$leat->start;

my $request = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n";

sub dial {
    my ($to, $local) = @_;
    return IO::Socket::UNIX->new(Peer => "$leat->{dir}/$to") if $to =~ /sock/;
    return Leat::Client::dial($port{$to}, $local // '127.0.0.1');
}
sub answer { my ($s) = @_; return Leat::Client::answer($s) }
sub ask { my ($to, $bytes) = @_; my $s = dial($to) or return; syswrite $s, $bytes; return answer($s) }
sub errors { return $leat->metric('leat_proxy_errors_total') }
# Returns the client in the log line of that answer.
sub logged_client {
    my ($r) = @_;
    my $id = $r->{headers}{'x-request-id'};
    return wait_for(10, sub { $leat->log =~ /"client":"([^"]*)","id":"\Q$id\E"/ && $1 });
}

my $v6 = '2001:db8::a';
my $full = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
my @taken = (
    ['any', v1('TCP4', '192.0.2.1', '198.51.100.2'), '192.0.2.1', 'v1, TCP4'],
    ['any', v1('TCP6', '2001:DB8:0::A', '::1'), $v6, 'v1, TCP6'],
    ['v1', "PROXY TCP6 $full $full 65535 65535\r\n", $full, 'v1, the longest TCP6'],
    ['v1', "PROXY UNKNOWN\r\n", '127.0.0.1', 'v1, UNKNOWN'],
    ['v1', "PROXY UNKNOWN $full $full 65535 65535\r\n", '127.0.0.1', 'v1, UNKNOWN with addresses'],
    ['any', v2('tcp4', '192.0.2.2'), '192.0.2.2', 'v2, TCP4'],
    ['any', v2('tcp6', $v6), $v6, 'v2, TCP6'],
    ['any', v2('tcp6', '::ffff:192.0.2.3'), '192.0.2.3', 'v2, IPv4 in IPv6'],
    ['v2', v2('unix', '/from'), 'unix', 'v2, UNIX'],
    ['v2', v2('unspec', ''), '127.0.0.1', 'v2, UNSPEC'],
    ['v2', v2_of(0x21, 0, 'whatever'), '127.0.0.1', 'v2, UNSPEC with bytes'],
    ['v2', v2_of(0x20, 0, ''), '127.0.0.1', 'v2, LOCAL'],
    ['v2', v2_of(0x20, 0x11, addresses('tcp4', '192.0.2.4')), '127.0.0.1',
        'v2, LOCAL with addresses, which do not count'],
    ['v2', v2_of(0x20, 0x12, "\xff" x 40), '127.0.0.1', 'v2, LOCAL with junk'],
    ['v2', v2('tcp4', '192.0.2.5', tlv(4, ''), tlv(2, 'example.org'), tlv(0xe0, "\r\n\r\nGET / HTTP/1.1")), '192.0.2.5',
     'v2, TLVs'],
    ['v2', v2('tcp4', '192.0.2.6', tlv(4, 'x' x 3000)), '192.0.2.6', 'v2, a long TLV'],
    ['v2', v2_sum('192.0.2.7', 0), '192.0.2.7', 'v2, the right CRC32C'],
    ['v2', v2_sum('192.0.2.8', 0, tlv(2, 'example.org'), tlv(0xea, 'vpce-1')), '192.0.2.8',
        'v2, the right CRC32C among others'],
    ['in.sock', v1('TCP4', '192.0.2.9', '198.51.100.2'), '192.0.2.9', 'v1 over a unix socket'],
    ['in.sock', v2('tcp6', $v6), $v6, 'v2 over a unix socket'],
    ['in.sock', v2_of(0x20, 0, ''), 'unix', 'v2, LOCAL over a unix socket'],
);

subtest 'a header of any kind names the client, to SQL and in the log' => sub {
    for my $row (@taken) {
        my ($to, $header, $client, $name) = @$row;
        my $r = ask($to, $header . $request);
        is($r && $r->{json}{ip}, $client, "$name: SQL sees $client");
        is($r ? logged_client($r) : undef, $client, "$name: the log has $client");
    }
    is(errors(), 0, 'nothing was counted as an error');
};

# Connections that are closed without an answer, each counted once.
my $known = v1('TCP4', '192.0.2.1', '198.51.100.2');
my @refused = (
    ['any', $request, 'no header'],
    ['v1', $request, 'no header for v1'],
    ['v2', $request, 'no header for v2'],
    ['any', "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 'TLS'],
    ['v2', $known . $request, 'v1 where v2 is due'],
    ['v1', v2('tcp4', '192.0.2.1') . $request, 'v2 where v1 is due'],
    ['any', lc($known) . $request, 'v1 in small letters'],
    ['any', "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n$request", 'an unknown family'],
    ['any', "PROXY TCP4 $v6 ::1 1 2\r\n$request", 'IPv6 as TCP4'],
    ['any', "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n$request", 'IPv4 as TCP6'],
    ['any', "PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n$request", 'no address'],
    ['any', "PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n$request", 'no port'],
    ['any', "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n$request", 'a port with a zero'],
    ['any', "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n$request", 'a field too few'],
    ['any', "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n$request", 'a field too many'],
    ['any', "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n$request", 'two spaces'],
    ['any', "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n$request", 'no CR'],
    ['any', 'PROXY UNKNOWN ' . 'x' x 200 . "\r\n$request", 'a line of more than 107 bytes'],
    ['any', "\r\n\r\n\0\r\nQUIT\r" . pack('CCn', 0x21, 0, 0) . $request, 'a flawed signature'],
    ['any', v2_of(0x11, 0x11, addresses('tcp4', '192.0.2.1')) . $request, 'v2 that says 1'],
    ['any', v2_of(0x22, 0x11, addresses('tcp4', '192.0.2.1')) . $request, 'an unknown command'],
    ['any', v2_of(0x21, 0x12, addresses('tcp4', '192.0.2.1')) . $request, 'datagrams'],
    ['any', v2_of(0x21, 0x41, addresses('tcp4', '192.0.2.1')) . $request, 'an unknown family in v2'],
    ['any', v2_of(0x21, 0x11, substr addresses('tcp4', '192.0.2.1'), 0, 11) . $request, 'v2 without room for TCP4'],
    ['any', v2_of(0x21, 0x21, addresses('tcp4', '192.0.2.1')) . $request, 'v2 without room for TCP6'],
    ['any', v2_of(0x21, 0x31, 'x' x 215) . $request, 'v2 without room for UNIX'],
    ['any', v2('tcp4', '192.0.2.1', pack('Cn', 4, 9), 'short') . $request, 'a TLV past the end'],
    ['any', v2('tcp4', '192.0.2.1', "\x04\x00") . $request, 'half a TLV'],
    ['any', v2_sum('192.0.2.1', 1) . $request, 'a wrong CRC32C'],
    ['any', v2_sum('192.0.2.1', 0x80000000, tlv(2, 'a')) . $request, 'a wrong CRC32C among others'],
    ['any', v2('tcp4', '192.0.2.1', tlv(3, "\0\0\0")) . $request, 'a CRC32C of 3 bytes'],
    ['any', v2('tcp4', '192.0.2.1', tlv(4, 'x' x 60000)) . $request, '60 KB of header'],
    ['tls', "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 'HTTP where PROXY and TLS are due'],
    ['strangers', $known . $request, 'a peer that is not trusted'],
    ['strangers', v2_of(0x20, 0, '') . $request, 'LOCAL of a peer that is not trusted'],
    ['strangers', $request, 'a peer that is not trusted, without a header'],
    ['strange.sock', $known . $request, 'a unix peer that is not trusted'],
);
my $count = 0;

subtest "anything else is closed without a word, and counted" => sub {
    for my $row (@refused) {
        my ($to, $bytes, $name) = @$row;
        my $s = dial($to);
        syswrite $s, $bytes;
        is(Leat::Test::read_all($s, 10), '', "$name: closed without a word");
        $count++;
        ok(wait_for(10, sub { errors() >= $count }) && errors() == $count, "$name: and counted")
            or diag(errors(), " of $count");
        $count = errors();
    }
};

# The log names them too, at a limited rate.
subtest 'the log names who was refused, and the next connection is well' => sub {
    for my $row (['any', $request, 'malformed header'], ['strangers', $known, 'peer is not in']) {
        my ($to, $bytes, $why) = @$row;
        ok(wait_for(20, sub {
            my $s = dial($to);
            syswrite $s, $bytes;
            Leat::Test::read_all($s, 10);
            $count++;
            my %want = (peer => '127.0.0.1', listener => "127.0.0.1:$port{$to}", reason => $why);
            return grep {
                my $fields = /"event":"proxy\.refused"/ && decode_json($_)->{fields};
                $fields && !grep { $fields->{$_} !~ /\Q$want{$_}\E/ } keys %want;
            } split /\n/, $leat->log;
        }), "the log names a peer: $why");
    }
    is(ask('any', $known . $request)->{json}{ip}, '192.0.2.1', 'the next connection is well');
    for my $address ('127.0.0.2', '127.0.0.1') {
        my $s = dial('strangers', $address);
        syswrite $s, $known . $request;
        is((answer($s) // {})->{status}, $address eq '127.0.0.2' ? 200 : undef, "trusted means $address");
    }
    $count++;
};

subtest 'a probe that connects and leaves is no error' => sub {
    close dial('any') for 1 .. 5;
    is(ask('any', $known . $request)->{json}{ip}, '192.0.2.1', 'after probes that said nothing');
    is(errors(), $count, 'which are not counted');
};

# Every split: the first piece is read before the second is sent, because a request that was sent
# later has been answered. In turns, so that few connections are open.
sub barrier { ask('any', $known . $request) }
my @splits = (
    ['any', $known, '192.0.2.1', 'v1'],
    ['v1', "PROXY UNKNOWN\r\n", '127.0.0.1', 'v1, UNKNOWN'],
    ['any', v2('tcp6', $v6), $v6, 'v2'],
    ['v2', v2_sum('192.0.2.7', 0, tlv(2, "a\r\n\r\nb")), '192.0.2.7', 'v2 with TLVs'],
    ['v2', v2_of(0x20, 0, ''), '127.0.0.1', 'v2, LOCAL'],
);

subtest 'a header that arrives in pieces is the same header' => sub {
    for my $row (@splits) {
        my ($to, $header, $client, $name) = @$row;
        my $bytes = $header . $request;
        my @at = 1 .. length($bytes) - 1;
        my $right = 0;
        my @all = map { [$_, dial($to)] } @at;
        syswrite $_->[1], substr $bytes, 0, $_->[0] for @all;
        barrier();
        syswrite $_->[1], substr $bytes, $_->[0] for @all;
        for my $one (@all) {
            my $r = answer($one->[1]);
            $r && $r->{status} == 200 && $r->{json}{ip} eq $client ? $right++ : diag("$name, cut at $one->[0]");
        }
        is($right, scalar @at, "$name: every split is the same header");
    }
    my $bytes = v2_sum('192.0.2.7', 0) . $request;
    my $s = dial('v2');
    for my $byte (split //, $bytes) { syswrite $s, $byte; barrier() if ord($byte) % 3 == 0 }
    is((answer($s) // {json => {}})->{json}{ip}, '192.0.2.7', 'byte by byte');
};

subtest 'after the header everything is as without it' => sub {
    my $three = join '', map { "GET /who?tag=$_ HTTP/1.1\r\nHost: a\r\n\r\n" } 1 .. 3;
    my $s = dial('any');
    syswrite $s, $known . $three;
    my $text = Leat::Test::read_all($s, 10, sub { (() = $_[0] =~ /"tag"/g) == 3 });
    is(join(' ', $text =~ /\{("ip":"192\.0\.2\.1","tag":"\d")\}/g),
        join(' ', map { qq("ip":"192.0.2.1","tag":"$_") } 1 .. 3), 'a header and three requests in one packet');
    syswrite $s, $request;
    is((answer($s) // {json => {}})->{json}{ip}, '192.0.2.1', 'a later request on the connection has its client');
    syswrite $s, $known . $request;
    is((answer($s) // {})->{status}, 400, 'a second header is no request');
    $s = dial('any');
    syswrite $s, $known . v1('TCP4', '192.0.2.66', '198.51.100.2') . $request;
    is((answer($s) // {})->{status}, 400, 'nor is it believed right behind the first');
    my $body = '{"text":"' . 'x' x 200_000 . '"}';
    $s = dial('any');
    my $bytes = v2('tcp4', '192.0.2.10')
        . "POST /size HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " . length($body)
        . "\r\n\r\n$body";
    while (length $bytes) { my $n = syswrite $s, $bytes or last; substr $bytes, 0, $n, '' }
    is_deeply((answer($s) // {})->{json}, {ip => '192.0.2.10', n => 200_000}, 'a header and a long body');
    my @pairs = map { [$_, dial('any')] } 1 .. 50;
    syswrite $_->[1], v1('TCP4', "192.0.2.$_->[0]", '198.51.100.2') . $request for @pairs;
    is(scalar(grep {
        my $r = answer($_->[1]);
        $r && $r->{json}{ip} eq "192.0.2.$_->[0]";
    } @pairs), 50, '50 connections, each with its client');
};

subtest 'a reload loses no connection whose header is incomplete' => sub {
    my @cut = (0, 5, length($known), length($known) + 10);
    my @half = map { [$_, dial('any')] } @cut;
    syswrite $_->[1], substr $known . $request, 0, $_->[0] for @half;
    barrier();
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    barrier();
    for my $one (@half) {
        syswrite $one->[1], substr $known . $request, $one->[0];
        my $r = answer($one->[1]) // {headers => {}};
        is("$r->{json}{ip} $r->{headers}{connection}", '192.0.2.1 close',
            "a header of which $one->[0] bytes had come before a reload");
    }
};

# HTTP fields count as sent by the address in the PROXY header, not by the load balancer.
sub with {
    my (@lines) = @_;
    return "GET /who HTTP/1.1\r\nHost: a\r\n" . join('', map { "$_\r\n" } @lines) . "\r\n";
}

subtest 'a client behind the header is believed no other name, a trusted proxy is' => sub {
    for my $line ('X-Forwarded-For: 6.6.6.6', 'Forwarded: for=6.6.6.6') {
        my $r = ask('any', $known . with($line, 'X-Request-Id: mine'));
        is($r->{json}{ip}, '192.0.2.1', "a client cannot hide behind $line");
        isnt($r->{headers}{'x-request-id'}, 'mine', 'nor choose the id of its request');
        is(ask('any', v1('TCP4', '10.1.2.3', '198.51.100.2') . with($line))->{json}{ip}, '6.6.6.6',
            'a trusted proxy before the balancer is believed');
        is(ask('any', v2_of(0x20, 0, '') . with($line))->{json}{ip}, '6.6.6.6',
            'and so is the balancer itself, by LOCAL');
    }
};

# The real tools: curl speaks v1, HAProxy v2 with a checksum, both before TLS.
my @curl = ('curl', '-s', '--max-time', 20, '--cacert', certificates() . '/localhost.pem', '--interface', '127.0.0.7');

subtest 'curl is known behind the header, and behind TLS' => sub {
    my $r = run_command(@curl, '--haproxy-protocol', "http://127.0.0.1:$port{any}/who");
    like($r->{out}, qr/"ip":"127\.0\.0\.7"/, 'curl');
    $r = run_command(@curl, '--haproxy-protocol', '--resolve', "localhost:$port{tls}:127.0.0.1",
        "https://localhost:$port{tls}/who");
    like($r->{out}, qr/"ip":"127\.0\.0\.7"/, 'curl, and TLS behind the header') or diag(explain $r);
    is(ask('tls', $known . $request), undef, 'HTTP where TLS is due, behind a good header');
    ok(wait_for(10, sub { $leat->ctl('metrics')->{out} =~ /^leat_tls_errors_total 1$/m }), 'is an error of TLS');
    is(errors(), $count, 'and none of the header');
};

subtest 'HAProxy is known with its own checksum, and TLS behind the header' => sub {
    my $haproxy = require_program('haproxy');
    $port{relay} = Leat::Test::free_port(); # now: other tests take ports all the time
    $leat->write('haproxy.cfg', <<"CFG");
defaults
  mode tcp
  retries 0
  timeout connect 10s
  timeout client 30s
  timeout server 30s
listen relay
  bind 127.0.0.1:$port{relay}
  server leat 127.0.0.1:$port{tls} send-proxy-v2 proxy-v2-options crc32c,unique-id,authority
  unique-id-format %[uuid()]
CFG
    my $pid = fork // die;
    if (!$pid) { exec $haproxy, '-db', '-f', "$leat->{dir}/haproxy.cfg" or POSIX::_exit(127) }
    ok(wait_for(20, sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port{relay}) }), 'haproxy runs');
    my $r = run_command(@curl, '--resolve', "localhost:$port{relay}:127.0.0.1", "https://localhost:$port{relay}/who");
    like($r->{out}, qr/"ip":"127\.0\.0\.7"/, 'HAProxy: v2 with TLVs and its own CRC32C, and TLS behind it')
        or diag(explain $r);
    kill TERM => $pid;
    waitpid $pid, 0;
};

# Limits apply to the client, not to the load balancer; and a header must arrive in time.
my $small = Leat::Test->new(%app, workers => 1);
$port{small} = $small->{port};
$small->configure(<<"YAML");
listen: [{address: 127.0.0.1:$small->{port}, trusted: [127.0.0.1], proxy: any}]
limits: {per-address: 2}
timeouts: {head: 500ms}
YAML
$small->start;
sub is_held {
    my ($header) = @_;
    my $s = dial('small');
    syswrite $s, $header . $request;
    my $r = answer($s);
    return $r && $r->{status} == 200 ? $s : undef;
}

subtest 'limits apply to the client, and not to the load balancer' => sub {
    for my $row (
        [$known, 2, 'a client'], [v1('TCP4', '192.0.2.99', '198.51.100.2'), 2, 'another client'],
        [v2_of(0x20, 0, ''), 4, 'the trusted balancer'], [v2('unix', '/a'), 4, 'a unix peer'],
    ) {
        my ($header, $want, $name) = @$row;
        my @held = grep { defined } map { is_held($header) } 1 .. 4;
        is(scalar @held, $want, "$name holds $want of 4 connections");
    }
    is($small->metric('leat_proxy_errors_total'), 0, 'which is no error of its header');
};

subtest 'a header that does not arrive within timeouts.head is closed and counted, however it trickles' => sub {
    for my $row (['', 'silence'], ['PROXY TCP4 192.0', 'half of v1'], ["\r", 'one byte'],
        [substr(v2('tcp4', '192.0.2.1'), 0, 20), 'half of v2'])
    {
        my ($bytes, $name) = @$row;
        my $before = $small->metric('leat_proxy_errors_total');
        my $s = dial('small');
        syswrite $s, $bytes if length $bytes;
        is(Leat::Test::read_all($s, 20), '', "$name: closed after timeouts.head");
        ok(wait_for(10, sub { $small->metric('leat_proxy_errors_total') == $before + 1 }), "$name: and counted");
    }
    # Bytes that trickle in do not extend that time.
    my $s = dial('small');
    my $sent = 0;
    my $closed = wait_for(20, sub {
        my $next = $sent < 6 ? substr 'PROXY ', $sent, 1 : $sent == 6 ? 'U' : 'x';
        $sent += syswrite($s, $next) // 0 if $sent < 90;
        return Leat::Client::is_readable($s, 0.05) && !sysread $s, my $byte, 1;
    });
    ok($closed, 'a header that trickles is closed too');
    is(is_held($known) ? 1 : 0, 1, 'and the worker is well');
};

all_done;
