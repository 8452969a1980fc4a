# SPDX-License-Identifier: MIT
# x-sql binds parameters of every kind, maps constraints to statuses, and runs steps in one transaction.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $row = '{type: object, required: [id, v], properties: {id: {type: integer}, v: {}}}';
my %app = (document => <<"API", migrations => {'0001_a.up.sql' => <<'SQL'}, files => {'other.yaml' => <<'OTHER'});
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /echo/{int}/{text}:
    get:
      parameters:
      - {name: int, in: path, required: true, schema: {type: integer}}
      - {name: text, in: path, required: true, schema: {type: string}}
      - {name: num, in: query, schema: {type: number, default: 1.5}}
      - {name: flag, in: query, schema: {type: boolean}}
      - {name: X-Tenant, in: header, schema: {type: string}}
      - {name: sid, in: cookie, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {\$ref: "other.yaml#/Echo"}}}}}
      x-sql:
        returns: one
        sql: |
          SELECT :int AS int, :text AS text, :num AS num, :flag AS flag, :X_Tenant AS tenant, :sid AS sid,
            :_has_flag AS has_flag, :_now AS now, :_uuid7 AS uuid, :_request_id AS request_id, :_ip AS ip,
            :_header_user_agent AS agent, :_sub AS sub, '{"a":[1,2]}' AS doc, ':int' AS quoted -- :comment
  /things:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {}, parent: {type: integer}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: $row}}}}
      x-sql: {returns: one, sql: "INSERT INTO things (v, parent, body) VALUES (:v, :parent, :_body) RETURNING id, v"}
  /things/{id}:
    delete:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: ok}}
      x-sql: {returns: one, sql: "DELETE FROM things WHERE id = :id RETURNING id"}
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: string, nullable: true}}}}}}
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "UPDATE things SET v = :v WHERE id = :id", else: {status: 410, code: gone}}
  /batch:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [vs],
        properties: {vs: {type: array, items: {type: string}}}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {count: {type: integer}}}}}}}
      x-sql: {returns: count, sql: "INSERT INTO things (v) SELECT value FROM json_each(:vs)"}
  /two:
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [a, b],
        properties: {a: {type: string}, b: {type: string}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: $row}}}}
      x-sql:
        steps:
        - {as: first, returns: one, sql: "INSERT INTO things (v) VALUES (:a) RETURNING id, v"}
        - {as: second, returns: one, sql: "INSERT INTO things (v, parent) VALUES (:b, :first.id) RETURNING id, v"}
        result: first
  /all:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {items: {type: array, items: $row}}}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id, v FROM things ORDER BY id"}
API
CREATE TABLE things (
    id INTEGER PRIMARY KEY, v ANY UNIQUE, parent INTEGER REFERENCES things (id), body TEXT,
    CHECK (v <> 'bad')
) STRICT;
SQL
Echo:
  type: object
  required: [int]
  properties:
    int: {type: integer}
    text: {type: string}
    num: {type: number}
    flag: {type: boolean, nullable: true}
    tenant: {type: string, nullable: true}
    sid: {type: string, nullable: true}
    has_flag: {type: boolean}
    now: {type: string}
    uuid: {type: string}
    request_id: {type: string}
    ip: {type: string}
    agent: {type: string, nullable: true}
    sub: {type: string, nullable: true}
    doc: {type: object}
    quoted: {type: string}
OTHER
my $leat = Leat::Test->new(%app)->start;

subtest "parameters of every kind, defaults and the server's own names are bound" => sub {
    my %headers = ('X-Tenant' => 't1', Cookie => 'a=b; sid=s1', 'User-Agent' => 'me');
    my $r = $leat->get('/echo/-7/x?flag=true', headers => \%headers);
    is($r->{status}, 200, 'echo') or diag $r->{body};
    my $e = $r->{json};
    is_deeply([@$e{qw(int text num tenant sid agent ip quoted)}], [-7, 'x', 1.5, 't1', 's1', 'me', '127.0.0.1', ':int'],
        'parameters of each kind, defaults, strings left alone');
    ok($e->{flag} && $e->{has_flag}, 'booleans');
    is($e->{request_id}, $r->{headers}{'x-request-id'}, ':_request_id');
    like($e->{now}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, ':_now');
    like($e->{uuid}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/, ':_uuid7');
    is_deeply($e->{doc}, {a => [1, 2]}, 'JSON text as an object');
    is($e->{sub}, undef, ':_sub is null while nobody is identified');
    $e = $leat->get('/echo/1/y')->{json};
    ok(!$e->{has_flag} && !defined $e->{flag} && !defined $e->{tenant}, 'what is absent is null, and _has_ says so');
    is($leat->get('/echo/9223372036854775807/y')->{json}{int}, '9223372036854775807', 'the largest integer, exactly');
    is($leat->get('/echo/9223372036854775808/y')->{status}, 400, 'one more is no integer of ours');
    is($leat->get("/echo/1/x'%20OR%20'1'='1")->{json}{text}, "x' OR '1'='1", 'values are bound, never spliced');
};

subtest 'a violated constraint has the status of its kind' => sub {
    my $t = $leat->post('/things', {v => 'one'})->{json};
    is($t->{v}, 'one', 'inserted');
    is(qx(sqlite3 $leat->{dir}/app.db 'SELECT body FROM things'), "{\"v\":\"one\"}\n", ':_body is the whole body');
    is($leat->post('/things', {v => {k => [1]}})->{json}{v}, '{"k":[1]}', 'an object is bound as JSON text');
    is($leat->post('/things', {v => 'one'})->{status}, 409, 'UNIQUE: 409');
    my $r = $leat->post('/things', {v => 'bad'});
    is("$r->{status} $r->{json}{error}", '422 a constraint is violated', 'CHECK: 422');
    is($leat->post('/things', {v => 'x', parent => 99})->{status}, 422, 'foreign key on write: 422');
    $leat->post('/things', {v => 'child', parent => $t->{id}});
    $r = $leat->delete("/things/$t->{id}");
    is("$r->{status} $r->{json}{error}", '409 still referenced', 'foreign key on delete: 409');
    is($leat->request('PUT', "/things/$t->{id}", json => {v => undef})->{status}, 204, 'a nullable of OpenAPI 3.0');
    $r = $leat->request('PUT', '/things/999', json => {v => 'z'});
    is("$r->{status} $r->{json}{code}", '410 gone', 'else of a statement that changes nothing');
    is_deeply($leat->post('/batch', {vs => ['b1', 'b2', 'b3']})->{json}, {count => 3}, 'count');
};

subtest 'steps run in one transaction, and a later one uses the columns of an earlier one' => sub {
    my $r = $leat->post('/two', {a => 'p', b => 'q'});
    is("$r->{status} $r->{json}{v}", '201 p', 'the named step answers');
    my $parent = qx(sqlite3 $leat->{dir}/app.db "SELECT parent FROM things WHERE v = 'q'");
    is($parent, "$r->{json}{id}\n", "and a later step used the earlier one's column");
    my $rows = @{$leat->get('/all')->{json}{items}};
    is($leat->post('/two', {a => 'new', b => 'q'})->{status}, 409, 'a later step fails');
    is(@{$leat->get('/all')->{json}{items}}, $rows, 'and the earlier one is undone');
};

subtest 'a write that was answered is visible to every later read, on any worker' => sub {
    my $stale = 0;
    for my $i (1 .. 200) {
        my $id = $leat->post('/things', {v => "seen $i"})->{json}{id};
        my $all = $leat->get('/all')->{json}{items};
        $stale++ unless $all->[-1]{id} == $id;
    }
    is($stale, 0, 'reads follow writes across workers');
};

all_done;
