# SPDX-License-Identifier: MIT
# The client is whom trusted proxies name by Forwarded or X-Forwarded-*, and never whom others name.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::IP;
use IO::Socket::UNIX;
use Leat::Client ();
use Leat::Test;
use Test::More;

my %port = map { $_ => Leat::Test::free_port() } qw(x rfc off nobody six);
my $has_v6 = IO::Socket::IP->new(Listen => 1, LocalHost => '::1', LocalPort => 0) ? 1 : 0;
my $created = '{type: object, required: [id, ip], properties: {id: {type: integer}, ip: {type: string}}}';
my $table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, ip TEXT NOT NULL);';
my $leat = Leat::Test->new(workers => 1, migrations => {'0001_a.up.sql' => $table}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
paths:
  /who:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [ip],
        properties: {ip: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :_ip AS ip"}
  /things:
    post:
      responses: {"201": {description: ok, content: {application/json: {schema: $created}}}}
      x-sql: {returns: one, location: "/things/{id}", sql: "INSERT INTO t (ip) VALUES (:_ip) RETURNING id, ip"}
API
my $six = $has_v6 ? qq(- {address: "[::1]:$port{six}", trusted: ["::/64"]}) : '';
$leat->configure(<<"YAML");
listen:
- {address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1, 10.0.0.0/8, "fd00::/8"]}
- {address: 127.0.0.1:$port{x}, trusted: [127.0.0.1, 10.0.0.0/8], forwarded: x-forwarded}
- {address: 127.0.0.1:$port{rfc}, trusted: [127.0.0.1, 10.0.0.0/8], forwarded: forwarded}
- {address: 127.0.0.1:$port{off}, trusted: [127.0.0.1, 10.0.0.0/8], forwarded: off}
- {address: 127.0.0.1:$port{nobody}}
- {address: unix:in.sock, trusted: [unix, 10.0.0.0/8]}
- {address: unix:strange.sock, trusted: [127.0.0.1]}
$six
YAML
$leat->start;
$port{any} = $leat->{port};

sub dial {
    my ($to, $local) = @_;
    return IO::Socket::UNIX->new(Peer => "$leat->{dir}/$to") if $to =~ /sock/;
    return IO::Socket::IP->new(PeerHost => '::1', PeerPort => $port{six}) if $to eq 'six';
    return Leat::Client::dial($port{$to}, $local // '127.0.0.1');
}
my $nothing = {status => 0, headers => {}, json => {}};
sub ask {
    my ($line, $to, $local, @fields) = @_;
    my $s = dial($to, $local) or return $nothing;
    syswrite $s, "$line HTTP/1.1\r\nHost: a\r\n" . join('', map { "$_\r\n" } @fields) . "\r\n";
    return Leat::Client::answer($s) // $nothing;
}
sub who { return ask('GET /v1/who', @_)->{json}{ip} }
sub location { return ask('POST /v1/things', @_)->{headers}{location} }

# field lines, the client
my @told = (
    [['X-Forwarded-For: 192.0.2.1'], '192.0.2.1'],
    [['X-Forwarded-For: 192.0.2.1, 10.0.0.1'], '192.0.2.1'],
    [['X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.1, 10.9.9.9'], '192.0.2.1'],
    [['X-Forwarded-For: 10.0.0.2, 10.0.0.1'], '10.0.0.2'],
    [['X-Forwarded-For: 2001:DB8::1, fd00::1'], '2001:db8::1'],
    [['X-Forwarded-For: "[2001:db8::1]:443"'], '127.0.0.1'],
    [['X-Forwarded-For: [2001:db8::1]:443'], '2001:db8::1'],
    [['X-Forwarded-For: 192.0.2.1:1024, 10.0.0.1:80'], '192.0.2.1'],
    [['X-Forwarded-For: ::ffff:192.0.2.1'], '192.0.2.1'],
    [['X-Forwarded-For: unknown'], 'unknown'],
    [['X-Forwarded-For: unix:'], 'unix'],
    [['X-Forwarded-For: nonsense'], '127.0.0.1'],
    [['X-Forwarded-For: 6.6.6.6, nonsense, 10.0.0.1'], '10.0.0.1'],
    [['X-Forwarded-For:'], '127.0.0.1'],
    [['X-Forwarded-For: ,,192.0.2.1,,'], '192.0.2.1'],
    [['X-Forwarded-For: ' . '6.6.6.6, ' x 1000 . '192.0.2.1'], '192.0.2.1'],
    [['x-forwarded-FOR: 192.0.2.1'], '192.0.2.1'],
    # Several lines of one name form one list, in their order.
    [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 192.0.2.1'], '192.0.2.1'],
    [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 10.0.0.1'], '192.0.2.1'],
    [['X-Forwarded-For: 6.6.6.6, 192.0.2.1', 'Accept: */*', 'x-forwarded-for: 10.0.0.1, 10.0.0.2'], '192.0.2.1'],
    [['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For:'], '192.0.2.1'],
    [['X-Forwarded-For:', 'X-Forwarded-For: 192.0.2.1'], '192.0.2.1'],
    [['Forwarded: for=6.6.6.6', 'Forwarded: for=192.0.2.1', 'Forwarded: for=10.0.0.1'], '192.0.2.1'],
    [['Forwarded: for="6.6.6.6', 'Forwarded: for=192.0.2.1'], '192.0.2.1'],
    [['Forwarded: for=192.0.2.1;proto=https;by=10.0.0.1'], '192.0.2.1'],
    [['Forwarded: for=6.6.6.6, FOR="[2001:db8::1]:4711", for=10.0.0.1'], '2001:db8::1'],
    [['Forwarded: for=_hidden'], 'unknown'],
    [['Forwarded: for=6.6.6.6, for=_hidden, for=10.0.0.1'], 'unknown'],
    [['Forwarded: for=6.6.6.6, proto=https'], '127.0.0.1'],
    [['Forwarded: nonsense'], '127.0.0.1'],
    # If both are present, X-Forwarded-* takes precedence, because proxies overwrite it.
    [['Forwarded: for=6.6.6.6', 'X-Forwarded-For: 192.0.2.1'], '192.0.2.1'],
    [['Forwarded: for=6.6.6.6', 'X-Forwarded-Proto: https'], '127.0.0.1'],
    # Other headers mean nothing.
    [['X-Real-IP: 6.6.6.6', 'Client-IP: 6.6.6.6', 'True-Client-IP: 6.6.6.6', 'X-Client-IP: 6.6.6.6',
      'X_Forwarded_For: 6.6.6.6', 'X-Forwarded: for=6.6.6.6'], '127.0.0.1'],
);

subtest 'only a trusted peer names the client' => sub {
    for my $row (@told) {
        my ($fields, $client) = @$row;
        my $name = join ' / ', @$fields;
        substr($name, 80) = '…' if length $name > 80;
        is(who('any', undef, @$fields), $client, "trusted: $name");
        is(who('nobody', undef, @$fields), '127.0.0.1', "no one is trusted: $name");
        is(who('any', '127.0.0.2', @$fields), '127.0.0.2', "another peer: $name");
        is(who('off', undef, @$fields), '127.0.0.1', "off: $name");
    }
};

my ($x, $f) = ('X-Forwarded-For: 192.0.2.1', 'Forwarded: for=192.0.2.2');

subtest 'the key forwarded says which fields are read' => sub {
    is(who('x', undef, $x), '192.0.2.1', 'x-forwarded reads X-Forwarded-For');
    is(who('x', undef, $f), '127.0.0.1', 'and no Forwarded');
    is(who('x', undef, $x, $f), '192.0.2.1', 'whatever a client adds');
    is(who('rfc', undef, $f), '192.0.2.2', 'forwarded reads Forwarded');
    is(who('rfc', undef, $x), '127.0.0.1', 'and no X-Forwarded-For');
    is(who('rfc', undef, $x, $f), '192.0.2.2', 'whatever a client adds');
    is(who('any', undef, $x, $f), '192.0.2.1', 'any prefers X-Forwarded-For');
    is(who('off', undef, $x, $f), '127.0.0.1', 'off reads none');
};

subtest 'peers on unix sockets are trusted by the word unix' => sub {
    is(who('in.sock', undef, $x), '192.0.2.1', 'a trusted unix peer');
    is(who('in.sock', undef, 'X-Forwarded-For: 6.6.6.6, 192.0.2.1, unix:'), '192.0.2.1', 'and unix hops');
    is(who('in.sock', undef), 'unix', 'who is unix itself');
    is(who('strange.sock', undef, $x), 'unix', 'a unix peer that is not trusted');
};

subtest 'peers over IPv6 are trusted by their network' => sub {
    plan skip_all => 'this machine has no IPv6' unless $has_v6;
    is(who('six', undef), '::1', 'a peer over IPv6');
    is(who('six', undef, $x), '192.0.2.1', 'that is trusted');
    is(who('six', undef, 'X-Forwarded-For: 2001:db8::9, ::2'), '2001:db8::9', 'and a hop of its network');
};

subtest 'each request of a connection is evaluated anew' => sub {
    my $s = dial('any');
    my @got;
    for my $field ('X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 192.0.2.2', 'X: y', 'X-Forwarded-For: 192.0.2.3') {
        syswrite $s, "GET /v1/who HTTP/1.1\r\nHost: a\r\n$field\r\n\r\n";
        push @got, Leat::Client::answer($s)->{json}{ip};
    }
    is("@got", '192.0.2.1 192.0.2.2 127.0.0.1 192.0.2.3', 'requests of several clients on one connection');
};

my @prefixes = (
    [['X-Forwarded-Prefix: /shop'], '/shop'],
    [['X-Forwarded-Prefix: /a/b/'], '/a/b'],
    [['X-Forwarded-Prefix: /'], ''],
    [['X-Forwarded-Prefix: shop'], ''],
    [['X-Forwarded-Prefix: //evil.example'], ''],
    [['X-Forwarded-Prefix: https://evil.example'], ''],
    [['X-Forwarded-Prefix: /a/../b'], ''],
    [['X-Forwarded-Prefix: /a?b'], ''],
    [['X-Forwarded-Prefix: /a b'], ''],
    [['X-Forwarded-Prefix: /\\evil.example'], ''],
    [["X-Forwarded-Prefix: /caf\xe9\x80"], ''],
    [['X-Forwarded-Prefix: /evil', 'X-Forwarded-Prefix: /shop'], '/shop'],
    [['X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.1', 'X-Forwarded-Prefix: /evil, /shop, /inner'], '/shop'],
    [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Prefix: /evil',
        'X-Forwarded-Prefix: /shop'], '/shop'],
    [['Forwarded: for=192.0.2.1', 'X-Forwarded-Prefix: /shop'], '/shop'],
);

subtest 'Location contains the prefix that a trusted proxy has cut off' => sub {
    for my $row (@prefixes) {
        my ($fields, $prefix) = @$row;
        (my $name = join ' / ', @$fields) =~ s/[^ -~]/?/g;
        like(location('any', undef, @$fields), qr{^\Q$prefix\E/v1/things/\d+$}, "Location: $name");
        like(location('any', '127.0.0.2', @$fields), qr{^/v1/things/\d+$}, "not of another peer: $name");
    }
    like(location('off', undef, 'X-Forwarded-Prefix: /shop'), qr{^/v1/things/\d+$}, 'off: no prefix');
    like(location('rfc', undef, 'X-Forwarded-Prefix: /shop'), qr{^/v1/things/\d+$},
        'forwarded: no X-Forwarded-Prefix either');
    is(ask('POST /shop/v1/things', 'any', undef, 'X-Forwarded-Prefix: /shop')->{status}, 404,
        'a prefix that was not cut off is no route');
};

my $trace = '0af7651916cd43dd8448eb211c80319c';

subtest 'only a trusted peer chooses the id of its request, and everybody a trace' => sub {
    for my $row (
        ['any', undef, 1, 'trusted'], ['off', undef, 1, 'trusted, forwarded: off'],
        ['any', '127.0.0.2', 0, 'another peer'], ['nobody', undef, 0, 'no one is trusted'],
    ) {
        my ($to, $local, $is_believed, $name) = @$row;
        my @fields = ('X-Request-Id: given-1', "traceparent: 00-$trace-b7ad6b7169203331-01");
        my $given = ask('GET /v1/who', $to, $local, @fields)->{headers}{'x-request-id'};
        $is_believed ? is($given, 'given-1', "$name: the request's id") : isnt($given, 'given-1', "$name: no id");
        my $line = wait_for(10, sub { $leat->log =~ /^(.* id=\Q$given\E.*)$/m && $1 });
        like($line, qr/ trace=$trace/, "$name: the trace is logged");
    }
};

subtest 'the log names the client, not the proxy' => sub {
    my $id = ask('GET /v1/who', 'any', undef, 'X-Forwarded-For: 192.0.2.77')->{headers}{'x-request-id'};
    ok(wait_for(10, sub { $leat->log =~ /^.* client=192\.0\.2\.77 id=\Q$id\E$/m }), 'the log names the client');
};

subtest 'limits by address apply to peers that are not trusted' => sub {
    my $small = Leat::Test->new(workers => 1);
    $small->configure(<<"YAML");
listen: [{address: 127.0.0.1:$small->{port}, trusted: [127.0.0.1]}]
limits: {per-address: 2}
YAML
    $small->start;
    for my $row (['127.0.0.1', 5], ['127.0.0.2', 2], ['127.0.0.3', 2]) {
        my ($local, $want) = @$row;
        my @held = map { Leat::Client::dial($small->{port}, $local) } 1 .. 5;
        my %headers = ('X-Forwarded-For' => '192.0.2.1');
        my @served = grep { ($small->get('/v1/health', socket => $_, headers => \%headers) // {})->{status} } @held;
        is(scalar @served, $want, "$local holds $want of 5 connections");
    }
};

all_done;
