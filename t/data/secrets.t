# SPDX-License-Identifier: MIT
# No statement of an application can reach a secret in the tables _leat_*, however it names it: the
# columns do not exist for it. Migrations that could leak them are refused.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $bom = "\xEF\xBB\xBF";    # a blank, to SQLite
my $leat = Leat::Test->new(workers => 1, document => 'openapi: 3.1.0',
    migrations => {'0001_a.up.sql' => <<'SQL' =~ s/\(BOM\)/$bom/gr});
CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
CREATE VIEW users AS SELECT * FROM _leat_users;
CREATE VIEW hashes AS SELECT password_hash AS x FROM main._leat_users;
CREATE VIEW full AS SELECT secret FROM (SELECT NULL AS secret) FULL JOIN _leat_totp USING (secret);
CREATE VIEW marked AS SELECT password_hash AS x FROM (BOM)main.(BOM)_leat_users;
CREATE VIEW pages AS SELECT payload AS x FROM dbstat;
CREATE VIEW place AS SELECT file AS x FROM pragma_database_list;
CREATE VIEW last AS SELECT seq AS x FROM sqlite_sequence;
CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE VIRTUAL TABLE found USING fts5(password_hash, content='_leat_users');
CREATE VIRTUAL TABLE words USING fts5vocab('found', 'row');
ANALYZE;
SQL

sub checked {
    my ($sql) = @_;
    $sql =~ s/"/\\"/g;
    $leat->write('api.yaml', <<"YAML");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /it:
    get:
      operationId: it
      x-allow-scan: true
      responses: {"200": {description: d, content: {application/json: {schema: {type: array, items: {type: object}}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "$sql"}
YAML
    my $r = $leat->leat('check');
    return $r->{code} . ' ' . ($r->{err} =~ s/^\S*api\.yaml:\d+:\d+: it: //r);
}

subtest 'a statement that names a secret is refused at load' => sub {
    for my $case (
        ['SELECT password_hash AS x FROM _leat_users',
         qr/^1 password_hash is a secret column of Leat's own tables, which no statement can read/],
        ['SELECT u.password_hash AS x FROM _leat_users AS u', qr/^1 u\.password_hash is a secret/],
        (map { ['SELECT ' . 'n' x $_ . ' AS x FROM _leat_users', qr/^1 no such column: n{$_}$/] } 1, 40, 200, 1000),
        ['SELECT secret AS x FROM _leat_totp', qr/^1 secret is a secret/],
        ['SELECT hex(value) AS x FROM _leat_keys', qr/^1 value is a secret/],
        ['SELECT password_hash AS x FROM (SELECT NULL AS password_hash) FULL JOIN _leat_users USING (password_hash)',
         qr/^1 cannot join using column password_hash/],
        ['SELECT token_hash AS x FROM "_leat_refresh_tokens"', qr/^1 no such column: token_hash/],
        ['SELECT password_hash AS x FROM users', qr/^1 no such column: password_hash/],
        ['SELECT x FROM hashes', qr/^1 no such column: password_hash/],
        ['SELECT secret AS x FROM full', qr/^1 cannot join using column secret/],
        ['SELECT password_hash AS x FROM found', qr/^1 no such column: password_hash/],
        ["SELECT rowid AS x FROM found WHERE found MATCH 'argon2id'", qr/^1 no such column: found/],
        ['SELECT term AS x FROM words', qr/^1 no such column: term/],
        ['SELECT block AS x FROM found_data', qr/^1 no such column: block/],
        ['SELECT x FROM marked', qr/^1 no such column: password_hash/],
        ["SELECT password_hash AS x FROM ${bom}main._leat_users",
         qr/^1 the schema names main and temp are not allowed/],
        ['SELECT password_hash AS x FROM main._leat_users', qr/^1 the schema names main and temp are not allowed/],
    ) {
        my ($sql, $want) = @$case;
        like(checked($sql), $want, $sql);
    }
};

subtest 'a statement that changes a table of Leat is refused at load' => sub {
    for my $sql ('DELETE FROM _leat_users', 'DELETE FROM _leat_users RETURNING 1 AS x',
        'DELETE FROM "_leat_keys" RETURNING 1 AS x', 'WITH c AS (SELECT 1) DELETE FROM _LEAT_audit RETURNING 1 AS x',
        "UPDATE _leat_users SET roles = '[]' RETURNING id AS x", "INSERT INTO _leat_keys (name) VALUES ('a')",
        "REPLACE INTO _leat_keys (name) VALUES ('a')") {
        like(checked($sql), qr/^1 the tables _leat_\* are read-only/, $sql);
    }
};

subtest 'what is no secret can be read' => sub {
    for my $sql (
        'SELECT id, email, roles FROM _leat_users',
        'SELECT * FROM _leat_sessions',
        'SELECT email FROM users',
        'SELECT u.email FROM t NATURAL FULL JOIN _leat_users AS u',
        'SELECT name, applied_at FROM _leat_migrations',
        "SELECT email FROM (SELECT 'a' AS email) FULL JOIN _leat_users USING (email)",
    ) {
        is(checked($sql), "0 ", $sql);
    }
};

# Rows of others have a number, a size and a place in a page; the server has folders and statements.
subtest 'what SQLite tells of the database cannot be read' => sub {
    for my $case (
        ['SELECT max(mx_payload) AS x FROM dbstat', qr/^1 no such table: dbstat/],
        ["SELECT 1 AS x FROM dbstat('main')", qr/^1 no such table: dbstat/],
        ['SELECT sql AS x FROM sqlite_stmt', qr/^1 no such table: sqlite_stmt/],
        ['SELECT seq AS x FROM sqlite_sequence', qr/^1 no such column: seq/],
        ['SELECT seq AS x FROM "SQLITE_sequence"', qr/^1 no such column: seq/],
        ['SELECT stat AS x FROM sqlite_stat1', qr/^1 no such column: stat/],
        ['SELECT file AS x FROM pragma_database_list', qr/^1 no such column: file/],
        ['SELECT integrity_check AS x FROM pragma_integrity_check', qr/^1 no such column: integrity_check/],
        ["SELECT 1 AS x FROM [pragma_foreign_key_check]('t')", qr/^1 'pragma_foreign_key_check' is not a function/],
        ['SELECT x FROM pages', qr/^1 no such table: main\.dbstat/],
        ['SELECT x FROM place', qr/^1 no such column: file/],
        ['SELECT x FROM last', qr/^1 no such column: seq/],
    ) {
        my ($sql, $want) = @$case;
        like(checked($sql), $want, $sql);
    }
    for my $sql ('SELECT value FROM json_each(json_array(1))', "SELECT name FROM pragma_table_xinfo('t')",
        'SELECT name FROM sqlite_schema') {
        is(checked($sql), '0 ', $sql);
    }
};

# Returns a trigger on t that reads something.
sub reading { my ($what) = @_; return "AFTER INSERT ON t BEGIN UPDATE t SET x = (SELECT $what); END" }

subtest 'a migration whose trigger would see a secret is refused' => sub {
    for my $case (
        ['on a table', 'AFTER UPDATE ON _leat_users BEGIN INSERT INTO t (x) VALUES (new.password_hash); END'],
        ['that read one', reading('value FROM _leat_keys')],
        ['that read a view of one', reading('x FROM hashes')],
        ['behind a byte order mark', reading("value FROM ${bom}_leat_keys")],
        ['in other letters', reading('value FROM [_LEAT_keys]')],
    ) {
        my ($name, $sql) = @$case;
        $leat->write('migrations/0002_b.up.sql', "CREATE TRIGGER leak $sql;\n");
        like(checked('SELECT id FROM t'),
            qr/migrations\/0002_b\.up\.sql: the trigger leak names \w+ and would see secrets/i, $name);
    }
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
};

subtest 'a migration that would copy or rename a secret is refused' => sub {
    my $secrets = qr/a migration must not read the secrets of Leat's own tables$/m;
    my $changes = qr/a migration must not alter or drop Leat's own tables$/m;
    my $index   = q{CREATE VIRTUAL TABLE g USING fts4(secret, content='full')};
    my $rebuilds = "r AFTER INSERT ON t BEGIN INSERT INTO g (g) VALUES ('rebuild'); END";
    my $reads    = 'r AFTER INSERT ON t BEGIN UPDATE t SET x = (SELECT x FROM later); END';
    my $fire    = "INSERT INTO t (x) VALUES ('a'); DROP TRIGGER r";
    my $silent  = '(SELECT NULL AS password_hash) FULL JOIN _leat_users USING (password_hash)';
    my $harmless = 'CREATE VIEW later AS SELECT 1 AS x';
    my $changed  = "DROP VIEW later; CREATE VIEW later AS SELECT password_hash AS x FROM $silent";
    for my $case (
        ['CREATE TABLE c AS SELECT * FROM _leat_users', $secrets],
        ['CREATE TABLE c AS SELECT x FROM hashes', $secrets],
        ['INSERT INTO t (x) SELECT hex(value) FROM "_leat_keys"', $secrets],
        ['UPDATE _LEAT_users SET email = password_hash', $secrets],
        ["UPDATE t SET x = (SELECT secret FROM _leat_totp)", $secrets],
        ['INSERT INTO t (x) SELECT body FROM _leat_idempotency', $secrets],
        ['UPDATE _leat_users SET email = email RETURNING password_hash', $secrets],
        ["CREATE TABLE c AS SELECT password_hash FROM $silent", $secrets],
        ["CREATE TEMP VIEW v AS SELECT password_hash AS x FROM $silent; INSERT INTO t (x) SELECT x FROM v", $secrets],
        ['CREATE TABLE c AS SELECT secret FROM full', $secrets],
        ['CREATE TABLE c AS SELECT value FROM (SELECT NULL AS value) NATURAL RIGHT JOIN _leat_keys', $secrets],
        ["INSERT INTO found (found) VALUES ('rebuild'); CREATE TABLE c AS SELECT * FROM found", $secrets],
        ["$index; INSERT INTO g (g) VALUES ('rebuild')", $secrets],
        ["$index; WITH a AS (VALUES (1)) INSERT INTO main . [G] (g) VALUES ('rebuild')", $secrets],
        ["$index; UPDATE g SET secret = '' WHERE rowid = 1", $secrets],
        ["$index; REPLACE INTO g (docid, secret) VALUES (1, '')", $secrets],
        ["$index; CREATE TRIGGER $rebuilds; $fire", $secrets],
        ["$index; CREATE TEMP TRIGGER $rebuilds; $fire", $secrets],
        ["$harmless; CREATE TEMP VIEW v AS SELECT x FROM later; $changed; INSERT INTO t (x) SELECT x FROM v", $secrets],
        ["$harmless; CREATE TRIGGER $reads; $changed; $fire", $secrets],
        ['ALTER TABLE _leat_users RENAME TO people', $changes],
        ['ALTER TABLE _leat_users RENAME COLUMN password_hash TO x', $changes],
        ['ALTER TABLE _leat_totp DROP COLUMN secret', $changes],
        ['DROP TABLE _leat_audit', $changes],
    ) {
        my ($sql, $want) = @$case;
        $leat->write('migrations/0002_b.up.sql', "$sql;\n");
        like(checked('SELECT id FROM t'), $want, $sql);
    }
    $leat->write('migrations/0002_b.up.sql', <<'SQL');
INSERT INTO t (x) SELECT email FROM _leat_users WHERE id IN (SELECT user_id FROM _leat_sessions);
UPDATE _leat_users SET roles = '["admin"]', password_hash = NULL WHERE email = 'ann@example.org';
DELETE FROM _leat_users WHERE disabled_at < '2020';
CREATE TABLE owned (id INTEGER PRIMARY KEY, owner TEXT NOT NULL REFERENCES _leat_users (id) ON DELETE CASCADE);
CREATE VIEW later AS SELECT password_hash AS x FROM (SELECT NULL AS password_hash) FULL JOIN _leat_users
    USING (password_hash);
ALTER TABLE t ADD COLUMN y TEXT;
CREATE TABLE kinds (full TEXT);
INSERT INTO kinds (full) VALUES ('full');
CREATE VIRTUAL TABLE g USING fts4(secret, content='full');
DROP TABLE g;
SQL
    is(checked('SELECT id FROM t'), '0 ', 'what reads no secret is run');
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
};

# The success of an insert would reveal whether a guessed secret is right, without any limit on
# guesses.
subtest 'a migration whose foreign key leads to a secret is refused' => sub {
    for my $case (
        ['to a secret', 'CREATE TABLE probe (h TEXT REFERENCES _leat_sessions (secret_hash))', '_leat_sessions'],
        ['to a key that is one', 'CREATE TABLE probe (h TEXT REFERENCES _LEAT_email_tokens)', '_LEAT_email_tokens'],
        ['to a key with one in it', join(' ', 'CREATE TABLE probe (u TEXT, h TEXT,',
         'FOREIGN KEY (u, h) REFERENCES _leat_recovery_codes)'), '_leat_recovery_codes'],
    ) {
        my ($name, $sql, $table) = @$case;
        $leat->write('migrations/0002_b.up.sql', "$sql;\n");
        like(checked('SELECT id FROM t'),
            qr/migrations\/0002_b\.up\.sql: a foreign key of probe leads to a secret of $table/, $name);
    }
    $leat->write('migrations/0002_b.up.sql',
        "CREATE TABLE probe (u TEXT REFERENCES _leat_users, e TEXT REFERENCES _leat_users (email));\n");
    is(checked('SELECT u FROM probe'), '0 ', 'what is no secret may be one');
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
};

subtest 'a trigger that somebody else has made keeps workers from starting' => sub {
    is(checked('SELECT id FROM t'), '0 ', 'the document is good');
    is($leat->leat('migrate', 'up')->{code}, 0, 'and so are the migrations');
    run_command('sqlite3', "$leat->{dir}/app.db",
        'CREATE TRIGGER leak ' . reading('value FROM _leat_keys'));
    $leat->launch;
    is($leat->wait_exit(20), 1, 'exit 1');
    my $why = "the trigger leak names _leat_keys and would see secrets of Leat's own tables; read them";
    like($leat->log, qr/$why/, 'and it is named');
};

all_done();
