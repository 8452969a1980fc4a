# SPDX-License-Identifier: MIT
# Pages of other origins may call exactly what the configuration allows them: answers to preflights, to
# requests and with errors, and what every answer tells browsers to refuse.
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
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: array
                items: {type: object, properties: {n: {type: integer}, text: {type: string}}}
      x-sql:
        returns: list
        max-rows: 1000
        sql: >-
          WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100)
          SELECT n, 'the same text in each' AS text FROM c
    post:
      operationId: makeThing
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name],
        properties: {name: {type: string}}}}}}
      responses: {"204": {description: made}}
      x-sql: {returns: none, sql: "INSERT INTO things (name) VALUES (:name)"}
  /secret:
    get:
      operationId: secret
      security: [{bearer: []}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /own:
    options:
      operationId: own
      responses: {"200": {description: mine, content: {application/json: {schema: {type: object,
        properties: {n: {type: integer}}}}}}}
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

# Puts a configuration in force.
sub use_config {
    my ($text) = @_;
    $leat->configure($text);
    my $r = $leat->ctl('reload');
    is($r->{code}, 0, "in force: $text") or diag $r->{err};
    return;
}
sub ask {
    my ($method, $path, $headers, $body) = @_;
    return $leat->request($method, $path, headers => $headers, body => $body);
}
sub get { my ($path, $origin) = @_; return ask('GET', $path, {defined $origin ? (origin => $origin) : ()}) }
# Returns what the Access-Control-* fields of an answer say.
sub allowed {
    my ($r) = @_;
    return {map { /^access-control-(.*)/ ? ($1 => $r->{headers}{$_}) : () } keys %{$r->{headers}}};
}
sub preflight {
    my ($path, $origin, $method, $asked) = @_;
    my %headers = (origin => $origin, 'access-control-request-method' => $method // 'POST');
    $headers{'access-control-request-headers'} = $asked if defined $asked;
    return ask('OPTIONS', $path, \%headers);
}
my $app = 'https://app.example';
my $exposed = 'etag, location, retry-after, ratelimit, ratelimit-policy, x-request-id, idempotent-replayed, '
    . 'preference-applied';

subtest 'without configuration no page is allowed anything, and OPTIONS works as before' => sub {
    $leat->start;
    my $r = preflight('/v1/things', $app);
    is($r->{status}, 204, 'without CORS a preflight is an OPTIONS');
    is($r->{headers}{allow}, 'GET, HEAD, POST, OPTIONS', 'that says what the path takes');
    is_deeply(allowed($r), {}, 'and allows no page anything');
    $r = get('/v1/things', $app);
    is_deeply([$r->{status}, allowed($r), $r->{headers}{vary}], [200, {}, 'accept-encoding'], 'nor does an answer');
};

subtest 'the configuration of origins is in force' => sub {
    use_config("cors: {origins: [https://app.example, 'https://*.example.com', 'http://localhost:3000']}\n");
};

subtest 'a preflight and an answer allow the configured origins, and no other' => sub {
    for my $row (
        [$app, 1], ['https://a.example.com', 1], ['https://a.b.example.com', 1], ['http://localhost:3000', 1],
        ['http://app.example', 0], ['https://app.example:8443', 0], ['https://example.com', 0],
            ['https://evilexample.com', 0],
        ['https://app.example.evil.example', 0], ['http://localhost', 0], ['null', 0],
        ['https://app.example, https://evil.example', 0],
    ) {
        my ($origin, $is_allowed) = @$row;
        my $p = preflight('/v1/things', $origin, 'POST', 'Content-Type, X-Other, if-match');
        is("$p->{status} [$p->{body}]", '204 []', "a preflight from $origin");
        is($p->{headers}{vary}, $preflight_vary, 'depends on what was asked');
        my %may = ('allow-origin' => $origin, 'allow-methods' => 'GET, HEAD, POST, OPTIONS',
            'allow-headers' => 'Content-Type, if-match', 'max-age' => 600);
        is_deeply(allowed($p), $is_allowed ? \%may : {}, $is_allowed ? 'is told what it may send' : 'is told nothing');
        ok(!defined $p->{headers}{allow}, 'and is no plain OPTIONS');
        my $get = get('/v1/things', $origin);
        is($get->{headers}{vary}, 'origin, accept-encoding', 'an answer depends on the origin');
        %may = ('allow-origin' => $origin, 'expose-headers' => $exposed);
        is_deeply(allowed($get), $is_allowed ? \%may : {}, 'and may be read, or not');
        my $policy = $is_allowed ? 'cross-origin' : 'same-origin';
        is($get->{headers}{'cross-origin-resource-policy'}, $policy, 'so says its resource policy');
    }
};

subtest 'a preflight names the methods of the path, and an OPTIONS without its fields is none' => sub {
    my $r = preflight('/v1/things', $app, 'DELETE');
    is_deeply([$r->{status}, allowed($r)->{'allow-methods'}, allowed($r)->{'allow-headers'}],
        [204, 'GET, HEAD, POST, OPTIONS', undef],
            'a method that the path lacks is not among the allowed, and no header '
        . 'is named where none was asked for');
    is(ask('OPTIONS', '/v1/things', {origin => $app})->{headers}{allow}, 'GET, HEAD, POST, OPTIONS',
        'OPTIONS without the method that is asked for is no preflight');
    is(preflight('/v1/secret', $app, 'GET')->{status}, 204, 'a preflight is asked for no token');
    is(allowed(preflight('/v1/own', $app, 'GET'))->{'allow-methods'}, 'GET, HEAD, OPTIONS',
        "an OPTIONS of the document's own waits behind the preflight");
};

subtest 'a page can read errors too, and caches keep answers apart by origin' => sub {
    my %json = ('content-type' => 'application/json');
    for my $row (
        [404, GET => '/v1/nowhere'], [401, GET => '/v1/secret'], [405, DELETE => '/v1/things'], [400, GET => '/v1/%zz'],
        [501, GET => '/v1/own'],
        [406, GET => '/v1/things', {accept => 'text/html'}],
        [415, POST => '/v1/things', {'content-type' => 'text/plain'}, 'x'],
        [422, POST => '/v1/things', \%json, '{}'], [400, POST => '/v1/things', \%json, '{'],
        [413, POST => '/v1/things', \%json, 'x' x 1100000],
        [404, OPTIONS => '/v1/nowhere', {'access-control-request-method' => 'GET'}],
        [204, OPTIONS => '*'], [204, POST => '/v1/things', \%json, '{"name":"a"}'], [200, GET => '/readyz'],
        [200, HEAD => '/v1/things'],
    ) {
        my ($status, $method, $path, $headers, $body) = @$row;
        my $got = ask($method, $path, {%{$headers // {}}, origin => $app}, $body);
        is($got->{status}, $status, "$method $path is $status") or diag $got->{body};
        is(allowed($got)->{'allow-origin'}, $app, 'which the page may read');
        like($got->{headers}{vary}, qr/^origin(?:, accept-encoding)?$/, 'and caches must not mix up');
        $got = ask($method, $path, $headers, $body);
        is_deeply([allowed($got), $got->{headers}{vary} =~ /^origin/], [{}, 1], 'without an origin only Vary says so');
    }
};

subtest 'credentials, methods, headers, exposure and age are configuration' => sub {
    use_config(<<'YAML');
cors:
  {origins: [https://app.example], credentials: true, methods: [PUT, DELETE], headers: [X-One], expose: [], max-age: 2h}
YAML
    my $r = preflight('/v1/things', $app, 'PUT', 'x-one,  X-ONE , authorization,,');
    my %may = ('allow-origin' => $app, 'allow-credentials' => 'true');
    is_deeply(allowed($r),
        {%may, 'allow-methods' => 'PUT, DELETE', 'allow-headers' => 'x-one, X-ONE', 'max-age' => 7200},
        'credentials, methods, headers and age');
    is_deeply(allowed(get('/v1/things', $app)), \%may, 'nothing to expose');
};

subtest 'an asterisk allows all origins, but null is none' => sub {
    use_config("cors: {origins: ['*']}\n");
    is(allowed(get('/v1/things', 'https://any.example'))->{'allow-origin'}, '*', 'all origins');
    is_deeply(allowed(get('/v1/things', 'null')), {}, 'but null is none');
    is_deeply(allowed(preflight('/v1/things', 'null')), {}, 'in a preflight neither');
};

subtest 'an asterisk allows all headers but authorization, which must be listed' => sub {
    use_config("cors: {origins: ['*'], headers: ['*'], expose: ['*']}\n");
    my $r = allowed(preflight('/v1/things', $app, 'PUT', 'x-one, authorization, Content-Type'));
    is($r->{'allow-headers'}, 'x-one, Content-Type', 'what was asked for, without authorization');
    is(allowed(get('/v1/things', $app))->{'expose-headers'}, '*', 'all of the response');
    use_config("cors: {origins: ['*'], headers: ['*', Authorization]}\n");
    $r = allowed(preflight('/v1/things', $app, 'PUT', 'x-one, authorization'));
    is($r->{'allow-headers'}, 'x-one, authorization', 'with authorization if it is listed');
};

subtest 'pages may not use an admin listener' => sub {
    my $admin = Leat::Test::free_port();
    use_config(<<"YAML");
listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:$admin, serve: [admin]}]
cors: {origins: ['*']}
YAML
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$admin") or die;
    my $r = $leat->request('GET', '/metrics', headers => {origin => 'https://any.example'}, socket => $socket);
    is_deeply([$r->{status}, allowed($r), $r->{headers}{vary}], [200, {}, 'accept-encoding'],
        'the metrics are for no page');
};

subtest 'a malformed configuration of CORS is refused at its position' => sub {
    for my $row (
        ["cors: {origins: [app.example]}", '1:18'], ["cors: {origins: ['https://app.example/']}", '1:18'],
        ["cors:\n  origins:\n  - https://ok.example\n  - https://*\n", '4:5'],
        ["cors: {origins: ['https://*.com']}", '1:18'], ["cors: {origins: ['null']}", '1:18'],
        ["cors: {origins: ['*'], credentials: true}", '1:18'], ["cors: {headers: [a b]}", '1:18'],
        ["cors: {methods: [get]}", '1:18'], ["cors: {max-age: 25h}", '1:17'], ["cors: {methods: ['*']}", '1:18'],
        ["cors: {headers: ['*'], credentials: true, origins: ['https://app.example']}", '1:18'],
        ["cors: {expose: [etag, '*'], credentials: true}", '1:23'],
    ) {
        my ($text, $where) = @$row;
        $leat->configure("$text\n");
        my $check = $leat->leat('check');
        is($check->{code}, 1, "refused: $text");
        like($check->{err}, qr/leat\.yaml:\Q$where\E: cors/, "at $where");
    }
};

# The fields that tell browsers what to refuse.
my %told = (
    'x-content-type-options' => 'nosniff', 'referrer-policy' => 'no-referrer',
    'cross-origin-resource-policy' => 'same-origin',
    'content-security-policy' => "default-src 'none'; frame-ancestors 'none'", 'strict-transport-security' => undef,
);
sub told { my ($got) = @_; return {map { $_ => $got->{headers}{$_} } keys %told} }
my $trusting = "listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1]}]\n";
my %https = ('x-forwarded-proto' => 'https', 'x-forwarded-for' => '192.0.2.1');
sub hsts { return ask('GET', '/v1/things', \%https)->{headers}{'strict-transport-security'} }

subtest 'every answer has the security headers' => sub {
    use_config($trusting);
    for my $row (
        [200, GET => '/v1/things'], [404, GET => '/nowhere'], [204, OPTIONS => '/v1/things'], [200, GET => '/healthz'],
        [200, GET => '/openapi.json'], [405, PUT => '/v1/things'],
    ) {
        my ($status, $method, $path) = @$row;
        my $got = ask($method, $path);
        is_deeply([$got->{status}, told($got)], [$status, \%told], "$method $path has the security headers");
    }
};

subtest 'HTTPS is demanded of those who came by it, and the headers can be left to a proxy' => sub {
    is(hsts(), 'max-age=31536000', 'by https always by https');
    use_config("${trusting}headers: {hsts: 1h}\n");
    is(hsts(), 'max-age=3600', 'for as long as configured');
    use_config("${trusting}headers: {hsts: 0s}\n");
    is_deeply(told(ask('GET', '/v1/things', \%https)), \%told, 'or not');
    use_config("${trusting}headers: {security: false}\n");
    is_deeply(told(ask('GET', '/v1/things', \%https)),
        {(map { $_ => undef } keys %told), 'x-content-type-options' => 'nosniff'},
        'a proxy may say all but nosniff itself');
};

all_done;
