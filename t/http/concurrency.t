# SPDX-License-Identifier: MIT
# A write with If-Match changes a resource only in the version that the client has seen: etag, if-match and
# on-zero of x-sql (RFC 9110, 13).
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $item = '{type: object, required: [id, v], properties: {id: {type: integer}, v: {type: string}}}';
my $json = 'content: {application/json: {schema:';
my $ok = "responses: {'200': {description: ok, $json $item}}}}";
my $body = "requestBody: {required: true, $json {type: object, required: [v], properties: {v: {type: string}}}}}}";
my $id = 'parameters: [{name: id, in: path, required: true, schema: {type: integer}}]';
my $update = 'UPDATE t SET v = :v, version = version + 1 WHERE id = :id';
my $returning = 'RETURNING id, v, version';
my %app = (migrations => {'0001_t.up.sql' => <<'SQL'}, document => <<"API");
CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1);
INSERT INTO t (id, v) VALUES (1, 'a');
SQL
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
      x-sql:
        {returns: one, etag: version, if-match: required, on-zero: getT,
        sql: "$update AND version = :_if_match $returning"}
    patch:
      operationId: patchT
      $body
      $ok
      x-sql:
        {returns: one, etag: version, if-match: optional, on-zero: getT,
        sql: "$update AND (:_if_match IS NULL OR version = :_if_match) $returning"}
    delete:
      operationId: deleteT
      responses: {'204': {description: gone}}
      x-sql:
        {returns: one, if-match: required, on-zero: getT,
        sql: "DELETE FROM t WHERE id = :id AND version = :_if_match RETURNING id"}
API
my $leat = Leat::Test->new(%app)->start;
sub put {
    my ($tag, %o) = @_;
    my %headers = ('Content-Type' => 'application/json', defined $tag ? ('If-Match' => $tag) : ());
    return $leat->request($o{method} // 'PUT', $o{path} // '/t/1', body => '{"v":"b"}', headers => \%headers);
}

subtest 'a read has an entity tag, and answers 304 to whoever has that version' => sub {
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
};

subtest 'a PUT that requires If-Match changes the version that is there, once' => sub {
    is(put(undef)->{status}, 428, 'required, and absent');
    is(put('"2"')->{status}, 412, 'another version');
    is(put('W/"1"')->{status}, 412, 'a weak tag never matches');
    is(put($_)->{status}, 400, "malformed: $_") for '1', '"1', '"2", x', '"a b"';
    is(put('"1"', path => '/t/2')->{status}, 404, 'what is not there');
    my $r = put('"1"');
    is("$r->{status} $r->{headers}{etag}", '200 "2"', 'the version that is there');
    $r = put('"1"');
    is("$r->{status} $r->{json}{error}", '412 the resource has changed', 'once');
    is($leat->get('/t/1')->{headers}{etag}, '"2"', 'and nothing was changed');
};

subtest 'where If-Match is optional, it holds when it is sent' => sub {
    is(put(undef, method => 'PATCH')->{status}, 200, 'optional, and absent');
    is(put('*', method => 'PATCH')->{status}, 200, 'any');
    is(put('"2"', method => 'PATCH')->{status}, 412, 'optional, and wrong');
};

subtest 'a DELETE with If-Match removes the version that is there' => sub {
    is($leat->request('DELETE', '/t/1', headers => {'If-Match' => '"1"'})->{status}, 412,
        'a DELETE of another version');
    is($leat->request('DELETE', '/t/1', headers => {'If-Match' => '"4"'})->{status}, 204, 'of that version');
    is($leat->request('DELETE', '/t/1', headers => {'If-Match' => '"4"'})->{status}, 404, 'and then it is gone');
};

subtest 'that nothing tells the version which If-Match: * stands for is said at load' => sub {
    my $warnings = sub {
        my ($document) = @_;
        $leat->write('api.yaml', $document);
        my $err = $leat->leat('check')->{err};
        return join ' ', sort $err =~ /warning: (\w+): if-match: If-Match: \* and lists of tags never match/g;
    };
    is($warnings->($app{document}), '', 'the GET of the path does');
    is($warnings->($app{document} =~ s/etag: version, sql: "SELECT/sql: "SELECT/r), 'deleteT putT',
        'whoever does not expect NULL is named');
};

subtest 'a name that refers to nothing is found at load' => sub {
    for (['on-zero: getT', 'on-zero: nobody', qr/on-zero: no operation with x-sql is named nobody/],
         ['on-zero: getT', 'on-zero: deleteT', qr/on-zero: deleteT must be one statement that reads one row/],
         ['etag: version', 'etag: nothing', qr/etag: the statement has no column nothing/],
         ['if-match: required, ', '', qr/:_if_match requires if-match/],
         ['= :_if_match', '= 1', qr/if-match: no statement uses :_if_match/]) {
        my ($from, $to, $message) = @$_;
        $leat->write('api.yaml', $app{document} =~ s/\Q$from\E/$to/r);
        like($leat->leat('check')->{err}, $message, $message);
    }
};

all_done;
