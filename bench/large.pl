# SPDX-License-Identifier: MIT
# Writes an application with many operations: for each resource a list, a create, a read, a patch
# and a delete, with schemas of its own, and a table for every ten resources.
#
#     perl bench/large.pl FOLDER [OPERATIONS]
use strict;
use warnings;

my ($folder, $operations) = @ARGV;
die "usage: perl bench/large.pl FOLDER [OPERATIONS]\n" unless defined $folder;
my $resources = int(($operations // 10_000) / 5) || 1;
my $tables    = int(($resources + 9) / 10);

sub spew {
    my ($name, @text) = @_;
    open my $f, '>', "$folder/$name" or die "large: $folder/$name: $!\n";
    print {$f} @text;
    close $f or die "large: $folder/$name: $!\n";
}

sub table {
    my ($t) = @_;
    return <<"SQL";
CREATE TABLE items_$t (
  id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  price REAL NOT NULL, tags TEXT, note TEXT, created_at TEXT NOT NULL);
CREATE INDEX items_${t}_owner ON items_$t (owner, created_at, id);
SQL
}

sub paths {
    my ($r, $t) = @_;
    my $all = 'id, owner, name, state, price, tags, note, created_at';
    return <<"YAML";
  /resource-$r:
    get:
      operationId: listResource$r
      summary: List of resource $r
      parameters:
      - {name: owner, in: query, required: true, schema: {type: integer}}
      - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
      - {name: cursor, in: query, schema: {type: string}}
      responses:
        "200":
          description: A page of rows, newest first.
          content: {application/json: {schema: {\$ref: "#/components/schemas/Page$r"}}}
      x-sql:
        returns: list
        sql: SELECT $all FROM items_$t WHERE owner = :owner
        page: {by: [created_at, id], order: desc, limit: limit, cursor: cursor}
    post:
      operationId: createResource$r
      summary: Create one of resource $r
      requestBody:
        required: true
        content: {application/json: {schema: {\$ref: "#/components/schemas/New$r"}}}
      responses:
        "201":
          description: The new one.
          content: {application/json: {schema: {\$ref: "#/components/schemas/Resource$r"}}}
      x-sql:
        returns: one
        location: /resource-$r/{id}
        sql: |
          INSERT INTO items_$t (owner, name, state, price, tags, note, created_at)
          VALUES (:owner, :name, :state, :price, :tags, :note, :_now) RETURNING $all
  /resource-$r/{id}:
    parameters:
    - {\$ref: "#/components/parameters/Id"}
    get:
      operationId: getResource$r
      summary: Get one of resource $r
      responses:
        "200":
          description: It.
          content: {application/json: {schema: {\$ref: "#/components/schemas/Resource$r"}}}
      x-sql: {returns: one, sql: "SELECT $all FROM items_$t WHERE id = :id"}
    patch:
      operationId: patchResource$r
      summary: Change one of resource $r
      requestBody:
        required: true
        content: {application/json: {schema: {\$ref: "#/components/schemas/Patch$r"}}}
      responses:
        "200":
          description: As it is now.
          content: {application/json: {schema: {\$ref: "#/components/schemas/Resource$r"}}}
      x-sql:
        returns: one
        sql: |
          UPDATE items_$t SET name = coalesce(:name, name), state = coalesce(:state, state),
                 price = coalesce(:price, price) WHERE id = :id RETURNING $all
    delete:
      operationId: deleteResource$r
      summary: Delete one of resource $r
      responses: {"204": {description: Deleted.}}
      x-sql: {returns: one, sql: "DELETE FROM items_$t WHERE id = :id RETURNING id"}
YAML
}

sub schemas {
    my ($r) = @_;
    my $name  = 'name: {type: string, minLength: 1, maxLength: 200, pattern: "^[^<>]*$"}';
    my $state = 'state: {type: string, enum: [open, held, closed]}';
    my $price = 'price: {type: number, minimum: 0}';
    return <<"YAML";
    Resource$r:
      type: object
      required: [id, owner, name, state, price, tags, note, created_at]
      properties:
        id: {type: integer}
        owner: {type: integer}
        name: {type: string}
        $state
        $price
        tags: {type: [array, "null"], items: {\$ref: "#/components/schemas/Tag"}}
        note: {type: [string, "null"]}
        created_at: {type: string, format: date-time}
    Page$r:
      type: object
      required: [items, next]
      properties:
        items: {type: array, items: {\$ref: "#/components/schemas/Resource$r"}}
        next: {type: [string, "null"]}
    New$r:
      type: object
      required: [owner, name, state, price]
      properties:
        owner: {type: integer, minimum: 1}
        $name
        $state
        $price
        tags: {type: array, maxItems: 8, items: {\$ref: "#/components/schemas/Tag"}}
        note: {type: string, maxLength: 2000}
    Patch$r:
      type: object
      properties:
        $name
        $state
        $price
YAML
}

my @numbers = map { sprintf '%04d', $_ } 1 .. $resources;
-d "$folder/migrations" or mkdir "$folder/migrations" or die "large: $folder/migrations: $!\n";
spew('migrations/0001_items.up.sql', map { table($_) } 1 .. $tables);
spew('api.yaml', <<'YAML', (map { paths($_, 1 + ($_ - 1) % $tables) } @numbers), <<'YAML', map { schemas($_) } @numbers);
openapi: 3.1.0
info: {title: Large, version: 1.0.0}
servers: [{url: /v1}]
security: []
paths:
YAML
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
  schemas:
    Tag: {type: string, minLength: 1, maxLength: 20}
YAML
spew('leat.yaml', <<"YAML");
listen: [{address: "unix:$folder/http.sock"}]
workers: 1
api: [{document: "$folder/api.yaml"}]
database: {path: "$folder/large.db", migrations: "$folder/migrations", migrate: on-start}
control: {socket: "$folder/leat.sock"}
log: {access: false, level: info}
YAML
