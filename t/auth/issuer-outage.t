# SPDX-License-Identifier: MIT
# While the keys of an issuer cannot be fetched, a token that may be valid is answered 503 with Retry-After,
# and not 401, which would make its client throw it away. Keys that were fetched go on.
use strict;
use warnings;
use JSON::PP;
use Leat::Provider qw(make_key sign_token);
use Leat::Test;
use Test::More;

my @faults = qw(down garbage text error);
my %issuer = map { $_ => Leat::Provider->new(key => make_key('ES256', "key-$_")) } @faults, 'well';
$issuer{$_}->set(fault => {jwks => $_}) for @faults;
my $foreign = make_key('ES256', 'foreign');

my $leat = Leat::Test->new(document => <<'API', migrations => {'0001_a.up.sql' => 'CREATE TABLE t (n INTEGER);'});
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
security: [{bearer: []}]
paths:
  /who:
    get:
      operationId: who
      responses: {"200": {description: who, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub"}
API
my %issuers = map { $_ => {issuer => $issuer{$_}{issuer}, audience => 'us', 'jwks-url' => "$issuer{$_}{root}/jwks"} }
    keys %issuer;
$leat->configure("workers: 1\nidentity: " . encode_json({issuers => \%issuers}) . "\n");
$leat->start;

sub token {
    my ($name, $key) = @_;
    my %claims = (iss => $issuer{$name}{issuer}, aud => 'us', sub => 'u', iat => time, exp => time + 300);
    return sign_token($key // $issuer{$name}{key}, \%claims);
}
sub ask { my ($token) = @_; return $leat->get('/who', headers => {Authorization => "Bearer $token"}) }
sub failures { my ($name) = @_; return scalar(() = $leat->log =~ /jwks\.failed of=\Q$issuer{$name}{issuer}\E /g) }

subtest 'keys that are there' => sub {
    ok(wait_for(10, sub { ask(token('well'))->{status} == 200 }), 'are believed');
    is(ask(token('well', $foreign))->{status}, 401, 'and a key that is not one of them is not');
    is($leat->get('/who')->{status}, 401, 'as is no credential');
};

for my $fault (@faults) {
    subtest "a key set that cannot be had: $fault" => sub {
        ok(wait_for(10, sub { $issuer{$fault}->seen('jwks') }), 'has been asked for');
        for my $token (token($fault), token($fault), token($fault, $foreign)) {
            my $r = ask($token);
            is($r->{status}, 503, 'answers 503');
            is($r->{json}{error}, 'the token cannot be verified now, try again later', 'which says why');
            ok($r->{headers}{'retry-after'} =~ /^\d+$/ && $r->{headers}{'retry-after'} <= 30, 'until the next attempt');
            ok(!$r->{headers}{'www-authenticate'}, 'and no challenge');
        }
        ok(wait_for(5, sub { failures($fault) }), 'the log says so');
        is(failures($fault), 1, 'once an outage');
        is(ask(token('well'))->{status}, 200, 'tokens of others are believed');
    };
}

subtest 'is counted' => sub {
    is($leat->metric('leat_requests_refused_keys_total'), 12, 'each answer');
    cmp_ok($leat->metric('leat_jwks_failures_total'), '>=', 2 * @faults, 'each attempt');
};

subtest 'keys that were fetched go on during an outage, and others may be valid' => sub {
    my $failures = sub { scalar(() = $leat->log =~ /jwks\.failed of=\Q$issuer{well}{issuer}\E /g) };
    my $before   = $failures->();
    $issuer{well}->set(fault => {jwks => 'down'});
    is($leat->ctl('reload')->{code}, 0, 'a worker that has not fetched them');
    ok(wait_for(10, sub { $failures->() > $before }), 'although it tried');
    $issuer{well}->reset;
    ok(wait_for(10, sub { ask(token('well'))->{status} == 200 }), 'has them as soon as it can');
    logged($leat, qr/jwks\.recovered of=\Q$issuer{well}{issuer}\E/, 'the end of an outage is in the log');
    $issuer{well}->set(fault => {jwks => 'down'});
    is(ask(token('well'))->{status}, 200, 'they are known') for 1 .. 3;
    is(ask(token('well', $foreign))->{status}, 401, 'what they have not, while the last attempt was good, is refused');
};
all_done;
