# SPDX-License-Identifier: MIT
# A worker that stands still while it holds the write lock delays writes, and nothing else: others read on, and
# when it is ended, or goes on, so do writes. None that was answered 201 is lost.
use strict;
use warnings;
use Leat::Client ();
use Leat::Test;
use Test::More;

my $answer = 'responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $body = 'requestBody: {content: {application/json: {schema: {type: object, properties: {v: {type: integer}}}}}}';
my %app = (workers => 3, migrations => {'0001_t.up.sql' => "CREATE TABLE t (v INTEGER);\n"}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: listRows
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array,
        items: {type: object}}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: SELECT v FROM t}
    post: {operationId: add, $body, $answer, x-sql: {returns: one, sql: INSERT INTO t VALUES (:v) RETURNING v}}
  /slow:
    post:
      operationId: slow
      $answer
      x-sql:
        returns: one
        sql: |
          INSERT INTO t WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 10000000)
          SELECT -max(x) FROM c RETURNING v
API

# Begins a write, and does not wait for its answer.
sub begin {
    my ($leat, $path, $v) = @_;
    my $socket = $leat->connect or return;
    my $text = defined $v ? qq({"v":$v}) : '';
    my $type = $text ? "Content-Type: application/json\r\n" : '';
    syswrite $socket, "POST $path HTTP/1.1\r\nHost: x\r\n${type}Content-Length: " . length($text) . "\r\n\r\n$text";
    return $socket;
}
sub answers { return map { (Leat::Client::answer($_, 60) // {status => 'none'})->{status} } @_ }
sub texts { return join ' ', sort { $a <=> $b } map { $_->{v} } @{$_[0]->get('/rows')->{json}} }

# Stops the worker that holds the lock. Returns its process, and the socket of its request.
sub stop_holder {
    my ($leat) = @_;
    my $slow = begin($leat, '/slow');
    my $pid;
    ok(wait_for(30, sub { $pid = $leat->ctl_json('writer')->{pid} }), 'a worker holds the lock');
    kill STOP => $pid;
    return ($pid, $slow);
}

# Reads until it is answered: a connection may come to the worker that stands still.
sub reads {
    my ($leat) = @_;
    return wait_for(20, sub { ($leat->get('/rows', seconds => 1) // {status => 0})->{status} == 200 });
}

subtest 'the holder goes on' => sub {
    my $leat = Leat::Test->new(%app, config => "watchdog: 1m\ntimeouts: {request: 2m}\n")->start;
    my ($pid, $slow) = stop_holder($leat);
    ok(reads($leat), 'others read meanwhile');
    my @sockets = map { begin($leat, '/rows', $_) } 1 .. 12;
    ok(wait_for(20, sub { $leat->metric('leat_writer_waiting') }), 'and wait to write');
    kill CONT => $pid;
    is(join(' ', answers($slow, @sockets)), join(' ', (201) x 13), 'all are answered');
    is(texts($leat), join(' ', -10000000, 1 .. 12), 'all rows are there');
};

for my $how ('the watchdog ends the holder', 'the holder is killed') {
    subtest $how => sub {
        my $watchdog = $how =~ /watchdog/ ? '2s' : '1m';
        my $leat = Leat::Test->new(%app, config => "watchdog: $watchdog\n")->start;
        my ($pid, $slow) = stop_holder($leat);
        my %socket = map { ($_ => begin($leat, '/rows', $_)) } 1 .. 12;
        kill KILL => $pid if $how !~ /watchdog/;
        is(join(' ', answers($slow)), 'none', 'its write is lost');
        my %status = map { ($_ => (answers($socket{$_}))[0]) } keys %socket;
        my @told = sort { $a <=> $b } grep { $status{$_} eq '201' } keys %status;
        my @odd = grep { !/^(?:201|503|none)\z/ } values %status;
        is("@odd", '', 'the others are written or refused');
        is(texts($leat), "@told", scalar(@told) . ' rows are there, and nothing of the holder');
        my $late;
        ok(wait_for(20, sub { ($late = (answers(begin($leat, '/rows', 99)))[0]) eq '201' }), 'writes go on');
        ok(wait_for(20, sub { 3 == grep { $_ != $pid } $leat->worker_pids }), 'and another worker is there');
    };
}

# Its last beat is then as old as that of a writer that hangs, until somebody takes the lock.
subtest 'the holder is killed while nobody else writes' => sub {
    my $leat = Leat::Test->new(%app, config => "watchdog: 1m\n")->start;
    my ($pid, $slow) = stop_holder($leat);
    kill KILL => $pid;
    is(join(' ', answers($slow)), 'none', 'its write is lost');
    ok(wait_for(20, sub { 3 == grep { $_ != $pid } $leat->worker_pids }), 'another worker is there');
    is($leat->ctl_json('writer')->{pid}, undef, 'nobody is told to hold the lock');
    sleep 12; # more than SHM_WRITER_HANG_NS
    is($leat->get('/readyz')->{status}, 200, 'it is ready');
    is((answers(begin($leat, '/rows', 1)))[0], '201', 'and a row is written');
    unlike($leat->log, qr/database\.trouble/, 'nothing is told of a writer that hangs');
};

all_done;
