# SPDX-License-Identifier: MIT
# A TLS listener speaks the versions, ciphers and protocols that it should, and answers each name with its
# certificate.
use strict;
use warnings;
use Leat::Test;
use Leat::Tls;
use Test::More;

my $leat = start_tls();

subtest 'TLS 1.2 and 1.3 are spoken, to an orderly end' => sub {
    for my $row ([1.2 => '-tls1_2'], [1.3 => '-tls1_3']) {
        my $v = visit('names', $row->[1]);
        is("$v->{version} $v->{status}", "TLSv$row->[0] 200", "TLS $row->[0]");
        ok(!$v->{is_cut}, "TLS $row->[0]: the server says goodbye before it closes");
    }
};

subtest 'older versions, static keys and CBC are refused with the alert of the RFC' => sub {
    for my $old (qw(-tls1 -tls1_1)) {
        my $v = visit('names', $old, '-cipher', 'ALL:@SECLEVEL=0');
        is("$v->{status} $v->{alert}", '0 70', "$old is refused: protocol_version") or diag($v->{said});
    }
    my $v = visit('newest', '-tls1_2');
    is("$v->{status} $v->{alert}", '0 70', 'minimum 1.3 refuses TLS 1.2') or diag($v->{said});
    $v = visit('newest');
    is("$v->{version} $v->{status}", 'TLSv1.3 200', 'and takes 1.3');
    my @weak = ('-cipher', 'AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0');
    $v = visit('names', '-tls1_2', @weak);
    is("$v->{status} $v->{alert}", '0 40', 'no static keys, no CBC: handshake_failure') or diag($v->{said});
};

subtest 'the name that a client asks for chooses the certificate, and the chain is sent whole' => sub {
    for my $row (
        ['one.test', 'one'], ['two.test', 'wild'], ['TWO.Test', 'wild'], ['a.two.test', 'wild'],
            ['exact.two.test', 'exact'],
        ['a.b.two.test', 'one'], ['unknown.test', 'one'], ['test', 'one'], ['wo.test', 'one'], ['two.test.', 'one'],
        ['*.two.test', 'one|wild'], [undef, 'one'],
    ) {
        for my $version ('-tls1_2', '-tls1_3') {
            my $v = visit('names', $version, defined $row->[0] ? ('-servername', $row->[0]) : '-noservername');
            like("$v->{status} $v->{subject}", qr/^200 (?:$row->[1])\z/,
                ($row->[0] // 'no name') . " gets $row->[1] ($version)");
        }
    }
    my $v = visit('names', '-servername', 'one.test', '-verify_hostname', 'one.test');
    is("$v->{chain} $v->{is_verified}", '2 1', 'the chain is sent whole, and leads to the root that the client knows')
        or diag($v->{said});
};

subtest 'ALPN chooses http/1.1, and refuses whoever offers only h2' => sub {
    for my $row (['http/1.1', 'http/1.1'], ['h2,http/1.1', 'http/1.1'], ['x,y,http/1.1', 'http/1.1'], [undef, '']) {
        my $v = visit('names', '-servername', 'two.test', $row->[0] ? ('-alpn', $row->[0]) : ());
        is("$v->{status} $v->{alpn}", "200 $row->[1]", 'ALPN ' . ($row->[0] // 'not offered'));
    }
    for my $version ('-tls1_2', '-tls1_3') {
        my $v = visit('names', $version, '-alpn', 'h2');
        is("$v->{status} $v->{alert}", '0 120', "only h2 offered: no_application_protocol ($version)")
            or diag($v->{said});
    }
};

all_done;
