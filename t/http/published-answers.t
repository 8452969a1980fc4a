# SPDX-License-Identifier: MIT
# Published is what is served: an answer is published with the headers that it has, and without a
# body that it cannot have.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $json = 'content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}';
my $document = <<"YAML";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: getN
      x-rate-limit: some
      security: [{bearer: []}]
      responses: {"200": {description: d, $json}, "403": {\$ref: "#/components/responses/Denied"}}
      x-sql: {returns: one, sql: "SELECT 7 AS id"}
    put:
      operationId: putN
      x-sunset: "2033-01-31"
      x-rate-limit: some
      security: [{bearer: []}]
      responses: {"204": {description: d}, "418": {description: t, x-leat-component: Mine}}
      x-sql: {returns: none, sql: "SELECT 7"}
    post:
      operationId: postN
      security: [{bearer: []}]
      responses: {"200": {description: d}, "403": {\$ref: "#/components/responses/Denied"}}
      x-sql: {returns: none, sql: "SELECT 7"}
  /empty/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    put:
      operationId: putEmpty
      responses: {"204": {description: d, $json}}
      x-sql: {returns: one, sql: "SELECT :id AS id"}
    post:
      operationId: postEmpty
      responses: {"205": {\$ref: "#/components/responses/Empty"}, 1XX: {\$ref: "#/components/responses/Empty"}}
      x-sql: {returns: one, sql: "SELECT :id AS id"}
    get:
      operationId: getEmpty
      responses:
        "200": {\$ref: "#/components/responses/Empty"}
        "304": {\$ref: "#/components/responses/Empty"}
      x-sql: {returns: one, etag: id, sql: "SELECT :id AS id"}
    head:
      operationId: headEmpty
      responses: {"200": {\$ref: "#/components/responses/Empty"}}
      x-sql: {returns: one, sql: "SELECT :id AS id"}
    patch:
      operationId: unbound
      responses: {"204": {\$ref: "#/components/responses/Empty"}}
components:
  responses:
    Denied: {description: denied, content: {application/problem+json: {schema: {type: object}}}}
    Empty: {description: e, headers: {X-Mine: {schema: {type: string}}}, $json}
  securitySchemes:
    bearer: {type: http, scheme: bearer}
YAML
my $leat = Leat::Test->new(document => $document, config => "rate-limits: {some: {rate: 5/min, key: ip}}\n");
$leat->start;
my $published = $leat->get('/openapi.json')->{json};

sub target { return referred($published, $_[0]) }
sub response {
    my ($method, $path, $code) = @_;
    return target($published->{paths}{$path}{$method}{responses}{$code});
}
sub sent { return join ' ', sort keys %{response(@_)->{headers} || {}} }

subtest 'every answer after the limits has their headers' => sub {
    my $limits = 'RateLimit RateLimit-Policy';
    is(sent(get => '/n', 401), "$limits WWW-Authenticate", 'a challenge');
    is(sent(get => '/n', $_), $limits, "their $_") for 200, 400, 403, 500;
    is(sent(get => '/n', 406), '', 'but not one before them');
    is(sent(put => '/n', 400), "$limits Sunset", 'the end of an operation is in all of its answers');
    is(sent(post => '/n', 401), 'WWW-Authenticate', 'an operation without limits has none');
    is(sent(post => '/n', 403), '', 'nor has the component of the author');
    my $r = $leat->get('/n');
    is($r->{status}, 401, 'such a challenge');
    ok($r->{headers}{$_}, "has $_") for 'ratelimit', 'ratelimit-policy', 'www-authenticate';
    $r = $leat->get('/n', headers => {Accept => 'text/plain'});
    is($r->{status}, 406, 'an answer before the limits');
    ok(!$r->{headers}{ratelimit}, 'has none');
    ok($leat->request(PUT => '/n')->{headers}{sunset}, 'an error has Sunset');
};

subtest 'equal answers are one component' => sub {
    my $paths = $published->{paths};
    my ($get, $put, $post) = map { $paths->{'/n'}{$_}{responses}{500}{'$ref'} } qw(get put post);
    is(scalar(keys %{{map { $_ => 1 } $get, $put, $post}}), 3, 'different ones are not');
    is($paths->{"/empty/{id}"}{$_}{responses}{500}{'$ref'}, $post, "$_ refers to it") for qw(get put post);
    my %used = map { $_ => 1 } $leat->get('/openapi.json')->{body} =~ m{#/components/responses/(\w+)"}g;
    is_deeply([grep { !$used{$_} } sort keys %{$published->{components}{responses}}], [], 'and each is used');
    my %fields = map { $_ => 1 } map { keys %$_ } values %{$published->{components}{responses}};
    is_deeply([sort keys %fields], [qw(content description headers)], 'without a field of ours');
    is($paths->{'/n'}{put}{responses}{418}{'x-leat-component'}, 'Mine', "an author's extension stays");
};

subtest 'an answer that has no body is published without one' => sub {
    ok(!response(@$_)->{content}, join ' ', @$_)
        for [put => '/empty/{id}', 204], [post => '/empty/{id}', 205], [post => '/empty/{id}', '1XX'],
        [get => '/empty/{id}', 304], map { [head => '/empty/{id}', $_] } 200, 404, 500;
    is(sent(post => '/empty/{id}', 205), 'X-Mine', 'but with its headers');
    ok(response(get => '/empty/{id}', 200)->{content}, 'others of the component have it');
    ok(response(patch => '/empty/{id}', 204)->{content}, 'what is not bound describes another server');
    is($leat->request(PUT => '/empty/3', headers => {Accept => 'text/plain'})->{status}, 204, 'nothing to negotiate');
    is($leat->request(HEAD => '/empty/3')->{body}, '', 'HEAD');
};

subtest 'and leat check warns of it' => sub {
    my $check = $leat->leat('check');
    is($check->{code}, 0, 'no error');
    my @said = $check->{err} =~ /api\.yaml:\S+ warning: content: is never sent; (.*)/g;
    is_deeply([sort @said], [map { "a $_ response has no body" } '1XX', 204, 205, 304], 'each') or diag $check->{err};
};

all_done;
