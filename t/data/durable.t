# SPDX-License-Identifier: MIT
# At synchronous: full, no client hears of a write before the -wal is on the disk.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    post:
      operationId: add
      responses: {"201": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t DEFAULT VALUES RETURNING id"}
API
my $leat = Leat::Test->new(document => $document, workers => 1,
    migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY);\n"})->start;
my $post = "POST /rows HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

$leat->raw($post); # the first write also makes the head of the -wal

# Returns what the worker does to the -wal and tells clients while the code runs: "write", "sync", "201".
sub traced {
    my ($code) = @_;
    my ($worker) = $leat->worker_pids;
    my $trace = "$leat->{dir}/trace";
    my $pid = fork // die;
    if (!$pid) {
        open STDERR, '>', "$trace.log";
        exec 'strace', '-f', '-q', '-y', '-s', '16', '-o', $trace, '-e',
            'trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg', '-p', $worker or POSIX::_exit(127);
    }
    Leat::Test::wait_for(10, sub { Leat::Test::slurp("/proc/$worker/status") =~ /^TracerPid:\s+[1-9]/m })
        or die "strace does not attach: " . Leat::Test::slurp("$trace.log");
    $code->();
    kill TERM => $pid;
    waitpid $pid, 0;
    my @seen;
    for (split /\n/, Leat::Test::slurp($trace)) {
        push @seen, /pwrite64\(\d+<[^>]*-wal>/ ? 'write' : /(?:fdatasync|fsync)\(\d+<[^>]*-wal>/ ? 'sync'
            : /HTTP\/1\.1 201/ ? '201' : ();
    }
    return @seen;
}

subtest 'a write alone' => sub {
    my @seen = traced(sub { like($leat->raw($post), qr/^HTTP\/1\.1 201 /, 'created') for 1 .. 5 });
    my $text = join(' ', @seen) =~ s/\bwrite(?: write)*\b/write/gr;
    is($text, join(' ', ('write sync 201') x 5), 'each is written, then on the disk, then told');
};

subtest 'writes that share a commit' => sub {
    my @seen = traced(sub {
        my @sockets = map { my $s = $leat->connect; syswrite $s, $post; $s } 1 .. 40;
        like(Leat::Test::read_all($_, 60), qr/^HTTP\/1\.1 201 /, 'created') for @sockets;
    });
    my %count;
    $count{$_}++ for @seen;
    is($count{201}, 40, 'all are told');
    like("@seen", qr/^(?:write )+sync (?:(?:write|sync|201) ?)+\z/, 'none before the first is on the disk');
    cmp_ok($count{sync}, '<=', 40, "with $count{sync} fsyncs");
};

all_done;
