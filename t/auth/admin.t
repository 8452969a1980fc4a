# SPDX-License-Identifier: MIT
# leatctl user, token, audit and keys manage accounts, with no more rights than workers have.
use strict;
use warnings;
use Leat::Test;
use MIME::Base64 qw(decode_base64url encode_base64);
use Test::More;

my $auth = slurp(Leat::Test::source() . '/conf/auth.yaml');
$auth =~ s{^paths:\n}{<<'YAML'}em;
paths:
  /who:
    get:
      operationId: who
      security: [{bearer: []}, {key: []}, {basic: []}]
      responses: {"200": {description: Who calls., content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub, :_scope AS scope, :_roles AS roles"}
YAML
my $schemes = <<'YAML';
    key: {type: apiKey, in: header, name: X-API-Key}
    basic: {type: http, scheme: basic}
YAML
$auth =~ s{^  securitySchemes:\n}{$&$schemes}m;
my $leat = Leat::Test->new(document => $auth, workers => 3,
    migrations => {'0001_x.up.sql' => 'CREATE TABLE x (a INTEGER) STRICT;'}, config => <<'YAML')->start;
identity: {scopes: [own], roles: {admin: [stats, users], writer: [write]}}
rate-limits: {login: {rate: 10000/min}}
log: {level: debug}
YAML

# Runs a command with a line on standard input.
sub ctl_with {
    my ($input, @args) = @_;
    $leat->write('input', "$input\n");
    my $command = join ' ', map { "'" . s/'/'\\''/gr . "'" } Leat::Test::build() . '/leatctl', '--socket',
        $leat->{socket}, @args;
    return run_command('sh', '-c', "exec $command <'$leat->{dir}/input'");
}
sub rows { my $r = $leat->ctl('--json', @_); return eval { JSON::PP::decode_json($r->{out}) } // {} }
sub login {
    my ($name, $password) = @_;
    return $leat->post('/v1/auth/login', {email => "$name\@example.org", password => $password});
}
sub bearer { return {Authorization => "Bearer $_[0]"} }
sub claims { return JSON::PP::decode_json(decode_base64url((split /\./, $_[0])[1])) }

my $secret = 'a long enough secret';

my $id;
subtest 'creates an account, and prints its id' => sub {
    my $r = ctl_with($secret, 'user', 'create', 'Ann@Example.org', '--roles', 'admin,writer', '--verified');
    is($r->{code}, 0, 'user create') or diag $r->{err};
    like($r->{out}, qr/^[0-9a-f-]{36}\n\z/, 'prints the id');
    $id = $r->{out} =~ s/\n//r;
    done_testing;
};

subtest 'refuses an address, a password or a role that will not do, and says why' => sub {
    for my $row (
        [$secret, ['ann@example.org'],                   qr/an account with this address already exists/],
        [$secret, ['nobody'],                            qr/not an e-mail address/],
        ['short', ['bob@example.org'],                   qr/^the password must/],
        ['password1', ['bob@example.org'],               qr/^the password /],
        [$secret, ['bob@example.org', '--roles', 'x'],   qr/no such role in identity\.roles/],
    ) {
        my ($password, $args, $message) = @$row;
        my $r = ctl_with($password, qw(user create), @$args);
        is($r->{code}, 1, "refused: @$args");
        like($r->{err}, $message, 'with the reason');
    }
    done_testing;
};

subtest 'lists accounts without what is secret' => sub {
    is(ctl_with('', qw(user create bob@example.org))->{code}, 0, 'without a password');
    is($leat->post('/v1/auth/login', {email => 'bob@example.org', password => ''})->{status}, 401,
        'nobody logs in with none');
    is_deeply([map { $_->{email} } @{rows('user', 'list')}], ['ann@example.org', 'bob@example.org'], 'user list');
    is_deeply([map { $_->{email} } @{rows('user', 'list', '--after', 'ann@example.org')}], ['bob@example.org'],
        'from there on');
    like($leat->ctl('user', 'list')->{out}, qr/^EMAIL +ROLES +VERIFIED +DISABLED *\nann/, 'as a table');
    ok(!grep({ /password/ } map { keys %$_ } @{rows('user', 'list')}), 'without what is secret');
    done_testing;
};

subtest 'gives a token the scopes of the roles' => sub {
    my $token = login('ann', $secret)->{json}{access_token};
    is_deeply([sort split / /, claims($token)->{scope}], [qw(own stats users write)], 'roles give scopes');
    is($leat->ctl(qw(user roles ann@example.org writer))->{code}, 0, 'user roles');
    is(claims(login('ann', $secret)->{json}{access_token})->{scope}, 'own write', 'from the next token on');
    done_testing;
};

my $key;
subtest 'creates, lists and revokes API keys' => sub {
    my $r = $leat->ctl(qw(token create ann@example.org build --scopes write --expires 90d));
    is($r->{code}, 0, 'token create') or diag $r->{err};
    $key = $r->{out} =~ s/\n//r;
    like($key, qr/^leat_[0-9A-Za-z]{8}_[0-9A-Za-z]{33}\z/, 'prints it');
    my $answer = $leat->get('/v1/who', headers => {'X-API-Key' => $key});
    is("$answer->{json}{sub} $answer->{json}{scope}", "$id write", 'in a header');
    my ($listed) = @{rows('token', 'list', 'ann@example.org')};
    $answer = $leat->get('/v1/who', headers => {Authorization => 'Basic ' . encode_base64("$listed->{id}:$key", '')});
    is($answer->{json}{sub}, $id, 'by Basic');
    is("$listed->{name} $listed->{scopes}", 'build write', 'token list');
    unlike(JSON::PP::encode_json(rows('token', 'list')), qr/\Q$key\E|hash/, 'does not show it');
    like($leat->ctl(qw(token create ann@example.org x --scopes stats))->{err},
        qr/^stats: the account lacks this scope; it has: own write$/m, 'no scope that the account lacks');
    like($leat->ctl(qw(token create ann@example.org x --expires soon))->{err}, qr/expires must be a duration/,
        'no nonsense');
    is($leat->ctl(qw(token revoke), $listed->{id})->{code}, 0, 'token revoke');
    is($leat->get('/v1/who', headers => {'X-API-Key' => $key})->{status}, 401, "reaches every worker: try $_")
        for 1 .. 6;
    is($leat->ctl(qw(token revoke), $listed->{id})->{code}, 1, 'once');
    done_testing;
};

subtest 'ends logins on every worker when it changes a password or disables an account' => sub {
    for my $row (
        ['set-password', sub { ctl_with('another long secret', qw(user set-password ann@example.org)) },
            'another long secret'],
        ['disable', sub { $leat->ctl(qw(user disable), $id) }, undef],
    ) {
        my ($name, $do, $password) = @$row;
        my $old = login('ann', $name eq 'disable' ? 'another long secret' : $secret)->{json};
        is($leat->get('/v1/auth/me', headers => bearer($old->{access_token}))->{status}, 200, 'a login') for 1 .. 3;
        my $own = $leat->post('/v1/auth/keys', {name => 'own'}, headers => bearer($old->{access_token}))->{json}{key};
        my $use = sub { return $leat->get('/v1/who', headers => {'X-API-Key' => $own})->{status} };
        is($use->(), 200, 'a key') for 1 .. 6;
        my $r = $do->();
        is($r->{code}, 0, "user $name") or diag $r->{err};
        like($r->{out}, qr/\d+ sessions (?:and keys )?ended$/, 'says how many');
        is($use->(), $password ? 200 : 401, 'what becomes of keys, on every worker') for 1 .. 6;
        is($leat->get('/v1/auth/me', headers => bearer($old->{access_token}))->{status}, 401,
            "reaches every worker: try $_") for 1 .. 6;
        is($leat->post('/v1/auth/refresh', {refresh_token => $old->{refresh_token}})->{status}, 401,
            'and the refresh token');
        is(login('ann', $password)->{status}, 200, 'the new password works') if $password;
    }
    done_testing;
};

my $token;
subtest 'lets an account log in only while it is enabled' => sub {
    is(login('ann', 'another long secret')->{status}, 401, 'who is disabled cannot log in');
    is($leat->ctl(qw(user enable ann@example.org))->{code}, 0, 'user enable');
    $token = login('ann', 'another long secret')->{json}{access_token};
    ok($token, 'and can again');
    like($leat->ctl(qw(user disable no@example.org))->{err}, qr/^no\@example\.org: no such user/m, 'an unknown one');
    done_testing;
};

subtest 'records each event with who did it' => sub {
    my $events = rows('audit', '--limit', 200);
    my %event = map { $_->{event} => $_ } @$events;
    my @wanted = qw(user.created user.roles api-key.created api-key.revoked password.changed user.disabled user.enabled
        login login.failed);
    is(join(' ', grep { !$event{$_} } @wanted), '', 'audit has every event');
    like($event{'user.roles'}{actor}, qr/^leatctl uid=\d+$/, 'and who did it');
    my @ids = map { $_->{id} } @$events;
    is_deeply(\@ids, [sort { $b <=> $a } @ids], 'the newest record first');
    is_deeply([grep { $_->{user_id} ne $id } @{rows('audit', 'ann@example.org')}], [], 'of one user');
    done_testing;
};

subtest 'rotates keys, and keeps the old one for verifying' => sub {
    my $before = rows('keys', 'list');
    is("$before->[0]{algorithm} $before->[0]{use}", 'EdDSA signs', 'keys list');
    my $r = $leat->ctl(qw(keys rotate));
    is($r->{code}, 0, 'keys rotate') or diag $r->{err};
    like($r->{out}, qr/generation 2 is serving/, 'is a reload');
    is_deeply([map { $_->{use} } @{rows('keys', 'list')}], [qw(signs verifies)], 'the old one stays');
    is($leat->get('/v1/auth/me', headers => bearer($token))->{status}, 200, 'tokens of before are good') for 1 .. 3;
    my $head = (split /\./, login('ann', 'another long secret')->{json}{access_token})[0];
    isnt(JSON::PP::decode_json(decode_base64url($head))->{kid}, $before->[0]{kid}, 'new ones have the new key');
    is(scalar @{$leat->get('/.well-known/jwks.json')->{json}{keys}}, 2, 'both are published');
    is((stat "$leat->{dir}/app.db.keys")[2] & 0777, 0600, 'nobody else reads the file');
    done_testing;
};

subtest 'logs no secret' => sub {
    my $log = $leat->log;
    unlike($log, qr/\Q$_\E/, 'not in the log') for $secret, 'another long secret', $key;
    my $hidden = qr/params=\{"email":"Ann\@Example\.org","password":"\*\*\*"/;
    like($log, qr/control\.command command=user-create uid=\d+ pid=\d+ $hidden/, 'the audit line shows no password');
    done_testing;
};

subtest 'does not rotate keys that are configured' => sub {
    my $fixed = Leat::Test->new(document => $auth, migrations => {},
        config => "identity: {keys: [{key: 'env:LEAT_TEST_KEY'}]}\nrate-limits: {login: {rate: 10/s}}");
    $ENV{LEAT_TEST_KEY} = 'a secret of the test, 32 bytes long';
    $fixed->start;
    like($fixed->ctl(qw(keys rotate))->{err}, qr/the keys come from identity\.keys/,
        'configured keys are not rotated so');
    done_testing;
};

all_done;
