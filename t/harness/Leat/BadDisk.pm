# SPDX-License-Identifier: MIT
# Makes the disk of a database fail, by the preloaded library t/harness/bad_disk.c.
package Leat::BadDisk;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Program;
use Leat::Test;

our @EXPORT = qw(bad_disk);

# To be called before $leat is started. Returns a function that sets the disk's state: a letter of
# bad_disk.c, or '-' for a disk that works.
sub bad_disk {
    my ($leat) = @_;
    my $source = Leat::Test::source() . '/t/harness/bad_disk.c';
    compile(qw(-shared -fPIC -O1 -o), "$leat->{dir}/bad_disk.so", $source, '-ldl');
    spew("$leat->{dir}/disk", '-');
    $leat->{wrap} = ['env', "LD_PRELOAD=$leat->{dir}/bad_disk.so", "LEAT_BAD_DISK=$leat->{dir}/disk"];
    return sub { # in place, since workers have mapped it
        open my $out, '+<', "$leat->{dir}/disk" or die "disk: $!";
        syswrite $out, $_[0];
    };
}

1;
