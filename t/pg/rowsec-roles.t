# SPDX-License-Identifier: MIT
# Row security on PostgreSQL is policies of its own: leat migrate up writes them, leat check verifies
# them, and finds what would go round them.
use strict;
use warnings;
use Leat::Postgres;
use Leat::Program;
use Leat::Test;
use Test::More;

my $pg = Leat::Postgres->new;
my $names = 0;
my $document = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
security: [{bearer: []}]
x-tables: {todos: {owner: owner_id}}
paths:
  /todos/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1, maximum: 1000}}]
      responses: {"200": {description: d, content: {application/json: {schema: {type: object,
        properties: {id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT id FROM todos WHERE id = :id"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
YAML
my $todos = "CREATE TABLE todos (id integer PRIMARY KEY, owner_id text NOT NULL, title text NOT NULL);\n"
    . "CREATE INDEX todos_owner ON todos (owner_id);\n";

# An application with a database of its own, and what the check says of its owned table.
sub application {
    my ($sql, %o) = @_;
    $ENV{LEAT_DATABASE_URL} = $pg->create('r' . ++$names, %o);
    return Leat::Test->new(document => $o{document} // $document, migrations => {"0001_a.up.sql" => $sql});
}
sub ask { my ($sql, $role) = @_; return $pg->sql("r$names", $sql, $role) }
sub findings {
    my ($leat) = @_;
    return join "\n", map { /api\.yaml:\d+:\d+: ((?:warning: )?x-tables: .*)/ ? $1 : () }
        split /\n/, $leat->leat('check')->{err};
}

subtest 'the policy is written after the migrations, and keeps owners apart' => sub {
    my $leat = application($todos);
    is(findings($leat), '', 'the table can be owned');
    my $r = $leat->leat('migrate', 'up');
    is("$r->{code} $r->{out}$r->{err}", "0 applied 0001_a\nprotected todos\n", 'leat migrate up protects it');
    is($leat->leat('migrate', 'up')->{out}, '', 'once');
    ask("SET leat.sub = 'ann'; INSERT INTO todos VALUES (1, 'ann', 'a');
        SET leat.sub = 'bob'; INSERT INTO todos VALUES (2, 'bob', 'b')", 'app');
    is(ask("SET leat.sub = 'ann'; SELECT string_agg(title, '') FROM todos", 'app'), 'a', 'ann sees her row');
    is(ask('SELECT count(*) FROM todos', 'app'), 0, 'nobody sees none, the owner of the table neither');
    ok(!eval { ask("SET leat.sub = 'ann'; INSERT INTO todos VALUES (3, 'bob', 'c')", 'app'); 1 },
        'ann cannot write for bob');
    like($@, qr/violates row-level security policy/, 'by the policy');
    unlike($leat->leat('check')->{err}, qr/row security/, 'the check finds it in force');
    for (['NO FORCE ROW LEVEL SECURITY', 'row security is not forced upon its owner'],
        ['DISABLE ROW LEVEL SECURITY', 'row security is off']) {
        my ($change, $why) = @$_;
        ask("ALTER TABLE todos $change", 'app');
        like($leat->leat('check')->{err},
            qr/row security is not in force: the table todos: $why; run leat migrate up/, $why);
    }
    is($leat->leat('migrate', 'up')->{out}, "protected todos\n", 'which mends both');
    ask('DROP POLICY leat_owner ON todos; CREATE POLICY leat_owner ON todos USING (true)', 'app');
    like($leat->leat('check')->{err},
        qr/the table todos: the policy leat_owner is another one/, 'another policy of that name');
    is($leat->leat('migrate', 'up')->{out}, "protected todos\n", 'is replaced');
    done_testing;
};

subtest 'tables that cannot be owned' => sub {
    my %rows = (
        'no such table' => 'SELECT 1;',
        'has no such column' => 'CREATE TABLE todos (id integer PRIMARY KEY, owner text NOT NULL);',
        'the column must be text, like subjects' =>
            'CREATE TABLE todos (id integer PRIMARY KEY, owner_id uuid NOT NULL);',
        'the column can be NULL, which would leave rows without an owner; declare it NOT NULL' =>
            'CREATE TABLE todos (id integer PRIMARY KEY, owner_id text);',
        'the column is generated' =>
            "CREATE TABLE todos (id integer PRIMARY KEY, owner_id text NOT NULL GENERATED ALWAYS AS ('a') STORED);",
        'the column must not have a collation that finds different texts equal' =>
            "CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            . 'CREATE TABLE todos (id integer PRIMARY KEY, owner_id text COLLATE same NOT NULL);',
        'is a view; name its tables instead' => "CREATE VIEW todos AS SELECT 1 AS id, 'a' AS owner_id;",
    );
    for my $why (sort keys %rows) {
        is(findings(application($rows{$why})), "x-tables: todos: owner: owner_id: $why", $why);
    }
    done_testing;
};

subtest 'ways round the policy' => sub {
    is(findings(application($todos . 'CREATE VIEW titles AS SELECT title FROM todos;'
            . 'CREATE VIEW long AS SELECT * FROM titles;')),
        join("\n", map { "x-tables: todos: owner: owner_id: the view $_ shows the rows of all owners; create it WITH"
            . ' (security_invoker = true)' } qw(long titles)), 'views, also over views');
    is(findings(application($todos . 'CREATE VIEW titles WITH (security_invoker = true) AS SELECT title FROM todos;')),
        '', 'but not those of the invoker');
    is(findings(application($todos . 'CREATE MATERIALIZED VIEW titles AS SELECT title FROM todos;')),
        'x-tables: todos: owner: owner_id: the materialized view titles holds the rows of all owners',
        'materialized views');
    my $definer = 'RETURNS bigint LANGUAGE sql SECURITY DEFINER';
    is(findings(application($todos . "CREATE TABLE todos_x (id integer);"
            . "CREATE FUNCTION all_of() $definer AS 'SELECT count(*) FROM todos';"
            . "CREATE FUNCTION more() $definer BEGIN ATOMIC SELECT count(*) FROM todos; END;"
            . "CREATE FUNCTION other() $definer AS 'SELECT count(*) FROM todos_x';"
            . "CREATE FUNCTION mine() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM todos';")),
        join("\n", map { "warning: x-tables: todos: owner: the function $_ is SECURITY DEFINER and names the table:"
            . ' it may reach the rows of all owners' } qw(all_of more)), 'functions with the rights of their definer');
    is(findings(application('CREATE TABLE todos (id integer PRIMARY KEY, owner_id text NOT NULL,'
            . ' parent integer REFERENCES todos);')),
        "warning: x-tables: todos: owner: no index begins with owner_id, so each read scans the whole table\n"
        . "warning: x-tables: todos: owner: a foreign key can refer to another owner's row of todos;"
        . ' include owner_id in it',
        'keys that do not have the owner');
    done_testing;
};

subtest 'partitions have policies of their own' => sub {
    my $leat = application('CREATE TABLE todos (id integer, owner_id text NOT NULL, PRIMARY KEY (owner_id, id))'
        . " PARTITION BY LIST (owner_id); CREATE TABLE todos_ann PARTITION OF todos FOR VALUES IN ('ann');");
    is($leat->leat('migrate', 'up')->{out}, "applied 0001_a\nprotected todos\nprotected todos_ann\n",
        'each is protected');
    ask("SET leat.sub = 'ann'; INSERT INTO todos VALUES (1, 'ann')", 'app');
    is(ask("SET leat.sub = 'bob'; SELECT count(*) FROM todos_ann", 'app'), 0, 'and hides its rows');
    done_testing;
};

subtest 'roles that policies do not bind' => sub {
    for (['SUPERUSER', 'is a superuser'], ['NOSUPERUSER BYPASSRLS CREATEDB', 'has BYPASSRLS']) {
        my ($attributes, $why) = @$_;
        my $leat = application($todos, role => 'strong', attributes => $attributes);
        is(findings($leat),
            "x-tables: todos: owner: owner_id: the role strong $why, so that row security does not bind it", $why);
    }
    my $leat = application("CREATE TABLE todos (id integer PRIMARY KEY);\n", role => 'strong',
        attributes => 'SUPERUSER', document => $document =~ s/^x-tables.*\n//mr);
    unlike($leat->leat('check')->{err}, qr/superuser/, 'are told only where rows have owners');
    done_testing;
};

all_done();
