# SPDX-License-Identifier: MIT
# leatctl reports what becomes of commands on accounts that wait, end early or print much, and a
# process list shows no secret.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use POSIX ();
use Test::More;

my $leat = Leat::Test->new(document => slurp(Leat::Test::source() . '/conf/auth.yaml'), workers => 1,
    migrations => {'0001_x.up.sql' => 'CREATE TABLE x (a INTEGER) STRICT;'},
    config => "rate-limits: {login: {rate: 10000/min}}\n")->start;
my $database = "$leat->{dir}/app.db";
sub sql { return run_command('sqlite3', '-cmd', '.timeout 5000', $database, $_[0]) }
sub tool {
    for my $path (glob '/proc/[0-9]*') {
        my ($parent) = slurp("$path/status") =~ /^PPid:\s+(\d+)/m;
        return $path if ($parent // 0) == $leat->{pid} && slurp("$path/cmdline") =~ /\0--admin\0/;
    }
    return;
}

subtest 'prints as many events as were asked for, or says that they are too many' => sub {
    my $rows = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 12000)';
    is(sql("$rows INSERT INTO _leat_audit (at, event, actor, detail)"
        . " SELECT '2026-01-01T00:00:00.000Z', 'login.failed', 'somebody', i FROM c")->{code}, 0, 'many events');
    my $r = $leat->ctl(qw(--json audit --limit 10000));
    is(scalar @{(eval { decode_json($r->{out}) }) // []}, 10000, 'all that were asked for');
    is(sql("UPDATE _leat_audit SET detail = printf('%.1000c', 'x')")->{code}, 0, 'long ones');
    $r = $leat->ctl(qw(--json audit --limit 10000));
    is("$r->{code} $r->{out}", qq(1 {"ok":false,"text":"the result is too long; reduce it with --limit\\n"}\n),
        'past a bound it says so');
    done_testing;
};

subtest 'refuses limits out of range' => sub {
    is($leat->ctl(qw(audit --limit), $_)->{code}, 1, "not $_ of them") for 0, 10001;
    is($leat->ctl(qw(audit --limit), $_)->{code}, 2, "nor '$_'") for '10x', '';
    done_testing;
};

my ($held, $secret, $client, $tool);
subtest 'shows no secret of a command that waits for the database' => sub {
    my $holder = open $held, '|-', 'sqlite3', $database or die "sqlite3: $!";
    $held->autoflush(1);
    print {$held} "BEGIN IMMEDIATE;\n.shell touch $leat->{dir}/held\n";
    ok(wait_for(10, sub { -e "$leat->{dir}/held" }), 'somebody holds the database');
    $secret = 'a secret that nobody sees';
    $leat->write('input', "$secret\n");
    $client = fork // die "fork: $!";
    if (!$client) {
        my $ctl = Leat::Test::build() . "/leatctl --socket $leat->{socket}";
        my $said = run_command('sh', '-c', "exec $ctl user create ann\@example.org <$leat->{dir}/input");
        spew("$leat->{dir}/said", "$said->{code} $said->{out}$said->{err}");
        POSIX::_exit(0);
    }
    $tool = wait_for(10, \&tool);
    ok($tool, 'a command waits for it') or BAIL_OUT('no command');
    my $shown = join '', map { slurp($_) } glob '/proc/[0-9]*/cmdline /proc/[0-9]*/environ';
    ok(index($shown, '--admin') >= 0, 'processes are shown');
    ok(index($shown, $secret) < 0,
        'no secret among arguments and environments'); # never printed: it is of all processes
    done_testing;
};

subtest 'answers others meanwhile, and tells a waiting client of a stop' => sub {
    is($leat->get('/healthz')->{status}, 200, 'others are answered');
    is($leat->ctl('status')->{code}, 0, 'other commands too');
    is($leat->stop, 0, 'leat stops all the same');
    waitpid $client, 0;
    is(slurp("$leat->{dir}/said"), "1 the command was stopped before it finished; check whether it took effect\n",
        'and the client is told');
    ok(!-e $tool || slurp("$tool/cmdline") !~ /--admin/, 'nothing runs on');
    close $held;
    unlike($leat->log, qr/\Q$secret\E/, 'the log has no secret');
    done_testing;
};

all_done;
