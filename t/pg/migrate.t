# SPDX-License-Identifier: MIT
# Migrations on PostgreSQL: each in a transaction, under one lock, with the states of SQLite's; indexes
# made concurrently; a rehearsal that changes nothing.
use strict;
use warnings;
use Config;
use Leat::Postgres;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;

my $pg = Leat::Postgres->new;
my $head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
my $names = 0;
use constant {SYS_MEMFD_CREATE => $Config{archname} =~ /^aarch64/ ? 279 : 319, MFD_ALLOW_SEALING => 2,
    F_ADD_SEALS => 1033, ALL_SEALS => 15};
my @releases;

# An application with a database of its own.
sub application {
    my ($migrations, $document) = @_;
    $ENV{LEAT_DATABASE_URL} = $pg->create('m' . ++$names);
    return Leat::Test->new(document => $head . ($document // "paths: {}\n"), migrations => $migrations);
}
sub ask { my ($sql) = @_; return $pg->sql("m$names", $sql) }
sub states {
    my ($leat) = @_;
    return join ' ', map { /^(\d+)_\S+ +(\w+)/ ? "$1:$2" : () } split /\n/, $leat->leat('migrate', 'status')->{out};
}

subtest 'up, status and down' => sub {
    my $leat = application({'0001_a.up.sql' => 'CREATE TABLE a (id integer PRIMARY KEY);',
        '0001_a.down.sql' => 'DROP TABLE a;',
        '0002_b.up.sql' => 'CREATE TABLE b (id integer); INSERT INTO b VALUES (1);'});
    is(states($leat), '0001:pending 0002:pending', 'all are pending at first');
    my $r = $leat->leat('migrate', 'up');
    is("$r->{code} $r->{out}$r->{err}", "0 applied 0001_a\napplied 0002_b\n", 'up applies them in order');
    is(states($leat), '0001:applied 0002:applied', 'and says so');
    is($leat->leat('migrate', 'up')->{out}, '', 'once only');
    is(ask('SELECT count(*) FROM b'), 1, 'with what they do');
    $r = $leat->leat('migrate', 'down');
    like($r->{err}, qr/0002_b\.up\.sql: has no matching \.down\.sql/, 'down needs a script');
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
    like($leat->leat('migrate', 'status')->{err}, qr/0002_b is applied but its file is missing/, 'a lost file is told');
    is(states($leat), '0001:applied 0002:missing', 'as missing');
    $leat->write('migrations/0002_b.up.sql', 'CREATE TABLE c (id integer);');
    like($leat->leat('check')->{err}, qr/0002_b\.up\.sql: was changed after it was applied/, 'and an edited one');
    ask('DELETE FROM _leat_migrations WHERE version = 2');
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
    is($leat->leat('migrate', 'down')->{out}, "undone 0001_a\n", 'down undoes the newest');
    is(ask("SELECT to_regclass('a') IS NULL"), 't', 'by its script');
    done_testing;
};

subtest "what would see secrets of Leat's own tables" => sub {
    my %rows = (
        'the trigger t is on _leat_keys and would see secrets' => 'CREATE FUNCTION f() RETURNS trigger'
            . ' LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;'
            . ' CREATE TRIGGER t BEFORE INSERT ON _leat_keys EXECUTE FUNCTION f();',
        "the function f names a table of Leat's own" =>
            "CREATE FUNCTION f() RETURNS bytea LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT value FROM _leat_keys); END';",
        "the function g names a table of Leat's own" => 'CREATE VIEW v AS SELECT 1; CREATE FUNCTION g() RETURNS bytea'
            . ' LANGUAGE sql BEGIN ATOMIC SELECT value FROM _leat_keys; END;',
        'a foreign key of t leads to a secret of _leat_keys' =>
            'ALTER TABLE _leat_keys ADD UNIQUE (value); CREATE TABLE t (value bytea REFERENCES _leat_keys (value));',
    );
    for my $why (sort keys %rows) {
        like(application({'0001_a.up.sql' => $rows{$why}})->leat('check')->{err}, qr/0001_a\.up\.sql: \Q$why\E/, $why);
    }
    my $allowed = 'CREATE TABLE t (name text REFERENCES _leat_keys (name));';
    is(application({'0001_a.up.sql' => $allowed})->leat('check')->{err}, '', 'what leads to no secret is allowed');
    done_testing;
};

subtest 'one that fails leaves nothing' => sub {
    my $leat = application({'0001_a.up.sql' => 'CREATE TABLE a (id integer);',
        '0002_b.up.sql' => "CREATE TABLE b (id integer);\nINSERT INTO b VALUES ('x');\n"});
    my $r = $leat->leat('migrate', 'up');
    like($r->{err}, qr{/0002_b\.up\.sql:2: invalid input syntax for type integer: "x"}, 'it is told at its line');
    is($r->{code} . states($leat), '10001:applied 0002:pending', 'those before it stay');
    is(ask("SELECT to_regclass('b') IS NULL"), 't', 'and nothing of it does');
    done_testing;
};

subtest 'two at once apply each migration once' => sub {
    my $leat = application({map { sprintf('%04d_t.up.sql', $_) =>
        "CREATE TABLE t$_ (id integer); SELECT pg_sleep(0.05);" } 1 .. 5});
    my @runs = map { background(sub { POSIX::_exit($leat->leat('migrate', 'up')->{code}) }) } 1 .. 3;
    my @codes = map { waitpid($_, 0); $? >> 8 } @runs;
    is("@codes", '0 0 0', 'all end well');
    is(ask('SELECT count(*) FROM _leat_migrations'), 5, 'and each is there once');
    done_testing;
};

subtest 'an index made concurrently' => sub {
    my $leat = application({'0001_a.up.sql' => 'CREATE TABLE a (id integer, n integer);',
        '0002_i.up.sql' => "-- leat: no transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);\n"});
    my $r = $leat->leat('check');
    is("$r->{code} $r->{err}", '0 ', 'the check runs it');
    is($leat->leat('migrate', 'up')->{err}, '', 'and so does up');
    is(ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), 't', 'the index is valid');
    my $other = application({'0001_a.up.sql' => 'CREATE TABLE a (n integer);',
        '0002_i.up.sql' => 'CREATE INDEX CONCURRENTLY a_n ON a (n);'});
    like($other->leat('check')->{err},
        qr/0002_i\.up\.sql:1: CREATE INDEX CONCURRENTLY cannot run inside a transaction block/,
        'without the mark it is refused');
    done_testing;
};

subtest 'a lock that another session holds' => sub {
    my $leat = application({'0001_a.up.sql' => 'CREATE TABLE a (id integer);'});
    $leat->leat('migrate', 'up');
    $leat->write('migrations/0002_b.up.sql', 'ALTER TABLE a ADD COLUMN n integer;');
    my $holder = background(sub { ask('BEGIN; LOCK TABLE a IN ACCESS SHARE MODE; SELECT pg_sleep(7)') });
    wait_for(10, sub { ask("SELECT count(*) FROM pg_locks WHERE relation = 'a'::regclass") > 0 });
    my $reader = background(sub { wait_for(20, sub { ask("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0 });
        ask('SELECT count(*) FROM a'); POSIX::_exit(0) });
    my $r = $leat->leat('migrate', 'up');
    is("$r->{code} $r->{out}$r->{err}", "0 applied 0002_b\n", 'is waited for, again and again');
    waitpid $_, 0 for $holder, $reader;
    done_testing;
};

# Makes the release of an application in a memory file, as the master does. Returns its descriptor.
sub release {
    my ($leat) = @_;
    my $name = 'release';
    my $fd = syscall SYS_MEMFD_CREATE, $name, MFD_ALLOW_SEALING;
    my $pid = fork // die;
    if (!$pid) {
        POSIX::dup2($fd, 20);
        exec Leat::Test::build() . '/leat-worker', '--check', "$leat->{dir}/leat.yaml", '--release-fd', 20;
    }
    waitpid $pid, 0;
    die 'no release' if $?;
    open my $file, '+<&=', $fd or die;
    push @releases, $file;
    fcntl $file, F_ADD_SEALS, ALL_SEALS or die "sealing: $!";
    return $fd;
}
# Rehearses the migrations of a release while another one runs: {code, err}.
sub rehearse {
    my ($leat, $new, $running) = @_;
    my ($err, $pid) = ("$leat->{dir}/err", fork // die);
    if (!$pid) {
        open STDERR, '>', $err;
        POSIX::dup2($new, 20);
        POSIX::dup2($running, 11);
        POSIX::dup2(20, 3);
        POSIX::dup2(11, 4);
        exec Leat::Test::build() . '/leat-worker', '--rehearse';
    }
    waitpid $pid, 0;
    return {code => $? >> 8, err => slurp($err)};
}

subtest 'a rehearsal proves the new release and the running one, and changes nothing' => sub {
    my $document = <<'YAML';
paths:
  /a:
    get:
      operationId: a
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: object,
        properties: {id: {type: integer}, n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT id, n FROM a WHERE id = 1"}
YAML
    my $leat = application({'0001_a.up.sql' => 'CREATE TABLE a (id integer PRIMARY KEY, n integer NOT NULL);'},
        $document);
    my $database = "m$names";
    $leat->leat('migrate', 'up');
    my $running = release($leat);
    $leat->write('migrations/0002_b.up.sql', 'ALTER TABLE a ADD COLUMN o integer; CREATE INDEX a_o ON a (o);');
    my $r = rehearse($leat, release($leat), $running);
    is("$r->{code} $r->{err}", '0 ', 'what fits both is good');
    $leat->write('migrations/0002_b.up.sql', 'ALTER TABLE a RENAME COLUMN n TO o;');
    $leat->write('api.yaml', $head . $document =~ s/, n FROM/, o AS n FROM/r);
    $r = rehearse($leat, release($leat), $running);
    like("$r->{code} $r->{err}",
        qr/^1 .*the running release would break after the migrations: a: column "n" does not exist/,
        'what breaks the running one is refused');
    $leat->write('api.yaml', $head . $document =~ s/n: \{type: integer/n: {type: [integer, "null"]/r);
    $leat->write('migrations/0002_b.up.sql', "INSERT INTO a VALUES (1, 2);\nDELETE FROM a;\n"
        . 'ALTER TABLE a ADD COLUMN m integer; UPDATE a SET m = n; ALTER TABLE a DROP COLUMN n;'
        . 'ALTER TABLE a ADD COLUMN n integer;');
    $r = rehearse($leat, release($leat), $running);
    like($r->{err}, qr/the running release would break after the migrations: a: the column n may be NULL/,
        'as what makes rows that its document does not allow');
    is($pg->sql($database, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = 'a'::regclass AND attnum > 0"), 'id n', 'the database is as it was');
    done_testing;
};

subtest 'what a check leaves behind' => sub {
    my $leat = application({'0001_a.up.sql' => 'SELECT pg_sleep(30);'});
    my $scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'leat_check%'";
    for (['TERM', 0], ['KILL', 1]) {
        my ($signal, $left) = @$_;
        my $pid = fork // die;
        if (!$pid) {
            open STDERR, '>', '/dev/null';
            exec Leat::Test::build() . '/leat-worker', '--check', "$leat->{dir}/leat.yaml";
        }
        ok(wait_for(20, sub { ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%'
            AND datname LIKE 'leat_check%'") > 0 }), 'a check runs');
        kill $signal => $pid;
        waitpid $pid, 0;
        is(ask($scratch), $left, $left ? 'SIGKILL leaves its scratch database' : 'SIGTERM leaves nothing');
    }
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'leat_check%'");
    is(application({'0001_a.up.sql' => 'SELECT 1;'})->leat('check')->{code}, 0, 'another check');
    is(ask($scratch), 0, 'drops what was left');
    done_testing;
};

subtest 'a role that may not create databases' => sub {
    $pg->create('bound', role => 'bound', attributes => 'NOCREATEDB');
    local $ENV{LEAT_DATABASE_URL} = $pg->url('bound', 'bound');
    my $leat = Leat::Test->new(document => $head . "paths: {}\n", migrations => {
        '0001_a.up.sql' => 'CREATE TABLE a (id integer);',
        '0002_i.up.sql' => "-- leat: no transaction\nCREATE INDEX CONCURRENTLY a_i ON a (id);"});
    my $r = $leat->leat('check');
    is("$r->{code} $r->{err}", '0 ', 'is given a schema');
    is($pg->sql('bound', "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'leat_check%'"), 0, 'that goes away');
    $pg->sql('bound', 'REVOKE CREATE ON DATABASE bound FROM bound; ALTER DATABASE bound OWNER TO leat');
    like($leat->leat('check')->{err},
        qr/creating a scratch schema: permission denied.*grant the role CREATEDB/, 'or is told');
    done_testing;
};

all_done();
