# SPDX-License-Identifier: MIT
# Programs beside leat: where they are, and those that run while a test goes on.
package Leat::Program;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use Leat::Test ();
use POSIX ();

our @EXPORT = qw(program require_program package_is_missing compile background);

# The Debian packages of programs that have another name than their package.
my %package_of = (
    cc => 'gcc', setpriv => 'util-linux', nginx => 'nginx-light', testssl => 'testssl.sh', 'systemd-analyze' => 'systemd',
);
my %owner; # of each process that was started: the test, and not one of its children

# Returns the path of the first program that is installed.
sub program {
    my (@names) = @_;
    my ($path) = grep { -x } map { my $folder = $_; map { "$folder/$_" } @names }
        split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin';
    return $path;
}

sub package_of { my ($name) = @_; return $package_of{$name} // $name }

# Returns the path of a program that ./dev test installs. Without it the test fails, because nobody would
# notice a test that skips itself.
sub require_program {
    my ($name) = @_;
    return program($name) // package_is_missing($name, package_of($name));
}

# Fails the test for want of something that a package of ./dev has.
sub package_is_missing {
    my ($what, $package) = @_;
    croak "$what is missing; ./dev test installs it (Debian's package $package)";
}

# Runs the C compiler; the test fails if that does.
sub compile {
    my (@arguments) = @_;
    my $r = Leat::Test::run_command($ENV{CC} // require_program('cc'), @arguments);
    croak "cc @arguments: $r->{err}" if $r->{code};
    return 1;
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
