# SPDX-License-Identifier: MIT
# Bodies are received to the byte, however they come: where they end, the bytes after them, bodies that are
# not wanted, and clients that wait, dawdle or leave.
use strict;
use warnings;
use Leat::Client;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $limit = 65536;
my $document = Leat::Test::document('receiving');
my $leat = Leat::Test->new(document => $document, migrations => {}, config => <<'CONFIG')->start;
workers: 1
limits: {body: 64KiB}
timeouts: {body: 2s, idle: 1h}
log: {level: debug}
CONFIG
my ($pid) = $leat->worker_pids;

sub is_whole { return Leat::Test::parse_answer($_[0]) }
# Splits all answers received: "status n".
sub answers {
    my ($text) = @_;
    my @all;
    while (my $r = is_whole($text)) {
        push @all, "$r->{status} " . ($r->{json}{n} // '');
        $text = $r->{rest};
    }
    return join ', ', @all, $text ? "garbage: $text" : ();
}
my $octets = "Host: a\r\nContent-Type: application/octet-stream\r\n";
my $chunked = "Transfer-Encoding: chunked\r\n\r\n";
sub head { my ($path) = @_; return 'POST ' . ($path // '/bytes') . " HTTP/1.1\r\n$octets" }
sub with_length {
    my ($body, $path, $more) = @_;
    return head($path) . ($more // '') . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}
sub chunks {
    my ($size, $body) = @_;
    return join('', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack "(a$size)*", $body) . "0\r\n\r\n";
}
sub in_chunks { my ($body, $size, $path) = @_; return head($path) . $chunked . chunks($size, $body) }
my $get = "GET /no-body HTTP/1.1\r\nHost: a\r\n\r\n";

subtest 'a request behind a body, in one packet and split at every byte' => sub {
    for my $row (
        ['a length', with_length('abc'), '200 3'],
        ['chunks', in_chunks('abc', 2), '200 3'],
        ['a body that is not taken', with_length('abc', '/no-body') =~ s/POST/GET/r, '200 1'],
        ['a body that nobody wants', with_length('abc', '/nowhere'), '404 '],
        ['chunks that nobody wants', in_chunks('abc', 2, '/nowhere'), '404 '],
    ) {
        my ($name, $first, $answer) = @$row;
        my ($bytes, $want) = ($first . $get, "$answer, 200 1");
        is(answers($leat->raw($bytes x 3)), join(', ', ($want) x 3), "$name: in one packet");
        my (%got, $s);
        for my $at (1 .. length($bytes) - 1) {
            $s = $leat->connect if !$s || $at % 50 == 0;
            syswrite $s, substr $bytes, 0, $at;
            sleep 0.002; # nearly always enough for the two parts to be read one by one
            syswrite $s, substr $bytes, $at;
            $got{answers(Leat::Test::read_all($s, 10, sub { answers($_[0]) eq $want }))}++;
        }
        is_deeply(\%got, {$want => length($bytes) - 1}, "$name: split at each of its bytes");
    }
};

# Returns the bytes sent through the socket that the worker has not read yet.
sub unread {
    my ($s) = @_;
    my ($from, $to) = (sprintf(':%04X', $s->sockport), sprintf ':%04X', $leat->{port});
    for (map { [split] } split /\n/, slurp('/proc/net/tcp')) {
        return hex((split /:/, $_->[4])[1]) if @$_ > 4 && $_->[1] =~ /$to\z/ && $_->[2] =~ /$from\z/;
    }
    return -1;
}

subtest 'what a body is does not depend on how it comes' => sub {
    my $body = join '', map { chr($_ * 7 % 251) } 1 .. 50000;
    for my $bytes (with_length($body), in_chunks($body, 50000), in_chunks($body, 997), in_chunks($body, 1)) {
        for my $piece (length $bytes, 20000, 1448, 100) {
            my $s = $leat->connect;
            syswrite $s, $_ for unpack "(a$piece)*", $bytes . $get;
            my $r = answer($s);
            my $name = 'a body of ' . length($bytes) . " bytes by $piece";
            is("$r->{status} $r->{json}{n} $r->{json}{first}", '200 50000 070E151C', $name);
            my $rest = $r->{rest};
            $rest .= Leat::Test::read_all($s, 10, sub { is_whole($rest . $_[0]) }) unless is_whole($rest);
            is(answers($rest), '200 1', 'and what follows');
        }
    }
};

subtest 'the head is still there when the body has come' => sub {
    for my $size (10, 40000) {
        my $s = $leat->connect;
        my $bytes = with_length('x' x $size, '/header?q=a%20b', "X-Mark: marked\r\n");
        my ($head, $body) = $bytes =~ /\A(.*?\r\n\r\n)(.*)\z/s;
        syswrite $s, $head;
        wait_for(5, sub { @{$leat->ctl_json('requests')} == 1 });
        syswrite $s, $_ for unpack '(a3000)*', $body;
        my $r = answer($s);
        my $got = join ' ', map { $_ // '' } $r->{status}, @{$r->{json}}{qw(n mark q)};
        is($got, "200 $size marked a b", "behind $size bytes");
    }
};

subtest 'limits.body is exact' => sub {
    for my $row ([-1, 200], [0, 200], [1, 413]) {
        my ($more, $status) = @$row;
        my $body = 'x' x ($limit + $more);
        for my $pair (
            ['a length', with_length($body)], ['one chunk', in_chunks($body, length $body)],
            ['many chunks', in_chunks($body, 1000)],
        ) {
            my $r = is_whole($leat->send_then_read($pair->[1] =~ s/\r\n/\r\nConnection: close\r\n/r)->{text}) // {};
            is($r->{status}, $status, "$pair->[0] of " . length $body);
            is($r->{json}{n}, length $body, 'all of it') if $status == 200;
        }
    }
    my $s = $leat->connect;
    syswrite $s, "POST /bytes HTTP/1.1\r\n${octets}Transfer-Encoding: chunked\r\n\r\n10001\r\n" . 'x' x $limit;
    my $bits = '';
    vec($bits, fileno $s, 1) = 1;
    is(scalar(select $bits, undef, undef, 0.3), 0, 'no chunk is refused for what it says');
    syswrite $s, 'x';
    is((answer($s) // {})->{status}, 413, 'but at the byte that exceeds the limit');
};

subtest '100 Continue is sent to whoever waits for it, when the body is wanted' => sub {
    my $expect = "Expect: 100-continue\r\n";
    my $s = $leat->connect;
    syswrite $s, "POST /bytes HTTP/1.1\r\n$octets${expect}Content-Length: 3\r\n\r\n";
    my $interim = Leat::Test::read_all($s, 5, sub { $_[0] =~ /\r\n\r\n/ });
    is($interim, "HTTP/1.1 100 Continue\r\n\r\n", 'is sent when the body is wanted');
    syswrite $s, 'abc' . $get;
    my $r = answer($s);
    is("$r->{status} $r->{json}{n}", '200 3', 'and then the answer');
    is(answers($r->{rest} || Leat::Test::read_all($s, 5, \&is_whole)), '200 1', 'and the next');
    my $text = $leat->raw("POST /bytes HTTP/1.1\r\n$octets${expect}Content-Length: 3\r\n\r\nabc$get");
    ok($text =~ s{\AHTTP/1\.1 100 Continue\r\n\r\n}{}, 'also where the client has not waited for it');
    is(answers($text), '200 3, 200 1', 'and what it has sent is answered');
    $s = $leat->connect;
    syswrite $s, "POST /bytes HTTP/1.0\r\n$octets${expect}Content-Length: 3\r\n\r\n";
    wait_for(5, sub { @{$leat->ctl_json('requests')} == 1 });
    syswrite $s, 'abc';
    is(answers(Leat::Test::read_all($s, 5)), '200 3', 'nor to HTTP/1.0');
    is(answers($leat->raw(with_length('', '/bytes', $expect))), '200 0', 'nor for no bytes');
    $s = $leat->connect;
    syswrite $s, "POST /bytes HTTP/1.1\r\n$octets${expect}Transfer-Encoding: chunked\r\n\r\n";
    Leat::Test::read_all($s, 5, sub { $_[0] =~ /100 Continue\r\n\r\n/ });
    syswrite $s, chunks(2, 'abc');
    is(answers(Leat::Test::read_all($s, 5, \&is_whole)), '200 3', 'chunks wait for it too');
};

subtest 'a body that may be absent needs no type' => sub {
    my $head = "POST /optional HTTP/1.1\r\nHost: a\r\n";
    is(answers($leat->raw("$head${chunked}0\r\n\r\n$get")), '200 , 200 1', 'no chunk, and no type');
    is(answers($leat->raw("${head}Content-Length: 0\r\n\r\n$get")), '200 , 200 1', 'no bytes, and no type');
    is(answers($leat->raw("$head${chunked}2\r\n{}\r\n0\r\n\r\n$get")), '415 , 200 1', 'a chunk, and no type');
    my $json = "Content-Type: application/json\r\n$chunked" . chunks(7, '{"n":4}');
    is(answers($leat->raw("$head$json$get")), '200 4, 200 1', 'a body');
};

subtest 'chunks that are none are refused, and nothing behind them is answered' => sub {
    for my $wrong ("3\r\nabcX", "x\r\n", "3\r\nabc\r\n0\r\nX y\r\n\r\n") {
        my $s = $leat->connect;
        syswrite $s, "POST /bytes HTTP/1.1\r\n${octets}Transfer-Encoding: chunked\r\n\r\n";
        wait_for(5, sub { @{$leat->ctl_json('requests')} == 1 });
        syswrite $s, $wrong . $get;
        my $text = Leat::Test::read_all($s, 10);
        is(answers($text), '400 ', 'are refused, and nothing behind them is answered');
        like($text, qr/^connection: close\r$/mi, 'the connection ends');
    }
};

subtest 'a client that dawdles is answered 408 at timeouts.body' => sub {
    my $before = $leat->metric('leat_connections_cut_total');
    my $s = $leat->connect;
    syswrite $s, "POST /bytes HTTP/1.1\r\n${octets}Content-Length: 1000\r\n\r\nabc";
    my $text = Leat::Test::read_all($s, 20);
    is(answers($text), '408 ', 'is told so when timeouts.body is over');
    like($text, qr/^connection: close\r\n.*"request_id"/msi, 'by an answer like any other, which ends the connection');
    $s = $leat->connect;
    syswrite $s, "POST /nowhere HTTP/1.1\r\n${octets}Content-Length: 1000\r\n\r\nabc";
    is(answers(Leat::Test::read_all($s, 20)), '404 ', 'where it has its answer, the connection just ends');
    is($leat->metric('leat_connections_cut_total'), $before + 2, 'both are counted');
};

subtest 'nothing is held for a client that leaves' => sub {
    for my $bytes ("Content-Length: 1000\r\n\r\nabc", "Content-Length: 1000\r\n\r\n", "${chunked}5\r\nabc",
        "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
    {
        for my $path ('/bytes', '/nowhere') {
            my $s = $leat->connect;
            syswrite $s, "POST $path HTTP/1.1\r\n$octets$bytes";
            wait_for(5, sub { unread($s) == 0 });
            close $s;
        }
    }
    ok(wait_for(10, sub { $leat->metric('leat_connections_open') == 0 }), 'its connection is closed');
    is($leat->metric('leat_requests_in_flight'), 0, 'no request is left');
    becomes(sub { $leat->metric('leat_buffered_bytes') }, 0, 'and nothing is held for it');
};

subtest 'the connection stays or ends as Connection says (RFC 9112, 9.3)' => sub {
    for my $row (
        ['close, keep-alive', '1.1', 0], ['keep-alive, close', '1.1', 0], ['Close', '1.1', 0],
        ["close\r\nConnection: keep-alive", '1.1', 0], ["keep-alive\r\nConnection: close", '1.1', 0],
        ['close', '1.0', 0], ['keep-alive, close', '1.0', 0], ['te', '1.0', 0],
        ['keep-alive', '1.1', 1], ['te', '1.1', 1], ['closed', '1.1', 1], ['upgrade', '1.1', 1],
        ['keep-alive', '1.0', 1], ["te\r\nConnection: Keep-Alive", '1.0', 1],
    ) {
        my ($value, $version, $stays) = @$row;
        my $text = $leat->raw("GET /no-body HTTP/$version\r\nHost: a\r\nConnection: $value\r\n\r\n$get");
        my $name = "HTTP/$version, " . $value =~ s/\r\nConnection:/ and/r;
        is(answers($text), $stays ? '200 1, 200 1' : '200 1', $name);
        my $says = $stays ? 'keep-alive' : 'close';
        like($text, qr/\A[^\n]*\n[^\n]*\nconnection: $says\r/i, 'and it says so');
    }
    is(answers($leat->raw("GET /no-body HTTP/1.0\r\n\r\n$get")), '200 1', 'HTTP/1.0 closes by default');
};
subtest 'the worker is well after all that' => sub {
    is($leat->get('/no-body')->{status}, 200, 'it answers');
    is(($leat->worker_pids)[0], $pid, 'and is the same');
};
all_done;
