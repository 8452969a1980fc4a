# SPDX-License-Identifier: MIT
# Failed logins count by account and network, and by network alone, across all workers; successes do
# not count, and a refusal by one limit uses up nothing of the other. Known places are tested in
# lockout.t.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $source = Leat::Test::source();
my $leat = Leat::Test->new;
$leat->configure(<<YAML);
workers: 2
api: [{document: $source/conf/auth.yaml}]
database: {path: $leat->{dir}/app.db, migrations: $source/conf/todo/migrations, migrate: on-start}
identity: {password: {tries: 2, memory: 8MiB, passes: 1, window: 1h}}
rate-limits: {login: {rate: 1000/min, key: ip}}
YAML
$leat->start;

sub login {
    my ($name, $password, $address) = @_;
    return $leat->post('/v1/auth/login', {email => "$name\@example.org", password => $password},
        headers => {'X-Forwarded-For' => $address});
}
my $secret = 'a long enough secret';

subtest 'lets whoever knows the password log in as often as it likes' => sub {
    for my $name (qw(ann bob eve)) {
        my $r = $leat->post('/v1/auth/register', {email => "$name\@example.org", password => $secret},
            headers => {'X-Forwarded-For' => '192.0.2.1'});
        is(int($r->{status} / 100), 2, "$name has an account");
    }

    is(join(' ', map { login('ann', $secret, '192.0.2.2')->{status} } 1 .. 25), join(' ', (200) x 25),
        'whoever knows the password may log in as often as it likes');
    done_testing;
};

subtest 'makes a network wait after two failures at an account' => sub {
    is(join(' ', map { login('ann', 'not the right one', '192.0.2.3')->{status} } 1 .. 3), '401 401 429',
        'two failures of one network, and it waits');
    my $r = login('ann', $secret, '192.0.2.3');
    is($r->{status}, 429, 'also with the right password');
    cmp_ok($r->{headers}{'retry-after'}, '<=', 1800, 'for the time that one try takes');
    is(login('bob', $secret, '192.0.2.3')->{status}, 200, 'another account is free');
    done_testing;
};

subtest 'shows the administrator who waits, and lets it be helped' => sub {
    my $keys = JSON::PP::decode_json($leat->ctl('--json', 'limits', '--policy', 'login-network')->{out});
    is_deeply([map { $_->{key} } @$keys], ['ann@example.org 192.0.2.3'], 'the administrator sees who waits');
    is($leat->ctl('limits', 'reset', 'ann@example.org 192.0.2.3', 'login-network')->{code}, 0, 'and helps');
    is(login('ann', $secret, '192.0.2.3')->{status}, 200, 'so that it need not wait');
    done_testing;
};

subtest 'makes all new networks wait after twenty failures at an account' => sub {
    my $r;
    for my $n (1 .. 9) { $r = login('ann', 'not the right one', "198.51.100.$n") for 1 .. 2 }
    is($r->{status}, 401, 'ten networks may fail twice each, with the first');
    is(login('ann', $secret, '198.51.100.11')->{status}, 429, 'and then no other may');
    is($leat->ctl('limits', 'reset', 'ann@example.org', 'login-account')->{code}, 0,
        'the administrator helps here, too');
    is(login('ann', $secret, '198.51.100.11')->{status}, 200, 'so that it may');
    done_testing;
};

subtest 'makes an address wait after twenty failures, and locks no account' => sub {
    my %seen;
    $seen{login("nobody$_", $secret, '192.0.2.9')->{status}}++ for 1 .. 25;
    is_deeply(\%seen, {401 => 20, 429 => 5}, 'ten times as many of one address');
    is(join(' ', map { login('eve', 'not the right one', '192.0.2.9')->{status} } 1 .. 4), '429 429 429 429',
        'it is refused for every account');
    is(login('eve', $secret, '192.0.2.10')->{status}, 200, 'and locks none of them');
    my ($row) = grep { $_->{limit} eq 'rate login-address' } @{$leat->ctl_json('limits')};
    is($row->{refused}, 9, 'leatctl knows who was refused');
    done_testing;
};

subtest 'reserves the names of its own limits' => sub {
    # Their keys would share entries.
    for my $name (qw(login-account login-known request-address)) {
        my $wrong = Leat::Test->new(config => "rate-limits: {$name: {rate: 1/s}}\n");
        like($wrong->leat('check')->{err},
            qr/leat\.yaml:1:\d+: rate-limits\.$name: the name is reserved for a built-in limit/, "$name is taken");
    }
    done_testing;
};

all_done;
