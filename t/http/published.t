# SPDX-License-Identifier: MIT
# The published document describes what is served: the headers that are honoured and sent, and the
# bodies of errors as they are.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $item = 'description: d, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}';
my $document = <<"YAML";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getN
      responses: &n {"200": {$item}}
      x-sql: {returns: one, etag: v, sql: "SELECT :id AS id, 1 AS v"}
    put:
      operationId: putN
      responses: *n
      x-sql: {returns: one, etag: v, if-match: required, sql: "SELECT :id AS id, 1 AS v WHERE :_if_match = '1'"}
    patch:
      operationId: patchN
      deprecated: true
      x-sunset: "2033-01-31"
      parameters: [{name: if-match, in: header, description: mine, schema: {type: string}}]
      responses: {"200": {\$ref: "#/components/responses/N"}}
      x-sql: {returns: one, sql: "SELECT :id AS id"}
  /n:
    post:
      operationId: addN
      x-rate-limit: some
      responses: {"201": {\$ref: "#/components/responses/N"}, "429": {description: slow down}}
      x-sql: {returns: one, location: "/n/{id}", sql: "SELECT 7 AS id"}
    get:
      operationId: listN
      security: [{session: []}, {bearer: []}]
      responses: {"200": {description: d}}
      x-sql: {returns: none, sql: "SELECT 7 AS id"}
    delete:
      operationId: deleteN
      security: [{session: []}, {bearer: []}]
      responses: {"204": {description: gone}, "401": {\$ref: "#/components/responses/Denied"}}
      x-sql: {returns: none, sql: "SELECT 7 AS id"}
  /other:
    get: {operationId: other, responses: {"200": {\$ref: "#/components/responses/N"}}}
components:
  responses:
    N: {$item, headers: {X-Mine: {schema: {type: string}}}}
    Denied: {description: denied, content: {application/problem+json: {schema: {type: object}}}}
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    session: {type: apiKey, in: cookie, name: __Host-session}
YAML
my $leat = Leat::Test->new(document => $document, config => "rate-limits: {some: {rate: 5/min, key: ip}}\n");
$leat->start;
my $published = $leat->get('/openapi.json')->{json};

sub target { return referred($published, $_[0]) }
sub operation { return $published->{paths}{$_[1]}{$_[0]} }
# Returns the names of the header parameters, with ! behind those that are required.
sub asked {
    my @parameters = map { target($_) } @{operation(@_)->{parameters} || []};
    return join ' ', map { $_->{name} . ($_->{required} ? '!' : '') } grep { $_->{in} eq 'header' } @parameters;
}
sub sent {
    my ($method, $path, $code) = @_;
    return join ' ', sort keys %{target(operation($method, $path)->{responses}{$code})->{headers} || {}};
}

subtest 'request headers that are honoured are parameters' => sub {
    is(asked(get => '/n/{id}'), 'If-Match If-None-Match', 'a read with an entity tag');
    is(asked(put => '/n/{id}'), 'If-Match! If-None-Match', 'a write that requires If-Match');
    is(asked(patch => '/n/{id}'), 'if-match If-None-Match', 'what the author declares stays');
    is(asked(post => '/n'), '', 'a write with nothing to compare');
    is(asked(get => '/n'), '', 'a read with a session');
    is(asked(delete => '/n'), 'X-CSRF-Token', 'a write with a session');
    is(asked(get => '/other'), '', 'an operation without a binding');
};

subtest 'response headers that are sent are declared' => sub {
    is(sent(get => '/n/{id}', 200), 'ETag', 'a tag');
    is(sent(get => '/n/{id}', 304), 'ETag', 'and without a body');
    is(sent(put => '/n/{id}', 200), 'ETag', 'of a write');
    is(sent(patch => '/n/{id}', 200), 'Deprecation Sunset X-Mine', 'the end of an operation, beside mine');
    is(sent(post => '/n', 201), 'Location RateLimit RateLimit-Policy X-Mine', 'Location and limits');
    is(sent(post => '/n', 429), 'RateLimit RateLimit-Policy Retry-After', 'a refusal by a limit');
    is(sent(delete => '/n', 401), 'WWW-Authenticate', 'a challenge, in a response of the author');
    is(sent(get => '/n', 401), 'WWW-Authenticate', 'and in one of ours');
    is(sent(get => '/n', 503), 'Retry-After', 'how long to wait');
    is(sent(get => '/other', 200), 'X-Mine', 'others of a shared component are without');
    ok(operation(put => '/n/{id}')->{responses}{$_}, "$_ is declared") for 412, 428;
    ok(!operation(get => '/other')->{responses}{$_}, "$_ is not, without a binding") for 304, 412;
};

subtest 'and so it is served' => sub {
    my $r = $leat->get('/n/3');
    is($r->{headers}{etag}, '"1"', 'the tag');
    is($leat->get('/n/3', headers => {'If-None-Match' => '"1"'})->{status}, 304, 'not modified');
    is($leat->get('/n/3', headers => {'If-Match' => '"2"'})->{status}, 412, 'no match');
    is($leat->request(PUT => '/n/3')->{status}, 428, 'no condition');
    is($leat->request(PUT => '/n/3', headers => {'If-Match' => '"1"'})->{status}, 200, 'a match');
    $r = $leat->request(POST => '/n');
    is_deeply([map { defined $r->{headers}{$_} } qw(location ratelimit ratelimit-policy)], [1, 1, 1],
        'Location and limits');
    ok($leat->get('/n')->{headers}{'www-authenticate'}, 'a challenge');
};

subtest 'a declared header that the server itself reads is used' => sub {
    unlike($leat->leat('check')->{err}, qr/if-match is not used/, 'no warning');
};

my $errors = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a:
    get:
      operationId: a
      responses:
        "200": {description: d}
        "404": {description: none, content: {application/json: {schema: {type: object}}}}
        "409": {$ref: "#/components/responses/Bad"}
        "422": {description: ours, content: {application/problem+json: {schema: {type: object, required: [title]}}}}
        "423": {description: bare}
        5XX: {description: theirs, content: {"application/problem+json; charset=utf-8": {schema: {
          type: object, required: [detail]}}}}
        default: {description: text, content: {text/plain: {}}}
      x-sql: {returns: none, sql: SELECT 1}
  /b:
    get: {operationId: b, responses: {"200": {description: d}, "409": {$ref: "#/components/responses/Bad"}}}
components:
  responses:
    Bad: {description: bad, headers: {X-Mine: {schema: {}}}, content: {application/problem+json: {schema: {
      $ref: "#/components/schemas/Bad"}}}}
  schemas:
    Bad: {type: object, properties: {status: {type: string}}}
YAML
my $other = Leat::Test->new(document => $errors);

subtest 'declared errors that are never sent are a warning at their place' => sub {
    my $check = $other->leat('check');
    is($check->{code}, 0, 'no error');
    my @said = $check->{err} =~ /api\.yaml:(\d+:\d+: warning: (?:content|schema): .*)/g;
    my $content = 'warning: content: is never sent; errors are application/problem+json (RFC 9457)';
    my $schema = 'warning: schema: does not fit the problem details that are sent';
    is_deeply(\@said, [
        "9:36: $content", "13:98: $schema: /detail: is required", "15:38: $content",
        "21:107: $schema: /status: must be string",
    ], 'where, and why') or diag $check->{err};
};

subtest 'they are replaced in the published document' => sub {
    $other->start;
    $published = $other->get('/openapi.json')->{json};
    my $problem = {'application/problem+json' => {schema => {'$ref' => '#/components/schemas/Problem'}}};
    my $responses = operation(get => '/a')->{responses};
    is_deeply(target($responses->{$_})->{content}, $problem, "the body of $_") for 404, 409, 423, '5XX', 'default';
    is($responses->{404}{description}, 'none', 'with their description');
    is(join(' ', keys %{$responses->{409}{headers}}), 'X-Mine', 'and their headers');
    is_deeply($responses->{422}{content}{'application/problem+json'}{schema}{required}, ['title'], 'ours stays');
    is(operation(get => '/b')->{responses}{409}{'$ref'}, '#/components/responses/Bad',
        'what is not bound describes another server');
};

my $closed = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /o:
    post:
      operationId: o
      requestBody:
        required: true
        content:
          application/json:
            schema:
              allOf:
              - {type: object, properties: {data: {type: object, properties: {a: {type: string}}}}}
              - {type: object, properties: {data: {type: object, properties: {b: {type: string}}}}}
              - {type: object, properties: {to: {$ref: "#/components/schemas/To"}}}
      responses: {"200": {description: d, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT :_body AS b"}
components: {schemas: {To: {type: object, properties: {name: {type: string}}}}}
YAML
my $third = Leat::Test->new(document => $closed);
$third->start;

subtest 'nested objects of a request are closed where they stand, and said to be' => sub {
    $published = $third->get('/openapi.json')->{json};
    my $send = sub { $third->request(POST => '/o', json => $_[0])->{status} };
    is($send->({data => {a => 'x', b => 'y'}, to => {name => 'n'}}), 200, 'the members of all branches');
    is($send->($_), 422, 'others are refused') for {data => {c => 1}}, {to => {c => 1}}, {c => 1};
    my $schema = operation(post => '/o')->{requestBody}{content}{'application/json'}{schema};
    my $data = target($schema->{allOf}[3]{properties}{data});
    my $to = $schema->{allOf}[2]{properties}{to};
    is(scalar(@{$data->{allOf}}), 2, 'one schema applies the branches of the place');
    is($to->{'$ref'}, '#/components/schemas/To', 'or the component');
    ok(exists $_->{unevaluatedProperties} && !$_->{unevaluatedProperties}, 'and is closed') for $schema, $data, $to;
    ok(!exists $published->{components}{schemas}{To}{unevaluatedProperties}, "the author's component is not");
};

all_done;
