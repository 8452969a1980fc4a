# SPDX-License-Identifier: MIT
# A rate limit has many keys, and clients choose some of them: a header's value, an IPv6 network.
# Made-up keys displace no entry of another limit, nor that of a throttled login.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Jwt;
use Leat::Test;
use Test::More;

my $secret = 'a secret of thirty-two bytes or more';
my @operations = (['chosen', 'chosen'], ['wide', 'wide'], ['by-address', 'address'], ['by-caller', 'caller']);
my $paths = join '', map { <<"YAML" } @operations;
  /$_->[0]:
    get:
      operationId: $_->[0]
      x-rate-limit: $_->[1]
      security: @{[$_->[1] eq 'caller' ? '[{bearer: []}]' : '[]']}
      responses: {"200": {description: Ok.}}
      x-builtin: health.live
YAML
my $leat = accounts(
    identity => "keys: [{key: 'file:SECRET'}], password: {memory: 8MiB, passes: 1, tries: 2, window: 1h}",
    files => {'limits.yaml' => <<"YAML", secret => $secret});
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /w}]
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
paths:
$paths
YAML
my $config = slurp($leat->{config_path}) =~ s/SECRET/$leat->{dir}\/secret/r;
$config =~ s/^api: \[/api: [{document: limits.yaml}, /m;
my @limits = ("chosen: {rate: 9/day, key: 'header:X-Key', cost: 3}", 'wide: {rate: 9/day, cost: 3}',
    'address: {rate: 2/hour}', 'caller: {rate: 2/hour, key: sub}');
$config =~ s/^rate-limits: \{/$& . join '', map { "$_, " } @limits/me;
$leat->configure($config . "limits: {per-address: 100000}\n");
$leat->start;

sub from { my ($address) = @_; return (headers => {'X-Forwarded-For' => $address}) }
my %caller = (headers => {Authorization => 'Bearer ' . jwt(secret_key($secret), access(sub => 'u'))});
sub attempt { return login($leat, 'ann', password => 'wrong wrong', from('192.0.2.1'))->{status} }
register($leat, 'ann', from('192.0.2.9'));

subtest 'makes a login, an address and a caller wait' => sub {
    is(join(' ', map { attempt() } 1 .. 3), '401 401 429', 'a login must wait');
    is(join(' ', map { $leat->get('/w/by-address', from('192.0.2.1'))->{status} } 1 .. 3), '200 200 429',
        'so must an address');
    is(join(' ', map { $leat->get('/w/by-caller', %caller)->{status} } 1 .. 3), '200 200 429', 'so must a caller');
    done_testing;
};

# Sends enough requests, each with a new key, to fill the share of a limit three times.
sub flood {
    my ($path, $header) = @_;
    my ($count, $at_once) = (scale(100_000), 500);
    my $s = $leat->connect;
    for (my $n = 0; $n < $count; $n += $at_once) {
        my $text = join '', map { "GET $path HTTP/1.1\r\nHost: a\r\n" . $header->($n + $_) . "\r\n\r\n" } 1 .. $at_once;
        syswrite $s, $text;
        my $answers = 0;
        Leat::Test::read_all($s, 60, sub { $answers = () = $_[0] =~ m{HTTP/1\.1 \d}g; return $answers >= $at_once })
            or last;
        return 0 if $answers != $at_once;
    }
    return 1;
}
for my $row (
    ['values of a header', '/w/chosen', sub { "X-Key: k$_[0]" }],
    ['networks of IPv6', '/w/wide', sub { sprintf 'X-Forwarded-For: 2001:db8:%x:%x::1', $_[0] >> 16, $_[0] & 0xffff }])
{
    my ($what, $path, $header) = @$row;
    subtest "forgets none of them in a flood of $what" => sub {
        ok(flood($path, $header), 'a flood of them is answered');
        is(attempt(), 429, 'the login must wait still');
        is($leat->get('/w/by-address', from('192.0.2.1'))->{status}, 429, 'so must the address');
        is($leat->get('/w/by-caller', %caller)->{status}, 429, 'so must the caller');
        done_testing;
    };
}

subtest 'what clients choose uses up the room of its own table alone' => sub {
    my %used = map { $_->{limit} => $_ } @{$leat->ctl_json('limits')};
    cmp_ok($used{'rate chosen'}{used}, '<=', $used{'rate chosen'}{of}, 'the table is not past its size');
    done_testing;
};
all_done;
