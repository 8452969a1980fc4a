# SPDX-License-Identifier: MIT
# Log files are renamed and reopened under load, by signal, leatctl or logrotate, also during a reload
# and by workers of another user: no line is lost, and everything new is in the new files.
use strict;
use warnings;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $leat = Leat::Test->new;
my $build = Leat::Test::build();
if ($> == 0) { # so that workers may be nobody
    $leat->open_to_all;
    rename "$leat->{dir}/leat-worker", "$leat->{dir}/real-worker";
    $build = $leat->{dir};
} else {
    system 'cp', "$build/leat", $leat->{dir};
    symlink "$build/leat-worker", "$leat->{dir}/real-worker";
    $leat->{program} = "$leat->{dir}/leat";
}
# Workers wait while the file `wait` exists.
$leat->write('leat-worker', <<"SH");
#!/bin/sh
while [ "\$1" = --slot ] && [ -e $leat->{dir}/wait ]; do sleep 0.05; done
exec $leat->{dir}/real-worker "\$@"
SH
chmod 0755, "$leat->{dir}/leat-worker";
$leat->{wrap} = ['prlimit', '--nofile=500:500']; # too few to pin the program: what lies there is executed
# Only the user that started leat can open anything there.
my $logs = "$leat->{dir}/logs";
mkdir $logs, 0700;
my $config = ($> == 0 ? "user: nobody\n" : '') . "log: {path: logs/main, access-path: logs/access}\nwatchdog: 20s\n";
$leat->configure($config);
$leat->launch;
my $started = wait_for(20, sub { slurp("$logs/main") =~ /master\.ready/ && $leat->worker_pids == 2 });

# A client that sends its own ids, on new connections and kept ones, until it is stopped.
my $client = fork // die;
if (!$client) {
    my $n = 0;
    open my $noted, '>', "$leat->{dir}/noted";
    $noted->autoflush(1);
    my $kept = $leat->connect;
    while (!-e "$leat->{dir}/stop") {
        for my $socket (undef, $kept) {
            my $id = 'n-' . ++$n;
            my $r = $leat->get('/v1/todos/1', headers => {'X-Request-Id' => $id}, $socket ? (socket => $socket) : ());
            $r && $r->{status} == 200 ? print {$noted} "$id\n" : ($kept = $leat->connect);
            sleep 0.001;
        }
    }
    POSIX::_exit(0);
}
sub ids { my ($file) = @_; return slurp("$logs/$file") =~ /\bid=(n-\w+)/g }
sub has_ids { my ($file, $n) = @_; return sub { my @ids = ids($file); return @ids > $n } }
sub size { my ($file) = @_; return -s "$logs/$file" // 0 }
# Returns the files that processes have open.
sub held { return grep { defined } map { readlink } map { glob "/proc/$_/fd/[0-9]*" } @_ }

sub move { my ($n) = @_; rename "$logs/$_", "$logs/$_.$n" for qw(main access) }
sub rotate {
    my ($name, $n, $how) = @_;
    wait_for(10, has_ids('access', 20));
    $how->();
    ok(wait_for(10, sub { slurp("$logs/main") =~ /log\.reopened/ }), "$name: the master's lines go to the new file");
    ok(wait_for(10, has_ids('access', 20)), "$name: the workers' too");
    my $old = size("access.$n") . ' ' . size("main.$n");
    sleep 0.5;
    is(size("access.$n") . ' ' . size("main.$n"), $old, "$name: the old files do not grow");
    is((scalar grep { /\.$n$/ && /\Q$logs\E/ } held($leat->{pid}, $leat->worker_pids)), 0,
        "$name: and nobody holds them");
}

subtest 'reopens at USR1 and at leatctl reopen' => sub {
    ok($started, 'started');
    is((stat "/proc/@{[($leat->worker_pids)[0]]}")[4], scalar getpwnam('nobody'), 'workers are another user')
        if $> == 0;
    rotate('USR1', 1, sub { move(1); $leat->signal('USR1') });
    rotate('leatctl reopen', 2, sub {
        move(2);
        my $r = $leat->ctl('reopen');
        is("$r->{code} $r->{out}", "0 log files reopened\n", 'leatctl reopen');
    });
    done_testing;
};

subtest 'tells workers that are starting, too' => sub {
    spew("$leat->{dir}/wait", '');
    $leat->signal('HUP');
    my $is_starting = sub { ($leat->ctl_json('status') // {})->{reload}{state} eq 'starting' };
    ok(wait_for(20, $is_starting), 'a reload whose workers start slowly');
    move(3);
    $leat->signal('USR1');
    ok(wait_for(10, sub { slurp("$logs/main") =~ /log\.reopened/ }), 'USR1 meanwhile');
    my $generation = $leat->ctl_json('status')->{generation};
    unlink "$leat->{dir}/wait";
    ok(wait_for(20, sub { $leat->ctl_json('status')->{generation} > $generation }), 'the reload is done');
    ok(wait_for(10, has_ids('access', 50)), 'the new workers log to the new file');
    ok(wait_for(20, sub { $leat->ctl_json('status')->{retiring} == 0 }), 'the old generation is gone');
    my @held = held($leat->{pid}, $leat->worker_pids);
    is((scalar grep { m{/logs/\w+\.3$} } @held), 0, 'nobody holds the old files') or diag "@held";
    done_testing;
};

subtest 'gives the new files to a worker that comes later' => sub {
    my ($victim) = $leat->worker_pids;
    kill TERM => $victim; # not KILL, which takes the lines along that it has not written yet
    my $is_replaced = sub { my @w = $leat->worker_pids; return @w == 2 && !grep { $_ == $victim } @w };
    ok(wait_for(20, $is_replaced), 'a worker that comes later');
    my @its = held($leat->worker_pids);
    is((scalar grep { m{/logs/} && !m{/(?:main|access)$} } @its), 0, 'has the new files');
    done_testing;
};

subtest 'reopens for logrotate' => sub {
    SKIP: {
        skip 'this is not root', 5 if $>;
        my $logrotate = require_program('logrotate');
        my $reopen = Leat::Test::build() . "/leatctl --socket $leat->{socket} reopen >/dev/null";
        $leat->write('rotate.conf', <<"CONF");
$logs/main $logs/access {
  su root root
  rotate 9
  start 50
  nocreate
  sharedscripts
  postrotate
    $reopen
  endscript
}
CONF
        rotate('logrotate', 50, sub {
            my $r = run_command($logrotate, '-f', '-s', "$leat->{dir}/rotate.state", "$leat->{dir}/rotate.conf");
            is($r->{code}, 0, 'logrotate') or diag $r->{err};
        });
    }
    spew("$leat->{dir}/stop", '');
    done_testing;
};

waitpid $client, 0;

subtest 'reports a file that cannot be opened, and keeps the old one' => sub {
    rename $logs, "$leat->{dir}/moved";
    my $r = $leat->ctl('reopen');
    is($r->{code}, 1, 'a folder that is gone: exit 1');
    like($r->{err}, qr{logs/main: No such file or directory}, 'says why');
    like($r->{err}, qr{logs/access: No such file or directory}, 'for each file');
    is($leat->get('/v1/todos/1', headers => {'X-Request-Id' => 'n-last'})->{status}, 200, 'requests go on');
    rename "$leat->{dir}/moved", $logs;
    ok(wait_for(10, sub { slurp("$logs/access") =~ /id=n-last/ }), 'and are logged where they were');
    done_testing;
};

subtest 'logs each request once, whatever was renamed' => sub {
    my @asked = split /\n/, slurp("$leat->{dir}/noted");
    cmp_ok(scalar @asked, '>', 100, 'requests were answered all the time');
    my (%logged, @missing);
    ok(wait_for(5, sub {
        %logged = ();
        $logged{$_}++ for map { ids(substr $_, length "$logs/") } glob "$logs/access*";
        @missing = grep { ($logged{$_} // 0) != 1 } @asked;
        return !@missing;
    }), 'each is logged once') or diag join ' ', scalar @asked, map { "$_:" . ($logged{$_} // 0) } @missing;
    is($leat->stop, 0, 'it stops well');
    is(scalar(() = slurp("$logs/main") =~ /worker\.gone/g), 2, 'and each worker says so in the newest file');
    done_testing;
};

subtest 'gives the new files to a worker without a free descriptor' => sub {
    my $full = Leat::Test->new(workers => 1, wrap => ['prlimit', '--nofile=64:64'],
        config => "log: {path: main, access-path: access}\ndrain: {grace: 0s, timeout: 1s}\n");
    $full->launch;
    ok(wait_for(20, sub { slurp("$full->{dir}/main") =~ /master\.ready/ }), 'few descriptors');
    # Each has a request whose body is still to come, so none of them makes room.
    my $half = "POST /v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n";
    my @held = map { my $s = $full->connect; syswrite $s, $half; $s } 1 .. 80;
    ok(wait_for(10, sub { slurp("$full->{dir}/main") =~ /accept\.paused/ }), 'and all are taken');
    rename "$full->{dir}/$_", "$full->{dir}/$_.1" for qw(main access);
    is($full->ctl('reopen')->{code}, 0, 'reopen');
    syswrite $held[0], '{"title":"a"}';
    ok(wait_for(10, sub { -s "$full->{dir}/access" }), 'the new file is used all the same');
    done_testing;
};

all_done;
