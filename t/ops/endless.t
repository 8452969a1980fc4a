# SPDX-License-Identifier: MIT
# An endless statement is answered 504 at timeouts.request, all others are served meanwhile, and the
# thread that ran it is free again.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep time);

my $loop = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';
my %app = (migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER NOT NULL);\n"},
    document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: countRows
      responses: {"200": {description: ok, content: {application/json: {schema: {\$ref: "#/components/schemas/N"}}}}}
      x-sql: {returns: one, sql: "SELECT count(*) AS n FROM t"}
    post:
      operationId: addRow
      responses: {"201": {description: ok, content: {application/json: {schema: {\$ref: "#/components/schemas/N"}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v) VALUES (1) RETURNING id AS n"}
  /endless:
    get:
      operationId: readEndless
      responses: {"200": {description: ok, content: {application/json: {schema: {\$ref: "#/components/schemas/N"}}}}}
      x-sql: {returns: one, sql: "$loop SELECT count(*) AS n FROM c"}
    post:
      operationId: writeEndless
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: count, sql: "$loop INSERT INTO t (v) SELECT i FROM c"}
components: {schemas: {N: {type: object, required: [n], properties: {n: {type: integer}}}}}
API
my $config = "timeouts: {request: 2s}\nlimits: {in-flight: 100}\nwatchdog: 5s\n";
my $leat = Leat::Test->new(%app, workers => 1, config => $config)->start;
my ($worker) = $leat->worker_pids;

sub begin {
    my ($method) = @_;
    my $s = $leat->connect;
    syswrite $s, "$method /endless HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}
sub answer {
    my ($s) = @_;
    return Leat::Test::parse_answer(Leat::Test::read_all($s, 20, sub { Leat::Test::parse_answer($_[0]) })) // {};
}
sub running { return scalar grep { $_->{operation} =~ /Endless/ } @{$leat->ctl_json('requests')} }
sub ticks { my @f = split ' ', slurp("/proc/$worker/stat"); return $f[13] + $f[14] }

subtest 'answers 504 to more endless reads than there are threads, and serves others meanwhile' => sub {
    # As many as there are threads, and more.
    my @reads = map { begin('GET') } 1 .. 2;
    ok(wait_for(10, sub { running() == 2 }), 'two endless reads run');
    my $kept = $leat->connect;
    my $served = 0;
    my $during = 1;
    while ($during) {
        my $r = $leat->get('/rows', socket => $kept);
        my $w = $leat->post('/rows', {});
        $served++ if $r && $r->{status} == 200 && $w && $w->{status} == 201;
        $during = running() == 2;
    }
    cmp_ok($served, '>=', 3, "reads and writes of others are served meanwhile: $served") or diag $served;
    for my $s (@reads) {
        my $r = answer($s);
        is("$r->{status} $r->{json}{title}", '504 Gateway Timeout', 'an endless read: 504');
        like($r->{headers}{'content-type'}, qr/problem\+json/, 'as any error');
        unlike($r->{body}, qr/RECURSIVE|interrupt/, 'that tells nothing of the statement');
    }
    my @wave = map { begin('GET') } 1 .. 8;
    my %wave;
    $wave{answer($_)->{status}}++ for @wave;
    ok(($wave{504} // 0) >= 2, 'more than there are threads: 504 for what was begun');
    is($wave{504} + ($wave{503} // 0), 8, 'and 503 for what could not be begun in time');
    is(($leat->get('/rows') // {})->{status}, 200, 'reads go on');
    done_testing;
};

subtest 'gives the writer back after an endless write, and keeps nothing of it' => sub {
    my $before = $leat->get('/rows')->{json}{n};
    my $write = begin('POST');
    ok(wait_for(10, sub { running() == 1 }), 'an endless write runs');
    is(($leat->get('/rows') // {})->{json}{n}, $before, 'reads go on meanwhile');
    is(answer($write)->{status}, 504, 'an endless write: 504');
    is(($leat->post('/rows', {}) // {})->{status}, 201, 'the writer is free again');
    is($leat->get('/rows')->{json}{n}, $before + 1, 'nothing of the endless one was kept');
    done_testing;
};

subtest 'answers a write behind an endless one' => sub {
    my $behind = begin('POST');
    ok(wait_for(10, sub { running() == 1 }), 'another one');
    my $queued = $leat->post('/rows', {}, seconds => 20);
    like($queued->{status}, qr/^(?:201|503|504)$/, "a write behind it gets an answer: $queued->{status}");
    is(answer($behind)->{status}, 504, 'and so does the endless one');
    done_testing;
};

subtest 'computes nothing in the background after the interrupt' => sub {
    my $used = ticks();
    sleep 1;
    cmp_ok(ticks() - $used, '<', 30, 'no thread goes on with it');
    is(running(), 0, 'nothing runs any more');
    is(($leat->worker_pids)[0], $worker, 'the same worker');
    unlike($leat->log, qr/worker\.(?:stuck|died)/, 'was never in danger');
    done_testing;
};

subtest 'stops without waiting for a statement' => sub {
    my $patient = Leat::Test->new(%app, workers => 1,
        config => "timeouts: {request: 1h}\ndrain: {timeout: 1s}\n")->start;
    my $hang = $patient->connect;
    syswrite $hang, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n";
    my $reads = sub { grep { $_->{operation} eq 'readEndless' } @{$patient->ctl_json('requests')} };
    ok(wait_for(10, $reads), 'a statement that may take an hour');
    is($patient->stop, 0, 'a stop ends it at drain.timeout');
    logged($patient, qr/db\.failed operation=readEndless error=DRAINING/, 'which the log tells');
    unlike($patient->log, qr/generation\.killed|worker\.stuck/, 'without violence');
    done_testing;
};

all_done;
