# SPDX-License-Identifier: MIT
# A client that was answered a write reads it from any worker at once: on the loop, on a reader thread, and while
# others write.
use strict;
use warnings;
use Leat::Client ();
use Leat::Crash qw(rounds);
use Leat::Program;
use Leat::Test;
use Test::More;

my ($clients, $workers) = (4, 3);
my $pairs = rounds(1_500, 250_000); # of each client
my $object = 'content: {application/json: {schema: {type: object}}}';
my %app = (workers => $workers, migrations => {'0001_t.up.sql' => <<'SQL'}, document => <<"API");
CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER NOT NULL);
INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0);
SQL
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getRow
      responses: {"200": {description: ok, $object}}
      x-sql: {returns: one, sql: SELECT v FROM t WHERE id = :id}
    put:
      operationId: putRow
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: integer}}}}}}
      responses: {"200": {description: ok, $object}}
      x-sql: {returns: one, sql: UPDATE t SET v = :v WHERE id = :id RETURNING v}
  /scans/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: scanRow
      responses: {"200": {description: ok, $object}}
      x-sql:
        returns: one
        sql: |
          SELECT v, (WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 40000)
            SELECT count(*) FROM c) AS n FROM t WHERE id = :id
API

# Sends a request on an open connection, and returns v of the answer.
sub ask {
    my ($socket, $method, $path, $v) = @_;
    my $body = defined $v ? qq({"v":$v}) : '';
    my $type = defined $v ? "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n" : '';
    syswrite $socket, "$method $path HTTP/1.1\r\nHost: x\r\n$type\r\n$body";
    my $text = '';
    while (sysread $socket, $text, 4096, length $text) { return $1 if $text =~ /\r\n\r\n\{"v":(\d+)/ }
    die "no answer: $text";
}

# Writes and reads, each through another connection, and notes what was stale.
sub client {
    my ($leat, $id, $path, $count) = @_;
    my @sockets = map { $leat->connect } 1 .. 3 * $workers;
    my ($stale, $done) = (0, 0);
    for my $i (1 .. $count) {
        my ($writer, $reader) = @sockets[rand @sockets, rand @sockets];
        my $v = ask($writer, 'PUT', "/rows/$id", $i);
        $stale++ if $v != $i || ask($reader, 'GET', "$path/$id") != $i;
        $done++;
    }
    spew("$leat->{dir}/pairs.$id", "$done $stale");
}

for (['on the loop', '/rows', $pairs, 'leat_database_reads_total'],
     ['on reader threads', '/scans', $pairs / 15, 'leat_database_reads_moved_total']) {
    my ($name, $path, $count, $metric) = @$_;
    subtest $name => sub {
        my $leat = Leat::Test->new(%app);
        $leat->configure("log: {access: false}\ndatabase: {path: $leat->{dir}/app.db, migrations: $leat->{folder}, "
            . "migrate: on-start, read-budget: 1ms, synchronous: normal}\n");
        $leat->start;
        my @pids = map { my $id = $_; background(sub { client($leat, $id, $path, int $count) }) } 1 .. $clients;
        waitpid $_, 0 for @pids;
        for my $id (1 .. $clients) {
            is(slurp("$leat->{dir}/pairs.$id"), int($count) . ' 0', "client $id: pairs, and stale ones");
        }
        cmp_ok($leat->metric($metric), '>=', $clients * int($count) / 2, 'reads ran there');
        my @shares = map { $_->{requests} } @{$leat->ctl_json('workers')};
        cmp_ok((sort { $a <=> $b } @shares)[0], '>', $count / 10, "and on all workers: @shares");
    };
}

all_done;
