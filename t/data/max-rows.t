# SPDX-License-Identifier: MIT
# A list has a bound: pages, a LIMIT, or max-rows, past which it fails instead of growing with its table.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $json = 'content: {application/json: {schema: {type: array, items: {type: object}}}}';

sub document {
    my ($xsql) = @_;
    return <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /list:
    get:
      operationId: list
      responses: {"200": {description: x, $json}}
      x-sql: {$xsql}
  /count:
    get:
      operationId: count
      x-allow-scan: true
      responses: {"200": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: SELECT count(*) AS n FROM t}
  /rows:
    post:
      operationId: add
      responses: {"201": {description: x, $json}}
      x-sql: {returns: list, max-rows: 3, sql: "INSERT INTO t (v) SELECT v + 1 FROM t RETURNING id"}
API
}

my %app = (migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER NOT NULL);'
    . 'INSERT INTO t (v) VALUES (1), (2), (3);'});
sub check { return Leat::Test->new(%app, document => document(@_))->leat('check') }

subtest 'a list without a bound is an error that says what to write' => sub {
    for my $sql ('SELECT id FROM t', 'SELECT id FROM (SELECT * FROM t LIMIT 5)', 'SELECT id FROM t ORDER BY v',
        'WITH x AS (SELECT 1) SELECT id FROM t') {
        my $r = check(qq{returns: list, sql: "$sql"});
        is($r->{code}, 1, $sql);
        like($r->{err}, qr/:\d+:\d+: list: returns: list has no bound: write page, or max-rows: N/, 'the reason');
    }
};

subtest 'x-allow-scan accepts a list that grows with its table' => sub {
    my $list  = document('returns: list, sql: SELECT id FROM t');
    my $scans = $list =~ s/(operationId: list)/$1\n      x-allow-scan: true/r;
    my $r = Leat::Test->new(%app, document => $scans)->leat('check');

    is($r->{code}, 0, 'it is accepted');
    unlike($r->{out} . $r->{err}, qr/ list: /, 'and nothing is said');
};

subtest 'a bound is a LIMIT, max-rows, or rows of no table' => sub {
    is(check("returns: list, $_")->{code}, 0, $_)
        for 'sql: "SELECT id FROM t LIMIT 5"', 'max-rows: 5, sql: SELECT id FROM t', 'sql: SELECT 1 AS id',
        'sql: "VALUES (1), (2)"', 'sql: "SELECT id FROM t ORDER BY (SELECT max(v) FROM t) limit 5"';
};

subtest 'max-rows has a range, and pages have their own' => sub {
    my $refusal = sub { return check("returns: list, sql: SELECT id FROM t, max-rows: $_[0]")->{err} };
    like($refusal->($_), qr/max-rows: must be from 1 to 10000000/, "max-rows: $_") for 0, -1, 10000001;
    like($refusal->('5, page: {by: [id], cursor: c}'), qr/max-rows: cannot be used with page/, 'pages');
    like($refusal->('many'), qr/max-rows: must be an integer/, 'a word');
};

my $leat = Leat::Test->new(%app, document => document('returns: list, max-rows: 3, sql: SELECT id FROM t'))->start;

subtest 'more rows than that are an error, and the log says why' => sub {
    is_deeply([map { $_->{id} } @{$leat->get('/list')->{json}}], [1, 2, 3], 'as many are answered');
    is($leat->request('POST', '/rows')->{status}, 201, 'three more');
    is($leat->get('/list')->{status}, 500, 'one more is not');
    logged($leat, qr/the list has more rows than max-rows: 3 allows/, 'the reason');
};

subtest 'a write that answers more rows changes nothing' => sub {
    is($leat->request('POST', '/rows')->{status}, 500, 'six rows');
    is($leat->get('/count')->{json}{n}, 6, 'are not there');
};

all_done;
