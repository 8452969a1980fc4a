# SPDX-License-Identifier: MIT
# The harness of the black-box tests: a real leat in a folder of its own, on ports of its own.
#
#     my $leat = Leat::Test->new(document => <<'YAML', migrations => {'0001_a.up.sql' => '…'});
#     $leat->start;
#     my $r = $leat->get('/v1/things');     # {status, headers, body, json}
#
# When the test ends, every process is stopped, and what leaked fails the test.
package Leat::Test;

use strict;
use warnings;
use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(:flock);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(:sys_wait_h);
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_SNDBUF TCP_NODELAY);
use Test::More;
use Time::HiRes qw(clock_gettime sleep CLOCK_MONOTONIC);

our @EXPORT = qw(all_done monotonic wait_for settled becomes logged referred slurp spew run_command suites is_sanitized
    scale);

my @live;
$SIG{PIPE} = 'IGNORE';
my $json = JSON::PP->new->utf8->allow_nonref;
my $source = abs_path($ENV{LEAT_SRC}   // '.');
my $build  = abs_path($ENV{LEAT_BUILD} // 'build');

sub source { $source }
sub build  { $build }
# Returns the text of a document that several tests serve: t/harness/NAME.yaml.
sub document { my ($name) = @_; return slurp("$source/t/harness/$name.yaml") }
sub is_sanitized { $ENV{LEAT_SANITIZE} ? 1 : 0 }
# Long tests do a tenth of their rounds under a sanitizer.
sub scale { my ($n) = @_; return is_sanitized() ? int($n / 10) || 1 : $n }
sub suites {
    my ($name) = @_;
    my $folder = ($ENV{LEAT_SUITES} // "$source/../shared/suites") . "/$name";
    return -d $folder ? $folder : undef;
}

sub slurp { my ($path) = @_; open my $f, '<:raw', $path or return ''; local $/; my $t = <$f>; return $t // '' }
sub spew {
    my ($path, $text) = @_;
    (my $dir = $path) =~ s{/[^/]*$}{};
    make_path($dir);
    open my $f, '>:raw', $path or croak "$path: $!";
    print {$f} $text;
    close $f or croak "$path: $!";
}

# Returns seconds to measure time with: unlike time(), they do not jump when somebody sets the clock.
sub monotonic { return clock_gettime(CLOCK_MONOTONIC) }

# Polls until the code returns true; undef after the deadline.
sub wait_for {
    my ($seconds, $code) = @_;
    $seconds *= 4 if is_sanitized();
    my $until = monotonic() + $seconds;
    while (1) {
        my $got = $code->();
        return $got if $got;
        return if monotonic() > $until;
        sleep 0.02;
    }
}

# Returns the count once it has not changed for a while, because work in the background, such as
# closing the connection of a client that has just gone, would otherwise be counted too early.
sub settled {
    my ($code) = @_;
    my ($last, $same) = ($code->(), 0);
    wait_for(20, sub {
        my $now = $code->();
        ($last, $same) = ($now, $now eq $last ? $same + 1 : 0);
        return $same == 15;
    });
    return $last;
}

# Returns what an object of a document is or refers to within it.
sub referred {
    my ($document, $object) = @_;
    my $ref = $object && $object->{'$ref'} or return $object;
    my $at = $document;
    $at = $at->{$_} for grep { length } split m{/}, substr $ref, 1;
    return $at;
}

# Waits until the count is the given one: for counts that must return to an earlier value.
sub becomes {
    my ($code, $want, $name) = @_;
    my $got;
    wait_for(10, sub { ($got = $code->()) eq $want });
    return is($got, $want, $name);
}

# Waits until the log matches: a thread writes lines some milliseconds after the event.
sub logged {
    my ($leat, $pattern, $name) = @_;
    return ok(wait_for(5, sub { $leat->log =~ $pattern }), $name) || diag("not in the log: $pattern");
}

# Runs a program to its end: {code, out, err}.
sub run_command {
    my (@command) = @_;
    my $dir = tempdir(CLEANUP => 1);
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        exec @command or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    my $r = {code => $code, out => slurp("$dir/out"), err => slurp("$dir/err")};
    remove_tree($dir); # now: a test that waits runs thousands of programs
    return $r;
}

# Returns a port that no other test has, of this suite or another one: below those that the kernel gives to
# clients, and locked until the test ends.
my @locks;
sub free_port {
    my $folder = "/tmp/leat-test-ports-$<";
    mkdir $folder;
    for (1 .. 10000) {
        my $port = 20000 + int rand 12000;
        open my $lock, '>>', "$folder/$port" or next;
        flock $lock, LOCK_EX | LOCK_NB or next;
        IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port) or next;
        push @locks, $lock;
        return $port;
    }
    croak 'no free port';
}

# document: YAML text of api.yaml, or absent for the todo application of t/todo, which has no
# callers; migrations: {file => sql}; files: {path => text}; config: text appended to leat.yaml
sub new {
    my ($class, %o) = @_;
    my $self = bless {%o, dir => tempdir('leat-XXXXXX', TMPDIR => 1), owner => $$}, $class;
    $self->{port} //= free_port();
    $self->{socket} = "$self->{dir}/leat.sock";
    $self->{config_path} = "$self->{dir}/leat.yaml";
    $self->{log} = "$self->{dir}/log";
    if (!$o{document}) {
        $self->{api} = "$source/t/todo/api.yaml";
        $self->{folder} = "$source/t/todo/migrations";
    } else {
        $self->{api} = "$self->{dir}/api.yaml";
        $self->{folder} = "$self->{dir}/migrations";
        make_path($self->{folder});
        $self->write('api.yaml', $o{document});
        $self->write("migrations/$_", $o{migrations}{$_}) for keys %{$o{migrations} // {}};
    }
    my @files = keys %{$o{files} // {}};
    $self->write($_, $o{files}{$_}) for @files;
    chmod 0600, map { "$self->{dir}/$_" } grep { /key|secret|\.pem\z/ } @files; # leat check has an eye on these
    $self->configure($o{config} // '');
    push @live, $self;
    return $self;
}

sub write { my ($self, $path, $text) = @_; spew("$self->{dir}/$path", $text) }

# Writes leat.yaml with the usual keys, unless $text has them itself. LEAT_DATABASE_URL names the server of a
# test on PostgreSQL (Leat::Postgres).
sub configure {
    my ($self, $text) = @_;
    my $where = $ENV{LEAT_DATABASE_URL} ? "url: '$ENV{LEAT_DATABASE_URL}'" : "path: $self->{dir}/app.db";
    my %usual = (
        listen   => "[{address: 127.0.0.1:$self->{port}, trusted: [127.0.0.0/8]}]",
        workers  => $self->{workers} // 2,
        api      => "[{document: $self->{api}}]",
        database => "{$where, migrations: $self->{folder}, migrate: on-start}",
        control  => "{socket: $self->{socket}}",
    );
    my $yaml = $text;
    $yaml .= "\n" if $yaml ne '' && $yaml !~ /\n\z/;
    for my $key (sort keys %usual) {
        $yaml .= "$key: $usual{$key}\n" unless $text =~ /^$key:/m;
    }
    $self->write('leat.yaml', $yaml);
}

# Moves program and application into the folder and makes it accessible, so that another user can
# run it wherever the source tree is.
sub open_to_all {
    my ($self) = @_;
    system 'cp', "$build/leat", "$build/leat-worker", $self->{dir};
    system 'cp', '-r', "$source/t/todo", $self->{dir};
    chmod 0777, $self->{dir};
    @$self{qw(program api folder)} = map { "$self->{dir}/$_" } qw(leat todo/api.yaml todo/migrations);
    return $self;
}

# Starts it without waiting.
sub launch {
    my ($self, @options) = @_;
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', $self->{log};
        open STDERR, '>>', $self->{log};
        my @program = (@{$self->{wrap} // []}, $self->{program} // "$build/leat");
        exec @program, '-c', $self->{config_path}, @options or POSIX::_exit(127);
    }
    $self->{pid_was} = $pid;
    $self->{pid} = $pid;
    return $self;
}

sub start {
    my ($self, @options) = @_;
    $self->launch(@options);
    my $ready = wait_for(60, sub { $self->log =~ /master\.ready/ || waitpid($self->{pid}, WNOHANG) });
    if (!$ready || $self->log !~ /master\.ready/) {
        diag($self->log);
        croak 'leat did not start';
    }
    return $self;
}

sub log { my ($self) = @_; return slurp($self->{log}) }
sub signal { my ($self, $name) = @_; kill $name, $self->{pid} }

# Returns the exit code of the master once it has ended; undef after the deadline.
sub wait_exit {
    my ($self, $seconds) = @_;
    my $code;
    wait_for($seconds // 20, sub {
        return 0 if waitpid($self->{pid}, WNOHANG) != $self->{pid};
        $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
        return 1;
    }) or return;
    delete $self->{pid};
    return $code;
}

sub stop {
    my ($self) = @_;
    return unless $self->{pid};
    my $pid = $self->{pid};
    kill TERM => $pid;
    my $code = $self->wait_exit(20);
    if (!defined $code) {
        kill KILL => $pid;
        waitpid $pid, 0;
        delete $self->{pid};
        fail('leat stops when it is told to');
    }
    return $code;
}

sub ctl {
    my ($self, @args) = @_;
    return run_command("$build/leatctl", '--socket', $self->{socket}, @args);
}

sub ctl_json {
    my ($self, $command) = @_;
    my $r = $self->ctl('--json', $command);
    return $r->{out} ne '' ? $json->decode($r->{out}) : undef;
}

# Returns the value of a metric without labels; undef if there is none.
sub metric {
    my ($self, $name) = @_;
    return ($self->ctl('metrics')->{out} =~ /^\Q$name\E (\S+)$/m)[0];
}

sub leat { my ($self, @args) = @_; return run_command("$build/leat", @args, '-c', $self->{config_path}) }

sub worker_pids {
    my ($self) = @_;
    my $workers = $self->ctl_json('workers') // [];
    return map { $_->{pid} } grep { $_->{state} eq 'ready' } @$workers;
}

sub connect {
    my ($self) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 10);
    setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1 if $s;
    return $s;
}

# Reads until end of file, or until $done says that the text is complete.
sub read_all {
    my ($socket, $seconds, $done) = @_;
    my $text = '';
    my $until = monotonic() + $seconds * (is_sanitized() ? 4 : 1);
    while ((my $left = $until - monotonic()) > 0) {
        my $bits = '';
        vec($bits, fileno $socket, 1) = 1;
        next unless select $bits, undef, undef, $left;
        my $n = sysread $socket, $text, 65536, length $text;
        last unless $n;
        last if $done && $done->($text);
    }
    return $text;
}

# Joins the chunks of a body that nothing follows; undef if the last one is missing.
sub dechunked {
    my ($text) = @_;
    return unless $text =~ /(?:\A|\r\n)0\r\n\r\n\z/;
    my $body = '';
    while ($text =~ /\G([0-9a-f]+)\r\n/gi && hex $1) {
        my ($at, $size) = (pos $text, hex $1);
        $body .= substr $text, $at, $size;
        pos($text) = $at + $size + 2;
    }
    return $body;
}

# Parses one HTTP answer: {status, headers, body, json}; undef if it is incomplete.
sub parse_answer {
    my ($text, $method) = @_;
    my ($head, $rest) = split /\r\n\r\n/, $text, 2;
    return unless defined $rest && $head =~ s{^HTTP/1\.1 (\d{3})[^\r\n]*\r\n}{};
    my $r = {status => $1 + 0, headers => {}};
    for my $line (split /\r\n/, $head) {
        my ($name, $value) = split /:\s*/, $line, 2;
        $r->{headers}{lc $name} = $value;
        push @{$r->{cookies}}, $value if lc $name eq 'set-cookie';
    }
    $rest = dechunked($rest) // return if ($r->{headers}{'transfer-encoding'} // '') eq 'chunked';
    my $length = $r->{headers}{'content-length'} // length $rest;
    $length = 0 if ($method // '') eq 'HEAD' || $r->{status} == 204;
    return if length $rest < $length;
    $r->{body} = substr $rest, 0, $length;
    $r->{rest} = substr $rest, $length;
    $r->{json} = eval { $json->decode($r->{body}) } if $r->{body} ne '';
    return $r;
}

# Sends bytes, shuts the sending side, and returns what came back.
sub raw {
    my ($self, $bytes, $seconds) = @_;
    my $s = $self->connect or return '';
    syswrite $s, $bytes;
    shutdown $s, 1;
    return read_all($s, $seconds // 5);
}

# Sends everything before it reads; returns what came, and how the connection ended.
sub send_then_read {
    my ($self, $bytes) = @_;
    my $s = $self->connect;
    setsockopt $s, SOL_SOCKET, SO_SNDBUF, 16384;
    my $sent = 0;
    while ($sent < length $bytes) {
        my $n = syswrite $s, $bytes, 65536, $sent;
        return {text => '', end => "sending: $!"} unless $n;
        $sent += $n;
    }
    my ($text, $n) = ('');
    1 while $n = sysread $s, $text, 65536, length $text;
    return {text => $text, end => defined $n ? 'clean' : "reading: $!"};
}

sub request {
    my ($self, $method, $path, %o) = @_;
    my $s = $o{socket} // $self->connect or return;
    my $body = exists $o{json} ? $json->encode($o{json}) : $o{body};
    my $head = "$method $path HTTP/1.1\r\nHost: localhost\r\n";
    $head .= "$_: $o{headers}{$_}\r\n" for sort keys %{$o{headers} // {}};
    my $has_type = grep { lc eq 'content-type' } keys %{$o{headers} // {}};
    $head .= "Content-Type: application/json\r\n" if defined $body && !$has_type;
    $head .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;
    syswrite $s, "$head\r\n" . ($body // '');
    my $text = read_all($s, $o{seconds} // 10, sub { parse_answer($_[0], $method) });
    return parse_answer($text, $method);
}

sub get    { my ($self, $path, %o) = @_; return $self->request('GET', $path, %o) }
sub post   { my ($self, $path, $data, %o) = @_; return $self->request('POST', $path, json => $data, %o) }
sub patch  { my ($self, $path, $data, %o) = @_; return $self->request('PATCH', $path, json => $data, %o) }
sub delete { my ($self, $path, %o) = @_; return $self->request('DELETE', $path, %o) }

# Returns whether a process of leat has anything of the folder open or mapped.
sub holds {
    my ($pid, $dir) = @_;
    return unless (readlink("/proc/$pid/exe") // '') =~ m{/leat(?:-worker)?\z};
    return grep { defined && /^\Q$dir\E/ } map { readlink } glob "/proc/$pid/fd/*";
}

# Stops everything, and tests that nothing is left behind.
sub finish {
    my ($self) = @_;
    return if $self->{finished}++ || $self->{owner} != $$;
    $self->stop;
    subtest 'leat leaves nothing behind' => sub { $self->check_leaks };
    if (!Test::More->builder->is_passing && $self->{pid_was}) {
        diag('the log of leat:');
        my @lines = grep { !/ request / } split /\n/, $self->log;
        diag(join "\n", @lines > 80 ? @lines[-80 .. -1] : @lines);
    }
    remove_tree($self->{dir});
}

sub check_leaks {
    my ($self) = @_;
    my @others = map { m{/proc/(\d+)$} && $1 != $$ ? $1 : () } glob '/proc/[0-9]*';
    my @left = grep { holds($_, $self->{dir}) } @others;
    ok(!@left, 'no process was left behind, and with them no descriptor and no shared memory') or diag("left: @left");
    ok(!-e $self->{socket}, 'no control socket was left behind');
    my $log = $self->log;
    ok($log !~ /AddressSanitizer|LeakSanitizer|runtime error:|Assertion/, 'no sanitizer and no assertion spoke')
        or diag(join "\n", grep { !/ request / } split /\n/, $log);
    ok($log !~ /worker\.refused/, 'no worker left its sandbox') unless $self->{is_hostile};
    done_testing;
}

# Must be the last line of each test.
sub all_done {
    $_->finish for @live;
    done_testing;
}

# A test that dies stops its processes too.
END {
    my $status = $?;
    for my $leat (grep { $_->{owner} == $$ && !$_->{finished} } @live) {
        diag($leat->log);
        kill KILL => $leat->{pid} if $leat->{pid};
        remove_tree($leat->{dir});
    }
    $? = $status;
}

1;
