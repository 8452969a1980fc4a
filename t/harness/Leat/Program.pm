# SPDX-License-Identifier: MIT
# Programs beside leat: where they are, and those that run while a test goes on.
package Leat::Program;

use strict;
use warnings;
use Exporter qw(import);
use POSIX ();

our @EXPORT = qw(program background);

my %owner; # of each process that was started: the test, and not one of its children

# Returns the path of the first program that is installed.
sub program {
    my (@names) = @_;
    my ($path) = grep { -x } map { my $folder = $_; map { "$folder/$_" } @names }
        split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin';
    return $path;
}

# Runs the code in a process of its own, and returns its pid; the end of the test ends it.
sub background {
    my ($code) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $code->();
        POSIX::_exit(0);
    }
    $owner{$pid} = $$;
    return $pid;
}

END {
    my $status = $?;
    for my $pid (grep { $owner{$_} == $$ } keys %owner) {
        kill KILL => $pid if waitpid($pid, POSIX::WNOHANG()) == 0;
    }
    $? = $status;
}

1;
