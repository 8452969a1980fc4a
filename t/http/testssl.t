# SPDX-License-Identifier: MIT
# testssl.sh finds nothing above LOW at a TLS listener with the default settings.
use strict;
use warnings;
use JSON::PP;
use Leat::Certificate;
use Leat::Program;
use Leat::Test;
use Test::More;

plan skip_all => 'too slow under a sanitizer; tls-*.t run there' if is_sanitized();
my $testssl = require_program('testssl');

# Findings that say nothing about Leat.
my %excused = (
    cert_revocation => 'the test CA has neither a revocation list nor OCSP',
    engine_problem => "Debian's openssl has no engine for GOST, which testssl would like to try",
    sessionresumption_ticket => join ' ', "testssl's openssl leaves before the tickets of TLS 1.3 are there;",
        'tls-sessions.t resumes sessions',
);

my $dir = certificates();
certificate('ca', '/CN=Test CA', undef, 'keyUsage=critical,keyCertSign,cRLSign');
certificate('one', '/CN=localhost', 'ca', 'subjectAltName=DNS:localhost', 'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth');

my $leat = Leat::Test->new;
my $tls = "tls: {certificates: [{certificate: $dir/one.pem, key: $dir/one.key}]}";
$leat->configure("listen: [{address: 127.0.0.1:$leat->{port}, $tls}]\n");
$leat->start;

# Findings that must exist, and be good: they prove that it could look at all.
my @must = qw(SSLv2 SSLv3 TLS1_2 TLS1_3 cipherlist_NULL cipherlist_LOW PFS cert_chain_of_trust cert_trust heartbleed CCS
    ticketbleed ROBOT secure_client_renego CRIME_TLS LUCKY13);

subtest 'testssl finds protocols, ciphers and vulnerabilities in order, nothing above LOW' => sub {
    my $r = run_command('timeout', 180, $testssl,
        qw(--quiet --color 0 --warnings batch --nodns none --ip 127.0.0.1 -p -s -f -S -U),
        '--add-ca', "$dir/ca.pem", '--jsonfile', "$dir/all.json", "localhost:$leat->{port}");
    plan skip_all => 'SKIP: this machine is too slow for testssl now' if $r->{code} == 124;
    my $findings = eval { decode_json(slurp("$dir/all.json")) } // [];
    my %severity = map { $_->{id} => $_->{severity} } @$findings;
    is($severity{$_}, 'OK', "$_ is good") or diag($r->{out}, $r->{err}) for @must;
    my @bad = grep { $_->{severity} !~ /^(?:OK|INFO|LOW|DEBUG)\z/ && !$excused{$_->{id}} } @$findings;
    ok(!@bad, 'no finding above LOW') or diag(map { "$_->{severity} $_->{id}: $_->{finding}\n" } @bad);
};

subtest 'plain HTTP is not answered after all that, and no worker died' => sub {
    is($leat->get('/', socket => $leat->connect), undef, 'plain HTTP is not answered after all that');
    unlike($leat->log, qr/worker\.died/, 'and no worker died');
};

all_done;
