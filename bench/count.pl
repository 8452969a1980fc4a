# SPDX-License-Identifier: MIT
# Counts what a request costs a worker in user space: instructions, by callgrind, which unlike time do
# not depend on what else the machine does. What the kernel does is not in it.
#
#     perl bench/count.pl BUILD APP [OLD]
#
# BUILD is the folder of the programs, APP a t/todo that they can serve. The counts are compared with those
# of the programs in OLD, or else with @reads below: the exit code is 1 if a read has become dearer.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw();

# What a read costs on Debian 12, with a processor that has AVX2. A change that makes it cheaper lowers
# the number here; one that makes it dearer by more than TOLERANCE says why.
my @reads = (['/v1/health', 12_600], ['/v1/todos/1', 24_900], ['/v1/todos?limit=20', 142_000]);
use constant TOLERANCE => 1.03;

my ($new, $app, $old) = @ARGV;
die "usage: perl bench/count.pl BUILD APP [OLD]\n" unless $app;
my $scratch = tempdir('leat-count-XXXXXX', TMPDIR => 1, CLEANUP => 1);
# Above 512 files, leat would start its programs by a descriptor, which valgrind cannot.
my $limit = 'ulimit -n 500';

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "count: no port: $!\n";
    return $s->sockport;
}

sub start {
    my ($programs, $dir, $port) = @_;
    open my $f, '>', "$dir/leat.yaml" or die "count: $!\n";
    print {$f} <<"YAML";
listen: [{address: "127.0.0.1:$port"}]
workers: 1
sandbox: false
api: [{document: "@{[abs_path($app)]}/api.yaml"}]
database: {path: "$dir/app.db", migrations: "@{[abs_path($app)]}/migrations", migrate: on-start}
control: {socket: "$dir/leat.sock"}
log: {access: false, level: warn}
YAML
    close $f;
    my $pid = fork // die "count: fork: $!\n";
    return $pid if $pid;
    open STDOUT, '>', "$dir/log";
    open STDERR, '>&', \*STDOUT;
    exec 'sh', '-c', "$limit; exec valgrind --tool=callgrind --trace-children=yes --callgrind-out-file=$dir/out.%p"
        . " $programs/leat -c $dir/leat.yaml" or POSIX::_exit(127);
}

sub dial {
    my ($port, $dir) = @_;
    for (1 .. 300) {
        my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        return $s if $s;
        select undef, undef, undef, 0.2;
    }
    die "count: it does not serve; see $dir/log\n";
}

sub ask {
    my ($s, $path) = @_;
    print {$s} "GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    my $status = <$s> // '';
    my $length = 0;
    while (defined(my $line = <$s>)) {
        $length = $1 if $line =~ /^content-length: (\d+)/i;
        last if $line eq "\r\n";
    }
    die "count: $path: $status" unless $status =~ / 200 /;
    read $s, my ($body), $length;
}

# Returns the instructions of a worker that has answered $count requests.
sub instructions {
    my ($programs, $path, $count) = @_;
    my $dir = tempdir(DIR => $scratch);
    my $port = free_port();
    my $pid = start($programs, $dir, $port);
    my $s = dial($port, $dir);
    ask($s, $path) for 1 .. $count;
    close $s;
    kill TERM => $pid;
    waitpid $pid, 0;
    for my $file (glob "$dir/out.*") {
        open my $f, '<', $file or next;
        my $text = do { local $/; <$f> };
        return $1 if $text =~ /^cmd: .*--slot/m && $text =~ /^totals: (\d+)/m;
    }
    die "count: the worker left no count in $dir\n";
}

# Returns what one request costs, without the start.
sub cost {
    my ($folder, $path) = @_;
    my $programs = abs_path($folder);
    return (instructions($programs, $path, 1200) - instructions($programs, $path, 200)) / 1000;
}

my $dearer = 0;
printf "%-22s %12s %12s %7s\n", 'read', $old ? 'old' : 'expected', 'now', 'ratio';
for my $read (@reads) {
    my ($path, $expected) = @$read;
    my ($before, $now) = ($old ? cost($old, $path) : $expected, cost($new, $path));
    printf "%-22s %12.0f %12.0f %7.3f\n", $path, $before, $now, $now / $before;
    $dearer ||= $now > $before * TOLERANCE;
}
exit 0 if $old || !$dearer;
print STDERR "count: a read costs more than it did\n";
exit 1;
