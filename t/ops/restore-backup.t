# SPDX-License-Identifier: MIT
# leat restore puts a proved backup in the place of the database, keeps the old one with its -wal, and changes
# nothing where leat runs, where the backup is not whole, or in a dry run.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;

my %migrations = (
    '0001_rows.up.sql' => "CREATE TABLE rows (n INTEGER PRIMARY KEY, text TEXT);\n",
    '0002_index.up.sql' => "CREATE INDEX rows_by_text ON rows (text);\n",
);
my $row = '{type: object, properties: {n: {type: integer}}}';
my $pid_file = "/tmp/leat-restore-$$.pid";
my $leat = Leat::Test->new(workers => 1, migrations => \%migrations, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: listRows
      responses: {"200": {description: ok, content: {application/json: {schema: $row}}}}
      x-sql: {returns: one, sql: "SELECT max(n) AS n FROM rows"}
    post:
      operationId: addRow
      requestBody: {content: {application/json: {schema: $row}}}
      responses: {"201": {description: ok, content: {application/json: {schema: $row}}}}
      x-sql: {returns: one, sql: "INSERT INTO rows (n, text) VALUES (:n, 'some text') RETURNING n"}
API
$leat->start('--pid-file', $pid_file);
my $dir = $leat->{dir};
my $db = "$dir/app.db";
sub sql {
    my ($file, $sql) = @_;
    my $out = qx(sqlite3 $file "$sql" 2>&1);
    chomp $out;
    return $out;
}
sub rows { my ($file) = @_; return sql($file, 'SELECT group_concat(n) FROM rows') }
sub add { my ($n) = @_; is($leat->post('/rows', {n => $n})->{status}, 201, "row $n is written") }
sub restart { unlink "$dir/log"; return $leat->start('--pid-file', $pid_file) }

# Returns every file of the database's folder with its inode and content, which no refusal may change. The -shm is
# no data: SQLite writes it anew.
sub state {
    opendir(my $d, $dir) or die $!;
    my @files = grep { -f "$dir/$_" && !/^log$|-shm$/ } sort readdir $d;
    return join "\n", map { join ' ', $_, (stat "$dir/$_")[1, 2, 4, 5], unpack '%32C*', slurp("$dir/$_") } @files;
}
sub refused {
    my ($name, $pattern, @args) = @_;
    my $before = state();
    for my $dry ([], ['--dry-run']) {
        my $r = $leat->leat('restore', @args, @$dry);
        is($r->{code}, 1, "$name: exit 1") or diag $r->{out};
        like($r->{err}, $pattern, 'says why');
        is(state(), $before, 'and changes nothing');
    }
}
# Ends leat as a power failure does: nobody checkpoints, so that the newest rows are in the -wal.
sub crash {
    my @pids = ($leat->{pid}, $leat->worker_pids);
    kill KILL => @pids;
    waitpid $leat->{pid}, 0;
    delete $leat->{pid};
    ok(wait_for(20, sub { !grep { -e "/proc/$_" } @pids }), 'leat is gone');
    unlink $leat->{socket};
}

subtest 'refuses while leat runs' => sub {
    add(1);
    is($leat->ctl('backup', "$dir/one.backup")->{code}, 0, 'a backup is made');
    my $before = (stat $db)[1];
    my $r = $leat->leat('restore', "$dir/one.backup");
    is($r->{code}, 1, 'exit 1');
    like($r->{err}, qr/leat is running: \S+leat\.sock answers; stop it first/, 'by the control socket');
    $r = $leat->leat('restore', "$dir/one.backup", '--pid-file', $pid_file);
    like($r->{err}, qr/process \d+ is a running leat/, 'by the pid file');
    unlink $leat->{socket};
    $r = $leat->leat('restore', "$dir/one.backup");
    like($r->{err}, qr/app\.db: process \d+ \(leat-worker\) has it open; stop it first/, 'by the lock of a worker');
    is($r->{code}, 1, 'exit 1');
    is((stat $db)[1], $before, 'the database is the same file');
    is($leat->get('/rows')->{status}, 200, 'and is served');
    $leat->stop;
    restart();
};

subtest 'a dry run proves the backup, tells what it would do, and changes nothing' => sub {
    add(2);
    crash();
    ok(-s "$db-wal", 'the newest rows are in the -wal');
    chmod 0640, $db;
    my $before = state();
    my $r = $leat->leat('restore', '--dry-run', "$dir/one.backup");
    is("$r->{code} $r->{err}", '0 ', 'exit 0');
    like($r->{out}, qr/^backup: \S+one\.backup, \d+ bytes, proved$/m, 'the backup is whole');
    like($r->{out}, qr/^migrations: 2 applied, 0 pending$/m, 'its migrations are known');
    like($r->{out}, qr/^old database: would be moved to \S+app\.db\.before-\d{8}T\d{6}Z, with its -wal$/m,
        'what would be');
    like($r->{out}, qr/^database: \S+app\.db would be replaced; nothing was changed$/m, 'and what was done');
    is(state(), $before, 'nothing');
};

subtest 'refuses what is not a whole backup of this application' => sub {
    my %files = (
        empty => '', text => 'no database at all' x 100, short => substr(slurp("$dir/one.backup"), 0, 40960),
        none => undef,
    );
    for my $name (grep { defined $files{$_} } keys %files) { spew("$dir/$name.backup", $files{$name}) }
    my $bytes = slurp("$dir/one.backup");
    my $root = sql("$dir/one.backup", "SELECT max(rootpage) FROM sqlite_schema WHERE name LIKE 'rows%'");
    substr($bytes, ($root - 1) * 4096, 64) = "\xff" x 64;
    spew("$dir/damaged.backup", $bytes);
    spew("$dir/$_.backup", slurp("$dir/one.backup")) for qw(other newer wal);
    sql("$dir/other.backup", 'PRAGMA application_id = 7');
    sql("$dir/newer.backup", "INSERT INTO _leat_migrations (version, name, checksum, applied_at)"
        . " VALUES (9, 'later', 'x', '2026-01-01T00:00:00.000Z')");
    spew("$dir/wal.backup-wal", 'rows');
    refused('an empty file', qr/empty\.backup: is empty/, "$dir/empty.backup");
    refused('a text', qr/text\.backup: is not an SQLite database/, "$dir/text.backup");
    refused('half of one', qr/short\.backup: (?:it is damaged|reading it): /, "$dir/short.backup");
    refused('a damaged one', qr/damaged\.backup: (?:it is damaged|reading it): /, "$dir/damaged.backup");
    refused('a missing one', qr/none\.backup: No such file or directory/, "$dir/none.backup");
    refused('a folder', qr/is a folder, not an SQLite database/, $dir);
    refused('the database itself', qr/app\.db: is the database itself/, $db);
    refused('one of another application', qr/belongs to another application/, "$dir/other.backup");
    refused('one of a later version', qr/migration 0009_later is applied but its file is missing/, "$dir/newer.backup");
    refused('one with a -wal', qr/wal\.backup: has rows in its -wal file; .*journal_mode = DELETE/, "$dir/wal.backup");
    is($leat->leat('restore')->{code}, 2, 'without a backup: usage');
};

subtest 'a full disk changes nothing' => sub {
    plan skip_all => 'only root can mount a small disk' if $>;
    mkdir "$dir/small";
    system('mount', '-t', 'tmpfs', '-o', 'size=200k', 'none', "$dir/small") == 0 or plan skip_all => 'no tmpfs';
    my $other = Leat::Test->new;
    $other->configure("database: {path: $dir/small/app.db, migrations: $leat->{folder}}\n");
    spew("$dir/small/app.db", slurp("$dir/one.backup"));
    my $r = $other->leat('restore', "$dir/one.backup");
    is($r->{code}, 1, 'exit 1');
    like($r->{err}, qr{one\.backup: copying it to \S+/small: No space left on device}, 'says why');
    opendir(my $d, "$dir/small");
    is(join(' ', grep { !/^\.\.?$/ } readdir $d), 'app.db', 'only the database is there');
    closedir $d;
    system('umount', "$dir/small");
};

subtest 'restores the state of the backup, and keeps the old one whole' => sub {
    my @owner = $> ? () : (1, 1);
    chown @owner, $db if @owner;
    my @before = (stat $db)[2, 4, 5];
    my $r = $leat->leat('restore', "$dir/one.backup");
    is("$r->{code} $r->{err}", '0 ', 'exit 0');
    my ($aside) = $r->{out} =~ /^old database: moved to (\S+), with its -wal$/m;
    like($r->{out}, qr/^database: \S+app\.db is restored$/m, 'says so');
    is_deeply([(stat $db)[2, 4, 5]], \@before, 'with the owner and mode of the old one');
    ok(!-e "$db-wal" && !-e "$db-shm", 'no file of the old one is beside it');
    ok(-s "$aside-wal", 'the old -wal is beside the old one');
    is(rows($aside), '1,2', 'the old one has all its rows');
    is(sql($aside, 'PRAGMA integrity_check'), 'ok', 'and is whole');
    is(rows($db), '1', 'the database has those of the backup');
    is(join(' ', glob "$dir/.app.db*"), '', 'and no copy is left');
    chown 0, 0, $db if @owner;
    restart();
    is($leat->get('/rows')->{json}{n}, 1, 'leat serves it');
    add(3);
    is($leat->stop, 0, 'and stops');
};

subtest 'tells of migrations that the backup lacks' => sub {
    spew("$dir/older.backup", slurp("$dir/one.backup"));
    sql("$dir/older.backup", 'DELETE FROM _leat_migrations WHERE version = 2');
    my $r = $leat->leat('restore', '--dry-run', "$dir/older.backup");
    is($r->{code}, 0, 'that is no error');
    like($r->{out}, qr/^migrations: 1 applied, 1 pending; apply them with leat migrate up$/m, 'but said');
};

subtest 'restores where the database is gone' => sub {
    unlink $db, "$db-wal", "$db-shm";
    my $r = $leat->leat('restore', "$dir/one.backup");
    is("$r->{code} $r->{err}", '0 ', 'exit 0');
    unlike($r->{out}, qr/old database/, 'nothing is moved');
    is(rows($db), '1', 'the rows are there');
    is(sprintf('%04o', (stat $db)[2] & 07777), '0600', 'only its owner can read it');
};

subtest 'replaces a database that cannot be opened, and keeps it' => sub {
    my $bytes = 'SQLite format 3' . "\xff" x 20000;
    spew($db, $bytes);
    spew("$db-wal", 'no -wal either');
    my $r = $leat->leat('restore', "$dir/one.backup");
    is("$r->{code} $r->{err}", '0 ', 'exit 0');
    my ($aside) = $r->{out} =~ /^old database: moved to ([^,\n]+)/m;
    ok(slurp($aside) eq $bytes && slurp("$aside-wal") eq 'no -wal either', 'the old files are as they were');
    is(rows($db), '1', 'the rows of the backup are there');
    ok(!-e "$db-wal", 'without the old -wal');
};

subtest 'waits for no other program that has the database open, but names it' => sub {
    open my $shell, '|-', "sqlite3 $db >/dev/null" or die $!;
    $shell->autoflush(1);
    print {$shell} "PRAGMA journal_mode = wal;\nBEGIN IMMEDIATE;\nSELECT count(*) FROM rows;\n.shell touch $dir/open\n";
    ok(wait_for(20, sub { -e "$dir/open" }), 'a shell has it open');
    my $r = $leat->leat('restore', "$dir/one.backup");
    is($r->{code}, 1, 'exit 1');
    like($r->{err}, qr/process \d+ \(sqlite3\) has it open; stop it first/, 'by name');
    close $shell;
};

subtest 'what a killed restore left is removed by the next' => sub {
    spew("$dir/.app.db.restore", 'half');
    is($leat->leat('restore', "$dir/one.backup")->{code}, 0, 'the next one works');
    is(join(' ', glob "$dir/.app.db*"), '', 'and leaves nothing');
};
unlink $pid_file;
all_done;
