# SPDX-License-Identifier: MIT
# An error while the applied migrations are read is told as such; nothing counts as pending, and nothing
# is applied again.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub sqlite { my ($leat, $sql) = @_; return run_command('sqlite3', "$leat->{dir}/app.db", $sql)->{out} }
# Makes a leat whose database has its migrations, and damages it.
sub damaged {
    my ($damage) = @_;
    my $leat = Leat::Test->new(workers => 1)->start;
    $leat->stop;
    $damage->($leat);
    return $leat;
}
sub overwrite_table {
    my ($leat) = @_;
    my $page = sqlite($leat, "SELECT rootpage FROM sqlite_schema WHERE name = '_leat_migrations'");
    open my $file, '+<', "$leat->{dir}/app.db" or die;
    seek $file, ($page - 1) * 4096, 0;
    print {$file} "\xff" x 4096;
    close $file;
}
my @damages = (
    ['a page of garbage', \&overwrite_table],
    ['a table of another shape', sub { sqlite($_[0], 'ALTER TABLE _leat_migrations RENAME COLUMN checksum TO sum') }],
    ['a table that lies beyond the file', sub {
        sqlite($_[0], "PRAGMA writable_schema = ON;"
            . "UPDATE sqlite_schema SET rootpage = 9999 WHERE name = '_leat_migrations'");
    }],
);
for (@damages) {
    my ($name, $damage) = @$_;
    subtest $name => sub {
        my $leat = damaged($damage);
        for my $action (qw(status up down)) {
            my $r = $leat->leat('migrate', $action);
            is($r->{code}, 1, "leat migrate $action fails");
            like($r->{err}, qr/_leat_migrations|opening the database/, 'and says where');
            my $wrong = qr/pending|already exists|applied 0|no migration is applied/;
            unlike($r->{out} . $r->{err}, $wrong, 'and nothing else');
        }
        $leat->launch;
        is($leat->wait_exit, 1, 'a start fails');
        unlike($leat->log =~ s/.*master\.gone.*//sr, qr/pending|already exists/, 'without another reason');
        my $r = $leat->leat('check');
        is($r->{code}, 1, 'leat check fails');
        unlike($r->{err}, qr/pending/, 'for that reason');
    };
}

subtest 'damage has the name and the remedy that a server tells' => sub {
    my $leat = damaged(\&overwrite_table);
    my $named = qr/\(corrupt: stop leat, restore a backup, and start leat\)$/m;
    like($leat->leat('migrate', 'status')->{err}, $named, 'leat migrate status');
    like($leat->leat('check', '--live')->{err}, $named, 'leat check --live');
    spew("$leat->{dir}/app.db", 'no database' x 1000);
    like($leat->leat('check', '--live')->{err}, qr/is not an SQLite database$/m, 'a file of something else');
};

subtest 'a database that Leat has not seen has no migrations, which is no error' => sub {
    my $leat = Leat::Test->new(workers => 1);
    sqlite($leat, 'CREATE TABLE other (id INTEGER PRIMARY KEY)');
    my $r = $leat->leat('migrate', 'status');
    is($r->{code}, 0, 'the status') or diag $r->{err};
    like($r->{out}, qr/^0001_\S+ +pending/m, 'is pending');
    is($leat->leat('migrate', 'up')->{code}, 0, 'up');
    like($leat->leat('migrate', 'status')->{out}, qr/^0001_\S+ +applied/m, 'applies them');
};
all_done;
