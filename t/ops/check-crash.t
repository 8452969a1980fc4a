# SPDX-License-Identifier: MIT
# A check that crashes says so and asks for a report, on the command line and to the caller of a reload.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;

plan skip_all => 'a sanitizer reports crashes in its own way' if is_sanitized();

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: n
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
YAML
my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);');
my $slow = 'CREATE TABLE s AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c;';
my $said = qr/the check crashed \(Segmentation fault\): this is a bug in leat; please report it/;

# Returns whether the process catches SIGSEGV (signal 11; bits count from 1).
sub is_ready { my ($pid) = @_; return slurp("/proc/$pid/status") =~ /^SigCgt:\s*[0-9a-f]*[4-7c-f][0-9a-f]{2}$/m }

subtest 'fts3_tokenizer() takes no addresses' => sub {
    my $leat = Leat::Test->new(document => $yaml, migrations => {%migrations, '0002_b.up.sql' => <<'SQL'});
CREATE TABLE u (id INTEGER PRIMARY KEY);
SELECT fts3_tokenizer('mine', x'4141414141414141');
CREATE VIRTUAL TABLE f USING fts3(a, tokenize=mine);
SQL
    my $r = $leat->leat('check');
    is($r->{code}, 1, 'a migration that calls it: exit 1') or diag $r->{err};
    like($r->{err}, qr/^\S+0002_b\.up\.sql:2: fts3tokenize disabled$/m, 'with its line');
    is($leat->leat('migrate', 'up')->{code}, 1, 'nor does migrate crash');
    $leat->launch;
    is($leat->wait_exit, 1, 'nor a start');
};

subtest 'leat check ends by the signal, and says that it is a bug' => sub {
    my $leat = Leat::Test->new(document => $yaml, migrations => {%migrations, '0002_b.up.sql' => $slow});
    my $pid = fork // die;
    if (!$pid) {
        open STDERR, '>', "$leat->{dir}/err";
        exec Leat::Test::build() . '/leat', 'check', '-c', $leat->{config_path};
    }
    ok(wait_for(20, sub { is_ready($pid) }), 'it runs');
    kill SEGV => $pid;
    waitpid $pid, 0;
    is($? & 127, 11, 'it ends by the signal');
    like(slurp("$leat->{dir}/err"), qr/^leat: $said/m, 'and says so');
};

subtest 'leatctl reload fails with the reason, and the workers serve on' => sub {
    my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations)->start;
    my @workers = sort $leat->worker_pids;
    $leat->write('migrations/0002_b.up.sql', $slow);
    my $caller = fork // die;
    if (!$caller) {
        open STDERR, '>', "$leat->{dir}/err";
        exec Leat::Test::build() . '/leatctl', '-s', $leat->{socket}, 'reload';
    }
    my $check = wait_for(20, sub {
        my @children = split ' ', slurp("/proc/$leat->{pid}/task/$leat->{pid}/children");
        return (grep { slurp("/proc/$_/cmdline") =~ /--check/ && is_ready($_) } @children)[0];
    });
    ok($check, 'a check runs') or return;
    kill SEGV => $check;
    waitpid $caller, 0;
    is($? >> 8, 1, 'exit 1');
    my $err = slurp("$leat->{dir}/err");
    like($err, qr/^leat: $said/m, 'the check says so');
    like($err, qr/^the check was killed by signal 11 \(Segmentation fault\)\nthe configuration is not in force$/m,
        'leat too');
    is_deeply([sort $leat->worker_pids], \@workers, 'the same workers serve');
    is($leat->get('/n')->{status}, 200, 'and answer');
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
    is($leat->ctl('reload')->{code}, 0, 'and the next reload works');
};
all_done;
