# SPDX-License-Identifier: MIT
# Logins survive reloads, killed workers and restarts, and so do revocations; what one worker is told
# holds on all of them at once.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $leat = accounts(workers => 4, identity => 'session: {cookie: sid}');
$leat->write('api.yaml', slurp("$leat->{dir}/api.yaml") =~ s/name: __Host-session/name: sid/r);
$leat->start;

# Logs in by token or by cookie; returns the headers.
sub enter {
    my ($name, $is_cookie) = @_;
    return bearer(login($leat, $name)) if !$is_cookie;
    my $r = login($leat, $name, path => '/v1/auth/session');
    my ($cookie) = ($r->{headers}{'set-cookie'} // '') =~ /^(sid=[^;]+)/;
    return {Cookie => $cookie, 'X-CSRF-Token' => $r->{json}{csrf_token}};
}
# Asks often enough, each time on a new connection, to reach every worker.
sub all_say {
    my ($status, $headers, $what) = @_;
    is(join(' ', map { $leat->get('/v1/auth/me', headers => $headers)->{status} } 1 .. 16), join(' ', ($status) x 16),
        $what);
}
sub restart { $leat->stop; unlink $leat->{log}; $leat->start }
# Kills a worker at an arbitrary instruction, and waits for its successor.
sub kill_one {
    my ($pid) = $leat->worker_pids;
    kill KILL => $pid;
    ok(wait_for(10, sub { my @now = $leat->worker_pids; @now == 4 && !grep { $_ == $pid } @now }),
        'another worker is there');
}

register($leat, $_) for qw(ann bob);

my (@kept, @over);
subtest 'ends a login on all workers at logout' => sub {
    @kept = map { enter('ann', $_) } 0, 1;
    @over = map { enter('ann', $_) } 0, 1;
    all_say(200, $_, 'a login, on all workers') for @kept, @over;
    for my $over (@over) {
        is($leat->post('/v1/auth/logout', undef, headers => $over)->{status}, 204, 'logout');
        all_say(401, $over, 'holds on all workers, at once');
    }
    done_testing;
};

subtest 'keeps logins and revocations through reloads, deaths and restarts' => sub {
    my @events = (
        ['a reload' => sub { is($leat->ctl('reload')->{code}, 0, 'a reload') }],
        ['the death of a worker' => sub { kill_one() }],
        ['the death of all of them, one by one' => sub { kill_one() for 1 .. 4 }],
        ['a restart' => \&restart],
        ['another' => \&restart]);
    for my $row (@events) {
        my ($what, $do) = @$row;
        $do->();
        all_say(200, $_, "$what: logins are as they were") for @kept;
        all_say(401, $_, "$what: what was over is over") for @over;
    }
    done_testing;
};

subtest 'ends one session by its id, or all of them, on all workers' => sub {
    my @bob = map { enter('bob', $_ % 2) } 1 .. 4;
    all_say(200, $_, 'several logins') for @bob;
    my @ids = map { $_->{id} } @{$leat->get('/v1/auth/sessions', headers => $bob[0])->{json}{items}};
    my ($current) = map { $_->{id} } grep { $_->{current} }
        @{$leat->get('/v1/auth/sessions', headers => $bob[3])->{json}{items}};
    is($leat->delete("/v1/auth/sessions/$current", headers => $bob[0])->{status}, 204, 'one ends another');
    all_say(401, $bob[3], 'on all workers, at once');
    all_say(200, $bob[1], 'and no third one');
    is($leat->post('/v1/auth/logout-all', undef, headers => $bob[1])->{status}, 204, 'one ends all');
    all_say(401, $_, 'on all workers, at once') for @bob;
    restart();
    all_say(401, $_, 'for good') for @bob;
    all_say(200, $_, 'and nobody else\'s') for @kept;
    done_testing;
};

subtest 'ends all sessions but its own with a new password' => sub {
    my @others = map { enter('ann', $_) } 0, 1;
    my %change = (current_password => password(), new_password => 'quite another one');
    is($leat->request('PUT', '/v1/auth/password', json => \%change, headers => $kept[0])->{status}, 204,
        'a new password');
    all_say(401, $_, 'ends the others') for @others, $kept[1];
    all_say(200, $kept[0], 'but not its own');
    done_testing;
};

all_done;
