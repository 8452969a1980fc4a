# SPDX-License-Identifier: MIT
# Each of many logins at once succeeds or is told to try again, and no other request waits for them.
use strict;
use warnings;
use IO::Select;
use JSON::PP;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $leat;

# Sends a login without waiting for the answer.
sub begin {
    my ($leat, $name) = @_;
    my $s = $leat->connect or die "connect: $!";
    my $body = encode_json({email => address($name), password => password()});
    my $head = join '', map { "$_\r\n" } 'POST /v1/auth/login HTTP/1.1', 'Host: localhost',
        'Content-Type: application/json', 'Content-Length: ' . length $body;
    syswrite $s, "$head\r\n$body";
    return $s;
}

# Waits for the answer as long as a busy machine may take.
sub patiently {
    my ($name) = @_;
    return $leat->post('/v1/auth/login', {email => address($name), password => password()}, seconds => 300);
}

# Reads what has arrived, without waiting for more.
sub read_some {
    my ($open, $text, $answers) = @_;
    for my $s (IO::Select->new(values %$open)->can_read(0.01)) {
        my $id = fileno $s;
        my $n = sysread $s, $text->{$id}, 65536, length($text->{$id} // '');
        my $answer = Leat::Test::parse_answer($text->{$id} // '');
        next if $n && !$answer;
        push @$answers, $answer // {status => 0, headers => {}};
        delete $open->{$id};
        close $s;
    }
    return;
}
# Returns the status of the answer, which comes as late.
sub late_status {
    my ($s, $seconds) = @_;
    my $text = Leat::Test::read_all($s, $seconds, sub { Leat::Test::parse_answer($_[0]) });
    return (Leat::Test::parse_answer($text) // {status => 0})->{status};
}

$leat = accounts(identity => 'password: {queue: 8}', workers => 2)->start;
register($leat, 'ann');

my $ann;
subtest 'answers each of 200 logins at once with 200 or 503, and all reads meanwhile' => sub {
    $ann = login($leat, 'ann');
    is($ann->{status}, 200, 'one who is there');
    for my $round (1 .. scale(2)) {
        my %open = map { fileno $_ => $_ } map { begin($leat, 'ann') } 1 .. 200;
        my (%text, @answers, %reads);
        my $until = monotonic() + (is_sanitized() ? 300 : 60);
        while (%open && monotonic() < $until) {
            read_some(\%open, \%text, \@answers);
            my $r = $leat->get('/v1/auth/me', headers => bearer($ann));
            $reads{$r ? $r->{status} : 0}++;
        }
        my %of;
        $of{$_->{status}}++ for @answers;
        is(scalar @answers, 200, 'all 200 are answered');
        is_deeply([grep { $_ != 200 && $_ != 503 } keys %of], [], 'with 200 or 503') or diag(explain(\%of));
        ok($of{200} && $of{503}, 'with both: ' . join ', ', map { "$of{$_} $_" } sort keys %of);
        is_deeply([keys %reads], [200], "$reads{200} reads meanwhile are answered");
        is_deeply([grep { $_->{status} == 503 && !$_->{headers}{'retry-after'} } @answers], [],
            'who is to come again is told when');
    }
    done_testing;
};

subtest 'counts no refusal as a failure' => sub {
    is(login($leat, 'ann')->{status}, 200, 'and nothing of it counts as a failure');
    is($leat->post('/v1/auth/login', {email => address('ann'), password => 'not that password'})->{status}, 401,
        'which is something else');
    done_testing;
};

$leat->finish;

$leat = accounts(identity => 'password: {memory: 64MiB, passes: 8}', workers => 1);
my $slow = slurp($leat->{config_path});
$leat->configure($slow =~ s/64MiB, passes: 8/8MiB, passes: 1/r);
$leat->start;
register($leat, $_) for qw(ann bob cid);
$leat->configure($slow);

subtest 'answers reads while a hash takes seconds' => sub {
    is($leat->ctl('reload')->{code}, 0, 'hashes that take seconds');
    is(patiently($_)->{status}, 200, "the hash of $_ is made anew") for qw(ann bob);
    $ann = patiently('ann');
    is($ann->{status}, 200, 'and takes as long each time');
    my $s = begin($leat, 'ann');
    my $good = 0;
    $good += $leat->get('/v1/auth/me', headers => bearer($ann))->{status} == 200 for 1 .. 20;
    is($good, 20, 'twenty reads are answered');
    ok(!IO::Select->new($s)->can_read(0), 'while the login is not: the loop goes on');
    is(late_status($s, 300), 200, 'which is let in after all');
    done_testing;
};

subtest 'survives clients that leave before the answer' => sub {
    for my $path (1 .. 3) { close begin($leat, $_) for qw(ann nobody) }
    is(patiently('ann')->{status}, 200, 'who leaves before the answer takes nothing along');
    done_testing;
};

# Bob's hash waits behind Ann's. Reads are answered in order, so his row has been looked up when
# they are answered.
sub meanwhile {
    my ($change) = @_;
    my @s = map { begin($leat, $_) } qw(ann bob);
    $leat->get('/v1/auth/me', headers => bearer($ann)) for 1 .. 3;
    sql($leat, $change);
    ok(!IO::Select->new($s[1])->can_read(0), 'the login is not decided');
    return map { late_status($_, 300) } @s;
}

subtest 'decides a login by what the account is when its hash is made' => sub {
    my $bob = "WHERE email = 'bob\@example.org'";
    my $other = "(SELECT password_hash FROM _leat_users WHERE email = 'cid\@example.org')";
    is_deeply([meanwhile("UPDATE _leat_users SET password_hash = $other $bob")], [200, 401],
        'a password that is another by then opens nothing');
    is(patiently('bob')->{status}, 200, 'the new one does');
    is_deeply([meanwhile("UPDATE _leat_users SET disabled_at = created_at $bob")], [200, 401],
        'nor an account that is disabled by then');
    my $since = "created_at > (SELECT max(at) FROM _leat_audit WHERE event = 'login')";
    is_deeply([sql($leat, "SELECT count(*) FROM _leat_sessions WHERE $since")], [0], 'no login began');
    done_testing;
};

subtest 'lets in who waits when the server stops' => sub {
    my @left = map { begin($leat, 'ann') } 1 .. 3;
    $leat->get('/v1/auth/me');
    $leat->signal('TERM');
    is($leat->wait_exit(300), 0, 'it ends as it should');
    is_deeply([map { late_status($_, 300) } @left], [200, 200, 200], 'and lets in who waits');
    done_testing;
};

all_done;
