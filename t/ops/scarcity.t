# SPDX-License-Identifier: MIT
# Any acquisition of descriptors, memory or processes by the master may fail, at each place and in each
# state: nothing hangs, nothing leaks, the caller is told why, and the next attempt succeeds.
use strict;
use warnings;
use Errno qw(EAGAIN EMFILE ENFILE ENOMEM ENOSPC);
use Leat::Inject;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /v:
    get:
      operationId: getV
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: object, properties: {v: {type: string}}}}}}
      x-sql: {returns: one, sql: "SELECT 'one' AS v"}
YAML
my @errors = (EMFILE, ENFILE, ENOMEM);
# Also what libuv does to a process between fork() and exec() that gets no pipe: it aborts that.
my $reasons = join '|', 'signal 6', 'was stopped', map { local $! = $_; quotemeta "$!" } @errors, EAGAIN, ENOSPC;

# A leat with one worker and a log of its own; as root its worker is another user.
sub fresh {
    my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);');
    my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations, workers => 1);
    system 'cp', map({ Leat::Test::build() . "/$_" } qw(leat leat-worker)), $leat->{dir};
    chmod 0777, $leat->{dir};
    $leat->{program} = "$leat->{dir}/leat";
    $leat->{usual} = "log: {path: $leat->{dir}/main.log}\ndrain: {grace: 0s, timeout: 5s}\n";
    $leat->{usual} .= "user: nobody\n" if !$>;
    $leat->configure($leat->{usual});
    $leat->{inject} = Leat::Inject->new($leat);
    return $leat;
}
sub main_log { my ($leat) = @_; return slurp("$leat->{dir}/main.log") }
sub up {
    my ($leat) = @_;
    $leat->launch('--pid-file', "$leat->{dir}/pid");
    wait_for(20, sub { main_log($leat) =~ /master\.ready/ })
        or BAIL_OUT('no start: ' . $leat->log . main_log($leat));
    return $leat;
}
# Returns the next event of that name in the log, from `from` on.
sub event {
    my ($leat, $from, $pattern) = @_;
    return wait_for(20, sub { substr(main_log($leat), $from) =~ $pattern });
}
# A hang ends with status 124.
my $leatctl = Leat::Test::build() . '/leatctl';
sub ctl { my ($leat, @args) = @_; return run_command('timeout', 30, $leatctl, '-s', $leat->{socket}, @args) }
sub told { my ($r) = @_; return ($r->{code} == 0, $r->{code} == 124 ? 'it hangs' : $r->{out} . $r->{err}) }
sub descriptors {
    my ($leat) = @_;
    my @to = grep { defined } map { readlink } glob "/proc/$leat->{pid}/fd/*";
    return join "\n", sort map { s/:\[\d+\]//r =~ s/ \(deleted\)//r } @to;
}
sub workers {
    my ($leat) = @_;
    my $text = slurp("/proc/$leat->{pid}/task/$leat->{pid}/children");
    return grep { slurp("/proc/$_/comm") =~ /^leat-worker/ } split ' ', $text;
}
# Waits until only one worker is left, and nothing is opened or closed any more.
sub at_rest {
    my ($leat) = @_;
    my ($last, $same) = ('', 0);
    wait_for(15, sub {
        my $now = workers($leat) . descriptors($leat);
        $same = $now eq $last ? $same + 1 : 0;
        $last = $now;
        return $same >= 10 && workers($leat) == 1;
    });
    return descriptors($leat);
}
# The process that inherits the last master may leave it a zombie for a while.
sub gone {
    my ($pid) = @_;
    return wait_for(20, sub { waitpid $pid, POSIX::WNOHANG(); slurp("/proc/$pid/stat") !~ /\) [^Z]/ });
}
sub serves { my ($leat) = @_; return wait_for(20, sub { my $r = $leat->get('/v'); $r && $r->{status} == 200 }) }

# Each operation does something, and returns whether that worked, and what was said.
my $turn = 0;
my %operations = (
    'reload'   => sub { told(ctl($_[0], 'reload')) },
    'dry run'  => sub { told(ctl($_[0], 'reload', '--dry-run')) },
    'migrate'  => sub { told(ctl($_[0], 'reload', '--migrate')) },
    'status'   => sub { told(ctl($_[0], 'status')) },
    'reopen'   => sub { told(ctl($_[0], 'reopen')) },
    'accounts' => sub { told(ctl($_[0], 'user', 'list')) },
    # With two more listeners, and back.
    'listeners' => sub {
        my ($leat) = @_;
        my @addresses = ("127.0.0.1:$leat->{port}", $turn++ % 2 ? () : ("127.0.0.1:$leat->{other}", 'unix:web.sock'));
        $leat->configure("$leat->{usual}listen: [" . join(', ', map { "{address: $_}" } @addresses) . "]\n");
        return told(ctl($leat, 'reload'));
    },
    'respawn' => sub {
        my ($leat) = @_;
        my ($worker) = workers($leat);
        sleep 1.1; # a worker that dies sooner is replaced later and later
        kill KILL => $worker;
        my $ok = wait_for(20, sub { my ($now) = workers($leat); $now && $now != $worker }) && serves($leat);
        return ($ok, 'the worker is not replaced');
    },
    'scale' => sub {
        my ($leat) = @_;
        my ($ok, $text) = told(ctl($leat, 'scale', 2));
        $ok &&= wait_for(20, sub { workers($leat) == 2 });
        ctl($leat, 'scale', 1);
        return ($ok && wait_for(20, sub { workers($leat) == 1 }), $text);
    },
    'recycle' => sub {
        my ($leat) = @_;
        my ($worker) = workers($leat);
        my ($ok, $text) = told(ctl($leat, 'recycle'));
        return ($ok && wait_for(20, sub { my @now = workers($leat); @now == 1 && $now[0] != $worker }), $text);
    },
    'upgrade' => sub {
        my ($leat) = @_;
        my $old = $leat->{pid};
        my ($ok, $text) = told(ctl($leat, 'upgrade'));
        return ($ok, $text) unless $ok;
        ($leat->{pid}) = $text =~ /process (\d+) is serving/;
        gone($old) or return (0, 'the old master stays');
        my $has_file = wait_for(10, sub { slurp("$leat->{dir}/pid") eq "$leat->{pid}\n" });
        return ($has_file, 'the pid file does not name it');
    },
);

# Fails each acquisition of the operation in turn.
sub sweep {
    my ($leat, $name) = @_;
    my ($operation, $inject) = ($operations{$name}, $leat->{inject});
    $operation->($leat) for 1, 2;
    my $before = at_rest($leat);
    $inject->count;
    my ($ok, $text) = $operation->($leat);
    ok($ok, "$name: works") or diag $text;
    my $count = $inject->counted;
    cmp_ok($count, '>', 0, "$name: acquires something");
    $operation->($leat) if $name eq 'listeners';
    for my $n (1 .. $count) {
        $inject->fail($n, $errors[$n % @errors]);
        ($ok, $text) = $operation->($leat);
        my ($failed, $site) = ($inject->failed, $inject->site);
        $inject->off;
        ok($ok || $text =~ /$reasons/, "$name: acquisition $n ($site) fails, and who asked is told") or diag $text;
        next if $ok;
        $turn++ if $name eq 'listeners';
        ($ok, $text) = $operation->($leat);
        ok($ok, "$name: and the next try works") or diag $text;
    }
    $operation->($leat) if $name eq 'listeners' && $turn % 2;
    my $after = at_rest($leat);
    is($after, $before, "$name: no descriptor more or less");
    ok(serves($leat), "$name: it serves");
}

subtest 'survives the failure of each acquisition in each operation' => sub {
    my $leat = fresh();
    $leat->{other} = Leat::Test::free_port();
    up($leat);
    subtest $_ => sub { sweep($leat, $_) } for sort keys %operations;
    my $pid = delete $leat->{pid};
    kill TERM => $pid;
    ok(gone($pid), 'TERM ends it');
    done_testing;
};

# From the n-th on every acquisition fails, for a while; meanwhile signals are used instead of
# requests.
subtest 'reports a lasting shortage, from each step of a reload on, and survives it' => sub {
    my $leat = up(fresh());
    my $inject = $leat->{inject};
    my $from = length main_log($leat);
    $inject->count;
    $leat->signal('HUP');
    ok(event($leat, $from, qr/reload\.done/), 'HUP reloads');
    my $told = 0;
    for my $n (1 .. $inject->counted) {
        $from = length main_log($leat);
        $inject->fail($n, EMFILE, for_good => 1);
        $leat->signal('HUP');
        my $has_ended = event($leat, $from, qr/reload\.(?:failed|done)/);
        my $tells = substr(main_log($leat), $from) =~ /reload\.failed .*(?:$reasons)/;
        # Those that were counted may have been of something else, besides.
        ok($has_ended && ($tells || !$inject->failed), "from acquisition $n on: it fails, and says why")
            or diag substr main_log($leat), $from;
        $told += $tells;
        $inject->off;
    }
    cmp_ok($told, '>=', 10, 'most were reached');
    my ($ok, $text) = told(ctl($leat, 'reload'));
    ok($ok, 'once that is over a reload works') or diag $text;
    # The same with an upgrade, and a worker that dies.
    at_rest($leat);
    $from = length main_log($leat);
    $inject->fail(1, ENFILE, for_good => 1);
    $leat->signal('USR2');
    ok(event($leat, $from, qr/upgrade\.(?:refused|failed) .*(?:$reasons)/), 'an upgrade fails') or diag main_log($leat);
    my ($worker) = workers($leat);
    kill KILL => $worker;
    ok(event($leat, $from, qr/worker\.not-started .*(?:$reasons)/), 'a worker cannot be replaced');
    $inject->off;
    ok(serves($leat), 'once that is over it is');
    is($leat->stop, 0, 'stop');
    done_testing;
};

subtest 'ends at TERM, from each step of a reload on' => sub {
    my $leat = fresh();
    my ($count, $n) = (1, 0);
    while ($n++ < $count) {
        unlink "$leat->{dir}/main.log";
        up($leat);
        my $from = length main_log($leat);
        $leat->{inject}->fail($n == 1 ? 1000 : $n, EMFILE, for_good => 1);
        $leat->signal('HUP');
        event($leat, $from, qr/reload\.done/) if $n == 1;
        $count = $leat->{inject}->counted if $n == 1;
        wait_for(20, sub { $leat->{inject}->failed }) if $n > 1;
        $leat->signal('TERM');
        is($leat->wait_exit, 0, "acquisition $n fails, and all after it: TERM ends it") or diag main_log($leat);
        $leat->{inject}->off;
    }
    done_testing;
};

subtest 'lets who connects to the control socket wait, without spinning' => sub {
    my $leat = up(fresh());
    my $inject = $leat->{inject};
    $inject->fail(1, EMFILE, for_good => 1);
    my @callers = map { my $pid = fork // die; POSIX::_exit(ctl($leat, 'status')->{code}) if !$pid; $pid } 1 .. 3;
    ok(wait_for(20, sub { $inject->failed > 3 }), 'accepting fails again and again');
    my $failed = $inject->failed;
    sleep 1;
    cmp_ok($inject->failed - $failed, '<', 20, 'but does not keep the loop busy');
    ok(serves($leat), 'while requests are served');
    like(main_log($leat), qr/control\.accept error="Too many open files"/, 'the log says so');
    $inject->off;
    for (@callers) {
        waitpid $_, 0;
        is($?, 0, 'and is answered when that is over');
    }
    is($leat->stop, 0, 'stop');
    done_testing;
};

subtest 'starts, or ends with a reason, whichever acquisition fails' => sub {
    my $leat = fresh();
    $leat->{inject}->count;
    up($leat);
    my $count = $leat->{inject}->counted;
    is($leat->stop, 0, 'works');
    for my $n (1 .. $count) {
        unlink "$leat->{dir}/main.log", $leat->{log};
        $leat->{inject}->fail($n, $errors[$n % @errors]);
        $leat->launch('--pid-file', "$leat->{dir}/pid");
        wait_for(20, sub { main_log($leat) =~ /master\.ready/ || slurp("/proc/$leat->{pid}/stat") =~ /\) Z/ });
        my ($site, $works) = ($leat->{inject}->site, main_log($leat) =~ /master\.ready/);
        my $code = $works ? $leat->stop : $leat->wait_exit;
        # libuv aborts where its first pipe cannot be made.
        my $good = $works ? $code == 0 : $code == 134 || $code =~ /^(?:1|71)$/ && $leat->log =~ /$reasons/;
        ok($good, "acquisition $n ($site) fails: $code") or diag $leat->log;
        ok(!-e $leat->{socket} && !-e "$leat->{dir}/pid", 'and leaves nothing behind');
    }
    done_testing;
};

all_done;
