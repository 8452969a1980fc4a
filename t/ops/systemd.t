# SPDX-License-Identifier: MIT
# A service manager is told what becomes of leat (sd_notify(3)), and the sockets that it passes
# (sd_listen_fds(3)) are served and left to it.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Test;
use POSIX ();
use Socket qw(SOCK_DGRAM SOL_SOCKET SO_PASSCRED);
use Test::More;
use Time::HiRes qw(sleep);

my ($manager, @said);
# Starts leat as a service; its notifications are collected in @said.
sub service {
    my ($leat, %environment) = @_;
    my $path = "$leat->{dir}/notify";
    $manager = IO::Socket::UNIX->new(Local => $path, Type => SOCK_DGRAM) or die "notify: $!";
    $manager->blocking(0);
    @said = ();
    local @ENV{'NOTIFY_SOCKET', keys %environment} = ($path, values %environment);
    return $leat->launch('--pid-file', "$leat->{dir}/pid");
}
sub hear { while (defined recv $manager, my $text, 4096, 0) { push @said, $text } return @said }
sub heard {
    my ($pattern, $seconds) = @_;
    return scalar wait_for($seconds // 20, sub { scalar grep { /$pattern/m } hear() });
}
sub forget { hear(); @said = () }
sub gone { my ($pid) = @_; return wait_for(30, sub { waitpid $pid, POSIX::WNOHANG(); !kill 0, $pid }) }
# Runs leatctl, and hears what is said meanwhile, because the socket's queue holds ten messages only.
sub command {
    my ($leat, @args) = @_;
    my $pid = fork // die;
    POSIX::_exit($leat->ctl(@args)->{code}) if !$pid;
    wait_for(60, sub { hear(); waitpid($pid, POSIX::WNOHANG()) == $pid });
    return $? >> 8;
}

my $leat = service(Leat::Test->new, WATCHDOG_USEC => 400000);

subtest 'says READY=1 once it serves' => sub {
    ok(heard(qr/^READY=1$/m), 'READY=1');
    logged($leat, qr/master\.ready/, 'when it serves');
    is($leat->get('/readyz')->{status}, 200, 'and not before');
    is((grep { /READY=1/ } @said)[0], "READY=1\nSTATUS=serving", 'with a status');
    done_testing;
};

subtest 'says WATCHDOG=1 every half of WATCHDOG_USEC' => sub {
    forget();
    my $begun = monotonic();
    ok(wait_for(20, sub { 5 <= grep { $_ eq 'WATCHDOG=1' } hear() }), 'WATCHDOG=1 again and again');
    cmp_ok(monotonic() - $begun, '>', 0.6, 'every half of WATCHDOG_USEC, no oftener');
    done_testing;
};

subtest 'begins a reload with RELOADING=1, and ends it with READY=1' => sub {
    forget();
    is(command($leat, 'reload'), 0, 'a reload');
    ok(heard(qr/^STATUS=serving$/m), 'has a status');
    like((grep { /RELOADING|READY/ } hear())[0], qr/^RELOADING=1\nMONOTONIC_USEC=[1-9]\d+$/, 'begins with RELOADING=1');
    like((grep { /RELOADING|READY/ } @said)[1], qr/^READY=1$/m, 'and ends with READY=1');
    done_testing;
};

subtest 'says that a reload failed, and nothing of a dry run' => sub {
    my $good = slurp($leat->{config_path});
    $leat->write('leat.yaml', "wrokers: 1\n");
    forget();
    is(command($leat, 'reload', '--dry-run'), 1, 'a dry run that fails');
    sleep 0.3;
    ok(!(grep { /STATUS|READY|RELOADING/ } hear()), 'is no event');
    is(command($leat, 'reload'), 1, 'a reload that fails');
    ok(heard(qr/^READY=1\nSTATUS=serving; the last reload failed$/m), 'has another status, and is over');
    ok(!(grep { /STOPPING|MAINPID/ } @said), 'but is no end');
    $leat->write('leat.yaml', $good);
    done_testing;
};

my $new;
subtest 'makes the new master of an upgrade known by the old one' => sub {
    forget();
    my $old = $leat->{pid};
    is(command($leat, 'upgrade'), 0, 'an upgrade');
    $new = wait_for(20, sub { my $pid = slurp("$leat->{dir}/pid") + 0; return $pid != $old && $pid });
    ok(heard(qr/^MAINPID=$new$/m), 'MAINPID is the new master');
    ok(gone($old), 'the old one goes');
    ok(!(grep { /STOPPING/ } hear()), 'without STOPPING=1');
    done_testing;
};

subtest 'keeps the watchdog fed while the new master drains' => sub {
    forget();
    ok(heard(qr/^WATCHDOG=1$/m), 'the new one feeds the watchdog');
    my $slow = $leat->connect;
    syswrite $slow, "GET /v1/health HTTP/1.1\r\n";
    sleep 0.3;
    forget();
    kill TERM => $new;
    ok(heard(qr/^STOPPING=1$/m), 'STOPPING=1 when the drain begins');
    ok(kill(0, $new), 'not when it ends');
    ok(heard(qr/^WATCHDOG=1$/m), 'and the watchdog is fed meanwhile');
    syswrite $slow, "Host: a\r\n\r\n";
    delete $leat->{pid};
    ok(gone($new), 'it ends');
    ok(!(grep { /READY=1/ } hear()), 'and is never ready again');
    done_testing;
};

subtest 'is never ready where the configuration is wrong' => sub {
    my $bad = service(Leat::Test->new(config => "wrokers: 1\n"));
    is($bad->wait_exit, 1, 'a start that fails: exit 1');
    is(join(' ', grep { /READY/ } hear()), '', 'was never ready');
    done_testing;
};

subtest 'is never ready where its workers fail' => sub {
    my $died = Leat::Test->new;
    for my $name ('a.pem', 'b.pem') {
        run_command('openssl',
            qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=t -days 80),
            '-keyout', "$died->{dir}/$name", '-out', "$died->{dir}/of-$name");
    }
    $died->configure(<<"YAML");
listen:
- address: 127.0.0.1:$died->{port}
  tls: {certificates: [{certificate: of-a.pem, key: b.pem}]}
YAML
    service($died);
    is($died->wait_exit, 1, 'workers that fail: exit 1');
    is(join(' ', grep { /READY/ } hear()), '', 'was never ready either');
    done_testing;
};

subtest 'says STOPPING=1 last when it is stopped in a reload' => sub {
    my $stopped = service(Leat::Test->new);
    ok(heard(qr/^READY=1$/m), 'a third');
    forget();
    $stopped->signal('HUP');
    $stopped->signal('TERM');
    is($stopped->wait_exit, 0, 'a reload, and a stop at once');
    is((grep { /READY|STOPPING/ } hear())[-1], 'STOPPING=1', 'the last word is STOPPING=1');
    done_testing;
};

subtest 'notifies an abstract address, and runs where nobody listens' => sub {
    my $abstract = IO::Socket::UNIX->new(Local => "\0leat-test-$$", Type => SOCK_DGRAM);
    local $ENV{NOTIFY_SOCKET} = "\@leat-test-$$";
    my $at = Leat::Test->new->start;
    my $text = '';
    $abstract->blocking(0);
    my $is_told = sub { defined recv($abstract, $text, 4096, 0) && $text =~ /READY=1/ };
    ok(wait_for(10, $is_told), 'an address in the abstract name space');
    is($at->stop, 0, 'stop');
    $ENV{NOTIFY_SOCKET} = "$at->{dir}/nobody";
    is(Leat::Test->new->start->stop, 0, 'nobody listens: it runs all the same');
    done_testing;
};

my $activated = Leat::Test->new;
my $api = "$activated->{dir}/api.sock";
my $tcp = IO::Socket::INET->new(Listen => 100, LocalAddr => "127.0.0.1:$activated->{port}", ReuseAddr => 1);
my $unix = IO::Socket::UNIX->new(Listen => 100, Local => $api);
my $inode = (stat $api)[1];
$activated->configure(<<"YAML");
listen: [{address: unix:api.sock}, {address: 127.0.0.1:$activated->{port}}]
drain: {grace: 200ms}
YAML
my $early = "GET /v1/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
my @early = map { my $s = $activated->connect; syswrite $s, $early; $s } 1 .. 3;
my $exec = <<'PERL';
use POSIX;
my @high = map { dup2($_, 40 + $_); 40 + $_ } splice @ARGV, 0, 2;
dup2($high[$_], 3 + $_) for 0, 1;
POSIX::close($_) for @high;
@ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 2, 'a:b');
exec @ARGV;
PERL
$activated->{wrap} = ['perl', '-e', $exec, fileno $tcp, fileno $unix];
{ local $^F = 1000; fcntl $_, 2, 0 for $tcp, $unix; }
$activated->start('--pid-file', "$activated->{dir}/pid");
sub via_unix { return $activated->get('/v1/health', socket => IO::Socket::UNIX->new(Peer => $api)) }

subtest 'serves the sockets that it was passed, also after a reload' => sub {
    like(Leat::Test::read_all($_, 10), qr{^HTTP/1\.1 200}, 'who came before leat did is answered') for @early;
    is($activated->get('/v1/health')->{status}, 200, 'TCP');
    is(via_unix()->{status}, 200, 'unix');
    my ($worker) = $activated->worker_pids;
    unlike(slurp("/proc/$worker/environ"), qr/LISTEN_/, 'the workers do not know');
    is($activated->ctl('reload')->{code}, 0, 'a reload keeps them');
    is(via_unix()->{status}, 200, 'open');
    done_testing;
};

subtest 'passes them on in an upgrade' => sub {
    my $old = $activated->{pid};
    is($activated->ctl('upgrade')->{code}, 0, 'an upgrade too') or diag $activated->log;
    ok(gone($old), 'the old master goes');
    is($activated->get('/v1/health')->{status}, 200, 'TCP');
    is(via_unix()->{status}, 200, 'unix');
    is((stat $api)[1], $inode, 'the file is the same');
    done_testing;
};

subtest 'leaves them to the service manager' => sub {
    my $new = slurp("$activated->{dir}/pid") + 0;
    delete $activated->{pid};
    kill TERM => $new;
    ok(gone($new), 'a stop');
    is((stat $api)[1], $inode, 'leaves the service manager its file');
    # The manager's socket still listens, and the next instance is started with it.
    my $waiting = $activated->connect;
    ok($waiting, 'and connections wait for the next start');
    close $_ for $tcp, $unix;
    done_testing;
};

all_done;
