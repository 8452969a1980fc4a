# SPDX-License-Identifier: MIT
# A parameter of a list filters when it is sent: one that is absent does not, and an explicit null
# selects NULL.
use warnings;
use Leat::Test;
use Test::More;

sub answers {
    my $properties = join ', ', 'id: {type: integer}', map { "$_: {}" } @_;
    return <<"YAML" =~ s/\n\s*\z//r;
responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: {type: array, items: {type: object, properties: {$properties}}}
                  next: {type: [string, "null"]}
YAML
}

my $leat = Leat::Test->new(workers => 1, document => <<"API", migrations => {'0001_a.up.sql' => <<'SQL'})->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /rows:
    get:
      operationId: rows
      x-allow-scan: true
      parameters:
      - {name: who, in: query, schema: {type: [string, integer, "null"]}}
      - {name: n, in: query, schema: {type: [integer, "null"]}}
      - {name: m, in: query, allowEmptyValue: true, schema: {type: integer}}
      - {name: d, in: query, schema: {type: [integer, "null"], default: null}}
      - {name: e, in: query, schema: {type: [integer, "null"], default: 1}}
      - {name: X-N, in: header, schema: {type: [integer, "null"]}}
      - {name: sid, in: cookie, schema: {type: [integer, "null"]}}
      @{[answers(qw(who n m d e h c))]}
      x-sql:
        returns: list
        max-rows: 1000
        sql: SELECT id, who, n, m, d, e, h, c FROM t
        filter: {who: who, n: n, m: m, d: d, e: e, h: X_N, c: sid}
  /pages:
    get:
      operationId: pages
      x-allow-scan: true
      parameters:
      - {name: n, in: query, schema: {type: [integer, "null"]}}
      - {name: limit, in: query, schema: {type: [integer, "null"]}}
      - {name: cursor, in: query, schema: {type: string}}
      @{[answers('n')]}
      x-sql:
        returns: list
        sql: SELECT id, n FROM t
        filter: {n: n}
        page: {by: [id], limit: limit, cursor: cursor}
  /kinds/{n}:
    get:
      operationId: kinds
      x-allow-scan: true
      parameters: [{name: n, in: path, required: true, schema: {type: [integer, "null"]}}]
      @{[answers('n')]}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id, n FROM t", filter: {n: n}}
  /objects:
    get:
      operationId: objects
      x-allow-scan: true
      parameters: [{name: o, in: query, content: {application/json: {schema: {type: [integer, "null"]}}}}]
      @{[answers('n')]}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id, n FROM t", filter: {n: o}}
  /mine:
    get:
      operationId: mine
      x-allow-scan: true
      @{[answers('who')]}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id, who FROM t", filter: {who: _sub}}
API
CREATE TABLE t (
    id INTEGER PRIMARY KEY, who, n INTEGER, m INTEGER, d INTEGER, e INTEGER DEFAULT 1, h INTEGER, c INTEGER
);
INSERT INTO t (id, who, n, m, d, h, c) VALUES (1, 'a', 1, 1, 1, 1, 1), (2, 'b', 2, 2, 2, 2, 2);
INSERT INTO t (id) VALUES (3);
INSERT INTO t (id, who, n, e) VALUES (4, 'null', 4, NULL);
SQL

sub ids {
    my ($path, %headers) = @_;
    my $r = $leat->get($path, headers => \%headers);
    return $r->{status} == 200 ? join ',', map { $_->{id} } @{$r->{json}{items}} : $r->{status};
}

subtest 'a query parameter filters when it is sent, and null selects NULL' => sub {
    is(ids('/rows?e=1'), '1,2,3', 'what was not sent is no filter');
    is(ids('/rows?e=1&n=2'), '2', 'a value is');
    is(ids('/rows?n=9'), '', 'also one that no row has');
    is(ids('/rows?e=1&n=null'), '3', 'null asks for NULL');
    is(ids('/rows?e=1&n='), '3', 'as does nothing, of a type without strings');
    is(ids('/rows?who='), '', 'of a type with strings, nothing is the empty one');
    is(ids('/rows?who=null&e=null'), '4', 'and null a text');
    is(ids('/rows?e=1&m='), '3', 'allowEmptyValue: nothing is null');
};

subtest 'a default filters, unless it is null and was not sent' => sub {
    is(ids('/rows?d=null'), '3', 'null that is the default, sent');
    is(ids('/rows'), '1,2,3', 'not sent, it is no filter; another default is one');
    is(ids('/rows?e=null'), '4', 'until null is sent');
};

subtest 'headers, cookies, paths and JSON filter alike' => sub {
    is(ids('/rows', 'X-N' => 'null'), '3', 'in a header');
    is(ids('/rows', 'X-N' => '2'), '2', 'or a value');
    is(ids('/rows', Cookie => 'sid=null'), '3', 'in a cookie');
    is(ids('/kinds/null'), '3', 'in the path');
    is(ids('/kinds/2'), '2', 'or a value');
    is(ids('/objects?o=null'), '3', 'as JSON');
    is(ids('/objects?o=1'), '1', 'or a value');
    is(ids('/objects'), '1,2,3,4', 'or nothing');
};

subtest 'a filter by the caller shows nobody everything' => sub {
    is(ids('/mine'), '3', 'nobody sees what is nobody\'s, not everything');
};

subtest 'filters and pages go together' => sub {
    is(ids('/pages?n=null&limit=1'), '3', 'null asks for NULL');
    is(ids('/pages?limit=null'), '1,2,3,4', 'a limit of null is none');
    my $next = $leat->get('/pages?limit=2')->{json}{next};
    is(ids("/pages?limit=2&cursor=$next"), '3,4', 'a cursor goes on');
    is(ids("/pages?limit=2&cursor=$next&n=null"), '3', 'within the filter');
};
all_done;
