# SPDX-License-Identifier: MIT
# Measures what becomes of an API past its capacity: a stream of cheap reads (and writes), and one of
# a heavy operation at 1, 2 and 3 times what the server can do of it. open_loop.c generates the load.
#
#     perl bench/overload.pl [--seconds N] [--patience MS] [--workers N] [--cheap RATE] [--capacity RATE]
#
# LEAT_BUILD names the folder of leat's programs; build/ if unset. The heavy operation's capacity is
# measured first, in a closed loop, unless it is given: to compare two builds, give both the same.
# Goodput is the rate of 2xx answers within the clients' patience.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Getopt::Long qw(GetOptions);
use IO::Socket::INET;
use Time::HiRes qw(sleep time);

my %option = (seconds => 8, patience => 10_000, workers => 1, cheap => 300, capacity => 0);
GetOptions(\%option, 'seconds=f', 'patience=i', 'workers=i', 'cheap=i', 'capacity=f') && !@ARGV
    or die "usage: perl bench/overload.pl [--seconds N] [--patience MS] [--workers N] [--cheap RATE]"
    . " [--capacity RATE]\n";
my $root  = abs_path(dirname(__FILE__) . '/..');
my $build = $ENV{LEAT_BUILD} // "$root/build";
my $dir   = tempdir('leat-overload-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub spew { my ($name, $text) = @_; open my $f, '>', "$dir/$name" or die "$name: $!\n"; print {$f} $text; close $f }
sub free_port { return IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0)->sockport }

my $port   = free_port();
my $ok     = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $series = 'WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < %d) ';
my $report = sprintf $series . 'SELECT sum(x) AS n FROM c', 200_000;
my $rebuild = sprintf 'INSERT INTO bulk ' . $series . 'SELECT sum(x) FROM c', 100_000;
mkdir "$dir/migrations";
spew('migrations/0001_a.up.sql', "CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER);\n"
    . "CREATE TABLE bulk (n INTEGER);\n"
    . "INSERT INTO item " . sprintf($series, 1000) . "SELECT x, x FROM c;\n");
spew('api.yaml', <<"API");
openapi: 3.1.0
info: {title: overload, version: "1"}
paths:
  /cheap: {get: {operationId: cheap, $ok, x-sql: {returns: one, sql: SELECT n FROM item WHERE id = 7}}}
  /report: {get: {operationId: report, $ok, x-sql: {returns: one, sql: $report}}}
  /put: {post: {operationId: put, $ok, x-sql: {returns: count, sql: UPDATE item SET n = n + 1 WHERE id = 8}}}
  /rebuild: {post: {operationId: rebuild, $ok, x-sql: {returns: count, sql: $rebuild}}}
API
spew('leat.yaml', <<"CONFIG");
listen: [{address: 127.0.0.1:$port, trusted: [127.0.0.0/8]}]
workers: $option{workers}
api: [{document: $dir/api.yaml}]
database: {path: $dir/a.db, migrations: $dir/migrations, migrate: on-start, synchronous: normal}
control: {socket: $dir/s}
log: {access: false, slow: 0s}
CONFIG
system('gcc', '-O2', '-Wall', '-D_GNU_SOURCE', "$root/bench/open_loop.c", '-o', "$dir/open_loop") == 0
    or die "gcc failed\n";

my $server = fork // die "fork: $!\n";
if (!$server) {
    open STDERR, '>', "$dir/log";
    exec "$build/leat", '-c', "$dir/leat.yaml" or die "exec: $!\n";
}
END { if ($server) { kill TERM => $server; waitpid $server, 0 } }

# Waits for the answer to one request on a new connection.
sub ask {
    my ($method, $path) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return '';
    print {$s} "$method $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    return do { local $/; <$s> } // '';
}

# Returns how many of the operation a second the server does for as many clients as it has threads.
sub capacity {
    my ($method, $path, $clients) = @_;
    my ($end, $count, @pipes) = (time + 3, 0);
    for (1 .. $clients) {
        pipe my $from, my $to;
        if (!fork) {
            $server = 0;
            my $n = 0;
            ask($method, $path) =~ m{^HTTP/1.1 200} && $n++ while time < $end;
            syswrite $to, "$n\n";
            exit 0;
        }
        push @pipes, $from;
    }
    $count += readline $_ for @pipes;
    wait for @pipes;
    return $count / 3;
}

# Runs streams of [method, path, rate] and returns their lines by path.
sub run {
    my ($name, @streams) = @_;
    my %line;
    open my $out, '-|', "$dir/open_loop", $port, $option{seconds}, $option{patience}, map { @$_ } @streams or die;
    while (<$out>) {
        my ($path, @values) = split;
        $line{$path} = \@values;
        printf "%-14s %-9s %8s %8s %8s %7s %7s %9s %9s %9s\n", $name, $path, @values;
    }
    close $out;
    return \%line;
}

sleep 0.05 until ask('GET', '/cheap') =~ /200 OK/;
ask('GET', '/report') for 1 .. 4; # it exceeds the read budget, and moves to the threads
for my $heavy (['GET', '/report', 2], ['POST', '/rebuild', 1]) {
    my ($method, $path, $clients) = @$heavy;
    my $capacity = $option{capacity} || capacity($method, $path, $clients * $option{workers});
    printf "\n%s: capacity %.1f/s\n%-14s %-9s %8s %8s %8s %7s %7s %9s %9s %9s\n", $path, $capacity,
        qw(load path offered good refused other lost p50 p99 max);
    my @cheap = (['GET', '/cheap', $option{cheap}], ['POST', '/put', $option{cheap} / 5]);
    run('cheap alone', @cheap);
    run("$_ x", @cheap, [$method, $path, $capacity * $_]) for 1 .. 3;
}
