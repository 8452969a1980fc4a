# SPDX-License-Identifier: MIT
# Clients at the level of bytes: where they connect from, whether anything has come, and one answer.
#
#     my $s = dial($leat->{port}, '127.0.0.2');
#     syswrite $s, "GET /v1/things HTTP/1.1\r\nHost: a\r\n\r\n";
#     my $r = answer($s);                       # as $leat->get returns it; undef without one
package Leat::Client;

use strict;
use warnings;
use Exporter qw(import);
use IO::Socket::INET;
use Leat::Test ();
use Socket qw(IPPROTO_TCP TCP_NODELAY SOL_SOCKET SO_RCVBUF pack_sockaddr_in inet_aton);

our @EXPORT = qw(answer dial is_readable is_closed narrow);

# Connects to a port of this machine, perhaps from another of its addresses.
sub dial {
    my ($port, $from) = @_;
    my $s = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 10, defined $from ? (LocalAddr => $from) : ());
    setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1 if $s;
    return $s;
}

# Connects as a client that takes only a few kilobytes of its answer at once.
sub narrow {
    my ($port, $from) = @_;
    my $s = IO::Socket::INET->new(Proto => 'tcp');
    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'l', 4096;
    bind $s, pack_sockaddr_in(0, inet_aton($from)) if defined $from;
    connect $s, pack_sockaddr_in($port, inet_aton('127.0.0.1'));
    return $s;
}

# Reads one answer; undef if none is complete within the time.
sub answer {
    my ($socket, $seconds) = @_;
    my $is_whole = sub { Leat::Test::parse_answer($_[0]) };
    return $is_whole->(Leat::Test::read_all($socket, $seconds // 10, $is_whole));
}

# Returns whether there are bytes, or the end, within the seconds (0: now).
sub is_readable {
    my ($socket, $seconds) = @_;
    my $bits = '';
    vec($bits, fileno $socket, 1) = 1;
    return scalar select $bits, undef, undef, $seconds // 0;
}

# Returns whether the end of the stream is what comes next.
sub is_closed { my ($socket) = @_; return is_readable($socket) && !sysread $socket, my $byte, 1 }

1;
