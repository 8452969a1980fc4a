# SPDX-License-Identifier: MIT
# What a client's value makes of SQL is the client's error: 422 with the name of the value, if one alone can be it.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $object = 'content: {application/json: {schema: {type: object}}}';
my $rows   = 'content: {application/json: {schema: {type: array, items: {type: object}}}}';
my $text   = 'schema: {type: string}';

# Returns a GET that selects with the parameters of the query.
sub reads {
    my ($name, $sql, @parameters) = @_;
    my $list = join ', ', map {"{name: $_->[0], in: query, schema: {type: $_->[1]}}"} @parameters;
    return <<"API";
  /$name:
    get:
      operationId: $name
      x-allow-scan: true
      parameters: [$list]
      responses: {"200": {description: ok, $rows}}
      x-sql: {returns: list, max-rows: 1000, sql: "$sql"}
API
}

my $body = 'requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v], '
    . 'properties: {v: {}, w: {}}}}}}';
my $document = <<"API"
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t:
    post:
      operationId: create
      $body
      responses: {"201": {description: ok, $object}}
      x-sql: {returns: one, sql: "INSERT INTO t (id, w) VALUES (:v, :w) RETURNING id"}
  /path/{q}:
    get:
      operationId: path
      x-allow-scan: true
      parameters: [{name: q, in: path, required: true, $text}]
      responses: {"200": {description: ok, $rows}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT body FROM fts WHERE fts MATCH :q"}
  /header:
    get:
      operationId: header
      x-allow-scan: true
      parameters: [{name: X-Query, in: header, $text}]
      responses: {"200": {description: ok, $rows}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT body FROM fts WHERE fts MATCH :X_Query"}
  /steps:
    post:
      operationId: steps
      $body
      responses: {"200": {description: ok, $object}}
      x-sql:
        steps:
        - {returns: none, sql: "INSERT INTO t (w) VALUES (:w)"}
        - {as: last, returns: one, sql: "SELECT count(*) AS n FROM json_each(:v)"}
        result: last
  /box/{id}:
    put:
      operationId: box
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {n: {}, size: {},
        doc: {}, at: {}, area: {}, free: {}}}}}}
      responses: {"200": {description: ok, $object}}
      x-sql: {returns: one, sql: "UPDATE box SET n = :n, size = :size, doc = :doc, at = :at, area = :area, free = :free
        WHERE id = :id RETURNING id"}
  /seat:
    post:
      operationId: seat
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {row: {}, seat: {},
        name: {}}}}}}
      responses: {"201": {description: ok, $object}}
      x-sql: {returns: one, sql: "INSERT INTO seats VALUES (:row, :seat, :name) RETURNING name"}
  /slow-seat:
    post:
      operationId: slowSeat
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {row: {}, seat: {},
        name: {}}}}}}
      responses: {"201": {description: ok, $object}}
      x-sql:
        returns: one
        sql: |
          INSERT INTO seats
          WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000)
          SELECT :row, :seat, :name FROM (SELECT max(i) FROM c) RETURNING name
  /span:
    post:
      operationId: span
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {v: {}, w: {}}}}}}
      responses: {"201": {description: ok, $object}}
      x-sql: {returns: one, sql: "INSERT INTO span (id, a, b) VALUES (1, :v, :w) RETURNING id"}
  /notes/{id}:
    put:
      operationId: note
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      $body
      responses: {"200": {description: ok, $object}}
      x-sql: {returns: one, sql: "UPDATE notes SET doc = json_set(doc, '\$.v', json(:v)) WHERE id = :id
        RETURNING id, coalesce(:w, 1) * 1e200 * coalesce(:w, 1) AS n"}
  /whole:
    get:
      operationId: whole
      parameters: [{name: a, in: query, schema: {type: integer}}, {name: b, in: query, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {
        v: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT :a * coalesce(:b, 1) AS v"}
  /count:
    post:
      operationId: count
      $body
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {
        n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "UPDATE counts SET n = n + :v WHERE id = coalesce(:w, 1) RETURNING n"}
API
    . reads('inside', q{SELECT n FROM box WHERE id = :id AND json_extract(coalesce(doc, '{}'), :p) IS NULL},
    ['id', 'integer'], ['p', 'string'])
    . reads('snippet', q{SELECT snippet(fts, :n, '', '', '', 9) AS v FROM fts WHERE fts MATCH :q}, ['q', 'string'],
    ['n', 'integer'])
    . reads('infinite', 'SELECT 1 AS v UNION ALL SELECT :a * 10 + :b', ['a', 'number'], ['b', 'integer'])
    . reads('never', 'SELECT 9e999 + :a AS v', ['a', 'number'])
    . reads('search', 'SELECT body FROM fts WHERE fts MATCH :q AND body <> :no LIMIT coalesce(:n, 9)', ['q', 'string'],
    ['no', 'string'], ['n', 'integer'])
    . reads('old', 'SELECT body FROM old WHERE old MATCH :q', ['q', 'string'])
    . reads('json', 'SELECT value FROM json_each(:x) WHERE value <> coalesce(:no, 0)', ['x', 'string'],
    ['no', 'string'])
    . reads('place', q{SELECT json_extract('[1]', :p) AS v}, ['p', 'string'])
    . reads('abs', 'SELECT abs(:n) AS v, :q AS q', ['n', 'integer'], ['q', 'string'])
    . reads('like', q{SELECT body FROM fts WHERE body LIKE :q}, ['q', 'string'])
    . reads('escape', q{SELECT body FROM fts WHERE body LIKE 'a' ESCAPE :e}, ['e', 'string'])
    . reads('size', 'SELECT length(zeroblob(:n)) AS v', ['n', 'integer'])
    . reads('width', q{SELECT length(printf('%0*d', :n, 1)) AS v}, ['n', 'integer'])
    . reads('replace', q{SELECT length(replace(hex(zeroblob(8000000)), '0', :q)) AS v}, ['q', 'string'])
    . reads('limit', 'SELECT body FROM fts LIMIT :n', ['n', 'string'])
    . reads('both', 'SELECT value FROM json_each(:a) UNION SELECT value FROM json_each(:b)', ['a', 'string'],
    ['b', 'string'])
    . reads('ours', q{SELECT abs(-9223372036854775807 - 1) AS v}, ['x', 'string'])
    . reads('agent', q{SELECT value FROM json_each(:_header_x_filter)}, ['x', 'string'])
    . reads('server', q{SELECT json(:_request_id || ')') AS v});

my $leat = Leat::Test->new(document => $document, migrations => {'0001_a.up.sql' => <<'SQL'})->start;
CREATE VIRTUAL TABLE fts USING fts5(body);
CREATE VIRTUAL TABLE old USING fts4(body);
CREATE TABLE t (id INTEGER PRIMARY KEY, w TEXT);
INSERT INTO fts VALUES ('hello');
INSERT INTO old VALUES ('hello');
CREATE TABLE rooms (id INTEGER PRIMARY KEY);
CREATE TABLE box (
  id INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,
  size INTEGER CHECK (size < 10),
  doc TEXT CHECK (doc IS NULL OR json_valid(doc)),
  at TEXT CHECK (date(at) IS at),
  area INTEGER REFERENCES rooms,
  free INTEGER
) STRICT;
CREATE TRIGGER box_free BEFORE UPDATE ON box WHEN new.free < 0 BEGIN SELECT RAISE(ABORT, 'taken'); END;
CREATE TRIGGER box_gone BEFORE UPDATE ON box WHEN new.free = 99 BEGIN SELECT RAISE(ROLLBACK, 'gone'); END;
INSERT INTO box (id, n) VALUES (1, 1), (2, 1);
CREATE TABLE seats ("row" INTEGER, seat INTEGER, name TEXT NOT NULL UNIQUE, PRIMARY KEY ("row", seat));
CREATE VIRTUAL TABLE span USING rtree(id, a, b);
CREATE TABLE notes (id INTEGER PRIMARY KEY, doc TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(doc);
CREATE TRIGGER notes_words AFTER UPDATE ON notes BEGIN INSERT INTO words (doc) VALUES (new.doc); END;
INSERT INTO notes VALUES (1, '{}');
CREATE TABLE counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
INSERT INTO counts VALUES (1, 1), (2, 9223372036854775807);
SQL

# Returns the answer as "status in pointer", without the latter two if no value is named.
sub told {
    my ($r) = @_;
    my @errors = @{$r->{json}{errors} // []};
    return join ' ', $r->{status}, map {"$_->{in} $_->{pointer}"} @errors;
}

# SQLite undoes the transaction if a write that a trigger passes on to FTS5 is left at its first row.
subtest 'a value is named where a trigger writes to a full-text table, from the first write on' => sub {
    is(told($leat->request('PUT', '/notes/1', json => {v => '{'})), '422 body /v', 'what is no JSON');
    is(told($leat->request('PUT', '/notes/1', json => {v => 1, w => 1e200})), '422 body /w', 'an infinite result');
    is(told($leat->request('PUT', '/notes/1', json => {v => '{', w => 1e200})), '422 body /v', 'two bad values');
    is(told($leat->request('PUT', '/notes/1', json => {v => 1})), '200', 'a good value');
    is(told($leat->request('PUT', '/notes/1', json => {v => 1, w => 1e200})), '422 body /w', 'a bad one after it');
    is(qx(sqlite3 $leat->{dir}/app.db "SELECT doc FROM notes; SELECT count(*) FROM words"), qq({"v":1}\n1\n),
        'what is refused changes nothing');
};

subtest 'a value that SQL cannot process is named' => sub {
    is($leat->get('/search?q=hello')->{status}, 200, 'a good value');
    for my $row (
        ['/search?q=%22',                      'query /q', 'the syntax of FTS5'],
        ['/search?q=%22hello&no=x&n=3',        'query /q', 'the operand of MATCH, not another text'],
        ['/search?q=nothere:x&no=z',           'query /q', 'a column that FTS5 does not have'],
        ['/search?q=AND',                      'query /q', 'an operator alone'],
        ['/old?q=%22hello%20AND%20(',          'query /q', 'the syntax of FTS4'],
        ['/path/%22',                          'path /q',  'in the path'],
        ['/json?x=%7B&no=1',                   'query /x', 'what is no JSON'],
        ['/place?p=abc',                       'query /p', 'a path into JSON'],
        ['/abs?n=-9223372036854775808&q=x',    'query /n', 'an integer that overflows'],
        ['/like?q=' . '%25a' x 600,          'query /q', 'a pattern that is too long'],
        ['/escape?e=ab',                       'query /e', 'an escape of two characters'],
        ['/size?n=2000000000',                 'query /n', 'a result that is too big'],
        ['/replace?q=abc',                     'query /q', 'a text that grows threefold'],
        ['/limit?n=abc',                       'query /n', 'text for a number'],
    ) {
        is(told($leat->get($row->[0])), "422 $row->[1]", $row->[2]);
    }
    is(told($leat->get('/header', headers => {'X-Query' => '"'})), '422 header /X-Query', 'in a header');
    is(told($leat->get('/agent', headers => {'X-Filter' => '{'})), '422 header /x-filter', 'in an undeclared header');
    is(told($leat->post('/t', {v => 'abc', w => 'x'})), '422 body /v', 'a key of another type');
    is(told($leat->post('/t', {v => 1.5, w => 7})), '422 body /v', 'a key with a fraction');
    is(told($leat->post('/t', {v => [1], w => 7})), '422 body /v', 'a key that is an array');
};

subtest 'a value that the schema refuses is named' => sub {
    for my $row (
        [{n => undef},               'required',   'NULL'],
        [{size => 10},               'check',      'a number that a CHECK refuses'],
        [{doc => '{'},               'check',      'text that is no JSON'],
        [{at => '2026-13-01'},       'check',      'a day that no month has'],
        [{area => 7},                'foreignKey', 'a row that does not exist'],
        [{free => -1},               'constraint', 'what a trigger refuses'],
        [{size => 'x'},              'value',      'text in a STRICT column of integers'],
        [{n => 1.5},                 'value',      'a fraction there'],
        [{doc => [], size => 'abc'}, 'value', 'beside a value that fits'],
    ) {
        my ($sent, $keyword, $what) = @$row;
        my ($name) = grep { !ref $sent->{$_} } keys %$sent;
        my $r = $leat->request('PUT', '/box/1', json => {n => 1, %$sent});
        is(told($r), "422 body /$name", $what);
        is($r->{json}{errors}[0]{keyword}, $keyword, '  and its keyword');
    }
    is(told($leat->request('PUT', '/box/2', json => {n => 5, free => 99})), '422', 'a trigger that rolls back');
    is(qx(sqlite3 $leat->{dir}/app.db "SELECT n FROM box WHERE id = 2"), "1\n", '  after which nothing is tried');
    is(told($leat->post('/span', {v => 5, w => 5})), '201', 'a span');
    is(told($leat->post('/span', {v => 5, w => 6})), '409', 'a key of an R*Tree that exists');
    is(told($leat->post('/seat', {row => 1, seat => 2, name => 'a'})), '201', 'a seat');
    is(told($leat->post('/seat', {row => 1, seat => 3, name => 'a'})), '409 body /name', 'a name that exists');
    is(told($leat->post('/seat', {row => 1, seat => 2, name => 'b'})), '409', 'two values that exist together');
    is(told($leat->post('/slow-seat', {row => 1, seat => 3, name => 'a'})), '409',
        'of a statement that takes many steps no value is looked for');
    is(told($leat->post('/span', {v => 5, w => 4})), '422', 'two values that do not fit together: neither is named');
};

subtest 'the value that is named is not one that only keeps the statement from what fails' => sub {
    is(told($leat->get('/inside?id=1&p=%24%5B')), '422 query /p', 'not the key, without which no row is looked at');
    is(told($leat->request('PUT', '/box/1', json => {n => 1, size => 99})), '422 body /size', 'the key of the row');
    is(told($leat->get('/snippet?q=hello&n=99')), '422 query /n', 'a column that FTS5 does not have');
};

subtest 'a number that becomes infinite is named' => sub {
    is($leat->get('/infinite?a=1.5&b=1')->{status}, 200, 'a good value');
    is(told($leat->get('/infinite?a=1e308&b=1')), '422 query /a', 'the factor');
    is(told($leat->get('/never?a=1')), '500', 'a constant that is infinite');
};

subtest 'a number that grows beyond the integers of the response is named' => sub {
    my $max = '9223372036854775807';
    is($leat->get("/whole?a=$max&b=1")->{status}, 200, 'the largest');
    is(told($leat->get("/whole?a=$max&b=1000")), '422', 'of two factors none is named');
    is(told($leat->get("/whole?a=-9223372036854775808&b=-1")), '422', 'the smallest, with the other sign');
    is(told($leat->post('/count', {v => 9223372036854775807})), '422 body /v', 'an amount');
    is(told($leat->post('/count', {v => 1})), '200', 'the row has not changed');
    is($leat->post('/count', {v => 0})->{json}{n}, 2, '  but by what fits');
};

# SQLite makes NULL of what printf() has no room for.
subtest 'a value in SQL is no larger than a few bodies' => sub {
    is_deeply($leat->get('/width?n=30000000')->{json}, [{v => 30_000_000}], '30 MB');
    is_deeply($leat->get('/width?n=40000000')->{json}, [{v => undef}], '40 MB');
};

subtest 'a value in a later step is named, and the earlier steps are undone' => sub {
    is(told($leat->post('/steps', {v => '{', w => 'undone'})), '422 body /v', 'the value of the step that failed');
    is(qx(sqlite3 $leat->{dir}/app.db "SELECT count(*) FROM t WHERE w = 'undone'"), "0\n", 'undone');
};

subtest 'no value is named where it could be several' => sub {
    is(told($leat->get('/both?a=%7B&b=1')), '422 query /a', 'one is no JSON');
    my $r = $leat->get('/both?a=%7B&b=%5B');
    is(told($r), '422', 'neither is JSON');
    is($r->{json}{error}, 'a value cannot be processed', 'the message');
};

subtest 'what no value of the client can have caused stays an error of the server' => sub {
    is(told($leat->get('/ours?x=1')), '500', 'a constant overflows');
    is(told($leat->get('/server')),   '500', 'a value of the server');
    unlike($leat->get('/search?q=%22')->{body}, qr/fts|syntax error near/, 'the text of SQLite does not leave');
};

$leat->stop;
done_testing;
