# SPDX-License-Identifier: MIT
# A refresh token works once, and a second use by somebody else counts as theft.
use strict;
use warnings;
use JSON::PP;
use Leat::Accounts;
use Leat::Test;
use MIME::Base64 qw(decode_base64url);
use POSIX ();
use Test::More;
use Time::HiRes ();

my $leat = accounts(workers => 4)->start;
my $url = '/v1/auth/refresh';
sub refresh {
    my ($token, %h) = @_;
    my %body = (refresh_token => ref $token ? $token->{json}{refresh_token} : $token);
    return $leat->post($url, \%body, headers => {%h});
}
sub claims { my ($r) = @_; return decode_json(decode_base64url((split /\./, $r->{json}{access_token})[1])) }
my @browser = ('User-Agent' => 'browser');
my $past = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 second')";

# Moves the beginning of a login back.
sub age {
    my ($r, $days) = @_;
    my $then = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-$days days')";
    sql($leat, "UPDATE _leat_sessions SET created_at = $then WHERE id = '@{[claims($r)->{sid}]}'");
}

my $next;
subtest 'exchanges a token for new ones of the same login' => sub {
    my $login = joined($leat, 'ann');
    my $r = refresh($login);
    is($r->{status}, 200, 'new tokens') or diag($r->{body});
    is($r->{headers}{'cache-control'}, 'no-store', 'not to be cached');
    isnt($r->{json}{refresh_token}, $login->{json}{refresh_token}, 'a new one');
    is(me($leat, $r), 200, 'which is good');
    is(me($leat, $login), 200, 'the access token before is good until it ends');
    is(claims($r)->{sid}, claims($login)->{sid}, 'it is the same login');
    is(claims($r)->{sub}, claims($login)->{sub}, 'of the same account');
    $next = $r;
    for (1 .. 10) { $next = refresh($next); is($next->{status}, 200, 'and so on') }
    is(scalar @{$leat->get('/v1/auth/sessions', headers => bearer($next))->{json}{items}}, 1, 'still one login');
    done_testing;
};

subtest 'rejects what is no refresh token' => sub {
    my $good = $next->{json}{refresh_token};
    is(refresh($_)->{status}, 401, 'what is no refresh token')
        for '', 'x', 'A' x 43, "${good}A", lc $good, " $good", "$good\0";
    isnt(refresh($next->{json}{access_token})->{status}, 200, 'nor is an access token');
    is($leat->post($url, {refresh_token => $_})->{status}, 422, 'nor what is no text') for undef, 1, ['x'], {};
    is(me($leat, $next->{json}{refresh_token}), 401, 'a refresh token opens nothing itself');
    done_testing;
};

subtest 'answers the same client with the same bytes again' => sub {
    my $again = joined($leat, 'bob', headers => {@browser});
    my @same = map { refresh($again, @browser) } 1 .. 3;
    is($same[0]{status}, 200, 'used');
    is($same[$_]{body}, $same[0]{body}, 'again, at once: the same bytes') for 1, 2;
    my @phone = ('User-Agent' => 'browser, after an update');
    my $moved = refresh($same[0], @phone);
    is($moved->{status}, 200, 'a client may change between two uses');
    is(refresh($same[0], @phone)->{body}, $moved->{body}, 'and still has the same answer again');
    is(me($leat, $moved), 200, 'nothing is revoked by that');
    my $tip = refresh($moved, @phone);
    is($tip->{status}, 200, 'and it goes on');
    done_testing;
};

subtest 'ends the login when another client comes with a used token' => sub {
    for my $other (['User-Agent' => 'thief'], ['X-Forwarded-For' => '192.0.2.1', @browser]) {
        my $own = joined($leat, 'cid', headers => {@browser});
        my $good = refresh($own, @browser);
        my $r = refresh($own, @$other);
        is($r->{status}, 401, "again by another client ($other->[0])");
        is(me($leat, $good), 401, 'ends the login') for 1 .. 6;
        is(refresh($good, @browser)->{status}, 401, 'and its tokens');
    }
    done_testing;
};

subtest 'ends the login of a thief who was faster' => sub {
    # The owner's later use ends the login.
    my $own = joined($leat, 'dora', headers => {@browser});
    my $stolen = refresh($own, 'User-Agent' => 'thief');
    is($stolen->{status}, 200, 'a thief is faster');
    is(refresh($own, @browser)->{status}, 401, 'the owner comes and does not get what the thief got');
    is(me($leat, $stolen), 401, 'but the thief has nothing either');
    is(refresh($stolen, 'User-Agent' => 'thief')->{status}, 401, 'for good');
    ok($leat->log =~ /warn .* security\.refresh-reuse sub=\S+ session=\S+ client=127\.0\.0\.1 id=/, 'logged');
    is(scalar(grep { $_ eq 'refresh.reused' } audits($leat, 'cid')), 2, 'and noted');
    done_testing;
};

subtest 'ends the login when an old token comes long after' => sub {
    my $line = joined($leat, 'eve', headers => {@browser});
    my $current = refresh(refresh($line, @browser), @browser);
    my $ago = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-12 seconds')";
    sql($leat, "UPDATE _leat_refresh_tokens SET used_at = $ago WHERE used_at IS NOT NULL");
    is(refresh($line, @browser)->{status}, 401, 'a copy of an old one, later');
    is(me($leat, $current), 401, 'ends the login');
    done_testing;
};

subtest 'rejects a token past its time' => sub {
    my $r = joined($leat, 'finn');
    is($r->{json}{refresh_expires_in}, 30 * 86400, 'how long it is good');
    sql($leat, "UPDATE _leat_refresh_tokens SET expires_at = $past");
    is(refresh($r)->{status}, 401, 'past its time');
    done_testing;
};

subtest 'asks for the password after 90 days of a login' => sub {
    my $r = joined($leat, 'gil');
    my $sid = claims($r)->{sid};
    age($r, 80);
    $r = refresh($r);
    is($r->{status}, 200, 'a login of 80 days');
    cmp_ok($r->{json}{refresh_expires_in}, '<=', 10 * 86400, 'has ten left');
    my ($left) = sql($leat,
        "SELECT round(julianday(expires_at) - julianday('now')) FROM _leat_sessions WHERE id = '$sid'");
    is($left + 0, 10, 'in the database, too');
    is(refresh(refresh($r))->{status}, 200, 'and goes on');
    $r = joined($leat, 'gil');
    age($r, 91);
    is(refresh($r)->{status}, 401, 'after 90 the password is asked for');
    done_testing;
};

subtest 'keeps no tokens past their time' => sub {
    my $r = joined($leat, 'hal');
    my $sid = claims($r)->{sid};
    $r = refresh($r) for 1 .. 5;
    sql($leat, "UPDATE _leat_refresh_tokens SET expires_at = $past WHERE used_at IS NOT NULL AND session_id = '$sid'");
    is(refresh($r)->{status}, 200, 'a long login');
    is_deeply([sql($leat, "SELECT count(*) FROM _leat_refresh_tokens WHERE session_id = '$sid'")], [2],
        'keeps no tokens past their time');
    done_testing;
};

subtest 'refreshes nothing after logout, without an alarm' => sub {
    my $r = joined($leat, 'ida');
    is($leat->post('/v1/auth/logout', undef, headers => bearer($r))->{status}, 204, 'logged out');
    is(refresh($r)->{status}, 401, 'no refresh');
    is(scalar(grep { $_ eq 'refresh.reused' } audits($leat, 'ida')), 0, 'which is no alarm');
    done_testing;
};

subtest 'gives twelve simultaneous exchanges one answer' => sub {
    for my $round (1 .. 5) {
        my $start = joined($leat, 'jan', headers => {@browser});
        my @pipes = map {
            pipe my $from, my $to or die;
            my $pid = fork // die;
            if (!$pid) {
                my $a = refresh($start, @browser);
                syswrite $to, "$a->{status} $a->{body}\n";
                POSIX::_exit(0);
            }
            close $to;
            [$pid, $from];
        } 1 .. 12;
        my %answers;
        for (@pipes) { $answers{readline $_->[1]}++; waitpid $_->[0], 0 }
        is(scalar keys %answers, 1, 'twelve at once on four workers have one answer') or diag(join '', keys %answers);
        my ($body) = (keys %answers)[0] =~ /^200 (.*)/ or do { fail('which is good'); next };
        my $sid = claims({json => decode_json($body)})->{sid};
        my $of_it = "FROM _leat_refresh_tokens WHERE session_id = '$sid'";
        is_deeply([sql($leat, "SELECT count(*), sum(used_at IS NULL) $of_it")], ['2|1'], 'and one successor');
    }
    done_testing;
};

$leat->finish;

subtest 'accepts no second use where refresh-reuse is 0s' => sub {
    $leat = accounts(identity => 'refresh-reuse: 0s')->start;
    my $login = joined($leat, 'ann');
    wait_for(5, sub { my $now = Time::HiRes::time(); $now - int $now < 0.2 }); # both within one second
    my $r = refresh($login);
    is($r->{status}, 200, 'once');
    is(refresh($login)->{status}, 401, 'not twice');
    is(me($leat, $r), 401, 'and it is over');
    done_testing;
};

all_done;
