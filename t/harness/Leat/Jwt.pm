# SPDX-License-Identifier: MIT
# Tokens as anybody makes them: good ones with a key of the server's, and all the others.
#
#     my $key = make_key('ES256');                        # {alg, path, pem, public}
#     my $token = jwt($key, {sub => 'ann', exp => time + 60});
#     my $token = jwt($key, \%claims, {typ => 'JWT', kid => 'a', alg => 'none'});
package Leat::Jwt;

use strict;
use warnings;
use Carp qw(croak);
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use Exporter qw(import);
use File::Temp qw(tempdir);
use JSON::PP;
use Leat::Test;
use MIME::Base64 qw(encode_base64url decode_base64url);

our @EXPORT = qw(make_key secret_key jwt signed parts access);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $dir = tempdir(CLEANUP => 1);
my $count = 0;

my %generate = (
    RS256 => [qw(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)],
    ES256 => [qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)],
    EdDSA => [qw(-algorithm ED25519)],
);
my %hmac = (HS256 => \&hmac_sha256, HS384 => \&hmac_sha384, HS512 => \&hmac_sha512);

sub openssl {
    my $r = run_command('openssl', @_);
    croak "openssl @_: $r->{err}" if $r->{code};
    return $r->{out};
}

sub make_key {
    my ($alg) = @_;
    my $path = "$dir/" . ++$count . '.pem';
    openssl('genpkey', @{$generate{$alg}}, '-out', $path);
    return {alg => $alg, path => $path, pem => slurp($path), public => openssl('pkey', '-in', $path, '-pubout')};
}

sub secret_key { my ($secret, $alg) = @_; return {alg => $alg // 'HS256', secret => $secret} }

# Converts the two numbers of an ECDSA signature from DER to 32 bytes each (RFC 7518, 3.4).
sub raw_of_der {
    my ($der) = @_;
    my (undef, undef, undef, $r_len) = unpack 'C4', $der;
    my ($r, $s) = (substr($der, 4, $r_len), substr($der, 6 + $r_len));
    return join '', map { substr(("\0" x 32) . $_, -32) } $r, $s;
}

sub sign {
    my ($key, $text) = @_;
    return $hmac{$key->{alg}}->($text, $key->{secret}) if $hmac{$key->{alg}};
    my $input = "$dir/" . ++$count;
    spew($input, $text);
    return openssl(qw(pkeyutl -sign -rawin -inkey), $key->{path}, '-in', $input) if $key->{alg} eq 'EdDSA';
    my $signature = openssl(qw(dgst -sha256 -sign), $key->{path}, $input);
    return $key->{alg} eq 'ES256' ? raw_of_der($signature) : $signature;
}

# Makes a token of these texts, valid or not.
sub signed {
    my ($key, $header, $payload) = @_;
    my $input = encode_base64url($header) . '.' . encode_base64url($payload);
    return "$input." . encode_base64url(sign($key, $input));
}

# Makes a token. Header members that are undef are left out; typ is that of access tokens unless
# given.
sub jwt {
    my ($key, $claims, $more) = @_;
    my %header = (alg => $key->{alg}, typ => 'at+jwt', %{$more // {}});
    delete $header{$_} for grep { !defined $header{$_} } keys %header;
    return signed($key, $json->encode(\%header), $json->encode($claims));
}

# Makes an access token with the server's usual claims, except those given; undef leaves a claim
# out.
sub access {
    my (%more) = @_;
    my %claims = (iss => 'leat', aud => 'leat', sub => 'ann', iat => time, exp => time + 600, %more);
    delete $claims{$_} for grep { !defined $claims{$_} } keys %claims;
    return \%claims;
}

# Returns {header, claims, input, signature} of a token.
sub parts {
    my ($token) = @_;
    my ($header, $payload, $signature) = split /\./, $token;
    return {header => $json->decode(decode_base64url($header)), claims => $json->decode(decode_base64url($payload)),
        input => "$header.$payload", signature => $signature};
}

1;
