# SPDX-License-Identifier: MIT
# A compromised worker cannot end the master: a library in it (t/harness/hostile.c) tries to end the
# master and the other workers, to read foreign data, to make forbidden system calls, and to damage what
# it shares with the master. The master survives, leaks nothing, and requests are answered.
use strict;
use warnings;
use File::Path qw(make_path);
use Leat::Program;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    get:
      operationId: list
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT name FROM things WHERE id < 1000"}
    post:
      operationId: make
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "INSERT INTO things (name) VALUES (:name) RETURNING name"}
YAML
my %migrations = ('0001_a.up.sql' => 'CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT) STRICT;');
my $order = 0;

# user: runs the workers; wrap: starts leat
sub taken_over {
    my (%o) = @_;
    my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations, workers => 2);
    my $dir = $leat->{dir};
    $leat->{is_hostile} = 1;
    system 'cp', map({ Leat::Test::build() . "/$_" } qw(leat leat-worker)), $dir;
    $leat->{program} = "$dir/leat";
    make_path("$dir/db", "$dir/keys", "$dir/other", "$dir/hostile");
    $leat->write('other/data', "another application's");
    $leat->write('keys/secret', 'a secret of thirty-two bytes or more');
    $leat->write("hostile/$_", '') for qw(orders results);
    chmod 0600, "$dir/keys/secret";
    chmod 0777, $dir, "$dir/db";
    chmod 0666, glob "$dir/hostile/*";
    system 'chown', '-R', '65534:65534', $dir if $o{wrap};
    my $source = Leat::Test::source();
    compile('-shared', '-fPIC', '-O1', "-I$source", '-o', "$dir/hostile.so", "$source/t/harness/hostile.c", '-ldl');
    chmod 0755, "$dir/hostile.so";
    $leat->{wrap} = [@{$o{wrap} // []}, 'env', "LD_PRELOAD=$dir/hostile.so", "HOSTILE=$dir/hostile"];
    $leat->configure(($o{user} ? "user: $o{user}\n" : '') . ($o{config} // '') . <<"YAML");
listen: [{address: 127.0.0.1:$leat->{port}}, {address: unix:$dir/web.sock}]
database: {path: db/app.db, migrations: migrations, migrate: on-start}
secret: file:keys/secret
drain: {grace: 0s, timeout: 2s}
YAML
    $leat->start;
    return $leat;
}

sub descriptors { my ($leat) = @_; return scalar(() = glob "/proc/$leat->{pid}/fd/*") }
# Makes one of the workers attack; returns the outcomes by name. Its death may be the answer.
sub attack {
    my ($leat, $what, $argument) = @_;
    my ($worker, $other) = sort $leat->worker_pids;
    $order++;
    $argument //= '';
    $argument =~ s/OTHER/$other/g;
    open my $out, '+<', "$leat->{dir}/hostile/orders" or die "orders: $!";
    print {$out} "$order $worker $what $argument\n";
    truncate $out, tell $out;
    close $out;
    wait_for(30, sub { slurp("$leat->{dir}/hostile/results") =~ /^$order end /m || !kill 0, $worker });
    my %said = slurp("$leat->{dir}/hostile/results") =~ /^$order (\S+) (\S+)$/mg;
    return \%said;
}
# Tests that it serves with as many workers as before, and the same master.
sub recovers {
    my ($leat, $name, $before) = @_;
    my $ok = wait_for(40, sub {
        my @workers = $leat->worker_pids;
        my $r = $leat->post('/things', {name => $name});
        return @workers == 2 && $r && $r->{status} == 201;
    });
    ok($ok, "$name: two workers serve") or diag $leat->log;
    is($leat->ctl_json('status')->{pid}, $leat->{pid}, "$name: the master is the same");
    ok(wait_for(10, sub { descriptors($leat) == $before }), "$name: and has no descriptor more")
        or diag join "\n", map { readlink } glob "/proc/$leat->{pid}/fd/*";
}

# Returns what was not refused with one of the errors.
sub besides {
    my ($said, $errors) = @_;
    return join ' ', map { "$_=$said->{$_}" } grep { $said->{$_} !~ /^(?:$errors)$/ } sort keys %$said;
}

# The filter and Landlock refuse these; the worker goes on.
sub refuses {
    my ($leat, $name) = @_;
    my $dir = $leat->{dir};
    my $before = descriptors($leat);
    my @workers = sort $leat->worker_pids;

    my $said = attack($leat, 'processes', 'OTHER');
    is(besides($said, 'EPERM|ENOSYS'), 'end=OK', "$name: no process is signalled, traced or made");
    $said = attack($leat, 'calls');
    my @done = grep { /^call-/ && $said->{$_} !~ /^EPERM$|^ENOSYS$/ } sort keys %$said;
    is("@done", '', "$name: no call outside of the table");
    cmp_ok(scalar keys %$said, '>', 250, "$name: of all that there are");
    $said = attack($leat, 'arguments');
    is(besides($said, 'EPERM|EACCES'), 'end=OK', "$name: nor one of the table with other arguments");
    $said = attack($leat, 'thread');
    is("$said->{pthread_create} $said->{'thread-execve'}", 'OK EPERM', "$name: a thread can be made, and do no more");
    logged($leat, qr/error worker.*worker\.refused call=execve number=\d+: system call not allowed/,
        "$name: it is logged");

    my ($other) = grep { $_ != $workers[0] } @workers;
    my @closed = map { "r $_" } qw(/etc/shadow /etc/passwd / /tmp /home /root /var/log /usr/bin/env),
        qw(/proc/1/environ /dev/mem /dev/kmsg), $dir,
        map({ "$dir/$_" } qw(leat.yaml keys/secret other/data api.yaml log migrations/0001_a.up.sql)),
        map({ ("/proc/$leat->{pid}/$_", "/proc/$other/$_") } qw(environ mem maps cmdline fd));
    push @closed, map { "w $_" } "$dir/leat.yaml", "$dir/other/data", '/etc/passwd', '/usr/bin/env';
    push @closed, map { "m $_" } "$dir/made", '/tmp/leat-made', '/etc/cron.d/leat', "$dir/keys/made";
    push @closed, map { "u $_" } "$dir/leat.yaml", $leat->{socket}, "$dir/web.sock", "$dir/other/data";
    $said = attack($leat, 'files', join ';', @closed);
    is(besides($said, 'EACCES|ENOENT|EPERM'), 'end=OK', "$name: no file but its own");
    cmp_ok(scalar(grep { /^EACCES$/ } values %$said), '>', 20, "$name: for want of permission");
    $said = attack($leat, 'files',
        "r $dir/db/app.db;w $dir/db/app.db-wal;m $dir/db/temporary;u $dir/db/temporary;r /etc/hosts");
    is(join(' ', grep { $said->{$_} ne 'OK' } sort keys %$said), '', "$name: but those it needs");
    is_deeply([sort $leat->worker_pids], \@workers, "$name: all the while the same workers serve");
    recovers($leat, "$name, refused", $before);
}

# It can spoil these, which the master must stand; also without the sandbox.
sub stands {
    my ($leat, $name, $fill) = @_;
    my $before = descriptors($leat);
    my $said = attack($leat, 'shrink');
    my @resized = grep { /truncate|write/ && $said->{$_} eq 'OK' } sort keys %$said;
    is("@resized", '', "$name: no memory file changes its size") or diag explain $said;
    recovers($leat, "$name, shrink", $before);
    for my $row (map({ ['garbage', $_] } 1, 4, 1024, 4096), map({ ['flood', $_] } 1, 3, 77)) {
        my ($what, $argument) = @$row;
        sleep 1.1; # a worker that dies sooner is replaced later and later
        my $from = length $leat->log;
        attack($leat, $what, $argument);
        ok(wait_for(20, sub { substr($leat->log, $from) =~ /worker\.distrusted/ }),
            "$name: $what $argument is no message")
            or diag substr $leat->log, $from;
        recovers($leat, "$name, $what $argument", $before);
    }
    attack($leat, 'descriptors', $_) for 1, 2, 100;
    recovers($leat, "$name, descriptors", $before);
    my $from = length $leat->log;
    attack($leat, 'shut');
    ok(wait_for(20, sub { substr($leat->log, $from) =~ /listen\.shut address=127/ }),
        "$name: listeners that are shut down")
        or diag substr $leat->log, $from;
    recovers($leat, "$name, listeners", $before);
    my $web = wait_for(20, sub {
        my $socket = IO::Socket::UNIX->new(Peer => "$leat->{dir}/web.sock");
        my $r = $socket && $leat->get('/things', socket => $socket);
        return $r && $r->{status} == 200;
    });
    ok($web, "$name: the unix socket listens again too");
    $from = length $leat->log;
    attack($leat, 'scribble', $fill);
    ok(wait_for(40, sub { substr($leat->log, $from) =~ /shm\.renewed/ }),
        "$name: shared memory that is all $fill is made anew")
        or diag substr $leat->log, $from;
    recovers($leat, "$name, scribble", $before);
    is($leat->ctl($_)->{code}, 0, "$name: leatctl $_") for qw(workers operations requests limits metrics reload);
    is($leat->stop, 0, "$name: stop");
}

my @modes = $> ? (['as it is', 170]) : (
    ['root, workers are nobody', 255, user => 'nobody'],
    ['root, workers too', 0],
    ['nobody', '?', wrap => [qw(setpriv --reuid=65534 --regid=65534 --clear-groups --)]],
);
for my $mode (@modes) {
    my ($name, $fill, %o) = @$mode;
    subtest "$name: a worker can do nothing else, and what it spoils is made anew" => sub {
        my $leat = taken_over(%o);
        refuses($leat, $name);
        stands($leat, $name, $fill);
    };
}
subtest 'without the sandbox the master survives what a worker spoils' => sub {
    my $leat = taken_over($> ? () : (user => 'nobody'), config => "sandbox: false\n");
    stands($leat, 'sandbox: false', 85);
};
all_done;
