# SPDX-License-Identifier: MIT
# Several documents side by side, in YAML and JSON, in several files: that is versioning.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $two = encode_json({
    openapi => '3.1.0', info => {title => 'two', version => '2'}, servers => [{url => 'https://example.com/v2/'}],
    paths => {
        '/t/{id}' => {'$ref' => 'paths.json#/t~1item'},
        '/deep/{a}/x/{b}' => {get => {
            parameters => [map { {name => $_, in => 'path', required => JSON::PP::true, schema => {type => 'string'}} } qw(b a)],
            responses => {200 => {description => 'ok', content => {'application/json' => {schema => {type => 'object', properties => {a => {type => 'string'}, b => {type => 'string'}}}}}}},
            'x-sql' => {returns => 'one', sql => 'SELECT :a AS a, :b AS b'}}},
    },
});
my $paths = encode_json({'t/item' => {get => {
    operationId => 'getT', parameters => [{name => 'id', in => 'path', required => JSON::PP::true, schema => {type => 'integer'}}],
    responses => {200 => {description => 'ok', content => {'application/json' => {schema => {type => 'object', properties => {version => {type => 'integer'}, id => {type => 'integer'}}}}}}},
    'x-sql' => {returns => 'one', sql => 'SELECT 2 AS version, :id AS id'}}}});
my $leat = Leat::Test->new(document => <<'API', files => {'two.json' => $two, 'paths.json' => $paths}, config => "api: [{document: api.yaml}, {document: two.json}]\n")->start;
openapi: 3.0.0
info: {title: one, version: "1"}
servers: [{url: /v1}]
x-sunset: 2027-06-30
paths:
  /t/{id}:
    get:
      operationId: getT
      deprecated: true
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {version: {type: integer}, id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS version, :id AS id"}
API
my $one = $leat->get('/v1/t/5');
is_deeply($one->{json}, {version => 1, id => 5}, 'the first version');
is("$one->{headers}{deprecation} $one->{headers}{sunset}", '@0 Wed, 30 Jun 2027 00:00:00 GMT', 'on its way out');
my $r = $leat->get('/v2/t/6');
is_deeply($r->{json}, {version => 2, id => 6}, 'the second beside it');
ok(!$r->{headers}{deprecation} && !$r->{headers}{sunset}, 'to stay');
is_deeply($leat->get('/v2/deep/1/x/2')->{json}, {a => 1, b => 2}, 'parameters by name, not by order');
is($leat->get('/t/5')->{status}, 404, 'nothing outside of the mounts');
is($leat->get('/v1')->{status}, 404, 'nor at one');
all_done;
