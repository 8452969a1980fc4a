# SPDX-License-Identifier: MIT
# Measures creates per second, with a commit for each and with shared commits, for one, two and four
# workers. Each row of a round serves a small database on this file system; rounds alternate.
#
#     perl bench/writes.pl [--rounds N] [--seconds N] [--synchronous full|normal] [--hyper PROGRAM] BUILD APP
#
# APP is a t/todo, PROGRAM a bench/peers/hyper, which has one connection and commits each row. Prints the
# median and the range, and the ratio to one worker without batches.
use strict;
use warnings;
use utf8;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Getopt::Long qw(GetOptions);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

binmode STDOUT, ':encoding(UTF-8)';
my %option = (rounds => 3, seconds => 3, synchronous => 'full');
GetOptions(\%option, 'rounds=i', 'seconds=i', 'synchronous=s', 'hyper=s') && @ARGV == 2
    or die "usage: perl bench/writes.pl [--rounds N] [--seconds N] [--synchronous full|normal] [--hyper PROGRAM] BUILD APP\n";
my ($build, $app) = map { abs_path($_) } @ARGV;
my $hyper = $option{hyper} && abs_path($option{hyper});
my $bench = dirname(abs_path($0));
my $pid;

END { local $?; kill TERM => $pid if $pid }

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "writes: no port: $!\n";
    return $s->sockport;
}

sub serves {
    my ($port) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5) or return;
    print {$s} "GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    return (<$s> // '') =~ m{^HTTP/1.1 200 };
}

# Writes leat's configuration, and lets it create the database.
sub prepare {
    my ($folder, $port, $workers, $batch) = @_;
    open my $f, '>', "$folder/leat.yaml" or die "writes: $!\n";
    print {$f} <<"YAML";
listen: [{address: "127.0.0.1:$port"}]
workers: $workers
api: [{document: "$app/api.yaml"}]
database: {path: app.db, migrations: "$app/migrations", migrate: on-start, batch: $batch, synchronous: $option{synchronous}}
control: {socket: leat.sock}
log: {access: false, level: warn}
YAML
    close $f;
    my $said = `'$build/leat' migrate up -c '$folder/leat.yaml' 2>&1`;
    die "writes: leat migrate up: $said" if $?;
}

# Returns the creates per second: of leat with so many workers, or of hyper.
sub measure {
    my ($workers, $batch) = @_;
    my $folder = tempdir('leat-writes-XXXXXX', DIR => '.', CLEANUP => 1);
    my $port = free_port();
    prepare($folder, $port, $workers eq 'hyper' ? 1 : $workers, $batch);
    my @command = $workers eq 'hyper' ? ($hyper, $port, "$folder/app.db") : ("$build/leat", '-c', "$folder/leat.yaml");
    $pid = fork // die "writes: fork: $!\n";
    exec @command or POSIX::_exit(127) if !$pid;
    my $until = time + 20;
    until (serves($port)) { die "writes: it does not serve\n" if time > $until; sleep 0.05 }
    my $out = `wrk -t1 -c64 -d$option{seconds}s -s '$bench/wrk.lua' http://127.0.0.1:$port/v1/todos -- create`;
    my %saw = $out =~ /^bench: (.*)$/m ? $1 =~ /(\w+)=(\d+)/g : die "writes: wrk failed: $out\n";
    die "writes: wrk saw errors: $out\n" if grep { $saw{$_} } qw(connect read write timeout status);
    kill TERM => $pid;
    waitpid $pid, 0;
    undef $pid;
    return $saw{requests} / $saw{us} * 1e6;
}

my @rows = ([1, 1], [1, 256], [2, 1], [2, 256], [4, 1], [4, 256], $hyper ? ['hyper', 1] : ());
my %rate;
for my $round (1 .. $option{rounds}) {
    push @{$rate{"@$_"}}, measure(@$_) for $round % 2 ? @rows : reverse @rows;
}
sub median { my @s = sort { $a <=> $b } @_; return ($s[$#s / 2] + $s[@s / 2]) / 2 }
my $base = median(@{$rate{'1 1'}});
printf "%7s %6s %9s %17s %7s\n", 'workers', 'batch', 'creates/s', 'range', 'ratio';
for my $row (@rows) {
    my @all = sort { $a <=> $b } @{$rate{"@$row"}};
    printf "%7s %6d %9.0f %8.0f–%8.0f %7.2f\n", @$row, median(@all), $all[0], $all[-1], median(@all) / $base;
}
