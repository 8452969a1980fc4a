# SPDX-License-Identifier: MIT
# An API key has at most the rights of its account, and is valid for as long as requested or until it
# is revoked, on every worker at once; it never manages the account itself.
use strict;
use warnings;
use JSON::PP;
use Leat::Accounts;
use Leat::Test;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $leat = accounts(workers => 4, identity => 'scopes: [a, b], roles: {admin: [c]}');
$leat->write('key.yaml', <<'YAML');
openapi: 3.1.0
info: {title: By key, version: 1.0.0}
servers: [{url: /k}]
security: [{key: []}]
paths:
  /who:
    get:
      operationId: who
      responses:
        "200": {description: Who calls., content: {application/json: {schema: {$ref: "#/components/schemas/Who"}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub, :_scope AS scope"}
  /basic:
    get:
      operationId: basic
      security: [{basic: []}]
      responses:
        "200": {description: Who calls., content: {application/json: {schema: {$ref: "#/components/schemas/Who"}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub, :_scope AS scope"}
  /c:
    get:
      operationId: c
      security: [{key: [c]}]
      responses:
        "200": {description: Who calls., content: {application/json: {schema: {$ref: "#/components/schemas/Who"}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub, :_scope AS scope"}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
  schemas:
    Who: {type: object, properties: {sub: {type: [string, "null"]}, scope: {type: [string, "null"]}}}
YAML
# Every account operation that needs a login rejects a key.
my $document = slurp(Leat::Test::source() . '/conf/auth.yaml');
$document =~ s/^security: .*$/security: [{bearer: []}, {session: []}, {key: []}]/m;
$document =~ s/^    bearer: \{/    key: {type: apiKey, in: header, name: X-Key}\n$&/m;
$leat->write('api.yaml', $document);
my $documents = "[{document: $leat->{dir}/api.yaml}, {document: $leat->{dir}/key.yaml}]";
$leat->configure(slurp("$leat->{dir}/leat.yaml") =~ s/^api: .*/api: $documents/mr);
my $said = $leat->leat('check')->{err};
$leat->start;

sub make { my ($who, %body) = @_; return $leat->post('/v1/auth/keys', {name => 'k', %body}, headers => bearer($who)) }
sub ask { my ($key, $where) = @_; return $leat->get('/k/' . ($where // 'who'), headers => {'X-Key' => $key}) }
# Tests the status on every worker, with near certainty: any worker may take a connection.
sub all_say {
    my ($status, $key, $what) = @_;
    is(join(' ', map { ask($key)->{status} } 1 .. 12), join(' ', ($status) x 12), $what);
}
sub listed { my ($who) = @_; return @{$leat->get('/v1/auth/keys', headers => bearer($who))->{json}{items}} }
sub revoke { my ($who, $id) = @_; return $leat->delete("/v1/auth/keys/$id", headers => bearer($who))->{status} }

my ($ann, $bob, $made);
subtest 'creates a key with all rights of its account' => sub {
    is($said, '', 'the check finds nothing to say');
    ($ann, $bob) = map { joined($leat, $_) } qw(ann bob);
    my $id = $leat->get('/v1/auth/me', headers => bearer($ann))->{json}{id};
    my $r = make($ann);
    is($r->{status}, 201, 'a key');
    is_deeply([sort keys %{$r->{json}}], [qw(created_at expires_at id key name scopes)], 'is shown');
    is($r->{headers}{'cache-control'}, 'no-store', 'and not to be cached');
    $made = $r->{json};
    like($made->{key}, qr/^leat_\Q$made->{id}\E_\w{33}$/, 'with its id in it');
    is($made->{scopes}, 'a b', 'with all scopes of the account');
    is($made->{expires_at}, undef, 'for good');
    all_say(200, $made->{key}, 'it opens');
    is_deeply(ask($made->{key})->{json}, {sub => $id, scope => 'a b'}, 'for its account');
    my %basic = (Authorization => 'Basic ' . encode_base64("$made->{id}:$made->{key}", ''));
    is($leat->get('/k/basic', headers => \%basic)->{json}{sub}, $id, 'as a password too');
    done_testing;
};

subtest 'shows a key once, and keeps it nowhere' => sub {
    my $r = $leat->get('/v1/auth/keys', headers => bearer($ann));
    is_deeply([map { $_->{id} } @{$r->{json}{items}}], [$made->{id}], 'it is listed');
    unlike($r->{body}, qr/\Q$made->{key}\E|secret|hash|example\.org/, 'without what is secret');
    unlike(run_command('sqlite3', "$leat->{dir}/app.db", '.dump')->{out}, qr/\Q$made->{key}\E/,
        'the database has no key');
    unlike($leat->log, qr/\Q$made->{key}\E/, 'nor has the log');
    is((audits($leat, 'ann'))[-1], 'api-key.created', 'it is noted');
    done_testing;
};

my %seen;
subtest 'makes no two keys alike' => sub {
    $seen{$_}++ for map { my $k = make($bob)->{json}; ($k->{id}, $k->{key}) } 1 .. 10;
    is(scalar(keys %seen), 20, 'no two are the same');
    done_testing;
};

subtest 'gives a key the scopes that were asked for, if the account has them' => sub {
    is(make($ann, scopes => ['b'])->{json}{scopes}, 'b', 'with one scope');
    is(make($ann, scopes => [])->{json}{scopes}, '', 'with none');
    my @scopes = ([['c'], 0], [['a', 'c'], 1], [['a b'], 0], [[''], 0], [['A'], 0], [["a\0"], 0],
        [['a', 'b', 'admin'], 2]);
    for my $row (@scopes) {
        my ($scopes, $at) = @$row;
        my $r = make($ann, scopes => $scopes);
        is($r->{status}, 422, 'not with what the account has not: ' . JSON::PP->new->encode($scopes));
        is($r->{json}{errors}[0]{pointer}, "/scopes/$at", 'which is told');
    }
    done_testing;
};

subtest 'refuses what no key may be made with' => sub {
    for my $row (
        [{}, 'no name'],
        [{name => ''}, 'an empty one'],
        [{name => 7}, 'a number'],
        [{name => 'k', scopes => 'a'}, 'scopes that are no list'],
        [{name => 'k', expires_in => 0}, 'no time'],
        [{name => 'k', expires_in => -1}, 'less'],
        [{name => 'k', expires_in => 1e18}, 'ages'],
        [{name => 'k', user_id => 'x'}, 'an account'],
        [{name => 'k', id => 'x'}, 'an id'],
        [{name => 'k', secret_hash => 'x'}, 'a hash'],
        [{name => 'k', expires_at => '2999-01-01T00:00:00.000Z'}, 'an end'],
    ) {
        my ($body, $what) = @$row;
        is($leat->post('/v1/auth/keys', $body, headers => bearer($ann))->{status}, 422, "not with $what");
    }
    done_testing;
};

subtest 'lets a key lose what its account loses, and gain nothing' => sub {
    is(ask($made->{key}, 'c')->{status}, 403, 'a scope that the account lacks');
    sql($leat, q(UPDATE _leat_users SET roles = '["admin"]' WHERE email = 'ann@example.org'));
    my $admin = login($leat, 'ann');
    my $strong = make($admin, scopes => ['c', 'a'])->{json};
    is($strong->{scopes}, 'c a', 'and gets by a role');
    is(ask($strong->{key}, 'c')->{status}, 200, 'opens');
    is(ask($made->{key}, 'c')->{status}, 403, 'but by no key that was made before');
    my $later = make($admin)->{json};
    sql($leat, q(UPDATE _leat_users SET roles = '[]' WHERE email = 'ann@example.org'));
    is(ask($later->{key})->{json}{scope}, 'a b', 'what the account has lost the key has lost');
    is(ask($later->{key}, 'c')->{status}, 403, 'and opens no more');
    done_testing;
};

subtest 'ends a key at its time on every worker' => sub {
    my $short = make($ann, expires_in => 4)->{json};
    like($short->{expires_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/, 'a key that ends');
    ask($short->{key}) for 1 .. 12;    # all workers know it
    ok(wait_for(20, sub { ask($short->{key})->{status} == 401 }), 'opens nothing afterwards');
    all_say(401, $short->{key}, 'on no worker, whatever it remembers');
    done_testing;
};

my $fresh;
subtest 'records the use of a key, but not each' => sub {
    my $used = sub { my ($row) = grep { $_->{id} eq $_[0]{id} } listed($ann); return $row->{used_at} };
    $fresh = make($ann)->{json};
    is($used->($fresh), undef, 'a new key was not used');
    ask($fresh->{key});
    ok(wait_for(5, sub { $used->($fresh) }), 'its use is noted');
    my $first = $used->($fresh);
    all_say(200, $fresh->{key}, 'often');
    is($used->($fresh), $first, 'but not at each request');
    done_testing;
};

subtest 'revokes a key for its account alone, once, on every worker' => sub {
    is(revoke($bob, $made->{id}), 404, 'another\'s key is not there');
    is(revoke($ann, "$made->{id}x"), 404, 'nor is one that never was');
    all_say(200, $made->{key}, 'it is as it was');
    is(revoke($ann, $made->{id}), 204, 'its account revokes it');
    all_say(401, $made->{key}, 'it opens nothing any more, on every worker at once');
    is(revoke($ann, $made->{id}), 404, 'it can be revoked once');
    ok(!grep({ $_->{id} eq $made->{id} } listed($ann)), 'it is in no list');
    is((audits($leat, 'ann'))[-1], 'api-key.revoked', 'that is noted');
    done_testing;
};

subtest 'leaves the other keys valid, also after a reload' => sub {
    all_say(200, $fresh->{key}, 'the others open');
    $leat->ctl('reload');
    all_say(401, $made->{key}, 'it is revoked after a reload');
    all_say(200, $fresh->{key}, 'the others still open');
    done_testing;
};

subtest 'ends the keys of a disabled account' => sub {
    sql($leat, q(UPDATE _leat_users SET disabled_at = '2026-01-01T00:00:00.000Z' WHERE email = 'bob@example.org'));
    my ($bobs) = grep { /^leat_/ } keys %seen;
    all_say(401, $bobs, 'those of an account that is disabled open nothing');
    done_testing;
};

subtest 'allows an account a thousand keys' => sub {
    my $eve = joined($leat, 'eve');
    my $more = sub { return $leat->post('/v1/auth/keys', {name => 'more'}, headers => bearer($eve)) };
    sql($leat, 'INSERT INTO _leat_api_keys (id, user_id, name, secret_hash, scopes, created_at)'
        . q( SELECT 'k' || value, id, 'many', 'none' || value, '', created_at)
        . q( FROM _leat_users, generate_series(1, 999) WHERE email = 'eve@example.org'));
    my $last = $more->();
    is($last->{status}, 201, 'an account has up to a thousand keys');
    is($more->()->{status}, 403, 'not one more');
    is(revoke($eve, $last->{json}{id}), 204, 'but for one that is over');
    is($more->()->{status}, 201, 'there is another');
    done_testing;
};

subtest 'lets no key manage the account' => sub {
    my $key = {'X-Key' => $fresh->{key}};
    my %logins = (GET => [qw(me sessions keys)], POST => [qw(logout logout-all)],
        DELETE => ["keys/$fresh->{id}", 'sessions/x']);
    for my $method (sort keys %logins) {
        is($leat->request($method, "/v1/auth/$_", headers => $key)->{status}, 403, "no $method $_ by a key")
            for @{$logins{$method}};
    }
    my %bodies = (
        'POST keys' => {name => 'k'},
        'PUT password' => {current_password => password(), new_password => 'quite another one'},
        'POST totp' => {password => password()},
        'POST totp/confirm' => {code => '123456'},
        'POST totp/disable' => {password => password()},
    );
    for my $what (sort keys %bodies) {
        my ($method, $path) = split / /, $what;
        is($leat->request($method, "/v1/auth/$path", json => $bodies{$what}, headers => $key)->{status}, 403,
            "no $what by a key");
    }
    all_say(200, $fresh->{key}, 'nothing of that happened');
    is(me($leat, $ann), 200, 'to the account neither');
    done_testing;
};

all_done;
