# SPDX-License-Identifier: MIT
# In a binary upgrade a new master takes over listeners, control socket and shared memory, and the old
# one drains; if the new program fails, the old one continues; no request is lost.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

# A leat of its own, so that the program on disk can be replaced.
sub fresh {
    my (%o) = @_;
    my $leat = Leat::Test->new(%o);
    system 'cp', Leat::Test::build() . '/leat', Leat::Test::build() . '/leat-worker', $leat->{dir};
    $leat->{program} = "$leat->{dir}/leat";
    $leat->{pid_file} = "$leat->{dir}/pid";
    return $leat;
}
# Replaces the program as a package manager does.
sub replace {
    my ($leat, $script) = @_;
    if (defined $script) { spew("$leat->{dir}/leat.new", "#!/bin/sh\n$script\n") }
    else { system 'cp', Leat::Test::build() . '/leat', "$leat->{dir}/leat.new" }
    chmod 0755, "$leat->{dir}/leat.new";
    rename "$leat->{dir}/leat.new", "$leat->{dir}/leat";
}
sub pid_of { my ($leat) = @_; return slurp("$leat->{dir}/pid") + 0 }
# After an upgrade the master is not our child.
sub gone {
    my ($pid, $seconds) = @_;
    return wait_for($seconds // 20, sub { waitpid $pid, POSIX::WNOHANG(); !kill 0, $pid });
}
sub adopt { my ($leat) = @_; $leat->{pid} = pid_of($leat); return $leat->{pid} }
# Once its first process has ended, finish() has no child to wait for: ends the last one here.
sub stop_adopted {
    my ($leat, $name) = @_;
    my $pid = delete $leat->{pid};
    kill TERM => $pid;
    ok(gone($pid), "$name: the last master stops when it is told to") or kill KILL => $pid;
    ok(!-e "$leat->{dir}/pid", "$name: and takes the pid file along");
}
sub children { my ($pid) = @_; my ($text) = slurp("/proc/$pid/task/$pid/children"); return split ' ', $text }
sub listed { my ($pid) = @_; return scalar qx(ps -o pid,ppid,stat,args --ppid $pid) }
sub descriptors {
    my ($pid) = @_;
    my @to = grep { defined } map { readlink } glob "/proc/$pid/fd/*";
    return sort map { s/:\[\d+\]//r =~ s/ \(deleted\)//r } @to;
}
# Waits until a closed control connection has been released.
sub settled_descriptors { my ($pid) = @_; return split /\n/, settled(sub { join "\n", descriptors($pid) }) }

my $leat = fresh(workers => 2);
$leat->configure(<<"YAML");
listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:api.sock}]
drain: {grace: 200ms, timeout: 20s}
YAML
$leat->start('--pid-file', "$leat->{dir}/pid");
my $old = $leat->{pid};
my $named = pid_of($leat);
$leat->get('/v1/todos/1') for 1 .. 20;
my $inode = (stat $leat->{socket})[1];
my $unix_inode = (stat "$leat->{dir}/api.sock")[1];
my $before = $leat->ctl_json('status');
my @old_workers = $leat->worker_pids;

# A half-sent request keeps the old master alive for a while.
my $half = $leat->connect;
syswrite $half, "POST /v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n";
sleep 0.3;

my $new;
subtest 'makes the new master known at once, while the old one drains' => sub {
    is($named, $old, 'the pid file names the first');
    my $r = $leat->ctl('upgrade');
    is($r->{code}, 0, 'leatctl upgrade: exit 0') or diag $r->{err};
    like($r->{out}, qr/^process (\d+) is serving, process $old is draining$/, 'names both');
    ($new) = $r->{out} =~ /(\d+)/;
    is(pid_of($leat), $new, 'the pid file names the new one at once');
    ok(kill(0, $old), 'the old one drains');
    my %pids = map { ($leat->ctl_json('status') // {pid => 'none'})->{pid} => 1 } 1 .. 30;
    is(join(' ', sort keys %pids), $new, 'the control socket is the new one\'s alone');
    is((stat $leat->{socket})[1], $inode, 'its file is the same');
    is($leat->ctl('reload')->{code}, 0, 'and the new one can be reloaded while the old one drains') or diag $leat->log;
    done_testing;
};

subtest 'goes on with the counters and serves' => sub {
    my $after = $leat->ctl_json('status');
    is($after->{upgrades}, $before->{upgrades} + 1, 'the upgrade is counted');
    cmp_ok($after->{requests}, '>=', $before->{requests}, 'counters go on');
    cmp_ok($after->{generation}, '>', $before->{generation}, 'generations too');
    my ($todo) = grep { $_->{id} eq 'getTodo' } @{$leat->ctl_json('operations')};
    cmp_ok($todo->{requests}, '>=', 20, 'and those of operations');
    is($leat->get('/v1/health')->{status}, 200, 'requests are answered');
    is($leat->get('/readyz')->{status}, 200, 'and welcome');
    done_testing;
};

subtest 'lets the old master finish what it began, and leaves the sockets in place' => sub {
    syswrite $half, '{"title":"end"}';
    my $answer = Leat::Test::parse_answer(Leat::Test::read_all($half, 10));
    is($answer->{status}, 201, 'a request that the old one began is answered');
    ok(gone($old), 'then the old one goes');
    ok(!(grep { kill 0, $_ } @old_workers), 'and its workers');
    is(pid_of($leat), $new, 'the pid file stays');
    is((stat $leat->{socket})[1], $inode, 'the control socket too');
    is((stat "$leat->{dir}/api.sock")[1], $unix_inode, 'and the unix socket');
    my $api = sub { return IO::Socket::UNIX->new(Peer => "$leat->{dir}/api.sock") };
    is($leat->get('/v1/health', socket => $api->())->{status}, 200, 'which answers') for 1 .. 3;
    adopt($leat);
    done_testing;
};

sub failing {
    my ($name, $pattern) = @_;
    my $pid = $leat->{pid};
    my @workers = sort $leat->worker_pids;
    my @files = settled_descriptors($pid);
    my $r = $leat->ctl('upgrade');
    is("$r->{code} $r->{out}", '1 ', "$name: exit 1");
    like($r->{err}, $pattern, "$name: says why");
    like($r->{err}, qr/process $pid continues/, "$name: and who goes on");
    is(pid_of($leat), $pid, "$name: the pid file is right");
    is_deeply([sort $leat->worker_pids], \@workers, "$name: the same workers");
    is($leat->ctl_json('status')->{state}, 'serving', "$name: which serve");
    is($leat->get('/readyz')->{status}, 200, "$name: and are ready");
    ok(wait_for(10, sub { "@{[sort(children($pid))]}" eq "@workers" }),
        "$name: nothing else is left, not even a zombie")
        or diag listed($pid);
    ok(wait_for(10, sub { "@{[descriptors($pid)]}" eq "@files" }), "$name: no descriptor either")
        or diag join "\n", descriptors($pid), 'was', @files;
    ok(-S $leat->{socket} && -S "$leat->{dir}/api.sock", "$name: the sockets are there");
}
my $good = slurp($leat->{config_path});

subtest 'continues with the old program where the new one fails' => sub {
    $leat->write('leat.yaml', "wrokers: 1\n$good");
    failing('a broken configuration', qr/leat\.yaml:1:1: wrokers: unknown key/);
    my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    my $more = "{address: unix:more.sock}, {address: 127.0.0.1:@{[$taken->sockport]}}";
    $leat->write('leat.yaml', $good =~ s/^listen: \[/$&$more, /mr);
    failing('a port that is taken', qr/Address already in use/);
    ok(!-e "$leat->{dir}/more.sock", 'and what it bound before is gone');
    $leat->write('leat.yaml', $good);
    replace($leat, 'exit 7');
    failing('a program that exits', qr/exited with status 7/);
    replace($leat, 'kill -SEGV $$');
    failing('a program that crashes', qr/was killed by signal 11/);
    replace($leat, 'exec 4>&-; exit 0');
    failing('a program that exits with 0', qr/exited with status 0/);
    unlink "$leat->{dir}/leat";
    failing('no program', qr/no such file/i);
    spew("$leat->{dir}/leat", "no program at all");
    failing('no executable', qr/permission denied/i);
    done_testing;
};

subtest 'gives up a program that hangs, and refuses other changes meanwhile' => sub {
    # A program that hangs is killed after timeouts.check, timeouts.start and 10 s.
    $leat->write('leat.yaml', "timeouts: {check: 2s, start: 2s}\n$good");
    replace($leat);
    is($leat->ctl('reload')->{code}, 0, 'with short timeouts') or diag $leat->log;
    replace($leat, 'exec sleep 1000');
    my $caller = fork;
    if (!$caller) {
        my $r = $leat->ctl('upgrade');
        spew("$leat->{dir}/late", "$r->{code} $r->{err}");
        POSIX::_exit(0);
    }
    ok(wait_for(10, sub { $leat->ctl_json('status')->{state} eq 'upgrading' }), 'an upgrade under way');
    my $r = $leat->ctl('reload');
    is("$r->{code} $r->{err}", "1 an upgrade is in progress\n", 'a reload is refused');
    $r = $leat->ctl('upgrade');
    is("$r->{code} $r->{err}", "1 an upgrade is in progress\n", 'a second upgrade too');
    is($leat->get('/v1/health')->{status}, 200, 'requests are answered meanwhile');
    waitpid $caller, 0;
    like(slurp("$leat->{dir}/late"), qr/^1 the new program was not ready in time; process $leat->{pid} continues$/m,
        'one that hangs is given up');
    my $is_alone = sub { !grep { slurp("/proc/$_/cmdline") !~ /leat-worker/ } children($leat->{pid}) };
    ok(wait_for(10, $is_alone), 'and leaves no zombie') or diag listed($leat->{pid});
    is($leat->ctl('reload')->{code}, 0, 'after which a reload works');
    done_testing;
};

subtest 'stops the old master and the new program at TERM' => sub {
    kill USR2 => $leat->{pid};
    ok(wait_for(10, sub { $leat->ctl_json('status')->{state} eq 'upgrading' }), 'USR2 begins one');
    my ($starting) = grep { slurp("/proc/$_/cmdline") =~ /sleep/ } children($leat->{pid});
    my $slow = $leat->connect; # holds the drain up
    syswrite $slow, "GET /v1/health HTTP/1.1\r\n";
    sleep 0.3;
    kill TERM => $leat->{pid};
    ok(gone($starting, 10), 'TERM ends the new program at once') or kill KILL => $starting;
    like($leat->get('/readyz', socket => $slow)->{status} // '', qr/400|503/, 'the old one drains meanwhile');
    close $slow;
    stop_adopted($leat, 'TERM during an upgrade');
    ok(!-e "$leat->{dir}/api.sock" && !-e $leat->{socket}, 'no socket is left');
    done_testing;
};

subtest 'stops at TERM although the new program becomes ready' => sub {
    # It must not take over from a master that was told to stop.
    my $late = fresh(config => "drain: {timeout: 20s}\n");
    $late->start('--pid-file', "$late->{dir}/pid");
    my $holds = $late->connect;
    syswrite $holds, "GET /v1/health HTTP/1.1\r\n";
    rename "$late->{dir}/leat", "$late->{dir}/leat.real";
    replace($late, "trap '' TERM\nsleep 1\nexec '$late->{dir}/leat.real' \"\$\@\"");
    sleep 0.3;
    kill USR2 => $late->{pid};
    ok(wait_for(10, sub { $late->log =~ /upgrade\.started/ }), 'a program that does not hear the TERM starts');
    kill TERM => $late->{pid};
    my ($deaf) = $late->log =~ /upgrade\.started pid=(\d+)/;
    ok(gone($deaf), 'and does not stay') or kill KILL => $deaf;
    close $holds;
    is($late->wait_exit, 0, 'the old one stops');
    my $is_free = sub { !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $late->{port}) };
    ok(wait_for(10, $is_free), 'and nobody else serves');
    ok(!-e "$late->{dir}/pid", 'no pid file is left');
    done_testing;
};

subtest 'takes over from a master that dies in the middle' => sub {
    my $orphan = fresh(workers => 1);
    $orphan->start('--pid-file', "$orphan->{dir}/pid");
    my $first = $orphan->{pid};
    $orphan->write('leat.slow', '');
    spew("$orphan->{dir}/leat-real", slurp("$orphan->{dir}/leat"));
    chmod 0755, "$orphan->{dir}/leat-real";
    replace($orphan,
        "while [ -e $orphan->{dir}/leat.slow ]; do sleep 0.1; done\nexec $orphan->{dir}/leat-real \"\$\@\"");
    kill USR2 => $first;
    ok(wait_for(10, sub { $orphan->log =~ /upgrade\.started/ }), 'an upgrade begins');
    kill KILL => $first;
    waitpid $first, 0;
    unlink "$orphan->{dir}/leat.slow";
    ok(wait_for(20, sub { my $pid = pid_of($orphan); $pid != $first && kill 0, $pid }),
        'the old master died, the new one serves');
    adopt($orphan);
    ok(wait_for(20, sub { ($orphan->ctl_json('status') // {state => ''})->{state} eq 'serving' }),
        'with the control socket');
    is($orphan->get('/v1/health')->{status}, 200, 'and the listeners');
    my $others = sub {
        my $is_other = sub { m{^/proc/(\d+)/exe$} && $1 != $orphan->{pid} };
        return grep { $is_other->() && (readlink // '') =~ m{^\Q$orphan->{dir}\E/leat$} } glob '/proc/[0-9]*/exe';
    };
    ok(wait_for(20, sub { !$others->() }), 'alone');
    stop_adopted($orphan, 'after its death');
    done_testing;
};

my $busy = fresh(document => <<'API', migrations => {'0001_slow.up.sql' => <<'SQL'});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: n
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {n: {type: [integer, "null"]}}}}}
      x-sql: {returns: one, sql: "SELECT n FROM slow"}
API
-- So that a check takes a moment.
CREATE TABLE slow AS
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000000) SELECT count(*) AS n FROM c;
SQL
$busy->start('--pid-file', "$busy->{dir}/pid");

subtest 'refuses an upgrade during a reload' => sub {
    kill HUP => $busy->{pid};
    ok(wait_for(10, sub { $busy->ctl_json('status')->{reload}{state} ne 'idle' }), 'a reload under way');
    my $r = $busy->ctl('upgrade');
    is("$r->{code} $r->{err}", "1 a reload is in progress\n", 'an upgrade is refused');
    my $is_done = sub {
        my $s = $busy->ctl_json('status');
        return $s->{reload}{state} eq 'idle' && $s->{generation} == 2;
    };
    ok(wait_for(20, $is_done), 'and the reload is done');
    done_testing;
};

subtest 'applies no pending migration while the old release serves' => sub {
    # Pending migrations are not applied while the old release serves.
    $busy->write('migrations/0002_more.up.sql', "ALTER TABLE slow RENAME COLUMN n TO m;\n");
    $busy->write('api.yaml', $busy->{document} =~ s/SELECT n/SELECT m AS n/r);
    my $r = $busy->ctl('upgrade');
    is($r->{code}, 1, 'pending migrations: exit 1');
    like($r->{err}, qr/1 migrations are pending/, 'says so');
    is(qx(sqlite3 $busy->{dir}/app.db "SELECT count(*) FROM _leat_migrations"), "1\n", 'and applies none');
    is($busy->get('/n')->{status}, 200, 'the release that serves goes on') for 1 .. 2;
    is($busy->stop, 0, 'and stops well');
    done_testing;
};

my $many = fresh();
$many->configure(<<"YAML");
listen: [{address: 127.0.0.1:$many->{port}}, {address: unix:api.sock}]
log: {access: false}
drain: {grace: 5s}
YAML
$many->start('--pid-file', "$many->{dir}/pid");
my $dir = $many->{dir};
my $url = "http://127.0.0.1:$many->{port}/v1/todos/5";
my $wrk = fork // die;
if (!$wrk) { exec "exec wrk -c16 -t1 -d600s --timeout 60s $url >$dir/wrk.out 2>&1" or POSIX::_exit(1) }
# A new connection for each request; every byte of the answer is compared.
my @clients = map {
    my $n = $_;
    my $pid = fork // die;
    if (!$pid) {
        my ($ok, $bad) = (0, '');
        until (-e "$dir/stop") {
            my $s = $n == 1 ? $many->connect : IO::Socket::UNIX->new(Peer => "$dir/api.sock");
            my $r = $s ? $many->get('/v1/todos/5', socket => $s, headers => {Connection => 'close'}) : undef;
            $r && $r->{status} == 200 ? $ok++
                : ($bad .= ($r ? $r->{status} : $s ? 'no answer' : "no connection: $!") . "\n");
        }
        spew("$dir/client.$n", "$ok\n$bad");
        POSIX::_exit(0);
    }
    $pid;
} 1 .. 2;
my $rounds = is_sanitized() ? 3 : 10;
my ($done, @seen, @first) = (0);

subtest 'upgrades ten times in a row, and gathers no descriptors' => sub {
    for my $i (1 .. $rounds) {
        my $was = pid_of($many);
        push @seen, $was;
        replace($many);
        if ($i % 2) { kill USR2 => $was }
        else { $many->ctl('upgrade') }
        last unless wait_for(20, sub { pid_of($many) != $was });
        $many->{pid} = pid_of($many);
        $done++ if wait_for(20, sub { (($many->ctl_json('status') // {})->{pid} // 0) == $many->{pid} });
        gone($was, 40) or diag "process $was is still there";
        my @now = settled_descriptors($many->{pid});
        @first ? is("@now", "@first", "upgrade $i: the same descriptors") : (@first = @now);
    }
    is($done, $rounds, "$rounds upgrades in a row");
    is($many->ctl_json('status')->{upgrades}, $rounds, 'all are counted');
    done_testing;
};

subtest 'fails no request meanwhile' => sub {
    spew("$dir/stop", '');
    waitpid $_, 0 for @clients;
    kill INT => $wrk;
    waitpid $wrk, 0;
    my $out = slurp("$dir/wrk.out");
    like($out, qr/[1-9]\d* requests in/, 'wrk ran');
    unlike($out, qr/Socket errors|Non-2xx/, 'no request on a kept connection failed') or diag $out;
    for my $n (1, 2) {
        my ($ok, @bad) = split /\n/, slurp("$dir/client.$n");
        cmp_ok($ok, '>', 20, ($n == 1 ? 'TCP' : 'unix') . ": $ok answers on new connections");
        is("@bad", '', 'and no failure');
    }
    done_testing;
};

subtest 'leaves no older master' => sub {
    is(scalar(grep { gone($_, 40) } @seen), $rounds, 'no older master stays');
    unlike($many->log, qr/worker\.died|request\.cut|generation\.killed/, 'no worker died, nothing was cut');
    stop_adopted($many, 'after ten');
    done_testing;
};

all_done;
