# SPDX-License-Identifier: MIT
# An operation with x-timeout is answered 504 when its time has passed, and has changed nothing.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $answer  = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $endless = 'WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT sum(x) AS n FROM c';

# Returns a document; the keys of the document and of its operations come from the test.
sub document {
    my ($root, $operation) = @_;
    return <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
$root
paths:
  /read: {get: {operationId: read, $operation $answer, x-sql: {returns: one, sql: $endless}}}
  /write: {post: {operationId: write, $operation $answer, x-sql: {returns: count, sql: "INSERT INTO t $endless"}}}
  /quick: {get: {operationId: quick, $operation $answer, x-sql: {returns: one, sql: "SELECT count(*) AS n FROM t"}}}
API
}

my %migration = (migrations => {'0001_t.up.sql' => "CREATE TABLE t (n INTEGER);\n"});

for (['of the operation', '', 'x-timeout: 200ms,', '60s'], ['in milliseconds', '', 'x-timeout: 200,', '60s'],
     ['of the document', 'x-timeout: 200ms', '', '60s'],
     ['of the server, if that is less', '', 'x-timeout: 1h,', '1s']) {
    my ($what, $root, $operation, $all) = @$_;
    subtest "the time $what ends a read and a write" => sub {
        my $leat = Leat::Test->new(%migration, document => document($root, $operation),
            config => "timeouts: {request: $all}\n")->start;
        is($leat->get('/read')->{status}, 504, 'a read');
        is($leat->request('POST', '/write')->{status}, 504, 'a write');
        my $quick = $leat->get('/quick');
        is("$quick->{status} $quick->{json}{n}", '200 0', 'nothing was written, and the server goes on');
    };
}

subtest 'what is no duration is an error at load' => sub {
    for my $value ('soon', '-1s', '0', '25h', '[1s]', 'true', '1.5') {
        my $leat  = Leat::Test->new(%migration, document => document('', "x-timeout: $value,"));
        my $check = $leat->leat('check');
        is($check->{code}, 1, $value);
        like($check->{err}, qr/api\.yaml:6:\d+: (?:read|write|quick): x-timeout: must be a duration/, 'with its place');
    }
};
all_done;
