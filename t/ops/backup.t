# SPDX-License-Identifier: MIT
# leatctl backup copies the database while others write, proves the copy, and only then gives it its name: a
# backup is one state with every row that was acknowledged before, or there is none.
use strict;
use warnings;
use Cwd qw(getcwd);
use Leat::Test;
use POSIX ();
use Test::More;

my $answer = 'responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $leat = Leat::Test->new(workers => 2, document => <<"API", migrations => {'0001_a.up.sql' => <<'SQL'})->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    post:
      operationId: addRow
      requestBody:
        content: {application/json: {schema: {type: object, properties: {w: {type: integer}, i: {type: integer}}}}}
      $answer
      x-sql: {returns: one, sql: "INSERT INTO rows (w, i, b) VALUES (:w, :i, 'x') RETURNING i"}
API
CREATE TABLE rows (id INTEGER PRIMARY KEY, w INTEGER, i INTEGER, b BLOB);
CREATE INDEX rows_by_w ON rows (w, i);
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id));
SQL
my $dir = $leat->{dir};
sub sql {
    my ($file, $sql) = @_;
    my $out = qx(sqlite3 -cmd '.timeout 20000' $file "$sql" 2>&1);
    chomp $out;
    return $out;
}
sub files {
    my ($folder) = @_;
    opendir(my $d, $folder) or return '';
    return join ' ', sort grep { !/^\.\.?$/ } readdir $d;
}
sub backups { return join ' ', grep { /backup|partial/ } split / /, files($dir) }
# Makes the database so large that a backup can be caught in the middle.
sub fill {
    my ($mib) = @_;
    sql("$dir/app.db", "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < $mib * 16)"
        . " INSERT INTO rows (w, b) SELECT -1, randomblob(65536) FROM c");
}

subtest 'a backup is a state of its own, with every row acknowledged before it began' => sub {
    my @clients = map {
        my $w = $_;
        my $pid = fork;
        if (!$pid) {
            my ($i, $bad) = (0, '');
            until (-e "$dir/stop") {
                my $r = $leat->post('/rows', {w => $w, i => $i});
                $r && $r->{status} == 201 ? spew("$dir/seen.$w", ++$i) : ($bad .= $r ? $r->{status} : 'none');
            }
            spew("$dir/bad.$w", "$bad.");
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. 4;
    ok(wait_for(20, sub { 4 == grep { (slurp("$dir/seen.$_") || 0) > 20 } 1 .. 4 }), 'four clients write');
    fill(20);
    for my $round (1 .. 3) {
        my @before = map { slurp("$dir/seen.$_") || 0 } 1 .. 4;
        my $r = $leat->ctl('--json', 'backup', "$dir/$round.backup");
        is($r->{code}, 0, 'a backup under load') or diag $r->{err};
        my $said = JSON::PP::decode_json($r->{out} || '{}');
        is($said->{path}, "$dir/$round.backup", 'the answer tells where it is');
        is($said->{bytes}, -s "$dir/$round.backup", 'and how large');
        is($said->{pages} * sql("$dir/$round.backup", 'PRAGMA page_size'), $said->{bytes}, 'in pages, too');
        like($said->{ms}, qr/^\d+$/, 'and how long it took');
        is(sprintf('%04o', (stat "$dir/$round.backup")[2] & 07777), '0600', 'only its owner can read it');
        is(sql("$dir/$round.backup", 'PRAGMA integrity_check'), 'ok', 'it is whole');
        is(sql("$dir/$round.backup", 'PRAGMA journal_mode'), 'delete', 'and one file');
        for my $w (1 .. 4) {
            my ($n, $max) = split /\|/, sql("$dir/$round.backup", "SELECT count(*), max(i) FROM rows WHERE w = $w");
            cmp_ok($n, '>=', $before[$w - 1], "writer $w: everything acknowledged before is there");
            is($max, $n - 1, 'and nothing is missing between');
        }
    }
    spew("$dir/stop", '');
    waitpid $_, 0 for @clients;
    is(join('', map { slurp("$dir/bad.$_") } 1 .. 4), '....', 'no writer was refused');
    is(backups(), '1.backup 2.backup 3.backup', 'nothing else is left');
};

subtest 'leatctl prints it for people, too' => sub {
    is($leat->ctl('status')->{code}, 0, 'status');
    like($leat->ctl('status')->{out}, qr/^backup      last 20\S+Z, \d+ bytes$/m, 'has the last backup');
};

subtest 'refuses a path that it cannot or must not write' => sub {
    symlink 'nothing', "$dir/link";
    mkdir "$dir/folder";
    my $before = slurp("$dir/1.backup");
    my %refused = (
        "$dir/1.backup" => qr/1\.backup: exists already; use --force to replace it$/,
        "$dir/none/x" => qr{the folder \S+/none: No such file or directory$},
        "$dir/app.db" => qr/app\.db: is the database itself$/,
        "$dir/app.db-journal" => qr/is the database itself$/,
        "$dir/folder" => qr/folder: a folder is in the way$/,
        "$dir/link" => qr/link: a symbolic link is in the way$/,
        "$dir/" => qr/must be the absolute path of a file$/,
    );
    for my $path (sort keys %refused) {
        my $r = $leat->ctl('backup', $path);
        is($r->{code}, 1, "$path: exit 1");
        like($r->{err}, $refused{$path}, 'says why');
    }
    for my $path ("$dir/app.db", "$dir/folder", "$dir/link") {
        like($leat->ctl('backup', $path, '--force')->{err}, $refused{$path}, "$path: not with --force either");
    }
    is($leat->ctl('backup')->{code}, 2, 'without a path: usage');
    ok($before eq slurp("$dir/1.backup"), 'an existing file stays as it is');
    is($leat->ctl('backup', "$dir/1.backup", '--force')->{code}, 0, 'and is replaced with --force');
    my $here = getcwd();
    chdir "$dir/folder";
    is($leat->ctl('backup', 'here.backup')->{code}, 0, 'a relative path is one of the caller');
    chdir $here;
    ok(-e "$dir/folder/here.backup", 'it is there');
};

# Returns the process that makes a backup.
sub child {
    my @pids = map { m{/proc/(\d+)} } glob '/proc/[0-9]*';
    return grep { slurp("/proc/$_/cmdline") =~ /--backup\0\Q$dir\E/ } @pids;
}

# Begins a backup and stops its process in the middle; begins again where it was done before that.
sub caught {
    my ($name) = @_;
    my ($client, $child);
    my $is_caught = wait_for(60, sub {
        $client = fork;
        if (!$client) {
            my $r = $leat->ctl('backup', "$dir/$name");
            spew("$dir/said", "$r->{code} $r->{err}");
            POSIX::_exit(0);
        }
        ($child) = wait_for(20, sub { -s "$dir/.$name.partial" || -e "$dir/$name" }) ? child() : ();
        return 1 if $child && kill(STOP => $child) && -e "$dir/.$name.partial";
        kill CONT => $child if $child;
        waitpid $client, 0;
        unlink "$dir/$name";
        return;
    });
    ok($is_caught, 'in the middle of a backup');
    return ($client, $child);
}

subtest 'leaves no half file where the process is killed, and the next one works' => sub {
    fill(60);
    my ($client, $child) = caught('killed.backup');
    kill KILL => $child;
    waitpid $client, 0;
    like(slurp("$dir/said"), qr/^1 the backup was killed by signal 9/, 'the caller is told');
    logged($leat, qr/error .*backup\.failed cause="the backup was killed/, 'and the log');
    ok(!-e "$dir/killed.backup", 'there is no backup');
    is($leat->ctl('backup', "$dir/killed.backup")->{code}, 0, 'the next one is made');
    unlink "$dir/killed.backup";
    unlike(backups(), qr/partial/, 'and removes what was left');
};

subtest 'ends with its master' => sub {
    my ($client, $child) = caught('orphan.backup');
    kill KILL => $leat->{pid};
    waitpid $leat->{pid}, 0;
    kill CONT => $child;
    waitpid $client, 0;
    ok(wait_for(20, sub { !-e "/proc/$child" }), 'the process ends');
    unlike(backups(), qr/orphan/, 'and leaves nothing');
    unlink "$dir/log";
    $leat->start;
    is($leat->ctl('backup', "$dir/orphan.backup")->{code}, 0, 'the next master makes one');
    unlink "$dir/orphan.backup";
};

subtest 'ends with a stop of its master, at once' => sub {
    my ($client, $child) = caught('stopped.backup');
    kill TERM => $leat->{pid};
    kill CONT => $child;
    is($leat->wait_exit, 0, 'a stop is a stop');
    waitpid $client, 0;
    like(slurp("$dir/said"), qr/^1 the backup was stopped before it was finished$/, 'the caller is told');
    unlike(backups(), qr/stopped/, 'nothing is left');
    unlink "$dir/log";
    $leat->start;
};

subtest 'a full disk ends it, and leaves nothing' => sub {
    plan skip_all => 'only root can mount a small disk' if $>;
    mkdir "$dir/small";
    system('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', "$dir/small") == 0 or plan skip_all => 'no tmpfs';
    my $r = $leat->ctl('backup', "$dir/small/x.backup");
    is($r->{code}, 1, 'exit 1');
    like($r->{err}, qr/x\.backup: no space left for the backup: \d+ bytes are needed, \d+ are free$/, 'says why');
    is(files("$dir/small"), '', 'nothing is left');
    spew("$dir/small/fills", 'x' x (1 << 19));
    is($leat->ctl('backup', "$dir/small/x.backup")->{code}, 1, 'nor where something else fills it');
    is(files("$dir/small"), 'fills', 'which stays');
    system('umount', "$dir/small");
    is($leat->post('/rows', {w => 9, i => 0})->{status}, 201, 'writes go on');
};

subtest 'a row without its parent is found' => sub {
    sql("$dir/app.db", 'INSERT INTO children (parent) VALUES (77)');
    my $r = $leat->ctl('backup', "$dir/orphaned.backup");
    like($r->{err}, qr/the backup is not kept, because: rows of children refer to missing rows of parents$/, 'by name');
    is("$r->{code} " . backups(), '1 1.backup 2.backup 3.backup', 'and there is no such backup');
    sql("$dir/app.db", 'DELETE FROM children');
};

subtest 'a damaged database has no backup, and the older ones stay' => sub {
    sql("$dir/app.db", 'PRAGMA wal_checkpoint(TRUNCATE)');
    my $root = sql("$dir/app.db", "SELECT rootpage FROM sqlite_schema WHERE name = 'rows_by_w'");
    open my $f, '+<:raw', "$dir/app.db" or die $!;
    seek $f, ($root - 1) * 4096, 0;
    print {$f} "\xff" x 64;
    close $f;
    my $r = $leat->ctl('backup', "$dir/damaged.backup");
    is($r->{code}, 1, 'exit 1');
    like($r->{err}, qr/damaged\.backup: the backup is not kept, because: it is damaged: /, 'says why');
    is(backups(), '1.backup 2.backup 3.backup', 'the older ones stay, alone');
    logged($leat, qr/backup\.failed .*it is damaged/, 'the log has the cause');
};

all_done;
