# SPDX-License-Identifier: MIT
# A long page is streamed with all that stands beside its rows; what depends on the whole list is sent whole.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub list {
    my ($name, $more) = @_;
    return <<"API";
  /$name:
    get:
      operationId: $name
      x-allow-scan: true
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 100000}}, {name: cursor, in: query,
        schema: {type: string}}]
      responses: {"200": {description: x, content: {application/json: {schema: {type: object,
        properties: {total: {type: integer}, items: {type: array, items: {type: object}},
        next: {type: [string, "null"]}, previous: {type: [string, "null"]}}}}}}}
      x-sql: {returns: list, $more sql: "SELECT id, text FROM t",
        page: {by: [id], limit: limit, cursor: cursor, count: exact}}
API
}
my $head = qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n};
my $table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL); WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL '
    . "SELECT x + 1 FROM c WHERE x < 6000) INSERT INTO t SELECT x, 'the quick brown fox jumps over it' FROM c;";
my $leat = Leat::Test->new(config => "workers: 1\n", migrations => {'0001_t.up.sql' => $table},
    document => $head . list('book', '') . list('tagged', 'etag: digest,'))->start;

my $first = $leat->get('/book?limit=2500');
my $second = $leat->get("/book?limit=2500&cursor=$first->{json}{next}");

subtest 'a long page is streamed, with its cursors and the total' => sub {
    is($_->{headers}{'content-length'}, undef, 'without a length') for $first, $second;
    is($_->{json}{total}, 6000, 'the total') for $first, $second;
    is($second->{json}{items}[0]{id}, 2501, 'the second goes on behind the first');
    ok($second->{json}{previous}, 'and leads back');
};

subtest 'a page that is walked backward is whole' => sub {
    my $back = $leat->get("/book?limit=2500&cursor=$second->{json}{previous}");
    is($back->{headers}{'content-length'}, length $back->{body}, 'with a length');
    is(join(' ', map { $_->{id} } @{$back->{json}{items}}), join(' ', 1 .. 2500), 'in order');
};

subtest 'a list whose tag is made of its body is whole' => sub {
    my $r = $leat->get('/tagged?limit=2500');
    is($r->{headers}{'content-length'}, length $r->{body}, 'with a length');
    like($r->{headers}{etag}, qr{^W/"}, 'and a tag');
};

all_done;
