# SPDX-License-Identifier: MIT
# The -wal grows while a reader holds an old snapshot, and is cut off once nobody needs it, also while others write.
use strict;
use warnings;
use IPC::Open2;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new(
    document   => Leat::Test::document('items'),
    migrations => {'0001_a.up.sql' => 'CREATE TABLE items (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'},
)->start;
my ($db, $large) = ("$leat->{dir}/app.db", 9 << 20);

# Lets the -wal grow behind a reader that then goes.
sub grow {
    my $pid = open2(my $out, my $in, 'sqlite3', $db);
    syswrite $in, "BEGIN;\nSELECT 'has ' || count(*) FROM items;\n";
    like(scalar <$out>, qr/has \d/, 'a reader has a snapshot');
    my $text = 'x' x 500_000;
    for (my $i = 0; $i < 60 && -s "$db-wal" < $large; $i++) { $leat->post('/items', {text => $text}) }
    cmp_ok(-s "$db-wal", '>=', $large, 'the -wal grows meanwhile');
    close $in;
    waitpid $pid, 0;
}

subtest 'a reader keeps the -wal, and it is cut off when the reader has gone' => sub {
    grow();
    ok(wait_for(30, sub { -s "$db-wal" < 1 << 20 }), 'it is cut off') or diag(-s "$db-wal");
    is($leat->post('/items', {text => 'y'})->{status}, 201, 'rows are written afterwards');
    my $rows = run_command('sqlite3', $db, 'PRAGMA quick_check')->{out};
    is($rows, "ok\n", 'and the database is whole');
};

subtest 'it is cut off while others write' => sub {
    grow();
    my $is_small = sub { $leat->post('/items', {text => 'y'}); return -s "$db-wal" < 1 << 20 };
    ok(wait_for(30, $is_small), 'without a pause') or diag(-s "$db-wal");
};

subtest 'it stays small while many write much' => sub {
    my $text = 'x' x 200_000;
    for my $i (1 .. 200) { $leat->post('/items', {text => $text}) }
    ok(wait_for(30, sub { $leat->post('/items', {text => 'y'}); return -s "$db-wal" < 16 << 20 }), '40 MB later')
        or diag(-s "$db-wal");
    is(run_command('sqlite3', $db, 'PRAGMA quick_check')->{out}, "ok\n", 'and the database is whole');
};

subtest 'a reader that stays makes no write wait' => sub {
    my $pid = open2(my $out, my $in, 'sqlite3', $db);
    syswrite $in, "BEGIN;\nSELECT 'has ' || count(*) FROM items;\n";
    like(scalar <$out>, qr/has \d/, 'a reader has a snapshot');
    my $text = 'x' x 500_000;
    my %count;
    $count{$leat->post('/items', {text => $text})->{status}}++ for 1 .. 40;
    is_deeply(\%count, {201 => 40}, 'all are written');
    close $in;
    waitpid $pid, 0;
};

all_done();
