# SPDX-License-Identifier: MIT
# leatctl reload --migrate rehearses pending migrations on a copy with the statements of both releases,
# and applies them only if that succeeded; any failure leaves database and service unchanged.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my $api = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /names:
    get:
      operationId: countNames
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {n: {type: integer}, v: {type: string}}}}}
      x-sql: {returns: one, sql: "SELECT count(name) AS n, 'one' AS v FROM people"}
    post:
      operationId: addName
      requestBody:
        content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}
      responses:
        "201":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}
      x-sql: {returns: one, sql: "INSERT INTO people (name) VALUES (:name) RETURNING id"}
API
my %first = ('0001_people.up.sql' => "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);\n");
my $leat = Leat::Test->new(document => $api, config => "timeouts: {check: 20s}\n", migrations => \%first)->start;
my $dir = $leat->{dir};
my @pids = sort $leat->worker_pids;
my $generation = $leat->ctl_json('status')->{generation};
sub sql { my ($sql) = @_; my $out = qx(sqlite3 $dir/app.db "$sql" 2>&1); chomp $out; return $out }
sql("INSERT INTO people (name) VALUES ('Ada'), ('Ada'), ('Grace'), ('Edsger')"); # real data, which no check sees
sub files { opendir(my $d, $dir); return join ' ', sort grep { /^app\.db/ && !/^app\.db(?:-wal|-shm)?$/ } readdir $d }
my $schema = sql("SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema ORDER BY name)");

# Tests that the old workers still serve, on an unchanged database.
sub untouched {
    my ($name) = @_;
    is_deeply([sort $leat->worker_pids], \@pids, "$name: the same workers");
    is($leat->ctl_json('status')->{generation}, $generation, "$name: the same generation");
    is($leat->get('/names')->{json}{v}, 'one', "$name: the same answer");
    is(sql("SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema ORDER BY name)"), $schema,
        "$name: the same tables");
    is(sql('SELECT group_concat(version) FROM _leat_migrations'), '1', "$name: nothing is applied");
    is(files(), '', "$name: no copy is left");
}
sub refused {
    my ($name, $pattern, @options) = @_;
    my $r = $leat->ctl('reload', @options);
    is("$r->{code} $r->{out}", '1 ', "$name: exit 1");
    like($r->{err}, $pattern, "$name: says why");
    untouched($name);
}
sub migration { my ($sql) = @_; $leat->write('migrations/0002_next.up.sql', $sql) }

subtest 'migrates only when it is told to' => sub {
    migration("ALTER TABLE people ADD COLUMN age INTEGER;\n");
    refused('a plain reload', qr/1 migrations are pending.*reload --migrate/);
    kill HUP => $leat->{pid};
    my $twice = sub { (() = $leat->log =~ /reload\.failed .*pending/g) == 2 };
    ok(wait_for(20, $twice), 'HUP does not migrate either');
    untouched('HUP');
    done_testing;
};

subtest 'refuses what breaks a release, the data or the rules, and changes nothing' => sub {
    migration("ALTER TABLE people RENAME COLUMN name TO title;\n");
    $leat->write('api.yaml', $api =~ s/count\(name\)/count(title)/r =~ s/people \(name\)/people (title)/r);
    refused('one that breaks the running release',
        qr/api\.yaml:11:\d+: the running release would break after the migrations: countNames: no such column: name/,
        '--migrate');
    $leat->write('api.yaml', $api);
    migration("ALTER TABLE people RENAME COLUMN name TO title;\n");
    refused('one that breaks both', qr/api\.yaml:11:\d+: .*no such column: name/, '--migrate');
    migration("ALTER TABLE people ADD COLUMN age INTEGER;\n");
    $leat->write('api.yaml', $api =~ s/count\(name\)/count(height)/r);
    refused('one that the new release does not fit', qr/api\.yaml:11:\d+: countNames: no such column: height/,
        '--migrate');
    $leat->write('api.yaml', $api);
    migration("-- one\nCREATE UNIQUE INDEX people_name\n  ON people (name);\n");
    refused('one that fails on real data', qr/0002_next\.up\.sql:2: UNIQUE constraint failed: people\.name/,
        '--migrate');
    migration("CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES people (id));"
        . " INSERT INTO pets (owner) SELECT 77 FROM people LIMIT 1;\n");
    refused('one that breaks a foreign key', qr/leaves rows of pets that refer to missing rows of people/, '--migrate');
    migration("COMMIT; DROP TABLE people;\n");
    refused('one that ends the transaction', qr/must not begin or end transactions/, '--migrate');
    migration("CREATE TABEL x (id);\n");
    refused('one that is no SQL', qr/0002_next\.up\.sql:1: near "TABEL": syntax error/, '--migrate');
    $leat->write('migrations/0001_people.up.sql',
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n");
    refused('an edited one', qr/0001_people\.up\.sql: was changed after it was applied/, '--migrate');
    $leat->write('migrations/0001_people.up.sql', $leat->{migrations}{'0001_people.up.sql'});
    done_testing;
};

# A migration that is slow where the check, which runs it over an empty database that is no file, is not.
sub slow {
    my ($rows, $where) = @_;
    my $n = "(SELECT CASE WHEN $where THEN $rows ELSE 1 END FROM pragma_database_list WHERE name = 'main')";
    my $rows_of = "SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $n";
    return "CREATE TABLE slow$rows AS WITH RECURSIVE c (i) AS ($rows_of) SELECT count(*) AS n FROM c;\n";
}
sub rehearsing {
    my $is_so = sub { my $s = $leat->ctl_json('status'); $s && $s->{reload}{state} eq 'rehearsing' && files() ne '' };
    return scalar wait_for(20, $is_so);
}

# Makes the database large, so that its copy may take its time.
sub grow {
    run_command('sqlite3', "$dir/app.db", 'CREATE TABLE large AS SELECT zeroblob(10000000) AS b;'
        . ' DROP TABLE large; PRAGMA wal_checkpoint(TRUNCATE)');
}

subtest 'gives up a rehearsal that takes too long, and its copy' => sub {
    $leat->configure("timeouts: {check: 2s}\n");
    unlink "$dir/migrations/0002_next.up.sql";
    is($leat->ctl('reload')->{code}, 0, 'with a shorter timeouts.check');
    grow();
    @pids = sort $leat->worker_pids;
    $generation = $leat->ctl_json('status')->{generation};
    migration(slow(1000000000, "file LIKE '%rehearsal%'"));
    my $size = -s "$dir/app.db";
    my $too_long = sprintf 'the rehearsal took longer than timeouts.check and %.1f s', int($size / 10240) / 1000;
    cmp_ok($size, '>', 1 << 20, 'the database is large') or diag $size;
    refused('one that takes too long', qr/\Q$too_long\E for the size of the database/, '--migrate');
    done_testing;
};

subtest 'lets writers wait for a migration, however long it takes, and refuses none' => sub {
    # SQLite's busy timeout is 5 s. The migration is slow on the live database only.
    unlink "$dir/migrations/0002_next.up.sql";
    $leat->configure("timeouts: {check: 5m, request: 5m}\n");
    is($leat->ctl('reload')->{code}, 0, 'with the usual one');
    migration("ALTER TABLE people ADD COLUMN age INTEGER;\nINSERT INTO people (name) VALUES ('x');\n"
        . slow(scale(20000000), "file = '$dir/app.db'"));
    $leat->write('api.yaml', $api =~ s/'one'/'two'/r);
    my @clients = map {
        my $n = $_;
        my $pid = fork;
        if (!$pid) {
            my ($ok, $bad, $i) = (0, '', 0);
            until (-e "$dir/stop") {
                my $r = $leat->post('/names', {name => "client $n " . $i++}, seconds => 300);
                $r && $r->{status} == 201 ? $ok++ : ($bad .= ($r ? $r->{status} : 'none') . ' ');
            }
            spew("$dir/client.$n", "$ok $bad");
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. 2;
    my $r = $leat->ctl('reload', '--migrate');
    is($r->{code}, 0, 'a good one: exit 0') or diag $r->{err};
    like($r->{out}, qr/^applied 0002_next\ngeneration \d+ is serving with 2 workers$/, 'says what was done');
    spew("$dir/stop", '');
    waitpid $_, 0 for @clients;
    my $noted = 0;
    for my $n (1, 2) {
        my ($ok, $bad) = split ' ', slurp("$dir/client.$n"), 2;
        $noted += $ok;
        is($bad, '', "$ok writes meanwhile, and no failure");
    }
    is(sql("SELECT count(*) FROM people WHERE name LIKE 'client%'"), $noted, 'each is there');
    is($leat->get('/names')->{json}{v}, 'two', 'the new release answers') for 1 .. 4;
    is(sql('SELECT group_concat(version) FROM _leat_migrations'), '1,2', 'on the migrated database');
    is(files(), '', 'no copy is left');
    done_testing;
};

subtest 'is a reload where nothing is pending' => sub {
    my $r = $leat->ctl('reload', '--migrate');
    is("$r->{code} $r->{out}", '0 ' . ($r->{out} =~ s/^applied.*//mr), 'with nothing pending it is a reload');
    is(files(), '', 'and leaves no copy');
    done_testing;
};

for my $name ('key.pem', 'other.pem') {
    run_command('openssl', qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=t -days 80),
        '-keyout', "$dir/$name", '-out', "$dir/cert-$name");
}
my $config = slurp($leat->{config_path});
my $second = Leat::Test::free_port();
sub with_tls {
    my ($key) = @_;
    my $tls = "{certificates: [{certificate: cert-key.pem, key: $key}]}";
    my $listen = "[{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:$second, tls: $tls}]";
    $leat->configure("listen: $listen\n");
}

subtest 'goes on with the old release where the new workers cannot start' => sub {
    @pids = sort $leat->worker_pids;
    with_tls('other.pem');
    $leat->write('migrations/0003_more.up.sql', "ALTER TABLE people ADD COLUMN size INTEGER;\n");
    $leat->write('api.yaml', $api =~ s/'one'/'three'/r);
    my $r = $leat->ctl('reload', '--migrate');
    is($r->{code}, 1, 'new workers that cannot start: exit 1');
    like($r->{err}, qr/^applied 0003_more$/m, 'says what stays');
    like($r->{err}, qr/TLS of 127\.0\.0\.1:$second: .*key.*mismatch/i, 'and why') or diag $r->{err};
    is_deeply([sort $leat->worker_pids], \@pids, 'the same workers');
    is($leat->get('/names')->{json}{v}, 'two', 'the release before answers');
    is($leat->post('/names', {name => 'after'})->{status}, 201, 'and writes');
    ok(!IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $second), 'the new listener is gone');
    kill KILL => $_ for @pids;
    my $are_replaced = sub {
        my @now = $leat->worker_pids;
        return @now == 2 && !grep { my $p = $_; grep { $_ == $p } @pids } @now;
    };
    ok(wait_for(20, $are_replaced), 'its workers can be replaced') or diag $leat->log;
    is($leat->get('/names')->{json}{v}, 'two', 'by workers of the same release') for 1 .. 4;
    is($leat->ctl('scale', '3')->{code}, 0, 'and more of them');
    ok(wait_for(20, sub { $leat->worker_pids == 3 }), 'start');
    $leat->write('leat.yaml', $config);
    is($leat->ctl('reload')->{code}, 0, 'once that is mended, a plain reload goes on from there');
    is($leat->get('/names')->{json}{v}, 'three', 'with the new release');
    done_testing;
};

subtest 'migrates nothing where an error is found before' => sub {
    my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    $leat->write('migrations/0004_last.up.sql', "ALTER TABLE people ADD COLUMN last INTEGER;\n");
    $leat->configure("listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:" . $taken->sockport . "}]\n");
    my $r = $leat->ctl('reload', '--migrate');
    is($r->{code}, 1, 'a port that is taken');
    is(sql('SELECT max(version) FROM _leat_migrations'), 3, 'is seen before anything is migrated');
    with_tls('none.pem');
    like($leat->ctl('reload', '--migrate')->{err}, qr/none\.pem/, 'a key that is missing');
    is(sql('SELECT max(version) FROM _leat_migrations'), 3, 'too');
    done_testing;
};

subtest 'leaves nothing behind when it is stopped during a rehearsal' => sub {
    $leat->write('leat.yaml', $config);
    $leat->write('migrations/0004_last.up.sql', slow(1000000000, "file LIKE '%rehearsal%'"));
    my $caller = fork;
    if (!$caller) {
        my $r = $leat->ctl('reload', '--migrate');
        spew("$dir/caller", "$r->{code} $r->{err}");
        POSIX::_exit(0);
    }
    ok(rehearsing(), 'in the middle of a rehearsal');
    is($leat->stop, 0, 'a stop is a stop');
    waitpid $caller, 0;
    like(slurp("$dir/caller"), qr/^1 .*stopp/s, 'the caller is told');
    is(files(), '', 'no copy is left') or diag files();
    is(sql('SELECT max(version) FROM _leat_migrations'), 3, 'nothing is applied');
    is(sql('PRAGMA integrity_check'), 'ok', 'the database is whole');
    done_testing;
};

all_done;
