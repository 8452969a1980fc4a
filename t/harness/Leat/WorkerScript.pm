# SPDX-License-Identifier: MIT
# Workers that misbehave: a shell script stands in for leat-worker, and first does what a file contains.
#
#     my $leat = script_workers(Leat::Test->new, '')->start;
#     $leat->write('mode', 'exit 7');    # from now on; `$leat->{dir}` is the file's folder
package Leat::WorkerScript;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Test;

our @EXPORT = qw(script_workers);

# Puts the script in place of the workers of a leat that has not started; commands of leat-worker, such as
# the check, are left alone.
sub script_workers {
    my ($leat, $mode) = @_;
    my $build = Leat::Test::build();
    system 'cp', "$build/leat", $leat->{dir};
    $leat->write('mode', $mode);
    $leat->write('leat-worker', <<"SH");
#!/bin/sh
[ "\$1" != --slot ] || . $leat->{dir}/mode
exec $build/leat-worker "\$@"
SH
    chmod 0755, "$leat->{dir}/leat-worker";
    $leat->{program} = "$leat->{dir}/leat";
    $leat->{wrap} = ['prlimit', '--nofile=500:500']; # too few to pin the program: what lies there is executed
    return $leat;
}

1;
