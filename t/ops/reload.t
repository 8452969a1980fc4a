# SPDX-License-Identifier: MIT
# A reload is a transaction: it succeeds as a whole, or nothing changes and the caller is told why.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my %app = (document => <<'API', migrations => {'0001_a.up.sql' => (my $migration = <<'SQL')});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /v:
    get:
      operationId: getV
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, required: [v], properties: {v: {type: string}}}}}
      x-sql: {returns: one, sql: "SELECT 'one' AS v"}
API
CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
-- So that a check takes a moment.
CREATE TABLE slow AS
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000000) SELECT count(*) AS n FROM c;
SQL
my $leat = Leat::Test->new(%app)->start;
my @pids = sort $leat->worker_pids;

# Tests a reload that must fail and leave the same processes serving.
sub refused {
    my ($name, $pattern) = @_;
    my $r = $leat->ctl('reload');
    is($r->{code}, 1, "$name: exit 1");
    like($r->{err}, $pattern, "$name: says why");
    is_deeply([sort $leat->worker_pids], \@pids, "$name: the same workers serve");
    is($leat->get('/v')->{json}{v}, 'one', "$name: the same answer");
    my $status = $leat->ctl_json('status');
    ok(!$status->{reload}{ok} && $status->{reload}{text} =~ $pattern, "$name: the status tells");
}
my $good = $app{document};

subtest 'changes nothing where it fails, and says why' => sub {
    is(scalar @pids, 2, 'two workers');
    $leat->configure("wrokers: 3\n");
    refused('a broken configuration', qr{leat\.yaml:1:1: wrokers: unknown key});
    unlink "$leat->{dir}/leat.yaml";
    refused('a missing configuration', qr{leat\.yaml: cannot be read});
    $leat->configure('');
    $leat->write('api.yaml', $good =~ s/'one' AS v/w FROM t/r);
    refused('SQL that does not prepare', qr{api\.yaml:11:\d+: getV: no such column: w});
    $leat->write('api.yaml', $good . "  - nonsense\n");
    refused('a broken document', qr{api\.yaml:\d+:\d+: not valid YAML});
    unlink "$leat->{dir}/api.yaml";
    refused('a missing document', qr{api\.yaml: cannot be read});
    $leat->write('api.yaml', $good);
    $leat->write('migrations/0002_b.up.sql', 'CREATE TABLE u (id INTEGER PRIMARY KEY);');
    refused('a pending migration', qr{1 migrations are pending});
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
    $leat->write('migrations/0001_a.up.sql', $migration =~ s/v TEXT/v TEXT, w TEXT/r);
    refused('an edited migration', qr{0001_a\.up\.sql: was changed after it was applied});
    $leat->write('migrations/0001_a.up.sql', $migration =~ s/\n/\r\n/gr); # line ends do not count
    my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    $leat->configure("listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:" . $taken->sockport . "}]\n");
    refused('a port that is taken', qr{listening on 127\.0\.0\.1:\d+: Address already in use});
    $leat->configure("secret: env:NO_SUCH_VARIABLE\n");
    refused('a secret that is not there', qr{secret: the environment variable NO_SUCH_VARIABLE is not set});
    done_testing;
};

subtest 'runs the old release in a worker that is respawned' => sub {
    # The files are half edited meanwhile.
    $leat->configure("wrokers: 3\n");
    $leat->write('api.yaml', 'garbage');
    kill KILL => $pids[0];
    ok(wait_for(10, sub { my @now = sort $leat->worker_pids; @now == 2 && "@now" ne "@pids" }),
        'a killed worker is replaced');
    is($leat->get('/v')->{json}{v}, 'one', 'and runs what its generation runs') for 1 .. 4;
    $leat->configure('');
    $leat->write('api.yaml', $good);
    done_testing;
};

subtest 'replaces all workers by those of the new release' => sub {
    $leat->write('api.yaml', $good =~ s/'one'/'two'/r);
    is($leat->get('/v')->{json}{v}, 'one', 'nothing changes before the reload');
    my $r = $leat->ctl('reload');
    is($r->{code}, 0, 'a good reload: exit 0');
    like($r->{out}, qr/^generation \d+ is serving with 2 workers$/m, 'and says so');
    is($leat->get('/v')->{json}{v}, 'two', 'the new answer') for 1 .. 4;
    my %new = map { $_ => 1 } $leat->worker_pids;
    ok(!$new{$pids[1]}, 'by new workers');
    ok(wait_for(15, sub { !kill 0, $pids[1] }), 'the old ones are gone');
    done_testing;
};

subtest 'opens and closes listeners with the configuration' => sub {
    my $other = Leat::Test::free_port();
    $leat->configure(<<"YAML");
listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:$other}, {address: unix:extra.sock, mode: 0600}]
workers: 3
YAML
    is($leat->ctl('reload')->{code}, 0, 'with more listeners and workers');
    my $tcp = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $other);
    is($leat->get('/v', socket => $tcp)->{json}{v}, 'two', 'the new port answers');
    my $unix = IO::Socket::UNIX->new(Peer => "$leat->{dir}/extra.sock");
    is($leat->get('/v', socket => $unix)->{json}{v}, 'two', 'the unix socket answers');
    is(sprintf('%o', (stat "$leat->{dir}/extra.sock")[2] & 07777), '600', 'with its permissions');
    $leat->configure('');
    is($leat->ctl('reload')->{code}, 0, 'and fewer again');
    ok(wait_for(15, sub { !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $other) }), 'the port is closed');
    ok(!-e "$leat->{dir}/extra.sock", 'the socket file is gone');
    done_testing;
};

subtest 'reports a key that only a restart can change' => sub {
    $leat->configure("control: {socket: $leat->{socket}, mode: 0660}\n");
    my $r = $leat->ctl('reload');
    is($r->{code}, 0, 'a key that needs a restart');
    like($r->{out}, qr/^restart      control\.mode differs from the value in force$/m, 'is reported');
    is(sprintf('%o', (stat $leat->{socket})[2] & 07777), '600', 'and left as it is');
    $leat->configure('');
    unlike($leat->ctl('reload')->{out}, qr/restart/, 'and not once it is as it was');
    done_testing;
};

subtest 'makes one more reload of several HUPs during a reload' => sub {
    my $generation = $leat->ctl_json('status')->{generation};
    $leat->signal('HUP');
    sleep 0.02;
    for (1 .. 5) { $leat->signal('HUP'); sleep 0.005 }
    my $is_done = sub {
        my $s = $leat->ctl_json('status');
        return $s->{generation} == $generation + 2 && $s->{reload}{state} eq 'idle';
    };
    ok(wait_for(20, $is_done), 'HUPs during a reload are one more') or diag explain $leat->ctl_json('status');
    sleep 0.5;
    is($leat->ctl_json('status')->{generation}, $generation + 2, 'and no third');
    done_testing;
};

subtest 'answers several callers at once' => sub {
    my @children = map { my $pid = fork; if (!$pid) { POSIX::_exit($leat->ctl('reload')->{code}) } $pid } 1 .. 4;
    my $failures = 0;
    for (@children) { waitpid $_, 0; $failures++ if $? }
    is($failures, 0, 'four callers, four answers');
    done_testing;
};

subtest 'shows the release with its configuration and sources' => sub {
    my $release = $leat->ctl_json('release');
    is($release->{config}{workers}, 2, 'the release has the configuration');
    is($release->{config}{timeouts}{head}, 10000, 'with defaults');
    like($release->{sources}{'api[0].document'}, qr{leat\.yaml:\d+:\d+}, 'and where each value stood');
    like($release->{hash}, qr/^sha256:[0-9a-f]{64}$/, 'and its hash');
    done_testing;
};

subtest 'stops during a reload, and during the first start' => sub {
    $leat->signal('HUP');
    sleep 0.05;
    is($leat->ctl_json('status')->{reload}{state}, 'checking', 'in the middle of a reload');
    is($leat->stop, 0, 'a stop is a stop');
    my $young = Leat::Test->new(%app);
    $young->launch;
    my $is_checking = sub { slurp("/proc/$young->{pid}/task/$young->{pid}/children") =~ /\d/ };
    ok(wait_for(10, $is_checking), 'in the middle of the first check');
    $young->signal('TERM');
    is($young->wait_exit, 0, 'a stop during the first start too');
    done_testing;
};

all_done;
