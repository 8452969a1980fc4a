# SPDX-License-Identifier: MIT
# leat routes lists every operation, with its binding and its security.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new(document => <<'API', migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);'});
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1/}]
security: [{bearer: []}]
x-timeout: 5s
paths:
  /t/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    delete:
      operationId: deleteT
      security: [{bearer: ["t:write", admin]}, {key: [], tls: []}]
      x-rate-limit: writes
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "DELETE FROM t WHERE id = :id"}
    get:
      operationId: getT
      security: []
      responses: {"200": {description: ok}}
      x-sql: {returns: one, sql: "SELECT id, v FROM t WHERE id = :id"}
  /a:
    get:
      security: [{}, {bearer: []}]
      x-timeout: 250
      x-rate-limit: [reads, writes]
      responses: {"200": {description: ok}}
      x-handler: report
    put: {operationId: nothing, responses: {"200": {description: ok}}}
  /live:
    get: {operationId: live, responses: {"200": {description: ok}}, x-builtin: health.live}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: x-key}
    tls: {type: mutualTLS}
API
my $file = "$leat->{dir}/api.yaml";
my @rows = (
    ['GET', '/v1/a', 'get /a', 'handler report', 'anyone|bearer', 'rate=["reads","writes"],timeout=250', "$file:21"],
    ['PUT', '/v1/a', 'nothing', 'none', 'bearer', 'timeout=5s', "$file:27"],
    ['GET', '/v1/live', 'live', 'builtin health.live', 'bearer', 'timeout=5s', "$file:29"],
    ['GET', '/v1/t/{id}', 'getT', 'sql read', '-', 'timeout=5s', "$file:15"],
    ['DELETE', '/v1/t/{id}', 'deleteT', 'sql write', 'bearer(t:write,admin)|key+tls', 'rate=writes,timeout=5s', "$file:9"],
);
my $r = $leat->leat('routes');
is("$r->{code} $r->{err}", '0 ', 'routes');
my ($head, @lines) = split /\n/, $r->{out};
is_deeply([split ' ', $head], [qw(METHOD PATH OPERATION BINDING SECURITY LIMITS SOURCE)], 'a line of titles');
is_deeply([map { [split / {2,}/] } @lines], \@rows, 'in the order of paths and methods');
my @starts = map { my $line = $_; [map { index($head, $_) == 0 || substr($line, index($head, $_) - 1, 1) eq ' ' ? 1 : 0 } split ' ', $head] } @lines;
is_deeply([grep { "@$_" =~ /0/ } @starts], [], 'in columns');

$r = $leat->leat('routes', '--json');
is($r->{code}, 0, '--json');
my @keys = qw(method path operationId binding security limits source);
is_deeply(decode_json($r->{out}), [map { my %row; @row{@keys} = map { $_ eq '-' ? undef : $_ } @$_; \%row } @rows], 'the same as JSON');
ok(!-e "$leat->{dir}/app.db", 'no database was made');

$leat->write('api.yaml', slurp($file) =~ s/SELECT id, v/SELECT id, w/r);
$r = $leat->leat('routes');
is("$r->{code} $r->{out}", '1 ', 'a document that is wrong: exit 1');
like($r->{err}, qr/getT: no such column: w/, 'and why');
is($leat->leat('routes', 'more')->{code}, 2, 'an argument: usage');

# Two documents, one list.
my $todo = Leat::Test->new;
$todo->write('two.yaml', "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: /a}]\npaths:\n  /x:\n    get: {operationId: x, responses: {'200': {description: ok}}, x-builtin: health.live}\n");
$todo->configure("api: [{document: $todo->{api}}, {document: two.yaml}]\n");
$r = $todo->leat('routes');
my @paths = map { (split ' ')[1] } (split /\n/, $r->{out})[1 .. 11];
is($paths[0], '/a/x', 'documents are merged');
is_deeply(\@paths, [sort @paths], 'by path');
all_done;
