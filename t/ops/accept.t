# SPDX-License-Identifier: MIT
# Accepting: each connection wakes one worker, light load spreads, and a shortage of descriptors
# pauses accepting and ends.
use strict;
use warnings;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $leat = Leat::Test->new(workers => 4, config => "log: {access: false}\n")->start;
my @pids = $leat->worker_pids;
sub switches { my $n = 0; $n += (slurp("/proc/$_/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m)[0] for @pids; return $n }

my $before = switches();
$leat->get('/v1/health', headers => {Connection => 'close'}) for 1 .. 300;
my $woken = switches() - $before;
# A connection needs one wake-up for itself and one or two for its request; waking all workers for
# each would add 1200.
cmp_ok($woken, '<', 1100, "300 connections, $woken wake-ups of 4 workers");
my @shares = map { $_->{requests} } @{$leat->ctl_json('workers')};
my ($least) = sort { $a <=> $b } @shares;
cmp_ok($least, '>=', 30, "light load is spread: @shares");

my $short = Leat::Test->new(workers => 1, config => "log: {access: false}\n", wrap => ['prlimit', '--nofile=40:40'])->start;
my ($pid) = $short->worker_pids;
my $half = "POST /v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n";
# Each has a request whose body is still to come, so none of them makes room.
my @held = map { my $s = $short->connect; syswrite $s, $half; $s } 1 .. 60;
sleep 0.5;
my $cpu = sub { my @f = split ' ', slurp("/proc/$pid/stat"); return $f[13] + $f[14] };
my $used = $cpu->();
sleep 1;
cmp_ok($cpu->() - $used, '<', 30, 'a worker without descriptors does not spin');
logged($short, qr/accept\.paused error="Too many open files"/, 'and says so');
undef @held;
ok(wait_for(10, sub { ($short->get('/v1/health') // {})->{status} }), 'it goes on when there are some again');
is((($short->worker_pids)[0]), $pid, 'the same worker');
all_done;
