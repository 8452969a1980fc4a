# SPDX-License-Identifier: MIT
# x-tables: owner: SQL without any WHERE neither leaks another user's rows nor changes them.
use strict;
use warnings;
use JSON::PP;
use Leat::RowSecurity;
use Leat::Test;
use Test::More;

my $page = "{type: object, properties: {items: {type: array, items: $row}, next: {type: [string, 'null']}}}";
my $paths = "paths:\n" . <<'YAML' . '      ' . gives(200, $page) . "\n" . join '',
  /paged:
    get:
      operationId: paged
      parameters:
      - {name: n, in: query, schema: {type: integer}}
      - {name: limit, in: query, schema: {type: integer}}
      - {name: cursor, in: query, schema: {type: string}}
      x-sql:
        returns: list
        sql: SELECT id, title, n FROM todos
        filter: {n: n}
        page: {by: [id], limit: limit, cursor: cursor}
YAML
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
    change('putOwn', 'put', 'count', 200, $count, join ' ', 'WITH own AS (SELECT id FROM todos)',
        'UPDATE OR FAIL todos SET n = n + 1 WHERE id IN (SELECT id FROM own)'),
    change('create', 'post', 'one', 201, $row,
        'INSERT INTO todos (owner_id, title) VALUES (:owner, :title) RETURNING id, title'),
    change('upsert', 'post', 'one', 200, $row, join ' ', 'INSERT INTO todos (owner_id, title) VALUES (:_sub, :title)',
        'ON CONFLICT (title) DO UPDATE SET n = todos.n + 10 RETURNING title, n'),
    change('replace', 'post', 'one', 200, $row,
        'INSERT OR REPLACE INTO todos (owner_id, title) VALUES (:_sub, :title) RETURNING title'),
    change('copy', 'post', 'count', 200, $count,
        "INSERT INTO todos (owner_id, title) SELECT owner_id, title || '2' FROM todos"),
    change('trigger', 'post', 'count', 200, $count, 'INSERT INTO log VALUES (:title)'),
    change('admin', 'get', 'list', 200, "{type: array, items: $row}",
        'SELECT id, title, n FROM todos ORDER BY id', $unrestricted),
    change('adminPut', 'put', 'count', 200, $count,
        "UPDATE todos SET title = title || '' WHERE n < 100", $unrestricted);
my $leat = owned("$head$tables$paths");

subtest 'the document is good, with one warning of a foreign key without the owner' => sub {
    my $check = $leat->leat('check');
    is($check->{code}, 0, 'the document is good') or diag($check->{err});
    is($check->{err} =~ s/^\S*api\.yaml:\d+:\d+: //r,
        join(' ', 'warning: x-tables: todos: owner: a foreign key can refer',
        "to another owner's row of lists; include owner_id in it\n"), 'one warning: the owners have their indexes');
};

$leat->start;

my %token = (u1 => token('u1'), u2 => token('u2'), admin => token('u1', 'todos:all'), newcomer => token('u9'));
sub as {
    my ($who, $method, $path, $data) = @_;
    my %headers = (Authorization => "Bearer $token{$who}");
    my $r = $leat->request(uc $method, $path, headers => \%headers, $data ? (json => $data) : ());
    return $r // {status => 0, body => ''};
}
my $sorted = JSON::PP->new->canonical->allow_nonref;
sub seen { my ($r) = @_; return "$r->{status} " . ($r->{status} < 300 ? $sorted->encode($r->{json}) : '') }
# Returns the rows of u2, or of all others.
sub of {
    my ($owner) = @_;
    my @rows = grep { ($owner eq 'u2') == ($_->{title} =~ /^[cd]/) } @{as('admin', 'get', '/admin')->{json}};
    return join ' ', map { "$_->{id}$_->{title}$_->{n}" } @rows;
}

subtest 'a read shows the own rows only, whatever its SQL' => sub {
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
    is(seen(as('u1', 'get', '/paged?n=0&limit=9')),
        '200 {"items":[{"id":1,"n":0,"title":"a"},{"id":2,"n":0,"title":"b"}],"next":null}', 'a filter too');
    my $theirs = as('u2', 'get', '/paged?limit=1')->{json}{next};
    is(seen(as('u1', 'get', "/paged?limit=9&cursor=$theirs")), '200 {"items":[],"next":null}',
        'the cursor of another shows nothing of his');
    is($leat->get('/plain')->{status}, 401, 'and without a token there is nothing');
};

my $before = of('u2');

subtest 'a change reaches the own rows only, whatever its SQL' => sub {
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
};

subtest 'each violation is an event in the log, and counted' => sub {
    my @events = grep { /security\.row/ } split /\n/, $leat->log;
    is(scalar @events, 6, 'each violation is an event') or diag(join "\n", @events);
    like($events[0], qr/ warn .*security\.row operation=giveOne table=todos sub="u1" id=\S+$/,
        '… that names who, where and what');
    like($leat->ctl('metrics')->{out}, qr/^leat_security_foreign_rows_total\S* 6$/m, '… and is counted');
};

subtest 'an operation with x-unrestricted needs its scope, and then sees and changes all' => sub {
    is(as('u1', 'get', '/admin')->{status}, 403, 'x-unrestricted needs the scope');
    is(scalar @{as('admin', 'get', '/admin')->{json}}, 8, '… and then sees all');
    is(as('admin', 'put', '/adminPut')->{json}{count}, 8, '… and changes all');
    unlike($leat->get('/openapi.json')->{body}, qr/x-unrestricted|x-tables/, 'neither key is published');
};

subtest 'a migration after which the running release would protect nothing is refused' => sub {
    $leat->write('migrations/0002_b.up.sql', 'ALTER TABLE todos RENAME COLUMN owner_id TO user_id');
    my $paths = "paths:\n" . list('it', 'SELECT id FROM todos');
    $leat->write('api.yaml', "${head}x-tables: {todos: {owner: user_id}}\n$paths");
    my $r = $leat->ctl('reload', '--migrate');
    isnt($r->{code}, 0, 'a migration of the owner');
    my $why = qr/x-tables: todos: owner: owner_id: has no such column/;
    like("$r->{out}$r->{err}", qr/the running release would break after the migrations: $why/,
        '… would break the running release');
    unlike("$r->{out}$r->{err}", qr/after the migrations: [^\n]*user_id/, '… and not the new one');
    is(seen(as('u2', 'get', '/counted')), '200 [{"n":2}]', 'which serves on');
};

all_done;
