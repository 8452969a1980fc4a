# SPDX-License-Identifier: MIT
# The master keeps few capabilities and the workers none; workers cannot be traced, and reach no file
# but the database. The kernel's word counts: /proc, and system calls that fail.
use strict;
use warnings;
no warnings qw(portable); # capabilities have 41 bits
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;

my %bit = (CHOWN => 0, DAC_OVERRIDE => 1, FOWNER => 3, KILL => 5, SETGID => 6, SETUID => 7, NET_BIND_SERVICE => 10);
my $kept = 0;
$kept |= 1 << $_ for values %bit;
my ($nobody, $nogroup) = (getpwnam 'nobody')[2, 3];

sub status_of {
    my ($pid) = @_;
    my %of = slurp("/proc/$pid/status") =~ /^(\w+):[ \t]*(.*)$/mg;
    $of{$_} = hex $of{$_} for grep { /^Cap/ } keys %of;
    return \%of;
}
sub ids { my ($id) = @_; return join "\t", ($id) x 4 }
# Runs code as nobody; returns its exit code.
sub as_nobody {
    my ($code) = @_;
    my $pid = fork // die;
    if (!$pid) {
        $( = $) = "$nogroup $nogroup";
        POSIX::setgid($nogroup);
        POSIX::setuid($nobody);
        POSIX::_exit($code->() ? 0 : 1);
    }
    waitpid $pid, 0;
    return $? == 0;
}
# PTRACE_SEIZE, which does not stop the process.
my %ptrace = (x86_64 => 101, aarch64 => 117);
sub traces { my ($pid) = @_; return syscall($ptrace{(POSIX::uname())[4]}, 0x4206, $pid + 0, 0, 0) == 0 }

subtest 'started as root' => sub {
    plan skip_all => 'only root can become another user' if $>;
    my $leat = Leat::Test->new(workers => 2)->open_to_all;
    my ($key, $cert) = ("$leat->{dir}/key.pem", "$leat->{dir}/cert.pem");
    run_command('openssl', qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=t -days 80),
        '-keyout', $key, '-out', $cert);
    chmod 0600, $key;
    my $tls = Leat::Test::free_port();
    my $certificates = 'certificates: [{certificate: cert.pem, key: key.pem}]';
    $leat->configure(<<"YAML");
user: nobody
listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:$tls, tls: {$certificates}}]
log: {path: $leat->{dir}/leat.log}
YAML
    $leat->launch;

    subtest 'leaves the master no capability but those that it needs' => sub {
        ok(wait_for(20, sub { slurp("$leat->{dir}/leat.log") =~ /master\.ready/ }), 'started as root')
            or diag $leat->log;
        my $master = status_of($leat->{pid});
        is($master->{Uid}, ids(0), 'the master stays root');
        is($master->{CapEff} & ~$kept, 0, 'with no capability but those that it needs');
        is($master->{CapPrm} & ~$kept, 0, 'nor in reserve');
        is($master->{CapBnd} & ~$kept, 0, 'nor for its children');
        is($master->{CapInh} | $master->{CapAmb}, 0, 'and passes none on');
        cmp_ok($master->{CapEff} & $kept, '==', status_of($$)->{CapEff} & $kept, 'those it keeps');
        is($master->{NoNewPrivs}, 1, 'and can gain none');
        done_testing;
    };
    my @workers = $leat->worker_pids;

    subtest 'leaves the workers no privilege, and nothing of root to read' => sub {
        for my $worker (@workers) {
            my $status = status_of($worker);
            is("$status->{Uid} $status->{Gid}", ids($nobody) . ' ' . ids($nogroup), 'a worker is nobody');
            is($status->{Groups}, '', 'in no other group');
            is($status->{CapEff} | $status->{CapPrm} | $status->{CapInh} | $status->{CapAmb}, 0,
                'without a capability');
            is($status->{CapBnd} & ~$kept, 0, 'nor one to get');
            is($status->{NoNewPrivs}, 1, 'it can gain no privileges');
            for my $task (glob "/proc/$worker/task/*") {
                my %of = slurp("$task/status") =~ /^(\w+):[ \t]*(.*)$/mg;
                is("$of{Uid} $of{NoNewPrivs} " . hex $of{CapEff}, ids($nobody) . ' 1 0', 'nor can its threads')
                    or diag $task;
            }
            SKIP: {
                skip 'LeakSanitizer must trace its own process', 3 if is_sanitized();
                is((stat "/proc/$worker/environ")[4], 0, "not even its user may look into it: /proc is root's");
                ok(!as_nobody(sub { open my $mem, '<', "/proc/$worker/mem" }), 'nor read its memory');
                ok(!as_nobody(sub { traces($worker) }), 'nor trace it');
            }
            my @open = grep { defined } map { readlink } glob "/proc/$worker/fd/*";
            ok(!(grep { m{\.pem$|/leat\.sock$} } @open), 'it has no key file open, nor the control socket')
                or diag "@open";
        }
        my $other = fork // die;
        if (!$other) { POSIX::setgid($nogroup); POSIX::setuid($nobody); exec 'sleep', '60' }
        ok(wait_for(10, sub { as_nobody(sub { traces($other) }) }), 'while nobody may trace what is its own')
            or diag 'then the test above proves nothing';
        kill KILL => $other;
        waitpid $other, 0;
        done_testing;
    };

    subtest 'serves, and keeps the control socket to root' => sub {
        is($leat->get('/v1/todos/1')->{status}, 200, 'requests are answered');
        is($leat->post('/v1/lists', {title => 'by nobody'})->{status}, 201, 'and written');
        like(qx(curl -sk https://127.0.0.1:$tls/v1/health -w '%{http_code}'), qr/200$/,
            'TLS works with a key that root alone may read');
        is((stat "$leat->{dir}/app.db")[4], $nobody, "the database is nobody's");
        is((stat $leat->{socket})[4], 0, "the control socket is root's");
        my @status = (Leat::Test::build() . '/leatctl', '--socket', $leat->{socket}, 'status');
        my $refused = as_nobody(sub { run_command(@status)->{code} == 0 });
        ok(!$refused, 'and nobody gets nothing there');
        done_testing;
    };

    subtest 'keeps what runs as root working: reload, respawn, reopen, upgrade' => sub {
        is($leat->ctl('reload')->{code}, 0, 'a reload');
        my ($victim) = $leat->worker_pids;
        kill KILL => $victim;
        my $is_replaced = sub { my @now = $leat->worker_pids; return @now == 2 && !grep { $_ == $victim } @now };
        ok(wait_for(20, $is_replaced), 'a worker is replaced');
        is(status_of($_)->{Uid}, ids($nobody), 'by nobody') for $leat->worker_pids;
        rename "$leat->{dir}/leat.log", "$leat->{dir}/leat.log.1";
        is($leat->ctl('reopen')->{code}, 0, 'reopen');
        $leat->get('/v1/todos/2');
        my $is_used = sub { slurp("$leat->{dir}/leat.log") =~ m{/v1/todos/\{id\}|/todos} };
        ok(wait_for(10, $is_used), 'the workers write to the new log');
        my $old = $leat->{pid};
        my $r = $leat->ctl('upgrade');
        is($r->{code}, 0, 'an upgrade') or diag $r->{err};
        my ($new) = $r->{out} =~ /process (\d+) is serving/;
        ok(wait_for(20, sub { waitpid $old, POSIX::WNOHANG(); !kill 0, $old }), 'the old master goes');
        is(status_of($new)->{CapEff} & ~$kept, 0, 'the new one has no more than the old');
        is($leat->get('/v1/todos/1')->{status}, 200, 'and serves');
        delete $leat->{pid};
        kill TERM => $new;
        ok(wait_for(20, sub { !kill 0, $new }), 'stop');
        done_testing;
    };

    subtest 'takes the configured group' => sub {
        my $group = (getgrgid 1)[0];
        my $grouped = Leat::Test->new(workers => 1)->open_to_all;
        $grouped->configure("user: nobody\ngroup: $group\n");
        $grouped->start;
        is(status_of(($grouped->worker_pids)[0])->{Gid}, ids(1), 'the configured group');
        done_testing;
    };
    done_testing;
};

subtest 'started by somebody else: stays who started it, and does all the same' => sub {
    plan skip_all => 'only root can start it as another user' if $>;
    my $plain = Leat::Test->new(workers => 1)->open_to_all;
    $plain->configure("user: root\n"); # which it cannot become, and need not
    $plain->{wrap} = [qw(setpriv --reuid=65534 --regid=65534 --clear-groups --)];
    $plain->start('--pid-file', "$plain->{dir}/pid");
    my ($worker) = $plain->worker_pids;
    is(status_of($_)->{Uid}, ids(65534), 'master and worker are who started them') for $plain->{pid}, $worker;
    is(status_of($_)->{CapEff}, 0, 'without capabilities') for $plain->{pid}, $worker;
    is($plain->post('/v1/lists', {title => 'mine'})->{status}, 201, 'it works');
    is($plain->ctl('reload')->{code}, 0, 'a reload');
    my $old = $plain->{pid};
    is($plain->ctl('upgrade')->{code}, 0, 'an upgrade');
    ok(wait_for(20, sub { waitpid $old, POSIX::WNOHANG(); !kill 0, $old }), 'the old master goes');
    is($plain->get('/v1/todos/1')->{status}, 200, 'and the new one serves');
    my $new = slurp("$plain->{dir}/pid") + 0;
    delete $plain->{pid};
    kill TERM => $new;
    ok(wait_for(20, sub { !kill 0, $new }), 'stop');
    done_testing;
};

# A library in the worker tries what a hijacked worker would.
subtest 'sandbox: opens, makes, lists and runs nothing but what workers need' => sub {
    plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();
    my $box = Leat::Test->new(workers => 1);
    $box->{is_hostile} = 1;
    $box->write('probe.c', <<'C');
/* Runs in the worker, once it serves: what open() says goes to a file in the database's folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static FILE *out;

static const char *said(int failure)
{
    return failure ? strerrorname_np(failure) : "OK";
}

static void try(const char *what, const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    fprintf(out, "%s %s\n", what, said(fd < 0 ? errno : 0));
    if (fd >= 0)
        close(fd);
}

static void *probe(void *folder)
{
    char path[512];
    pid_t child;

    snprintf(path, sizeof(path), "%s/db/probe", (char *)folder);
    out = fopen(path, "w");
    if (!out)
        return NULL;
    try("read-outside", strcat(strcpy(path, folder), "/secret"), O_RDONLY);
    try("write-outside", path, O_WRONLY);
    try("make-outside", strcat(strcpy(path, folder), "/made"), O_WRONLY | O_CREAT);
    try("read-config", strcat(strcpy(path, folder), "/leat.yaml"), O_RDONLY);
    try("list-root", "/", O_RDONLY | O_DIRECTORY);
    try("write-etc", "/etc/passwd", O_WRONLY);
    try("read-passwd", "/etc/passwd", O_RDONLY);
    try("read-hosts", "/etc/hosts", O_RDONLY);
    strcat(strcpy(path, folder), "/folder");
    fprintf(out, "mkdir %s\n", said(mkdir(path, 0700) < 0 ? errno : 0));
    strcat(strcpy(path, folder), "/secret");
    fprintf(out, "unlink %s\n", said(unlink(path) < 0 ? errno : 0));
    char *arguments[] = {"true", NULL};
    int failure = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, NULL);
    fprintf(out, "exec %s\n", said(failure));
    try("write-database", strcat(strcpy(path, folder), "/db/app.db"), O_RDWR);
    try("make-beside", strcat(strcpy(path, folder), "/db/temporary"), O_RDWR | O_CREAT);
    fprintf(out, "end\n");
    fclose(out);
    return NULL;
}

/* libh2o's loop is turned by workers alone, and after the sandbox is entered. */
int h2o_evloop_run(void *loop, int wait)
{
    static int (*real)(void *, int);
    static int has_begun;
    pthread_t thread;

    if (!real)
        real = (int (*)(void *, int))dlsym(RTLD_NEXT, "h2o_evloop_run");
    if (!has_begun && access(FOLDER "/db/go", F_OK) == 0 && (has_begun = 1))
        pthread_create(&thread, NULL, probe, FOLDER);
    return real(loop, wait);
}
C
    my $probe = "$box->{dir}/probe";
    compile(qw(-shared -fPIC), "-DFOLDER=\"$box->{dir}\"", '-o', "$probe.so", "$probe.c", '-ldl');
    mkdir "$box->{dir}/db";
    $box->write('secret', 'a secret');
    my $database = "database: {path: db/app.db, migrations: $box->{folder}, migrate: on-start}\n";
    # Returns what the library reports for each of its attempts.
    my $run = sub {
        my ($text) = @_;
        unlink "$box->{dir}/db/go", "$box->{dir}/db/probe", "$box->{dir}/made", "$box->{dir}/db/temporary";
        rmdir "$box->{dir}/folder";
        $box->write('secret', 'a secret');
        $box->configure("$database$text");
        spew($box->{log}, '');
        { local $ENV{LD_PRELOAD} = "$box->{dir}/probe.so"; $box->start; }
        spew("$box->{dir}/db/go", '');
        wait_for(10, sub { slurp("$box->{dir}/db/probe") =~ /^end$/m });
        my %said = slurp("$box->{dir}/db/probe") =~ /^(\S+) (\S+)$/mg;
        return \%said;
    };
    # Without the sandbox all attempts succeed, so the probe can tell the difference.
    my $free = $run->("sandbox: false\n");
    $box->stop;
    my $said = $run->('');
    my $status = status_of(($box->worker_pids)[0]);
    if ($box->log =~ /no Landlock/ || ($said->{'read-outside'} // '') eq 'OK' && !landlock()) {
        plan skip_all => 'the kernel has no Landlock';
        skip 'the kernel has no Landlock', 1;
    }
    is($said->{$_}, 'EACCES', "$_ is refused")
        for qw(read-outside write-outside make-outside read-config list-root write-etc read-passwd unlink);
    is($said->{$_}, 'EPERM', "$_ is refused") for qw(mkdir exec);
    is($said->{$_}, 'OK', "$_ is possible") for qw(read-hosts write-database make-beside);
    logged($box, qr/error worker.* worker\.refused call=mkdir number=\d+: system call not allowed/, 'and logged');
    ok(-e "$box->{dir}/secret" && !-e "$box->{dir}/made" && !-d "$box->{dir}/folder", 'and so it is on disk');
    is($box->get('/v1/todos?limit=100')->{status}, 200, 'the worker serves');
    is($box->post('/v1/lists', {title => 'boxed'})->{status}, 201, 'and writes');
    is($box->ctl('reload')->{code}, 0, 'and is replaced');
    is($box->stop, 0, 'stop');
    is($free->{$_}, 'OK', "sandbox: false: $_ is possible")
        for qw(read-outside make-outside read-config list-root mkdir unlink exec);
    done_testing;
};
# Returns the version of the kernel's interface; 0: none.
sub landlock { my $version = syscall(444, 0, 0, 1); return $version > 0 ? $version : 0 }
all_done;
