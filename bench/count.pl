# SPDX-License-Identifier: MIT
# Counts what a request costs a worker in user space: instructions, by callgrind, which unlike time do
# not depend on what else the machine does. What the kernel does is not in it.
#
#     perl bench/count.pl OLD NEW APP
#
# OLD and NEW are folders of programs, APP is a t/todo that both can serve.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw();

my ($old, $new, $app) = @ARGV;
die "usage: perl bench/count.pl OLD NEW APP\n" unless $app;
my %build = (old => abs_path($old), new => abs_path($new));
my @reads = ('/v1/health', '/v1/todos/1', '/v1/todos?limit=20');
my $folder = tempdir('leat-count-XXXXXX', TMPDIR => 1, CLEANUP => 1);
# Above 512 files, leat would start its programs by a descriptor, which valgrind cannot.
my $limit = 'ulimit -n 500';

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "count: no port: $!\n";
    return $s->sockport;
}

sub start {
    my ($build, $dir, $port) = @_;
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
        . " $build/leat -c $dir/leat.yaml" or POSIX::_exit(127);
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
    my ($name, $path, $count) = @_;
    my $dir = tempdir(DIR => $folder);
    my $port = free_port();
    my $pid = start($build{$name}, $dir, $port);
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

printf "%-22s %12s %12s %7s\n", 'read', 'old', 'new', 'ratio';
for my $path (@reads) {
    my %each = map { ($_ => (instructions($_, $path, 1200) - instructions($_, $path, 200)) / 1000) } qw(old new);
    printf "%-22s %12.0f %12.0f %7.3f\n", $path, @each{qw(old new)}, $each{new} / $each{old};
}
