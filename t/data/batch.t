# SPDX-License-Identifier: MIT
# Writes that come at the same time share a commit, and a program that locks the database delays them once.
use strict;
use warnings;
use IPC::Open2;
use Leat::Crash qw(rounds);
use Leat::Test;
use Test::More;

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: rows
      x-allow-scan: true
      responses: {"200": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT count(*) AS n FROM t"}
    post:
      operationId: add
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: string}}}}}}
      responses: {"201": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v) VALUES (:v) RETURNING id, v"}
API
my %app = (document => $document,
    migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE);\n"});

sub commits { return $_[0]->ctl_json('writer')->{commits} }
sub rows    { return $_[0]->get('/rows')->{json}{n} }

# Begins a POST and does not wait for its answer.
sub begin {
    my ($leat, $v) = @_;
    my $socket = $leat->connect;
    my $body = qq({"v":"$v"});
    syswrite $socket, "POST /rows HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        . length($body) . "\r\nConnection: close\r\n\r\n$body";
    return $socket;
}

sub answer { return Leat::Test::parse_answer(Leat::Test::read_all($_[0], 60)) // {status => 'none'} }

# Locks the database from another program. Returns its process and a code that ends it.
sub lock_out {
    my ($leat) = @_;
    my $pid = open2(my $out, my $in, 'sqlite3', "$leat->{dir}/app.db");
    print {$in} "BEGIN EXCLUSIVE;\nSELECT 'locked';\n";
    $in->flush;
    like(scalar <$out>, qr/locked/, 'another program holds the lock');
    return ($pid, sub { close $in; close $out; waitpid $pid, 0 });
}

subtest 'writes that wait together share a commit' => sub {
    my $leat = Leat::Test->new(%app, workers => 1)->start;
    my ($pid, $release) = lock_out($leat);
    my $before = commits($leat);
    my @sockets = (map({ begin($leat, "v$_") } 1 .. 30), begin($leat, 'v1'));
    ok(Leat::Test::wait_for(30, sub { ($leat->metric('leat_database_writes_total') // 0) == 31 }), 'all wait');
    $release->();
    my %seen;
    $seen{answer($_)->{status}}++ for @sockets;
    is_deeply(\%seen, {201 => 30, 409 => 1}, 'each has its own answer');
    is(rows($leat), 30, 'and its own row');
    # The first ones may have begun to wait for the other program before the rest came.
    cmp_ok(commits($leat) - $before, '<=', 3, 'in few commits');
};

subtest 'database.batch: 1 commits each by itself' => sub {
    my $leat = Leat::Test->new(%app, workers => 1);
    $leat->configure("database: {path: $leat->{dir}/app.db, migrations: $leat->{folder}, migrate: on-start, "
        . "batch: 1}\n");
    $leat->start;
    my $before = commits($leat);
    my @sockets = map { begin($leat, "v$_") } 1 .. 20;
    is(join(' ', map { answer($_)->{status} } @sockets), join(' ', (201) x 20), 'all are answered');
    is(commits($leat) - $before, 20, 'a commit for each');
};

subtest 'a program that locks the database' => sub {
    my $leat = Leat::Test->new(%app, workers => 2, config => "timeouts: {request: 3s}\n")->start;
    my ($pid, $release) = lock_out($leat);
    my @answers = map { answer($_) } map { begin($leat, "v$_") } 1 .. 8;
    is(join(' ', map { "$_->{status} " . ($_->{headers}{'retry-after'} // '-') } @answers), join(' ', ('503 1') x 8),
        'writes are answered 503 within their deadline');
    Leat::Test::logged($leat, qr/database\.locked pid=$pid /);
    is(rows($leat), 0, 'reads go on');
    # Each waits for 50 ms, in case the lock is free again: all rounds are 20 s.
    my %next;
    $next{answer(begin($leat, "w$_"))->{status}}++ for 1 .. rounds(5, 400);
    is_deeply(\%next, {503 => rounds(5, 400)}, 'the next writes are told at once');
    my @told = $leat->log =~ /database\.locked/g;
    is(@told, 1, 'and the log does not repeat itself');
    $release->();
    is(answer(begin($leat, 'x'))->{status}, 201, 'when the lock is free, writes go on');
    Leat::Test::logged($leat, qr/database\.unlocked ms=\d+/);
    is(rows($leat), 1, 'nothing that was refused was written');
};

subtest 'a program that locks it for a moment delays writes only' => sub {
    my $leat = Leat::Test->new(%app, workers => 2)->start;
    my ($pid, $release) = lock_out($leat);
    my @sockets = map { begin($leat, "v$_") } 1 .. 8;
    sleep 1;
    $release->();
    is(join(' ', map { answer($_)->{status} } @sockets), join(' ', (201) x 8), 'all are answered');
    unlike($leat->log, qr/database\.locked/, 'nothing is logged');
};

all_done;
