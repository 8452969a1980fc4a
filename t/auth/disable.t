# SPDX-License-Identifier: MIT
# Disabling an account ends its API keys at once, although workers cache the owner of a key.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $auth = slurp(Leat::Test::source() . '/conf/auth.yaml');
$auth =~ s{^paths:\n}{<<'YAML'}em;
paths:
  /who:
    get:
      operationId: who
      security: [{key: []}]
      responses: {"200": {description: Who calls., content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub"}
YAML
$auth =~ s{^  securitySchemes:\n}{$&    key: {type: apiKey, in: header, name: X-API-Key}\n}m;
my $leat = Leat::Test->new(document => $auth, workers => 3, config => "rate-limits: {login: {rate: 10000/min}}\n",
    migrations => {'0001_x.up.sql' => 'CREATE TABLE x (a INTEGER) STRICT;'})->start;

my ($tries, %id, %key) = (12); # so that each worker has its turn
for my $name (qw(ann bob)) {
    ($id{$name}) = $leat->ctl(qw(user create), "$name\@example.org")->{out} =~ /^(\S+)$/m;
    ($key{$name}) = $leat->ctl(qw(token create), $id{$name}, 'key')->{out} =~ /^(\S+)$/m;
}
sub statuses {
    my ($name) = @_;
    my %s = map { $leat->get('/v1/who', headers => {'X-API-Key' => $key{$name}})->{status} => 1 } 1 .. $tries;
    return join ' ', sort keys %s;
}

subtest 'ends the keys of a disabled account on every worker' => sub {
    is(statuses($_), 200, "the key of $_ works") for qw(ann bob);
    my $r = $leat->ctl(qw(user disable Ann@Example.org));
    is("$r->{code} $r->{out}", "0 disabled; 0 sessions ended\n",
        'a key is no login; addresses are the same in capitals');
    is(statuses('ann'), 401, 'the key of who is disabled does not, on any worker');
    is(statuses('bob'), 200, 'others are not touched');
    done_testing;
};

subtest 'gives that account no new key, and a reload changes nothing' => sub {
    my $r = $leat->ctl(qw(token create ann@example.org more));
    is("$r->{code} $r->{out}", '1 ', 'it gets no new key');
    like($r->{err}, qr/the account is disabled/, 'and why');
    is($leat->ctl(qw(reload))->{code}, 0, 'a reload');
    is(statuses('ann'), 401, 'changes nothing');
    done_testing;
};

subtest 'lets its keys work again once it is enabled' => sub {
    is($leat->ctl(qw(user enable), $id{ann})->{code}, 0, 'enabled, by id');
    is(statuses('ann'), 200, 'the key works again');
    done_testing;
};

all_done;
