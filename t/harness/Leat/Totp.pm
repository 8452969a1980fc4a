# SPDX-License-Identifier: MIT
# Computes the codes of a second factor (RFC 6238) as an authenticator does.
#
#     my $code = code($secret, 1);     # of the next step of 30 s
#     settle();                        # waits for a step that does not end while its codes are sent
package Leat::Totp;

use strict;
use warnings;
use Digest::SHA qw(hmac_sha1);
use Exporter qw(import);
use Leat::Test;

our @EXPORT = qw(code settle);

sub code {
    my ($secret, $steps) = @_;
    my $bits = join '', map { sprintf '%05b', index 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $_ } split //, $secret;
    my $sum = hmac_sha1(pack('Q>', int(time / 30) + ($steps // 0)), pack 'B*', $bits);
    my $at = ord(substr $sum, 19) & 15;
    return sprintf '%06d', (unpack('N', substr $sum, $at, 4) & 0x7fffffff) % 1_000_000;
}

sub settle { return wait_for(30, sub { time % 30 < 22 }) }

1;
