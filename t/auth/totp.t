# SPDX-License-Identifier: MIT
# A second factor is a TOTP code (RFC 6238) or a recovery code, and each of them works once.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Accounts;
use Leat::Smtp;
use Leat::Test;
use Leat::Totp;
use POSIX ();
use Test::More;

sub post { my ($leat, $path, $who, %body) = @_; return $leat->post("/v1/auth/$path", \%body, headers => bearer($who)) }

my $mbox = tempdir('leat-totp-XXXXXX', TMPDIR => 1, CLEANUP => 1) . '/mbox';
sub told {
    my ($subject) = @_;
    my $is_told = sub { $_[0]{subject} =~ $subject && $_[0]{headers}{to} eq '<ann@example.org>' };
    return wait_for(10, sub { grep { $is_told->($_) } Leat::Smtp::mbox($mbox) });
}
my $leat = accounts(workers => 4, config => "mail: {from: no\@app.example, file: $mbox}\n")->start;
my $ann = joined($leat, 'ann');
my %password = (password => password());
my $forget = sub { sql($leat, 'UPDATE _leat_totp SET last_step = 0') };

my ($secret, $confirmed, @recovery);
subtest 'confirms a second factor by a code of its secret, once' => sub {
    is(post($leat, 'totp', $ann, password => 'not that password')->{status}, 401, 'whoever begins shows the password');
    is(post($leat, 'totp/confirm', $ann, code => '000000')->{status}, 409, 'nothing is to be confirmed');
    my $r = post($leat, 'totp', $ann, %password);
    is($r->{status}, 200, 'a secret') or diag($r->{body});
    is($r->{headers}{'cache-control'}, 'no-store', 'not to be cached');
    my $first = $r->{json}{secret};
    like($first, qr/^[A-Z2-7]{32}\z/, 'of 160 bits');
    is($r->{json}{uri},
        "otpauth://totp/leat:ann%40example.org?secret=$first&issuer=leat&algorithm=SHA1&digits=6&period=30",
        'and as a QR code has it');
    $secret = post($leat, 'totp', $ann, %password)->{json}{secret};
    isnt($secret, $first, 'again: another one');
    is(login($leat, 'ann')->{status}, 200, 'which is not in force yet');
    settle();
    is(post($leat, 'totp/confirm', $ann, code => code($first))->{status}, 422,
        'a code of the one before confirms nothing');
    is(post($leat, 'totp/confirm', $ann, code => code($secret, $_))->{status}, 422, "nor one of $_ steps from now")
        for -2, 2;
    is(post($leat, 'totp/confirm', $ann, code => $_)->{status}, 422, 'nor what is none')
        for '', '12345', '1234567', 'abcdef', ' ' . substr(code($secret), 0, 5), "12345\0";
    $confirmed = code($secret);
    $r = post($leat, 'totp/confirm', $ann, code => $confirmed);
    is($r->{status}, 200, 'confirmed') or diag($r->{body});
    @recovery = @{$r->{json}{recovery_codes}};
    is(scalar @recovery, 10, 'ten recovery codes');
    is(scalar(grep { !/^[0-9a-hjkmnp-tv-z]{6}(?:-[0-9a-hjkmnp-tv-z]{6}){3}\z/ } @recovery), 0, 'that people can read');
    is(post($leat, 'totp/confirm', $ann, code => code($secret))->{status}, 409, 'once');
    ok(told(qr/now needs a code/), 'the owner is told by mail');
    is(post($leat, 'totp', $ann, %password)->{status}, 409, 'one that is in force is not replaced');
    ok($leat->get('/v1/auth/me', headers => bearer($ann))->{json}{totp}, 'me says so');
    done_testing;
};

subtest 'asks for a code only beside the right password' => sub {
    my $r = login($leat, 'ann');
    is($r->{status}, 401, 'the password is not enough');
    is($r->{json}{error}, 'a second-factor code is required', 'what is');
    for my $row (
        ['without the password a code says nothing', code => code($secret)],
        ['nor whether one is needed'],
    ) {
        my ($what, @code) = @$row;
        is(login($leat, 'ann', password => 'not that password', @code)->{json}{error},
            'the e-mail address or the password is wrong', $what);
    }
    done_testing;
};

subtest 'takes a code of this step or its neighbours, once' => sub {
    is(login($leat, 'ann', code => $confirmed)->{status}, 401, 'the code that has confirmed it was used');
    my @rows = (
        [-2, 401, 'not one of two steps ago'],
        [2,  401, 'nor of two steps from now'],
        [-1, 200, 'the step before'],
        [-1, 401, 'once'],
        [0,  200, 'this step'],
        [-1, 401, 'after which the one before is no good'],
        [1,  200, 'the next'],
        [0,  401, 'none goes back'],
    );
    # All in one step of time: again if the machine was too slow for that.
    my (@got, $step);
    do {
        $forget->();
        settle();
        $step = int(time / 30);
        @got = map { login($leat, 'ann', code => code($secret, $_->[0]))->{status} } @rows;
    } until int(time / 30) == $step;
    is($got[$_], $rows[$_][1], $rows[$_][2]) for 0 .. $#rows;
    $forget->();
    is(login($leat, 'ann', path => '/v1/auth/session', code => code($secret))->{status}, 200, 'for a cookie, too');
    is(login($leat, 'ann', path => '/v1/auth/session')->{status}, 401, 'and not without');
    is(login($leat, 'ann', code => $_)->{status}, 401, 'what is no code')
        for '000000' eq code($secret) ? '000001' : '000000', ' 123456', '-12345';
    done_testing;
};

subtest 'lets one of eight simultaneous logins use a code' => sub {
    $forget->();
    settle();
    my $once = code($secret);
    my @pipes = map {
        pipe my $from, my $to or die;
        my $pid = fork // die;
        if (!$pid) { syswrite $to, login($leat, 'ann', code => $once)->{status}; POSIX::_exit(0) }
        close $to;
        [$pid, $from];
    } 1 .. 8;
    my @status = sort map { my $s = readline $_->[1]; waitpid $_->[0], 0; $s } @pipes;
    is_deeply(\@status, [200, (401) x 7], 'of eight at once on four workers one is let in');
    done_testing;
};

subtest 'takes each recovery code of the account once' => sub {
    for my $i (0 .. 2) {
        my $as = ($recovery[$i], uc $recovery[$i] =~ s/-//gr, " $recovery[$i] ")[$i];
        is(login($leat, 'ann', code => $as)->{status}, 200, "recovery code $i");
        is(login($leat, 'ann', code => $recovery[$i])->{status}, 401, 'once');
    }
    is(login($leat, 'ann', code => 'aaaaa-aaaaa')->{status}, 401, 'another is none');
    my $bob = joined($leat, 'bob');
    my $secret_of_bob = post($leat, 'totp', $bob, %password)->{json}{secret};
    is(post($leat, 'totp/confirm', $bob, code => code($secret_of_bob))->{status}, 200, 'another account');
    is(login($leat, 'bob', code => $recovery[5])->{status}, 401, 'has its own');
    is(login($leat, 'ann', code => $recovery[5])->{status}, 200, 'where it was not used up');
    my $part = substr $recovery[6], 0, 5;
    is_deeply([sql($leat, "SELECT count(*) FROM _leat_recovery_codes WHERE code_hash LIKE '%$part%'")], [0],
        'they are stored hashed');
    done_testing;
};

subtest 'asks for a code after a change of the password, too' => sub {
    my %change = (current_password => password(), new_password => 'another long one');
    is($leat->request('PUT', '/v1/auth/password', json => \%change, headers => bearer($ann))->{status}, 204,
        'a new password');
    is(login($leat, 'ann', password => 'another long one')->{status}, 401, 'still needs a code');
    done_testing;
};

subtest 'ends a second factor for whoever shows the password' => sub {
    is(post($leat, 'totp/disable', $ann, password => 'not that password')->{status}, 401,
        'whoever ends it shows the password');
    is(login($leat, 'ann', password => 'another long one')->{status}, 401, 'it is in force still');
    is(post($leat, 'totp/disable', $ann, password => 'another long one')->{status}, 204, 'ended');
    ok(told(qr/no longer needs a code/), 'the owner is told');
    is(login($leat, 'ann', password => 'another long one')->{status}, 200, 'the password is enough');
    is(post($leat, 'totp/disable', $ann, password => 'another long one')->{status}, 404, 'there is none any more');
    my $new = post($leat, 'totp', $ann, password => 'another long one')->{json}{secret};
    my $r = post($leat, 'totp/confirm', $ann, code => code($new));
    is($r->{status}, 200, 'another begins');
    is(login($leat, 'ann', password => 'another long one', code => $recovery[7])->{status}, 401,
        'old recovery codes are gone');
    done_testing;
};

subtest 'records each use and each end' => sub {
    is_deeply([grep { /totp|code|recovery/ } audits($leat, 'ann')]->[0], 'totp.enabled', 'noted');
    is(scalar(grep { /^(?:recovery\.used|totp\.disabled)$/ } audits($leat, 'ann')), 5, 'each');
    done_testing;
};

subtest 'lets an administrator end it, once' => sub {
    my $r = $leat->ctl(qw(user disable-totp ann@example.org));
    is("$r->{code} $r->{out}", "0 second factor removed\n", 'an administrator ends it, too');
    is(login($leat, 'ann', password => 'another long one')->{status}, 200, 'and it is');
    is((grep { /totp/ } audits($leat, 'ann'))[-1], 'totp.disabled', 'noted');
    $r = $leat->ctl(qw(user disable-totp ann@example.org));
    is($r->{code}, 1, 'once');
    like($r->{err}, qr/the account has no second factor/, 'is enough');
    done_testing;
};

$leat->finish;

$leat = accounts(identity => 'password: {memory: 8MiB, passes: 1, tries: 4, window: 1d}')->start;

subtest 'counts a wrong code as a failure, and a missing one not' => sub {
    my $ann = joined($leat, 'ann');
    my $secret = post($leat, 'totp', $ann, %password)->{json}{secret};
    settle();
    is(post($leat, 'totp/confirm', $ann, code => code($secret))->{status}, 200, 'a second factor');
    is(login($leat, 'ann')->{status}, 401, 'to be asked for the code') for 1 .. 6;
    isnt(login($leat, 'ann')->{status}, 429, 'is no failure');
    is(login($leat, 'ann', code => code($secret))->{status}, 401, 'a guess') for 1 .. 4;
    is(login($leat, 'ann', code => $_)->{status}, 429, 'one too many') for code($secret, 1);
    done_testing;
};

subtest 'limits guesses at the first code' => sub {
    my $bob = joined($leat, 'bob');
    post($leat, 'totp', $bob, %password);
    is(post($leat, 'totp/confirm', $bob, code => 'nocode')->{status}, 422, 'a guess at the first code') for 1 .. 4;
    is(post($leat, 'totp/confirm', $bob, code => 'nocode')->{status}, 429, 'counts, too');
    done_testing;
};

all_done;
