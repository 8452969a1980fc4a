# SPDX-License-Identifier: MIT
# Measures leat and its peers in turn, A B C D, A B C D, …, so that a disturbance of the machine
# affects all of them. All servers run all the time, each with one worker, on one core; wrk has
# another. A wrong answer, or an error reported by wrk, ends the run.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(hmac_sha256);
use Getopt::Long qw(GetOptions);
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64url);
use File::Copy qw(copy);
use File::Path qw(remove_tree);
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

binmode $_, ':encoding(UTF-8)' for *STDOUT, *STDERR;
$| = 1;
$ENV{PATH} .= ':/usr/sbin:/sbin';

my $owner = $$;
sub slurp { my ($path) = @_; open my $f, '<:raw', $path or return ''; local $/; return <$f> // '' }
sub spew { my ($path, $text) = @_; open my $f, '>:raw', $path or die "bench: $path: $!\n"; print {$f} $text; close $f }

my %option = (rounds => 5, seconds => 3, root => undef, folder => undef);
GetOptions(\%option, 'rounds=i', 'seconds=i', 'root=s', 'folder=s') && !@ARGV && $option{folder}
    && $option{rounds} > 0 && $option{seconds} > 0
    or die "usage: sh bench/run.sh [--rounds N] [--seconds N]\n";
my ($rounds, $seconds, $root, $folder) = @option{qw(rounds seconds root folder)};

# More rows than fit into the caches of SQLite's defaults.
use constant {WARM_UP => 1, CONNECTIONS => 64, ROWS => 100_000};
use constant DISTURBED => 10; # percent of a core
my $health = '{"status":"ok"}';
my $uuid7  = qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

# Returns an access token signed with the bench's own key, which is created with it: HS256 or EdDSA.
sub token {
    my ($kid) = @_;
    my ($now, $key) = (int time, "$folder/$kid");
    my %alg = (hs256 => 'HS256', eddsa => 'EdDSA');
    my $text = join '.', map { encode_base64url($_) } qq({"alg":"$alg{$kid}","typ":"at+jwt","kid":"$kid"}),
        sprintf '{"iss":"leat","aud":"leat","sub":"bench","iat":%d,"exp":%d}', $now, $now + 3600;
    spew("$folder/text", $text);
    if ($kid eq 'hs256') {
        spew($key, 'a secret of the bench, and of nobody else');
        return "$text." . encode_base64url(hmac_sha256($text, slurp($key)));
    }
    system("openssl genpkey -algorithm ed25519 -out $key 2>/dev/null && openssl pkeyutl -sign -rawin -inkey $key -in $folder/text -out $folder/signature") == 0
        or die "bench: openssl makes no key\n";
    return "$text." . encode_base64url(slurp("$folder/signature"));
}

# name => the program, and its arguments to serve on a port; configurations are in bench/peers/
my %server = (
    rawh2o => {program => "$folder/rawh2o", arguments => sub { ($_[0], "$folder/rawh2o.db") }},
    shared => {program => "$folder/rawh2o", arguments => sub { ($_[0], "$folder/shared.db", 'shared') }},
    hyper  => {program => "$folder/hyper",  arguments => sub { ($_[0], "$folder/hyper.db") }},
    leat   => {program => "$folder/leat",   arguments => sub { ('-c', "$folder/leat.yaml") }},
    callers => {program => "$folder/leat",  arguments => sub { ('-c', "$folder/callers.yaml") }},
    nginx  => {program => 'nginx', arguments => sub { ('-e', 'stderr', '-c', "$folder/nginx.conf") }},
    kore   => {program => 'kore',  arguments => sub { ('-fnr', '-c', "$folder/kore.conf") }},
);

# The other rows of a workload are compared with its first.
my @workloads = (
    {name => 'constant', path => '/v1/health', rows => [
        {server => 'rawh2o', title => 'libh2o, raw'},
        {server => 'leat',   title => 'leat, health.live'},
        {server => 'nginx',  title => 'nginx, return 200'},
        {server => 'kore',   title => 'kore, C handler'},
        {server => 'hyper',  title => 'hyper'},
    ]},
    {name => 'todo read', path => '/v1/todos', ids => ROWS, rows => [
        {server => 'shared',  title => 'libh2o, shared reads'},
        {server => 'rawh2o',  title => 'libh2o + SQLite'},
        {server => 'hyper',   title => 'hyper + rusqlite'},
        {server => 'leat',    title => 'leat, x-sql'},
        {server => 'callers', title => 'leat, HS256, limit', path => '/v1/own', token => token('hs256')},
    ]},
    {name => 'list of 20', rows => [
        {server => 'shared', title => 'libh2o, shared reads', path => '/v1/list'},
        {server => 'leat',   title => 'leat, filter, page', path => '/v1/todos?limit=20&done=false'},
    ]},
    {name => 'callers', ids => ROWS, rows => [
        {server => 'callers', title => 'anonymous',    path => '/v1/open'},
        {server => 'callers', title => 'HS256, limit', path => '/v1/own', token => token('hs256')},
        {server => 'callers', title => 'EdDSA, limit', path => '/v1/own', token => token('eddsa')},
    ]},
);

# ---- processes -------------------------------------------------------------------------------------

my @signals = qw(HUP INT QUIT PIPE TERM);
my %live; # process id => name; each leads a group of its own

sub has_program { my ($p) = @_; return grep { -x } $p, map { "$_/$p" } split /:/, $ENV{PATH} }

# Starts a program on a core, with its output in NAME.log; returns its process id.
sub spawn {
    my ($name, $core, @command) = @_;
    my $pid = fork // die "bench: fork: $!\n";
    if (!$pid) {
        setpgrp 0, 0;
        $SIG{$_} = 'DEFAULT' for @signals, 'ALRM';
        chdir $folder;
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>',  "$folder/$name.log";
        open STDERR, '>&', \*STDOUT;
        exec 'taskset', '-c', $core, @command or POSIX::_exit(127);
    }
    $live{$pid} = $name;
    return $pid;
}

# Returns the exit code once the process has ended; undef if that takes longer.
sub wait_exit {
    my ($pid, $limit) = @_;
    my $until = time + $limit;
    while (waitpid($pid, WNOHANG) != $pid) {
        return if time > $until;
        sleep 0.01;
    }
    delete $live{$pid};
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

sub stop_all {
    my @pids = keys %live;
    kill TERM => @pids;
    for my $pid (@pids) {
        wait_exit($pid, 3);
        kill KILL => -$pid; # whoever of its group is left
        waitpid $pid, 0 if $live{$pid};
    }
    %live = ();
}

my $wrk_core;
$SIG{$_} = sub { die "bench: stopped by SIG$_[0]\n" } for @signals;
$SIG{ALRM} = sub { die "bench: it takes too long\n" };
END {
    if ($$ == $owner) {
        my $status = $?;
        $SIG{$_} = 'IGNORE' for @signals, 'ALRM';
        stop_all();
        remove_tree($option{folder}) if $option{folder};
        $? = $status ? 1 : 0;
    }
}

# Returns the processes that serve: the leaves of the program's process tree.
sub leaves {
    my ($pid) = @_;
    my @children = split ' ', slurp("/proc/$pid/task/$pid/children");
    return @children ? map { leaves($_) } @children : $pid;
}

my $tick = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# Returns the seconds of user and system time of all threads.
sub cpu_seconds {
    my $sum = 0;
    for my $pid (@_) {
        my ($fields) = slurp("/proc/$pid/stat") =~ /\) (.*)/s or die "bench: process $pid is gone\n";
        my @field = split ' ', $fields;
        $sum += ($field[11] + $field[12]) / $tick;
    }
    return $sum;
}

# Returns the seconds for which the two cores were busy, for any process.
sub machine_seconds {
    my $sum = 0;
    for my $core ($server{leat}{core}, $wrk_core) {
        my ($user, $nice, $system, undef, undef, @interrupts) =
            split ' ', slurp('/proc/stat') =~ /^cpu$core (.*)/m ? $1 : '';
        $sum += ($user + $nice + $system + $interrupts[0] + $interrupts[1] + $interrupts[2]) / $tick;
    }
    return $sum;
}

# Returns the seconds of reaped children: wrk.
sub children_seconds { my @times = times; return $times[2] + $times[3] }

# ---- servers ---------------------------------------------------------------------------------------

# Returns {status, headers, body}; undef if nobody answers.
sub get {
    my ($port, $path) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 5) or return;
    print {$s} "GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    my $text = do { local $/; <$s> } // '';
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    return unless defined $body && $head =~ m{^HTTP/1\.1 (\d{3})};
    my %headers = map { /^([^:]+):\s*(.*)$/ ? (lc $1 => $2) : () } split /\r\n/, $head;
    return {status => $1, headers => \%headers, body => $body};
}

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0)
        or die "bench: no port: $!\n";
    return $s->sockport;
}

# Fills in the template bench/peers/NAME, if there is one.
sub configure {
    my ($name, $port) = @_;
    my %value = (PORT => $port, FOLDER => $folder, ROOT => $root);
    my $text = slurp("$root/bench/peers/$name") || return;
    $text =~ s/\@(\w+)\@/$value{$1}/g;
    open my $f, '>', "$folder/$name" or die "bench: $folder/$name: $!\n";
    print {$f} $text;
    close $f;
}

sub start {
    my ($name) = @_;
    my $server = $server{$name};
    my $port = $server->{port} = free_port();
    configure("$name.$_", $port) for qw(yaml conf);
    prepare_databases() if $name eq 'leat';
    my $pid = spawn($name, $server->{core}, $server->{program}, $server->{arguments}->($port));
    my $until = time + 10;
    until (my $answer = get($port, '/v1/health')) {
        die "bench: $name does not serve:\n", slurp("$folder/$name.log")
            if defined wait_exit($pid, 0) || time > $until;
        sleep 0.02;
    }
    $server->{pids} = [leaves($pid)];
}

# Adds rows behind the thousand that the application begins with.
my $fill = <<'SQL';
WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < @ROWS@)
INSERT INTO todos (id, list_id, title, done, tags, created_at)
SELECT i, 1 + i % 3, 'Todo ' || i, i % 4 = 0, CASE i % 5 WHEN 0 THEN '["urgent"]' ELSE '[]' END,
       strftime('%Y-%m-%dT%H:%M:%S.000Z', '2026-01-01', '+' || i || ' minutes')
FROM n;
PRAGMA wal_checkpoint(TRUNCATE);
SQL

# Lets leat create the database; the others get copies.
sub prepare_databases {
    my @command = ("$folder/leat", 'migrate', 'up', '-c', "$folder/leat.yaml");
    my $pid = spawn('migrate', $server{leat}{core}, @command);
    my $code = wait_exit($pid, 10);
    die "bench: leat migrate up:\n", slurp("$folder/migrate.log") if !defined $code || $code;
    (my $sql = $fill) =~ s/\@ROWS\@/ROWS/e;
    spew("$folder/fill.sql", $sql);
    system("sqlite3 $folder/leat.db <$folder/fill.sql >/dev/null") == 0 or die "bench: sqlite3 does not fill the database\n";
    die "bench: a write-ahead log is left behind\n" if -s "$folder/leat.db-wal";
    for my $name (qw(callers rawh2o shared hyper)) {
        copy("$folder/leat.db", "$folder/$name.db") or die "bench: copying the database: $!\n";
    }
}

# ---- the same answers ------------------------------------------------------------------------------

sub check_health {
    my ($name) = @_;
    my $r = get($server{$name}{port}, '/v1/health');
    die "bench: $name answers ", $r ? "$r->{status} $r->{body}" : 'nothing', ", not 200 $health\n"
        unless $r && $r->{status} == 200 && $r->{body} eq $health
        && $r->{headers}{'content-type'} eq 'application/json';
}

# Returns the answer without the parts that may differ.
sub comparable {
    my ($name, $path) = @_;
    my $r = get($server{$name}{port}, $path) or die "bench: $name does not answer $path\n";
    my %headers = %{$r->{headers}};
    $headers{'x-request-id'} =~ s/$uuid7/a UUIDv7/ if $headers{'x-request-id'};
    delete @headers{qw(connection date server)};
    return join "\n", $r->{status}, (map { "$_: $headers{$_}" } sort keys %headers), '', $r->{body};
}

sub check_todos {
    for my $path (map { "/v1/todos/$_" } 1, 2, 4, 5, 60, 999, ROWS) {
        my $leat = comparable('leat', $path);
        die "bench: GET $path answers\n$leat\n" unless $leat =~ /\A200\n.*\n\n\{"id":/s;
        for my $peer (grep { $server{$_} } qw(rawh2o shared hyper)) {
            my $other = comparable($peer, $path);
            die "bench: GET $path: $peer answers\n$other\n\nand leat\n$leat\n" if $other ne $leat;
        }
    }
}

# The cursor of the peer stands for nothing, but is as long.
sub check_list {
    my ($leat, $raw) = (comparable('leat', '/v1/todos?limit=20&done=false'), comparable('shared', '/v1/list'));
    s/"next":"([^"]*)"/'"next":' . length $1/e for $leat, $raw;
    die "bench: the list of the raw peer is\n$raw\n\nand that of leat\n$leat\n" if $leat ne $raw;
}

# ---- measuring -------------------------------------------------------------------------------------

# Runs wrk once: {requests, us, …} as bench/wrk.lua reports it.
sub wrk {
    my ($server, $workload, $row, $length) = @_;
    my @ids = $workload->{ids} ? ('--', $workload->{ids}) : ();
    my @options = ('-t1', '-c' . CONNECTIONS, "-d${length}s", '-s', "$root/bench/wrk.lua");
    my $path = $row->{path} // $workload->{path};
    my $url = "http://127.0.0.1:$server->{port}$path";
    push @options, '-H', "Authorization: Bearer $row->{token}" if $row->{token};
    my $pid = spawn('wrk', $wrk_core, 'wrk', @options, $url, @ids);
    my $code = wait_exit($pid, $length + 10);
    my $said = slurp("$folder/wrk.log");
    my ($line) = $said =~ /^bench: (.*)$/m;
    die "bench: wrk failed:\n$said" if !defined $code || $code || !$line;
    my %saw = $line =~ /(\w+)=(\d+)/g;
    die "bench: wrk saw errors on $path:\n$said"
        if !$saw{requests} || grep { $saw{$_} } qw(connect read write timeout status);
    return \%saw;
}

# Adds a round's {rate, cpu_us, busy, others} to the row; the last two are percentages of a core.
sub measure {
    my ($workload, $row) = @_;
    my $server = $server{$row->{server}};
    check_health($row->{server});
    wrk($server, $workload, $row, WARM_UP);
    my @before = (machine_seconds() - children_seconds(), cpu_seconds(@{$server->{pids}}));
    my $saw = wrk($server, $workload, $row, $seconds);
    my $cpu = cpu_seconds(@{$server->{pids}}) - $before[1];
    my $others = machine_seconds() - children_seconds() - $before[0] - $cpu;
    my %round = (
        rate   => $saw->{requests} * 1e6 / $saw->{us},
        cpu_us => $cpu * 1e6 / $saw->{requests},
        busy   => $cpu * 1e8 / $saw->{us},
        others => $others * 1e8 / $saw->{us},
    );
    printf STDERR "  %-10s  %-20s  %7.0f/s  %5.2f µs  others %3.0f%%\n",
        $workload->{name}, $row->{title}, @round{qw(rate cpu_us others)};
    push @{$row->{rounds}}, \%round;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}

sub of_rounds { my ($row, $key) = @_; return median(map { $_->{$key} } @{$row->{rounds}}) }

# Returns the median of the per-round ratios.
sub ratio {
    my ($row, $base, $key) = @_;
    return median(map { $row->{rounds}[$_]{$key} / $base->{rounds}[$_]{$key} } 0 .. $#{$row->{rounds}});
}

# ---- the report ------------------------------------------------------------------------------------

sub first_line { my ($command, $pattern) = @_; return qx($command 2>&1) =~ $pattern ? $1 : '?' }

sub print_head {
    my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)$/m;
    my $cores = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
    my @versions = (
        'leat ' . first_line("$folder/leat --version", qr/(\d\S*)/),
        first_line("$folder/rawh2o --version", qr/^(.*)$/m),
        $server{nginx} ? 'nginx ' . first_line('nginx -v', qr{nginx/(\S+)}) : (),
        $server{kore} ? 'kore ' . first_line('kore -v', qr/(\d\S*)/) : (),
        'wrk ' . first_line('wrk -v', qr{wrk \D*(\d\S*)}),
        'gcc ' . first_line('gcc -dumpfullversion', qr/(\S+)/),
    );
    printf "%s × %s, %s %s\n", $cores, $cpu // 'unknown processor', (POSIX::uname())[0, 2];
    print join(', ', @versions), "\n";
    printf "%d interleaved rounds of %d s after %d s of warm-up, %d connections, HTTP/1.1 keep-alive\n",
        $rounds, $seconds, WARM_UP, CONNECTIONS;
    printf "one worker on core %d, wrk on core %d\n\n", $server{leat}{core}, $wrk_core;
}

# Drops rounds in which other programs were busy, unless all were. Returns the remark for the
# report.
sub drop_disturbed {
    my ($workload) = @_;
    my @rows = @{$workload->{rows}};
    my @quiet = grep { my $i = $_; !grep { $_->{rounds}[$i]{others} > DISTURBED } @rows } 0 .. $rounds - 1;
    return '' if @quiet == $rounds;
    $_->{rounds} = [@{$_->{rounds}}[@quiet]] for @quiet ? @rows : ();
    return sprintf "%s: in %d of %d rounds other programs took more than %d %% of a core: %s.\n", $workload->{name},
        $rounds - @quiet, $rounds, DISTURBED, @quiet ? 'left out' : 'these figures mean little';
}

sub print_table {
    my @disturbed = map { drop_disturbed($_) } @workloads;
    printf "%-10s  %-20s  %10s  %6s  %14s  %6s  %5s\n",
        'workload', 'server', 'requests/s', 'ratio', 'CPU µs/request', 'ratio', 'busy';
    for my $workload (@workloads) {
        my $base = $workload->{rows}[0];
        for my $row (@{$workload->{rows}}) {
            printf "%-10s  %-20s  %10.0f  %6.2f  %14.2f  %6.2f  %4.0f%%\n", $workload->{name}, $row->{title},
                of_rounds($row, 'rate'), ratio($row, $base, 'rate'),
                of_rounds($row, 'cpu_us'), ratio($row, $base, 'cpu_us'), of_rounds($row, 'busy');
        }
    }
    print <<'TXT';

Medians; ratios to the first row of the workload, round by round. Where a server is not busy, wrk
was the limit: compare the CPU. Less than 10 % is a tie. In leat and with "shared reads" the reads of
one turn of the loop share a transaction; for the others each is one of its own.
TXT
    print @disturbed;
}

sub choose_cores {
    my ($list) = slurp('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\S+)/m;
    my @cores = map { /(\d+)-(\d+)/ ? $1 .. $2 : $_ } split /,/, $list // '';
    die "bench: two cores are needed, one for the server and one for wrk\n" if @cores < 2;
    $_->{core} = $cores[0] for values %server;
    $wrk_core = $cores[1];
}

# Leaves out peers that are not installed, and reports them.
sub leave_out_absent {
    die "bench: wrk is not installed\n" unless has_program('wrk');
    for my $name (sort keys %server) {
        next if has_program($server{$name}{program}) && ($name ne 'kore' || -e "$folder/kore.so");
        print STDERR "bench: $name is not installed: left out\n";
        delete $server{$name};
    }
    @{$_->{rows}} = grep { $server{$_->{server}} } @{$_->{rows}} for @workloads;
}

leave_out_absent();
choose_cores();
my $row_count = map { @{$_->{rows}} } @workloads;
alarm 60 + 2 * $rounds * $row_count * (WARM_UP + $seconds);
start($_) for grep { $server{$_} } qw(leat callers rawh2o shared hyper nginx kore);
check_health($_) for keys %server;
check_todos();
check_list();
print_head();
for my $workload (@workloads) {
    for my $round (1 .. $rounds) {
        print STDERR "round $round of $rounds\n";
        measure($workload, $_) for @{$workload->{rows}};
    }
}
print_table();
