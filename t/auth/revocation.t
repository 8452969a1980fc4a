# SPDX-License-Identifier: MIT
# Revoked credentials work on no worker, whatever happens to the workers; and however much one
# account revokes, the credentials of others stay valid.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $leat = accounts(workers => 3, identity => 'session: {cookie: sid}, access: 10m', files => {'who.yaml' => <<'YAML'});
openapi: 3.1.0
info: {title: Who, version: 1.0.0}
servers: [{url: /w}]
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
paths:
  /who:
    get:
      operationId: who
      security: [{key: []}]
      responses: {"200": {description: Who., content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub"}
YAML
$leat->write('api.yaml', slurp("$leat->{dir}/api.yaml") =~ s/name: __Host-session/name: sid/r);
$leat->configure(slurp($leat->{config_path}) =~ s/^api: \[/api: [{document: who.yaml}, /mr
    =~ s/migrate: on-start/migrate: on-start, synchronous: off/r);
$leat->start;

# Returns one credential of each kind: {NAME => [path, headers]}.
sub credentials {
    my ($name) = @_;
    my $token = login($leat, $name);
    my ($cookie) = login($leat, $name, path => '/v1/auth/session')->{headers}{'set-cookie'} =~ /^(sid=[^;]+)/;
    my $key = $leat->post('/v1/auth/keys', {name => 'k'}, headers => bearer($token))->{json};
    return {
        token => ['/v1/auth/me', bearer($token)],
        session => ['/v1/auth/me', {Cookie => $cookie}],
        key => ['/w/who', {'X-Key' => $key->{key}}],
    };
}
# Returns the statuses that a credential gets, asked often enough to reach every worker.
sub statuses {
    my ($c) = @_;
    my %s = map { $leat->get($c->[0], headers => $c->[1])->{status} => 1 } 1 .. 12;
    return join ' ', sort keys %s;
}
sub kill_one {
    my ($pid) = $leat->worker_pids;
    kill KILL => $pid;
    ok(wait_for(20, sub { my @now = $leat->worker_pids; @now == 3 && !grep { $_ == $pid } @now }),
        'another worker is there');
}
register($leat, $_) for qw(ann bob cid dan eve);

subtest 'keeps the credentials of others valid, however much one account revokes' => sub {
    my %kept;
    for my $name (qw(ann bob cid)) {
        my $c = credentials($name);
        $kept{"$_ of $name"} = $c->{$_} for keys %$c;
    }
    my $eve = login($leat, 'eve');
    my ($made, $gone, $bad) = (0, 0, 0);
    for (1 .. scale(300)) {
        my $key = $leat->post('/v1/auth/keys', {name => 'k'}, headers => bearer($eve))->{json} or next;
        $made++;
        $bad++ if $leat->get('/w/who', headers => {'X-Key' => $key->{key}})->{status} != 200;
        $gone++ if $leat->delete("/v1/auth/keys/$key->{id}", headers => bearer($eve))->{status} == 204;
        $bad++ if $leat->get('/w/who', headers => {'X-Key' => $key->{key}})->{status} != 401;
    }
    is("$made $gone $bad", join(' ', (scale(300)) x 2, 0), 'each key opens until it is revoked, and then never');
    $leat->post('/v1/auth/logout', undef, headers => bearer(login($leat, 'eve'))) for 1 .. scale(50);
    is(statuses($kept{$_}), 200, "the $_ is as good as before") for sort keys %kept;
    is(statuses(['/v1/auth/me', bearer($eve)]), 200, 'so is her own');
    done_testing;
};

subtest 'forgets what was revoked by a worker that died behind the commit' => sub {
    my $dan = "email = 'dan\@example.org'";
    my $of_dan = "user_id = (SELECT id FROM _leat_users WHERE $dan)";
    my %change = (
        'a session' => ['token', "UPDATE _leat_sessions SET revoked_at = created_at WHERE $of_dan"],
        'a cookie' => ['session', "UPDATE _leat_sessions SET revoked_at = created_at WHERE secret_hash IS NOT NULL"],
        'a key' => ['key', 'UPDATE _leat_api_keys SET revoked_at = created_at'],
        'an account' => ['token', "UPDATE _leat_users SET disabled_at = created_at WHERE $dan"],
    );
    for my $what (sort keys %change) {
        my ($kind, $sql) = @{$change{$what}};
        sql($leat, "UPDATE _leat_users SET disabled_at = NULL");
        my $c = credentials('dan')->{$kind};
        is(statuses($c), 200, "$what: its $kind is known to every worker");
        sql($leat, $sql); # what the dead one has done, and not told
        kill_one();
        is(statuses($c), 401, 'and forgotten by every worker');
    }
    sql($leat, "UPDATE _leat_users SET disabled_at = NULL");
    done_testing;
};

subtest 'lets a token live no longer than its session, and no shorter' => sub {
    my $c = credentials('bob')->{token};
    my @sessions = @{$leat->get('/v1/auth/sessions', headers => $c->[1])->{json}{items}};
    my ($id) = map { $_->{id} } grep { $_->{current} } @sessions;
    my $past = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes')";
    sql($leat, "UPDATE _leat_sessions SET expires_at = $past WHERE id = '$id'");
    login($leat, 'bob') for 1 .. 3; # takes rows away that are past their time
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is(statuses($c), 200, 'its refresh token is over, but not the token');
    sql($leat, "DELETE FROM _leat_users WHERE email = 'bob\@example.org'");
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is(statuses($c), 401, 'an account that is gone has no tokens');
    done_testing;
};

subtest 'ends the session that the browser had before' => sub {
    my ($ann, $cid) = map { credentials($_)->{session} } qw(ann cid);
    is(statuses($ann), 200, 'a session');
    is(login($leat, 'cid', path => '/v1/auth/session', headers => $ann->[1])->{status}, 200, 'another logs in there');
    is(statuses($ann), 401, 'it is over, on every worker');
    is(statuses($cid), 200, 'and no other');
    done_testing;
};

subtest 'keeps a key valid when roles change' => sub {
    my $c = credentials('ann')->{key};
    is($leat->ctl(qw(user roles ann@example.org), '')->{code}, 0, 'other roles') or return;
    is(statuses($c), 200, 'the key is as good as before');
    done_testing;
};

# Asks for the deletion of the caller's account.
sub ask_deletion {
    my ($c, $password) = @_;
    return $leat->post('/v1/auth/delete', {password => $password}, headers => $c->[1]);
}

subtest 'deletes an account with its password alone, and with all of its credentials' => sub {
    register($leat, 'fay');
    my $c = credentials('fay');
    my ($id) = sql($leat, "SELECT id FROM _leat_users WHERE email = 'fay\@example.org'");
    is(ask_deletion($c->{token}, 'not the password')->{status}, 401, 'a wrong password');
    is($leat->post('/v1/auth/delete', {}, headers => $c->{token}[1])->{status}, 422, 'none');
    is($leat->post('/v1/auth/delete', {password => password()})->{status}, 401, 'nobody');
    is(statuses($c->{$_}), 200, "its $_ is valid") for sort keys %$c;
    is(ask_deletion($c->{token}, password())->{status}, 204, 'its password');
    is(statuses($c->{$_}), 401, "its $_ is not, on any worker") for sort keys %$c;
    is(login($leat, 'fay')->{status}, 401, 'and there is no login');
    is_deeply([sql($leat, "SELECT count(*) FROM $_ WHERE user_id = '$id'")], [0], "no row of $_ is left")
        for qw(_leat_sessions _leat_api_keys _leat_email_tokens _leat_identities _leat_totp _leat_recovery_codes);
    my $audit = "SELECT event FROM _leat_audit WHERE user_id = '$id' ORDER BY at, id";
    is((sql($leat, $audit))[-1], 'user.deleted', 'noted');
    is(register($leat, 'fay')->{status}, 201, 'the address is free');
    done_testing;
};

subtest 'clears the cookie of the browser that deletes its account' => sub {
    register($leat, 'gil');
    my $r = login($leat, 'gil', path => '/v1/auth/session');
    my ($cookie) = $r->{headers}{'set-cookie'} =~ /^(sid=[^;]+)/;
    my %browser = (Cookie => $cookie, 'X-CSRF-Token' => $r->{json}{csrf_token});
    $r = ask_deletion([undef, \%browser], password());
    is($r->{status}, 204, 'by cookie') or diag $r->{body};
    like($r->{headers}{'set-cookie'}, qr/^sid=;.*Max-Age=0/i, 'it goes');
    done_testing;
};

subtest "follows the application's foreign keys when an account is deleted" => sub {
    sql($leat, 'CREATE TABLE bills (owner TEXT NOT NULL REFERENCES _leat_users (id))');
    sql($leat, 'CREATE TABLE drafts (owner TEXT NOT NULL REFERENCES _leat_users (id) ON DELETE CASCADE)');
    register($leat, 'hal');
    my $c = credentials('hal')->{token};
    my $of_hal = "SELECT id FROM _leat_users WHERE email = 'hal\@example.org'";
    sql($leat, "INSERT INTO $_ $of_hal") for qw(bills drafts);
    my $r = ask_deletion($c, password());
    is($r->{status}, 409, 'a bill keeps it') or diag $r->{body};
    is(statuses($c), 200, 'whole');
    is_deeply([sql($leat, 'SELECT count(*) FROM drafts')], [1], 'with all that is its own');
    sql($leat, 'DELETE FROM bills');
    is(ask_deletion($c, password())->{status}, 204, 'afterwards it can go');
    is_deeply([sql($leat, 'SELECT count(*) FROM drafts')], [0], 'with its drafts');
    done_testing;
};

all_done;
