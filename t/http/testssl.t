# SPDX-License-Identifier: MIT
# testssl.sh finds nothing above LOW at a TLS listener with the default settings.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Leat::Test;
use Test::More;

my ($testssl) = grep { -x } map { ("$_/testssl", "$_/testssl.sh") } split /:/, $ENV{PATH};
plan skip_all => 'there is no testssl' unless $testssl;
plan skip_all => 'too slow under a sanitizer; tls.t runs there' if is_sanitized();

# Findings that say nothing about Leat.
my %excused = (
    cert_revocation => 'the test CA has neither a revocation list nor OCSP',
    engine_problem => "Debian's openssl has no engine for GOST, which testssl would like to try",
    sessionresumption_ticket => "testssl's openssl leaves before the tickets of TLS 1.3 are there; tls.t resumes sessions",
);

my $dir = tempdir('testssl-XXXXXX', TMPDIR => 1, CLEANUP => 1);
sub openssl { my $r = run_command('openssl', @_); die "openssl @_: $r->{err}" if $r->{code} }
my @new = qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 80);
openssl(@new, '-keyout', "$dir/ca.key", '-out', "$dir/ca.pem", '-subj', '/CN=Test CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
openssl(@new, '-keyout', "$dir/key.pem", '-out', "$dir/one.pem", '-subj', '/CN=localhost', '-CA', "$dir/ca.pem", '-CAkey', "$dir/ca.key",
    map { ('-addext', $_) } 'subjectAltName=DNS:localhost', 'basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth');

my $leat = Leat::Test->new;
$leat->configure("listen: [{address: 127.0.0.1:$leat->{port}, tls: {certificates: [{certificate: $dir/one.pem, key: $dir/key.pem}]}}]\n");
$leat->start;

# Protocols, ciphers, forward secrecy, the server's preferences and defaults, vulnerabilities.
my $r = run_command('timeout', 180, $testssl, qw(--quiet --color 0 --warnings batch --nodns none --ip 127.0.0.1 -p -s -f -S -U),
    '--add-ca', "$dir/ca.pem", '--jsonfile', "$dir/all.json", "localhost:$leat->{port}");
SKIP: {
    skip 'SKIP: this machine is too slow for testssl now', 1 if $r->{code} == 124;
    my $findings = eval { decode_json(slurp("$dir/all.json")) } // [];
    my %severity = map { $_->{id} => $_->{severity} } @$findings;
    # Proves that it could look at all: these findings must exist, and be good.
    is($severity{$_}, 'OK', "$_ is good") or diag($r->{out}, $r->{err})
        for qw(SSLv2 SSLv3 TLS1_2 TLS1_3 cipherlist_NULL cipherlist_LOW PFS cert_chain_of_trust cert_trust heartbleed CCS ticketbleed ROBOT secure_client_renego CRIME_TLS LUCKY13);
    my @bad = grep { $_->{severity} !~ /^(?:OK|INFO|LOW|DEBUG)\z/ && !$excused{$_->{id}} } @$findings;
    ok(!@bad, 'no finding above LOW') or diag(map { "$_->{severity} $_->{id}: $_->{finding}\n" } @bad);
}
is($leat->get('/', socket => $leat->connect), undef, 'plain HTTP is not answered after all that');
unlike($leat->log, qr/worker\.died/, 'and no worker died');
all_done;
