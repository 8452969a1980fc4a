# SPDX-License-Identifier: MIT
# A server that is killed while clients write, and what must be true of its database afterwards. Each row has
# a text of its own. A client repeats a row, with the same Idempotency-Key, until it is answered 201.
#
#     my $leat = crashing(workers => 4)->start;
#     my $clients = write_on($leat, 3);          # three clients write in the background
#     goes_on($leat);                            # waits for a further row that is answered 201
#     my @told = told($leat);                    # all of them until now
#     finish($leat, $clients);
#     kept("$leat->{dir}/app.db", \@told, 'afterwards');
package Leat::Crash;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Client ();
use Leat::Jwt;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(crashing begin_row write_on goes_on told finish kept rounds again steps_of);

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
paths:
  /rows:
    get:
      operationId: countRows
      x-allow-scan: true
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT count(*) AS n FROM t"}
    post:
      operationId: addRow
      x-idempotency: optional
      security: [{bearer: []}]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: string}, pad: {type: string, default: ""}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (v, pad) VALUES (:v, :pad) RETURNING id"}
API
my $table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL, pad TEXT NOT NULL);\n";

# LEAT_ROUNDS=all does what takes too long for each run of the suite.
sub rounds { my ($few, $all) = @_; return ($ENV{LEAT_ROUNDS} // '') eq 'all' ? $all : scale($few) }

my $secret = '0123456789abcdef0123456789abcdef';
my $token = jwt(secret_key($secret), access(exp => time + 86400), {kid => 'k'});

# Returns a server, not yet started, in a process group of its own.
sub crashing {
    my (%o) = @_;
    my $config = delete $o{config} // '';
    my $leat = Leat::Test->new(document => $document, migrations => {'0001_t.up.sql' => $table},
        wrap => ['setsid'], files => {key => $secret}, %o);
    $leat->configure("log: {access: false}\ndrain: {grace: 0s, timeout: 2s}\n"
        . "identity: {keys: [{key: 'file:$leat->{dir}/key', id: k, algorithm: HS256}]}\n$config");
    return $leat;
}

# Preloads t/harness/crash_disk.c into a server that is not yet started. Returns a code that arms it: with the
# files it counts (wal, db), the step at which a process dies, and when (before, middle, after). That code
# returns the number of steps since it was armed before, and does no more without arguments.
sub steps_of {
    my ($leat) = @_;
    my ($library, $plan) = map { "$leat->{dir}/crash.$_" } qw(so plan);
    compile(qw(-shared -fPIC -O1 -o), $library, Leat::Test::source() . '/t/harness/crash_disk.c', '-ldl');
    spew($plan, "\0" x 16);
    push @{$leat->{wrap}}, 'env', "LD_PRELOAD=$library", "LEAT_CRASH=$plan";
    my %mask = (wal => 1, db => 2, both => 3);
    my %when = (before => 0, middle => 1, after => 2);
    return sub {
        my ($files, $nth, $when) = @_;
        my $count = (unpack 'L4', slurp($plan))[3];
        return $count if !$files;
        open my $out, '+<:raw', $plan or die "$plan: $!"; # in place, since processes have mapped it
        syswrite $out, pack 'L4', $nth, $when{$when // 'before'}, $mask{$files}, 0;
        return $count;
    };
}

# Starts it again, after its master has died. The port is taken until the last of the old processes has closed it.
sub again {
    my ($leat) = @_;
    waitpid $leat->{pid}, 0;
    unlink $leat->{socket};
    my $is_ready = sub {
        unlink $leat->{log};
        $leat->launch;
        wait_for(60, sub { $leat->log =~ /master\.ready/ || waitpid $leat->{pid}, POSIX::WNOHANG() });
        return $leat->log =~ /master\.ready/;
    };
    return wait_for(60, $is_ready) || die 'leat does not start again: ' . $leat->log;
}

# Sends a row, and returns the socket that its answer will come on; undef if nobody listens.
sub begin_row {
    my ($leat, $v, %o) = @_;
    my $socket = $o{socket} // $leat->connect or return;
    my $body = qq({"v":"$v") . (defined $o{pad} ? qq(,"pad":"$o{pad}"}) : '}');
    syswrite $socket, "POST /rows HTTP/1.1\r\nHost: x\r\nIdempotency-Key: \"$v\"\r\nAuthorization: Bearer $token\r\n"
        . "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    return $socket;
}

# Writes rows until the file `stop` is there, and notes those that were answered 201.
sub client {
    my ($leat, $n) = @_;
    my $socket;
    open my $noted, '>', "$leat->{dir}/told.$n";
    for (my $i = 1; !-e "$leat->{dir}/stop"; $i++) {
        my $r;
        until ($r && $r->{status} == 201 || -e "$leat->{dir}/stop") {
            $socket = begin_row($leat, "c$n.$i", socket => $socket);
            $r = $socket && Leat::Client::answer($socket, 20);
            undef $socket if !$r;
            sleep 0.02 if !$r || $r->{status} != 201;
        }
        syswrite $noted, "c$n.$i\n" if $r && $r->{status} == 201;
    }
}

sub write_on {
    my ($leat, $count) = @_;
    return [map { my $n = $_; background(sub { client($leat, $n) }) } 1 .. $count];
}

sub goes_on {
    my ($leat) = @_;
    my $size = sub { my $n = 0; $n += -s for glob "$leat->{dir}/told.*"; return $n };
    my $before = $size->();
    return wait_for(60, sub { $size->() > $before });
}

sub told { my ($leat) = @_; return map { split /\n/, slurp($_) } glob "$leat->{dir}/told.*" }

# Ends the clients, each after its row.
sub finish {
    my ($leat, $clients) = @_;
    spew("$leat->{dir}/stop", '');
    waitpid $_, 0 for @$clients;
}

# Tests that a database is whole, has each of these rows, and no row twice.
sub kept {
    my ($path, $told, $name) = @_;
    my $r = run_command('sqlite3', '-cmd', '.timeout 10000', $path, 'PRAGMA integrity_check; SELECT v FROM t');
    my ($check, @rows) = split /\n/, $r->{out};
    my %count;
    $count{$_}++ for @rows;
    my @missing = grep { !$count{$_} } @$told;
    my @twice = grep { $count{$_} > 1 } sort keys %count;
    my $got = sprintf '%s%s, missing: %s, twice: %s', $check // 'cannot be opened', $r->{err},
        join(' ', @missing) || 'none', join(' ', @twice) || 'none';
    return is($got, 'ok, missing: none, twice: none', "$name: " . @$told . ' rows');
}

1;
