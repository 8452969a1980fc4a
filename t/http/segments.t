# SPDX-License-Identifier: MIT
# Paths that mix text and parameters are routed, servers with variables are mounted, and where an
# operation has several successes the binding says which one is answered.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $text = '{type: string}';
sub path { return join ', ', map { "{name: $_, in: path, required: true, schema: $text}" } @_ }

sub answer {
    my $properties = join ', ', map { "$_: $text" } @_;
    return "{application/json: {schema: {type: object, properties: {$properties}}}}";
}
my $ok = sub { '{"200": {description: ok, content: ' . answer(@_) . '}}' };

my $leat = Leat::Test->new(document => <<"API")->start;
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: "https://{region}.example.com/{base}", variables: {region: {default: eu}, base: {default: v1}}}]
paths:
  /jobs/{id}:
    get:
      parameters: [${\path('id')}]
      responses: ${\$ok->('id')}
      x-sql: {returns: one, sql: "SELECT :id AS id"}
  /jobs/{id}:cancel:
    post:
      parameters: [${\path('id')}]
      responses:
        "200": {description: done}
        "202": {description: begun, content: ${\answer('id')}}
        default: {description: d}
      x-sql: {returns: one, status: 202, sql: "SELECT 'cancelled ' || :id AS id"}
  /files/{name}.{extension}:
    get:
      parameters: [${\path('extension', 'name')}]
      responses: ${\$ok->('name', 'extension')}
      x-sql: {returns: one, sql: "SELECT :name AS name, :extension AS extension"}
  /query:
    get:
      operationId: query
      security: [{key: []}]
      responses: ${\$ok->('a')}
components: {securitySchemes: {key: {type: apiKey, in: query, name: key}}}
API

subtest 'matches a parameter beside text' => sub {
    is($leat->get('/v1/jobs/7')->{json}{id}, '7', 'a whole segment');
    is($leat->get('/v1/jobs/7%3Acancel')->{json}{id}, '7:cancel', 'an escaped delimiter belongs to the value');
    my $two = $leat->get('/v1/files/a.tar.gz')->{json};
    is_deeply($two, {name => 'a', extension => 'tar.gz'}, 'two parameters, by name');
    my $decoded = $leat->get('/v1/files/%C3%A4%20b.txt')->{json};
    is_deeply($decoded, {name => "\x{e4} b", extension => 'txt'}, 'decoded');
    is($leat->get('/v1/files/a')->{status}, 404, 'no text, no match');
    is($leat->get('/v1/jobs/7:cancel')->{status}, 405, 'the path is chosen before the method');
    done_testing;
};

subtest 'answers the success that the binding names' => sub {
    my $r = $leat->post('/v1/jobs/7:cancel');
    is("$r->{status} $r->{json}{id}", '202 cancelled 7', 'status: 202');
    done_testing;
};

subtest 'keeps an unbound operation closed if its security cannot be enforced' => sub {
    is($leat->get('/v1/query?key=1')->{status}, 401, 'an apiKey in the query');
    done_testing;
};
all_done;
