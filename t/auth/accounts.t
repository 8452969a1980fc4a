# SPDX-License-Identifier: MIT
# An address has one account, a password must be strong, a session ends on every worker when it is
# ended, and guessing passwords leads to waiting.
use strict;
use warnings;
use utf8;
use Leat::Accounts;
use Leat::Test;
use POSIX ();
use Test::More;

my $leat = accounts(workers => 4)->start;

subtest 'gives an address to one account, whatever its case' => sub {
    my $r = register($leat, 'ann');
    is($r->{status}, 201, 'an account') or diag($r->{body});
    is_deeply($r->{json}, {email => 'ann@example.org'}, 'shows no more than was sent');
    is(register($leat, 'ann')->{status}, 409, 'an address is taken once');
    is(register($leat, 'Ann@EXAMPLE.org')->{status}, 409, 'whatever its case');
    done_testing;
};

subtest 'refuses what is no address and what clients may not set' => sub {
    my %new = (email => 'x@example.org', password => password());
    for my $row (
        ['nobody gives himself roles', roles => ['admin']],
        ['an address has no NUL', email => "x\@example.org\0y"],
        ['and no line', email => "x\@example.org\r\nBcc: y\@example.org"],
        ['and is a text', email => ['x@example.org']],
    ) {
        my ($what, @change) = @$row;
        is($leat->post('/v1/auth/register', {%new, @change})->{status}, 422, $what);
    }
    done_testing;
};

subtest 'refuses weak passwords, and says where and why' => sub {
    my @bad = (
        ['seven characters' => 'abcdefg', qr/at least 8/],
        ['seven characters of many bytes' => 'äöüßÄÖÜ', qr/at least 8/],
        ['eight bytes that compose to seven' => "abcdefe\x{301}", qr/at least 8/],
        ['a common one' => 'password1', qr/common/],
        ['in any case' => 'PassWord1', qr/common/],
        ['the address' => 'weak@example.org', qr/e-mail/],
        ['257 characters' => 'x' x 257, qr/at most 256/],
        ['U+0000 in it' => "long enough\0 or not", qr/U\+0000/],
    );
    for my $row (@bad) {
        my ($name, $password, $why) = @$row;
        my $r = register($leat, 'weak', password => $password);
        is($r->{status}, 422, "a password: $name");
        is_deeply([map { $_->{pointer} } @{$r->{json}{errors}}], ['/password'], 'is where it is wrong');
        like($r->{json}{errors}[0]{message}, $why, 'and says why');
    }
    done_testing;
};

subtest 'compares long passwords to the last character' => sub {
    is(register($leat, 'weak', password => "\x{1f40e}" x 256)->{status}, 201, '256 characters of four bytes are fine');
    is(login($leat, 'weak', password => "\x{1f40e}" x 256)->{status}, 200, 'and open');
    is(login($leat, 'weak', password => "\x{1f40e}" x 255)->{status}, 401, 'nothing of them is left out');
    is(login($leat, 'weak', password => "\x{1f40e}" x 255 . 'x')->{status}, 401, 'down to the last');
    done_testing;
};

subtest 'takes composed characters for equal, but not case or spaces' => sub {
    register($leat, 'nfc', password => "Cafe\x{301} am Markt");
    is(login($leat, 'nfc', password => "Caf\x{e9} am Markt")->{status}, 200,
        'one that is typed on another keyboard is the same');
    is(login($leat, 'nfc', password => "caf\x{e9} am markt")->{status}, 401, 'but case counts');
    register($leat, 'blank', password => '   spaces   ');
    is(login($leat, 'blank', password => 'spaces')->{status}, 401, 'and so do spaces');
    is(login($leat, 'blank', password => '   spaces   ')->{status}, 200, 'which are part of it');
    done_testing;
};

subtest 'lets one of eight simultaneous registrations have the address' => sub {
    my @pipes = map {
        pipe my $out, my $in or die;
        my $pid = fork // die;
        if (!$pid) { syswrite $in, register($leat, 'twice')->{status}; POSIX::_exit(0) }
        close $in;
        [$pid, $out];
    } 1 .. 8;
    my @status = sort map { my $s = readline $_->[1]; waitpid $_->[0], 0; $s } @pipes;
    is_deeply(\@status, [201, (409) x 7], 'of eight at once on four workers one has the address');
    done_testing;
};

subtest 'refuses a body that names the address twice' => sub {
    my $twice = '{"email":"ann@example.org","email":"bob@example.org","password":"correct horse battery"}';
    is($leat->request('POST', '/v1/auth/login', body => $twice)->{status}, 400, 'an address that is named twice');
    done_testing;
};

subtest 'answers a login with tokens that are not to be cached' => sub {
    my $r = login($leat, 'ANN');
    is($r->{status}, 200, 'the case of an address does not count');
    is($r->{headers}{'cache-control'}, 'no-store', 'tokens are not to be cached');
    is_deeply([sort keys %{$r->{json}}],
        [qw(access_token expires_in refresh_expires_in refresh_token scope token_type)], 'what there is');
    done_testing;
};

my $wrong;
subtest 'answers for an unknown account as for a wrong password' => sub {
    $wrong = login($leat, 'ann', password => 'not that password');
    my $nobody = login($leat, 'nobody', password => 'not that password');
    is($wrong->{status}, 401, 'a wrong password');
    is($wrong->{headers}{'www-authenticate'}, 'Bearer realm="/v1"', 'has a challenge, as each 401');
    delete $_->{json}{request_id} for $wrong, $nobody;
    is_deeply($nobody->{json}, $wrong->{json}, 'no account: the same answer');
    is_deeply([sort keys %{$nobody->{headers}}], [sort keys %{$wrong->{headers}}], 'with the same headers');
    ok(wait_for(5, sub { 1 == grep { $_ eq 'login.failed' } audits($leat, 'ann') }), 'noted');
    done_testing;
};

subtest 'opens no account that has no password by a password' => sub {
    # An account without a password, as logins through a provider create.
    sql($leat, 'INSERT INTO _leat_users (id, email, created_at, updated_at)'
        . " VALUES ('u1', 'provider\@example.org', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')");
    is(login($leat, 'provider', password => password())->{status}, 401, 'no password opens an account that has none');
    done_testing;
};

subtest 'shows an account nothing that is secret' => sub {
    my $ann = login($leat, 'ann');
    my $r = $leat->get('/v1/auth/me', headers => bearer($ann));
    is($r->{json}{email}, 'ann@example.org', 'me');
    is_deeply([sort keys %{$r->{json}}], [qw(created_at email email_verified id roles scopes totp)],
        'has nothing that is secret');
    done_testing;
};

subtest 'shuts a disabled account out' => sub {
    my $dan = joined($leat, 'dan');
    sql($leat, "UPDATE _leat_users SET disabled_at = '2026-01-01T00:00:00.000Z' WHERE email = 'dan\@example.org'");
    my $r = login($leat, 'dan');
    delete $r->{json}{request_id};
    is_deeply($r->{json}, $wrong->{json}, 'one who is disabled gets what a wrong password gets');
    is($leat->post('/v1/auth/refresh', {refresh_token => $dan->{json}{refresh_token}})->{status}, 401,
        'and no new tokens');
    isnt(me($leat, $dan), 200, 'and has no account that he sees');
    is(change($leat, $dan, password(), 'another long one')->{status}, 401, 'nor changes');
    done_testing;
};

sub change {
    my ($on, $who, $from, $to) = @_;
    return $on->request('PUT', '/v1/auth/password', json => {current_password => $from, new_password => $to},
        headers => bearer($who));
}

subtest 'changes a password for whoever knows the old one, and ends the other logins' => sub {
    my @ann = map { login($leat, 'ann') } 1 .. 3;
    is(change($leat, $ann[0], 'not that password', 'quite another one')->{status}, 401, 'the old password is needed');
    is(change($leat, $ann[0], password(), 'short')->{status}, 422, 'the new one is no worse than at first');
    is(change($leat, $ann[0], password(), 'ann@example.org')->{status}, 422, 'and not the address');
    is(me($leat, $ann[1]), 200, 'until then nothing ends');
    my $r = change($leat, $ann[0], password(), 'quite another one');
    is($r->{status}, 204, 'changed') or diag($r->{body});
    for (1 .. 8) { # on whatever worker
        is(me($leat, $ann[0]), 200, 'who did it stays');
        is(me($leat, $ann[1]), 401, 'the others are out');
    }
    is($leat->post('/v1/auth/refresh', {refresh_token => $ann[1]{json}{refresh_token}})->{status}, 401, 'for good');
    is($leat->post('/v1/auth/refresh', {refresh_token => $ann[0]{json}{refresh_token}})->{status}, 200,
        'but not who did it');
    is(login($leat, 'ann')->{status}, 401, 'the old one opens nothing any more');
    is(login($leat, 'ann', password => 'quite another one')->{status}, 200, 'the new one does');
    is((audits($leat, 'ann'))[-3], 'password.changed', 'noted');
    done_testing;
};

my @bob;
subtest 'lists the sessions of an account, and ends one of them for its owner alone' => sub {
    @bob = (joined($leat, 'bob'),
        map { login($leat, 'bob', headers => {'User-Agent' => "browser $_"}) } 2, 3);
    my $r = $leat->get('/v1/auth/sessions', headers => bearer($bob[1]));
    is(scalar @{$r->{json}{items}}, 3, 'the logins');
    is_deeply([map { $_->{current} ? 1 : 0 } @{$r->{json}{items}}], [0, 1, 0], 'newest first, and which one this is');
    is($r->{json}{items}[0]{agent}, 'browser 3', 'from where');
    my $third = $r->{json}{items}[0]{id};
    my $other = login($leat, 'nfc', password => "Caf\x{e9} am Markt");
    is($leat->delete("/v1/auth/sessions/$third", headers => bearer($other))->{status}, 404,
        'those of others are not there');
    is(me($leat, $bob[2]), 200, 'and go on');
    is($leat->delete("/v1/auth/sessions/$third", headers => bearer($bob[0]))->{status}, 204,
        'one is ended from elsewhere');
    is(me($leat, $bob[2]), 401, 'it is over') for 1 .. 8;
    is($leat->delete("/v1/auth/sessions/$third", headers => bearer($bob[0]))->{status}, 404, 'once');
    is($leat->delete('/v1/auth/sessions/%00', headers => bearer($bob[0]))->{status}, 400, 'an id is no NUL');
    done_testing;
};

subtest 'ends a session on every worker at logout' => sub {
    is($leat->post('/v1/auth/logout', undef, headers => bearer($bob[1]))->{status}, 204, 'logout');
    is(me($leat, $bob[1]), 401, 'is seen by every worker') for 1 .. 8;
    is($leat->post('/v1/auth/refresh', {refresh_token => $bob[1]{json}{refresh_token}})->{status}, 401,
        'and by refresh');
    is(me($leat, $bob[0]), 200, 'the others are as they were');
    done_testing;
};

my @more;
subtest 'ends all sessions of an account at logout-all' => sub {
    @more = map { login($leat, 'bob') } 1 .. 3;
    is($leat->post('/v1/auth/logout-all', undef, headers => bearer($bob[0]))->{status}, 204, 'logout-all');
    for my $login ($bob[0], @more) { is(me($leat, $login), 401, 'ends all, on every worker') for 1 .. 6 }
    is_deeply([sort grep { /revoked/ } audits($leat, 'bob')], [qw(session.revoked session.revoked sessions.revoked)],
        'noted');
    done_testing;
};

subtest 'logs each event of an account' => sub {
    ok($leat->log =~ /auth\.event event=\Q$_\E sub=[0-9a-f]{8}-/, "$_ is in the log")
        for qw(user.created login login.failed password.changed session.revoked sessions.revoked);
    done_testing;
};

subtest 'tells a worker that comes later what was revoked' => sub {
    # A worker that starts later knows what was revoked.
    kill KILL => $_ for $leat->worker_pids;
    wait_for(20, sub { my $w = $leat->ctl_json('workers'); 4 == grep { $_->{state} eq 'ready' } @$w });
    is(me($leat, $_), 401, 'a worker that comes later knows it, too') for @more;
    done_testing;
};

subtest 'makes a hash anew at login once hashes are to cost more' => sub {
    # As libargon2 makes it: the memory is a tenth of the configured.
    my $hash_of = sub { (sql($leat, "SELECT password_hash FROM _leat_users WHERE email = 'ann\@example.org'"))[0] };
    my $strong = $hash_of->();
    like($strong, qr/^\$argon2id\$v=19\$m=8192,t=1,p=1\$/, 'Argon2id, as configured');
    $leat->configure(slurp($leat->{config_path}) =~ s/memory: 8MiB, passes: 1/memory: 9MiB, passes: 2/r);
    is($leat->ctl('reload')->{code}, 0, 'hashes are to cost more');
    is(login($leat, 'ann', password => 'not that password')->{status}, 401, 'who fails');
    is($hash_of->(), $strong, 'changes nothing');
    is(login($leat, 'ann', password => 'quite another one')->{status}, 200, 'who logs in');
    like($hash_of->(), qr/^\$argon2id\$v=19\$m=9216,t=2,p=1\$/, 'has a new hash');
    is(login($leat, 'ann', password => 'quite another one')->{status}, 200, 'of the same password');
    done_testing;
};

subtest 'spends the cost of a hash on an account that does not exist' => sub {
    # For an unknown account, a hash of the same cost is made: a second of thread time, where the loop
    # and the database need a hundredth.
    my $cpu = sub {
        my $sum = 0;
        for my $pid ($leat->worker_pids) {
            for my $stat (glob "/proc/$pid/task/*/schedstat") { $sum += (split ' ', slurp($stat))[0] }
        }
        return $sum / 1e6;
    };
    $leat->configure(slurp($leat->{config_path}) =~ s/memory: 9MiB, passes: 2/memory: 32MiB, passes: 6/r);
    my $patient = sub {
        return $leat->post('/v1/auth/login', {email => address($_[0]), password => $_[1]}, seconds => 60);
    };
    is($leat->ctl('reload')->{code}, 0, 'dear hashes');
    is($patient->('ann', 'quite another one')->{status}, 200, 'and one with such a hash');
    my %cost;
    for my $who (qw(ann nobody provider dan)) {
        my $before = $cpu->();
        is($patient->($who, 'not that password')->{status}, 401, "$who fails");
        $cost{$who} = $cpu->() - $before;
    }
    cmp_ok($cost{$_}, '>', $cost{ann} / 2, "$_ costs what an account costs") for qw(nobody provider);
    diag(join ', ', map { sprintf '%s %d ms', $_, $cost{$_} } sort keys %cost) unless Test::More->builder->is_passing;
    done_testing;
};

$leat->finish;

subtest 'refuses registration where it is closed' => sub {
    my $leat = accounts(identity => 'registration: closed')->start;
    is(register($leat, 'ann')->{status}, 403, 'registration is closed');
    is_deeply([sql($leat, 'SELECT id FROM _leat_users')], [], 'nobody came in');
    $leat->finish;
    done_testing;
};

subtest 'requires a verified address before a login where that is configured' => sub {
    my $leat = accounts(identity => 'verified: required')->start;
    like($leat->leat('check')->{err}, qr/warning: .*identity\.verified: no address can be verified while mail is off/,
        'an address that nobody can verify is worth a warning');
    register($leat, 'ann');
    my $r = login($leat, 'ann');
    is($r->{status}, 403, 'who has not verified the address does not log in');
    is($r->{json}{error}, 'the e-mail address is not verified', 'and is told why');
    is(login($leat, 'ann', password => 'not that password')->{status}, 401, 'if the password is right');
    sql($leat, "UPDATE _leat_users SET email_verified_at = created_at");
    is(login($leat, 'ann')->{status}, 200, 'after that, it is good');
    $leat->finish;
    done_testing;
};

my $from = sub { return {'X-Forwarded-For' => $_[0]} };
$leat = accounts(identity => 'password: {memory: 8MiB, passes: 1, tries: 3, window: 1d}', workers => 4)->start;
register($leat, $_, headers => $from->('192.0.2.99')) for qw(ann bob cid);

my $r;
subtest 'makes a network wait after three failures at an account' => sub {
    is(login($leat, 'ann', headers => $from->('192.0.2.1'))->{status}, 200, 'success is not counted') for 1 .. 10;
    is(login($leat, 'ann', password => 'wrong wrong', headers => $from->('192.0.2.5'))->{status}, 401, "failure $_")
        for 1 .. 3;
    $r = login($leat, 'ann', headers => $from->('192.0.2.5'));
    is($r->{status}, 429, 'one too many, even with the right password');
    like($r->{headers}{'retry-after'}, qr/^\d+$/, 'says how long to wait');
    cmp_ok($r->{headers}{'retry-after'}, '<=', 28800, 'which is a third of the window');
    cmp_ok($r->{headers}{'retry-after'}, '>', 28000, 'and no less');
    is(login($leat, 'ANN', headers => $from->('192.0.2.5'))->{status}, 429, 'whatever the case');
    is(login($leat, 'ann', path => '/v1/auth/session', headers => $from->('192.0.2.5'))->{status}, 429,
        'by cookie, too');
    is(login($leat, 'bob', headers => $from->('192.0.2.5'))->{status}, 200, 'others do not wait');
    done_testing;
};

subtest 'makes an address wait after thirty failures, and charges no account for its refusals' => sub {
    login($leat, "no$_", password => 'wrong wrong', headers => $from->('198.51.100.1')) for 1 .. 30;
    is(login($leat, 'bob', headers => $from->('198.51.100.1'))->{status}, 429,
        'an address waits after ten times as many');
    is(login($leat, 'bob', headers => $from->('198.51.100.2'))->{status}, 200, 'its neighbour does not');
    is(login($leat, 'bob', headers => $from->('192.0.2.5'))->{status}, 200, 'nor does a network that knows him');
    # A client that is throttled itself does not use up the tries of an account.
    login($leat, 'cid', password => 'wrong wrong', headers => $from->('198.51.100.1')) for 1 .. 10;
    is(login($leat, 'cid', headers => $from->('198.51.100.3'))->{status}, 200,
        'what an address is refused does not count for the account');
    logged($leat, qr/security\.throttled operation=login/, 'logged');
    done_testing;
};

subtest 'limits how often an address may ask whether another is registered' => sub {
    is(register($leat, 'taken', headers => $from->('192.0.2.7'))->{status}, $_ == 1 ? 201 : 409,
        'register tells whether an address is taken') for 1 .. 3;
    is(register($leat, 'taken', headers => $from->('192.0.2.7'))->{status}, 429, 'but not for ever');
    done_testing;
};

subtest 'counts failures exactly on all workers at once, and successes never' => sub {
    # At once, on all workers: failures are counted exactly, successes are not counted.
    my $storm = sub {
        my ($count, $password, $name, $address) = @_;
        my @pipes = map {
            pipe my $from_child, my $to or die;
            my $pid = fork // die;
            if (!$pid) {
                syswrite $to,
                    login($leat, $name, password => $password,
                    headers => $from->($address // "203.0.113.$_"))->{status};
                POSIX::_exit(0);
            }
            close $to;
            [$pid, $from_child];
        } 1 .. $count;
        my %of;
        for (@pipes) { $of{readline $_->[1]}++; waitpid $_->[0], 0 }
        return \%of;
    };
    is_deeply($storm->(24, password(), 'bob'), {200 => 24}, 'many right ones at once');
    is_deeply($storm->(45, 'wrong wrong', 'dan'), {401 => 30, 429 => 15},
        'of many wrong ones, each from another network, thirty are answered');
    is_deeply($storm->(24, 'wrong wrong', 'eve', '203.0.113.200'), {401 => 3, 429 => 21},
        'of those from one network three are');
    done_testing;
};

subtest 'counts guesses at the change of a password' => sub {
    my $bob = login($leat, 'bob', headers => $from->('192.0.2.5'));
    for (1 .. 3) {
        $r = change($leat, $bob, 'wrong wrong', 'another long one');
        is($r->{status}, 401, 'guesses at change-password');
    }
    $r = change($leat, $bob, password(), 'another long one');
    is($r->{status}, 429, 'count, too');
    done_testing;
};

subtest 'lets one of eight simultaneous changes of a password succeed' => sub {
    my $busy = accounts(workers => 4)->start;
    my $eve = joined($busy, 'eve');
    my @sockets = map { $busy->connect } 1 .. 8;
    for my $n (0 .. $#sockets) {
        my $body = JSON::PP::encode_json({current_password => password(), new_password => "the new secret $n"});
        my $head = join '', map { "$_\r\n" } 'PUT /v1/auth/password HTTP/1.1', 'Host: localhost',
            "Authorization: Bearer $eve->{json}{access_token}", 'Connection: close',
            'Content-Type: application/json', 'Content-Length: ' . length $body;
        syswrite $sockets[$n], "$head\r\n$body";
    }
    my @changed = map { Leat::Test::parse_answer(Leat::Test::read_all($_, 30))->{status} } @sockets;
    is_deeply([sort @changed], [204, (401) x 7], 'the old password opens one change');
    my ($first) = grep { $changed[$_] == 204 } 0 .. $#changed;
    is(login($busy, 'eve', password => "the new secret $first")->{status}, 200, 'which is the one that counts');
    done_testing;
};

all_done;
