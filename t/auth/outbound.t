# SPDX-License-Identifier: MIT
# Whatever a provider or a name server says, no request of ours reaches a network that is not
# public, unless the configuration allows it or names that very origin.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Leat::Oauth;
use Leat::Provider;
use Leat::Test;
use Test::More;

# A server that must not be reached: accepts connections and counts them.
my $inside = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', LocalPort => 0, Blocking => 0)
    or die "listen: $!";
my $port = $inside->sockport;
sub reached { my $n = 0; while (my $s = $inside->accept) { $n++; close $s } return $n }

subtest 'asks no address inside, whatever a provider says of itself' => sub {
    my $op = Leat::Provider->new(secret => 's');
    for my $name (qw(token_endpoint jwks_uri userinfo_endpoint)) {
        my $site = Leat::Oauth->new(providers => {op => {issuer => $op->{issuer}, secret => 's'}}, workers => 1);
        $op->set(says => {$name => "http://127.0.0.1:$port/$name"}, user => {sub => 'u1', email => 'ann@example.com'});
        my $r = $site->log_in('op', $op);
        is($r->{status}, 502, "$name at another port of this machine ends the login");
        is(reached(), 0, 'and is not asked');
        my $event = qr/oauth\.failed provider=op step=\w+|jwks\.failed of=op/;
        logged($site->{leat}, qr/(?:$event) reason="http is allowed only to this machine/, 'which is logged');
    }
    $op->set(says => {token_endpoint => "https://169.254.169.254/token"});
    my $site = Leat::Oauth->new(providers => {op => {issuer => $op->{issuer}, secret => 's'}}, workers => 1);
    is($site->log_in('op', $op)->{status}, 502, 'so does the metadata service');
    logged($site->{leat}, qr/oauth\.failed provider=op step=token reason="the address is not public/,
        'before anything is sent');
    done_testing;
};

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
paths:
  /who:
    get: {operationId: who, security: [{bearer: []}], responses: {"200": {description: Ok.}}, x-builtin: health.live}
API
sub keys_at {
    my ($url, $more) = @_;
    my $config = {issuers => {corp => {issuer => 'https://corp.example', audience => 'us', 'jwks-url' => $url}}};
    my $identity = 'identity: ' . JSON::PP->new->encode($config) . "\n";
    return Leat::Test->new(document => $document, workers => 1, config => $identity . ($more // ''));
}

subtest 'asks no address inside, whatever a name server says' => sub { # libcurl knows *.localhost by itself
    my $leat = keys_at("https://keys.localhost:$port/jwks")->start;
    logged($leat, qr/jwks\.failed of=\S+ reason="the address is not public; see outbound\.allow"/,
        'a name that leads to this machine');
    is(reached(), 0, 'is not asked');
    $leat->finish;
    $leat = keys_at("https://keys.localhost:$port/jwks", "outbound: {allow: [127.0.0.0/8, '::1']}\n")->start;
    ok(wait_for(10, sub { reached() }), 'unless its network is allowed');
    unlike($leat->log, qr/not public/, 'which is nothing to log');
    done_testing;
};

subtest 'asks the address that the operator wrote' => sub {
    my $leat = keys_at("https://127.0.0.1:$port/jwks")->start;
    ok(wait_for(10, sub { reached() }), 'an address of the configuration is asked');
    done_testing;
};

subtest 'refuses networks and URLs that are none' => sub {
    for my $row (
        ['outbound: {allow: [unix]}', qr/outbound\.allow\[\]: a Unix socket is not a network/],
        ['outbound: {allow: [10.0.0.0/33]}', qr/outbound\.allow\[\]: not an address block/],
        ['outbound: {allow: [intern.example]}', qr/outbound\.allow\[\]: not an address block/])
    {
        like(Leat::Test->new(config => "$row->[0]\n")->leat('check')->{err}, $row->[1], $row->[0]);
    }
    for my $url ('http://keys.example/jwks', 'ftp://keys.example/', 'https://user@keys.example/', 'keys.example') {
        like(keys_at($url)->leat('check')->{err},
            qr/identity\.issuers\.corp\.jwks-url: must be an https URL, or an http URL on this machine/,
                "jwks-url: $url");
    }
    done_testing;
};

all_done;
