# SPDX-License-Identifier: MIT
# The -wal stays within database.wal-limit, although reads never cease to need old states of the database: the oldest
# are ended, and named. A reader of another program is named only.
use strict;
use warnings;
use IPC::Open2;
use Leat::Client qw(narrow);
use Leat::Test;
use Test::More;

my $limit = 16 << 20;
my $leat  = Leat::Test->new(
    workers  => 2,
    document => <<'API',
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
      responses: {"201": {description: x}}
      x-sql: {returns: none, sql: "INSERT INTO t (v) VALUES (:v)"}
  /report:
    get:
      operationId: report
      x-allow-scan: true
      responses: {"200": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql:
        returns: one
        sql: |
          WITH RECURSIVE c(x) AS (SELECT count(*) FROM t UNION ALL SELECT x + 1 FROM c WHERE x < 100000000000)
          SELECT max(x) AS n FROM c
  /list:
    get:
      operationId: list
      x-allow-scan: true
      responses: {"200": {description: x, content: {application/json: {schema: {type: array,
        items: {type: object, properties: {n: {type: integer}}}}}}}}
      x-sql:
        returns: list
        sql: |
          WITH RECURSIVE c(x) AS (SELECT count(*) FROM t UNION ALL SELECT x + 1 FROM c WHERE x < 100000000000)
          SELECT x AS n FROM c
API
    migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL);\n"},
);
$leat->configure("timeouts: {request: 300s}\ndrain: {timeout: 1s}\n"
    . "database: {path: $leat->{dir}/app.db, migrations: $leat->{folder}, migrate: on-start, wal-limit: 16MiB}\n");
$leat->start;
my $wal  = "$leat->{dir}/app.db-wal";
my $text = 'x' x 500_000;
my $number = 0;

# Begins a report that takes longer than this test, and returns its connection and its request ID.
sub begin_report {
    my $id = 'report-' . ++$number;
    my $socket = $leat->connect;
    syswrite $socket, "GET /report HTTP/1.1\r\nHost: x\r\nX-Request-Id: $id\r\nConnection: close\r\n\r\n";
    return {id => $id, socket => $socket};
}

sub answer { return Leat::Test::parse_answer(Leat::Test::read_all($_[0]{socket}, 60)) // {status => 'none'} }
sub has_answer { my $in = ''; vec($in, fileno $_[0]{socket}, 1) = 1; return select $in, undef, undef, 0 }
sub running { return scalar grep { $_->{operation} eq 'report' } @{$leat->ctl_json('requests')} }

subtest 'reads that never end do not let the -wal grow without end' => sub {
    my @reports = map { begin_report() } 1 .. 3;
    ok(wait_for(30, sub { running() == 3 }), 'reports run');
    my ($was_past, %status, %cut);
    my $is_cut_off = sub {
        $status{$leat->post('/rows', {v => $text})->{status}}++;
        $was_past ||= -s $wal > $limit;
        for my $r (@reports) {
            next if !has_answer($r);
            $cut{$r->{id}} = answer($r);
            $r = begin_report();
        }
        return $was_past && -s $wal < $limit / 2;
    };
    ok(wait_for(120, $is_cut_off), 'it passes the limit, and is cut off') or diag(-s $wal);
    is_deeply([keys %status], [201], 'every write succeeds');
    cmp_ok(scalar keys %cut, '>=', 3, 'the reports have ended');
    for my $id (sort keys %cut) {
        is($cut{$id}{status}, 503, "$id is answered 503");
        like($cut{$id}{headers}{'retry-after'}, qr/^\d+$/, 'and told when to come again');
        logged($leat, qr/database\.cut operation=report age_ms=\d+ .*id=$id$/m, 'the log names it');
    }
    is($leat->metric('leat_database_reads_cut_total'), scalar keys %cut, 'the metric counts them');
    is($leat->get('/rows')->{status}, 200, 'short reads are answered');
    close $_->{socket} for @reports;
};

subtest 'nor do lists whose clients do not read on' => sub {
    my $id = 'list-1';
    my $socket = narrow($leat->{port});
    syswrite $socket, "GET /list HTTP/1.1\r\nHost: x\r\nX-Request-Id: $id\r\n\r\n";
    sysread $socket, my ($head), 1000;
    like($head, qr{^HTTP/1\.1 200 }, 'the list is being sent');
    my $is_cut = sub { $leat->post('/rows', {v => $text}); return $leat->log =~ /stream\.broken .*id=$id$/m };
    ok(wait_for(120, $is_cut), 'it ends') or diag(-s $wal);
    logged($leat, qr/stream\.broken operation=list reason=old-snapshot cause="[^"]*-wal[^"]*" .*id=$id$/m,
        'the log tells why');
    ok(wait_for(30, sub { -s $wal < $limit }), 'the -wal is cut off') or diag(-s $wal);
    unlike(Leat::Test::read_all($socket, 30), qr/\r\n0\r\n\r\n\z/, 'its connection ends');
};

subtest 'a reader of another program is named once, and when it ends' => sub {
    $leat->signal('HUP'); # whoever still runs a report ends with its worker
    my $pid = open2(my $out, my $in, 'sqlite3', "$leat->{dir}/app.db");
    syswrite $in, "BEGIN;\nSELECT 'has ' || count(*) FROM t;\n";
    like(scalar <$out>, qr/has \d/, 'it has a snapshot');
    my $is_told = sub { $leat->post('/rows', {v => $text}); return $leat->log =~ /database\.held / };
    ok(wait_for(60, $is_told), 'the log tells it') or diag(-s $wal);
    logged($leat, qr/database\.held pid=$pid wal_bytes=\d+ /, 'with its process');
    is($leat->post('/rows', {v => $text})->{status}, 201, 'writes go on');
    close $in;
    waitpid $pid, 0;
    ok(wait_for(30, sub { $leat->log =~ /database\.released ms=\d+/ && -s $wal < $limit }), 'it is cut off')
        or diag(-s $wal);
    is(scalar(() = $leat->log =~ /database\.held /g), 1, 'it was told once');
};

all_done();
