# SPDX-License-Identifier: MIT
# The check applies all migrations, whatever the operations need, so that none fails at the start.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my %document = (
    'a built-in alone' => 'x-builtin: health.live',
    'nothing bound'    => 'x-internal: true',
    'SQL'              => 'x-sql: {returns: one, sql: SELECT 1 AS a}',
);
my %migration = (
    'a syntax error' => ['CREATE TABLE t (id INTEGER); INSRT INTO t VALUES (1);', 1, 'near "INSRT"'],
    'an unknown table' => ['INSERT INTO absent VALUES (1);', 1, 'no such table: absent'],
    'a violated constraint' =>
        ["CREATE TABLE t (a CHECK (a > 1));\nINSERT INTO t VALUES (1);", 2, 'CHECK constraint failed'],
    'an unknown function' => ['CREATE TABLE t (a); CREATE INDEX i ON t (absent(a));', 1, 'no such function'],
);
for my $bound (sort keys %document) {
    subtest "a migration is proved with $bound" => sub {
        for my $what (sort keys %migration) {
            my ($sql, $line, $message) = @{$migration{$what}};
            my $leat = Leat::Test->new(migrations => {'0001_t.up.sql' => $sql}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a:
    get:
      operationId: a
      responses: {'200': {description: ok, content: {application/json: {schema: {type: object}}}}}
      $document{$bound}
API
            for my $live ([], ['--live']) {
                my $check = $leat->leat('check', @$live);
                is($check->{code}, 1, "$what: leat check @$live");
                like($check->{err}, qr/0001_t\.up\.sql:$line: \Q$message\E/, 'says where');
            }
        }
    };
}
all_done;
