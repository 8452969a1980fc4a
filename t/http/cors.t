# SPDX-License-Identifier: MIT
# Cross-origin requests: which origins may call, the answers to preflights, and what every answer
# tells browsers to refuse.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my %app = (
    document => <<'API',
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
paths:
  /things:
    get:
      operationId: things
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {n: {type: integer}, text: {type: string}}}}}}}}
      x-sql: {returns: list, sql: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100) SELECT n, 'the same text in each' AS text FROM c"}
    post:
      operationId: makeThing
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}}
      responses: {"204": {description: made}}
      x-sql: {returns: none, sql: "INSERT INTO things (name) VALUES (:name)"}
  /secret:
    get:
      operationId: secret
      security: [{bearer: []}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /own:
    options:
      operationId: own
      responses: {"200": {description: mine, content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT count(*) AS n FROM things"}
    get:
      operationId: later
      responses: {"204": {description: not yet}}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
API
    migrations => {'0001_a.up.sql' => "CREATE TABLE things (name TEXT NOT NULL);\n"},
    workers    => 1,
);
my $preflight_vary = 'origin, access-control-request-method, access-control-request-headers';
my $leat = Leat::Test->new(%app);

sub use_config { my ($text) = @_; $leat->configure($text); my $r = $leat->ctl('reload'); is($r->{code}, 0, "in force: $text") or diag $r->{err}; return }
sub ask { my ($method, $path, $headers, $body) = @_; return $leat->request($method, $path, headers => $headers, body => $body) }
sub allowed { my ($r) = @_; return {map { /^access-control-(.*)/ ? ($1 => $r->{headers}{$_}) : () } keys %{$r->{headers}}} }
sub preflight { my ($path, $origin, $method, $asked) = @_; return ask('OPTIONS', $path, {origin => $origin, 'access-control-request-method' => $method // 'POST', defined $asked ? ('access-control-request-headers' => $asked) : ()}) }

# Without configuration no header is added, and OPTIONS works as before.
$leat->start;
my $r = preflight('/v1/things', 'https://app.example');
is($r->{status}, 204, 'without CORS a preflight is an OPTIONS');
is($r->{headers}{allow}, 'GET, HEAD, POST, OPTIONS', 'that says what the path takes');
is_deeply(allowed($r), {}, 'and allows no page anything');
$r = ask('GET', '/v1/things', {origin => 'https://app.example'});
is_deeply([$r->{status}, allowed($r), $r->{headers}{vary}], [200, {}, 'accept-encoding'], 'nor does an answer');

use_config("cors: {origins: [https://app.example, 'https://*.example.com', 'http://localhost:3000']}\n");

# Preflights.
for my $row (
    ['https://app.example', 1], ['https://a.example.com', 1], ['https://a.b.example.com', 1], ['http://localhost:3000', 1],
    ['http://app.example', 0], ['https://app.example:8443', 0], ['https://example.com', 0], ['https://evilexample.com', 0],
    ['https://app.example.evil.example', 0], ['http://localhost', 0], ['null', 0], ['https://app.example, https://evil.example', 0],
) {
    my ($origin, $is_allowed) = @$row;
    my $p = preflight('/v1/things', $origin, 'POST', 'Content-Type, X-Other, if-match');
    is("$p->{status} [$p->{body}]", '204 []', "a preflight from $origin");
    is($p->{headers}{vary}, $preflight_vary, 'depends on what was asked');
    is_deeply(allowed($p), $is_allowed ? {
        'allow-origin' => $origin, 'allow-methods' => 'GET, HEAD, POST, OPTIONS', 'allow-headers' => 'Content-Type, if-match', 'max-age' => 600,
    } : {}, $is_allowed ? 'is told what it may send' : 'is told nothing');
    ok(!defined $p->{headers}{allow}, 'and is no plain OPTIONS');
    my $get = ask('GET', '/v1/things', {origin => $origin});
    is($get->{headers}{vary}, 'origin, accept-encoding', 'an answer depends on the origin');
    is_deeply(allowed($get), $is_allowed ? {'allow-origin' => $origin, 'expose-headers' => 'etag, location, retry-after, ratelimit, ratelimit-policy, x-request-id'} : {}, 'and may be read, or not');
    is($get->{headers}{'cross-origin-resource-policy'}, $is_allowed ? 'cross-origin' : 'same-origin', 'so says its resource policy');
}
$r = preflight('/v1/things', 'https://app.example', 'DELETE');
is_deeply([$r->{status}, allowed($r)->{'allow-methods'}, allowed($r)->{'allow-headers'}], [204, 'GET, HEAD, POST, OPTIONS', undef], 'a method that the path lacks is not among the allowed, and no header is named where none was asked for');
is(ask('OPTIONS', '/v1/things', {origin => 'https://app.example'})->{headers}{allow}, 'GET, HEAD, POST, OPTIONS', 'OPTIONS without the method that is asked for is no preflight');
is(preflight('/v1/secret', 'https://app.example', 'GET')->{status}, 204, 'a preflight is asked for no token');
is_deeply(allowed(preflight('/v1/own', 'https://app.example', 'GET'))->{'allow-methods'}, 'GET, HEAD, OPTIONS', 'an OPTIONS of the document\'s own waits behind the preflight');

# Errors can be read too.
for my $row (
    [404, GET  => '/v1/nowhere'], [401, GET => '/v1/secret'], [405, DELETE => '/v1/things'], [400, GET => '/v1/%zz'], [501, GET => '/v1/own'],
    [406, GET => '/v1/things', {accept => 'text/html'}], [415, POST => '/v1/things', {'content-type' => 'text/plain'}, 'x'],
    [422, POST => '/v1/things', {'content-type' => 'application/json'}, '{}'], [400, POST => '/v1/things', {'content-type' => 'application/json'}, '{'],
    [413, POST => '/v1/things', {'content-type' => 'application/json'}, 'x' x 1100000], [404, OPTIONS => '/v1/nowhere', {'access-control-request-method' => 'GET'}],
    [204, OPTIONS => '*'], [204, POST => '/v1/things', {'content-type' => 'application/json'}, '{"name":"a"}'], [200, GET => '/readyz'], [200, HEAD => '/v1/things'],
) {
    my ($status, $method, $path, $headers, $body) = @$row;
    my $got = ask($method, $path, {%{$headers // {}}, origin => 'https://app.example'}, $body);
    is($got->{status}, $status, "$method $path is $status") or diag $got->{body};
    is(allowed($got)->{'allow-origin'}, 'https://app.example', 'which the page may read');
    like($got->{headers}{vary}, qr/^origin(?:, accept-encoding)?$/, 'and caches must not mix up');
    $got = ask($method, $path, $headers, $body);
    is_deeply([allowed($got), $got->{headers}{vary} =~ /^origin/], [{}, 1], 'without an origin only Vary says so');
}

# What can be configured.
use_config("cors: {origins: [https://app.example], credentials: true, methods: [PUT, DELETE], headers: [X-One], expose: [], max-age: 2h}\n");
$r = preflight('/v1/things', 'https://app.example', 'PUT', 'x-one,  X-ONE , authorization,,');
is_deeply(allowed($r), {'allow-origin' => 'https://app.example', 'allow-credentials' => 'true', 'allow-methods' => 'PUT, DELETE', 'allow-headers' => 'x-one, X-ONE', 'max-age' => 7200}, 'credentials, methods, headers and age');
is_deeply(allowed(ask('GET', '/v1/things', {origin => 'https://app.example'})), {'allow-origin' => 'https://app.example', 'allow-credentials' => 'true'}, 'nothing to expose');
use_config("cors: {origins: ['*']}\n");
is(allowed(ask('GET', '/v1/things', {origin => 'https://any.example'}))->{'allow-origin'}, '*', 'all origins');
is_deeply(allowed(ask('GET', '/v1/things', {origin => 'null'})), {}, 'but null is none');
is_deeply(allowed(preflight('/v1/things', 'null')), {}, 'in a preflight neither');

# CORS applies to the API: pages may not use an admin listener.
my $admin = Leat::Test::free_port();
use_config("listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:$admin, serve: [admin]}]\ncors: {origins: ['*']}\n");
my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$admin") or die;
$r = $leat->request('GET', '/metrics', headers => {origin => 'https://any.example'}, socket => $socket);
is_deeply([$r->{status}, allowed($r), $r->{headers}{vary}], [200, {}, 'accept-encoding'], 'the metrics are for no page');

# A malformed origin is reported with its position.
for my $row (
    ["cors: {origins: [app.example]}", '1:18'], ["cors: {origins: ['https://app.example/']}", '1:18'], ["cors:\n  origins:\n  - https://ok.example\n  - https://*\n", '4:5'],
    ["cors: {origins: ['https://*.com']}", '1:18'], ["cors: {origins: ['null']}", '1:18'], ["cors: {origins: ['*'], credentials: true}", '1:18'], ["cors: {headers: [a b]}", '1:18'],
    ["cors: {methods: [get]}", '1:18'], ["cors: {max-age: 25h}", '1:17'],
) {
    my ($text, $where) = @$row;
    $leat->configure("$text\n");
    my $check = $leat->leat('check');
    is($check->{code}, 1, "refused: $text");
    like($check->{err}, qr/leat\.yaml:\Q$where\E: cors/, "at $where");
}

# The headers that tell browsers what to refuse.
my %told = ('x-content-type-options' => 'nosniff', 'referrer-policy' => 'no-referrer', 'cross-origin-resource-policy' => 'same-origin', 'content-security-policy' => "default-src 'none'; frame-ancestors 'none'", 'strict-transport-security' => undef);
sub told { my ($got) = @_; return {map { $_ => $got->{headers}{$_} } keys %told} }
use_config("listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1]}]\n");
for my $row ([200, GET => '/v1/things'], [404, GET => '/nowhere'], [204, OPTIONS => '/v1/things'], [200, GET => '/healthz'], [200, GET => '/openapi.json'], [405, PUT => '/v1/things']) {
    my ($status, $method, $path) = @$row;
    my $got = ask($method, $path);
    is_deeply([$got->{status}, told($got)], [$status, \%told], "$method $path has the security headers");
}
my %https = ('x-forwarded-proto' => 'https', 'x-forwarded-for' => '192.0.2.1');
is(ask('GET', '/v1/things', \%https)->{headers}{'strict-transport-security'}, 'max-age=31536000', 'by https always by https');
use_config("listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1]}]\nheaders: {hsts: 1h}\n");
is(ask('GET', '/v1/things', \%https)->{headers}{'strict-transport-security'}, 'max-age=3600', 'for as long as configured');
use_config("listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1]}]\nheaders: {hsts: 0s}\n");
is_deeply(told(ask('GET', '/v1/things', \%https)), \%told, 'or not');
use_config("listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1]}]\nheaders: {security: false}\n");
is_deeply(told(ask('GET', '/v1/things', \%https)), {(map { $_ => undef } keys %told), 'x-content-type-options' => 'nosniff'}, 'a proxy may say all but nosniff itself');
$leat->stop;
all_done;
