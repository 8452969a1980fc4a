# SPDX-License-Identifier: MIT
# Several documents, in YAML and JSON and in several files, are served side by side: that is versioning.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

# Makes a GET: its parameters and the properties of its answer with their types, and its SQL.
sub operation {
    my ($parameters, $properties, $sql, %more) = @_;
    my %schemas = map { $_ => {type => $properties->{$_}} } keys %$properties;
    my @list = map { {name => $_, in => 'path', required => JSON::PP::true, schema => {type => $parameters->{$_}}} }
        reverse sort keys %$parameters;
    my %content = ('application/json' => {schema => {type => 'object', properties => \%schemas}});
    return {get => {%more, parameters => \@list, responses => {200 => {description => 'ok', content => \%content}},
        'x-sql' => {returns => 'one', sql => $sql}}};
}

my %strings = (a => 'string', b => 'string');
my %integers = (version => 'integer', id => 'integer');
my $item = operation({id => 'integer'}, \%integers, 'SELECT 2 AS version, :id AS id', operationId => 'getT');
my $two = encode_json({
    openapi => '3.1.0', info => {title => 'two', version => '2'}, servers => [{url => 'https://example.com/v2/'}],
    paths => {
        '/t/{id}' => {'$ref' => 'paths.json#/t~1item'},
        '/deep/{a}/x/{b}' => operation(\%strings, \%strings, 'SELECT :a AS a, :b AS b'),
    },
});
my %files = ('two.json' => $two, 'paths.json' => encode_json({'t/item' => $item}));
my $config = "api: [{document: api.yaml}, {document: two.json}]\n";
my $leat = Leat::Test->new(files => \%files, config => $config, document => <<'API')->start;
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
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {version: {type: integer}, id: {type: integer}}}
      x-sql: {returns: one, sql: "SELECT 1 AS version, :id AS id"}
API

subtest 'a version with a sunset is served, and says that it is on its way out' => sub {
    my $r = $leat->get('/v1/t/5');
    is_deeply($r->{json}, {version => 1, id => 5}, 'the first version');
    is("$r->{headers}{deprecation} $r->{headers}{sunset}", '@0 Wed, 30 Jun 2027 00:00:00 GMT', 'on its way out');
};

subtest 'another version is served beside it, to stay, from two files of JSON' => sub {
    my $r = $leat->get('/v2/t/6');
    is_deeply($r->{json}, {version => 2, id => 6}, 'the second beside it');
    ok(!$r->{headers}{deprecation} && !$r->{headers}{sunset}, 'to stay');
    is_deeply($leat->get('/v2/deep/1/x/2')->{json}, {a => 1, b => 2}, 'parameters by name, not by order');
};

subtest 'nothing is served outside of the mounts, nor at one' => sub {
    is($leat->get('/t/5')->{status}, 404, 'outside');
    is($leat->get('/v1')->{status}, 404, 'at one');
};
all_done;
