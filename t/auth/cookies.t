# SPDX-License-Identifier: MIT
# A cookie session is set for one browser, ends when it should, and no page of another site can use it.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $session = '/v1/auth/session';
my $origins = "session: {idle: 2m, absolute: 1h, origins: ['https://app.example.com']}";
my $leat = accounts(identity => $origins, workers => 2)->start;

# Logs in as a browser does: {cookie, csrf, answer}.
sub visit {
    my ($name, %o) = @_;
    my $r = login($leat, $name, path => $session, %o);
    is($r->{status}, 200, "$name is logged in") or diag($r->{body});
    my ($cookie) = ($r->{headers}{'set-cookie'} // '') =~ /^([^;]+)/;
    return {cookie => $cookie, csrf => $r->{json}{csrf_token}, answer => $r};
}
sub seen { my ($v, %h) = @_; return $leat->get('/v1/auth/me', headers => {Cookie => $v->{cookie}, %h})->{status} }
sub change {
    my ($v, %h) = @_;
    return $leat->post('/v1/auth/keys', {name => 'x'}, headers => {Cookie => $v->{cookie}, %h})->{status};
}
sub later { my ($seconds) = @_; return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '$seconds seconds')" }

register($leat, $_) for qw(ann bob);

my ($ann, $value, $name, @attributes);
subtest 'sets a __Host- cookie of 256 random bits that no script reads' => sub {
    $ann = visit('ann');
    my $set = $ann->{answer}{headers}{'set-cookie'};
    ($name, $value, @attributes) = $set =~ /^([^=]+)=([^;]+)((?:; [^;]+)*)\z/;
    is($name, '__Host-session', 'its name');
    like($value, qr/^[A-Za-z0-9_-]{43}\z/, '256 random bits');
    my %has = map { /^([^=]+)(?:=(.*))?\z/ ? (lc $1 => $2 // '') : () } split /; /, $attributes[0] =~ s/^; //r;
    is_deeply(\%has, {path => '/', httponly => '', secure => '', samesite => 'lax', 'max-age' => 3600},
        '__Host-: Secure, this path, no domain; no script reads it');
    is_deeply([sort keys %{$ann->{answer}{json}}], [qw(csrf_token expires_in)], 'the body does not have it');
    is($ann->{answer}{headers}{'cache-control'}, 'no-store', 'nobody keeps it');
    done_testing;
};

subtest 'opens by that cookie alone, and stores it hashed' => sub {
    is(seen($ann), 200, 'it opens');
    is(seen({cookie => "a=b; $ann->{cookie}; c=d"}), 200, 'among others');
    is(seen({cookie => "x$ann->{cookie}"}), 401, 'under its name');
    is(seen({cookie => $_}), 401, 'nothing else opens')
        for '__Host-session=', '__Host-session=x', "$ann->{cookie}x", lc $ann->{cookie}, "__Host-session=$ann->{csrf}",
        "__Host-session=\"$value\"";
    is($leat->get('/v1/auth/me', headers => bearer($value))->{status}, 401, 'it is no token');
    my $in_clear = "secret_hash LIKE '%$value%' OR csrf_hash LIKE '%$ann->{csrf}%'";
    is_deeply([sql($leat, "SELECT count(*) FROM _leat_sessions WHERE $in_clear")], [0], 'it is stored hashed');
    done_testing;
};

subtest 'changes something for its own pages and for configured origins only' => sub {
    my @cases = (
        ['nothing that says where it comes from', {}, 403],
        ['a page of the same origin', {'Sec-Fetch-Site' => 'same-origin'}, 201],
        ['another origin of the site', {'Sec-Fetch-Site' => 'same-site', Origin => 'https://evil.localhost'}, 403],
        ['another site', {'Sec-Fetch-Site' => 'cross-site', Origin => 'https://evil.example'}, 403],
        ['another site that hides its origin', {'Sec-Fetch-Site' => 'cross-site', Origin => 'null'}, 403],
        ['another site without origin', {'Sec-Fetch-Site' => 'cross-site'}, 403],
        ['what the user typed', {'Sec-Fetch-Site' => 'none'}, 403],
        ['the own origin', {Origin => 'http://localhost'}, 201],
        ['the own origin, in capitals', {Origin => 'HTTP://LOCALHOST'}, 201],
        ['the own host by another scheme', {Origin => 'https://localhost'}, 403],
        ['the own host on another port', {Origin => 'http://localhost:81'}, 403],
        ['another origin', {Origin => 'https://evil.example'}, 403],
        ['an origin that begins alike', {Origin => 'http://localhost.evil.example'}, 403],
        ['no origin at all', {Origin => 'null'}, 403],
        ['a configured origin', {Origin => 'https://app.example.com'}, 201],
        ['a configured origin, as browsers say it',
            {'Sec-Fetch-Site' => 'cross-site', Origin => 'https://app.example.com'}, 201],
        ['one that ends like it', {Origin => 'https://evilapp.example.com'}, 403],
        ['one below it', {Origin => 'https://x.app.example.com'}, 403],
        ['it without TLS', {Origin => 'http://app.example.com'}, 403],
        ['the token', {'X-CSRF-Token' => $ann->{csrf}}, 201],
        ['a wrong token', {'X-CSRF-Token' => 'A' x 43}, 403],
        ['an empty token', {'X-CSRF-Token' => ''}, 403],
        ['the cookie as token', {'X-CSRF-Token' => $value}, 403],
        ['the token, from another site', {'X-CSRF-Token' => $ann->{csrf}, Origin => 'https://evil.example'}, 403],
        ['the token, from a browser of another site',
            {'X-CSRF-Token' => $ann->{csrf}, 'Sec-Fetch-Site' => 'cross-site'}, 403],
        ['two origins', {Origin => 'https://app.example.com https://evil.example'}, 403],
    );
    for my $case (@cases) {
        my ($what, $headers, $status) = @$case;
        is(change($ann, %$headers), $status, $what);
    }
    done_testing;
};

my $bob;
subtest 'refuses the token of another login, and logs it' => sub {
    $bob = visit('bob');
    is(change($ann, 'X-CSRF-Token' => $bob->{csrf}), 403, 'the token of another login');
    my $r = $leat->post('/v1/auth/keys', {name => 'x'}, headers => {Cookie => $ann->{cookie}});
    is($r->{json}{error}, 'cross-site request refused', 'what is said');
    ok($leat->log =~ /warn .* security\.csrf operation=createKey sub=\S+ /, 'and logged');
    done_testing;
};

subtest 'asks for that proof where something changes, not where it is read' => sub {
    is(seen($ann, 'Sec-Fetch-Site' => 'cross-site', Origin => 'https://evil.example'), 200, 'reading is safe');
    is($leat->delete('/v1/auth/keys/x', headers => {Cookie => $ann->{cookie}})->{status}, 403, 'DELETE is not');
    is($leat->request('PUT', '/v1/auth/password',
        json => {current_password => password(), new_password => 'long enough now'},
        headers => {Cookie => $ann->{cookie}})->{status}, 403, 'nor PUT');
    done_testing;
};

subtest 'logs nobody in by a form of another site' => sub {
    # Forms of other sites can be sent without a preflight, so no login accepts a form.
    for my $type ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x') {
        my $r = $leat->request('POST', $session, body => '{"email":"bob@example.org","password":"' . password() . '"}',
            headers => {'Content-Type' => $type});
        is($r->{status}, 415, "$type logs in nobody");
    }
    done_testing;
};

subtest 'asks no such proof of a bearer token' => sub {
    # A token needs none of that, because browsers do not send it by themselves.
    is($leat->post('/v1/auth/keys', {name => 'x'},
        headers => bearer(login($leat, 'ann'), Origin => 'https://evil.example'))->{status}, 201,
        'a bearer token is its own proof');
    done_testing;
};

my $switched;
subtest 'makes a new cookie at each login, and ends the one before' => sub {
    my $given = '__Host-session=' . 'A' x 43;
    my $fixed = visit('ann', headers => {Cookie => $given});
    isnt($fixed->{cookie}, $given, 'what the browser came with is not taken');
    is(seen({cookie => $given}), 401, 'and opens nothing');
    my $again = visit('ann', headers => {Cookie => $fixed->{cookie}});
    isnt($again->{cookie}, $fixed->{cookie}, 'each login has a new one');
    is(seen($fixed), 401, 'the one before is over') for 1 .. 4;
    is(seen($again), 200, 'the new one is good');
    my $wrong = login($leat, 'ann', password => 'not that password', path => $session,
        headers => {Cookie => $again->{cookie}});
    is($wrong->{status}, 401, 'a failed login');
    is($wrong->{headers}{'set-cookie'}, undef, 'sets none');
    is(seen($again), 200, 'and ends none');
    $switched = visit('bob', headers => {Cookie => $again->{cookie}});
    is(seen($again), 401, 'who logs in as another is out as himself');
    is(seen($ann), 200, 'other browsers stay');
    done_testing;
};

subtest 'clears the cookie at logout and at logout-all' => sub {
    my $r = $leat->post('/v1/auth/logout', undef,
        headers => {Cookie => $switched->{cookie}, 'X-CSRF-Token' => $switched->{csrf}});
    is($r->{status}, 204, 'logout');
    like($r->{headers}{'set-cookie'}, qr/^__Host-session=; Path=\/; HttpOnly; SameSite=lax; Max-Age=0; Secure\z/,
        'clears the cookie');
    is(seen($switched), 401, 'which is good nowhere') for 1 .. 4;
    my @all = map { visit('bob') } 1 .. 3;
    $r = $leat->post('/v1/auth/logout-all', undef,
        headers => {Cookie => $all[0]{cookie}, 'Sec-Fetch-Site' => 'same-origin'});
    is($r->{status}, 204, 'logout-all');
    like($r->{headers}{'set-cookie'}, qr/Max-Age=0/, 'clears it, too');
    is(seen($_), 401, 'and ends all') for @all, $bob;
    done_testing;
};

subtest 'leaves the browser that changes the password logged in, and no other' => sub {
    my @two = map { visit('bob') } 1, 2;
    my $other = login($leat, 'bob');
    my %by = (Cookie => $two[0]{cookie}, 'Sec-Fetch-Site' => 'same-origin');
    is($leat->request('PUT', '/v1/auth/password',
        json => {current_password => password(), new_password => 'another long one'}, headers => \%by)->{status}, 204,
        'a new password');
    for (1 .. 4) {
        is(seen($two[0]), 200, 'leaves the browser that changed it logged in');
        is(seen($two[1]), 401, 'and no other');
    }
    is(me($leat, $other), 401, 'nor any token');
    is($leat->request('PUT', '/v1/auth/password',
        json => {current_password => 'another long one', new_password => password()}, headers => \%by)->{status}, 204,
        'and back');
    done_testing;
};

# Rows are cached for a while, so these sessions are new to every worker.

subtest 'ends a session that was not used in time' => sub {
    my $idle = visit('ann');
    sql($leat, 'UPDATE _leat_sessions SET used_at = ' . later(-121));
    sql($leat, 'UPDATE _leat_sessions SET revoked_at = used_at WHERE secret_hash IS NULL');
    is_deeply($leat->get('/v1/auth/sessions', headers => bearer(login($leat, 'ann')))->{json}{items}[1], undef,
        'not used for two minutes: it is not listed');
    is(seen($idle), 401, 'nor good');
    $idle = visit('ann');
    sql($leat, 'UPDATE _leat_sessions SET used_at = ' . later(-110));
    is(seen($idle), 200, 'used in time');
    ok(wait_for(5, sub { (sql($leat, 'SELECT count(*) FROM _leat_sessions WHERE used_at > ' . later(-60)))[0] }),
        'which starts the time anew');
    done_testing;
};

subtest 'ends a session at its time, though it is in use' => sub {
    my $old = visit('ann');
    my $lifetime = '(julianday(expires_at) - julianday(created_at)) * 86400';
    is_deeply([sql($leat, 'SELECT count(*) FROM _leat_sessions WHERE secret_hash IS NOT NULL'
        . " AND $lifetime NOT BETWEEN 3598.9 AND 3600.1")], [0], 'an hour in any case');
    sql($leat, 'UPDATE _leat_sessions SET expires_at = ' . later(-1));
    is(seen($old), 401, 'then it is over');
    my $short = visit('ann');
    sql($leat, 'UPDATE _leat_sessions SET expires_at = ' . later(3));
    is(seen($short), 200, 'a session that ends soon is good until then');
    ok(wait_for(8, sub { seen($short) == 401 }), 'and then ends, though it was in use');
    done_testing;
};

subtest 'ends the sessions of a disabled account' => sub {
    my $disabled = visit('bob');
    sql($leat, 'UPDATE _leat_users SET disabled_at = created_at');
    is(seen($disabled), 401, 'an account that was disabled');
    done_testing;
};

$leat->finish;

my $plain = slurp(Leat::Test::source() . '/conf/auth.yaml') =~ s/__Host-session/sid/r;
$leat = accounts(identity => 'session: {cookie: sid, same-site: strict, idle: 1m}');
$leat->write('api.yaml', $plain);
$leat->start;
register($leat, 'ann');

subtest 'sends a cookie of another name over http, and over TLS for TLS only' => sub {
    my $ann = visit('ann');
    like($ann->{answer}{headers}{'set-cookie'}, qr/^sid=[^;]+; Path=\/; HttpOnly; SameSite=strict; Max-Age=\d+\z/,
        'without __Host- it goes over http');
    $ann = visit('ann', headers => {'X-Forwarded-Proto' => 'https'});
    like($ann->{answer}{headers}{'set-cookie'}, qr/; Secure\z/, 'but over TLS it is for TLS');
    is(change($ann, Origin => 'https://localhost', 'X-Forwarded-Proto' => 'https'), 201, 'whose origin is known');
    is(change($ann, Origin => 'http://localhost', 'X-Forwarded-Proto' => 'https'), 403, 'and no other');
    done_testing;
};

subtest 'records the use of a session well before it would be idle' => sub {
    # A session in constant use never becomes idle, because its use is recorded often enough.
    my $busy = visit('ann');
    sql($leat, 'UPDATE _leat_sessions SET used_at = ' . later(-20));
    is(seen($busy), 200, 'used a while ago');
    ok(wait_for(5, sub { (sql($leat, 'SELECT count(*) FROM _leat_sessions WHERE used_at > ' . later(-10)))[0] }),
        'and noted well before it would be idle');
    done_testing;
};

all_done;
