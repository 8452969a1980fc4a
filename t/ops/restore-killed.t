# SPDX-License-Identifier: MIT
# Wherever leat restore is killed, the old state of the database is whole, in its place or beside it, no -wal of
# one state stands beside a file of another, and the next restore succeeds.
use strict;
use warnings;
use File::Copy qw(copy);
use Leat::Program;
use Leat::Test;
use Test::More;

plan skip_all => 'LeakSanitizer must trace its own process' if is_sanitized();
my $strace = require_program('strace');
my $row = '{type: object, properties: {n: {type: integer}}}';
my $leat = Leat::Test->new(workers => 1, document => <<"API", migrations => {'0001_a.up.sql' => <<'SQL'})->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    post:
      operationId: addRow
      requestBody: {content: {application/json: {schema: $row}}}
      responses: {"201": {description: ok, content: {application/json: {schema: $row}}}}
      x-sql: {returns: one, sql: "INSERT INTO rows (n, text) VALUES (:n, 'some text') RETURNING n"}
API
CREATE TABLE rows (n INTEGER PRIMARY KEY, text TEXT);
CREATE INDEX rows_by_text ON rows (text);
SQL
my $dir = $leat->{dir};
my $db = "$dir/app.db";
my @suffixes = ('', '-wal');

# Returns the rows of a copy, because SQLite would checkpoint the file that it opens; '' if it is not whole.
sub rows {
    my ($file) = @_;
    unlink glob "$dir/look*";
    copy("$file$_", "$dir/look$_") for grep { -e "$file$_" } @suffixes;
    my $out = qx(sqlite3 $dir/look 'PRAGMA integrity_check; SELECT group_concat(n) FROM rows' 2>&1);
    return $out =~ /\Aok\n([\d,]*)\n\z/ ? $1 : '';
}

# Puts back the state before the restore, in which the newest row is in the -wal only.
sub reset_state {
    unlink glob("$db*"), glob("$dir/.app.db*");
    copy("$dir/was$_", "$db$_") for @suffixes;
}

my @restore = (Leat::Test::build() . '/leat', 'restore', "$dir/one.backup", '-c', $leat->{config_path});

subtest 'the old state has a row in its -wal that the backup has not' => sub {
    is($leat->post('/rows', {n => 1})->{status}, 201, 'one row');
    is($leat->ctl('backup', "$dir/one.backup")->{code}, 0, 'a backup');
    is($leat->post('/rows', {n => 2})->{status}, 201, 'and another row');
    my @pids = ($leat->{pid}, $leat->worker_pids);
    kill KILL => @pids;
    waitpid delete $leat->{pid}, 0;
    ok(wait_for(20, sub { !grep { -e "/proc/$_" } @pids }), 'leat is gone');
    unlink $leat->{socket};
    copy("$db$_", "$dir/was$_") for @suffixes;
    is(rows($db), '1,2', 'both rows are there');
};

# Kills it at the nth call of that name; returns whether it came so far.
sub killed_at {
    my ($call, $n) = @_;
    reset_state();
    my @inject = ('-e', "trace=$call", '-e', "inject=$call:signal=KILL:when=$n");
    return run_command($strace, '-f', '-qq', '-o', '/dev/null', @inject, @restore)->{code} != 0;
}

subtest 'wherever it is killed' => sub {
    my $steps = 0;
    for my $call (qw(rename link unlink fsync fchmod pwrite64)) {
        for (my $n = 1; killed_at($call, $n) && $n < 100; $n++) {
            $steps++;
            my ($aside) = grep { !/-(?:wal|shm)$/ } glob "$db.before-*";
            my $now = rows($db);
            my $is_kept = $now eq '1,2' || ($aside && rows($aside) eq '1,2');
            ok($is_kept, "at $call $n: the old state is whole") or diag join ' ', glob "$db*";
            like($now, qr/^1(?:,2)?$/, 'and the database is');
            my $r = run_command(@restore);
            is("$r->{code} $r->{err}", '0 ', 'the next restore succeeds');
            is(rows($db), '1', 'with the rows of the backup');
            is(join(' ', glob "$dir/.app.db*"), '', 'and nothing is left');
        }
    }
    cmp_ok($steps, '>=', 10, "it was killed at $steps steps");
};
all_done;
