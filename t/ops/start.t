# SPDX-License-Identifier: MIT
# For every error of a start there is one clear line and the right exit code; a stop finishes what was
# begun, and a worker inherits what it needs and nothing else.
use strict;
use warnings;
use Leat::Test;
use POSIX qw(mkfifo);
use Test::More;
use Time::HiRes qw(sleep);

sub fails {
    my ($name, $leat, $code, $pattern, @options) = @_;
    $leat->launch(@options);
    is($leat->wait_exit, $code, "$name: exit $code");
    logged($leat, $pattern, "$name: says why");
    my @lines = grep { !/ info | warn / } split /\n/, $leat->log;
    cmp_ok(scalar @lines, '<=', 3, "$name: briefly") or diag join "\n", @lines;
}

subtest 'reports an address that it cannot listen on' => sub {
    my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    fails('a port that is taken', Leat::Test->new(port => $taken->sockport), 71,
        qr/^listening on 127\.0\.0\.1:\d+: Address already in use$/m);
    fails('an address that is not ours', Leat::Test->new(config => "listen: [{address: 192.0.2.1:80}]\n"), 71,
        qr/^listening on 192\.0\.2\.1:80: Cannot assign requested address$/m);
    done_testing;
};

subtest 'reports what is wrong with its configuration' => sub {
    my $missing = Leat::Test->new;
    unlink $missing->{config_path};
    fails('no configuration', $missing, 1, qr/leat\.yaml: cannot be read: No such file or directory/);
    fails('a bad configuration', Leat::Test->new(config => "wrokers: 1\n"), 1,
        qr/leat\.yaml:1:1: wrokers: unknown key; did you mean workers\?/);
    fails('a missing document', Leat::Test->new(config => "api: [{document: nowhere.yaml}]\n"), 1,
        qr/nowhere\.yaml: cannot be read/);
    fails('a user that is unknown', Leat::Test->new(config => "user: nobody-at-all\n"), 1,
        qr/user: no such user: nobody-at-all/);
    done_testing;
};

subtest 'refuses what is no database, and leaves it untouched' => sub {
    my $bad = Leat::Test->new;
    $bad->write('app.db', 'this is no database, but a text that someone still needs');
    fails('a file that is no database', $bad, 1, qr/app\.db: is not an SQLite database/);
    is(slurp("$bad->{dir}/app.db"), 'this is no database, but a text that someone still needs',
        'and it is left untouched');
    for my $case (
        ['a folder', sub { mkdir $_[0] or die }],
        ['a FIFO', sub { mkfifo($_[0], 0600) or die }],
        ['a FIFO', sub { mkfifo("$_[0].there", 0600) or die; symlink "$_[0].there", $_[0] or die }],
        ['a device', sub { symlink '/dev/zero', $_[0] or die }],
    ) {
        my ($what, $make) = @$case;
        my $odd = Leat::Test->new;
        $make->("$odd->{dir}/app.db");
        fails("$what for a database", $odd, 1, qr/app\.db: is $what, not an SQLite database/);
        is($odd->leat('check')->{code}, 1, '… as the check says');
    }
    done_testing;
};

subtest 'does not wait for a FIFO for mail that nobody reads' => sub {
    my $unread = Leat::Test->new(workers => 1);
    mkfifo("$unread->{dir}/mail", 0600) or die;
    $unread->configure("mail: {file: $unread->{dir}/mail, from: a\@example.com}\n");
    $unread->launch;
    is($unread->wait_exit, 1, 'a FIFO for mail that nobody reads holds up nothing');
    logged($unread, qr/mail\.file: \S+: No such device or address/, '… and is named');
    done_testing;
};

# A worker of a container meets this at the limit of its processes (pids.max), with the same error.
subtest 'tells why there is no thread for the database' => sub {
    plan skip_all => 'the sanitizer needs more' if is_sanitized();
    my @small = ('prlimit', '--data=60000000:60000000', '--stack=64000000:64000000');
    my $cramped = Leat::Test->new(workers => 1, wrap => \@small);
    $cramped->launch;
    is($cramped->wait_exit, 1, 'no room for a stack: exit 1');
    logged($cramped, qr/^a database thread could not be started: Resource temporarily unavailable; raise the limit /m,
        'and the reason, with a remedy');
    done_testing;
};

subtest 'refuses the database of another application, and leaves it untouched' => sub {
    my $foreign = Leat::Test->new;
    system "sqlite3 $foreign->{dir}/app.db 'PRAGMA application_id = 1234; CREATE TABLE precious (x);'";
    my $before = slurp("$foreign->{dir}/app.db");
    fails("another application's database", $foreign, 1, qr/app\.db: belongs to another application/);
    ok(slurp("$foreign->{dir}/app.db") eq $before, 'and it is left untouched');
    done_testing;
};

subtest 'refuses a corrupt database' => sub {
    my $corrupt = Leat::Test->new;
    my $three = '(SELECT 1 UNION SELECT 2 UNION SELECT 3)';
    system "sqlite3 $corrupt->{dir}/app.db 'CREATE TABLE t (x); INSERT INTO t SELECT randomblob(5000) FROM $three'";
    my $bytes = slurp("$corrupt->{dir}/app.db");
    substr $bytes, 100, 2000, "\xff" x 2000;
    $corrupt->write('app.db', $bytes);
    fails('a database that is corrupt', $corrupt, 1, qr/app\.db: .*malformed/);
    done_testing;
};

subtest 'requires a database where an operation needs one' => sub {
    fails('an operation that needs a database', Leat::Test->new(config => "database: {}\n"), 1,
        qr/database\.url: is required/);
    done_testing;
};

my $leat = Leat::Test->new;
$leat->configure("database: {path: deep/er/app.db, migrations: $leat->{folder}, migrate: on-start}\n");
$leat->start('--pid-file', "$leat->{dir}/pid");

subtest 'makes the folder of the database and the pid file, and refuses a second leat' => sub {
    ok(-e "$leat->{dir}/deep/er/app.db", 'the folder of the database is made');
    is(slurp("$leat->{dir}/pid"), "$leat->{pid}\n", 'the pid file');
    my $second = run_command(Leat::Test::build() . '/leat', '-c', $leat->{config_path});
    is($second->{code}, 71, 'a second leat: exit 71');
    like($second->{err}, qr/another process is listening there; is leat already running/, 'says why');
    is($leat->get('/v1/health')->{status}, 200, 'and the first goes on');
    done_testing;
};

subtest 'finishes at TERM what was begun, and ends with 0' => sub {
    my $kept = $leat->connect;
    is($leat->get('/v1/health', socket => $kept)->{status}, 200, 'a kept connection');
    my $half = $leat->connect;
    syswrite $half,
        "POST /v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n";
    sleep 0.1;
    $leat->signal('TERM');
    sleep 0.4;
    syswrite $half, '{"title":"end"}';
    my $r = Leat::Test::parse_answer(Leat::Test::read_all($half, 5));
    is($r->{status}, 201, 'a request that was begun is answered');
    is($r->{headers}{connection}, 'close', 'and its connection closed');
    $r = $leat->get('/v1/health', socket => $kept);
    is("$r->{status} $r->{headers}{connection}", '200 close', 'the kept connection is answered once more, and closed');
    is($leat->wait_exit, 0, 'exit 0');
    ok(!-e "$leat->{dir}/pid", 'the pid file is gone');
    unlike($leat->log, qr/worker\.cut|worker\.died/, 'nothing was cut');
    done_testing;
};

subtest 'ends at a second INT without waiting' => sub {
    my $stuck = Leat::Test->new->start;
    my $hang = $stuck->connect;
    syswrite $hang, "GET /v1/health HTTP/1.1\r\n";
    sleep 0.1;
    my $start = monotonic();
    $stuck->signal('INT');
    sleep 0.3;
    ok(kill(0, $stuck->{pid}), 'half a request holds the drain up');
    $stuck->signal('INT');
    is($stuck->wait_exit, 0, 'a second INT ends it at once');
    ok(monotonic() - $start < 3, 'at once');
    done_testing;
};

subtest 'lets no worker outlive a master that was killed' => sub {
    my $orphaned = Leat::Test->new->start;
    my @workers = $orphaned->worker_pids;
    kill KILL => $orphaned->{pid};
    waitpid $orphaned->{pid}, 0;
    ok(wait_for(10, sub { !grep { kill 0, $_ } @workers }), 'no orphan stays') or kill KILL => @workers;
    unlink $orphaned->{socket};
    delete $orphaned->{pid};
    done_testing;
};

subtest 'kills and replaces a worker that hangs' => sub {
    my $still = Leat::Test->new(workers => 1, config => "watchdog: 1s\n")->start;
    my ($pid) = $still->worker_pids;
    kill STOP => $pid;
    ok(wait_for(15, sub { my ($now) = $still->worker_pids; $now && $now != $pid }),
        'the watchdog replaces a worker that stands still');
    logged($still, qr/worker\.stuck.*pid=$pid/, 'and says so');
    is($still->get('/v1/health')->{status}, 200, 'it serves again');
    done_testing;
};

subtest 'runs its workers as the configured user, without a way to more privileges' => sub {
    plan skip_all => 'only root can become another user' if $>;
    my $denied = Leat::Test->new->open_to_all;
    $denied->configure('');
    $denied->{wrap} = [qw(setpriv --reuid=65534 --regid=65534 --clear-groups)];
    chmod 0600, $denied->{config_path};
    fails('no permission', $denied, 1, qr/leat\.yaml: cannot be read: Permission denied/);
    my $dropped = Leat::Test->new->open_to_all;
    $dropped->configure("user: nobody\n");
    $dropped->start;
    my ($worker) = $dropped->worker_pids;
    my $nobody = getpwnam 'nobody';
    my $proc = slurp("/proc/$worker/status");
    like($proc, qr/^Uid:\t$nobody\t$nobody\t$nobody\t$nobody$/m, 'workers run as the configured user');
    like($proc, qr/^Groups:\s*$/m, 'in no other group');
    like($proc, qr/^NoNewPrivs:\s*1$/m, 'and can gain no privileges');
    is((stat "$dropped->{dir}/app.db")[4], $nobody, 'who owns the database too');
    is($dropped->get('/v1/todos/1')->{status}, 200, 'and serves from it');
    done_testing;
};

subtest 'passes on no descriptor that it inherited' => sub {
    my $leaky = Leat::Test->new(workers => 1);
    $leaky->{wrap} = ['perl', '-e', '$^F = 1000; open my $secret, "<", "/etc/passwd"; exec @ARGV'];
    $leaky->start;
    my ($clean) = $leaky->worker_pids;
    my @open = map { readlink } glob "/proc/$clean/fd/*";
    is((scalar grep { /passwd/ } @open), 0, 'descriptors that leat inherited do not reach the workers')
        or diag "@open";
    done_testing;
};

subtest 'takes over the sockets of a service manager' => sub {
    my $inherited = Leat::Test->new;
    my $socket = IO::Socket::INET->new(Listen => 10, LocalAddr => "127.0.0.1:$inherited->{port}", ReuseAddr => 1);
    my $exec = 'use POSIX; dup2(shift, 3); $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @ARGV';
    $inherited->{wrap} = ['perl', '-e', $exec, fileno $socket];
    { local $^F = 1000; fcntl $socket, 2, 0; }
    $inherited->start;
    is($inherited->get('/v1/health')->{status}, 200, 'LISTEN_FDS are taken over');
    close $socket;
    done_testing;
};

subtest 'is not misled by what the environment says of descriptors that it did not get' => sub {
    my $shut = 'use POSIX; POSIX::close($_) for 3 .. 9; $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 4; exec @ARGV';
    my $file = 'use POSIX; open my $f, "<", "/dev/null"; dup2(fileno $f, 3); $ENV{LISTEN_PID} = $$; '
        . '$ENV{LISTEN_FDS} = 1; exec @ARGV';
    my @stale = ('99', '[]', '{}', 'x',
        '{"control": "/nowhere", "listen": [{"address": "127.0.0.1:9", "managed": false}], "ledger": {}}');
    for my $wrap (['perl', '-e', $shut], ['perl', '-e', $file], map { ['env', "LEAT_UPGRADE=$_"] } @stale) {
        my $leat = Leat::Test->new(workers => 1, wrap => $wrap)->start;
        is($leat->get('/v1/health')->{status}, 200, "serves: $wrap->[-1]");
        is($leat->ctl('reload')->{code}, 0, 'and reloads');
        is($leat->stop, 0, 'and stops');
    }
    done_testing;
};

all_done;
