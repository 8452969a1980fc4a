# SPDX-License-Identifier: MIT
# A list with etag: digest is sent again only if something in it has changed (RFC 9110, 13.1.2).
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t:
    get:
      operationId: list
      parameters: [{name: limit, in: query, schema: {type: integer}}, {name: cursor, in: query,
        schema: {type: string}}]
      responses: {"200": {description: x, content: {application/json: {schema: {type: object,
        properties: {items: {type: array, items: {type: object}}, next: {type: [string, "null"]}}}}}}}
      x-sql: {returns: list, etag: digest, sql: SELECT id FROM t, page: {by: [id], limit: limit, cursor: cursor}}
    post:
      operationId: add
      responses: {"204": {description: x}}
      x-sql: {returns: none, sql: INSERT INTO t DEFAULT VALUES}
  /long:
    get:
      operationId: long
      x-allow-scan: true
      parameters: [{name: n, in: query, schema: {type: integer}}]
      responses: {"200": {description: x, content: {application/json: {schema: {type: array}}}}}
      x-sql: {returns: list, etag: digest, sql: "SELECT printf('%0*d', :n, id) AS text FROM t LIMIT 5"}
  /untagged:
    get:
      operationId: untagged
      x-allow-scan: true
      parameters: [{name: n, in: query, schema: {type: integer}}]
      responses: {"200": {description: x, content: {application/json: {schema: {type: array}}}}}
      x-sql: {returns: list, sql: "SELECT printf('%0*d', :n, id) AS text FROM t LIMIT 5"}
  /plain:
    get:
      operationId: plain
      responses: {"200": {description: x, content: {application/json: {schema: {type: array}}}}}
      x-sql: {returns: list, sql: SELECT id FROM t LIMIT 5}
API
my %app = (migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);'
    . 'INSERT INTO t VALUES (1), (2), (3);'});
my $leat = Leat::Test->new(%app, document => $document)->start;
sub ask { my ($path, %headers) = @_; return $leat->get($path, headers => \%headers) }

subtest 'who has the list as it is gets 304' => sub {
    my $r = ask('/t?limit=2');
    my $tag = $r->{headers}{etag};
    like($tag, qr{^W/"[\w-]{16}"$}, 'a weak tag');
    is(ask('/t?limit=2')->{headers}{etag}, $tag, 'the same for the same rows');
    isnt(ask('/t?limit=1')->{headers}{etag}, $tag, 'another for other rows');
    for (["$tag", 304], ["\"x\", $tag", 304], ['*', 304], [$tag =~ s{^W/}{}r, 304], ['"x"', 200], ['junk', 200]) {
        my ($tags, $status) = @$_;
        my $a = ask('/t?limit=2', 'If-None-Match' => $tags);
        is("$a->{status} " . length($a->{body}), $status == 304 ? '304 0' : '200 ' . length $r->{body}, $tags);
        is($a->{headers}{etag}, $tag, 'with its tag');
    }
    is(ask('/t?limit=2', 'If-Match' => $tag)->{status}, 412, 'a weak tag never holds for If-Match');
};

subtest 'a change of a row, or a next page, is another list' => sub {
    my ($part, $whole) = map { ask("/t?limit=$_")->{headers}{etag} } 3, 9;
    is($leat->request('POST', '/t')->{status}, 204, 'a row more');
    is(ask('/t?limit=9', 'If-None-Match' => $whole)->{status}, 200, 'in the list');
    is(ask('/t?limit=3', 'If-None-Match' => $part)->{status}, 200, 'or behind its page');
};

subtest 'a list without the key has no tag' => sub {
    is(ask('/plain')->{headers}{etag}, undef, 'none');
    is($leat->request('HEAD', '/t')->{headers}{etag}, ask('/t')->{headers}{etag}, 'and HEAD has the one of GET');
};

# RFC 9110, 15.4.5: a cache would otherwise forget what the stored answer depends on.
subtest 'a 304 has the Vary, Cache-Control and ETag of the 200' => sub {
    for my $n (10, 1000, 30_000) {
        for my $coding ('gzip', 'identity') {
            my $old = ask("/long?n=$n", 'Accept-Encoding' => $coding);
            my $same = ask("/long?n=$n", 'Accept-Encoding' => $coding, 'If-None-Match' => $old->{headers}{etag});
            is($same->{status}, 304, "$n bytes a row, $coding");
            is($same->{headers}{$_} // 'none', $old->{headers}{$_} // 'none', $_) for qw(vary cache-control etag);
            is($same->{headers}{$_}, undef, "no $_") for qw(content-encoding content-type content-length);
        }
        my ($old, $any) = map { ask("/untagged?n=$n", @$_) } [], ['If-None-Match' => '*'];
        is("$any->{status} " . ($any->{headers}{vary} // 'none'), '304 ' . ($old->{headers}{vary} // 'none'),
            "$n bytes a row, without a tag");
        my $head = $leat->request('HEAD', "/long?n=$n", headers => {'If-None-Match' => '*'});
        is($head->{headers}{vary}, ask("/long?n=$n")->{headers}{vary}, 'HEAD');
    }
};

subtest 'digest is for the rows of a list' => sub {
    my $bad = $document =~ s/etag: digest/etag: id/r;
    my $r = Leat::Test->new(%app, document => $bad)->leat('check');
    like($r->{err}, qr/list: etag: requires a result with returns: one/, 'a column is not');
};

all_done;
