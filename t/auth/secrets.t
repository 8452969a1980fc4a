# SPDX-License-Identifier: MIT
# After everything that accounts can do, at log level debug, no log and no database contains anything
# that grants access, and every event has left its row and its log line.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Accounts;
use Leat::Smtp;
use Leat::Test;
use Leat::Totp;
use POSIX ();
use Test::More;

my $dir = tempdir('leat-secrets-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $leat = accounts(
    identity => 'scopes: [read, write]',
    config => "mail: {from: no\@app.example, file: $dir/mbox}\n",
    workers => 2,
);
my $usual = slurp($leat->{config_path});
$leat->configure($usual =~ s/^log: .*/log: {level: debug, slow: 1ms, path: $dir\/log, access-path: $dir\/access}/mr);
$leat->launch;
wait_for(20, sub { slurp("$dir/log") =~ /master\.ready/ }) or die slurp("$dir/log");

my %secret; # text → what it is
sub keep { my ($what, @texts) = @_; $secret{$_} = $what for @texts; return $texts[0] }
sub tokens {
    my ($r) = @_;
    keep('an access token', $r->{json}{access_token}, (split /\./, $r->{json}{access_token})[2]);
    keep('a refresh token', $r->{json}{refresh_token});
    return $r;
}
my $letters = 0;
sub mailed {
    $letters++;
    my ($text) = (Leat::Smtp::mbox("$dir/mbox", $letters))[$letters - 1]{body} =~ /([A-Za-z0-9_-]{43})/;
    return keep('a mailed token', $text);
}

sub try_refresh {
    my ($login, $agent) = @_;
    my %body = (refresh_token => $login->{json}{refresh_token});
    return $leat->post('/v1/auth/refresh', \%body, headers => {'User-Agent' => $agent});
}
sub try_change {
    my ($who, $from, $to) = @_;
    my %body = (current_password => $from, new_password => $to);
    return $leat->request('PUT', '/v1/auth/password', json => \%body, headers => bearer($who))->{status};
}

my $password = keep('a password', 'Zauberlehrling-1797');
my $wrong = keep('a password', 'Zauberlehrling-wrong');
my $ann = 'ann@example.org';

subtest 'registers, verifies, logs in and refreshes' => sub {
    is(register($leat, 'ann', password => $password)->{status}, 201, 'register');
    is($leat->post('/v1/auth/email/verify', {token => mailed()})->{status}, 204, 'verify');
    is(register($leat, 'ann', password => keep('a password', 'Zauberlehrling-again'))->{status}, 201, 'register again');
    $letters++;
    is($leat->post('/v1/auth/email/verification', {email => 'nobody@example.org'})->{status}, 204,
        'nobody asks for mail');
    my $login = tokens(login($leat, 'ann', password => $password));
    is(login($leat, 'ann', password => $wrong)->{status}, 401, 'fail');
    is(login($leat, 'nobody', password => $wrong)->{status}, 401, 'nobody fails');
    tokens(try_refresh($login, 'one'));
    is(try_refresh($login, 'two')->{status}, 401, 'reuse');
    done_testing;
};

subtest 'repeats nothing of what was sent in an error' => sub {
    my @wrong = (
        ['/v1/auth/login', {email => $ann, password => ['Zauberlehrling-list']}],
        ['/v1/auth/login', {email => $ann, password => $password, keep('a password', 'Zauberlehrling-name') => 1}],
        ['/v1/auth/login', {email => keep('a password', 'Zauberlehrling-email'), password => $password}],
        ['/v1/auth/register', {email => 'x@example.org', password => keep('a password', 'Zauberlehrling-long' x 50)}],
        ['/v1/auth/refresh', {refresh_token => keep('a token', 'Zauberlehrling-token')}],
        ['/v1/auth/password/reset',
            {token => keep('a token', 'Zauberlehrling-mail'),
                new_password => keep('a password', 'Zauberlehrling-reset')}],
    );
    keep('a password', 'Zauberlehrling-list', 'Zauberlehrling-broken');
    for (@wrong) {
        my $r = $leat->post(@$_);
        like($r->{status}, qr/^4/, "$_->[0]: refused");
        unlike($r->{body} =~ s/Zauberlehrling-name//r, qr/Zauberlehrling/, 'without saying what was sent');
    }
    my $broken = '{"email":"ann@example.org","password":"Zauberlehrling-broken}';
    is($leat->request('POST', '/v1/auth/login', body => $broken)->{status}, 400, 'no JSON');
    for my $row (
        [bearer(keep('a token', 'Zauberlehrling.bearer.x')), 'no token'],
        [{Authorization => 'Basic ' . keep('a token', 'WmF1YmVyOmxlaHJsaW5n')}, 'no scheme of this'],
        [{Cookie => '__Host-session=' . keep('a cookie', 'Zauberlehrling-cookie')}, 'no session'],
    ) {
        my ($headers, $what) = @$row;
        is($leat->get('/v1/auth/me', headers => $headers)->{status}, 401, $what);
    }
    # An unexpected parameter is logged at most by its name.
    $leat->get('/v1/auth/me?access_token=' . keep('a token', 'Zauberlehrling-query'));
    done_testing;
};

subtest 'changes and resets a password' => sub {
    my $login = tokens(login($leat, 'ann', password => $password));
    my $new = keep('a password', 'Zauberlehrling-new');
    is(try_change($login, $wrong, $new), 401, 'a wrong change');
    is(try_change($login, $password, $new), 204, 'a change');
    $letters++;
    is($leat->post('/v1/auth/password/forgot', {email => $ann})->{status}, 204, 'forgotten');
    is($leat->post('/v1/auth/password/reset', {token => mailed(), new_password => $password})->{status}, 204, 'reset');
    done_testing;
};

subtest 'logs in by a cookie, and makes an API key' => sub {
    my $cookie = login($leat, 'ann', password => $password, path => '/v1/auth/session');
    keep('a cookie', $cookie->{headers}{'set-cookie'} =~ /session=([^;]+)/);
    keep('a token against CSRF', $cookie->{json}{csrf_token});
    my %browser = (Cookie => $cookie->{headers}{'set-cookie'} =~ s/;.*//r,
        'X-CSRF-Token' => $cookie->{json}{csrf_token});
    is($leat->get('/v1/auth/me', headers => \%browser)->{status}, 200, 'a cookie');
    is($leat->post('/v1/auth/keys', {name => 'x'}, headers => {%browser, 'X-CSRF-Token' => $wrong})->{status}, 403,
        'forged');
    my $r = $leat->post('/v1/auth/keys', {name => 'x', scopes => ['read']}, headers => \%browser);
    is($r->{status}, 201, 'an API key');
    keep('an API key', $r->{json}{key}, $r->{json}{key} =~ /^leat_[^_]+_(\w{27})/);
    is($leat->delete("/v1/auth/keys/$r->{json}{id}", headers => \%browser)->{status}, 204, 'revoked');
    done_testing;
};

my $factor;
subtest 'takes a second factor, and gives it up' => sub {
    my $login = tokens(login($leat, 'ann', password => $password));
    $factor = $leat->post('/v1/auth/totp', {password => $password}, headers => bearer($login))->{json}{secret};
    wait_for(30, sub { time % 30 < 22 });
    my $r = $leat->post('/v1/auth/totp/confirm', {code => code($factor)}, headers => bearer($login));
    is($r->{status}, 200, 'a second factor');
    my @recovery = @{$r->{json}{recovery_codes}};
    keep('a recovery code', map { ($_, s/-//gr) } @recovery);
    is(login($leat, 'ann', password => $password, code => keep('a code', 'Zauberlehrling-code'))->{status}, 401,
        'no code');
    is(login($leat, 'ann', password => $password, code => 'zauberlehr')->{status}, 401, 'a wrong code');
    keep('a code', 'zauberlehr');
    tokens(login($leat, 'ann', password => $password, code => code($factor, 1)));
    tokens(login($leat, 'ann', password => $password, code => $recovery[0]));
    is($leat->post('/v1/auth/totp/disable', {password => $password}, headers => bearer($login))->{status}, 204,
        'without it again');
    done_testing;
};

subtest 'records each event, in the table and in the log' => sub {
    my @logins = map { tokens(login($leat, 'ann', password => $password)) } 1 .. 2;
    is($leat->post('/v1/auth/logout', undef, headers => bearer($logins[0]))->{status}, 204, 'logout');
    is($leat->post('/v1/auth/logout-all', undef, headers => bearer($logins[1]))->{status}, 204, 'logout-all');
    my @events = audits($leat);
    my %count;
    $count{$_}++ for @events;
    my @expected = qw(user.created register.taken mail.requested mail.unknown email.verified login login.failed
        refresh.reused password.failed password.changed password.reset api-key.created api-key.revoked totp.enabled
        totp.disabled code.failed recovery.used session.revoked sessions.revoked);
    is_deeply([sort keys %count], [sort @expected], 'every event is noted');
    is_deeply([@count{qw(login.failed password.changed password.reset refresh.reused recovery.used)}], [2, 1, 1, 1, 1],
        'each time');
    my $incomplete = "client IS NOT '127.0.0.1' OR request_id IS NULL OR at IS NULL";
    is_deeply([sql($leat, "SELECT count(*) FROM _leat_audit WHERE $incomplete")], [0], 'with where it came from');
    my %logged;
    $logged{$_}++ for slurp("$dir/log") =~ /auth\.event event=(\S+) /g;
    is_deeply(\%logged, \%count, 'and is in the log');
    done_testing;
};

subtest 'shows none of the secrets in logs, release, status and database' => sub {
    # The shown and the stored release; what a reload reports and prints is part of it.
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    my %where = (
        log => slurp("$dir/log"),
        'access log' => slurp("$dir/access"),
        'standard error' => $leat->log,
        release => $leat->ctl('release')->{out},
        status => join('', map { $leat->ctl($_)->{out} } qw(status limits routes requests metrics)),
    );
    cmp_ok(scalar(() = $where{'access log'} =~ /\n/g), '>', 40, 'requests were logged');
    is($leat->stop, 0, 'it stops');
    $where{database} = join '', map { slurp($_) } glob "$leat->{dir}/app.db*";
    my @keys = glob "$leat->{dir}/*.keys";
    is(scalar @keys, 1, 'the keys are in a file')
        and is((stat $keys[0])[2] & 0777, 0600, 'of the server only');
    $where{database} =~ s/\Q@{[slurp($keys[0])]}\E//g;
    keep('a private key', slurp($keys[0]) =~ /"d": ?"([^"]+)"/);
    cmp_ok(scalar(keys %secret), '>', 50, scalar(keys %secret) . ' secrets');
    for my $place (sort keys %where) {
        my @found = grep { index($where{$place}, $_) >= 0 } sort keys %secret;
        is_deeply(\@found, [], "none is in the $place") or diag(map { "$secret{$_}: $_\n" } @found);
    }
    # A secret that authenticator and server share is in the database only.
    is(scalar(grep { index($where{$_}, $factor) >= 0 } grep { $_ ne 'database' } keys %where), 0,
        'nor is the secret of the second factor in what is shown');
    done_testing;
};

$leat->finish;

subtest 'records a failure that waits for the database, even while the server ends' => sub {
    $leat = accounts(workers => 1)->start;
    register($leat, 'ann');
    pipe my $from, my $to or die;
    my $pid = fork // die;
    if (!$pid) {
        close $to;
        open STDIN, '<&', $from;
        open STDOUT, '>', "$leat->{dir}/held";
        { exec 'sqlite3', "$leat->{dir}/app.db" }
        POSIX::_exit(1);
    }
    close $from;
    syswrite $to, "BEGIN IMMEDIATE; SELECT 'held';\n";
    ok(wait_for(10, sub { slurp("$leat->{dir}/held") =~ /held/ }), 'the database is held by somebody');
    is(login($leat, 'ann', password => $wrong)->{status}, 401, 'a failure waits for no note') for 1 .. 3;
    $leat->signal('TERM');
    ok(wait_for(10, sub { $leat->log =~ /worker\.draining/ }), 'the server ends');
    syswrite $to, "COMMIT;\n.quit\n";
    close $to;
    waitpid $pid, 0;
    is($leat->wait_exit, 0, 'it has ended');
    is_deeply([audits($leat)], ['user.created', ('login.failed') x 3], 'and it is noted');
    done_testing;
};

all_done;
