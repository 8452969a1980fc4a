# SPDX-License-Identifier: MIT
# A drain loses nothing that was begun: load balancers are told at once, requests that were sent are
# answered, connections end, and what remains at drain.timeout is cut and named, whatever the client does.
use strict;
use warnings;
use JSON::PP;
use Leat::BadDisk;
use Leat::Client;
use Leat::Program;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $answers_n = '{application/json: {schema: {type: object, properties: {n: {type: integer}}}}}';
my $endless = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :n)';
my %migrations = ('0001_t.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\n");
my %app = (migrations => \%migrations, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /slow:
    get:
      operationId: slow
      parameters: [{name: n, in: query, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: $answers_n}}
      x-sql: {returns: one, sql: "$endless SELECT count(*) AS n FROM c"}
  /big:
    get:
      operationId: big
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {v: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT hex(zeroblob(8000000)) AS v"}
  /t:
    post:
      operationId: add
      requestBody: {content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: string}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object,
        properties: {id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v) VALUES (:v) RETURNING id"}
API
sub fresh { my ($config, %o) = @_; return Leat::Test->new(%app, config => $config, %o)->start }
# Returns whether the server ends the connection in that time.
sub is_ended {
    my ($socket, $seconds) = @_;
    return scalar wait_for($seconds, sub { is_readable($socket) && !sysread $socket, my $text, 65536 });
}
sub phases { my ($leat) = @_; return join ' ', sort map { $_->{phase} } @{$leat->ctl_json('requests')} }
sub running { my ($leat) = @_; return scalar @{$leat->ctl_json('requests')} }
# Starts to send a request that the server waits for.
sub begin { my ($leat, $bytes) = @_; my $s = $leat->connect; syswrite $s, $bytes; return $s }
my $half_body = "POST /t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n";
my $slow_for_ever = "GET /slow?n=1000000000000 HTTP/1.1\r\nHost: a\r\n";
# Finds how far /slow must count to take that long: machines and sanitizers differ by a factor of a
# hundred.
sub slow_for {
    my ($leat, $seconds) = @_;
    my ($n, $best) = (100_000);
    for (1 .. 3) {
        my $began = monotonic();
        $leat->get("/slow?n=$n");
        my $took = monotonic() - $began;
        $best = $took if !$best || $took < $best;
    }
    return int $n * $seconds / $best;
}
# Asks for megabytes and reads none of them.
sub slow_reader {
    my ($leat) = @_;
    my $s = narrow($leat->{port});
    syswrite $s, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}

subtest 'during notice and grace all that was begun is answered, and then every connection ends' => sub {
    my $leat = fresh("workers: 1\ndrain: {notice: 2s, grace: 1s, timeout: 1h}\ntimeouts: {request: 1h}\n");
    my $n = slow_for($leat, 12);
    my ($kept, $idle, $monitor) = map { $leat->connect } 1 .. 3;
    for my $s ($kept, $idle, $monitor) {
        is($leat->get('/healthz', socket => $s)->{headers}{connection} // 'keep-alive', 'keep-alive',
            'a kept connection');
    }
    is($leat->get('/readyz', socket => $monitor)->{status}, 200, 'ready before');
    my $half = begin($leat, $half_body);
    my $slow = begin($leat, "GET /slow?n=$n HTTP/1.1\r\nHost: a\r\n\r\n");
    ok(wait_for(10, sub { running($leat) == 2 }), 'two requests run');
    is($leat->ctl('drain', '--why')->{out} =~ tr/\n//, 1, 'drain --why has nothing to list yet');
    ok(kill(0, $leat->{pid}), 'and changes nothing');
    my $waiter = background(sub {
        my $r = $leat->ctl('drain');
        spew("$leat->{dir}/drain", "$r->{code} $r->{out}$r->{err}");
    });
    ok(wait_for(10, sub { $leat->log =~ /master\.stopping/ }), 'leatctl drain begins it');
    my $r = $leat->get('/readyz');
    is($r->{status}, 503, 'readiness is 503 at once, on a new connection');
    is($leat->get('/readyz', socket => $monitor)->{status}, 503, 'and on a kept one');
    like($r->{headers}{'content-type'}, qr{problem\+json}, 'as problem details');
    $r = $leat->get('/slow?n=1', socket => $kept);
    is("$r->{status} " . ($r->{headers}{connection} // 'keep-alive'), '200 keep-alive',
        'during the notice all goes on');
    ok(wait_for(10, sub { $leat->log =~ /worker\.draining/ }), 'the worker knows');
    my $status = $leat->ctl_json('status');
    is("$status->{state} $status->{retiring}", 'stopping 1', 'the status tells');
    my ($listed, $why) = map { join "\n", sort map { "$_->{operation} $_->{phase} $_->{client}" } @$_ }
        $leat->ctl_json('requests'), decode_json($leat->ctl('--json', 'drain', '--why')->{out});
    is($why, $listed, 'drain --why lists what runs');
    like($leat->ctl('drain', '--why')->{out}, qr/\d\.\ds handle +slow +127\.0\.0\.1/, 'operation, age, client');
    is($leat->ctl('reload')->{err}, "leat is stopping\n", 'a reload is refused');
    is($leat->ctl('upgrade')->{code}, 1, 'an upgrade too');
    is($leat->ctl('drain')->{code}, 1, 'and a second drain');
    ok(wait_for(10, sub {
        my $c = $leat->get('/healthz');
        return !$c || !$c->{status} || $c->{headers}{connection} eq 'close';
    }), 'after the notice nothing is kept') or diag $leat->log;
    $r = $leat->get('/slow?n=1', socket => $kept);
    is(($r->{status} // 'none') . ' ' . ($r->{headers}{connection} // 'keep-alive'), '200 close',
        'the next answer closes');
    ok(is_ended($kept, 5), 'and does it');
    ok(is_ended($idle, 10), 'idle connections end');
    syswrite $half, '{"v":"end"}';
    $r = answer($half);
    is("$r->{status} $r->{headers}{connection}", '201 close', 'a request that was begun is answered');
    $r = answer($slow, 300);
    is($r->{status}, 200, 'a slow one too');
    is($leat->wait_exit(300), 0, 'exit 0');
    waitpid $waiter, 0;
    is(slurp("$leat->{dir}/drain"), "0 drained; 0 connections were cut\n", 'leatctl drain waited, and tells');
    unlike($leat->log, qr/request\.cut|generation\.killed/, 'nothing was cut');
};

subtest 'what is left at drain.timeout is ended or cut, and named' => sub {
    my $cut = fresh(<<'CONFIG');
workers: 1
drain: {grace: 0s, timeout: 1500ms}
timeouts: {head: 1h, body: 1h, request: 1h, write: 1h}
CONFIG
    my $head = begin($cut, "GET /slow?n=1 HTTP/1.1\r\nHost:");
    my $body = begin($cut, $half_body =~ s/11/100/r . '{');
    my $reader = slow_reader($cut);
    my $statement = begin($cut, "${slow_for_ever}X-Request-Id: the-slow-one\r\n\r\n");
    ok(wait_for(20, sub { running($cut) == 4 }), 'half a head, half a body, a slow reader, an endless statement');
    is(phases($cut), 'body handle head write', 'in their phases') or diag explain $cut->ctl_json('requests');
    my $pid = background(sub {
        my $r = $cut->ctl('drain');
        spew("$cut->{dir}/drain", "$r->{code} $r->{out}$r->{err}");
    });
    ok(wait_for(10, sub { $cut->log =~ /master\.stopping/ }), 'a drain');
    my $why = $cut->ctl('--json', 'drain', '--why')->{out};
    is(scalar(@{decode_json($why)}), 4, 'drain --why lists all four') or diag $why;
    # The client keeps sending drops, and is cut all the same.
    background(sub {
        for (1 .. 100) { syswrite $head, ' ' or last; syswrite $body, ' ' or last; sleep 0.1 }
    });
    is($cut->wait_exit(30), 0, 'it ends in time');
    waitpid $pid, 0;
    like(slurp("$cut->{dir}/drain"), qr/^0 drained; 3 connections were cut$/, 'and says how many were cut')
        or diag $cut->log;
    for my $row (['head', '-', 'half a head'], ['body', 'add', 'half a body'], ['write', 'big', 'the slow reader'])
    {
        my ($phase, $operation, $name) = @$row;
        logged($cut, qr/request\.cut phase=$phase operation=$operation ms=[1-9]\d+ client=127\.0\.0\.1/,
            "named: $name");
    }
    logged($cut, qr/db\.failed operation=slow error=DRAINING .*the-slow-one/, 'and the statement that was ended');
    unlike($cut->log, qr/generation\.killed/, 'no worker had to be killed');
    is(answer($statement)->{status}, 503, 'who waits for a statement is told');
    ok(is_ended($_, 5), 'its connection ended') for $head, $body, $statement;
};

# Begins POSTs, each on a connection of its own.
sub begin_writes {
    my ($leat, $count) = @_;
    return map { begin($leat, $half_body . '{"v":"end"}') } 1 .. $count;
}

subtest 'whose write was committed is told so, and whose was not, that' => sub {
    plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();
    my $late = Leat::Test->new(%app, config => "workers: 1\ndrain: {grace: 0s, timeout: 1s}\nwatchdog: 1h\n");
    my $disk = bad_disk($late);
    $late->start;
    my ($pid) = $late->worker_pids;
    $disk->('h');
    my @first = begin_writes($late, 3);
    ok(wait_for(20, sub { phases($late) eq 'handle handle handle' }), 'three writes whose disk hangs');
    kill TERM => $late->{pid};
    logged($late, qr/worker\.draining/, 'a drain');
    sleep 1.5;
    $disk->('-');
    my %got;
    $got{(answer($_) // {status => 'nothing'})->{status}}++ for @first;
    is($late->wait_exit(60), 0, 'exit 0');
    is($got{nothing}, undef, 'each is answered') or diag explain \%got, $late->log;
    is(scalar Leat::Test::run_command('sqlite3', "$late->{dir}/app.db", 'SELECT count(*) FROM t')->{out},
        ($got{201} // 0) . "\n", 'and as many rows are there as were told');
};

subtest 'a second TERM ends a drain at once' => sub {
    my $twice = fresh("drain: {timeout: 1h}\n");
    my $hang = begin($twice, "GET /slow?n=1 HTTP/1.1\r\n");
    ok(wait_for(10, sub { running($twice) == 1 }), 'half a request');
    $twice->signal('TERM');
    ok(wait_for(10, sub { $twice->log =~ /master\.stopping/ }), 'TERM');
    sleep 0.3;
    ok(kill(0, $twice->{pid}), 'waits');
    $twice->signal('TERM');
    is($twice->wait_exit(10), 0, 'a second TERM ends it at once');
};

my $slow_check = <<'SQL';
-- So that a check takes a moment.
CREATE TABLE slow AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000000)
    SELECT count(*) AS n FROM c;
SQL
my %slow_app = (%app, migrations => {%{$app{migrations}}, '0002_slow.up.sql' => $slow_check});

subtest 'a drain during a reload ends it, and the reloads that run and wait are told' => sub {
    my $during = Leat::Test->new(%slow_app)->start;
    my $reloader = background(sub {
        my $r = $during->ctl('reload');
        spew("$during->{dir}/reload", "$r->{code} $r->{err}");
    });
    ok(wait_for(10, sub { $during->ctl_json('status')->{reload}{state} eq 'checking' }), 'in the middle of a reload');
    my $queued = background(sub {
        my $r = $during->ctl('reload', '--dry-run');
        spew("$during->{dir}/queued", "$r->{code} $r->{err}");
    });
    ok(wait_for(10, sub { $during->log =~ /reload\.queued/ }), 'and another waits');
    my $r = $during->ctl('drain');
    is("$r->{code} $r->{out}", "0 drained; 0 connections were cut\n", 'a drain is a drain');
    is($during->wait_exit, 0, 'exit 0');
    waitpid $_, 0 for $reloader, $queued;
    like(slurp("$during->{dir}/reload"), qr/^1 stopped$/m, 'the reload is told');
    like(slurp("$during->{dir}/queued"), qr/^1 leat is stopping$/m, 'and the one that waited');
};

subtest 'a drain during the first start ends it well' => sub {
    # The control socket answers as soon as the first check is over, while workers take their time.
    my $young = Leat::Test->new(%slow_app);
    $young->launch;
    my $r;
    wait_for(60, sub {
        $r = $young->ctl('drain') if -S $young->{socket};
        return $r && $r->{code} != 3 || $young->log =~ /master\.ready/;
    });
    is(($r // {code => 'none'})->{code}, 0, 'a drain during the first start') or diag $young->log;
    is($young->wait_exit, 0, 'exit 0');
};

subtest 'a reload that is requested during a first start that fails is answered' => sub {
    my $doomed = Leat::Test->new(%slow_app, config => "timeouts: {start: 2s}\n");
    my $worker = Leat::Test::build() . '/leat-worker';
    $doomed->write('hangs.c', <<"C");
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    return argc > 1 && !strcmp(argv[1], "--slot") ? pause() : execv("$worker", argv);
}
C
    compile('-o', "$doomed->{dir}/leat-worker", "$doomed->{dir}/hangs.c");
    system 'cp', Leat::Test::build() . '/leat', $doomed->{dir};
    $doomed->{program} = "$doomed->{dir}/leat";
    $doomed->launch;
    ok(wait_for(20, sub { -S $doomed->{socket} && $doomed->ctl('status')->{code} == 0 }),
        'a first start whose workers hang');
    my $r = $doomed->ctl('reload');
    is($r->{code}, 1, 'a reload meanwhile is answered when the start fails') or diag explain $r;
    is($doomed->wait_exit, 1, 'exit 1');
    logged($doomed, qr/not ready within timeouts\.start/, 'with the reason');
};

subtest 'an old generation never outlives its deadline' => sub {
    my $old = fresh(<<'CONFIG');
workers: 1
drain: {grace: 0s, timeout: 1s}
timeouts: {head: 1h, body: 1h, request: 1h, write: 1h}
CONFIG
    my ($first) = $old->worker_pids;
    my @clients = (begin($old, "GET /slow?n=1 HTTP/1.1\r\nHost:"), slow_reader($old), begin($old, "$slow_for_ever\r\n"),
        begin($old, $half_body =~ s/Content-Length: 11/Transfer-Encoding: chunked/r . "1\r\n{\r\n"));
    ok(wait_for(20, sub { running($old) == 4 }), 'four clients that do not let go');
    is($old->ctl('reload')->{code}, 0, 'a reload');
    is($old->get('/slow?n=1')->{status}, 200, 'the new generation answers');
    like($old->ctl('drain', '--why')->{out}, qr/slow/, 'drain --why lists what the old one waits for');
    is($old->get('/readyz')->{status}, 200, 'balancers need not know');
    ok(wait_for(20, sub { !kill 0, $first }), 'the old one is gone at its deadline');
    my $ended = qr/request\.cut|db\.failed operation=slow error=DRAINING/;
    is(scalar(() = $old->log =~ /$ended/g), 4, 'four were ended, and named');
    # A worker that cannot even be asked.
    my ($stopped) = $old->worker_pids;
    my $busy = begin($old, "GET /slow?n=1 HTTP/1.1\r\n");
    kill STOP => $stopped;
    is($old->ctl('reload')->{code}, 0, 'a reload over a worker that is stopped');
    ok(wait_for(20, sub { !kill 0, $stopped }), 'it is killed at its deadline');
    is($old->get('/slow?n=1')->{status}, 200, 'and the new one serves');
};

subtest 'after the notice nothing waits where nobody accepts' => sub {
    my $closed = fresh("drain: {notice: 500ms, grace: 0s, timeout: 20s}\n");
    my $holder = begin($closed, "GET /slow?n=1 HTTP/1.1\r\n");
    ok(wait_for(10, sub { running($closed) == 1 }), 'a drain that is held up');
    $closed->signal('TERM');
    ok(wait_for(10, sub { !dial($closed->{port}) }), 'new connections are refused');
    ok(kill(0, $closed->{pid}), 'while it still drains');
    syswrite $holder, "Host: a\r\n\r\n";
    is((answer($holder) // {})->{status}, 200, 'and answers');
    is($closed->wait_exit, 0, 'exit 0');
};

subtest 'what was sent behind the last request that is answered is not answered, and resets nothing' => sub {
    my $piped = fresh("workers: 1\ndrain: {notice: 0s, grace: 0s, timeout: 1h}\ntimeouts: {request: 1h}\n");
    my $n = slow_for($piped, 1);
    my $watcher = background(sub {
        wait_for(20, sub { running($piped) == 1 });
        $piped->signal('TERM');
    });
    my $end = $piped->send_then_read("GET /slow?n=$n HTTP/1.1\r\nHost: a\r\n\r\n" x 50_000);
    my $last = Leat::Test::parse_answer($end->{text}) // {};
    my $how = join ', ', $last->{status} // 'no answer', $end->{end}, $last->{headers}{connection} // '',
        length($last->{rest} // '');
    is($how, '200, clean, close, 0', 'the last answer comes, and a clean end');
    waitpid $watcher, 0;
    is($piped->wait_exit, 0, 'exit 0');
};

all_done;
