# SPDX-License-Identifier: MIT
# Every operation of `leat scaffold auth` has a rate limit, login or account. Both exist without any
# configuration, and a configuration replaces them.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $auth = run_command(Leat::Test::build() . '/leat', 'scaffold', 'auth')->{out};
my %app = (document => $auth, migrations => {'0001_x.up.sql' => 'CREATE TABLE x (a INTEGER) STRICT;'}, workers => 2);
my $cheap = 'identity: {password: {memory: 8MiB, passes: 1}}';
my $secret = 'a long enough secret';

subtest 'limits every operation without any configuration' => sub {
    my $leat = Leat::Test->new(%app);
    is($leat->leat('check')->{err}, '', 'needs nothing of the configuration');
    my ($id, %limits);
    for (split /\n/, $auth) {
        $id = $1 if /operationId: (\w+)/;
        $limits{$id} = $1 if /x-rate-limit: (\w+)/;
    }
    my @all = $auth =~ /operationId: (\w+)/g;
    is_deeply([grep { !$limits{$_} } @all], [], 'has a limit on each of its ' . @all . ' operations');
    my @costly = qw(register login loginCookie startOauth endOauth forgotPassword resetPassword sendVerification
        verifyEmail changePassword deleteAccount enrollTotp disableTotp);
    is_deeply([sort grep { $limits{$_} eq 'login' } @all], [sort @costly],
        'login where a password is hashed or mail is sent');
    done_testing;
};

sub account {
    my ($leat, $name) = @_;
    $leat->post('/v1/auth/register', {email => "$name\@example.org", password => $secret});
    my $r = $leat->post('/v1/auth/login', {email => "$name\@example.org", password => $secret});
    return ({Authorization => "Bearer $r->{json}{access_token}"}, $r->{json}{refresh_token});
}

subtest 'applies its built-in limits where the configuration has none' => sub {
    my $leat = Leat::Test->new(%app, config => $cheap)->start;
    my ($ann, $refresh) = account($leat, 'ann');
    my $r = $leat->get('/v1/auth/me', headers => $ann);
    is($r->{headers}{'ratelimit-policy'}, '"account";q=600;w=60', 'account');
    $r = $leat->post('/v1/auth/login', {email => 'x@example.org', password => $secret});
    is($r->{headers}{'ratelimit-policy'}, '"login";q=20;w=60', 'login');
    $r = $leat->post('/v1/auth/refresh', {refresh_token => $refresh});
    is($r->{headers}{'ratelimit-policy'}, '"account";q=600;w=60', 'refresh has account, by address');
    like($r->{headers}{ratelimit}, qr/r=599/, 'apart from what a caller uses up');
    done_testing;
};

subtest 'applies the limits of the configuration' => sub {
    my $limits = 'rate-limits: {account: {rate: 5/hour, key: sub}, login: {rate: 9/hour}}';
    my $leat = Leat::Test->new(%app, config => "$cheap\n$limits\n")->start;
    my ($ann) = account($leat, 'ann');
    my ($bob) = account($leat, 'bob');
    my @made = map { $leat->post('/v1/auth/keys', {name => "k$_"}, headers => $ann)->{status} } 1 .. 6;
    is("@made", '201 201 201 201 201 429', 'keys of one account');
    is($leat->get('/v1/auth/sessions', headers => $ann)->{status}, 429, 'whatever else it asks');
    is($leat->get('/v1/auth/me', headers => $bob)->{status}, 200, 'another account is free');
    my @got = map { $leat->post('/v1/auth/refresh', {refresh_token => "x$_"})->{status} } 1 .. 6;
    is("@got", '401 401 401 401 401 429', 'guesses at refresh tokens');
    done_testing;
};

subtest 'reports a limit that is not configured' => sub {
    my $leat = Leat::Test->new(%app, document => $auth =~ s/x-rate-limit: account/x-rate-limit: acount/r);
    like($leat->leat('check')->{err}, qr/x-rate-limit: acount is not configured/, 'acount');
    done_testing;
};

all_done;
