# SPDX-License-Identifier: MIT
# Only the monotonic clock times anything: when the wall clock jumps by an hour forward, an hour back, and
# by days, nothing is closed early, every timeout still works, and the Date header and the log follow.
use strict;
use warnings;
use Leat::Client;
use Leat::Program;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep time);
use Time::Local qw(timegm);

my ($library) = map { glob "$_/faketime/libfaketime.so.1" } qw(/usr/lib/* /usr/lib64 /usr/local/lib);
plan skip_all => 'a preloaded library and sanitizers do not go together' if is_sanitized();
package_is_missing('libfaketime.so.1', 'libfaketime') unless $library && -e $library;

my $loop = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';
my $now = '{type: object, properties: {now: {type: string}}}';
my $n = '{type: object, properties: {n: {type: integer}}}';
my %migrations = ('0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY);\n");
my $leat = Leat::Test->new(workers => 2, migrations => \%migrations, document => <<"API", config => <<'CONFIG');
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /quick:
    get:
      operationId: readQuick
      responses: {"200": {description: ok, content: {application/json: {schema: $now}}}}
      x-sql: {returns: one, sql: "SELECT :_now AS now"}
    post:
      operationId: addQuick
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: $n}}}}
      x-sql: {returns: one, sql: "INSERT INTO t DEFAULT VALUES RETURNING id AS n"}
  /endless:
    get:
      operationId: readEndless
      responses: {"200": {description: ok, content: {application/json: {schema: $n}}}}
      x-sql: {returns: one, sql: "$loop SELECT count(*) AS n FROM c"}
API
timeouts: {head: 3s, body: 3s, idle: 4s, idle-trusted: 4s, request: 3s, start: 20s}
watchdog: 3s
drain: {grace: 0s}
CONFIG
# In the folder of the database, which Landlock lets workers read.
my $clock = "$leat->{dir}/clock";
sub jump { my ($seconds) = @_; spew("$clock.new", sprintf "%+d\n", $seconds); rename "$clock.new", $clock }
jump(0);
$leat->{wrap} = ['env', "LD_PRELOAD=$library", "FAKETIME_TIMESTAMP_FILE=$clock", 'FAKETIME_DONT_FAKE_MONOTONIC=1',
    'DONT_FAKE_MONOTONIC=1', 'FAKETIME_NO_CACHE=1', 'FAKETIME_DISABLE_SHM=1'];
$leat->start;

my %months;
@months{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 0 .. 11;
sub date_of {
    my ($r) = @_;
    my ($d, $m, $y, $H, $M, $S) = ($r->{headers}{date} // '')
        =~ /^\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/ or return 0;
    return timegm($S, $M, $H, $d, $months{$m}, $y);
}
# Returns whether the time is that of a clock which is ahead by the shift.
sub is_near { my ($time, $shift) = @_; return abs($time - time - $shift) < 120 }
sub time_in {
    my ($text) = @_;
    my ($y, $m, $d, $H, $M, $S) = $text =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/ or return 0;
    return timegm($S, $M, $H, $d, $m - 1, $y);
}
my $head = "GET /quick HTTP/1.1\r\nHost: a\r\n";
my $body = "POST /quick HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
sub begin { my ($bytes) = @_; my $s = $leat->connect; syswrite $s, $bytes; return $s }

my @workers = sort $leat->worker_pids;
for my $shift (3600, -3600, 48 * 3600) { # the last is past any timeout of libh2o's own
    my $hours = sprintf '%+d h', $shift / 3600;
    subtest "a jump of $hours ends nothing early, and every timeout still works" => sub { jumps($shift) };
}

sub jumps {
    my ($shift) = @_;
    my $name = sprintf '%+d h', $shift / 3600;
    my $kept = $leat->connect;
    is($leat->get('/quick', socket => $kept)->{status}, 200, "$name: a kept connection");
    my ($half_head, $half_body) = (begin($head), begin($body));
    my $endless = begin("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    ok(wait_for(5, sub {
        my %p = map { $_->{phase} => 1 } @{$leat->ctl_json('requests')};
        return $p{head} && $p{body} && $p{handle};
    }), "$name: half a head, half a body, a request that runs");
    jump($shift);
    # The workers look at their connections again after the jump.
    sleep 0.6;
    is((scalar grep { $_->{operation} eq 'readEndless' } @{$leat->ctl_json('requests')}), 1,
        "$name: the request still runs");
    syswrite $half_head, "\r\n";
    syswrite $half_body, "}";
    is(answer($half_head)->{status}, 200, "$name: the head can be completed");
    is(answer($half_body)->{status}, 201, "$name: so can the body");
    is(($leat->get('/quick', socket => $kept) // {})->{status}, 200, "$name: the kept connection is still there");
    is(answer($endless)->{status}, 504, "$name: the request ends at its timeout");

    ok(wait_for(5, sub { is_near(date_of($leat->get('/quick')), $shift) }), "$name: the Date header follows");
    my $told = $leat->get('/quick', headers => {'X-Request-Id' => "after$shift"})->{json}{now};
    ok(is_near(time_in($told), $shift), "$name: so does :_now") or diag $told;
    ok(wait_for(5, sub {
        my ($stamp) = $leat->log =~ /^(\d{4}\S*) request .*id=after$shift$/m;
        return $stamp && is_near(time_in($stamp), $shift);
    }), "$name: the log goes on");

    # What begins after the jump also ends at its timeout.
    my %slow = (head => begin($head), body => begin($body), idle => $kept);
    for my $phase (sort keys %slow) {
        my $text = Leat::Test::read_all($slow{$phase}, 15);
        ok($phase eq 'idle' ? $text eq '' : $text =~ /^HTTP\/1\.1 408 /, "$name: timeouts.$phase works");
        ok(is_readable($slow{$phase}), "$name: and ends it");
    }
    is("@{[sort $leat->worker_pids]}", "@workers", "$name: no worker was lost");
}

subtest 'supervision goes by the monotonic clock too' => sub {
    jump(7200);
    is($leat->ctl('reload')->{code}, 0, 'a reload after a jump');
    my ($pid) = $leat->worker_pids;
    kill STOP => $pid;
    # The master looks at its workers several times.
    sleep 0.3;
    jump(-7200);
    ok(wait_for(20, sub { $leat->log =~ /worker\.stuck pid=$pid/ }), 'the watchdog works after a jump');
    ok(wait_for(20, sub {
        my @now = $leat->worker_pids;
        @now == 2 && !grep { $_ == $pid } @now;
    }), 'and replaces the worker');
    is(scalar(() = $leat->log =~ /worker\.stuck .*signal=ABRT/g), 1, 'only that one');
    is($leat->get('/quick')->{status}, 200, 'all is well');
};

all_done;
