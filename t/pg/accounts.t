# SPDX-License-Identifier: MIT
# The built-in accounts on PostgreSQL: the document that leat scaffold auth makes, from the registration to the end.
use strict;
use warnings;
use Leat::Postgres;
use Leat::Test;
use Test::More;

my $pg = Leat::Postgres->new;
$ENV{LEAT_DATABASE_URL} = $pg->create('app');

my $leat = Leat::Test->new(
    document   => slurp(($ENV{LEAT_SRC} // '.') . '/conf/auth.yaml'),
    migrations => {'0001_notes.up.sql' => 'CREATE TABLE notes (id integer PRIMARY KEY);'},
    config     => <<'YAML');
identity: {key-file: "file:keys.json"}
rate-limits: {login: {rate: 1000/min, key: ip}, writes: {rate: 1000/min, key: sub}}
YAML
$leat->start;

my %who = (email => 'ann@example.org', password => 'correct horse battery');
sub call {
    my ($method, $path, $token, $body) = @_;
    my %headers = $token ? (Authorization => "Bearer $token") : ();
    return $leat->request($method => "/v1/auth$path", headers => \%headers, $body ? (json => $body) : ());
}
sub login { return call(POST => '/login', undef, {%who, @_}) }

subtest 'an account is made once, and logs in' => sub {
    is(call(POST => '/register', undef, \%who)->{status}, 201, 'registered');
    is(call(POST => '/register', undef, \%who)->{status}, 409, 'once');
    is(login(password => 'another horse')->{status}, 401, 'not with another password');
    my $r = login();
    is($r->{status}, 200, 'logged in');
    is(call(GET => '/me', $r->{json}{access_token})->{json}{email}, $who{email}, 'the token is accepted');
    is($pg->sql('app', 'SELECT count(*) FROM _leat_sessions'), 1, 'the session is in PostgreSQL');
};

subtest 'a refresh token is used once' => sub {
    my $first = login()->{json};
    my $next = call(POST => '/refresh', undef, {refresh_token => $first->{refresh_token}});
    is($next->{status}, 200, 'refreshed');
    is(call(GET => '/me', $next->{json}{access_token})->{status}, 200, 'the new token is accepted');
};

subtest 'sessions, keys and the password' => sub {
    my $token = login()->{json}{access_token};
    my $key = call(POST => '/keys', $token, {name => 'robot'});
    is($key->{status}, 201, 'an API key') or diag $key->{body};
    like(call(GET => '/keys', $token)->{body}, qr/"robot"/, 'is listed');
    is(call(DELETE => "/keys/$key->{json}{id}", $token)->{status}, 204, 'and revoked');
    my $new = 'a new horse battery';
    my $r = call(PUT => '/password', $token, {current_password => $who{password}, new_password => $new});
    is($r->{status}, 204, 'a new password') or diag $r->{body};
    is(login()->{status}, 401, 'the old one is over');
    $who{password} = $new;
    my $other = login()->{json}{access_token};
    is(call(POST => '/logout', $other)->{status}, 204, 'logged out');
    becomes(sub { call(GET => '/me', $other)->{status} }, 401, 'the token is over');
};

subtest 'leatctl knows the accounts' => sub {
    like($leat->ctl('user', 'list')->{out}, qr/ann\@example\.org/, 'lists them');
    is($leat->ctl('user', 'disable', $who{email})->{code}, 0, 'disables one');
    is(login()->{status}, 401, 'which cannot log in');
    is($leat->ctl('user', 'enable', $who{email})->{code}, 0, 'enables it');
    is(login()->{status}, 200, 'which can again');
    like($leat->ctl('audit')->{out}, qr/user\.disabled/, 'and has written it down');
};

subtest 'an account is deleted with all that is its own' => sub {
    my $token = login()->{json}{access_token};
    my $r = call(POST => '/delete', $token, {password => $who{password}});
    is($r->{status}, 204, 'deleted') or diag $r->{body};
    is($pg->sql('app', 'SELECT (SELECT count(*) FROM _leat_users) + (SELECT count(*) FROM _leat_sessions)'), 0, 'all');
};

subtest 'what is of SQLite alone says so' => sub {
    my $r = $leat->ctl('backup', "$leat->{dir}/copy");
    like("$r->{code} $r->{out}$r->{err}", qr/^1 .*PostgreSQL server's; back it up with pg_dump/, 'leatctl backup');
    $r = $leat->leat('restore', "$leat->{dir}/copy");
    like("$r->{code} $r->{err}", qr/^1 .*PostgreSQL server's; restore it with pg_restore/, 'leat restore');
};

all_done;
