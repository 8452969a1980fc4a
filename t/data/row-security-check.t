# SPDX-License-Identifier: MIT
# leat check refuses statements, owners, documents and migrations that would circumvent x-tables: owner,
# and accepts what circumvents nothing.
use strict;
use warnings;
use Leat::RowSecurity;
use Leat::Test;
use Test::More;

my $leat = owned("$head${tables}paths: {}\n");
# Each makes the paths of a document with the one operation `it`.
my $list = sub { my ($sql) = @_; return "paths:\n" . list('it', $sql) };
my $write = sub {
    my ($sql, $more) = @_;
    return "paths:\n" . change('it', 'delete', 'count', 200, $count, $sql, $more);
};
my $insert = sub {
    my ($security) = @_;
    my $sql = 'INSERT INTO todos (owner_id, title) VALUES (:_sub, :title)';
    return "paths:\n" . change('it', 'post', 'count', 200, $count, $sql, $security);
};
my $free = "security: [{bearer: [a]}]\n      x-unrestricted: true";
my $named = qr/the schema names main and temp are not allowed/;
my $reserved = qr/it: the functions leat_\*\(\) are reserved; use :_sub for the caller/;
my $scoped = qr/it: x-sql: x-unrestricted: each security requirement/;
my $secret_column = qr/is a secret column of Leat's own tables/;

subtest 'leat check refuses every way around row security' => sub {
    for my $case (
        ['a read of main.', $list->('SELECT id FROM main.todos'),
         qr/api\.yaml:\d+:\d+: it: $named; write the table name alone/],
        ['quoted', $list->(q{SELECT id FROM \"main\" . todos}), $named],
        ['in a subquery of a change', $write->('DELETE FROM lists WHERE id IN (SELECT list_id FROM main.todos)'),
         $named],
        ['temp.', $list->('SELECT id FROM temp.todos'), $named],
        ['leat_sub()', $list->('SELECT id FROM todos WHERE leat_sub() > 1'),
         $reserved],
        ['leat_sub() in double quotes', $list->(q{SELECT \"leat_sub\"() AS title}), $reserved],
        ['leat_own() in brackets', $list->('SELECT [leat_own](1, NULL) AS n'), $reserved],
        ['leat_own() in back quotes', $write->('DELETE FROM lists WHERE `LEAT_own` (owner_id, NULL)'), $reserved],
        ['x-unrestricted without a scope', $write->('DELETE FROM todos', 'x-unrestricted: true'),
         qr/$scoped must name a scope/],
        ['x-unrestricted with one way without',
         $write->('DELETE FROM todos', $free =~ s/\[a\]\}/[a]}, {bearer: []}/r), $scoped],
        ['a public x-unrestricted', $write->('DELETE FROM todos', "security: []\n      x-unrestricted: true"), $scoped],
        ['x-unrestricted that is no boolean', $write->('DELETE FROM todos', 'x-unrestricted: 1'),
         qr/x-unrestricted: must be/],
        ['secrets', $list->('SELECT password_hash AS title FROM _leat_users'),
         qr/it: password_hash $secret_column, which no statement can read/],
        ['a column that may be NULL, through the view', $list->('SELECT list_id AS n FROM todos'),
         qr/it: the column n may be NULL, but the response schema does not allow null/],
        ['a column of another type, through the view', $list->('SELECT title AS n FROM todos'),
         qr/it: the column n is TEXT, but the response schema says integer/],
        ['nobody as an owner', $insert->('security: []'), join(' ', 'it: :_sub is NULL on a public operation,',
         'but todos\.owner_id is NOT NULL; add security to the operation')],
        ['perhaps nobody', $insert->('security: [{}, {bearer: []}]'), qr/it: :_sub is NULL on a public operation/],
        ['main., unrestricted', $write->('DELETE FROM main.todos', $free), $named],
        ['a secret, unrestricted',
         $write->('DELETE FROM todos WHERE title IN (SELECT secret FROM _leat_totp)', $free),
         qr/it: secret $secret_column/],
        ['a secret that only USING names', $list->(join ' ', 'SELECT password_hash AS title',
         'FROM (SELECT NULL AS password_hash) FULL JOIN _leat_users USING (password_hash)'),
         qr/it: cannot join using column password_hash/],
        ['writes to _leat_', $write->('DELETE FROM _leat_users'), qr/the tables _leat_\* are read-only/],
    ) {
        my ($name, $rest, $want) = @$case;
        $leat->write('api.yaml', "$head$tables$rest");
        my $r = $leat->leat('check');
        is($r->{code}, 1, "refused: $name");
        like($r->{err}, qr/$want/, '… with the reason');
    }
};

subtest 'leat check refuses an owner that is no plain NOT NULL column of text in a table' => sub {
    for my $case (
        ['log', 'what', qr/warning: x-tables: log: owner: no index begins with what/, 0],
        ['lists', 'name', qr/warning: x-tables: lists: owner: no index begins with name/, 0],
        ['nowhere', 'a', qr/api\.yaml:\d+:\d+: x-tables: nowhere: owner: a: no such table/],
        ['_leat_users', 'id', qr/no such table/],
        ['todos', 'nobody', qr/todos: owner: nobody: has no such column/],
        ['todos', 'n', qr/must be TEXT/],
        ['busy', 'title', qr/is a view/],
        ['odd', 'free', qr/can be NULL, which would leave rows without an owner; declare it NOT NULL/],
        ['odd', 'made', qr/is generated/],
        ['odd', 'loose', qr/must not have a COLLATE clause/],
        ['odder', 'owner_id', qr/WITHOUT ROWID/],
        ['words', 'w', qr/is a virtual table/],
    ) {
        my ($table, $column, $want, $code) = @$case;
        $leat->write('migrations/0002_b.up.sql', <<'SQL');
CREATE TABLE odd (free TEXT, made TEXT NOT NULL AS (free), loose TEXT NOT NULL COLLATE NOCASE);
CREATE TABLE odder (id TEXT, v TEXT AS (id), owner_id TEXT NOT NULL, PRIMARY KEY (owner_id, id)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (w);
SQL
        $leat->write('api.yaml', "${head}x-tables: {$table: {owner: $column}}\n" . $list->('SELECT 1 AS n'));
        my $r = $leat->leat('check');
        is($r->{code}, $code // 1, "$table.$column");
        like($r->{err}, $want, '… with the reason') ;
    }
};

subtest "a scan of a whole table is reported through the view too, by the table's name" => sub {
    my $log = "${head}x-tables: {log: {owner: what}}\n";
    my $no_scans = sub { my ($sql) = @_; return $list->($sql) =~ s/x-allow-scan: true/x-allow-scan: false/r };
    $leat->write('api.yaml', $log . $no_scans->('SELECT what AS title FROM log AS l'));
    like($leat->leat('check')->{err}, qr/warning: it: scans the whole table log/, 'a walk is seen through the view');
    $leat->write('api.yaml', "$head$tables" . $no_scans->('SELECT title FROM todos AS t'));
    unlike($leat->leat('check')->{err}, qr{whole table}, 'and the index of the owner ends it');
    is($leat->leat('routes')->{code}, 0, 'leat routes proves such a document too');
};

subtest 'statements that circumvent nothing are accepted' => sub {
    for my $case (
        ['a view over what nobody owns', $list->('SELECT what AS title FROM quiet')],
        ['the name in another table\'s place', $list->('SELECT id AS n FROM lists AS todos')],
        ['_leat_ tables without their secrets',
         $list->('SELECT u.email AS title FROM _leat_users u JOIN todos t ON t.owner_id = u.id')],
        ['a view, unrestricted', $write->('DELETE FROM log WHERE what IN (SELECT title FROM busy)', $free)],
        ['a view', $list->('SELECT id, title, n FROM busy')],
        ['a view of a view', $list->('SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM busier)')],
        ['a view in a change', $write->('DELETE FROM log WHERE what IN (SELECT title FROM busy)')],
        ['what is left of a table with secrets', $list->('SELECT 1 AS n FROM (SELECT * FROM _leat_sessions)')],
    ) {
        my ($name, $rest) = @$case;
        $leat->write('api.yaml', "$head$tables$rest");
        my $r = $leat->leat('check');
        is($r->{code}, 0, "good: $name") or diag($r->{err});
    }
};

subtest 'two documents must agree on an owner' => sub {
    $leat->write('other.yaml', "${head}servers: [{url: /other}]\nx-tables: {todos: {owner: title}}\npaths: {}\n");
    $leat->write('api.yaml', "$head$tables" . $list->('SELECT id FROM todos'));
    my $both = join ", ", map { "{document: $leat->{dir}/$_.yaml}" } qw(api other);
    $leat->configure("$leat->{identity}api: [$both]\n");
    like($leat->leat('check')->{err}, qr/x-tables: todos: owner: is title here but owner_id in another document/,
        'documents that contradict each other');
};

subtest 'a foreign key that leaves out the owner is warned of' => sub {
    $leat->configure($leat->{identity});
    for my $case (
        ['FOREIGN KEY (owner_id, list_id) REFERENCES lists (owner_id, id)', 0],
        ['FOREIGN KEY (list_id, owner_id) REFERENCES lists (id, owner_id)', 0],
        ['FOREIGN KEY (id, owner_id) REFERENCES lists', 0],
        ['FOREIGN KEY (owner_id, list_id) REFERENCES lists', 1],
        ['FOREIGN KEY (list_id) REFERENCES Lists (id)', 1],
        ['parent INTEGER REFERENCES todos', 1],
        ['other INTEGER REFERENCES free', 0],
    ) {
        my ($key, $warns) = @$case;
        my @columns = $key =~ /^FOREIGN/ ? ('list_id INTEGER', $key) : ($key, 'list_id INTEGER');
        $leat->write('migrations/0001_a.up.sql', <<"SQL");
CREATE TABLE free (id INTEGER PRIMARY KEY);
CREATE TABLE lists (id INTEGER, owner_id TEXT NOT NULL, PRIMARY KEY (id, owner_id), UNIQUE (owner_id, id), UNIQUE (id));
CREATE TABLE todos (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, @{[join ', ', @columns]});
CREATE INDEX todos_by_owner ON todos (owner_id);
SQL
        unlink "$leat->{dir}/migrations/0002_b.up.sql";
        $leat->write('api.yaml', "$head$tables" . $list->('SELECT id FROM todos'));
        my $err = $leat->leat('check')->{err};
        is(scalar(() = $err =~ /a foreign key can refer to another owner's row/g), $warns, $key) or diag($err);
    }
};


all_done();
