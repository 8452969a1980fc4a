# SPDX-License-Identifier: MIT
# Certificates as openssl makes them, in one folder of the test.
#
#     my $dir = certificates();                            # the folder
#     certificate('ca', '/CN=Test CA');                    # $dir/ca.pem and ca.key, signed by itself
#     certificate('one', '/CN=one', 'ca', 'subjectAltName=DNS:one.test');
package Leat::Certificate;

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use Leat::Program;
use Leat::Test ();
use POSIX qw(strftime);

our @EXPORT = qw(certificates certificate certificate_between openssl self_signed);

my @new_key = qw(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes);
my $dir = tempdir('tls-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub certificates { return $dir }

sub openssl {
    my (@command) = @_;
    my $r = Leat::Test::run_command(require_program('openssl'), @command);
    die "openssl @command: $r->{err}" if $r->{code};
    return $r;
}

# Makes $dir/NAME.pem and NAME.key, signed by another key or by itself.
sub certificate {
    my ($name, $subject, $by, @extensions) = @_;
    push @extensions, 'basicConstraints=critical,CA:FALSE' unless !$by || grep { /^basic/ } @extensions;
    my @signer = $by ? ('-CA', "$dir/$by.pem", '-CAkey', "$dir/$by.key") : ();
    openssl('req', '-x509', @new_key, '-days', 80, '-keyout', "$dir/$name.key", '-out', "$dir/$name.pem", '-utf8',
        '-subj', $subject, @signer, map { ('-addext', $_) } @extensions);
}

# Makes a certificate that is valid from and to the given times.
sub certificate_between {
    my ($name, $subject, $by, $from, $to) = @_;
    my @dates = map { strftime('%Y%m%d%H%M%SZ', gmtime $_) } $from, $to;
    Leat::Test::spew("$dir/$name.cnf", <<"CNF");
[ca]
default_ca=d
[d]
new_certs_dir=$dir
database=$dir/$name.index
rand_serial=yes
default_md=sha256
policy=p
[p]
O=optional
CN=supplied
CNF
    Leat::Test::spew("$dir/$name.index", '');
    openssl('req', '-new', @new_key, '-keyout', "$dir/$name.key", '-out', "$dir/$name.csr", '-subj', $subject);
    openssl('ca', '-batch', '-config', "$dir/$name.cnf", '-notext', '-startdate', $dates[0], '-enddate', $dates[1],
        '-cert', "$dir/$by.pem", '-keyfile', "$dir/$by.key", '-in', "$dir/$name.csr", '-out', "$dir/$name.pem");
}

# Makes a certificate for localhost that is signed by itself; returns the keys of a listener with it.
sub self_signed {
    openssl('req', '-x509', @new_key, '-days', 80, '-subj', '/CN=localhost',
        '-keyout', "$dir/localhost.key", '-out', "$dir/localhost.pem");
    return "tls: {certificates: [{certificate: $dir/localhost.pem, key: $dir/localhost.key}]}";
}

1;
