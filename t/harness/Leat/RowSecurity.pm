# SPDX-License-Identifier: MIT
# A server whose tables todos and lists have owners, and documents of operations on them.
#
#     my $leat = owned($head . $tables . "paths:\n" . list('all', 'SELECT id FROM todos'));
#     $leat->write('api.yaml', $head . $tables . …);      # and check or reload it
package Leat::RowSecurity;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Jwt;
use Leat::Test ();

our @EXPORT = qw(owned token gives list change $head $tables $migration $row $count $unrestricted);

my $secret = '0123456789abcdef0123456789abcdef';

# Two lists and four todos of u1 and u2; one todo of u2 stands in a list of u1.
our $migration = <<'SQL';
CREATE TABLE lists (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX lists_by_owner ON lists (owner_id);
CREATE TABLE todos (
    id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT NOT NULL UNIQUE, n INTEGER NOT NULL DEFAULT 0,
    list_id INTEGER REFERENCES lists (id) ON DELETE CASCADE
);
CREATE INDEX todos_by_owner ON todos (owner_id, id);
CREATE TABLE log (what TEXT NOT NULL);
CREATE TRIGGER log_bumps AFTER INSERT ON log WHEN new.what = 'bump' BEGIN UPDATE todos SET n = n + 1; END;
CREATE TRIGGER log_counts AFTER INSERT ON log WHEN new.what = 'count' BEGIN
    UPDATE log SET what = 'rows: ' || (SELECT count(*) FROM todos) WHERE rowid = new.rowid;
END;
CREATE VIEW busy AS SELECT id, title, n FROM todos WHERE n > 0;
CREATE VIEW busier AS WITH todos AS (SELECT * FROM busy) SELECT * FROM todos;
CREATE VIEW quiet AS SELECT what FROM log;
INSERT INTO lists VALUES (1, 'u1', 'mine'), (2, 'u2', 'hers');
INSERT INTO todos (id, owner_id, title, list_id)
    VALUES (1, 'u1', 'a', 1), (2, 'u1', 'b', 1), (3, 'u2', 'c', 2), (4, 'u2', 'd', 1);
SQL

our $row = '{type: object, properties: {id: {type: integer}, title: {type: [string, "null"]}, n: {type: integer}}}';
our $count = '{type: object, properties: {count: {type: integer}}}';
my $id = 'parameters: [{name: id, in: path, required: true, schema: {type: integer}}]';

# The beginning of each document, and the owners of its tables.
our $head = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
security: [{bearer: []}]
YAML
our $tables = "x-tables: {todos: {owner: owner_id}, lists: {owner: owner_id}}\n";
# What stands in an operation for administrators.
our $unrestricted = "security: [{bearer: ['todos:all']}]\n      x-unrestricted: true";

# Returns a bearer token of this server.
sub token {
    my ($sub, @scopes) = @_;
    my %claims = (scope => "@scopes", sub => $sub);
    return jwt(secret_key($secret), access(%claims), {kid => 'k'});
}

# Returns a server, not yet started, with a document and these tables.
sub owned {
    my ($document) = @_;
    my $leat = Leat::Test->new(
        document => $document, migrations => {'0001_a.up.sql' => $migration}, files => {key => $secret}, workers => 1);
    $leat->{identity} = "identity: {keys: [{key: 'file:$leat->{dir}/key', id: k, algorithm: HS256}]}\n";
    $leat->configure($leat->{identity});
    return $leat;
}

# Returns the request body with the parameters of a statement.
sub takes {
    my ($sql) = @_;
    my %p = map { $_ => 1 } $sql =~ /:(title|owner)\b/g or return;
    my $properties = join ', ', map { "$_: {type: string}" } sort keys %p;
    my $schema = "{type: object, properties: {$properties}}";
    return "requestBody: {required: true, content: {application/json: {schema: $schema}}}";
}

# Returns "200 schema" as the responses of an operation.
sub gives {
    my ($status, $schema) = @_;
    return qq[responses: {"$status": {description: d, content: {application/json: {schema: $schema}}}}];
}

# Returns an operation of that name, which is its path too: one that ends in One has a {id}.
sub change {
    my ($name, $method, $returns, $status, $schema, $sql, $more) = @_;
    my $path = $name =~ /One$/ ? "$name/{id}" : $name;
    my $bound = $returns eq 'list' ? 'max-rows: 99, ' : '';
    my @lines = ("operationId: $name", 'x-allow-scan: true', $path ne $name ? $id : (), takes($sql),
        gives($status, $schema), $more // (), "x-sql: {returns: $returns, ${bound}sql: \"$sql\"}");
    return "  /$path:\n    $method:\n" . join '', map { "      $_\n" } @lines;
}
sub list {
    my ($name, $sql) = @_;
    return change($name, 'get', 'list', 200, "{type: array, items: $row}", $sql);
}

1;
