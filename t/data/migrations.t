# SPDX-License-Identifier: MIT
# Migrations are applied once, in order and whole, by leat migrate or at a start with migrate: on-start,
# and nothing is served while some are pending.
use strict;
use warnings;
use Leat::Program;
use Leat::Test;
use Test::More;

my $create_u = "CREATE TABLE u (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id));\nINSERT INTO t VALUES (1);\n";
my $config = "database: {path: app.db, migrations: migrations}\n";
my $leat = Leat::Test->new(config => $config, document => <<'API', migrations => {
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT count(*) AS n FROM t"}
API
    '0001_t.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY);\n",
    '0001_t.down.sql' => "DROP TABLE t;\n",
    '0002_u.up.sql' => $create_u,
    '0002_u.down.sql' => "DROP TABLE u;\nDELETE FROM t;\n",
});
sub migrate { my (@words) = @_; return $leat->leat('migrate', @words) }
sub sql { my ($sql) = @_; my $out = qx(sqlite3 $leat->{dir}/app.db "$sql" 2>&1); chomp $out; return $out }

subtest 'while migrations are pending nothing is served, and looking makes no database' => sub {
    is(scalar(() = migrate('status')->{out} =~ /pending/g), 2, 'two are pending');
    ok(!-e "$leat->{dir}/app.db", 'looking makes no database');
    $leat->launch;
    is($leat->wait_exit, 1, 'migrate: manual starts no worker while some are pending');
    logged($leat, qr/2 migrations are pending/, 'and says so');
};

subtest 'up applies each once, status tells when, and down undoes the newest' => sub {
    my $up = migrate('up');
    is("$up->{code} $up->{out}", "0 applied 0001_t\napplied 0002_u\n", 'up applies both');
    is(migrate('up')->{out}, '', 'once');
    like(migrate('status')->{out}, qr/^0001_t +applied +\d{4}-\d\d-\d\dT.*^0002_u +applied/ms, 'status tells when');
    is(sql('PRAGMA application_id'), 0x4c656174, 'the database is marked as ours');
    is(migrate('down')->{out}, "undone 0002_u\n", 'down undoes the newest');
    is(sql('SELECT count(*) FROM t'), 0, 'by its script');
    migrate('up');
};

subtest 'a migration that was changed or is missing after it was applied is refused' => sub {
    $leat->write('migrations/0002_u.up.sql', $create_u =~ s/\n/\r\n/gr);
    is(migrate('status')->{code}, 0, 'line ends do not count');
    $leat->write('migrations/0002_u.up.sql', "CREATE TABLE u (id INTEGER);\n");
    my $edited = migrate('up');
    is($edited->{code}, 1, 'an edited migration: exit 1');
    like($edited->{err}, qr{0002_u\.up\.sql: was changed after it was applied}, 'which one');
    like(migrate('status')->{out}, qr/0002_u +edited/, 'in the status too');
    unlink "$leat->{dir}/migrations/0002_u.up.sql", "$leat->{dir}/migrations/0002_u.down.sql";
    like(migrate('up')->{err}, qr/migration 0002_u is applied but its file is missing/, 'a missing one');
    $leat->write('migrations/0002_u.up.sql', $create_u);
};

subtest 'a migration that fails or is out of order leaves nothing behind' => sub {
    $leat->write('migrations/0003_bad.up.sql',
        "CREATE TABLE w (id);\nINSERT INTO w VALUES (1);\nINSERT INTO nowhere VALUES (1);\n");
    my $bad = migrate('up');
    is($bad->{code}, 1, 'a failing migration: exit 1');
    like($bad->{err}, qr{0003_bad\.up\.sql:3: no such table: nowhere}, 'at its line');
    is(sql("SELECT count(*) FROM sqlite_schema WHERE name = 'w'"), 0, 'undone whole');
    $leat->write('migrations/0003_bad.up.sql', "INSERT INTO u VALUES (1, 77);\n");
    like(migrate('up')->{err}, qr/leaves rows of u that refer to missing rows of t/, 'one that breaks a foreign key');
    is(sql('SELECT count(*) FROM u'), 0, 'undone too');
    $leat->write('migrations/0003_bad.up.sql',
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT);\nCREATE TABLE q (v TEXT REFERENCES p (v));\n");
    my $mismatch = qr/0003_bad\.up\.sql: foreign key mismatch - "q" referencing "p"/;
    like(migrate('up')->{err}, $mismatch, 'one whose foreign key leads to no key');
    like($leat->leat('check')->{err}, $mismatch, '… which leat check finds too');
    unlink "$leat->{dir}/migrations/0003_bad.up.sql";
    $leat->write('migrations/0005_late.up.sql', 'CREATE TABLE late (id);');
    migrate('up');
    $leat->write('migrations/0004_early.up.sql', 'CREATE TABLE early (id);');
    like(migrate('up')->{err}, qr{0004_early\.up\.sql: is older than version 5}, 'one that comes too late');
    unlink "$leat->{dir}/migrations/0004_early.up.sql";
    like(migrate('down')->{err}, qr{0005_late\.up\.sql: has no matching \.down\.sql}, 'one without a way back');
};

subtest 'new makes a pair of files for the next version' => sub {
    my $new = migrate('new', 'add_things');
    is($new->{code}, 0, 'new');
    ok(-e "$leat->{dir}/migrations/0006_add_things.$_.sql", "makes the $_ file") for qw(up down);
    is(migrate('new', '../evil')->{code}, 1, 'not under any name');
    is(migrate('sideways')->{code}, 2, 'usage');
    unlink glob "$leat->{dir}/migrations/0006*";
};

subtest 'ten processes at once apply each migration once' => sub {
    for my $n (10 .. 19) {
        $leat->write("migrations/00${n}_n.up.sql", "CREATE TABLE n$n (id);\nINSERT INTO t (id) VALUES ($n);\n");
    }
    my @children = map { background(sub { POSIX::_exit(migrate('up')->{code}) }) } 1 .. 10;
    my $failed = 0;
    for (@children) { waitpid $_, 0; $failed++ if $? }
    is($failed, 0, 'ten processes at once');
    is(sql('SELECT count(*) FROM _leat_migrations'), 13, 'each applied once');
};

subtest 'the migrated database is served' => sub {
    $leat->start;
    is($leat->get('/t')->{json}{n}, 11, 'and served');
};

all_done;
