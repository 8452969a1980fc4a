# SPDX-License-Identifier: MIT
# Runs contract testers from npm against a running leat. ./dev test installs them, once, in
# testers/.
package Leat::Contract;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Socket::INET;
use Leat::Test;
use POSIX ();
use Test::More;

our @EXPORT = qw(tester published serve stop_serving);

# None of them may report home, and nothing may go past 127.0.0.1.
@ENV{qw(REDOCLY_TELEMETRY REDOCLY_SUPPRESS_UPDATE_NOTICE DO_NOT_TRACK)} = qw(off true 1);
delete @ENV{grep { /_proxy\z/i } keys %ENV};

my %serving;

# Returns the program's path; skips the test if it is absent.
sub tester {
    my ($name) = @_;
    my $path = Leat::Test::source() . "/testers/node_modules/.bin/$name";
    plan skip_all => "$name is not installed: ./dev test does that" if !-x $path || !node_is_there();
    return $path;
}

sub node_is_there { return grep { -x "$_/node" } split /:/, $ENV{PATH} }

# Returns the file of the published document.
sub published {
    my ($leat) = @_;
    my $r = $leat->get('/openapi.json');
    is($r->{status}, 200, 'the document is published') or croak 'no document';
    $leat->write('openapi.json', $r->{body});
    return "$leat->{dir}/openapi.json";
}

# Starts a program that listens on a port of its own; returns the port once it accepts.
sub serve {
    my ($leat, $command) = @_;
    my $port = Leat::Test::free_port();
    my $log = "$leat->{dir}/serve.$port";
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec $command->($port) or POSIX::_exit(127);
    }
    $serving{$pid} = $$;
    return $port if wait_for(60, sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) });
    diag(slurp($log));
    croak 'it does not listen';
}

# Ends what was started, before leat, which would otherwise wait for the connections that it left
# idle.
sub stop_serving {
    for my $pid (grep { $serving{$_} == $$ } keys %serving) {
        kill KILL => $pid;
        waitpid $pid, 0;
        delete $serving{$pid};
    }
}

END {
    my $status = $?;
    stop_serving();
    $? = $status;
}

1;
