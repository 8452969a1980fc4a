# SPDX-License-Identifier: MIT
# With responses: strict nothing is committed that it refuses to answer.
use strict;
use warnings;
use Leat::Test;
use Test::More;

# Returns a POST that inserts :v, with the schema of its answer and the rest of its x-sql.
sub inserts {
    my ($name, $schema, $sql) = @_;
    return <<"API";
  /$name:
    post:
      operationId: $name
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v],
        properties: {v: {type: string}}}}}}
      responses: {"201": {description: x, content: {application/json: {schema: $schema}}}}
      x-sql: {$sql}
API
}

my $row    = '{type: object, properties: {id: {type: integer}, v: {type: string, maxLength: 2}}}';
my $many   = 'INSERT INTO t (v) SELECT :v FROM (SELECT 1 UNION SELECT 2) RETURNING id, v';
my $secret = '{type: object, properties: {v: {type: object, properties: {s: {type: string, writeOnly: true}}}}}';
my $document = <<'API'
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
API
    . inserts('one', $row, 'returns: one, location: "/one", sql: "INSERT INTO t (v) VALUES (:v) RETURNING id, v"')
    . inserts('list', "{type: array, items: $row}", qq{returns: list, max-rows: 1000, sql: "$many"})
    . inserts('few', "{type: array, maxItems: 1, items: {type: object}}", qq{returns: list, max-rows: 9, sql: "$many"})
    . inserts('items', "{type: object, properties: {items: {type: array, items: $row}}}",
    qq{returns: list, max-rows: 1000, sql: "$many"})
    . inserts('count', '{type: object, properties: {count: {type: integer, maximum: 1}}}',
    q{returns: count, sql: "INSERT INTO t (v) SELECT :v FROM (SELECT 1 UNION SELECT 2) WHERE :v <> 'ab' OR 1"})
    . inserts('steps', $row, 'result: last, steps: [{returns: none, sql: "INSERT INTO t (v) VALUES (:v)"}, '
    . '{as: last, returns: one, sql: "SELECT id, v FROM t WHERE v = :v"}]')
    . inserts('hidden', $secret, 'returns: one, sql: "INSERT INTO t (v) VALUES (:v) RETURNING v"')
    . <<'API';
  /rows:
    get:
      operationId: rows
      x-allow-scan: true
      responses: {"200": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT count(*) AS n FROM t"}
API
my $table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL);';
my %app   = (document => $document, migrations => {'0001_a.up.sql' => $table});
my $strict  = Leat::Test->new(%app, config => "responses: strict\n")->start;
my $trusted = Leat::Test->new(%app)->start;

sub rows { return $_[0]->get('/rows')->{json}{n} }

subtest 'an answer that is refused leaves no row' => sub {
    for my $name (qw(one list few items count steps)) {
        my $r = $strict->post("/$name", {v => 'abc'});
        is("$r->{status} $r->{json}{error}", '500 internal error', "$name: refused");
        is($r->{headers}{location}, undef, "$name: no Location");
        is(rows($strict), 0, "$name: no row");
        logged($strict, qr/response\.invalid operation=$name /, "$name: the log says why");
    }
};

subtest 'an answer that fits is committed' => sub {
    my $before = 0;
    for my $row ([one => 'ab', {id => 1, v => 'ab'}], [list => 'ab'], [items => 'ab'], [steps => 'x']) {
        my $r = $strict->post("/$row->[0]", {v => $row->[1]});
        is($r->{status}, 201, $row->[0]);
        is_deeply($r->{json}, $row->[2], 'the answer') if $row->[2];
        cmp_ok(rows($strict), '>', $before, 'the rows are there');
        $before = rows($strict);
    }
    is_deeply([sort keys %{$strict->post('/items', {v => 'ab'})->{json}}], ['items'], 'the envelope is put once');
};

subtest 'an answer whose hidden members cannot be removed leaves no row, strict or not' => sub {
    for ($strict, $trusted) {
        my $before = rows($_);
        is($_->post('/hidden', {v => '{"s":"x","s":"y"}'})->{status}, 500, 'refused');
        is(rows($_), $before, 'no row');
        is_deeply($_->post('/hidden', {v => '{"s":"x","a":1}'})->{json}, {v => {a => 1}}, 'removed');
    }
};

all_done;
