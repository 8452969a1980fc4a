# SPDX-License-Identifier: MIT
# leatctl database tells the sizes of the files, what reads and writes the database, how writes share commits, and which
# operations hold the writer; the metrics have the same figures.
use strict;
use warnings;
use IPC::Open2;
use Leat::Test;
use Test::More;

my $object = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $leat = Leat::Test->new(workers => 2,
    migrations => {'0001_a.up.sql' => 'CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER);'}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /add:
    post:
      operationId: add
      $object
      x-sql: {returns: one, sql: "INSERT INTO a (n) VALUES (1) RETURNING id"}
  /heavy:
    post:
      operationId: heavy
      $object
      x-sql:
        returns: one
        sql: |
          INSERT INTO a (n) WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300000)
          SELECT count(*) FROM c RETURNING id
  /endless:
    get:
      operationId: endless
      x-allow-scan: true
      $object
      x-sql:
        returns: one
        sql: |
          WITH RECURSIVE c (i) AS (SELECT count(*) FROM a UNION ALL SELECT i + 1 FROM c WHERE i < 100000000000)
          SELECT max(i) AS n FROM c
API
$leat->configure("workers: 2\ntimeouts: {request: 300s}\ndrain: {timeout: 1s}\ndatabase: {path: $leat->{dir}/app.db, "
    . "migrations: $leat->{folder}, migrate: on-start, wal-limit: 64MiB}\n");
$leat->start;

sub database { return $leat->ctl_json('database') }
sub metric { return $leat->metric($_[0]) // 'none' }
sub size { return -s "$leat->{dir}/$_[0]" }

# Begins a request and does not wait for its answer.
sub begin {
    my ($head) = @_;
    my $socket = $leat->connect;
    syswrite $socket, "$head HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    return $socket;
}

subtest 'the sizes are those of the files' => sub {
    is($leat->post('/add', undef)->{status}, 200, 'a row is written') for 1 .. 3;
    Leat::Test::becomes(sub { database()->{bytes} }, size('app.db'), 'of the database');
    Leat::Test::becomes(sub { database()->{wal}{bytes} }, size('app.db-wal'), 'of the -wal');
    is(database()->{wal}{limit}, 64 << 20, 'and its limit');
    Leat::Test::becomes(sub { metric('leat_database_bytes') }, size('app.db'), 'the metric too');
};

subtest 'what is written and not copied is pending' => sub {
    my $before = database()->{wal}{pending_bytes};
    cmp_ok($before, '>', 0, 'there is something');
    $leat->post('/add', undef);
    my $after = database()->{wal}{pending_bytes};
    cmp_ok($after, '>', $before, 'each commit adds to it');
    is(metric('leat_database_wal_pending_bytes'), $after, 'the metric too');
};

subtest 'reads on threads are counted, and the oldest has an age' => sub {
    my $r = database()->{reads};
    is_deeply([@$r{qw(running oldest_ms cut foreign_pid)}], [0, undef, 0, undef], 'none runs');
    my @sockets = map { begin('GET /endless') } 1 .. 2;
    Leat::Test::becomes(sub { database()->{reads}{running} }, 2, 'two run');
    like(database()->{reads}{oldest_ms} // 'none', qr/^\d+$/, 'the oldest began some time ago');
    is(metric('leat_database_reads_running'), 2, 'the metric counts them');
    ok(wait_for(30, sub { metric('leat_database_oldest_read_seconds') > 0 }), 'and has the age');
    close $_ for @sockets;
};

subtest 'writes that share a commit are a batch' => sub {
    my $commits = sub { my $n = 0; $n += $_->{commits} for @{database()->{writer}{batches}}; return $n };
    is_deeply([map { $_->{up_to} } @{database()->{writer}{batches}}], [1], 'one at a time so far');
    cmp_ok(database()->{writer}{batch_mean}, '==', 1, 'so the mean is 1');
    my $before = $commits->();
    my $pid = open2(my $out, my $in, 'sqlite3', "$leat->{dir}/app.db");
    syswrite $in, "BEGIN EXCLUSIVE;\nSELECT 'locked';\n";
    like(scalar <$out>, qr/locked/, 'another program holds the lock');
    my $writes  = metric('leat_database_writes_total');
    my @sockets = map { begin('POST /add') } 1 .. 30;
    ok(wait_for(30, sub { metric('leat_database_writes_total') == $writes + 30 }), 'writes wait');
    close $in;
    waitpid $pid, 0;
    my @status = map { Leat::Test::parse_answer(Leat::Test::read_all($_, 60))->{status} } @sockets;
    is_deeply([grep { $_ != 200 } @status], [], 'all are written');
    ok((grep { $_->{up_to} > 1 } @{database()->{writer}{batches}}), 'some together');
    cmp_ok($commits->() - $before, '<', 30, 'so there are fewer commits than writes');
    is(metric('leat_database_batch_size_count'), $commits->(), 'the histogram counts commits');
    is(metric('leat_database_batch_size_sum'), $writes + 30, 'and their writes');
};

subtest 'the operation that holds the writer the longest is first' => sub {
    is($leat->post('/heavy', undef)->{status}, 200, 'a heavy write') for 1 .. 5;
    my ($first, @others) = @{database()->{operations}};
    is_deeply([@$first{qw(operation method route writes)}], ['heavy', 'POST', '/heavy', 5], 'the heavy one');
    my ($add) = grep { $_->{operation} eq 'add' } @others;
    ok($add, 'then the light one');
    cmp_ok($add->{held_ms}, '<=', $first->{held_ms}, 'which held it for less');
    cmp_ok(metric('leat_writer_held_seconds_total{method="POST",route="/heavy"}'), '>', 0, 'the metric has it');
    my $writer = database()->{writer};
    is_deeply([@$writer{qw(pid held_ms waiting queue)}], [undef, undef, 0, 0], 'nobody holds it now');
    cmp_ok($writer->{held_total_ms}, '>=', $first->{held_ms}, 'all together held it longer');
};

subtest 'the holder of the writer is shown' => sub {
    my @sockets = map { begin('POST /heavy') } 1 .. 4;
    my %worker = map { $_ => 1 } $leat->worker_pids;
    my $seen;
    my $holds = sub {
        push @sockets, begin('POST /heavy') if @sockets < 40;
        $seen = database()->{writer};
        return $seen->{pid};
    };
    ok(wait_for(60, $holds), 'somebody holds it') && ok($worker{$seen->{pid}}, 'a worker');
    Leat::Test::read_all($_, 120) for @sockets;
};

subtest 'leatctl prints it for people, too' => sub {
    my $r = $leat->ctl('database');
    is($r->{code}, 0, 'no error');
    like($r->{out}, qr/^database +[\d.]+ MiB; -wal [\d.]+ MiB of 64\.0 MiB/m, 'the sizes');
    like($r->{out}, qr/^POST +\/heavy /m, 'the operations');
    is((grep { length > 80 } split /\n/, $r->{out})[0], undef, 'within 80 columns');
};

all_done();
