# SPDX-License-Identifier: MIT
# A login whose cookie no operation takes is told before anybody logs in.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $scaffold = Leat::Test::run_command(Leat::Test::build() . '/leat', 'scaffold', 'auth');
my $leat     = Leat::Test->new(document => $scaffold->{out});
my $cookie   = qr/session\.cookie: no operation has a security scheme \{type: apiKey, in: cookie, name: (\S+)\}/;

# Returns the name of the cookie that the check warns of.
sub complaint { return ($leat->leat('check')->{err} =~ $cookie)[0] // 'none' }

subtest 'the scaffolded document fits the default' => sub { is(complaint(), 'none', 'leat check') };

subtest 'another name than the scheme has' => sub {
    $leat->configure('identity: {session: {cookie: sid}}');
    is(complaint(), 'sid', 'leat check');
    like($leat->leat('check')->{err}, qr/sid\}, so .* is named as the documents say: __Host-session$/m,
        'the document wins');
    $leat->write('api.yaml', Leat::Test::slurp("$leat->{dir}/api.yaml") =~ s/name: __Host-session/name: sid/r);
    is(complaint(), 'none', 'a scheme of that name');
};

subtest 'no scheme of a cookie at all' => sub {
    $leat->configure('');
    my $text = Leat::Test::slurp("$leat->{dir}/api.yaml");
    $text =~ s/^ *session: \{type: apiKey.*\n//m;
    $text =~ s/, \{session: \[\]\}//g;
    $leat->write('api.yaml', $text);
    is(complaint(), '__Host-session', 'leat check');
    like($leat->leat('check')->{err}, qr/opens nothing$/m, 'which opens nothing');
};

subtest 'two other cookies: none is chosen' => sub {
    $leat->configure('identity: {session: {cookie: sid}}');
    my $key = 'key: {type: apiKey, in: cookie, name: key}';
    my $two = $scaffold->{out} =~ s/^( *)(session: \{type: apiKey.*)\n/$1$2\n$1$key\n/mr;
    $two =~ s/\{session: \[\]\}/{session: []}, {key: []}/g;
    $leat->write('api.yaml', $two);
    like($leat->leat('check')->{err}, qr/opens nothing$/m, 'leat check');
};

subtest 'a login sets the cookie that the document names, and it opens the session' => sub {
    my $other = Leat::Test->new(
        document   => $scaffold->{out} =~ s/^ *x-rate-limit:.*\n//mgr,
        config     => "identity: {session: {cookie: sid}}\n",
        migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);'})->start;
    my $who = {email => 'ann@example.org', password => 'a long enough secret'};
    $other->request('POST', '/v1/auth/register', json => $who);
    my $set = $other->request('POST', '/v1/auth/session', json => $who)->{headers}{'set-cookie'} // '';
    my ($cookie) = $set =~ /^([^;]+)/;
    like($cookie, qr/^__Host-session=/, 'as the document says');
    is($other->get('/v1/auth/me', headers => {Cookie => $cookie})->{status}, 200, 'and it is taken');
};


subtest 'without the login by cookie nobody asks' => sub {
    $leat->write('api.yaml',
        Leat::Test::slurp("$leat->{dir}/api.yaml") =~ s/x-builtin: auth\.login-cookie\b/x-builtin: health.live/r);
    is(complaint(), 'none', 'leat check');
};
subtest 'a provider whose login ends on a page gives a cookie too' => sub {
    $leat->configure(<<'YAML');
identity:
  session: {cookie: sid}
  providers:
    example: {issuer: https://id.example, client-id: a, redirect: https://me.example/back, return: https://me.example/}
YAML
    is(complaint(), 'sid', 'leat check');
    $leat->write('api.yaml',
        Leat::Test::slurp("$leat->{dir}/api.yaml") =~ s/x-builtin: oauth\.callback\b/x-builtin: health.live/r);
    is(complaint(), 'none', 'unless nobody can come back from it');
};
all_done;
