# SPDX-License-Identifier: MIT
# Clients that take a long list slowly cannot keep others from theirs: each worker streams eight lists at
# once, and the slowest of them makes room.
use strict;
use warnings;
use IO::Socket::INET;
use Leat::Client;
use Leat::Test;
use Test::More;

use constant STREAMS => 8; # lib/db/sqlite/db.c

my $leat = Leat::Test->new(migrations => {}, config => "workers: 1\n", document => <<'API')->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: rows
      x-allow-scan: true
      parameters:
        - {name: n, in: query, schema: {type: integer}}
        - {name: until, in: query, schema: {type: integer, default: 1000000000000}}
      responses:
        "200":
          description: The numbers up to n; those above `until` are counted and left out.
          content:
            application/json:
              schema:
                type: array
                items: {type: object, properties: {id: {type: integer}, text: {type: string}}}
      x-sql:
        returns: list
        sql: "SELECT x AS id, 'the quick brown fox jumps over the lazy dog' AS text
          FROM (WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < :n)
            SELECT x FROM c WHERE x < :until)"
API

sub ask {
    my ($s, $query) = @_;
    syswrite $s, "GET /rows?$query HTTP/1.1\r\nHost: a\r\n\r\n";
    return $s;
}
# Asks for a list that never ends, and returns when the first bytes are there.
sub stalled {
    my $s = ask(narrow($leat->{port}), 'n=1000000000000');
    ok(is_readable($s, 10), 'a slow client has its first bytes') or diag $leat->log;
    return $s;
}
sub rows_of { my ($r) = @_; return $r->{status} == 200 ? scalar(() = $r->{body} =~ /"id":/g) : "$r->{status}" }
sub displaced { return $leat->metric('leat_streams_displaced_total') }
# Reads a little from each client until the code says that it is enough, or 30 s have passed.
sub trickle {
    my ($is_enough, @clients) = @_;
    return wait_for(30, sub {
        for (@clients) { sysread $_, my $some, 512 if is_readable($_) }
        return $is_enough->();
    });
}

subtest 'up to eight lists are sent at once' => sub {
    my @slow = map { stalled() } 2 .. STREAMS;
    is(rows_of($leat->get('/rows?n=2000')), 2_000, 'a whole list while seven clients do not read');
    is(displaced(), 0, 'nobody had to make room');
};

subtest 'a client that does not read makes room for another list' => sub {
    my $broken = settled(sub { $leat->metric('leat_streams_broken_total') });
    my @slow = map { stalled() } 1 .. STREAMS;
    is(rows_of($leat->get('/rows?n=2000')), 2_000, 'a whole list while eight clients do not read');
    is(displaced(), 1, 'one of them made room');
    is($leat->metric('leat_streams_broken_total'), $broken + 1, 'the others are left alone');
    logged($leat, qr/stream\.broken operation=rows reason=slow cause="others waited.* id=/, 'the log says why');
};

subtest 'a client that reads a few bytes now and then does too' => sub {
    my $before = displaced();
    my @slow = map { stalled() } 1 .. STREAMS;
    my $s = ask(dial($leat->{port}), 'n=2000');
    trickle(sub { is_readable($s) }, @slow);
    is(rows_of(answer($s, 20)), 2_000, 'the list came while the clients were reading');
    cmp_ok(displaced(), '>', $before, 'one of them made room');
};

subtest 'a client that reads keeps its list' => sub {
    my @slow = map { stalled() } 2 .. STREAMS;
    my $s = ask(dial($leat->{port}), 'n=400000');
    my ($bytes, $tail, $other) = (0, '');
    while (is_readable($s, 20) && sysread $s, my $part, 1 << 16) {
        $bytes += length $part;
        $tail = substr $tail . $part, -200;
        $other //= ask(dial($leat->{port}), 'n=2000') if $bytes > 200_000;
        last if $tail =~ /\r\n0\r\n\r\n\z/;
    }
    like($tail, qr/"id":400000,[^{}]*\}\]\r\n0\r\n\r\n\z/, 'its list is whole');
    is(rows_of(answer($other, 20)), 2_000, 'and another one came meanwhile');
};

subtest 'many lists come while many clients do not read' => sub {
    my @slow = map { stalled() } 1 .. STREAMS;
    my @asked = map { ask(dial($leat->{port}), 'n=2000') } 1 .. 2 * STREAMS;
    is(join(' ', map { rows_of(answer($_, 30)) } @asked), join(' ', (2_000) x @asked), 'all');
};

subtest 'a client that leaves while no rows are found ends its statement' => sub {
    my $broken = settled(sub { $leat->metric('leat_streams_broken_total') });
    my $s = ask(dial($leat->{port}), 'n=1000000000000&until=3000');
    Leat::Test::read_all($s, 20, sub { $_[0] =~ /"id":1500/ });
    close $s;
    becomes(sub { $leat->metric('leat_streams_broken_total') }, $broken + 1, 'it is counted');
    unlike($leat->log, qr/stream\.broken[^\n]*client-gone/, 'and not logged as an error');
    ok(wait_for(10, sub { !$leat->metric('leat_requests_in_flight') }), 'it is not in flight any more');
};

all_done;
