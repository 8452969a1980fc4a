# SPDX-License-Identifier: MIT
# TLS listeners: versions, names, client certificates, resumption, and hostile clients.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Select;
use JSON::PP;
use Leat::Test;
use POSIX qw(strftime :sys_wait_h);
use Socket;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'there is no openssl' unless run_command('openssl', 'version')->{code} == 0;
my $dir = tempdir('tls-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $patience = is_sanitized() ? 80 : 20;
my @children; # [pid, handle]: ended at the end

# --- certificates ---

my @new_key = qw(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes);
sub openssl { my $r = run_command('openssl', @_); die "openssl @_: $r->{err}" if $r->{code}; return $r }

# Makes $dir/NAME.pem and NAME.key, signed by another key or by itself.
sub certificate {
    my ($name, $subject, $by, @extensions) = @_;
    push @extensions, 'basicConstraints=critical,CA:FALSE' unless !$by || grep { /^basic/ } @extensions;
    openssl('req', '-x509', @new_key, '-days', 2, '-keyout', "$dir/$name.key", '-out', "$dir/$name.pem", '-utf8', '-subj', $subject,
        ($by ? ('-CA', "$dir/$by.pem", '-CAkey', "$dir/$by.key") : ()), map { ('-addext', $_) } @extensions);
}

# Makes a certificate that is valid from and to the given times.
sub certificate_between {
    my ($name, $subject, $by, $from, $to) = @_;
    my @dates = map { strftime('%Y%m%d%H%M%SZ', gmtime $_) } $from, $to;
    spew("$dir/$name.cnf", "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=$dir\ndatabase=$dir/$name.index\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\nO=optional\nCN=supplied\n");
    spew("$dir/$name.index", '');
    openssl('req', '-new', @new_key, '-keyout', "$dir/$name.key", '-out', "$dir/$name.csr", '-subj', $subject);
    openssl('ca', '-batch', '-config', "$dir/$name.cnf", '-notext', '-startdate', $dates[0], '-enddate', $dates[1],
        '-cert', "$dir/$by.pem", '-keyfile', "$dir/$by.key", '-in', "$dir/$name.csr", '-out', "$dir/$name.pem");
}

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

# --- the server ---

my $api = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /who:
    get:
      operationId: who
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [subject, ip], properties: {subject: {type: [string, "null"]}, ip: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :_tls_subject AS subject, :_ip AS ip"}
  /echo/{n}:
    get:
      operationId: number
      parameters: [{name: n, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT :n AS n"}
  /echo:
    post:
      operationId: echo
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [text], properties: {text: {type: string}}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [text], properties: {text: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :text AS text"}
API
my %app = (document => $api, migrations => {'0001_a.up.sql' => 'CREATE TABLE t (i);'});
my %port = map { $_ => Leat::Test::free_port() } qw(names required optional others newest proxy foreign);

# Returns leat.yaml with $first in place of the first listener's certificates.
sub configuration {
    my ($plain, $first) = @_;
    my $two = "{certificate: $dir/wild.pem, key: file:$dir/wild.key}, {certificate: file:$dir/exact.pem, key: $dir/exact.key}";
    my $list = $first // "{certificate: $dir/one-chain.pem, key: $dir/one.key}, $two";
    my $one = "certificates: [{certificate: $dir/one-chain.pem, key: $dir/one.key}]";
    return <<"YAML";
listen:
- {address: 127.0.0.1:$plain, serve: [api, admin], trusted: [127.0.0.0/8]}
- {address: 127.0.0.1:$port{names}, tls: {certificates: [$list]}}
- {address: 127.0.0.1:$port{required}, tls: {$one, client-ca: $dir/ca.pem}}
- {address: 127.0.0.1:$port{optional}, tls: {$one, client-ca: $dir/ca.pem, client: optional}}
- {address: 127.0.0.1:$port{others}, tls: {$one, client-ca: $dir/other-ca.pem, client: required}}
- {address: 127.0.0.1:$port{newest}, tls: {$one, minimum: 1.3}}
- {address: 127.0.0.1:$port{proxy}, tls: {$one}, proxy: v2, trusted: [127.0.0.1]}
- {address: 127.0.0.1:$port{foreign}, tls: {$one}, proxy: v2, trusted: [192.0.2.1]}
limits: {body: 8MiB}
timeouts: {head: 1s, body: 3s}
drain: {grace: 500ms}
YAML
}
my $leat = Leat::Test->new(%app);
my $plain = $leat->{port};
$leat->configure(configuration($plain));
$leat->start;

sub metric {
    my ($name) = @_;
    return $leat->get('/metrics')->{body} =~ /^\Q$name\E (\d+)$/m ? $1 : die "no $name";
}
sub errors { return metric('leat_tls_errors_total') }

# --- clients ---

# Makes one request with openssl s_client, to the end of the connection: {version, reused, names,
# chain, alpn, alert, status, json, …}
sub visit {
    my ($where, @options) = @_;
    my $target = $port{$where} // $where;
    spew("$dir/request", "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    my $r = run_command('sh', '-c', 'exec timeout "$0" openssl s_client "$@" <"$TLS_REQUEST"', $patience, '-ign_eof', '-showcerts',
        '-CAfile', "$dir/ca.pem", '-connect', "127.0.0.1:$target", @options);
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
        exec 'openssl', 's_client', '-quiet', '-connect', '127.0.0.1:' . ($port{$where} // $where), @options or POSIX::_exit(127);
    }
    close $theirs;
    push @children, [$pid, $ours];
    return $ours;
}
# Returns openssl's error messages so far.
sub said { my ($socket) = @_; my ($child) = grep { $_->[1] && $_->[1] == $socket } @children; return slurp("$dir/client.$child->[0]") }
# Ends such a client at once; returns openssl's error messages.
sub hang_up {
    my ($socket) = @_;
    my ($child) = grep { $_->[1] && $_->[1] == $socket } @children;
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
    my ($child) = grep { $_->[1] && $_->[1] == $socket } @children;
    my $text = Leat::Test::read_all($socket, 20);
    my $pid = $child->[0];
    wait_for(20, sub { waitpid($pid, WNOHANG) }) or return 'still connected';
    close $socket;
    @$child = ();
    return $text . slurp("$dir/client.$pid");
}
sub talk {
    my ($socket, $bytes, $count) = @_;
    syswrite $socket, $bytes;
    return Leat::Test::read_all($socket, 10, $count && sub { (() = $_[0] =~ /HTTP\/1\.1 \d/g) >= $count && $_[0] =~ /\}\z/ });
}

# Starts a relay in front of a listener, in a process of its own. Options for the client's bytes:
# prefix => bytes to send first; by => bytes per write; hold => seconds to collect them before one
# write; cut => bytes after which it closes both sides; garble => file: while it exists, one bit of
# each write is flipped.
sub relay {
    my ($where, %o) = @_;
    my $listener = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "relay: $!";
    my $pid = fork // die "fork: $!";
    if ($pid) {
        push @children, [$pid];
        return $listener->sockport;
    }
    $SIG{TERM} = 'DEFAULT';
    while (my $client = $listener->accept) {
        my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port{$where}) or next;
        setsockopt $server, Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1;
        my ($left, $held) = ($o{cut} // 1 << 40, $o{prefix} // '');
        my $both = IO::Select->new($client, $server);
        SESSION: while (1) {
            my @ready = $both->can_read($held eq '' ? undef : $o{hold} // 0);
            for my $from (@ready) {
                my $n = sysread $from, my $bytes, 65536;
                last SESSION unless $n;
                if ($from == $server) {
                    syswrite $client, $bytes;
                } else {
                    $held .= $bytes;
                }
            }
            next if $held eq '' || ($o{hold} && @ready);
            substr($held, length($held) / 2, 1) ^= "\x10" if $o{garble} && -e $o{garble};
            $held = substr $held, 0, $left;
            $left -= length $held;
            syswrite $server, $_ for unpack '(a' . ($o{by} // length $held) . ')*', $held;
            $held = '';
            last if $left <= 0;
        }
        close $server;
        close $client;
    }
    POSIX::_exit(0);
}
END { my $status = $?; for (grep { $_->[0] } @children) { kill KILL => $_->[0]; waitpid $_->[0], 0 } $? = $status }

# --- versions ---

my $v;
for my $row ([1.2 => '-tls1_2'], [1.3 => '-tls1_3']) {
    $v = visit('names', $row->[1]);
    is("$v->{version} $v->{status}", "TLSv$row->[0] 200", "TLS $row->[0]");
    ok(!$v->{is_cut}, "TLS $row->[0]: the server says goodbye before it closes");
}
for my $old (qw(-tls1 -tls1_1)) {
    $v = visit('names', $old, '-cipher', 'ALL:@SECLEVEL=0');
    is("$v->{status} $v->{alert}", '0 70', "$old is refused: protocol_version") or diag($v->{said});
}
$v = visit('newest', '-tls1_2');
is("$v->{status} $v->{alert}", '0 70', 'minimum 1.3 refuses TLS 1.2') or diag($v->{said});
$v = visit('newest');
is("$v->{version} $v->{status}", 'TLSv1.3 200', 'and takes 1.3');
$v = visit('names', '-tls1_2', '-cipher', 'AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0');
is("$v->{status} $v->{alert}", '0 40', 'no static keys, no CBC: handshake_failure') or diag($v->{said});

# --- names, the chain, ALPN ---

for my $row (['one.test', 'one'], ['two.test', 'wild'], ['TWO.Test', 'wild'], ['a.two.test', 'wild'], ['exact.two.test', 'exact'],
    ['a.b.two.test', 'one'], ['unknown.test', 'one'], ['test', 'one'], ['wo.test', 'one'], ['two.test.', 'one'], ['*.two.test', 'one|wild'], [undef, 'one'])
{
    for my $version ('-tls1_2', '-tls1_3') {
        $v = visit('names', $version, defined $row->[0] ? ('-servername', $row->[0]) : '-noservername');
        like("$v->{status} $v->{subject}", qr/^200 (?:$row->[1])\z/, ($row->[0] // 'no name') . " gets $row->[1] ($version)");
    }
}
$v = visit('names', '-servername', 'one.test', '-verify_hostname', 'one.test');
is("$v->{chain} $v->{is_verified}", '2 1', 'the chain is sent whole, and leads to the root that the client knows') or diag($v->{said});
for my $row (['http/1.1', 'http/1.1'], ['h2,http/1.1', 'http/1.1'], ['x,y,http/1.1', 'http/1.1'], [undef, '']) {
    $v = visit('names', '-servername', 'two.test', $row->[0] ? ('-alpn', $row->[0]) : ());
    is("$v->{status} $v->{alpn}", "200 $row->[1]", 'ALPN ' . ($row->[0] // 'not offered'));
}
for my $version ('-tls1_2', '-tls1_3') {
    $v = visit('names', $version, '-alpn', 'h2');
    is("$v->{status} $v->{alert}", '0 120', "only h2 offered: no_application_protocol ($version)") or diag($v->{said});
}

# --- client certificates ---

for my $version ('-tls1_2', '-tls1_3') {
    for my $row (['required', 'client', 'CN=client,O=Org'], ['optional', 'client', 'CN=client,O=Org'], ['optional', undef, undef],
        ['others', 'stranger', 'CN=client,O=Org'], ['names', 'client', undef])
    {
        $v = visit($row->[0], $version, $row->[1] ? with($row->[1]) : ());
        is($v->{status}, 200, "$row->[0]: " . ($row->[1] // 'no certificate') . " is let in ($version)") or diag($v->{said});
        is($v->{json}{subject}, $row->[2], '… and SQL sees ' . ($row->[2] // 'no subject'));
        my $line = wait_for(5, sub { $v->{headers}{'x-request-id'} && $leat->log =~ /^(.* request .*id=$v->{headers}{'x-request-id'}.*)$/m ? $1 : undef });
        is($line =~ / subject=(\S+)/ ? $1 : undef, $row->[2], '… and so does the log');
    }
    # certificate_required (in 1.2 handshake_failure), unknown_ca, certificate_expired, bad_certificate, unsupported_certificate
    for my $row (['required', undef, '40|116'], ['required', 'stranger', 48], ['required', 'self', 48], ['required', 'expired', 45], ['required', 'early', 42],
        ['required', 'server-only', 43], ['optional', 'stranger', 48], ['optional', 'self', 48], ['optional', 'expired', 45], ['others', 'client', 48])
    {
        my $before = errors();
        $v = visit($row->[0], $version, $row->[1] ? with($row->[1]) : ());
        is($v->{status}, 0, "$row->[0]: " . ($row->[1] // 'no certificate') . " is refused ($version)");
        like($v->{alert}, qr/^(?:$row->[2])\z/, '… with the alert that says why') or diag($v->{said});
        ok(wait_for(5, sub { errors() == $before + 1 }), '… and counted');
    }
}
$v = visit('required', with('odd'));
is($v->{json}{subject}, 'CN=a\,b\" c=d\0Arequest status=999,O=Zo\C3\AB', 'an odd subject is escaped as RFC 4514 has it');
my ($odd) = grep { /id=$v->{headers}{'x-request-id'}/ } split /\n/, $leat->log;
like($odd, qr/ status=200 .* subject="(?:[^"\\]|\\.)*999(?:[^"\\]|\\.)*"\z/, 'and stays one field of one line');

# --- resumption ---

my $fleeting_until = time + (is_sanitized() ? 40 : 10);
certificate_between('fleeting', '/O=Org/CN=fleeting', 'ca', time - 3600, $fleeting_until);
# [name, listener, options] of each session; each is kept in a file.
my %session = (
    anyone   => ['names'],
    client   => ['required', with('client')],
    anonymous => ['optional'],
    known    => ['optional', with('client')],
    stranger => ['others', with('stranger')],
);
sub resume { my ($name, $version, $where, @options) = @_; return visit($where, "-tls1_$version", '-sess_in', "$dir/$name.$version", @options) }
for my $version (2, 3) {
    $session{fleeting} = ['required', with('fleeting')] if $version == 2 || time < $fleeting_until - 2;
    for my $name (sort keys %session) {
        my ($where, @options) = @{$session{$name}};
        $v = visit($where, "-tls1_$version", @options, '-sess_out', "$dir/$name.$version");
        ok($v->{status} == 200 && !$v->{is_reused}, "a session of $name (TLS 1.$version)") or diag($v->{said});
    }
}
sub resumes {
    my ($when, $rounds) = @_;
    for my $version (2, 3) {
        for my $row (['anyone', undef], ['client', 'CN=client,O=Org'], ['known', 'CN=client,O=Org'], ['anonymous', undef]) {
            # A ticket of TLS 1.3 is reused here; the certificate is not presented again.
            my @got = map { resume($row->[0], $version, $session{$row->[0]}[0]) } 1 .. $rounds;
            is(scalar(grep { $_->{is_reused} && $_->{status} == 200 } @got), $rounds, "$when: $row->[0] is resumed (TLS 1.$version)") or diag($got[0]{said});
            is(scalar(grep { ($_->{json}{subject} // '') eq ($row->[1] // '') } @got), $rounds, '… as who it was');
        }
    }
}
my %served = map { $_->{pid} => $_->{requests} } @{$leat->ctl_json('workers')};
resumes('at once', 3);
is(scalar(grep { $_->{requests} > $served{$_->{pid}} } @{$leat->ctl_json('workers')}), 2, 'on both workers');
# No session carries a client past the checks of another listener.
for my $version (2, 3) {
    for my $row (['anyone', 'required'], ['anonymous', 'required'], ['stranger', 'required'], ['anyone', 'others'], ['client', 'others'], ['known', 'others']) {
        $v = resume($row->[0], $version, $row->[1]);
        is("$v->{is_reused} $v->{status}", '0 0', "a session of $row->[0] opens no door at $row->[1] (TLS 1.$version)");
    }
    for my $row (['stranger', 'optional'], ['client', 'names'], ['client', 'optional'], ['anyone', 'optional']) {
        $v = resume($row->[0], $version, $row->[1]);
        is("$v->{is_reused} $v->{status}", '0 200', "a session of $row->[0] starts afresh at $row->[1] (TLS 1.$version)");
        is($v->{json}{subject}, undef, '… as nobody');
    }
}

# --- reload ---

my @pids = $leat->worker_pids;
certificate('one', '/CN=one again', 'middle', 'subjectAltName=DNS:one.test');
spew("$dir/one-chain.pem", slurp("$dir/one.pem") . slurp("$dir/middle.pem"));
kill KILL => $pids[0];
ok(wait_for(10, sub { my @now = $leat->worker_pids; @now == 2 && "@now" ne "@pids" }), 'a worker is replaced, while the files are others');
is(scalar(grep { visit('names')->{subject} eq 'one' } 1 .. 4), 4, 'and has the certificate of its generation');
my $old = connect_tls('names');
is($leat->get('/who', socket => $old)->{status}, 200, 'a connection from before the reload');
my $idle = connect_tls('required', with('client'));
is($leat->get('/who', socket => $idle)->{json}{subject}, 'CN=client,O=Org', 'and one that stays idle');
is($leat->ctl('reload')->{code}, 0, 'a reload');
is(visit('names')->{subject}, 'one again', 'reads the certificates again');
my $r = $leat->get('/who', socket => $old);
is($r->{status} . ' ' . ($r->{headers}{connection} // ''), '200 close', 'the connection from before is answered, and ends');
unlike(hung_up($old), qr/unexpected eof/, '… with a goodbye');
unlike(hung_up($idle), qr/unexpected eof|still connected/, 'so does the idle one');
resumes('after a reload', 1);
certificate('one', '/CN=one more', 'middle', 'subjectAltName=DNS:one.test');
spew("$dir/one-chain.pem", slurp("$dir/one.pem") . slurp("$dir/middle.pem"));
$leat->signal('HUP');
ok(wait_for(15, sub { visit('names')->{subject} eq 'one more' }), 'so does SIGHUP');

# An unusable certificate is refused and reported; the old one stays in use.
ok(wait_for(10, sub { $leat->ctl_json('status')->{reload}{state} eq 'idle' && $leat->worker_pids == 2 }), 'the reload is over');
@pids = sort $leat->worker_pids;
openssl('pkcs8', '-topk8', '-in', "$dir/one.key", '-passout', 'pass:secret', '-out', "$dir/sealed8.key");
openssl('ec', '-in', "$dir/one.key", '-aes128', '-passout', 'pass:secret', '-out', "$dir/sealed.key");
openssl('genrsa', '-out', "$dir/rsa.key", 2048);
spew("$dir/empty", '');
spew("$dir/garbage", "garbage\n");
my @lines = split /\n/, slurp("$dir/middle.pem");
splice @lines, 4, 1;
spew("$dir/broken.pem", join "\n", @lines, '');
spew("$dir/broken-chain.pem", slurp("$dir/one.pem") . slurp("$dir/broken.pem"));
spew("$dir/broken-ca.pem", slurp("$dir/ca.pem") . slurp("$dir/broken.pem"));
my ($c, $k) = ("$dir/one-chain.pem", "$dir/one.key");
for my $row (
    ['a missing certificate', "$dir/none.pem", $k, qr{certificates\[\]\.certificate: \S*/none\.pem: cannot be read: No such file}],
    ['a missing key', $c, "$dir/none.key", qr{certificates\[\]\.key: \S*/none\.key: cannot be read: No such file}],
    ['a folder', $dir, $k, qr{\Q$dir\E: cannot be read: Is a directory}],
    ['an empty key', $c, "$dir/empty", qr{/empty must have from 1 to}],
    ['a variable that is not there', $c, 'env:NO_SUCH_VARIABLE', qr{the environment variable NO_SUCH_VARIABLE is not set}],
    ['the key of another', $c, "$dir/wild.key", qr{TLS of 127\.0\.0\.1:\d+: \S*/wild\.key: is not the certificate's unencrypted private key.*mismatch}],
    ['a key of another kind', $c, "$dir/rsa.key", qr{/rsa\.key: is not the certificate's unencrypted private key}],
    ['an encrypted key', $c, "$dir/sealed8.key", qr{/sealed8\.key: is not the certificate's unencrypted private key in PEM}],
    ['one in the old form', $c, "$dir/sealed.key", qr{/sealed\.key: is not the certificate's unencrypted private key in PEM}],
    ['garbage for a key', $c, "$dir/garbage", qr{/garbage: is not the certificate's unencrypted private key in PEM}],
    ['a certificate for a key', $c, $c, qr{/one-chain\.pem: is not the certificate's unencrypted private key in PEM}],
    ['garbage for a certificate', "$dir/garbage", $k, qr{/garbage: is not a PEM certificate}],
    ['a key for a certificate', $k, $k, qr{/one\.key: is not a PEM certificate}],
    ['a chain that is broken', "$dir/broken-chain.pem", $k, qr{/broken-chain\.pem: is not a PEM certificate}],
    ['authorities that are broken', $c, $k, qr{/broken-ca\.pem: }, "client-ca: $dir/broken-ca.pem"],
    ['garbage for authorities', $c, $k, qr{/garbage: contains no PEM certificate}, "client-ca: $dir/garbage"],
    ['required, but of whom?', $c, $k, qr{leat\.yaml:\d+:\d+: listen\[\]\.tls\.client: requires client-ca}, 'client: required'],
    ['no certificates', undef, undef, qr{leat\.yaml:\d+:\d+: listen\[\]\.tls\.certificates: too few}],
    ['a minimum of 1.1', $c, $k, qr{listen\[\]\.tls\.minimum: not a known value; allowed: 1\.2\|1\.3}, 'minimum: 1.1'],
    )
{
    my ($name, $certificate, $key, $pattern, $more) = @$row;
    my $list = defined $certificate ? "{certificate: \"$certificate\", key: \"$key\"}" : '';
    my $text = configuration($plain, $list);
    $text =~ s/(\Q$list\E\])/$1, $more/ if $more;
    $leat->configure($text);
    $r = $leat->ctl('reload');
    is($r->{code}, 1, "$name: the reload fails");
    like($r->{err}, $pattern, '… and says why');
    unlike($r->{err}, qr/BEGIN|PRIVATE/, '… without showing what it read');
}
is_deeply([sort $leat->worker_pids], \@pids, 'after all that, the same workers serve');
is(visit('names')->{subject}, 'one more', 'with the same certificate');
$leat->configure(configuration($plain));
is($leat->ctl('reload')->{code}, 0, 'and a good one is taken again');
# Other authorities: a proof to the old ones proves nothing.
$leat->configure(configuration($plain) =~ s{client-ca: \Q$dir\E/ca\.pem\}}{client-ca: $dir/other-ca.pem\}}r);
is($leat->ctl('reload')->{code}, 0, 'other authorities at a listener');
for my $version (2, 3) {
    $v = resume('client', $version, 'required');
    is("$v->{is_reused} $v->{status}", '0 0', "end the sessions of the old ones (TLS 1.$version)");
}
$leat->configure(configuration($plain) =~ s/client: optional/client: required/r);
is($leat->ctl('reload')->{code}, 0, 'a listener that becomes strict');
$v = resume('anonymous', $_, 'optional') and is("$v->{is_reused} $v->{status}", '0 0', "ends the sessions of nobody (TLS 1.$_)") for 2, 3;
$leat->configure(configuration($plain));
is($leat->ctl('reload')->{code}, 0, 'as it was');
ok(wait_for(15, sub { my $s = $leat->ctl_json('status'); !$s->{retiring} }), 'the old workers are gone');

# --- requests ---

my $post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
sub number { my ($n, $more) = @_; return "GET /echo/$n HTTP/1.1\r\nHost: a\r\n" . ($more // '') . "\r\n" }
for my $version ('-tls1_2', '-tls1_3') {
    my $s = connect_tls('names', $version);
    is($leat->get("/echo/$_", socket => $s)->{json}{n}, $_, "a kept connection ($version), request $_") for 1 .. 3;
    my $text = talk($s, join('', map { number($_) } 10 .. 59), 50);
    is(join(',', $text =~ /\{"n":(\d+)\}/g), join(',', 10 .. 59), "50 pipelined requests ($version)");
    my $json = '{"text":"' . 'abcdefghijklmnopqrstuvwxyz' x scale(100_000) . '"}';
    my $exchange = sub {
        syswrite $s, $_[0];
        my $text = Leat::Test::read_all($s, 30, sub { length $_[0] > length $json && $_[0] =~ /"\}\z/ });
        return $text =~ m{\AHTTP/1\.1 200 } && substr($text, -length $json) eq $json;
    };
    ok($exchange->("${post}Content-Length: " . length($json) . "\r\n\r\n$json"), "a large body both ways ($version)");
    is($leat->get('/echo/7', socket => $s)->{json}{n}, 7, '… and the next request');
    ok($exchange->("${post}Transfer-Encoding: chunked\r\n\r\n" . join('', map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a7000)*', $json) . "0\r\n\r\n"),
        '… and one in chunks');
    like(talk($s, "${post}Content-Length: 9000000\r\n\r\n" . 'x' x 100_000, 1), qr{\AHTTP/1\.1 413 }, '… and one that is too large');
    hang_up($s);
}
# How the client's bytes arrive changes nothing: one by one, or a whole flight at once.
for my $row (['byte by byte', 'names', by => 1], ['in one piece', 'names', hold => 0.05]) {
    my ($name, $where, @how) = @$row;
    my $relay = relay($where, @how);
    for my $version ('-tls1_2', '-tls1_3') {
        $v = visit($relay, $version, '-servername', 'two.test', '-sess_out', "$dir/relay");
        is("$v->{status} $v->{subject}", '200 wild', "$name ($version)") or diag($v->{said});
        $v = visit($relay, $version, '-servername', 'two.test', '-sess_in', "$dir/relay");
        is("$v->{status} $v->{is_reused}", '200 1', "$name, resumed ($version)") or diag($v->{said});
    }
}
# What strict parsing refuses is refused inside TLS too.
for my $row (
    ["${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 'length beside chunked'],
    ["${post}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 'chunked beside length'],
    ["${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 'two lengths'],
    ["${post}Content-Length: +2\r\n\r\n{}", 'a signed length'],
    ["${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 'nearly chunked'],
    ["${post}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", 'a chunk size with 0x'],
    ["${post}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n", 'bare LF between chunks'],
    ["GET /who HTTP/1.1\r\nHost: a\n\r\n", 'bare LF behind a field'],
    ["GET /who HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 'obs-fold'],
    ["GET /who HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 'two Hosts'],
    ["GET /who HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", 'space before the colon'],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 'an HTTP/2 preface'],
    )
{
    my $s = connect_tls('names');
    my $text = talk($s, $row->[0] . number(99));
    like($text, qr{\AHTTP/1\.1 (?:400|501|505) }, "refused: $row->[1]");
    is(() = $text =~ m{HTTP/1\.1 \d}g, 1, '… and nothing behind it is answered');
    unlike(hung_up($s), qr/unexpected eof/, '… and the server says goodbye');
}
$r = $leat->get('/who', socket => connect_tls('names'), headers => {'X-Forwarded-For' => '203.0.113.7', 'X-Forwarded-Proto' => 'http'});
is($r->{json}{ip}, '127.0.0.1', 'TLS makes nobody trusted');

# --- PROXY protocol in front of TLS ---

my $header = "\r\n\r\n\0\r\nQUIT\n\x21\x11" . pack('n', 12) . pack('C4 C4 n n', 203, 0, 113, 9, 127, 0, 0, 1, 4711, 443);
for my $row (['in one piece with the hello', hold => 0.05], ['byte by byte', by => 1], ['before the hello']) {
    my ($name, @how) = @$row;
    $v = visit(relay('proxy', prefix => $header, @how));
    is("$v->{status} " . ($v->{json}{ip} // ''), '200 203.0.113.9', "a PROXY header $name") or diag($v->{said});
}
my ($tls_before, $proxy_before) = (errors(), metric('leat_proxy_errors_total'));
is(visit(relay('foreign', prefix => $header))->{status}, 0, 'from whom it is not taken: closed');
is(visit('proxy')->{status}, 0, 'a hello without the header: closed');
ok(wait_for(5, sub { metric('leat_proxy_errors_total') == $proxy_before + 2 }), 'both are counted');
is(errors(), $tls_before, 'and no TLS is blamed');
SKIP: {
    skip 'no haproxy', 3 if run_command('haproxy', '-v')->{code};
    my $front = Leat::Test::free_port();
    spew("$dir/haproxy.cfg", <<"CFG");
defaults
  mode http
  timeout connect 10s
  timeout client 20s
  timeout server 20s
  retries 0
frontend f
  bind 127.0.0.1:$front
  default_backend b
backend b
  server s 127.0.0.1:$port{proxy} send-proxy-v2 ssl verify required ca-file $dir/ca.pem sni str(one.test) verifyhost one.test alpn http/1.1
CFG
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', "$dir/haproxy.log";
        exec 'haproxy', '-db', '-f', "$dir/haproxy.cfg" or POSIX::_exit(127);
    }
    push @children, [$pid];
    ok(wait_for(10, sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $front) }), 'HAProxy is there') or diag(slurp("$dir/haproxy.log"));
    my @got = map { $leat->get('/who', socket => IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $front, LocalAddr => "127.0.0.$_"))->{json}{ip} // '' } 2 .. 5;
    is("@got", '127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5', 'behind HAProxy, with PROXY v2 and TLS, each client is known');
    is(errors(), $tls_before, 'and no handshake failed');
}

# --- those who do not mean well ---

my $hello = ''; # a whole and good one
{
    my $trap = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    my $s = connect_tls($trap->sockport, '-servername', 'two.test');
    my $got = $trap->accept;
    sysread $got, $hello, 65536;
    close $got;
    hang_up($s);
}
sub poke {
    my ($bytes) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port{names}) or die "connect: $!";
    syswrite $s, $bytes;
    return $s;
}
for my $row (
    ['plain HTTP', "GET /who HTTP/1.1\r\nHost: a\r\n\r\n"],
    ['an HTTP/2 preface', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ['noise', join '', map { chr(($_ * 167 + 13) % 256) } 1 .. 4000],
    ['zeros', "\0" x 70000],
    ['a record that is too long', "\x16\x03\x01\xff\xff" . 'x' x 70000],
    ['a hello whose length lies', substr($hello, 0, 6) . "\xff\xff\xff" . substr($hello, 9)],
    ['an old hello of SSL 2', "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" . "\x01\x00\x80" x 7 . 'x' x 16],
    ['application data first', "\x17\x03\x03\x00\x20" . 'x' x 32],
    ['an alert', "\x15\x03\x01\x00\x02\x02\x28"],
    ['a hello, and noise', $hello . "\x16\x03\x03\x40\x00" . 'x' x 0x4000],
    ['a heartbeat', $hello . "\x18\x03\x02\x00\x03\x01\x40\x00"],
    )
{
    my $before = errors();
    my $s = poke($row->[1]);
    my $text = Leat::Test::read_all($s, 20);
    unlike($text, qr{HTTP/|Bad Request}, "$row->[0]: no HTTP for an answer");
    ok(wait_for(5, sub { errors() == $before + 1 }), '… closed, and counted') or diag(errors() - $before);
}
# Handshakes that stop are cut at their timeout.
{
    my $before = errors();
    my %stopped = ('half a hello' => poke(substr $hello, 0, length($hello) / 2), 'a hello and silence' => poke($hello), silence => poke(''));
    my $body = connect_tls('names');
    syswrite $body, "${post}Content-Length: 100000\r\n\r\n" . 'x' x 50000;
    my $head = connect_tls('names');
    syswrite $head, "GET /who HTTP/1.1\r\nHost: a\r\n";
    for my $name (sort keys %stopped) {
        Leat::Test::read_all($stopped{$name}, 20);
        ok(eof $stopped{$name}, "$name: closed");
    }
    ok(wait_for(5, sub { errors() == $before + 3 }), 'and counted') or diag(errors() - $before);
    like(hung_up($head), qr/\A(?!.*(?:HTTP|still connected))|408/s, 'one that stops in its head is cut');
    like(hung_up($body), qr/\A(?!.*(?:HTTP|still connected))|408/s, 'and one that stops in its body');
    is(errors(), $before + 3, 'which is no error of TLS');
}
# A client that leaves at any point of the handshake, or of what follows.
my $baseline = sub { my $n = 0; $n += $_->{connections} for @{$leat->ctl_json('workers')}; $n };
for my $version ('-tls1_2', '-tls1_3') {
    for my $at (1, 5, 9, 80, length($hello) - 40, length($hello) + 5, length($hello) + 60) {
        my $relay = relay('required', cut => $at);
        my $before = errors();
        is(visit($relay, $version, with('client'))->{status}, 0, "a client that leaves after $at bytes ($version)");
        ok(wait_for(5, sub { errors() == $before + 1 }), '… is counted');
    }
}
my $leaver = connect_tls('names');
is($leat->get('/who', socket => $leaver)->{status}, 200, 'a client');
syswrite $leaver, "${post}Content-Length: 100000\r\n\r\n" . 'x' x 50000;
sleep 0.05;
hang_up($leaver);
my $garbler = connect_tls(relay('names', garble => "$dir/garble"));
is($leat->get('/who', socket => $garbler)->{status}, 200, 'a connection whose bytes are whole');
spew("$dir/garble", '');
is(talk($garbler, number(1)), '', 'ends without an answer when they are not');
hang_up($garbler);
unlink "$dir/garble";
# Key updates in the middle of a connection: the client's (k), or both sides' (K).
for my $command (qw(k K)) {
    my $s = connect_tls('names', '-tls1_3', '-no_ign_eof');
    is($leat->get('/echo/4', socket => $s)->{json}{n}, 4, 'a connection');
    syswrite $s, "$command\n";
    ok(wait_for(10, sub { said($s) =~ /KEYUPDATE/ }), "whose client takes new keys ($command)");
    like(talk($s, number(5, "Connection: close\r\n"), 1), qr/\{"n":5\}/, '… is answered') or diag(said($s));
    hang_up($s);
}
# More connections at once than a single turn of the loop can handle.
{
    my $before = errors();
    my $count = scale(300);
    my @crowd = map { poke($hello) } 1 .. $count;
    is(visit('names')->{status}, 200, "$count half handshakes keep nobody out");
    close $_ for @crowd;
    ok(wait_for(10, sub { errors() == $before + $count }), 'each is counted') or diag(errors() - $before);
}
ok(wait_for(20, sub { $baseline->() <= 1 }), 'no connection is left over') or diag($leat->ctl('workers')->{out});

# --- what only time does ---

ok(wait_for(60, sub { time > $fleeting_until }), 'a client certificate expires');
for my $version (2, 3) {
    SKIP: {
        skip 'its session was never begun, so slow is this machine', 1 unless -s "$dir/fleeting.$version";
        $v = resume('fleeting', $version, 'required', with('fleeting'));
        is("$v->{is_reused} $v->{status}", '0 0', "and with it its session (TLS 1.$version)") or diag($v->{said});
    }
}
is(scalar(grep { /was killed by signal/ } split /\n/, $leat->log), 1, 'no worker died but the one that was killed');
unlike($leat->log, qr/PRIVATE KEY|proxy\.untrusted.*names/, 'and no key is in the log');

# --- a stop ---

$leat->configure(configuration($plain) =~ s/^timeouts:.*\n//mr);
is($leat->ctl('reload')->{code}, 0, 'with patience');
my $waiting = connect_tls('names');
is($leat->get('/who', socket => $waiting)->{status}, 200, 'idle');
my $busy = connect_tls('names');
is($leat->get('/who', socket => $busy)->{status}, 200, 'and not');
syswrite $busy, "${post}Content-Length: 12\r\n\r\n{\"text\"";
my @crowd = map { poke($hello) } 1 .. scale(300); # handshakes that never end
my $draining = sub { scalar(() = $leat->log =~ /worker\.draining/g) };
ok(wait_for(15, sub { !$leat->ctl_json('status')->{retiring} }), 'of the workers before nothing is left');
my $drained = $draining->();
$leat->signal('TERM');
ok(wait_for(10, sub { $draining->() == $drained + 2 }), 'the drain begins');
like(talk($busy, ':"x"}'), qr/\A(?:HTTP\/1\.1 200 .*"text":"x"\})\z/s, 'what had begun is answered');
unlike(hung_up($busy), qr/unexpected eof/, 'and ends with a goodbye');
unlike(hung_up($waiting), qr/unexpected eof|still connected/, 'so does the idle one');
is($leat->wait_exit, 0, 'and leat ends');

# At once, with more waiting handshakes than one turn of a worker's loop handles.
{
    my $short = Leat::Test->new(workers => 1);
    my $two = "{certificate: $dir/wild.pem, key: $dir/wild.key}";
    $short->configure("listen: [{address: 127.0.0.1:$short->{port}, tls: {certificates: [$two]}}]\ndrain: {grace: 0s, timeout: 0s}\n");
    $short->start;
    my ($worker) = $short->worker_pids;
    kill STOP => $worker;
    my @all = map { my $s = $short->connect; syswrite $s, $hello; $s } 1 .. 800;
    $short->signal('TERM');
    ok(wait_for(10, sub { $short->log =~ /master\.stopping/ }), 'a stop at once');
    kill CONT => $worker;
    is($short->wait_exit, 0, 'ends');
    ok($short->log =~ /request\.cut/, '… and cuts what waited');
}

# --- keys that only root may read ---

SKIP: {
    skip 'SKIP: only root can try another user', 6 unless $> == 0;
    mkdir "$dir/private", 0700;
    openssl('pkey', '-in', "$dir/one.key", '-out', "$dir/private/key.pem");
    chmod 0600, "$dir/private/key.pem";
    my $safe = Leat::Test->new(config => "user: nobody\n")->open_to_all;
    $safe->configure("listen: [{address: 127.0.0.1:$safe->{port}, tls: {certificates: [{certificate: $dir/one-chain.pem, key: $dir/private/key.pem}]}}]\nuser: nobody\n");
    $safe->start;
    my ($worker) = $safe->worker_pids;
    is((stat "/proc/$worker")[4] == 0 || slurp("/proc/$worker/status") =~ /^Uid:\s+0/m ? 'root' : 'another', 'another', 'the workers are not root');
    is(visit($safe->{port})->{subject}, 'one more', 'but have the key');
    chmod 0000, "$dir/private/key.pem";
    kill KILL => $worker;
    ok(wait_for(10, sub { my @now = $safe->worker_pids; @now == 2 && !grep { $_ == $worker } @now }), 'a worker is replaced');
    is(scalar(grep { visit($safe->{port})->{subject} eq 'one more' } 1 .. 4), 4, 'and has it too');
    is($safe->ctl('reload')->{code}, 0, 'a reload reads it as root');
    is(visit($safe->{port})->{subject}, 'one more', 'and serves');
}
all_done;
