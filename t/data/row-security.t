# SPDX-License-Identifier: MIT
# x-tables: owner. SQL without any WHERE neither leaks another user's rows nor changes them; `leat
# check` refuses statements that would circumvent that.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use Leat::Test;
use MIME::Base64 qw(encode_base64url);
use Test::More;

my $secret = '0123456789abcdef0123456789abcdef';
my $key = encode_base64url($secret);

# Returns a bearer token of this server.
sub token {
    my ($sub, @scopes) = @_;
    my $json = JSON::PP->new->canonical;
    my $claims = {iss => 'leat', aud => 'leat', iat => time, exp => time + 600, jti => 'x', client_id => 'x',
                  scope => "@scopes", $sub ne '' ? (sub => $sub) : ()};
    my $text = join '.', map { encode_base64url($json->encode($_)) } {alg => 'HS256', typ => 'at+jwt', kid => 'k'}, $claims;
    return "$text." . encode_base64url(hmac_sha256($text, $secret));
}

my $migration = <<'SQL';
CREATE TABLE lists (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX lists_by_owner ON lists (owner_id);
CREATE TABLE todos (
    id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT NOT NULL UNIQUE, n INTEGER NOT NULL DEFAULT 0,
    list_id INTEGER REFERENCES lists (id) ON DELETE CASCADE
);
CREATE INDEX todos_by_owner ON todos (owner_id, id);
CREATE TABLE log (what TEXT NOT NULL);
CREATE TRIGGER log_bumps AFTER INSERT ON log WHEN new.what = 'bump' BEGIN UPDATE todos SET n = n + 1; END;
CREATE TRIGGER log_counts AFTER INSERT ON log WHEN new.what = 'count' BEGIN
    UPDATE log SET what = 'rows: ' || (SELECT count(*) FROM todos) WHERE rowid = new.rowid;
END;
CREATE VIEW busy AS SELECT id, title, n FROM todos WHERE n > 0;
CREATE VIEW busier AS WITH todos AS (SELECT * FROM busy) SELECT * FROM todos;
CREATE VIEW quiet AS SELECT what FROM log;
INSERT INTO lists VALUES (1, 'u1', 'mine'), (2, 'u2', 'hers');
INSERT INTO todos (id, owner_id, title, list_id) VALUES (1, 'u1', 'a', 1), (2, 'u1', 'b', 1), (3, 'u2', 'c', 2), (4, 'u2', 'd', 1);
SQL

my $row = '{type: object, properties: {id: {type: integer}, title: {type: [string, "null"]}, n: {type: integer}}}';
my $page = "{type: object, properties: {items: {type: array, items: $row}, next: {type: [string, 'null']}}}";
my $count = '{type: object, properties: {count: {type: integer}}}';
sub takes { my ($sql) = @_; my %p = map { $_ => 1 } $sql =~ /:(title|owner)\b/g; return %p ? 'requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {' . join(', ', map { "$_: {type: string}" } sort keys %p) . '}}}}}' : () }
my $id = 'parameters: [{name: id, in: path, required: true, schema: {type: integer}}]';

# Returns "200 schema" as the responses of an operation.
sub gives { my ($status, $schema) = @_; return qq[responses: {"$status": {description: d, content: {application/json: {schema: $schema}}}}] }
sub list { my ($name, $sql) = @_; return "  /$name:\n    get:\n      operationId: $name\n      x-allow-scan: true\n      " . gives(200, "{type: array, items: $row}") . "\n      x-sql: {returns: list, sql: \"$sql\"}\n" }
sub change {
    my ($name, $method, $returns, $status, $schema, $sql, $more) = @_;
    my $path = $name =~ /One$/ ? "$name/{id}" : $name;
    my @lines = ("operationId: $name", 'x-allow-scan: true', $path ne $name ? $id : (), takes($sql), gives($status, $schema),
                 $more // (), "x-sql: {returns: $returns, sql: \"$sql\"}");
    return "  /$path:\n    $method:\n" . join '', map { "      $_\n" } @lines;
}

my $head = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
security: [{bearer: []}]
YAML
my $tables = "x-tables: {todos: {owner: owner_id}, lists: {owner: owner_id}}\n";
my $paths = join '',
    "paths:\n  /paged:\n    get:\n      operationId: paged\n",
    "      parameters: [{name: n, in: query, schema: {type: integer}}, {name: limit, in: query, schema: {type: integer}}, {name: cursor, in: query, schema: {type: string}}]\n",
    '      ' . gives(200, $page) . "\n",
    "      x-sql: {returns: list, sql: 'SELECT id, title, n FROM todos', filter: {n: n}, page: {by: [id], limit: limit, cursor: cursor}}\n",
    list('plain', 'SELECT id, title FROM todos ORDER BY id'),
    list('joined', 'SELECT t.id, l.name AS title FROM lists l JOIN todos t ON t.list_id = l.id ORDER BY t.id'),
    list('crossed', 'SELECT t.id * 10 + l.id AS id FROM todos AS t, lists AS l ORDER BY 1'),
    list('nested', 'SELECT l.id, (SELECT group_concat(title) FROM todos) AS title FROM lists l'),
    list('exists', "SELECT 1 AS id WHERE EXISTS (SELECT 1 FROM todos WHERE title = 'c')"),
    list('counted', 'SELECT count(*) AS n FROM todos'),
    list('cte', 'WITH x AS (SELECT * FROM todos), y AS (SELECT id FROM x) SELECT id FROM y ORDER BY id'),
    list('union', 'SELECT id FROM todos UNION ALL SELECT id + 100 FROM lists'),
    list('window', 'SELECT id, sum(id) OVER () AS n FROM todos ORDER BY id'),
    list('logged', 'SELECT what AS title FROM quiet'),
    change('getOne', 'get', 'one', 200, $row, 'SELECT id, title, n FROM todos WHERE id = :id'),
    change('putOne', 'put', 'one', 200, $row, 'UPDATE todos SET title = :title WHERE id = :id RETURNING id, title, n'),
    change('giveOne', 'put', 'one', 200, $row, 'UPDATE todos SET owner_id = :owner WHERE id = :id RETURNING id'),
    change('deleteOne', 'delete', 'one', 200, $row, 'DELETE FROM todos WHERE id = :id RETURNING id'),
    change('deleteListOne', 'delete', 'one', 200, $row, 'DELETE FROM lists WHERE id = :id RETURNING id'),
    change('putAll', 'put', 'count', 200, $count, 'UPDATE todos SET n = n + 1'),
    change('deleteAll', 'delete', 'count', 200, $count, 'DELETE FROM todos'),
    change('putOwn', 'put', 'count', 200, $count, 'WITH own AS (SELECT id FROM todos) UPDATE OR FAIL todos SET n = n + 1 WHERE id IN (SELECT id FROM own)'),
    change('create', 'post', 'one', 201, $row, 'INSERT INTO todos (owner_id, title) VALUES (:owner, :title) RETURNING id, title'),
    change('upsert', 'post', 'one', 200, $row, 'INSERT INTO todos (owner_id, title) VALUES (:_sub, :title) ON CONFLICT (title) DO UPDATE SET n = todos.n + 10 RETURNING title, n'),
    change('replace', 'post', 'one', 200, $row, 'INSERT OR REPLACE INTO todos (owner_id, title) VALUES (:_sub, :title) RETURNING title'),
    change('copy', 'post', 'count', 200, $count, "INSERT INTO todos (owner_id, title) SELECT owner_id, title || '2' FROM todos"),
    change('trigger', 'post', 'count', 200, $count, 'INSERT INTO log VALUES (:title)'),
    change('admin', 'get', 'list', 200, "{type: array, items: $row}", 'SELECT id, title, n FROM todos ORDER BY id', "security: [{bearer: ['todos:all']}]\n      x-unrestricted: true"),
    change('adminPut', 'put', 'count', 200, $count, "UPDATE todos SET title = title || '' WHERE n < 100", "security: [{bearer: ['todos:all']}]\n      x-unrestricted: true");
my $leat = Leat::Test->new(
    document => "$head$tables$paths", migrations => {'0001_a.up.sql' => $migration}, files => {key => $secret}, workers => 1);
my $identity = "identity: {keys: [{key: 'file:$leat->{dir}/key', id: k, algorithm: HS256}]}\n";
$leat->configure($identity);
my $check = $leat->leat('check');
is($check->{code}, 0, 'the document is good') or diag($check->{err});
is($check->{err} =~ s/^\S*api\.yaml:\d+:\d+: //r, "warning: x-tables: todos: owner: a foreign key can refer to another owner's row of lists; include owner_id in it\n",
   'with one warning: the owners have their indexes');
$leat->start;

my %token = (u1 => token('u1'), u2 => token('u2'), admin => token('u1', 'todos:all'), newcomer => token('u9'));
sub as {
    my ($who, $method, $path, $data) = @_;
    my $r = $leat->request(uc $method, $path, headers => {Authorization => "Bearer $token{$who}"}, $data ? (json => $data) : ());
    return $r // {status => 0, body => ''};
}
my $sorted = JSON::PP->new->canonical->allow_nonref;
sub seen { my ($r) = @_; return "$r->{status} " . ($r->{status} < 300 ? $sorted->encode($r->{json}) : '') }
sub of { my ($owner) = @_; return join ' ', map { "$_->{id}$_->{title}$_->{n}" } grep { $owner eq 'u2' ? $_->{title} =~ /^[cd]/ : $_->{title} !~ /^[cd]/ } @{as('admin', 'get', '/admin')->{json}} }

# --- reading ---
for my $case (
    ['u1', '/plain',     '[{"id":1,"title":"a"},{"id":2,"title":"b"}]'],
    ['u2', '/plain',     '[{"id":3,"title":"c"},{"id":4,"title":"d"}]'],
    ['newcomer', '/plain', '[]'],
    ['u1', '/joined',    '[{"id":1,"title":"mine"},{"id":2,"title":"mine"}]'],
    ['u2', '/joined',    '[{"id":3,"title":"hers"}]'],
    ['u2', '/crossed',   '[{"id":32},{"id":42}]'],
    ['u1', '/nested',    '[{"id":1,"title":"a,b"}]'],
    ['u1', '/exists',    '[]'],
    ['u2', '/exists',    '[{"id":1}]'],
    ['u1', '/counted',   '[{"n":2}]'],
    ['newcomer', '/counted', '[{"n":0}]'],
    ['u2', '/cte',       '[{"id":3},{"id":4}]'],
    ['u1', '/union',     '[{"id":1},{"id":2},{"id":101}]'],
    ['u2', '/window',    '[{"id":3,"n":7},{"id":4,"n":7}]'],
) {
    my ($who, $path, $want) = @$case;
    is(seen(as($who, 'get', $path)), "200 $want", "$path of $who");
}
for my $n (1 .. 4) {
    for my $who (qw(u1 u2)) {
        my $is_own = ($who eq 'u1') == ($n < 3);
        is(as($who, 'get', "/getOne/$n")->{status}, $is_own ? 200 : 404, "$who reads $n");
    }
}
my @ids;
for (my $cursor = ''; defined $cursor;) {
    my $r = as('u2', 'get', '/paged?limit=1' . ($cursor ne '' ? "&cursor=$cursor" : ''))->{json};
    push @ids, map { $_->{id} } @{$r->{items}};
    $cursor = $r->{next};
}
is("@ids", '3 4', 'pages hold the own rows, each once');
is(seen(as('u1', 'get', '/paged?n=0&limit=9')), '200 {"items":[{"id":1,"n":0,"title":"a"},{"id":2,"n":0,"title":"b"}],"next":null}', 'a filter too');
my $theirs = as('u2', 'get', '/paged?limit=1')->{json}{next};
is(seen(as('u1', 'get', "/paged?limit=9&cursor=$theirs")), '200 {"items":[],"next":null}', 'the cursor of another shows nothing of his');
is($leat->get('/plain')->{status}, 401, 'and without a token there is nothing');

# --- changing ---
my $before = of('u2');
is($before, '3c0 4d0', 'u2 has two rows');
for my $case (
    ['put', '/putOne/3', 404, {title => 'x'}],
    ['put', '/giveOne/3', 404, {owner => 'u1'}],
    ['put', '/giveOne/1', 403, {owner => 'u2'}],
    ['delete', '/deleteOne/4', 404],
    ['delete', '/deleteListOne/2', 404],
    ['delete', '/deleteListOne/1', 409],    # the cascade would reach 4
    ['put', '/putAll', 200],
    ['post', '/create', 403, {owner => 'u2', title => 'dx'}],
    ['post', '/create', 422, {title => 'dx'}],
    ['post', '/upsert', 409, {title => 'c'}],
    ['post', '/replace', 409, {title => 'd'}],
    ['post', '/trigger', 403, {title => 'bump'}],
    ['put', '/putOwn', 200],
    ['post', '/create', 201, {owner => 'u1', title => 'e'}],
    ['post', '/upsert', 200, {title => 'e'}],
    ['post', '/replace', 200, {title => 'e'}],
    ['post', '/copy', 200],
    ['put', '/putOne/1', 200, {title => 'aa'}],
) {
    my ($method, $path, $status, $data) = @$case;
    my $r = as('u1', $method, $path, $data);
    is($r->{status}, $status, "u1: $method $path") or diag($r->{body});
    is(of('u2'), $before, "… and u2's rows are as they were");
}
is(as('newcomer', 'put', '/putAll')->{json}{count}, 0, 'a bulk change counts the own rows');
is(as('newcomer', 'delete', '/deleteAll')->{json}{count}, 0, '… whoever else has some');
is(as('u1', 'post', '/trigger', {title => 'count'})->{status}, 200, 'a trigger of main');
like(seen(as('u1', 'get', '/logged')), qr/rows: 8/, '… sees all rows');
is(as('newcomer', 'put', '/putOwn')->{json}{count}, 0, 'who has nothing changes nothing');
is(as('newcomer', 'delete', '/deleteOne/1')->{status}, 404, '… and owns nothing');

is($leat->leat('check', '--live')->{code}, 0, 'the check of what is there sees all rows too');

# --- the violations are known ---
my @events = grep { /security\.row/ } split /\n/, $leat->log;
is(scalar @events, 6, 'each violation is an event') or diag(join "\n", @events);
like($events[0], qr/ warn .*security\.row operation=giveOne table=todos sub="u1" id=\S+$/, '… that names who, where and what');
like($leat->ctl('metrics')->{out}, qr/^leat_security_foreign_rows_total\S* 6$/m, '… and is counted');

# --- unrestricted ---
is(as('u1', 'get', '/admin')->{status}, 403, 'x-unrestricted needs the scope');
is(scalar @{as('admin', 'get', '/admin')->{json}}, 8, '… and then sees all');
is(as('admin', 'put', '/adminPut')->{json}{count}, 8, '… and changes all');
unlike($leat->get('/openapi.json')->{body}, qr/x-unrestricted|x-tables/, 'neither key is published');

# --- what leat check refuses ---
my $list = sub { my ($sql) = @_; return "paths:\n" . list('it', $sql) };
my $write = sub { my ($sql, $more) = @_; return "paths:\n" . change('it', 'delete', 'count', 200, $count, $sql, $more) };
for my $case (
    ['a read of main.', $list->('SELECT id FROM main.todos'), qr/api\.yaml:\d+:\d+: it: the schema names main and temp are not allowed; write the table name alone/],
    ['quoted', $list->(q{SELECT id FROM \"main\" . todos}), qr/the schema names main and temp are not allowed/],
    ['in a subquery of a change', $write->('DELETE FROM lists WHERE id IN (SELECT list_id FROM main.todos)'), qr/the schema names main and temp are not allowed/],
    ['temp.', $list->('SELECT id FROM temp.todos'), qr/the schema names main and temp are not allowed/],
    ['leat_sub()', $list->('SELECT id FROM todos WHERE leat_sub() > 1'), qr/it: the functions leat_\*\(\) are reserved; use :_sub for the caller/],
    ['x-unrestricted without a scope', $write->('DELETE FROM todos', 'x-unrestricted: true'), qr/x-unrestricted: it: each security requirement must name a scope/],
    ['x-unrestricted with one way without', $write->('DELETE FROM todos', "security: [{bearer: [a]}, {bearer: []}]\n      x-unrestricted: true"), qr/x-unrestricted: it: each security requirement/],
    ['a public x-unrestricted', $write->('DELETE FROM todos', "security: []\n      x-unrestricted: true"), qr/x-unrestricted: it: each security requirement/],
    ['x-unrestricted that is no boolean', $write->('DELETE FROM todos', 'x-unrestricted: 1'), qr/x-unrestricted: must be/],
    ['secrets', $list->('SELECT password_hash AS title FROM _leat_users'), qr/it: password_hash is a secret column of Leat's own tables, which no statement can read/],
    ['a column that may be NULL, through the view', $list->('SELECT list_id AS n FROM todos'), qr/it: the column n may be NULL, but the response schema does not allow null/],
    ['a column of another type, through the view', $list->('SELECT title AS n FROM todos'), qr/it: the column n is TEXT, but the response schema says integer/],
    ['nobody as an owner', "paths:\n" . change('it', 'post', 'count', 200, $count, 'INSERT INTO todos (owner_id, title) VALUES (:_sub, :title)', 'security: []'),
     qr/it: :_sub is NULL on a public operation, but todos\.owner_id is NOT NULL; add security to the operation/],
    ['perhaps nobody', "paths:\n" . change('it', 'post', 'count', 200, $count, 'INSERT INTO todos (owner_id, title) VALUES (:_sub, :title)', 'security: [{}, {bearer: []}]'),
     qr/it: :_sub is NULL on a public operation/],
    ['main., unrestricted', $write->('DELETE FROM main.todos', "security: [{bearer: [a]}]\n      x-unrestricted: true"), qr/the schema names main and temp are not allowed/],
    ['a secret, unrestricted', $write->('DELETE FROM todos WHERE title IN (SELECT secret FROM _leat_totp)', "security: [{bearer: [a]}]\n      x-unrestricted: true"),
     qr/it: secret is a secret column of Leat's own tables/],
    ['a secret that only USING names', $list->("SELECT password_hash AS title FROM (SELECT NULL AS password_hash) FULL JOIN _leat_users USING (password_hash)"),
     qr/it: cannot join using column password_hash/],
    ['writes to _leat_', $write->('DELETE FROM _leat_users'), qr/the tables _leat_\* are read-only/],
) {
    my ($name, $rest, $want) = @$case;
    $leat->write('api.yaml', "$head$tables$rest");
    my $r = $leat->leat('check');
    is($r->{code}, 1, "refused: $name");
    like($r->{err}, $want, '… with the reason');
}
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

# A scan of a whole table is reported through the view too, by the table's name.
$leat->write('api.yaml', "${head}x-tables: {log: {owner: what}}\n" . $list->('SELECT what AS title FROM log AS l') =~ s/x-allow-scan: true/x-allow-scan: false/r);
like($leat->leat('check')->{err}, qr/warning: it: scans the whole table log/, 'a walk is seen through the view');
$leat->write('api.yaml', "$head$tables" . $list->('SELECT title FROM todos AS t') =~ s/x-allow-scan: true/x-allow-scan: false/r);
unlike($leat->leat('check')->{err}, qr{whole table}, 'and the index of the owner ends it');
is($leat->leat('routes')->{code}, 0, 'leat routes proves such a document too');

# Unprotected tables stay accessible, and statements that circumvent nothing are accepted.
for my $case (
    ['a view over what nobody owns', $list->('SELECT what AS title FROM quiet')],
    ['the name in another table\'s place', $list->('SELECT id AS n FROM lists AS todos')],
    ['_leat_ tables without their secrets', $list->('SELECT u.email AS title FROM _leat_users u JOIN todos t ON t.owner_id = u.id')],
    ['a view, unrestricted', $write->('DELETE FROM log WHERE what IN (SELECT title FROM busy)', "security: [{bearer: [a]}]\n      x-unrestricted: true")],
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

# Two documents agree on an owner, and protect each other's operations.
$leat->write('other.yaml', "$head${\ 'servers: [{url: /other}]'}\nx-tables: {todos: {owner: title}}\npaths: {}\n");
$leat->write('api.yaml', "$head$tables" . $list->('SELECT id FROM todos'));
$leat->configure("${identity}api: [{document: $leat->{dir}/api.yaml}, {document: $leat->{dir}/other.yaml}]\n");
like($leat->leat('check')->{err}, qr/x-tables: todos: owner: is title here but owner_id in another document/, 'documents that contradict each other');

# Foreign keys must include the owner.
$leat->configure($identity);
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
$leat->write('migrations/0001_a.up.sql', $migration);

# A migration after which the running release would protect nothing is refused.
$leat->configure($identity);
$leat->write('migrations/0002_b.up.sql', 'ALTER TABLE todos RENAME COLUMN owner_id TO user_id');
$leat->write('api.yaml', "${head}x-tables: {todos: {owner: user_id}}\n" . $list->('SELECT id FROM todos'));
my $r = $leat->ctl('reload', '--migrate');
isnt($r->{code}, 0, 'a migration of the owner');
like("$r->{out}$r->{err}", qr/the running release would break after the migrations: x-tables: todos: owner: owner_id: has no such column/, '… would break the running release');
unlike("$r->{out}$r->{err}", qr/after the migrations: [^\n]*user_id/, '… and not the new one');
is(seen(as('u2', 'get', '/counted')), '200 [{"n":2}]', 'which serves on');

all_done();
