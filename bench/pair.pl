# SPDX-License-Identifier: MIT
# Compares two builds of leat. Both serve all the time, each with one worker on the same core, and
# are asked in turn: old new, new old, … Reports the CPU of the worker per request, from /proc, and
# the ratios round by round.
#
#     perl bench/pair.pl OLD NEW APP [ROUNDS [SECONDS]]
#
# OLD and NEW are folders of programs, APP is a t/todo that both can serve.
use strict;
use warnings;
use utf8;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

binmode STDOUT, ':encoding(UTF-8)';
my ($old, $new, $app, $rounds, $seconds) = @ARGV;
die "usage: perl bench/pair.pl OLD NEW APP [ROUNDS [SECONDS]]\n" unless $app;
($rounds, $seconds) = ($rounds // 10, $seconds // 2);
my $folder  = tempdir('leat-pair-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $bench   = dirname(abs_path($0));
my @cores   = (0, 1);
my @reads   = (['/v1/health'], ['/v1/todos/1'], ['/v1/todos', 1000], ['/v1/todos?limit=20']);
my %server  = (old => {build => abs_path($old)}, new => {build => abs_path($new)});

END { local $?; kill TERM => map { $_->{pid} // () } values %server }

sub slurp { my ($path) = @_; open my $f, '<', $path or return ''; local $/; return <$f> // '' }

sub serves {
    my ($port) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5) or return;
    print {$s} "GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    return (<$s> // '') =~ m{^HTTP/1.1 200 };
}

sub start {
    my ($name) = @_;
    my $s = $server{$name};
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "pair: no port: $!\n";
    $s->{port} = $socket->sockport;
    close $socket;
    mkdir "$folder/$name";
    open my $f, '>', "$folder/$name/leat.yaml" or die "pair: $!\n";
    print {$f} <<"YAML";
listen: [{address: "127.0.0.1:$s->{port}"}]
workers: 1
api: [{document: "@{[abs_path($app)]}/api.yaml"}]
database: {path: "$folder/$name/app.db", migrations: "@{[abs_path($app)]}/migrations", migrate: on-start}
control: {socket: "$folder/$name/leat.sock"}
log: {access: false, level: warn}
YAML
    close $f;
    $s->{pid} = fork // die "pair: fork: $!\n";
    if (!$s->{pid}) {
        open STDERR, '>', "$folder/$name/log";
        exec 'taskset', '-c', $cores[0], "$s->{build}/leat", '-c', "$folder/$name/leat.yaml" or POSIX::_exit(127);
    }
    my $until = time + 20;
    until (serves($s->{port})) {
        die "pair: $name does not serve:\n", slurp("$folder/$name/log")
            if time > $until || waitpid($s->{pid}, WNOHANG);
        sleep 0.05;
    }
    ($s->{worker}) = split ' ', slurp("/proc/$s->{pid}/task/$s->{pid}/children");
}

# Returns the seconds that the worker's threads have had a processor.
sub cpu {
    my ($s) = @_;
    my @threads = glob "/proc/$s->{worker}/task/*/schedstat" or die "pair: a worker is gone\n";
    my $ns = 0;
    $ns += (split ' ', slurp($_))[0] // 0 for @threads;
    return $ns / 1e9;
}

# Returns the microseconds of CPU per request.
sub ask {
    my ($name, $path, @ids) = @_;
    my $s = $server{$name};
    my $before = cpu($s);
    my @more = @ids ? ('--', @ids) : ();
    open my $wrk, '-|', 'taskset', '-c', $cores[1], 'wrk', '-t1', '-c64', "-d${seconds}s", '-s', "$bench/wrk.lua",
        "http://127.0.0.1:$s->{port}$path", @more or die "pair: wrk: $!\n";
    my ($line) = do { local $/; <$wrk> } =~ /^bench: (.*)$/m or die "pair: wrk failed on $path\n";
    close $wrk;
    my %saw = $line =~ /(\w+)=(\d+)/g;
    die "pair: wrk saw errors on $path: $line\n" if !$saw{requests} || grep { $saw{$_} } qw(connect read write timeout status);
    return (cpu($s) - $before) * 1e6 / $saw{requests};
}

sub median { my @s = sort { $a <=> $b } @_; return ($s[$#s / 2] + $s[@s / 2]) / 2 }

start($_) for qw(old new);
printf "%-22s %12s %12s %7s\n", 'read', 'old µs', 'new µs', 'ratio';
for my $read (@reads) {
    my (%us, @ratios);
    for my $round (0 .. $rounds) {
        my %now = map { ($_ => ask($_, @$read)) } $round % 2 ? qw(old new) : qw(new old);
        next unless $round; # the first one warms up
        push @{$us{$_}}, $now{$_} for qw(old new);
        push @ratios, $now{new} / $now{old};
    }
    printf "%-22s %12.2f %12.2f %7.3f\n", "$read->[0]@{[$read->[1] ? '/ID' : '']}", median(@{$us{old}}), median(@{$us{new}}),
        median(@ratios);
}
