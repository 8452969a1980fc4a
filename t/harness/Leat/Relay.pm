# SPDX-License-Identifier: MIT
# A relay between a client and a server that changes how the client's bytes arrive, or which.
#
#     my $port = relay($leat->{port}, by => 1);       # byte by byte
package Leat::Relay;

use strict;
use warnings;
use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use Leat::Program;
use Socket ();

our @EXPORT = qw(relay);

# Starts a relay in front of a port of this machine, in a process of its own; returns its port. Options for
# the client's bytes: prefix => bytes to send first; by => bytes per write; hold => seconds to collect them
# before one write; cut => bytes after which it closes both sides; garble => file: while it exists, one bit
# of each write is flipped.
sub relay {
    my ($port, %o) = @_;
    my $listener = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "relay: $!";
    background(sub { carry($listener, $port, %o) });
    return $listener->sockport;
}

sub carry {
    my ($listener, $port, %o) = @_;
    while (my $client = $listener->accept) {
        my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or next;
        setsockopt $server, Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1;
        my ($left, $held) = ($o{cut} // 1 << 40, $o{prefix} // '');
        my $both = IO::Select->new($client, $server);
        SESSION: while (1) {
            my @ready = $both->can_read($held eq '' ? undef : $o{hold} // 0);
            for my $from (@ready) {
                my $n = sysread $from, my $bytes, 65536;
                last SESSION unless $n;
                if ($from == $server) {
                    syswrite $client, $bytes;
                } else {
                    $held .= $bytes;
                }
            }
            next if $held eq '' || ($o{hold} && @ready);
            substr($held, length($held) / 2, 1) ^= "\x10" if $o{garble} && -e $o{garble};
            $held = substr $held, 0, $left;
            $left -= length $held;
            syswrite $server, $_ for unpack '(a' . ($o{by} // length $held) . ')*', $held;
            $held = '';
            last if $left <= 0;
        }
        close $server;
        close $client;
    }
}

1;
