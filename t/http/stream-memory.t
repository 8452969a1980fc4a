# SPDX-License-Identifier: MIT
# A million rows of a table are sent in flat memory, whatever the client does: the worker grows by at most
# 4 MiB.
use strict;
use warnings;
use Leat::Client;
use Leat::Test;
use Test::More;

plan skip_all => 'memory is measured without sanitizers' if is_sanitized();

use constant {ROWS => 1_000_000, MOST_KB => 4096}; # of growth since the worker's start

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: rows
      x-allow-scan: true
      responses:
        "200":
          description: All rows.
          content:
            application/json:
              schema:
                type: array
                items: {type: object, properties: {id: {type: integer}, text: {type: string}}}
      x-sql: {returns: list, sql: "SELECT id, text FROM t"}
API
my $table = <<'SQL';
CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
INSERT INTO t (id, text)
  WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000)
  SELECT x, 'the quick brown fox jumps over the lazy dog ' || x FROM c;
SQL
my $leat = Leat::Test->new(
    config => "workers: 1\n", document => $document, migrations => {'0001_t.up.sql' => $table})->start;
my ($pid) = $leat->worker_pids;

sub resident { return (slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m)[0] }
sub ask {
    my ($s, $headers) = @_;
    syswrite $s, "GET /rows HTTP/1.1\r\nHost: a\r\n" . ($headers // '') . "\r\n";
    return $s;
}
# Reads a chunked answer and looks at the worker's memory at each megabyte: the bytes, the last of them,
# the most KB.
sub receive {
    my ($s) = @_;
    my ($bytes, $tail, $most, $next) = (0, '', 0, 0);
    while (is_readable($s, 20) && sysread $s, my $part, 1 << 16) {
        $bytes += length $part;
        $tail = substr $tail . $part, -200;
        my $is_end = $tail =~ /\r\n0\r\n\r\n\z/;
        next if $bytes < $next && !$is_end;
        $next += 1 << 20;
        my $now = resident();
        $most = $now if $now > $most;
        last if $is_end;
    }
    return ($bytes, $tail, $most);
}

my $before = resident();

subtest 'a fast client' => sub {
    my ($bytes, $tail, $most) = receive(ask(dial($leat->{port})));
    cmp_ok($bytes, '>', 60 * ROWS, "$bytes bytes");
    like($tail, qr/"id":1000000,[^{}]*\}\]\r\n0\r\n\r\n\z/, 'the list is whole');
    cmp_ok($most, '<=', $before + MOST_KB, "$before KB before, at most $most KB");
};

subtest 'a client that reads a few kilobytes at a time' => sub {
    my ($bytes, $tail, $most) = receive(ask(narrow($leat->{port})));
    cmp_ok($bytes, '>', 60 * ROWS, "$bytes bytes");
    like($tail, qr/"id":1000000,[^{}]*\}\]\r\n0\r\n\r\n\z/, 'the list is whole');
    cmp_ok($most, '<=', $before + MOST_KB, "$before KB before, at most $most KB");
};

subtest 'a client that takes gzip' => sub {
    my ($bytes, $tail, $most) = receive(ask(dial($leat->{port}), "Accept-Encoding: gzip\r\n"));
    cmp_ok($bytes, '<', 60 * ROWS, "$bytes bytes");
    cmp_ok($most, '<=', $before + MOST_KB, "$before KB before, at most $most KB");
};

all_done;
