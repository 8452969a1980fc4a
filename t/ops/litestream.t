# SPDX-License-Identifier: MIT
# Litestream replicates the database beside leat: no write is refused, and what it restores after a kill is whole,
# has every row that it had reported, and is what leat restore takes.
use strict;
use warnings;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;

my ($litestream) = grep { defined && -x } Leat::Test::build() . '/litestream', program('litestream');
plan skip_all => 'litestream is not installed: ./dev test fetches it' if !$litestream;

my $row = '{type: object, properties: {n: {type: integer}}}';
my $leat = Leat::Test->new(workers => 2, document => <<"API", migrations => {'0001_rows.up.sql' => <<'SQL'})->start;
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
SQL
my $dir = $leat->{dir};
my $replica = "file://$dir/replica";
sub sql {
    my ($file, $sql) = @_;
    my $out = qx(sqlite3 -cmd '.timeout 20000' $file "$sql" 2>&1);
    chomp $out;
    return $out;
}

sub replicate {
    return background(sub {
        open STDOUT, '>>', "$dir/litestream.log";
        open STDERR, '>&', \*STDOUT;
        exec $litestream, 'replicate', "$dir/app.db", $replica or POSIX::_exit(127);
    });
}

# Restores what was replicated so far; returns the number of its rows, or -1 if it is not whole.
sub restored {
    unlink glob "$dir/restored.db*";
    my $r = run_command($litestream, 'restore', '-o', "$dir/restored.db", $replica);
    return -1 if $r->{code} || sql("$dir/restored.db", 'PRAGMA integrity_check') ne 'ok';
    return sql("$dir/restored.db", 'SELECT count(*) FROM rows');
}

# Adds rows until the file appears; returns how many, and how many were refused.
sub write_until {
    my ($done, $from) = @_;
    my ($n, $bad) = ($from, 0);
    until ($done->($n)) {
        my $r = $leat->post('/rows', {n => $n + 1});
        $r && $r->{status} == 201 ? $n++ : $bad++;
    }
    return ($n, $bad);
}

my ($n, $bad) = (0, 0);
subtest 'no write is refused beside it, and it follows' => sub {
    my $pid = replicate();
    ok(wait_for(30, sub { slurp("$dir/litestream.log") =~ /snapshot written|wal segment written/ }), 'it replicates');
    ($n, $bad) = write_until(sub { $_[0] >= 2000 }, 0);
    is($bad, 0, "$n writes, and no failure");
    ok(wait_for(60, sub { restored() == $n }), 'all of them are replicated') or diag slurp("$dir/litestream.log");
    kill KILL => $pid;
    waitpid $pid, 0;
    is(restored(), $n, 'and are there after it was killed');
    unlike($leat->log, qr/ (?:error|warn) .*database/, 'the log has no trouble');
};

subtest 'it goes on after both were killed, and a checkpoint of ours loses nothing' => sub {
    my @pids = ($leat->{pid}, $leat->worker_pids);
    kill KILL => @pids;
    waitpid $leat->{pid}, 0;
    ok(wait_for(20, sub { !grep { -e "/proc/$_" } @pids }), 'leat is gone');
    unlink "$dir/log", $leat->{socket};
    $leat->start;
    my $pid = replicate();
    my ($to) = write_until(sub { $_[0] >= $n + 1000 }, $n);
    is($leat->ctl('backup', "$dir/beside.backup")->{code}, 0, 'a backup beside it is made, too');
    sql("$dir/app.db", 'PRAGMA wal_checkpoint(TRUNCATE)');
    ($to) = write_until(sub { $_[0] >= $n + 1500 }, $to);
    ok(wait_for(60, sub { restored() == $to }), 'everything is replicated') or diag slurp("$dir/litestream.log");
    is($leat->stop, 0, 'leat stops beside it');
    ok(wait_for(60, sub { restored() == $to }), 'and nothing is lost by the stop');
    kill TERM => $pid;
    waitpid $pid, 0;
    $n = $to;
};

subtest 'what it restores is a backup for leat restore' => sub {
    unlink glob "$dir/restored.db*";
    is(run_command($litestream, 'restore', '-o', "$dir/restored.db", $replica)->{code}, 0, 'it restores a file');
    my $r = $leat->leat('restore', "$dir/restored.db");
    is("$r->{code} $r->{err}", '0 ', 'it is proved and put in place');
    unlink "$dir/log";
    $leat->start;
    is($leat->post('/rows', {n => $n})->{status}, 409, 'leat has its rows');
    is($leat->post('/rows', {n => $n + 1})->{status}, 201, 'and writes new ones');
};
all_done;
