# SPDX-License-Identifier: MIT
# Optimistic concurrency: etag, if-match and on-zero of x-sql (RFC 9110, 13).
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $item = '{type: object, required: [id, v], properties: {id: {type: integer}, v: {type: string}}}';
my $ok = "responses: {'200': {description: ok, content: {application/json: {schema: $item}}}}";
my $body = 'requestBody: {required: true, content: {application/json: {schema: {type: object, required: [v], properties: {v: {type: string}}}}}}';
my $id = 'parameters: [{name: id, in: path, required: true, schema: {type: integer}}]';
my %app = (
    migrations => {'0001_t.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1);\nINSERT INTO t (id, v) VALUES (1, 'a');\n"},
    document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t/{id}:
    $id
    get:
      operationId: getT
      $ok
      x-sql: {returns: one, etag: version, sql: "SELECT id, v, version FROM t WHERE id = :id"}
    put:
      operationId: putT
      $body
      $ok
      x-sql: {returns: one, etag: version, if-match: required, on-zero: getT, sql: "UPDATE t SET v = :v, version = version + 1 WHERE id = :id AND version = :_if_match RETURNING id, v, version"}
    patch:
      operationId: patchT
      $body
      $ok
      x-sql: {returns: one, etag: version, if-match: optional, on-zero: getT, sql: "UPDATE t SET v = :v, version = version + 1 WHERE id = :id AND (:_if_match IS NULL OR version = :_if_match) RETURNING id, v, version"}
    delete:
      operationId: deleteT
      responses: {'204': {description: gone}}
      x-sql: {returns: count, if-match: required, on-zero: getT, sql: "DELETE FROM t WHERE id = :id AND version = :_if_match"}
API
$app{document} =~ s/returns: count, if/returns: one, if/;
$app{document} =~ s/(version = :_if_match)"\}\n\z/$1 RETURNING id"}\n/;
my $leat = Leat::Test->new(%app)->start;
sub put { my ($tag, %o) = @_; return $leat->request($o{method} // 'PUT', $o{path} // '/t/1', body => '{"v":"b"}', headers => {'Content-Type' => 'application/json', defined $tag ? ('If-Match' => $tag) : ()}) }

my $r = $leat->get('/t/1');
is($r->{headers}{etag}, '"1"', 'an entity tag');
is_deeply($r->{json}, {id => 1, v => 'a'}, 'whose column is no property stays out of the body');
is($r->{headers}{'cache-control'}, 'private, no-cache', 'it may be kept, and asked about');
for (['"1"', 304], ['W/"1"', 304], ['"0", "1"', 304], ['*', 304], ['"2"', 200], ['junk', 200]) {
    my ($tags, $status) = @$_;
    my $a = $leat->get('/t/1', headers => {'If-None-Match' => $tags});
    is("$a->{status} " . length($a->{body}), $status == 304 ? '304 0' : "200 16", "If-None-Match: $tags");
    is($a->{headers}{etag}, '"1"', 'with its tag');
}

is(put(undef)->{status}, 428, 'required, and absent');
is(put('"2"')->{status}, 412, 'another version');
is(put('W/"1"')->{status}, 412, 'a weak tag never matches');
is(put($_)->{status}, 400, "malformed: $_") for '1', '"1', '"1", "2"', '"a b"';
is(put('"1"', path => '/t/2')->{status}, 404, 'what is not there');
$r = put('"1"');
is("$r->{status} $r->{headers}{etag}", '200 "2"', 'the version that is there');
$r = put('"1"');
is("$r->{status} $r->{json}{error}", '412 the resource has changed', 'once');
is($leat->get('/t/1')->{headers}{etag}, '"2"', 'and nothing was changed');
is(put(undef, method => 'PATCH')->{status}, 200, 'optional, and absent');
is(put('*', method => 'PATCH')->{status}, 200, 'any');
is(put('"2"', method => 'PATCH')->{status}, 412, 'optional, and wrong');
is($leat->request('DELETE', '/t/1', headers => {'If-Match' => '"1"'})->{status}, 412, 'a DELETE of another version');
is($leat->request('DELETE', '/t/1', headers => {'If-Match' => '"4"'})->{status}, 204, 'of that version');
is($leat->request('DELETE', '/t/1', headers => {'If-Match' => '"4"'})->{status}, 404, 'and then it is gone');

# A name that refers to nothing is found at load.
for (['on-zero: getT', 'on-zero: nobody', qr/on-zero: no operation with x-sql is named nobody/],
     ['on-zero: getT', 'on-zero: deleteT', qr/on-zero: deleteT must be one statement that reads one row/],
     ['etag: version', 'etag: nothing', qr/etag: the statement has no column nothing/],
     ['if-match: required, ', '', qr/:_if_match requires if-match/],
     ['= :_if_match', '= 1', qr/if-match: no statement uses :_if_match/]) {
    my ($from, $to, $message) = @$_;
    $leat->write('api.yaml', $app{document} =~ s/\Q$from\E/$to/r);
    like($leat->leat('check')->{err}, $message, $message);
}
all_done;
