# SPDX-License-Identifier: MIT
# A server with a TLS listener of each kind, their certificates, and openssl as its clients.
#
#     my $leat = start_tls();
#     my $v = visit('required', '-tls1_3', with('client'));     # one request: {status, alert, version, …}
#     my $s = connect_tls('names');                             # a socket whose bytes openssl carries
#     $leat->get('/who', socket => $s);
#     $leat->configure(configuration() =~ s/client: optional/client: required/r);
package Leat::Tls;

use strict;
use warnings;
use Exporter qw(import);
use IO::Socket::INET;
use Leat::Certificate;
use Leat::Client ();
use Leat::Test;
use POSIX ();
use Socket;
use Test::More;

our @EXPORT = qw($dir %port $post start_tls configuration errors visit with connect_tls said hang_up hung_up talk number
    good_hello poke);

our $dir = certificates();
my $patience = is_sanitized() ? 80 : 20;
my @children; # [pid, socket]: ended at the end
$ENV{TLS_REQUEST} = "$dir/request";

my $who = '{type: object, required: [subject, ip], '
    . 'properties: {subject: {type: [string, "null"]}, ip: {type: string}}}';
my $text = '{type: object, required: [text], properties: {text: {type: string}}}';
my $n = '{type: object, required: [n], properties: {n: {type: integer}}}';
my $api = <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /who:
    get:
      operationId: who
      responses: {"200": {description: ok, content: {application/json: {schema: $who}}}}
      x-sql: {returns: one, sql: "SELECT :_tls_subject AS subject, :_ip AS ip"}
  /echo/{n}:
    get:
      operationId: number
      parameters: [{name: n, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: $n}}}}
      x-sql: {returns: one, sql: "SELECT :n AS n"}
  /echo:
    post:
      operationId: echo
      requestBody: {required: true, content: {application/json: {schema: $text}}}
      responses: {"200": {description: ok, content: {application/json: {schema: $text}}}}
      x-sql: {returns: one, sql: "SELECT :text AS text"}
API
my %app = (document => $api, migrations => {'0001_a.up.sql' => 'CREATE TABLE t (i);'});
our %port = map { $_ => Leat::Test::free_port() } qw(names required optional others newest proxy foreign);

my $leat;

# Returns leat.yaml with $first in place of the first listener's certificates.
sub configuration {
    my ($first) = @_;
    my $two = "{certificate: $dir/wild.pem, key: file:$dir/wild.key}, "
        . "{certificate: file:$dir/exact.pem, key: $dir/exact.key}";
    my $list = $first // "{certificate: $dir/one-chain.pem, key: $dir/one.key}, $two";
    my $one = "certificates: [{certificate: $dir/one-chain.pem, key: $dir/one.key}]";
    return <<"YAML";
listen:
- {address: 127.0.0.1:$leat->{port}, serve: [api, admin], trusted: [127.0.0.0/8]}
- {address: 127.0.0.1:$port{names}, tls: {certificates: [$list]}}
- {address: 127.0.0.1:$port{required}, tls: {$one, client-ca: $dir/ca.pem}}
- {address: 127.0.0.1:$port{optional}, tls: {$one, client-ca: $dir/ca.pem, client: optional}}
- {address: 127.0.0.1:$port{others}, tls: {$one, client-ca: $dir/other-ca.pem, client: required}}
- {address: 127.0.0.1:$port{newest}, tls: {$one, minimum: 1.3}}
- {address: 127.0.0.1:$port{proxy}, tls: {$one}, proxy: v2, trusted: [127.0.0.1]}
- {address: 127.0.0.1:$port{foreign}, tls: {$one}, proxy: v2, trusted: [192.0.2.1]}
limits: {body: 8MiB}
timeouts: {head: 1s, body: 3s}
drain: {grace: 3s}
YAML
}

# Makes the certificates: of the listeners, of good clients, and of others.
sub make_certificates {
    certificate('ca', '/CN=Test CA');
    certificate('middle', '/CN=Middle CA', 'ca', 'basicConstraints=critical,CA:TRUE');
    certificate('one', '/CN=one', 'middle', 'subjectAltName=DNS:one.test');
    certificate('wild', '/CN=wild', 'ca', 'subjectAltName=DNS:two.test,DNS:*.two.test');
    certificate('exact', '/CN=exact', 'ca', 'subjectAltName=DNS:exact.two.test');
    certificate('client', '/O=Org/CN=client', 'ca');
    certificate('odd', qq{/O=Zo\xc3\xab/CN=a,b" c=d\nrequest status=999}, 'ca');
    certificate('server-only', '/CN=server only', 'ca', 'extendedKeyUsage=serverAuth');
    certificate('other-ca', '/CN=Test CA'); # the same name, another key
    certificate('stranger', '/O=Org/CN=client', 'other-ca');
    certificate('self', '/O=Org/CN=client');
    certificate_between('expired', '/O=Org/CN=client', 'ca', time - 86400, time - 3600);
    certificate_between('early', '/O=Org/CN=client', 'ca', time + 3600, time + 86400);
    spew("$dir/one-chain.pem", slurp("$dir/one.pem") . slurp("$dir/middle.pem"));
}

sub start_tls {
    make_certificates();
    $leat = Leat::Test->new(%app);
    $leat->configure(configuration());
    return $leat->start;
}

sub errors { return $leat->metric('leat_tls_errors_total') }

# Makes one request with openssl s_client, to the end of the connection: {version, reused, names,
# chain, alpn, alert, status, json, …}

sub visit {
    my ($where, @options) = @_;
    my $target = $port{$where} // $where;
    spew("$dir/request", "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    my $r = run_command('sh', '-c', 'exec timeout "$0" openssl s_client "$@" <"$TLS_REQUEST"', $patience,
        '-ign_eof', '-showcerts', '-CAfile', "$dir/ca.pem", '-connect', "127.0.0.1:$target", @options);
    my ($said, $rest) = split /(?=HTTP\/1\.1 \d{3} )/, $r->{out}, 2;
    my %v = %{Leat::Test::parse_answer($rest // '') // {}};
    $v{status} //= 0;
    ($v{is_reused}, $v{version}) = $said =~ /^(New|Reused), (\S+), Cipher is/m ? ($1 eq 'Reused' ? 1 : 0, $2) : (0, '');
    $v{subject} = $said =~ /^subject=(?:.*, )?CN = (.*)$/m ? $1 : '';
    $v{chain} = () = $said =~ /^-----BEGIN CERTIFICATE/mg;
    $v{is_verified} = $said =~ /^Verif(?:y return code: 0 |ication: OK)/m ? 1 : 0;
    $v{alpn} = $said =~ /^ALPN protocol: (.*)$/m ? $1 : '';
    $v{alert} = $r->{err} =~ /SSL alert number (\d+)/ ? $1 : 0;
    $v{is_cut} = $r->{err} =~ /unexpected eof/ ? 1 : 0;
    $v{said} = $said . $r->{err};
    return \%v;
}
$ENV{TLS_REQUEST} = "$dir/request";
sub with { my ($name) = @_; return ('-cert', "$dir/$name.pem", '-key', "$dir/$name.key") }

# Returns a socket whose bytes openssl carries to the server and back.
sub connect_tls {
    my ($where, @options) = @_;
    socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<&', $theirs;
        open STDOUT, '>&', $theirs;
        open STDERR, '>', "$dir/client.$$";
        close $ours;
        exec 'openssl', 's_client', '-quiet', '-connect', '127.0.0.1:' . ($port{$where} // $where), @options
            or POSIX::_exit(127);
    }
    close $theirs;
    push @children, [$pid, $ours];
    return $ours;
}

# Returns the pair of pid and socket of such a client.
sub child_of { my ($socket) = @_; return (grep { $_->[1] && $_->[1] == $socket } @children)[0] }

# Returns openssl's error messages so far.
sub said {
    my ($socket) = @_;
    return slurp("$dir/client." . child_of($socket)->[0]);
}

# Ends such a client at once; returns openssl's error messages.
sub hang_up {
    my ($socket) = @_;
    my $child = child_of($socket);
    my $pid = $child->[0];
    kill KILL => $pid;
    waitpid $pid, 0;
    close $socket;
    @$child = ();
    return slurp("$dir/client.$pid");
}

# Does the same once the server has closed.
sub hung_up {
    my ($socket) = @_;
    my $child = child_of($socket);
    my $text = Leat::Test::read_all($socket, 20);
    my $pid = $child->[0];
    wait_for(20, sub { waitpid $pid, POSIX::WNOHANG() }) or return 'still connected';
    close $socket;
    @$child = ();
    return $text . slurp("$dir/client.$pid");
}

# Sends bytes, and reads until that many answers are there.
sub talk {
    my ($socket, $bytes, $count) = @_;
    syswrite $socket, $bytes;
    return Leat::Test::read_all($socket, 10,
        $count && sub { (() = $_[0] =~ /HTTP\/1\.1 \d/g) >= $count && $_[0] =~ /\}\z/ });
}

# Requests inside a connection.
our $post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
sub number { my ($n, $more) = @_; return "GET /echo/$n HTTP/1.1\r\nHost: a\r\n" . ($more // '') . "\r\n" }

# Returns the bytes of a whole and good hello.
sub good_hello {
    my $trap = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    my $s = connect_tls($trap->sockport, '-servername', 'two.test');
    my $got = $trap->accept;
    sysread $got, my $hello, 65536;
    close $got;
    hang_up($s);
    return $hello;
}

# Sends bytes to the listener of names, as they are.
sub poke {
    my ($bytes) = @_;
    my $s = Leat::Client::dial($port{names}) or die "connect: $!";
    syswrite $s, $bytes;
    return $s;
}

END {
    my $status = $?;
    for my $pid (grep { defined } map { $_->[0] } @children) {
        kill KILL => $pid;
        waitpid $pid, 0;
    }
    $? = $status;
}

1;
