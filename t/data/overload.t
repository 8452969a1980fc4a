# SPDX-License-Identifier: MIT
# A job that waits too long for a database thread is not begun: it is answered 503 with Retry-After while
# what it waits for still runs, and has changed nothing.
use strict;
use warnings;
use Leat::Client ();
use Leat::Test;
use Test::More;

my $answer  = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $endless = 'WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT sum(x) AS n FROM c';
my $leat = Leat::Test->new(migrations => {'0001_t.up.sql' => "CREATE TABLE t (n INTEGER);\n"}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /endless: {get: {operationId: endless, $answer, x-sql: {returns: one, sql: $endless}}}
  /long: {get: {operationId: long, x-timeout: 600ms, $answer, x-sql: {returns: one, sql: $endless}}}
  /fill: {post: {operationId: fill, $answer, x-sql: {returns: count, sql: "INSERT INTO t $endless"}}}
  /add: {post: {operationId: add, x-timeout: 600ms, $answer, x-sql: {returns: count, sql: INSERT INTO t VALUES (1)}}}
  /clear: {post: {operationId: clear, x-timeout: 600ms, $answer, x-sql: {returns: count, sql: DELETE FROM t}}}
  /count: {get: {operationId: count, $answer, x-sql: {returns: one, sql: SELECT count(*) AS n FROM t}}}
API
$leat->configure("workers: 1\ntimeouts: {request: 1h}\ndrain: {timeout: 1s}\n"
    . "database: {path: $leat->{dir}/app.db, migrations: $leat->{folder}, migrate: on-start, readers: 1}\n");
$leat->start;

# Sends a request, and returns the socket that its answer will come on.
sub begin {
    my ($method, $path) = @_;
    my $s = $leat->connect;
    syswrite $s, "$method $path HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}

sub is_running {
    my ($operation) = @_;
    return grep { $_->{operation} eq $operation } @{$leat->ctl_json('requests') // []};
}

# Returns whether a thread has the read, or the write.
sub is_begun {
    my ($method) = @_;
    my $database = $leat->ctl_json('database');
    return $method eq 'GET' ? $database->{reads}{running} : defined $database->{writer}{pid};
}

sub not_begun { return $leat->metric('leat_database_jobs_not_begun_total') // 0 }

for (['writes wait for the writer', 'POST', '/fill', 'fill', 'POST', '/add', '/add', '/clear', '/add'],
     ['reads wait for a reader', 'GET', '/endless', 'endless', 'GET', '/long', '/long', '/long']) {
    my ($name, $method, $path, $operation, $waiting_method, @waiting) = @$_;
    subtest "$name, for a part of their time" => sub {
        my $before = not_begun();
        my $spare = $waiting_method eq 'GET' ? 1 : 0; # one read begins on the spare reader
        my $running = begin($method, $path);
        ok(wait_for(10, sub { is_running($operation) && is_begun($method) }), 'one that does not end is running');
        my @sockets = map { begin($waiting_method, $_) } @waiting;
        my $refused = 0;
        for my $i (0 .. $#sockets) {
            my $r = Leat::Client::answer($sockets[$i], 20) // {status => 'none'};
            next if $spare-- > 0 && $r->{status} == 504;
            $refused++;
            is("$r->{status} $r->{json}{error}", '503 the server is busy, try again', "$waiting[$i] is refused");
            like($r->{headers}{'retry-after'}, qr/^[1-9]\d?$/, 'for a while');
        }
        ok(is_running($operation), 'while the other is running');
        becomes(sub { not_begun() - $before }, $refused, 'each is counted');
        is($leat->get('/count')->{json}{n}, 0, 'no write was done');
    };
}

subtest 'cheap reads are answered meanwhile' => sub {
    is($leat->get('/count')->{status}, 200, "read $_") for 1 .. 5;
};
all_done;
