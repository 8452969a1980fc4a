# SPDX-License-Identifier: MIT
# leat routes lists every operation, with its binding and its security.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);');
my $leat = Leat::Test->new(migrations => \%migrations, document => <<'API');
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
      x-concurrency: 7
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
    ['GET', '/v1/a', 'get /a', 'handler report', 'anyone|bearer', 'rate=["reads","writes"],timeout=250', "$file:22"],
    ['PUT', '/v1/a', 'nothing', 'none', 'bearer', 'timeout=5s', "$file:28"],
    ['GET', '/v1/live', 'live', 'builtin health.live', 'bearer', 'timeout=5s', "$file:30"],
    ['GET', '/v1/t/{id}', 'getT', 'sql read', '-', 'timeout=5s,concurrency=7', "$file:15"],
    ['DELETE', '/v1/t/{id}', 'deleteT', 'sql write', 'bearer(t:write,admin)|key+tls', 'rate=writes,timeout=5s',
        "$file:9"],
);

subtest 'lists operations in the order of paths and methods, in columns' => sub {
    my $r = $leat->leat('routes');
    is("$r->{code} $r->{err}", '0 ', 'routes');
    my ($head, @lines) = split /\n/, $r->{out};
    is_deeply([split ' ', $head], [qw(METHOD PATH OPERATION BINDING SECURITY LIMITS SOURCE)], 'a line of titles');
    is_deeply([map { [split / {2,}/] } @lines], \@rows, 'in the order of paths and methods');
    my $begins = sub { my ($line, $at) = @_; return $at == 0 || substr($line, $at - 1, 1) eq ' ' };
    my @crooked = grep { my $line = $_; grep { !$begins->($line, index $head, $_) } split ' ', $head } @lines;
    is_deeply(\@crooked, [], 'in columns');
    done_testing;
};

subtest 'lists the same as JSON' => sub {
    my $r = $leat->leat('routes', '--json');
    is($r->{code}, 0, '--json');
    my @keys = qw(method path operationId binding security limits source);
    my @all;
    for (@rows) {
        my %row;
        @row{@keys} = map { $_ eq '-' ? undef : $_ } @$_;
        push @all, \%row;
    }
    is_deeply(decode_json($r->{out}), \@all, 'the same as JSON');
    ok(!-e "$leat->{dir}/app.db", 'no database was made');
    done_testing;
};

subtest 'says why it cannot list' => sub {
    $leat->write('api.yaml', slurp($file) =~ s/SELECT id, v/SELECT id, w/r);
    my $r = $leat->leat('routes');
    is("$r->{code} $r->{out}", '1 ', 'a document that is wrong: exit 1');
    like($r->{err}, qr/getT: no such column: w/, 'and why');
    is($leat->leat('routes', 'more')->{code}, 2, 'an argument: usage');
    done_testing;
};

subtest 'merges the lists of several documents' => sub {
    my $todo = Leat::Test->new;
    $todo->write('two.yaml', <<'YAML');
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: /a}]
paths:
  /x:
    get: {operationId: x, responses: {'200': {description: ok}}, x-builtin: health.live}
YAML
    $todo->configure("api: [{document: $todo->{api}}, {document: two.yaml}]\n");
    my $r = $todo->leat('routes');
    my @paths = map { (split ' ')[1] } (split /\n/, $r->{out})[1 .. 11];
    is($paths[0], '/a/x', 'documents are merged');
    is_deeply(\@paths, [sort @paths], 'by path');
    done_testing;
};

all_done;
