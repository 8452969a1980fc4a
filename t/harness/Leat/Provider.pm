# SPDX-License-Identifier: MIT
# An identity provider of OAuth 2 and OpenID Connect: a process of its own that the test tells what
# to say, and how to misbehave.
#
#     my $op = Leat::Provider->new(client => 'us', secret => 's');
#     my $back = $op->visit($location);                  # as a browser that consents: where it is sent
#     $op->set(fault => {token => 'slow'});              # and for the id_token: claims, header, key
#     my @seen = $op->seen('token');                     # the requests so far
#
# It is strict itself: PKCE, the redirect URI, the client's secret; a code is good once.
package Leat::Provider;

use strict;
use warnings;
use Carp qw(croak);
use Digest::SHA qw(hmac_sha256 sha256);
use Errno qw(EAGAIN EINTR);
use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use Leat::Test ();
use MIME::Base64 qw(decode_base64 encode_base64url);
use POSIX ();

our @EXPORT_OK = qw(make_key jwk_of sign_token);
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my %live;

# --- keys and tokens ---

my $folder;
sub openssl {
    my (@command) = @_;
    $folder //= tempdir(CLEANUP => 1);
    my $r = Leat::Test::run_command('openssl', @command);
    croak "openssl @command: $r->{err}" if $r->{code};
    return $r->{out};
}

# Makes a key, ES256 or RS256: {alg, kid, file}.
sub make_key {
    my ($alg, $kid) = @_;
    $folder //= tempdir(CLEANUP => 1);
    my $file = "$folder/$kid.$$." . int rand 1e9;
    my @kind = $alg eq 'ES256' ? qw(EC -pkeyopt ec_paramgen_curve:P-256) : qw(RSA -pkeyopt rsa_keygen_bits:2048);
    openssl('genpkey', '-algorithm', @kind, '-out', $file);
    return {alg => $alg, kid => $kid, file => $file};
}

# Returns the public key as a JWK.
sub jwk_of {
    my ($key) = @_;
    my %about = (alg => $key->{alg}, kid => $key->{kid}, use => 'sig');
    if ($key->{alg} eq 'ES256') {
        my $point = substr openssl('pkey', '-in', $key->{file}, '-pubout', '-outform', 'DER'), -64;
        my ($x, $y) = map { encode_base64url($_) } unpack '(a32)2', $point;
        return {%about, kty => 'EC', crv => 'P-256', x => $x, y => $y};
    }
    my ($modulus) = openssl('rsa', '-in', $key->{file}, '-modulus', '-noout') =~ /Modulus=([0-9A-F]+)/;
    return {%about, kty => 'RSA', n => encode_base64url(pack 'H*', $modulus), e => 'AQAB'};
}

# Converts a SEQUENCE of two INTEGERs to two numbers of 32 bytes.
sub raw_signature {
    my ($der) = @_;
    my (undef, undef, undef, $r_len) = unpack 'C4', $der;
    my $r = substr $der, 4, $r_len;
    my $s = substr $der, 4 + $r_len + 2;
    return join '', map { my $n = s/^\0+//r; "\0" x (32 - length $n) . $n } $r, $s;
}

# Signs a token. header: more members, or replacements; secret: signs with HS256.
sub sign_token {
    my ($key, $claims, %o) = @_;
    my %header = (typ => 'JWT', alg => $o{secret} ? 'HS256' : $key->{alg}, kid => $key->{kid}, %{$o{header} // {}});
    my $text = join '.', map { encode_base64url($json->encode($_)) } \%header, $claims;
    return "$text." if $header{alg} eq 'none';
    return "$text." . encode_base64url(hmac_sha256($text, $o{secret})) if $o{secret};
    $folder //= tempdir(CLEANUP => 1);
    Leat::Test::spew("$folder/text.$$", $text);
    my $signature = openssl('dgst', '-sha256', '-sign', $key->{file}, '-binary', "$folder/text.$$");
    return "$text." . encode_base64url($key->{alg} eq 'ES256' ? raw_signature($signature) : $signature);
}

# --- the test's side ---

# client, secret (absent: a public client), redirect: as registered; alg; path: of its issuer
sub new {
    my ($class, %o) = @_;
    my %local = (LocalAddr => '127.0.0.1', LocalPort => $o{port} // 0);
    my $listener = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1, %local) or croak "port: $!";
    my $self = bless {client => 'us', %o, owner => $$, port => $listener->sockport}, $class;
    $self->{root} = "http://127.0.0.1:$self->{port}";
    $self->{issuer} //= $self->{root} . ($o{path} // '');
    $self->{key} //= make_key($o{alg} // 'ES256', 'k1');
    pipe my $watch, my $life or croak "pipe: $!";
    $self->{pid} = fork // croak "fork: $!";
    if (!$self->{pid}) {
        close $life;
        %live = ();
        eval { serve($self, $listener, $watch) };
        print STDERR "provider: $@" if $@;
        POSIX::_exit(0);
    }
    $self->{life} = $life; # it ends with the test
    return $live{$self->{pid}} = $self;
}

sub stop {
    my ($self) = @_;
    return unless $self->{pid} && $self->{owner} == $$;
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    delete $live{delete $self->{pid}};
}

# Sends a plain request: {status, headers, body, json}.
sub ask {
    my ($self, $method, $target, $body) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}) or croak "provider: $!";
    $body //= '';
    print {$s} "$method $target HTTP/1.1\r\nHost: x\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    return Leat::Test::parse_answer(Leat::Test::read_all($s, 20, sub { Leat::Test::parse_answer($_[0]) }));
}

# What it is to do from now on; each key replaces what was set before.
#   user:   {sub, email, email_verified, …}; emails: [{email, primary, verified}]
#   fault:  {discovery | authorize | token | jwks | userinfo | user | emails => slow | down | garbage |
#            huge | redirect | text | error | cut | deny}
#   claims: {…} of the id_token, instead of its own (undef: without); header: the same
#   sign:   other (a key that is not published) | secret (HS256, by hmac or the client's) | none
#   key, keys: what signs, and the published JWKs
#   says:   {…} of discovery; answer: {…} of the token endpoint; back: {…} of the callback
sub set {
    my ($self, %o) = @_;
    my $r = $self->ask(POST => '/control', $json->encode(\%o));
    croak 'provider: no control' if !$r || $r->{status} != 200;
}
sub reset {
    my ($self) = @_;
    $self->set(map { $_ => {} } qw(fault claims header says answer back));
    $self->set(sign => undef);
}

# Returns the requests that an endpoint has received: [{method, query, form, authorization}].
sub seen {
    my ($self, $endpoint) = @_;
    return grep { $_->{endpoint} eq $endpoint } @{$self->ask(GET => '/control')->{json}};
}

# Visits the location as a browser and consents; returns where it is sent to.
sub visit {
    my ($self, $url) = @_;
    my ($target) = $url =~ m{^\Q$self->{root}\E(/.*)} or croak "visit: $url";
    my $r = $self->ask(GET => $target);
    return $r->{headers}{location} // croak "visit: $r->{status} $r->{body}";
}

# --- the process ---

sub unescape { my ($t) = @_; $t =~ tr/+/ /; $t =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; return $t }
sub escape { my ($t) = @_; $t =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge; return $t }
sub pairs {
    my ($text) = @_;
    return {map { my ($k, $v) = split /=/, $_, 2; (unescape($k) => unescape($v // '')) } split /&/, $text // ''};
}

sub answer {
    my ($status, $type, $body, %headers) = @_;
    my $length = length $body;
    my $head = "HTTP/1.1 $status X\r\nContent-Type: $type\r\nContent-Length: $length\r\nConnection: close\r\n";
    return $head . join('', map { "$_: $headers{$_}\r\n" } sort keys %headers) . "\r\n$body";
}
sub answer_json { my ($data, $status) = @_; return answer($status // 200, 'application/json', $json->encode($data)) }
sub refuse {
    my ($error, $status) = @_;
    return answer_json({error => $error, error_description => 'no'}, $status // 400);
}

# undef: no answer ever comes; '': the connection is closed.
my %faults = (
    slow     => sub { undef },
    down     => sub { '' },
    garbage  => sub { answer(200, 'application/json', "\x00{\xff" x 100) },
    huge     => sub { answer(200, 'application/json', '[' . ' ' x 100_000_000 . ']') },
    redirect => sub { my ($self, $target) = @_; answer(302, 'text/plain', '', Location => "$self->{root}$target") },
    text     => sub { my ($self, undef, $good) = @_; $good->() =~ s{application/json}{text/html}r },
    error    => sub { my ($self, undef, $good) = @_; $good->() =~ s{^HTTP/1.1 \d+}{HTTP/1.1 500}r },
    cut      => sub { my ($self, undef, $good) = @_; substr $good->(), 0, -20 },
);

sub discovery {
    my ($self) = @_;
    return answer_json({
        issuer => $self->{issuer},
        authorization_endpoint => "$self->{root}/authorize",
        token_endpoint => "$self->{root}/token",
        jwks_uri => "$self->{root}/jwks",
        userinfo_endpoint => "$self->{root}/userinfo",
        response_types_supported => ['code'],
        code_challenge_methods_supported => ['S256'],
        authorization_response_iss_parameter_supported => JSON::PP::true,
        %{$self->{says} // {}},
    });
}

sub authorize {
    my ($self, $r) = @_;
    my $q = $r->{query};
    return refuse('invalid_request')
        if ($q->{response_type} // '') ne 'code' || ($q->{client_id} // '') ne $self->{client}
        || ($self->{redirect} // $q->{redirect_uri}) ne $q->{redirect_uri}
        || ($q->{code_challenge_method} // '') ne 'S256' || !$q->{state};
    my $code = sprintf 'c%d-%d', ++$self->{codes_made}, int rand 1e9;
    $self->{codes}{$code} = $q;
    my %verdict = ($self->{fault}{authorize} // '') eq 'deny' ? (error => 'access_denied') : (code => $code);
    my %back = (state => $q->{state}, iss => $self->{issuer}, session_state => 'x', %verdict);
    my %other = %{$self->{back} // {}};
    $back{$_} = $other{$_} for keys %other;
    my $glue = $q->{redirect_uri} =~ /\?/ ? '&' : '?';
    my @query = map { "$_=" . escape($back{$_}) } grep { defined $back{$_} } sort keys %back;
    return answer(302, 'text/plain', '', Location => $q->{redirect_uri} . $glue . join '&', @query);
}

sub is_client {
    my ($self, $r) = @_;
    my $f = $r->{form};
    my $is_client = ($f->{client_id} // '') eq $self->{client};
    return $is_client && !exists $f->{client_secret} && !$r->{authorization} if !defined $self->{secret};
    return $is_client && ($f->{client_secret} // '') eq $self->{secret} if exists $f->{client_secret};
    my ($coded) = ($r->{authorization} // '') =~ /^Basic (\S+)$/ or return 0;
    my ($id, $secret) = map { unescape($_) } split /:/, decode_base64($coded), 2;
    return $id eq $self->{client} && $secret eq $self->{secret};
}

sub id_token {
    my ($self, $begun) = @_;
    my %claims = (iss => $self->{issuer}, aud => $self->{client}, iat => time, exp => time + 300,
        nonce => $begun->{nonce}, %{$self->{user}}, %{$self->{claims} // {}});
    delete @claims{grep { !defined $claims{$_} } keys %claims};
    my $how = $self->{sign} // '';
    my %o = (header => {%{$self->{header} // {}}, $how eq 'none' ? (alg => 'none') : ()});
    $o{secret} = $self->{hmac} // $self->{secret} // 'x' if $how eq 'secret';
    $self->{other} //= make_key('ES256', $self->{key}{kid}) if $how eq 'other';
    return sign_token($how eq 'other' ? $self->{other} : $self->{key}, \%claims, %o);
}

sub token {
    my ($self, $r) = @_;
    my $f = $r->{form};
    return refuse('invalid_client', 401) if !is_client($self, $r);
    my $begun = delete $self->{codes}{$f->{code} // ''} or return refuse('invalid_grant');
    return refuse('invalid_grant') if ($f->{redirect_uri} // '') ne $begun->{redirect_uri};
    return refuse('invalid_grant') if encode_base64url(sha256($f->{code_verifier} // '')) ne $begun->{code_challenge};
    my $access = sprintf 'a%d', ++$self->{tokens_made};
    $self->{access}{$access} = 1;
    my %answer = (access_token => $access, token_type => 'Bearer', expires_in => 300,
        $begun->{nonce} ? (id_token => id_token($self, $begun)) : (), %{$self->{answer} // {}});
    delete @answer{grep { !defined $answer{$_} } keys %answer};
    return answer_json(\%answer);
}

sub bearer {
    my ($self, $r, $data) = @_;
    my ($access) = ($r->{authorization} // '') =~ /^Bearer (\S+)$/;
    return $access && $self->{access}{$access} ? answer_json($data) : refuse('invalid_token', 401);
}

my %endpoints = (
    '/authorize'   => [authorize => \&authorize],
    '/token'       => [token     => \&token],
    '/jwks'        => [jwks      => sub {
        my ($self) = @_;
        return answer_json({keys => $self->{keys} // [jwk_of($self->{key})]});
    }],
    '/userinfo'    => [userinfo  => sub {
        my ($self, $r) = @_;
        return bearer($self, $r, {%{$self->{user}}, %{$self->{info} // {}}});
    }],
    '/user'        => [user      => sub { my ($self, $r) = @_; bearer($self, $r, $self->{user}) }],
    '/user/emails' => [emails    => sub { my ($self, $r) = @_; bearer($self, $r, $self->{emails} // []) }],
);

sub control {
    my ($self, $r) = @_;
    return answer_json($self->{seen}) if $r->{method} eq 'GET';
    my $o = $json->decode($r->{body});
    $self->{$_} = $o->{$_} for keys %$o;
    return answer_json({});
}

sub respond {
    my ($self, $r) = @_;
    return control($self, $r) if $r->{path} eq '/control';
    my $is_discovery = $r->{path} =~ m{/\.well-known/openid-configuration\z};
    my ($name, $code) = $is_discovery ? (discovery => \&discovery) : @{$endpoints{$r->{path}} // []};
    return answer(404, 'text/plain', 'no') if !$name;
    push @{$self->{seen}}, {endpoint => $name, map { $_ => $r->{$_} } qw(method query form authorization)};
    my $fault = $faults{$self->{fault}{$name} // ''};
    return $fault ? $fault->($self, $r->{target}, sub { $code->($self, $r) }) : $code->($self, $r);
}

# Returns a complete request, or undef.
sub parse {
    my ($text) = @_;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    return unless defined $body;
    my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
    return if length $body < ($length // 0);
    my ($method, $target) = $head =~ /^(\S+) (\S+)/;
    my ($path, $query) = split /\?/, $target, 2;
    my ($authorization) = $head =~ /^authorization:\s*([^\r\n]+)/mi;
    return {method => $method, target => $target, path => $path, query => pairs($query), body => $body,
        form => pairs($method eq 'POST' ? $body : ''), authorization => $authorization};
}

# Serves all connections in one loop, so that a slow one delays no other.
sub serve {
    my ($self, $listener, $watch) = @_;
    my %open;
    $self->{seen} = [];
    $self->{user} //= {sub => 'u1', email => 'ann@example.com', email_verified => JSON::PP::true};
    $listener->blocking(0);
    while (1) {
        my ($reads, $writes) = ('', '');
        my @reading = map { $_->{socket} } grep { !defined $_->{out} } values %open;
        vec($reads, fileno $_, 1) = 1 for $listener, $watch, @reading;
        vec($writes, fileno $_->{socket}, 1) = 1 for grep { defined $_->{out} } values %open;
        next if select($reads, $writes, undef, undef) < 0;
        return if vec $reads, fileno $watch, 1; # the test is gone
        if (vec $reads, fileno $listener, 1) {
            my $socket = $listener->accept or next;
            $socket->blocking(0);
            $open{fileno $socket} = {socket => $socket, in => ''};
        }
        for my $c (values %open) {
            my $fd = fileno $c->{socket};
            if (defined $c->{out}) {
                my $n = vec($writes, $fd, 1) ? syswrite $c->{socket}, $c->{out}, 1 << 16, $c->{sent} // 0 : next;
                $c->{sent} += $n // 0;
                delete $open{$fd} if (!defined $n && $! != EAGAIN) || ($c->{sent} // 0) >= length $c->{out};
            } elsif (vec $reads, $fd, 1) {
                my $n = sysread $c->{socket}, $c->{in}, 65536, length $c->{in};
                next if !defined $n && ($! == EAGAIN || $! == EINTR);
                if (!$n) { delete $open{$fd}; next }
                my $r = !$c->{is_answered} && parse($c->{in}) or next;
                $c->{is_answered} = 1;
                $c->{out} = respond($self, $r);
                delete $open{$fd} if defined $c->{out} && $c->{out} eq '';
            }
        }
    }
}

END {
    my $status = $?;
    $_->stop for values %live;
    $? = $status;
}

1;
