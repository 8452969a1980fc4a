# SPDX-License-Identifier: MIT
# Existing files at the path of a control socket, a listener or a pid file are kept: only a socket
# of ours on which nobody answers makes room, and only another pid file is replaced.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Socket qw(SOCK_DGRAM SOCK_STREAM);
use Test::More;
use Time::HiRes qw(sleep);

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {}
YAML
my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);');
my %app = (document => $yaml, migrations => \%migrations, workers => 1);
# A socket whose process has ended.
sub bound { my ($path, %o) = @_; return IO::Socket::UNIX->new(Local => $path, %o) // die "$path: $!" }
my @stream = (Type => SOCK_STREAM, Listen => 1);
sub stale { my ($path) = @_; bound($path, @stream); return }
sub linked { my ($path, $to) = @_; symlink $to, $path or die "$path: $!" }
# Identifies a file: which one, its kind, owner and content.
sub same {
    my ($path) = @_;
    return join ' ', (lstat $path)[0, 1, 2, 4, 5, 7], -l $path ? readlink $path : -f $path ? slurp($path) : '';
}

my @open; # what must stay open while a test runs
# Things in the way: the name here, the name in messages, how to create it.
my @things = (
    ['a file', 'a regular file', sub { spew($_[0], "precious\n") }],
    ['an empty file', 'a regular file', sub { spew($_[0], '') }],
    ['a folder', 'a folder', sub { mkdir $_[0] or die }],
    ['a FIFO', 'a FIFO', sub { POSIX::mkfifo($_[0], 0600) or die }],
    ['a link to a file', 'a symbolic link', sub { spew("$_[0].target", "precious\n"); linked($_[0], "$_[0].target") }],
    ['a link to nothing', 'a symbolic link', sub { linked($_[0], "$_[0].nowhere") }],
    ['a link to a stale socket', 'a symbolic link', sub { stale("$_[0].stale"); linked($_[0], "$_[0].stale") }],
);
my @sockets = (
    ['a living socket', 'another process is listening there', sub { push @open, bound($_[0], @stream) }],
    ['a socket of datagrams', 'Protocol wrong type for socket', sub { push @open, bound($_[0], Type => SOCK_DGRAM) }],
);
my $foreign = 'an unused socket of user 65534 is in the way';
push @sockets, ['a socket of nobody', $foreign, sub { stale($_[0]); chown 65534, -1, $_[0] }] if !$>;
# Users of the path: the configuration, and the options of leat.
my %wanted = (
    'control.socket' => sub { my ($leat, $path) = @_; return ("control: {socket: $path}\n") },
    'listen'         => sub { my ($leat, $path) = @_; return ("listen: [{address: unix:$path}]\n") },
    'pid file'       => sub { my ($leat, $path) = @_; return ('', '--pid-file', $path) },
);

sub refused {
    my ($name, $who, $make, $pattern) = @_;
    my $leat = Leat::Test->new(%app);
    my $path = "$leat->{dir}/place";
    my ($config, @options) = $wanted{$who}->($leat, $path);
    $make->($path);
    my $before = same($path);
    $leat->configure($config);
    $leat->launch(@options);
    is($leat->wait_exit, 71, "$name: exit 71") or diag $leat->log;
    like($leat->log, qr/^(?:$who: |listening on unix:|pid file )?\Q$path\E: .*$pattern/m, "$name: is named")
        or diag $leat->log;
    is(same($path), $before, "$name: is as it was");
    is(slurp("$path.target"), "precious\n", "$name: and what it leads to") if -e "$path.target";
    is(join(' ', glob "$leat->{dir}/.leat-*"), '', "$name: nothing is left");
    @open = ();
    unlink $path;
}

for my $who (sort keys %wanted) {
    subtest "$who: leaves alone what is in the way" => sub {
        for (@things) {
            my ($name, $said, $make) = @$_;
            next if $who eq 'pid file' && $name eq 'an empty file'; # it has nothing to lose
            my $pattern = qr/\Q$said\E is in the way/;
            $pattern = qr/the existing file holds no process ID/ if $who eq 'pid file' && $name eq 'a file';
            refused("$who, $name", $who, $make, qr/$pattern.*; move it or choose another path/);
        }
        for (@sockets) {
            my ($name, $said, $make) = @$_;
            refused("$who, $name", $who, $make, $who eq 'pid file' ? qr/a socket is in the way/ : qr/\Q$said/);
        }
        done_testing;
    };
}

subtest 'replaces a stale socket of its own' => sub {
    my $leat = Leat::Test->new(%app);
    stale($leat->{socket});
    stale("$leat->{dir}/web.sock");
    my @before = map { (stat)[1] } $leat->{socket}, "$leat->{dir}/web.sock";
    $leat->configure("listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:web.sock, mode: 0640}]\n"
        . "control: {socket: $leat->{socket}, mode: 0660}\n");
    umask 0;
    $leat->start;
    umask 022;
    is($leat->ctl('status')->{code}, 0, 'the control socket answers');
    is(sprintf('%04o', (stat $leat->{socket})[2] & 07777), '0660', 'with its mode');
    my $web = IO::Socket::UNIX->new(Peer => "$leat->{dir}/web.sock");
    is($leat->get('/healthz', socket => $web)->{status}, 200, 'the listener too');
    is(sprintf('%04o', (stat "$leat->{dir}/web.sock")[2] & 07777), '0640', 'with its mode');
    is(join(' ', glob "$leat->{dir}/.leat-*"), '', 'nothing else is left');
    is($leat->stop, 0, 'stop');
    ok(!-e $leat->{socket} && !-e "$leat->{dir}/web.sock", 'and both are gone');
    done_testing;
};

subtest 'gives the control socket to control.owner and control.group' => sub {
    plan skip_all => 'only root can give files away' if $>;
    my $leat = Leat::Test->new(%app);
    my ($uid, $gid) = ((getpwnam 'nobody')[2], 1);
    $leat->configure("control: {socket: $leat->{socket}, owner: nobody, group: " . getgrgid($gid) . ", mode: 0660}\n");
    $leat->start;
    is(join(' ', map { (stat $leat->{socket})[$_] } 4, 5), "$uid $gid", 'are the socket\'s');
    kill KILL => $leat->{pid};
    waitpid $leat->{pid}, 0;
    ok(-S $leat->{socket}, 'a master that is killed leaves it behind');
    unlink $leat->{log};
    $leat->start;
    is($leat->ctl('status')->{code}, 0, 'and the next one replaces it, though it is not root\'s');
    $leat->stop;
    $leat->configure("control: {socket: $leat->{socket}, owner: nobody-at-all}\n");
    $leat->launch;
    is($leat->wait_exit, 71, 'an owner that does not exist');
    like($leat->log, qr/^control\.owner: no such user: nobody-at-all$/m, 'is named');
    done_testing;
};

subtest 'deletes nothing at a reload either' => sub {
    my $leat = Leat::Test->new(%app);
    $leat->configure('');
    $leat->start;
    spew("$leat->{dir}/web.sock", "precious\n");
    $leat->configure("listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:web.sock}]\n");
    my $r = $leat->ctl('reload');
    is($r->{code}, 1, 'a regular file at a new listener\'s path: exit 1');
    like($r->{err}, qr{^listening on unix:.*/web\.sock: a regular file is in the way}m, 'says so');
    is(slurp("$leat->{dir}/web.sock"), "precious\n", 'and the file is as it was');
    is($leat->get('/healthz')->{status}, 200, 'the old generation serves');
    unlink "$leat->{dir}/web.sock";
    is($leat->ctl('reload')->{code}, 0, 'once it is moved, the reload works');
    # A file that replaces the socket while leat runs is kept when leat ends.
    for my $path ("$leat->{dir}/web.sock", $leat->{socket}) {
        unlink $path;
        spew($path, "precious\n");
    }
    is($leat->stop, 0, 'stop');
    is(slurp($_), "precious\n", 'a file that took the place of a socket meanwhile stays')
        for "$leat->{dir}/web.sock", $leat->{socket};
    unlink $leat->{socket};
    done_testing;
};

subtest 'refuses the database as a path of something else' => sub {
    my $leat = Leat::Test->new(%app);
    $leat->start;
    is($leat->stop, 0, 'a database is made');
    my @keys = ('control: {socket', 'listen: [{address', 'log: {path');
    for my $text ("$keys[0]: app.db}", "$keys[0]: app.db-wal}", "$keys[1]: unix:app.db}]", "$keys[2]: app.db}") {
        my $before = same("$leat->{dir}/app.db");
        $leat->configure("$text\n");
        my $r = $leat->leat('check');
        is($r->{code}, 1, "leat check refuses $text") or diag $r->{out};
        like($r->{err}, qr/: \Q$leat->{dir}\E\/app\.db\S* is also used by database\.path$/m, 'and says why');
        $leat->launch;
        is($leat->wait_exit, 1, 'so does a start');
        is(same("$leat->{dir}/app.db"), $before, 'the database is as it was');
    }
    mkdir "$leat->{dir}/in";
    symlink 'app.db', "$leat->{dir}/soft";
    symlink '..', "$leat->{dir}/in/up";
    link "$leat->{dir}/app.db", "$leat->{dir}/hard";
    for my $path ('in/../app.db', './/app.db', 'in/up/app.db-wal', 'soft', 'hard') {
        for my $key ('log: {path', 'log: {access-path', 'mail: {from: a@example.org, file') {
            $leat->configure("$key: $path}\n");
            my $r = $leat->leat('check');
            is($r->{code}, 1, "leat check refuses $key: $path}") or diag $r->{out};
            like($r->{err}, qr/\Q$path\E is also used by database\.path$/m, 'and says why');
        }
    }
    unlink "$leat->{dir}/soft", "$leat->{dir}/hard";
    $leat->configure('');
    $leat->{socket} = "$leat->{dir}/leat.sock";
    $leat->launch('--pid-file', "$leat->{dir}/app.db");
    is($leat->wait_exit, 71, 'as a pid file it is refused too');
    done_testing;
};

subtest 'refuses its own configuration and documents as a log' => sub {
    my $leat = Leat::Test->new(%app);
    for my $row (['leat.yaml', 'the configuration'], ['.//leat.yaml', 'the configuration'],
        ['api.yaml', 'api[].document'], ['./api.yaml', 'api[].document']) {
        my ($path, $by) = @$row;
        for my $key ('log: {path', 'log: {access-path') {
            $leat->configure("$key: $path}\n");
            my $before = slurp("$leat->{dir}/leat.yaml") . slurp("$leat->{dir}/api.yaml");
            my $r = $leat->leat('check');
            is($r->{code}, 1, "leat check refuses $key: $path}") or diag $r->{out};
            like($r->{err}, qr/is also used by \Q$by\E$/m, 'and says why');
            $leat->launch;
            is($leat->wait_exit, 1, 'so does a start');
            is(slurp("$leat->{dir}/leat.yaml") . slurp("$leat->{dir}/api.yaml"), $before, 'both are as they were');
        }
    }
    $leat->configure("log: {path: log, access-path: log}\n");
    is($leat->leat('check')->{code}, 0, 'both logs may be one file');
    $leat->configure("log: {path: /dev/stdout, access-path: /dev/stderr}\n");
    is($leat->leat('check')->{code}, 0, 'or what is open already');
    done_testing;
};

subtest 'replaces a pid file only if its process is gone' => sub {
    my $leat = Leat::Test->new(%app);
    my $path = "$leat->{dir}/pid";
    my $begin = sub { $leat->start('--pid-file', $path); is(slurp($path), "$leat->{pid}\n", shift) };
    my $dead = fork // die;
    POSIX::_exit(0) if !$dead;
    waitpid $dead, 0;
    my @good = (
        ["$dead\n", 'one of a process that is gone is replaced'], ["1\n", 'one of a process that is no leat'],
        ['', 'an empty one'], [" 4194304 \n", 'one with blanks'],
    );
    for (@good) {
        spew($path, $_->[0]);
        $begin->($_->[1]);
        is((stat $path)[2] & 0777, 0644, 'readable by everybody');
        is($leat->stop, 0, 'stop');
        ok(!-e $path, 'takes it along');
        unlink $leat->{log};
    }
    $begin->('none');
    my $second = Leat::Test->new(%app);
    $second->launch('--pid-file', $path);
    is($second->wait_exit, 71, 'one of a running leat is refused');
    like($second->log, qr/^pid file \Q$path\E: process $leat->{pid} is a running leat/m, 'with its process');
    is(slurp($path), "$leat->{pid}\n", 'and stays');
    spew($path, "somebody else's\n");
    is($leat->stop, 0, 'stop');
    is(slurp($path), "somebody else's\n", 'a file that is not ours any more stays');
    is(join(' ', grep { !m{/pid$} } glob "$leat->{dir}/pid*"), '', 'nothing else is left');
    for my $text ("precious pid file, no number\n", "12 monkeys\n", "-1\n", "99999999999\n", "1\n2\n", "\0") {
        spew($path, $text);
        $leat->launch('--pid-file', $path);
        is($leat->wait_exit, 71, 'what is no pid file is refused');
        is(slurp($path), $text, 'and stays');
    }
    done_testing;
};

# The folder of the socket belongs to another user, who replaces what is created there by links,
# while a preloaded library slows leat down between its steps.
subtest 'follows no link of a hostile owner of the folder' => sub {
    plan skip_all => 'only root can be betrayed so' if $>;
    plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();
    my $leat = Leat::Test->new(%app);
    my ($run, $victim) = ("$leat->{dir}/run", "$leat->{dir}/victim");
    $leat->write('slow.c', <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#define SLOW(type, name, parameters, arguments) \
    type name parameters { usleep(150000); return ((type (*) parameters)dlsym(RTLD_NEXT, #name)) arguments; }
SLOW(int, fchownat, (int d, const char *p, uid_t u, gid_t g, int f), (d, p, u, g, f))
SLOW(int, fchmodat, (int d, const char *p, mode_t m, int f), (d, p, m, f))
SLOW(int, lchown, (const char *p, uid_t u, gid_t g), (p, u, g))
SLOW(int, chown, (const char *p, uid_t u, gid_t g), (p, u, g))
SLOW(int, chmod, (const char *p, mode_t m), (p, m))
SLOW(int, renameat2, (int a, const char *p, int b, const char *q, unsigned f), (a, p, b, q, f))
SLOW(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m))
SLOW(int, listen, (int fd, int n), (fd, n))
C
    compile(qw(-shared -fPIC -o), "$leat->{dir}/slow.so", "$leat->{dir}/slow.c", '-ldl');
    chmod 0755, $leat->{dir};
    mkdir $run;
    chown 65534, 65534, $run;
    for my $round (1 .. 6) {
        spew($victim, "root's secret\n");
        chmod 0600, $victim;
        my $before = join ' ', (stat $victim)[2, 4, 5];
        my $attacker = fork // die;
        if (!$attacker) {
            POSIX::setgid(65534);
            POSIX::setuid(65534);
            chdir $run;
            # In turn: the socket itself, the private folder, both.
            while (1) {
                for my $made (grep { !m{^\.\.?$} } do { opendir my $d, '.' or last; readdir $d }) {
                    next if -l $made;
                    my $aside = 'aside-' . rand;
                    next if -d $made && $round % 3 == 1 || !-d $made && $round % 3 == 2;
                    rename $made, $aside or next;
                    if ($round > 3 && $made =~ /^\.leat-/) {
                        mkdir $made;
                        symlink '../../victim', "$made/s";
                    } else {
                        symlink '../victim', $made;
                    }
                }
            }
        }
        $leat->configure("control: {socket: $run/leat.sock, owner: nobody, mode: 0666}\n"
            . "listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:$run/web.sock, mode: 0666}]\n");
        { local $ENV{LD_PRELOAD} = "$leat->{dir}/slow.so"; $leat->launch; }
        wait_for(20, sub { $leat->log =~ /master\.(?:ready|gone)/ });
        kill KILL => $attacker;
        waitpid $attacker, 0;
        $leat->stop;
        is(join(' ', (stat $victim)[2, 4, 5]), $before, "round $round: the victim's mode and owner are as they were");
        is(slurp($victim), "root's secret\n", 'and what is in it');
        system 'rm', '-rf', map { "$run/$_" } grep { !m{^\.\.?$} } do { opendir my $d, $run or die; readdir $d };
        unlink $leat->{log};
    }
    done_testing;
};

all_done;
