# SPDX-License-Identifier: MIT
# Headers of the PROXY protocol, well-formed or not
# (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
#
#     v1('TCP4', '192.0.2.1', '198.51.100.2');
#     v2('tcp4', '192.0.2.2', tlv(2, 'example.org'));
#     v2_of(0x20, 0, '');                            # command, family, the rest
package Leat::ProxyHeader;

use strict;
use warnings;
use Exporter qw(import);
use Socket qw(inet_aton inet_pton AF_INET6);

our @EXPORT = qw(addresses tlv v1 v2 v2_of v2_sum);

my %family = (tcp4 => 0x11, tcp6 => 0x21, unix => 0x31, unspec => 0);

# CRC32C (RFC 9260, appendix A).
sub crc32c {
    my ($bytes) = @_;
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', $bytes) {
        $crc ^= $byte;
        $crc = $crc & 1 ? $crc >> 1 ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }
    return $crc ^ 0xffffffff;
}
sub tlv { my ($type, $value) = @_; return pack 'C n/a*', $type, $value }
sub v2_of {
    my ($command, $family, $rest) = @_;
    return "\r\n\r\n\0\r\nQUIT\n" . pack 'C C n/a*', $command, $family, $rest;
}
sub addresses {
    my ($kind, $from) = @_;
    my $ports = pack 'nn', 56324, 443;
    return inet_aton($from) . inet_aton('198.51.100.2') . $ports if $kind eq 'tcp4';
    return inet_pton(AF_INET6, $from) . inet_pton(AF_INET6, '2001:db8::ffff') . $ports if $kind eq 'tcp6';
    return pack 'a108 a108', $from, '/to' if $kind eq 'unix';
    return '';
}
sub v2 { my ($kind, $from, @tlvs) = @_; return v2_of(0x21, $family{$kind}, addresses($kind, $from) . join '', @tlvs) }
# Adds a checksum that is right except for the bits of $wrong.
sub v2_sum {
    my ($from, $wrong, @more) = @_;
    my $sum = crc32c(v2('tcp4', $from, tlv(3, "\0\0\0\0"), @more));
    return v2('tcp4', $from, tlv(3, pack 'N', $sum ^ $wrong), @more);
}
sub v1 { my ($kind, $from, $to) = @_; return "PROXY $kind $from $to 56324 443\r\n" }

1;
