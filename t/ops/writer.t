# SPDX-License-Identifier: MIT
# leatctl writer tells who holds the write lock of the database, and how many wait for it.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $answer = 'responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $leat = Leat::Test->new(workers => 2, config => "timeouts: {request: 60s}\n", document => <<"API",
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /slow:
    post:
      operationId: slow
      $answer
      x-sql:
        returns: one
        sql: |
          INSERT INTO t (n) WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000)
          SELECT sum(x) FROM c RETURNING n
API
    migrations => {'0001_t.up.sql' => "CREATE TABLE t (n INTEGER);\n"})->start;

sub writer { return $leat->ctl_json('writer') }

# Begins a request and does not wait for its answer.
sub begin {
    my $socket = $leat->connect;
    syswrite $socket, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    return $socket;
}

subtest 'nobody holds the lock of an idle server' => sub {
    my $w = writer();
    is_deeply([@$w{qw(pid held_ms waiting)}], [undef, undef, 0], 'nobody');
};

subtest 'the holder is a worker, and others wait for it' => sub {
    my $before  = writer()->{commits};
    my %worker  = map { $_ => 1 } $leat->worker_pids;
    my (@sockets, $seen);
    # Within a worker writes queue without the lock, so both workers must have some.
    my $waits = sub {
        push @sockets, begin() if @sockets < 40;
        $seen = writer();
        return $seen->{pid} && $seen->{waiting};
    };
    ok(Leat::Test::wait_for(60, $waits), 'somebody waits');
    ok($worker{$seen->{pid} // 0}, 'for a worker');
    like($seen->{held_ms} // '', qr/^\d+$/, 'that has held it for some time');
    Leat::Test::read_all($_, 120) for @sockets;
    is_deeply([@{writer()}{qw(pid waiting commits)}], [undef, 0, $before + @sockets], 'all have written in the end');
};

subtest 'a worker that dies while it waits is not counted for ever' => sub {
    my (@sockets, $holder);
    my $waits = sub {
        push @sockets, begin() if @sockets < 40; # both workers must have some
        my $w = writer();
        return $w->{waiting} && ($holder = $w->{pid});
    };
    ok(Leat::Test::wait_for(60, $waits), 'a worker waits');
    kill KILL => grep { $_ != $holder } $leat->worker_pids;
    Leat::Test::read_all($_, 120) for @sockets;
    becomes(sub { writer()->{waiting} }, 0, 'nobody waits in the end');
};

subtest 'leatctl prints it for people, too' => sub {
    my $r = $leat->ctl('writer');
    is($r->{code}, 0, 'no error');
    like($r->{out}, qr/^commits +\d+$/m, 'the number of commits');
};
all_done;
