# SPDX-License-Identifier: MIT
# The database and its -wal, copied together while clients write, are what a crash of the machine at that moment
# would leave. Each such copy opens whole, with each row that was answered 201 before.
use strict;
use warnings;
use File::Copy qw(copy);
use Leat::Crash;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $copies = rounds(30, 200);
my $leat = crashing(workers => 3)->start;
my $image = "$leat->{dir}/image";
mkdir $image;

# Returns true if all threads of the processes are stopped: none is within a system call then.
sub are_stopped {
    my (@pids) = @_;
    return !grep { slurp($_) !~ /\) T / } map { glob "/proc/$_/task/*/stat" } @pids;
}

# Copies both files while the workers stand still, since copying takes time, and a crash none. Returns the rows
# that were answered before.
sub take_image {
    my (@pids) = @_;
    my @told = told($leat);
    unlink glob "$image/*";
    kill STOP => @pids;
    my $ok = wait_for(10, sub { are_stopped(@pids) });
    copy("$leat->{dir}/app.db$_", "$image/app.db$_") or $ok = 0 for '', '-wal';
    kill CONT => @pids;
    return $ok ? \@told : undef;
}

subtest 'each copy has what was answered' => sub {
    my $clients = write_on($leat, 4);
    # Rows with much text make the -wal grow and checkpoints run meanwhile.
    my $large = sub { Leat::Client::answer(begin_row($leat, "large $_[0]", pad => 'x' x 200_000)) };
    my ($failed, $grown, %sizes) = (0, 0);
    my @pids = $leat->worker_pids;
    for my $i (1 .. $copies) {
        goes_on($leat);
        $large->($i);
        sleep rand 0.02;
        my $told = take_image(@pids);
        $failed++ if !$told || !kept("$image/app.db", $told, "copy $i");
        $sizes{-s "$leat->{dir}/app.db"}++;
    }
    is($failed, 0, "$copies copies");
    # The few copies under a sanitizer may be over before a checkpoint is due.
    cmp_ok(scalar keys %sizes, '>', is_sanitized() ? 0 : 2, 'checkpoints ran meanwhile');
    finish($leat, $clients);
    kept("$leat->{dir}/app.db", [told($leat)], 'the database itself');
};

all_done;
