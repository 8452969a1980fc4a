# SPDX-License-Identifier: MIT
# A -wal that was left beside a restored database is not replayed: the start is refused, with what to do. One
# that belongs to the database is replayed after a crash, whatever was checkpointed.
use strict;
use warnings;
use File::Copy qw(copy);
use Leat::Test;
use Test::More;

my %app = (
    document   => Leat::Test::document('items'),
    workers    => 1,
    migrations => {'0001_a.up.sql' => 'CREATE TABLE items (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'},
);
sub rows {
    my ($path) = @_;
    my $r = run_command('sqlite3', '-cmd', '.timeout 20000', $path, 'SELECT count(*) FROM items');
    diag($r->{err}) if $r->{code};
    return $r->{out} =~ s/\s+\z//r;
}
sub fill { my ($leat, $n) = @_; $leat->post('/items', {text => 'x' x 900}) for 1 .. $n; return }
# Ends all processes at once, as a power failure does: nothing is checkpointed.
sub crash {
    my ($leat) = @_;
    my @pids = ($leat->{pid}, $leat->worker_pids); # the master first: it would replace its workers
    kill KILL => @pids;
    waitpid delete $leat->{pid}, 0;
    wait_for(20, sub { !grep { kill 0, $_ } @pids });
    unlink $leat->{socket};
    return;
}
sub refused {
    my ($leat, $name) = @_;
    my $before = slurp("$leat->{dir}/app.db");
    $leat->launch;
    isnt($leat->wait_exit, 0, "$name: the start is refused") or diag $leat->log;
    like($leat->log, qr/app\.db: the -wal file beside it belongs to another state .*move the -wal and -shm/,
        "$name: and says what to do");
    ok(slurp("$leat->{dir}/app.db") eq $before, "$name: nothing was replayed");
    unlink map { "$leat->{dir}/app.db$_" } qw(-wal -shm);
    $leat->start;
    return;
}

for my $way (['.backup', '.backup'], ['VACUUM INTO', 'vacuum'], ['a copy', 'copy']) {
    subtest "an older backup, made by $way->[0], beside the -wal" => sub {
        my $leat = Leat::Test->new(%app)->start;
        my ($db, $backup) = ("$leat->{dir}/app.db", "$leat->{dir}/backup.db");
        fill($leat, 100);
        run_command('sqlite3', $db, 'PRAGMA wal_checkpoint(TRUNCATE)');
        run_command('sqlite3', $db, $way->[1] eq 'vacuum' ? "VACUUM INTO '$backup'" : ".backup $backup");
        copy($db, $backup) if $way->[1] eq 'copy';
        fill($leat, 200);
        run_command('sqlite3', $db, 'PRAGMA wal_checkpoint(TRUNCATE)');
        fill($leat, 50);
        crash($leat);
        copy($backup, $db);
        refused($leat, $way->[0]);
        is(rows($db), 100, 'without the -wal it has the rows of the backup');
        $leat->finish;
    };
}

subtest 'the -wal of another database' => sub {
    my $leat = Leat::Test->new(%app)->start;
    my %more = (%{$app{migrations}}, '0002_b.up.sql' => 'CREATE TABLE more (id INTEGER PRIMARY KEY, t TEXT UNIQUE);');
    my $other = Leat::Test->new(%app, migrations => \%more)->start;
    fill($leat, 20);
    fill($other, 60);
    $leat->stop;
    crash($other);
    copy("$other->{dir}/app.db-wal", "$leat->{dir}/app.db-wal");
    refused($leat, 'another leat');
    is(rows("$leat->{dir}/app.db"), 20, 'the rows are there');
    $_->finish for $leat, $other;
};

for my $mode (qw(none PASSIVE FULL RESTART TRUNCATE)) {
    subtest "a crash, with a checkpoint ($mode) before the last rows" => sub {
        my $leat = Leat::Test->new(%app)->start;
        my $db = "$leat->{dir}/app.db";
        fill($leat, 60);
        run_command('sqlite3', $db, "PRAGMA wal_checkpoint($mode)") if $mode ne 'none';
        fill($leat, 25);
        crash($leat);
        $leat->start;
        is(rows($db), 85, 'each row is there');
        $leat->finish;
    };
}

all_done();
