# SPDX-License-Identifier: MIT
# Client certificates let in whom a listener trusts, by name, and nobody else.
use strict;
use warnings;
use Leat::Test;
use Leat::Tls;
use Test::More;

my $leat = start_tls();

my @good = (
    ['required', 'client', 'CN=client,O=Org'], ['optional', 'client', 'CN=client,O=Org'], ['optional', undef, undef],
    ['others', 'stranger', 'CN=client,O=Org'], ['names', 'client', undef],
);
# With the alerts certificate_required (in 1.2 handshake_failure), unknown_ca, certificate_expired, bad_certificate
# and unsupported_certificate.
my @bad = (
    ['required', undef, '40|116'], ['required', 'stranger', 48], ['required', 'self', 48], ['required', 'expired', 45],
    ['required', 'early', 42], ['required', 'server-only', 43], ['optional', 'stranger', 48], ['optional', 'self', 48],
    ['optional', 'expired', 45], ['others', 'client', 48],
);

subtest 'a good client certificate is known to SQL and to the log, another is refused with the reason' => sub {
    for my $version ('-tls1_2', '-tls1_3') {
        for my $row (@good) {
            my ($where, $name, $subject) = @$row;
            my $v = visit($where, $version, $name ? with($name) : ());
            is($v->{status}, 200, "$where: " . ($name // 'no certificate') . " is let in ($version)")
                or diag($v->{said});
            is($v->{json}{subject}, $subject, '… and SQL sees ' . ($subject // 'no subject'));
            my $id = $v->{headers}{'x-request-id'} // 'none';
            my $line = wait_for(5, sub { $leat->log =~ /^(.* request .*id=\Q$id\E.*)$/m ? $1 : undef }) // '';
            is($line =~ / subject=(\S+)/ ? $1 : undef, $subject, '… and so does the log');
        }
        for my $row (@bad) {
            my ($where, $name, $alert) = @$row;
            my $before = errors();
            my $v = visit($where, $version, $name ? with($name) : ());
            is($v->{status}, 0, "$where: " . ($name // 'no certificate') . " is refused ($version)");
            like($v->{alert}, qr/^(?:$alert)\z/, '… with the alert that says why') or diag($v->{said});
            ok(wait_for(5, sub { errors() == $before + 1 }), '… and counted');
        }
    }
};

subtest 'an odd subject is escaped, and stays one field of the log' => sub {
    my $v = visit('required', with('odd'));
    is($v->{json}{subject}, 'CN=a\,b\" c=d\0Arequest status=999,O=Zo\C3\AB',
        'an odd subject is escaped as RFC 4514 has it');
    my $odd = '';
    wait_for(5, sub { ($odd) = grep { /id=$v->{headers}{'x-request-id'}/ } split /\n/, $leat->log });
    like($odd, qr/ status=200 .* subject="(?:[^"\\]|\\.)*999(?:[^"\\]|\\.)*"\z/, 'and stays one field of one line');
};

all_done;
