# SPDX-License-Identifier: MIT
# A process that dies at any step of a batch or of a checkpoint, before a write, in its middle or after it,
# loses no row that was answered 201, leaves half of no row, and does not stop the others.
use strict;
use warnings;
use Leat::Client ();
use Leat::Crash;
use Leat::Test;
use Test::More;

plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();

# Waits until all workers have lived for a second: younger ones that die are held back on purpose.
sub settle {
    my ($leat) = @_;
    my $is_old = sub { $_[0]{state} eq 'ready' && $_[0]{ready_ms} > 1000 };
    return wait_for(60, sub { $leat->{workers} == grep { $is_old->($_) } @{$leat->ctl_json('workers') // []} });
}

# Sends rows that are to be a batch. Returns the texts of those that were answered 201.
sub batch {
    my ($leat, $name, $count, %o) = @_;
    my %socket = map { ("$name.$_" => begin_row($leat, "$name.$_", %o)) } 1 .. $count;
    my %status = map { ($_ => (Leat::Client::answer($socket{$_}, 30) // {status => 0})->{status}) } keys %socket;
    return grep { $status{$_} == 201 } sort keys %status;
}

# Dies at the steps, one after the other, and repeats what was not answered. Returns the number of deaths.
sub die_at {
    my ($leat, $arm, $files, $size, $steps, %o) = @_;
    my (@told, $deaths);
    for my $step (@$steps) {
        my ($n, $when) = @$step;
        my $name = "$files-$n-$when";
        my $before = $leat->ctl_json('status')->{deaths};
        $arm->($files, $n, $when);
        push @told, batch($leat, $name, $size, %o);
        Leat::Test::settled(sub { $arm->() }) if $o{pad}; # a checkpoint comes after the answers
        $arm->($files, 0);
        settle($leat) or return fail("$name: all workers are back");
        $deaths += my $died = $leat->ctl_json('status')->{deaths} - $before;
        fail("$name: $died died") if $died > $leat->{workers}; # each counts its own steps
        push @told, my @again = batch($leat, $name, $size, %o);
        fail("$name: what was not answered can be repeated") if @again != $size;
    }
    kept("$leat->{dir}/app.db", \@told, "$files: after " . ($deaths // 0) . ' deaths');
    return $deaths // 0;
}

# Returns the steps of a batch and of the checkpoint after it, when nobody dies.
sub count_steps {
    my ($leat, $arm, $files, $size, %o) = @_;
    $arm->($files, 0);
    batch($leat, "count-$files", $size, %o);
    return Leat::Test::settled(sub { $arm->() });
}

# Returns some of the steps, each with one of the moments, or all of them with each.
sub some {
    my ($count, $few, $many) = @_;
    my @all = map { my $n = $_; map { [$n, $_] } qw(before middle after) } 1 .. $count;
    my $want = rounds($few, $many // scalar @all);
    return \@all if $want >= @all;
    return [@all[map { int($_ * (@all - 1) / ($want - 1)) } 0 .. $want - 1]];
}

for my $workers (1, 2) {
    subtest "one of $workers workers dies at each step of a batch" => sub {
        my $leat = crashing(workers => $workers);
        my $arm = steps_of($leat);
        $leat->start;
        settle($leat);
        my $steps = count_steps($leat, $arm, 'wal', 8);
        cmp_ok($steps, '>=', 3, "a batch has $steps steps on the -wal");
        my $some = some($steps, 8);
        cmp_ok(die_at($leat, $arm, 'wal', 8, $some), '>=', @$some / 2, 'most steps were reached');
        is($leat->stop, 0, 'it stops');
        is(run_command('sqlite3', "$leat->{dir}/app.db", 'PRAGMA integrity_check')->{out}, "ok\n", 'and is whole');
    };
    subtest "one of $workers workers dies at steps of a checkpoint" => sub {
        my $leat = crashing(workers => $workers);
        my $arm = steps_of($leat);
        $leat->start;
        settle($leat);
        my %large = (pad => 'x' x 500_000);
        my $steps = count_steps($leat, $arm, 'db', 12, %large);
        cmp_ok($steps, '>=', 500, "a checkpoint has $steps steps on the database");
        my $some = some($steps, 3, 100);
        # Each worker counts what it copies itself, and whatever a death has left is copied by the next one.
        my $least = @$some / (2 * $workers + 1);
        cmp_ok(die_at($leat, $arm, 'db', 12, $some, %large), '>=', $least, 'some steps were reached');
    };
}

all_done;
