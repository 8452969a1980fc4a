# SPDX-License-Identifier: MIT
# The status and the metrics tell what a server holds now: queues, memory, the -wal, its own processes.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $object = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $leat = Leat::Test->new(migrations => {'0001_a.up.sql' => 'CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER);'},
    document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /add:
    post:
      operationId: add
      $object
      x-sql: {returns: one, sql: "INSERT INTO a (n) VALUES (1) RETURNING id"}
  /endless-write:
    post:
      operationId: write
      $object
      x-sql:
        returns: one
        sql: |
          INSERT INTO a (n) WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c
          RETURNING id
  /endless:
    get:
      operationId: endless
      $object
      x-sql:
        returns: one
        sql: WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c
API
$leat->configure("workers: 1\ntimeouts: {request: 15s}\ndatabase: {path: $leat->{dir}/app.db, batch: 1, "
    . "migrations: $leat->{folder}, migrate: on-start, readers: 1, read-budget: 1ms}\n");
$leat->start;

sub asking {
    my ($head) = @_;
    my $s = $leat->connect;
    syswrite $s, "$head HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    return $s;
}
sub waiting { return $leat->metric("leat_jobs_waiting{queue=\"$_[0]\"}") // 'none' }
sub status { return $leat->ctl_json('status') }

subtest 'jobs that wait for the writer are counted' => sub {
    is(waiting('writes'), 0, 'none waits');
    my @asked = map { asking('POST /endless-write') } 1 .. 4;
    becomes(sub { waiting('writes') }, 3, 'one runs, three wait');
    is(status()->{queues}{writes}, 3, 'the status has them');
    like($leat->ctl('status')->{out}, qr/^waiting\s+3 writes, 0 reads, 0 passwords$/m, 'leatctl prints them');
    ok(wait_for(60, sub { waiting('writes') eq '0' }), 'none in the end');
    done_testing;
};

subtest 'so are those that wait for a reader' => sub {
    my @asked = map { asking('GET /endless') } 1 .. 3;
    becomes(sub { waiting('reads') }, 2, 'one runs, two wait');
    close $_ for @asked;
    becomes(sub { waiting('reads') }, 0, 'none in the end');
    done_testing;
};

subtest 'the -wal has a size' => sub {
    is($leat->post('/add', {})->{status}, 200, 'a write');
    my $wal = -s "$leat->{dir}/app.db-wal";
    cmp_ok($wal, '>', 0, 'there is a -wal');
    becomes(sub { $leat->metric('leat_database_wal_bytes') }, $wal, 'the metric is its size');
    is(status()->{wal_bytes}, $wal, 'the status too');
    done_testing;
};

subtest 'each worker has its memory' => sub {
    my ($worker) = @{$leat->ctl_json('workers')};
    cmp_ok($worker->{memory}, '>', 100_000, 'the workers tell');
    my $metric = $leat->metric('leat_worker_memory_bytes{slot="0"}');
    cmp_ok($metric, '>', 100_000, 'the metric too');
    cmp_ok(status()->{memory}, '>', 100_000, 'the status has their sum');
    like($leat->ctl('workers')->{out}, qr/ MEM MiB\n.* \d+\.\d\n/s, 'leatctl prints it');
    done_testing;
};

subtest 'the standard metrics of processes' => sub {
    my %m = map { $_ => $leat->metric("process_$_") }
        qw(cpu_seconds_total resident_memory_bytes open_fds max_fds start_time_seconds);
    cmp_ok($m{resident_memory_bytes}, '>', 1_000_000, 'memory of master and workers');
    cmp_ok(abs($m{start_time_seconds} - time), '<', 300, 'the start');
    cmp_ok($m{open_fds}, '>', 5, 'open descriptors of the fullest worker');
    cmp_ok($m{open_fds}, '<', 100, 'which are few');
    cmp_ok($m{max_fds}, '>=', 256, 'of so many');
    my @held = map { $leat->connect } 1 .. 50;
    ok(wait_for(10, sub { $leat->metric('process_open_fds') >= $m{open_fds} + 50 }), 'connections are descriptors');
    my $busy = asking('GET /endless');
    ok(wait_for(20, sub { $leat->metric('process_cpu_seconds_total') > $m{cpu_seconds_total} + 0.5 }),
        'a worker that computes takes processor time');
    my $before = $leat->metric('process_cpu_seconds_total');
    kill KILL => $leat->worker_pids;
    my $replaced = sub { $leat->metric('leat_worker_deaths_total') == 1 && status()->{ready} == 1 };
    ok(wait_for(20, $replaced), 'it dies, and is replaced');
    cmp_ok($leat->metric('process_cpu_seconds_total'), '>=', $before, 'the time that it took stays counted');
    done_testing;
};

Leat::Test::all_done();
