# SPDX-License-Identifier: MIT
# Each token in a letter to an account works once, for a limited time, and for its reader only. How
# mail leaves is tested in t/auth/mail.t.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Accounts;
use Leat::Smtp;
use Leat::Test;
use Test::More;

my $dir = tempdir('leat-letters-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $links = "verify-link: 'https://app.example/verify/{token}?x=1', reset-link: 'https://app.example/reset#{token}'";
my $mail = "mail: {from: 'App <no\@app.example>', file: $dir/mbox}\n";
my $leat = accounts(identity => $links, config => $mail)->start;
my $seen = 0;

# Returns the messages that have arrived since the last call, after waiting for that many.
sub letters {
    my ($count) = @_;
    my @all;
    wait_for(10, sub { @all = Leat::Smtp::mbox("$dir/mbox"); @all >= $seen + $count });
    my @new = @all[$seen .. $#all];
    $seen = @all;
    is(scalar @new, $count, "$count letters") or diag(map { "$_->{headers}{to} $_->{subject}\n" } @new);
    return @new;
}
my @secrets;
sub token {
    my ($letter, $path) = @_;
    my ($token) = $letter->{body} =~ m{https://app\.example/$path([A-Za-z0-9_-]{43})(?:\?x=1)?\r?\n};
    ok($token, "a link to $path") or diag($letter->{body});
    push @secrets, $token;
    return $token;
}
my $verify = sub { return $leat->post('/v1/auth/email/verify', {token => $_[0]})->{status} };
my $reset = sub {
    my ($token, $password) = @_;
    my %body = (token => $token, new_password => $password // 'another long one');
    return $leat->post('/v1/auth/password/reset', \%body)->{status};
};
my $forgot = sub { return $leat->post('/v1/auth/password/forgot', {email => address($_[0])}) };
my $again = sub { return $leat->post('/v1/auth/email/verification', {email => address($_[0])}) };

my $past = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 second')";
my $minutes = 'round((julianday(expires_at) - julianday(created_at)) * 1440)';

my $first;
subtest 'verifies an address by the newest letter, once' => sub {
    $first = register($leat, 'ann');
    my ($letter) = letters(1);
    is($letter->{headers}{to}, '<ann@example.org>', 'to who registered');
    my $token = token($letter, 'verify/');
    my $me = sub { return $leat->get('/v1/auth/me', headers => bearer(login($leat, 'ann')))->{json} };
    ok(!$me->()->{email_verified}, 'the address is not verified');
    is($again->('ann')->{status}, 204, 'another letter is asked for');
    my $second = token(letters(1), 'verify/');
    is($verify->($token), 422, 'the one before is good for nothing then');
    is($reset->($second), 422, 'nor is it good for another purpose');
    is($verify->($second), 204, 'the new one is');
    ok($me->()->{email_verified}, 'the address is verified');
    is($verify->($second), 422, 'a token is good once');
    is($verify->($_), 422, 'what is no token is good for nothing') for '', 'x', 'A' x 43, "$second\0";
    is($again->('ann')->{status}, 204, 'one that is verified: the same answer');
    letters(0);
    is($again->('nobody')->{status}, 204, 'nobody: the same answer');
    letters(0);
    done_testing;
};

subtest 'tells the owner of an address when somebody registers it again' => sub {
    # An address that has an account.
    my $taken = register($leat, 'Ann', password => 'a different secret');
    is($taken->{status}, 201, 'an address that is taken');
    is($taken->{body}, $first->{body}, 'has the same answer');
    my ($letter) = letters(1);
    is($letter->{headers}{to}, '<ann@example.org>', 'but its owner is told');
    like($letter->{subject}, qr/account/i, 'what happened');
    unlike($letter->{body}, qr/[A-Za-z0-9_-]{43}/, 'without a token');
    is(login($leat, 'ann', password => 'a different secret')->{status}, 401, 'and the password is as it was');
    done_testing;
};

subtest 'lets a token for verification live a day' => sub {
    # An expired token.
    register($leat, 'old');
    my $token = token(letters(1), 'verify/');
    sql($leat, "UPDATE _leat_email_tokens SET expires_at = $past");
    is($verify->($token), 422, 'a token past its time');
    $again->('old');
    letters(1);
    my ($life) = sql($leat, "SELECT $minutes FROM _leat_email_tokens WHERE used_at IS NULL");
    is($life + 0, 1440, 'which is a day');
    done_testing;
};

subtest 'resets a forgotten password by the newest letter, once, and ends all logins' => sub {
    my @logins = map { login($leat, 'ann') } 1, 2;
    my $known = $forgot->('ann');
    my $unknown = $forgot->('nobody');
    is($known->{status}, 204, 'forgotten');
    is($unknown->{status}, 204, 'nobody: the same answer');
    is_deeply([sort keys %{$unknown->{headers}}], [sort keys %{$known->{headers}}], 'with the same headers');
    my ($one) = letters(1);
    my $older = token($one, 'reset#');
    is($forgot->('ANN')->{status}, 204, 'asked for again');
    my $token = token(letters(1), 'reset#');
    is($reset->($older), 422, 'the one before is good for nothing');
    is($reset->($token, 'short'), 422, 'a new password is as good as any');
    is($reset->($token, 'ann@example.org'), 422, 'and not the address');
    is(me($leat, $logins[0]), 200, 'until then nothing ends');
    is($reset->($token), 204, 'a new password');
    my ($letter) = letters(1);
    is($letter->{headers}{to}, '<ann@example.org>', 'of which the owner hears');
    like($letter->{subject}, qr/password/i, 'by mail');
    is($reset->($token, 'yet another one'), 422, 'the token is valid once');
    is(me($leat, $_), 401, 'all logins are over') for @logins;
    is($leat->post('/v1/auth/refresh', {refresh_token => $_->{json}{refresh_token}})->{status}, 401,
        'their refresh tokens, too') for @logins;
    is(login($leat, 'ann')->{status}, 401, 'the old password is no good');
    is(login($leat, 'ann', password => 'another long one')->{status}, 200, 'the new one is');
    done_testing;
};

subtest 'lets a token for a reset live an hour, or until the password is changed' => sub {
    $forgot->('ann');
    my $token = token(letters(1), 'reset#');
    my ($life) = sql($leat,
        "SELECT $minutes FROM _leat_email_tokens WHERE kind = 'reset-password' AND used_at IS NULL");
    is($life + 0, 60, 'it is good for an hour');
    my $ann = login($leat, 'ann', password => 'another long one');
    my %change = (current_password => 'another long one', new_password => 'one more secret');
    is($leat->request('PUT', '/v1/auth/password', json => \%change, headers => bearer($ann))->{status}, 204,
        'a changed password');
    like((letters(1))[0]{subject}, qr/password/i, 'is told by mail');
    is($reset->($token), 422, 'and ends what was asked for');
    $forgot->('ann');
    $token = token(letters(1), 'reset#');
    sql($leat, "UPDATE _leat_email_tokens SET expires_at = $past");
    is($reset->($token), 422, 'past its time');
    done_testing;
};

subtest 'resets nothing for a disabled account' => sub {
    $forgot->('ann');
    my $token = token(letters(1), 'reset#');
    sql($leat, "UPDATE _leat_users SET disabled_at = created_at WHERE email = 'ann\@example.org'");
    is($reset->($token), 422, 'an account that was disabled meanwhile');
    is($forgot->('ann')->{status}, 204, 'which gets none');
    letters(0);
    done_testing;
};

subtest 'lets one of six simultaneous resets succeed' => sub {
    register($leat, 'bob');
    token(letters(1), 'verify/');
    $forgot->('bob');
    my $token = token(letters(1), 'reset#');
    my @pipes = map {
        pipe my $from, my $to or die;
        my $pid = fork // die;
        if (!$pid) { syswrite $to, $reset->($token, "new password $_"); POSIX::_exit(0) }
        close $to;
        [$pid, $from];
    } 1 .. 6;
    my @status = sort map { my $s = readline $_->[1]; waitpid $_->[0], 0; $s } @pipes;
    is_deeply(\@status, [204, (422) x 5], 'of six at once, one sets it');
    letters(1);
    done_testing;
};

subtest 'takes an address back from whoever registered it without owning it' => sub {
    my $eve = joined($leat, 'eve', password => 'the secret of eve');
    token(letters(1), 'verify/');
    my $key = $leat->post('/v1/auth/keys', {name => 'back door'}, headers => bearer($eve));
    is($key->{status}, 201, 'leaves a key');
    is($leat->post('/v1/auth/totp', {password => 'the secret of eve'}, headers => bearer($eve))->{status}, 200,
        'and a second factor');
    sql($leat, "UPDATE _leat_totp SET confirmed_at = created_at");
    $forgot->('eve');
    is($reset->(token(letters(1), 'reset#'), 'the secret of the owner'), 204,
        'the owner of the address resets the password');
    letters(1);
    is(me($leat, $eve), 401, 'the login is over');
    is_deeply([sql($leat, 'SELECT count(*) FROM _leat_api_keys WHERE revoked_at IS NULL')], [0], 'and the key');
    is(login($leat, 'eve', password => 'the secret of the owner')->{status}, 200, 'no second factor is in the way');
    my $owner = login($leat, 'eve', password => 'the secret of the owner');
    $leat->post('/v1/auth/keys', {name => 'own'}, headers => bearer($owner));
    $forgot->('eve');
    is($reset->(token(letters(1), 'reset#'), 'another of the owner'), 204, 'once the address is proved');
    letters(1);
    is_deeply([sql($leat, 'SELECT name FROM _leat_api_keys WHERE revoked_at IS NULL')], ['own'], 'keys stay');
    done_testing;
};

subtest 'records what was mailed, and keeps tokens out of log and database' => sub {
    is_deeply([grep { !/^login|^user|^mail|^api/ } audits($leat, 'bob')], ['password.reset'], 'noted');
    ok((grep { $_ eq 'mail.requested' } audits($leat, 'ann')), 'what was mailed');
    ok((grep { $_ eq 'email.verified' } audits($leat, 'ann')), 'and verified');
    my $log = $leat->log;
    is(scalar(grep { index($log, $_) >= 0 } @secrets), 0, 'of ' . @secrets . ' tokens none is in the log');
    my $all = join ',', map { "'$_'" } @secrets;
    is_deeply([sql($leat, "SELECT token_hash FROM _leat_email_tokens WHERE token_hash IN ($all)")], [],
        'nor in the database');
    done_testing;
};

$leat->finish;

my $smtp = Leat::Smtp->start;
my $plain = "mail: {from: no\@app.example, smtp: {url: '@{[$smtp->url]}', starttls: off}}\n";
$leat = accounts(identity => 'verified: required', config => $plain)->start;

subtest 'lets nobody in before the address is verified, where that is required' => sub {
    register($leat, 'ann');
    my ($m) = $smtp->messages(1);
    is($m->{to}[0], 'ann@example.org', 'by a server');
    unlike($m->{body}, qr/http/, 'no link where none is configured');
    my ($token) = $m->{body} =~ /([A-Za-z0-9_-]{43})/;
    is(login($leat, 'ann')->{status}, 403, 'not before it is verified');
    is($verify->($token), 204, 'it is');
    is(login($leat, 'ann')->{status}, 200, 'now it is good');
    done_testing;
};

subtest 'takes an address for verified when the password was reset by mail' => sub {
    $smtp->forget;
    register($leat, 'bob');
    $smtp->messages(1);
    $smtp->forget;
    $forgot->('bob');
    my ($m) = $smtp->messages(1);
    my ($token) = $m->{body} =~ /([A-Za-z0-9_-]{43})/;
    is($reset->($token), 204, 'who resets the password has read the mail');
    is(login($leat, 'bob', password => 'another long one')->{status}, 200, 'which verifies the address, too');
    done_testing;
};

$leat->finish;
$smtp->stop;

subtest 'sends letters by a command' => sub {
    spew("$dir/sendmail", "#!/bin/sh\nprintf 'From x 1\\n' >>$dir/sent\ncat >>$dir/sent\necho >>$dir/sent\n");
    chmod 0755, "$dir/sendmail";
    $leat = accounts(config => "mail: {from: no\@app.example, command: $dir/sendmail}\n")->start;
    register($leat, 'ann');
    my $m;
    ok(wait_for(10, sub { ($m) = Leat::Smtp::mbox("$dir/sent") }), 'by a command')
        and is($m->{headers}{to}, '<ann@example.org>', 'to whom it should');
    done_testing;
};

all_done;
