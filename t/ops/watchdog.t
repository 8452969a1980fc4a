# SPDX-License-Identifier: MIT
# A worker that hangs is aborted, then killed, and replaced; the log names what it was doing. A pause of
# everything (a frozen container) is not attributed to a worker.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

# instr() compares for minutes inside one opcode, where no progress handler can stop it.
my %app = (document => <<'API', migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY);\n"});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /quick:
    get:
      operationId: readQuick
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/N"}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
    post:
      operationId: addQuick
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/N"}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /endless:
    get:
      operationId: readEndless
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/N"}}}}}
      x-sql:
        returns: one
        sql: "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c"
  /stuck:
    get:
      operationId: readStuck
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/N"}}}}}
      x-sql:
        returns: one
        sql: "SELECT instr(printf('%.*c', 4000000, 'a'), printf('%.*c', 2000000, 'a') || 'b') AS n"
components: {schemas: {N: {type: object, required: [n], properties: {n: {type: integer}}}}}
API
my $leat = Leat::Test->new(%app, workers => 1, config => "watchdog: 2s\n")->start;
my $deaths = 0;

sub send_request {
    my ($path, $id) = @_;
    my $s = $leat->connect;
    syswrite $s, "GET $path HTTP/1.1\r\nHost: a\r\nX-Request-Id: $id\r\n\r\n";
    return $s;
}
# Waits for a request that is like this, by its key.
sub runs {
    my ($key, $value, $name) = @_;
    return ok(wait_for(10, sub { grep { $_->{$key} eq $value } @{$leat->ctl_json('requests')} }), $name);
}
sub figure { my ($name) = @_; return ($leat->ctl('metrics')->{out} =~ /^$name (\S+)$/m)[0] }
sub replaced {
    my ($name, $pid) = @_;
    ok(wait_for(20, sub { my ($now) = $leat->worker_pids; $now && $now != $pid }), "$name: the worker is replaced");
    $deaths++;
    my $status = $leat->ctl_json('status');
    is("$status->{stuck} $status->{deaths}", "$deaths $deaths", "$name: counted in status");
    is(figure('leat_worker_stuck_total') . ' ' . figure('leat_worker_deaths_total'), "$deaths $deaths",
        "$name: and in the metrics");
    is(($leat->get('/quick') // {})->{status}, 200, "$name: it serves again");
}

subtest 'aborts a worker that hangs in a statement, and names the request' => sub {
    # SIGABRT suffices for a loop that hangs in a statement. The older request is innocent.
    my ($pid) = $leat->worker_pids;
    my $innocent = $leat->connect;
    syswrite $innocent, "POST /quick HTTP/1.1\r\nHost: a\r\nX-Request-Id: innocent\r\n"
        . "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    runs(phase => 'body', 'a request that is half sent');
    my $stuck = send_request('/stuck', 'culprit-1');
    my $hangs = sub {
        grep { $_->{operation} eq 'readStuck' && $_->{id} eq 'culprit-1' } @{$leat->ctl_json('requests')};
    };
    ok(wait_for(10, $hangs), 'and one that hangs');
    replaced('a hanging loop', $pid);
    my $culprit = qr/signal=ABRT operation=readStuck client=127\.0\.0\.1 id=culprit-1/;
    logged($leat, qr/ worker\.stuck pid=$pid silent_ms=[2-9]\d{3} $culprit$/m,
        'the log names the operation and the request');
    unlike($leat->log, qr/worker\.stuck.*innocent/, 'and not the one that merely waited');
    logged($leat, qr/worker\.died pid=$pid .*was killed by signal 6 \(Aborted\)/, 'it died of SIGABRT');
    is(Leat::Test::read_all($stuck, 5), '', 'its client sees the connection end');
    done_testing;
};

subtest 'kills a worker that is stopped, and names the request' => sub {
    # SIGABRT cannot reach it, SIGKILL does.
    my ($pid) = $leat->worker_pids;
    my $second = send_request('/endless', 'culprit-2');
    runs(operation => 'readEndless', 'a request runs');
    kill STOP => $pid;
    replaced('a stopped worker', $pid);
    my $of = qr/operation=readEndless client=\S+ id=culprit-2/;
    my $aborted = qr/ worker\.stuck pid=$pid .*signal=ABRT $of\n/;
    my $killed = qr/\S+ error leat\[\d+\] worker\.stuck pid=$pid .*signal=KILL $of$/m;
    logged($leat, qr/$aborted(?:.*\n)*?$killed/, 'it is aborted, then killed, and both lines name the request');
    logged($leat, qr/worker\.died pid=$pid .*was killed by signal 9 \(Killed\)/, 'it died of SIGKILL');
    done_testing;
};

subtest 'blames no request where the worker was idle' => sub {
    my ($pid) = $leat->worker_pids;
    kill STOP => $pid;
    replaced('an idle worker', $pid);
    logged($leat, qr/worker\.stuck pid=$pid .*signal=ABRT operation=- client=- id=-$/m,
        'an idle worker: nobody is blamed');
    done_testing;
};

subtest 'blames nobody for a pause of everything' => sub {
    # The master is the first to continue.
    my ($pid) = $leat->worker_pids;
    kill STOP => $leat->{pid}, $pid;
    sleep 3.5;
    kill CONT => $leat->{pid};
    is($leat->ctl('status')->{code}, 0, 'the master is back first');
    kill CONT => $pid;
    is(($leat->get('/quick') // {})->{status}, 200, 'a pause of everything: the worker goes on');
    sleep 1.2; # past another look of the watchdog
    is(($leat->worker_pids)[0], $pid, 'the same worker');
    unlike($leat->log, qr/worker\.stuck pid=$pid /, 'that nobody struck');
    done_testing;
};

all_done;
