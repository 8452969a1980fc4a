# SPDX-License-Identifier: MIT
# The security of operations: every kind of scheme, alternatives, combinations and scopes, the
# answers to refused callers, and what a document may not say.
use strict;
use warnings;
use JSON::PP;
use Leat::Accounts;
use Leat::Jwt;
use Leat::Test;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $secret = 'a secret of thirty-two bytes, or more';
my $key = secret_key($secret);
my $source = Leat::Test::source();

# Operation → its security; each answers with what SQL knows about the caller.
my %security = (
    bearer   => '[{bearer: []}]',
    scope    => '[{bearer: [a]}]',
    scopes   => '[{bearer: [a, b]}]',
    oauth    => '[{oauth: [a]}]',
    openid   => '[{openid: [a]}]',
    basic    => '[{basic: []}]',
    header   => '[{header: []}]',
    bare     => '[{bare: []}, {bearer: []}, {basic: []}]',
    cookie   => '[{cookie: []}]',
    session  => '[{session: []}]',
    tls      => '[{tls: []}]',
    tlsboth  => '[{tls: [], bearer: [a]}]',
    keyscope => '[{header: [a]}, {basic: [a]}, {cookie: [a]}]',
    either   => '[{bearer: [c]}, {header: [a]}]',
    other    => '[{bearer: [c]}, {oauth: [b], header: []}]',
    both     => '[{bearer: [a], header: [b]}]',
    turned   => '[{header: [b], bearer: [a]}]',
    optional => '[{bearer: []}, {}]',
    nobody   => '[{}]',
    public   => '[]',
    default  => undef,
);
my $paths = '';
for my $name (sort keys %security) {
    my $security = defined $security{$name} ? "\n      security: $security{$name}" : '';
    $paths .= <<YAML for qw(get post);
    $_:
      operationId: $_-$name$security
      responses: {"200": {description: Who calls., content: {application/json: {schema: {\$ref: "#/components/schemas/Who"}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub, :_scope AS scope, :_roles AS roles, :_claim_team AS team"}
YAML
    $paths =~ s/^(?=    get:\n      operationId: get-$name\b)/  \/$name:\n/m;
}
$paths .= <<'YAML';
  /me:
    get:
      operationId: optionalMe
      security: [{bearer: []}, {header: []}, {}]
      responses: {"200": {description: Me.}}
      x-builtin: auth.me
YAML
my $head = <<'YAML';
openapi: 3.1.0
info: {title: Whose, version: 1.0.0}
servers: [{url: /t}]
security: [{oauth: [b]}]
YAML
my $components = <<'YAML';
components:
  securitySchemes:
    bearer: {type: http, scheme: Bearer}
    basic: {type: http, scheme: basic}
    header: {type: apiKey, in: header, name: X-Key}
    bare: {type: apiKey, in: header, name: Authorization}
    cookie: {type: apiKey, in: cookie, name: key}
    session: {type: apiKey, in: cookie, name: sid}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://id.example.org/token, scopes: {a: A, b: B}}}}
    openid: {type: openIdConnect, openIdConnectUrl: https://id.example.org/.well-known/openid-configuration}
    tls: {type: mutualTLS}
  schemas:
    Who:
      type: object
      properties:
        sub: {type: [string, "null"]}
        scope: {type: [string, "null"]}
        roles: {type: [array, "null"]}
        team: {type: [string, "null"]}
YAML
my $leat = Leat::Test->new(document => "${head}paths:\n$paths$components", files => {secret => $secret});
my ($dir, $tls) = ($leat->{dir}, Leat::Test::free_port());
my @new = qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2);
for my $row (['ca', 'CA'], ['server', 'localhost', 'ca'], ['client', 'client', 'ca'], ['stranger', 'client']) {
    my ($name, $subject, $by) = @$row;
    my $r = run_command('openssl', @new, '-subj', "/O=Org/CN=$subject", '-keyout', "$dir/$name.key", '-out', "$dir/$name.pem",
        $by ? ('-CA', "$dir/$by.pem", '-CAkey', "$dir/$by.key") : ());
    die $r->{err} if $r->{code};
}
$leat->configure(<<YAML);
listen:
- {address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8]}
- {address: 127.0.0.1:$tls, tls: {certificates: [{certificate: $dir/server.pem, key: $dir/server.key}], client-ca: $dir/ca.pem, client: optional}}
api: [{document: $leat->{dir}/api.yaml}, {document: $source/conf/auth.yaml}]
identity:
  keys: [{key: 'file:$leat->{dir}/secret'}]
  scopes: [a, b]
  roles: {admin: [c]}
  session: {cookie: sid}
  password: {memory: 8MiB, passes: 1}
rate-limits: {login: {rate: 10000/min}}
YAML
is($leat->leat('check')->{err}, '', 'the check finds nothing to say');
$leat->start;

sub ask { my ($where, $headers, $method) = @_; return $leat->request($method // 'GET', "/t/$where", headers => $headers // {}) }
sub basic { my ($text) = @_; return {Authorization => 'Basic ' . encode_base64($text, '')} }
sub token { return jwt($key, access(@_)) }

# --- who calls, by every kind of scheme ---

my $ann = joined($leat, 'ann');
my $id = $leat->get('/v1/auth/me', headers => bearer($ann))->{json}{id};
my $made = $leat->post('/v1/auth/keys', {name => 'all'}, headers => bearer($ann))->{json};
my $less = $leat->post('/v1/auth/keys', {name => 'less', scopes => ['b']}, headers => bearer($ann))->{json};
my $login = $leat->post('/v1/auth/session', {email => address('ann'), password => password()});
my ($cookie) = ($login->{headers}{'set-cookie'} // '') =~ /^(sid=[^;]+)/ or fail('there is a cookie');
my @ways = (
    [bearer  => bearer($ann), 'a token'],
    [oauth   => bearer($ann), 'a token, of oauth2'],
    [openid  => bearer($ann), 'a token, of OpenID Connect'],
    [basic   => basic("$made->{id}:$made->{key}"), 'an API key by its id'],
    [header  => {'X-Key' => $made->{key}}, 'an API key in a header'],
    [bare    => {Authorization => $made->{key}}, 'an API key in Authorization'],
    [bare    => bearer($ann), 'beside a token there'],
    [bare    => basic("$made->{id}:$made->{key}"), 'and an API key by its id'],
    [cookie  => {Cookie => "key=$made->{key}"}, 'an API key in a cookie'],
    [cookie  => {Cookie => "a=b; key=$made->{key}; c"}, 'among other cookies'],
    [session => {Cookie => $cookie}, 'a session'],
    [default => bearer($ann), 'what the document says for all'],
);
for my $row (@ways) {
    my ($where, $headers, $what) = @$row;
    for my $round (1 .. 3) {    # from the tables, and from the cache
        my $r = ask($where, $headers);
        is("$r->{status} " . ($r->{json}{sub} // ''), "200 $id", "$where: $what");
        is($r->{json}{scope}, 'a b', 'with its scopes');
        is_deeply($r->{json}{roles}, [], 'and roles');
        is($r->{headers}{'cache-control'}, 'no-store', 'and not to be cached');
    }
}
is(ask('header', {'X-Key' => $less->{key}})->{json}{scope}, 'b', 'an API key has the scopes that it was given');

my $r = ask('bearer', bearer(token(sub => 'eve', scope => 'x y', roles => ['r'], team => 'red')));
is_deeply($r->{json}, {sub => 'eve', scope => 'x y', roles => ['r'], team => 'red'}, 'claims reach SQL');
$r = ask('bearer', bearer(token(sub => 'eve')));
is_deeply($r->{json}, {sub => 'eve', scope => undef, roles => undef, team => undef}, 'those that are absent are NULL');

# --- what is answered to the others ---

my $realm = 'Bearer realm="/t"';
my %challenge = (bearer => $realm, oauth => $realm, openid => $realm, basic => 'Basic realm="/t"', keyscope => 'Basic realm="/t"',
    either => $realm, both => $realm, default => $realm,
    header => 'ApiKey realm="/t", header="x-key"', session => 'Cookie realm="/t", cookie-name="sid"');
for my $where (qw(bearer oauth openid basic header cookie session keyscope either other both turned default)) {
    $r = ask($where);
    is($r->{status}, 401, "$where: nobody");
    is($r->{headers}{'content-type'}, 'application/problem+json', 'is told so');
    is($r->{headers}{'www-authenticate'}, $challenge{$where}, 'and how to come') if exists $challenge{$where};
    ok($r->{headers}{'www-authenticate'}, 'and some way at least');
}
my @refused = (
    ['nothing', {}, ''],
    ['no such token', bearer('abc'), 'error="invalid_token"'],
    ['two schemes in one', bearer("abc $ann->{json}{access_token}"), 'error="invalid_token"'],
    ['a token and more', bearer("$ann->{json}{access_token} abc"), 'error="invalid_token"'],
    ['a token in a list', bearer("$ann->{json}{access_token}, x"), 'error="invalid_token"'],
    ['a token as Basic', {Authorization => "Basic $ann->{json}{access_token}"}, ''],
    ['a token without a scheme', {Authorization => $ann->{json}{access_token}}, ''],
    ['the scheme alone', {Authorization => 'Bearer'}, undef],
    ['an empty header', {Authorization => ''}, ''],
    ['16 KB', bearer('x' x 16300), undef],
    ['points', bearer('...'), 'error="invalid_token"'],
    ['an API key', bearer($made->{key}), 'error="invalid_token"'],
    ['a refresh token', bearer($ann->{json}{refresh_token}), 'error="invalid_token"'],
    ['a token in the query', {}, '', '?access_token=' . $ann->{json}{access_token}],
);
for my $row (@refused) {
    my ($what, $headers, $error, $query) = @$row;
    $r = ask('bearer' . ($query // ''), $headers);
    ok($r->{status} == 401 || $r->{status} == 431 || defined $query && $r->{status} == 400, "bearer: $what is refused") or diag($r->{status});
    like($r->{headers}{'www-authenticate'}, $error ? qr/^\Q$realm, $error\E$/ : qr/^\Q$realm\E$/, 'and told why') if defined $error && $r->{status} == 401;
}
is(ask('bearer', {Authorization => "bEaReR $ann->{json}{access_token}"})->{status}, 200, 'the scheme in any case');
is(ask('bearer', {Authorization => "Bearer    $ann->{json}{access_token}  "})->{status}, 200, 'and spaces around');
is(ask('bearer', bearer($ann, authorization => 'Bearer x'))->{status}, 401, 'two headers are refused');
is(ask('bearer', bearer($ann, authorization => "Bearer $ann->{json}{access_token}"))->{status}, 401, 'though they are the same');

my $wrong = $made->{key} =~ s/.\z/$& eq 'A' ? 'B' : 'A'/er;
my ($one, $two) = ($made->{id}, $less->{id});
for my $row (
    ['no such key', 'leat_aaaaaaaa_' . 'a' x 33], ['a key with another sum', $wrong], ['nothing in it', ''], ['a token', $ann->{json}{access_token}],
    ['a key with more', "$made->{key}x"], ['a key with a space in it', substr($made->{key}, 0, 20) . ' ' . substr($made->{key}, 20)],
    ['two keys', "$made->{key}, $made->{key}"], ['the id of another', $made->{key} =~ s/_\Q$one\E_/_${two}_/r])
{
    my ($what, $text) = @$row;
    is(ask('header', {'X-Key' => $text})->{status}, 401, "header: $what is refused");
    is(ask('cookie', {Cookie => "key=$text"})->{status}, 401, "cookie: $what is refused") if $text !~ /, /;
    is(ask('basic', basic("$made->{id}:$text"))->{status}, 401, "basic: $what is refused");
}
for my $row (
    ['another id', basic("$less->{id}:$made->{key}")], ['no id', basic(":$made->{key}")], ['no key', basic("$made->{id}:")],
    ['no colon', basic($made->{key})], ['no base64', {Authorization => 'Basic !!!'}], ['nothing', {Authorization => 'Basic'}],
    ['much', basic('x' x 3000)], ['more', {Authorization => basic("$made->{id}:$made->{key}")->{Authorization} . ' x'}],
    ['NUL', basic("$made->{id}\0:$made->{key}")], ['something of another scheme', bearer($ann)])
{
    my ($what, $headers) = @$row;
    is(ask('basic', $headers)->{status}, 401, "basic: $what is refused");
}
is(ask('basic', {Authorization => basic("$made->{id}:$made->{key}")->{Authorization} =~ s/=+\z//r})->{status}, 200, 'basic: without padding');
is(ask('session', {Cookie => $_})->{status}, 401, "session: $_ is refused") for 'sid=', 'sid', 'sid=x', "sid=$made->{key}", "SID=" . ($cookie =~ s/^sid=//r), "$cookie.";

# --- scopes ---

sub scoped { return bearer(token(scope => $_[0])) }
for my $row (
    [scope => 'a'], [scope => 'b a c'], [scope => 'b a'], [scopes => 'a b'], [scopes => 'b x a'], [oauth => 'a'], [openid => 'a'], [either => 'c'], [default => 'b'])
{
    my ($where, $scope) = @$row;
    is(ask($where, scoped($scope))->{status}, 200, "$where: \"$scope\" is enough");
}
for my $row (
    [scope => '', 'a'], [scope => 'A', 'a'], [scope => 'aa', 'a'], [scope => 'b', 'a'], [scope => 'a,b', 'a'], [scope => "a\tb", 'a'], [scope => 'b:a', 'a'],
    [scopes => 'a', 'a b'], [scopes => 'b', 'a b'], [oauth => 'b', 'a'], [openid => 'b', 'a'], [either => 'a', 'c'], [default => 'a', 'b'], [other => 'b', 'c'])
{
    my ($where, $scope, $needs) = @$row;
    $r = ask($where, scoped($scope));
    is($r->{status}, 403, "$where: \"$scope\" is not");
    is($r->{headers}{'www-authenticate'}, "$realm, error=\"insufficient_scope\", scope=\"$needs\"", "\"$needs\" is");
}
is(ask('scope', bearer(token(scope => ['a'])))->{status}, 403, 'a list is no scope');
is(ask('keyscope', {'X-Key' => $made->{key}})->{status}, 200, 'an API key has a scope');
is(ask('keyscope', {'X-Key' => $less->{key}})->{status}, 403, 'or not');
is(ask('keyscope', basic("$less->{id}:$less->{key}"))->{status}, 403, 'by its id');
is(ask('keyscope', {Cookie => "key=$less->{key}"})->{status}, 403, 'and in a cookie');
is(ask('keyscope', {Cookie => "key=$less->{key}", 'X-Key' => $made->{key}})->{status}, 200, 'one that has it is enough');

# --- alternatives, combinations ---

my %with = ('X-Key' => $made->{key});
is(ask('either', \%with)->{json}{sub}, $id, 'the second way');
is(ask('either', {%with, %{scoped('x')}})->{json}{sub}, $id, 'where the first lacks a scope');
is(ask('either', {%with, %{scoped('c')}})->{json}{sub}, 'ann', 'the first that is met counts');
is(ask('either', {%with, %{bearer('x')}})->{status}, 401, 'a bad credential beside a good one is told');
is(ask('either', {%{scoped('c')}, 'X-Key' => 'x'})->{status}, 401, 'in any header');
is(ask('keyscope', {%with, Cookie => 'key=old'})->{status}, 200, 'but a cookie may be old');
is(ask('both', {%with, %{scoped('a')}})->{json}{sub}, 'ann', 'both, and the first is who calls');
is(ask('turned', {%with, %{scoped('a')}})->{json}{sub}, $id, 'whichever that is');
is(ask('both', scoped('a'))->{status}, 401, 'one alone is too little');
is(ask('both', \%with)->{status}, 401, 'whichever');
is(ask('both', {%with, %{scoped('b')}})->{status}, 403, 'each has scopes of its own');
is(ask('both', {%with, %{scoped('a')}, 'X-Key' => $less->{key}})->{status}, 200, 'this has them');
is(ask('turned', {'X-Key' => $less->{key}, %{scoped('b')}})->{status}, 403, 'and that has not');

is(ask('optional')->{json}{sub}, undef, 'nobody is let in');
is(ask('optional', bearer($ann))->{json}{sub}, $id, 'who is known is known');
is(ask('optional', bearer('x'))->{status}, 401, 'who shows a bad token is told');
$r = ask('me');
is("$r->{status} $r->{headers}{'www-authenticate'}", "401 $realm", 'an operation that needs an account asks who calls');
is(ask('me', bearer($ann))->{json}{id}, $id, 'and answers');
is(ask('me', \%with)->{status}, 403, 'no API key');
is(ask('me', bearer(token()))->{status}, 404, 'and nobody without an account');
for my $where (qw(nobody public)) {
    for my $headers ({}, bearer($ann), bearer('x'), {Cookie => $cookie}, \%with, basic('x')) {
        $r = ask($where, $headers);
        is("$r->{status} " . ($r->{json}{sub} // '-'), '200 -', "$where: credentials are not looked at");
    }
}

# --- certificates ---

# Makes one request over TLS with curl, with a certificate if one is named.
sub ask_tls {
    my ($where, $name, @options) = @_;
    my $r = run_command('curl', '-sk', $name ? ('--cert', "$dir/$name.pem", '--key', "$dir/$name.key") : (), '-w', "\n%{http_code}", @options, "https://127.0.0.1:$tls/t/$where");
    my ($body, $status) = $r->{out} =~ /\A(.*)\n(\d+)\z/s;
    return {status => $status, json => scalar eval { JSON::PP::decode_json($body) }};
}
sub as { my ($headers) = @_; return map { ('-H', "$_: $headers->{$_}") } sort keys %$headers }
is(ask_tls('tls', 'client')->{json}{sub}, 'CN=client,O=Org', 'a certificate calls by its subject');
is(ask_tls('tls')->{status}, 401, 'without one nobody does');
is(ask_tls('tls', 'stranger')->{status}, '000', 'one that is not known does not get that far');
is(ask_tls('bearer', 'client')->{status}, 401, 'it is no token');
is(ask_tls('tlsboth', 'client', as(scoped('a')))->{json}{sub}, 'CN=client,O=Org', 'both');
is(ask_tls('tlsboth', 'client')->{status}, 401, 'not the certificate alone');
is(ask_tls('tlsboth', undef, as(scoped('a')))->{status}, 401, 'nor the token');
is(ask_tls('tlsboth', 'client', as(scoped('b')))->{status}, 403, 'nor one without the scope');
is(ask('tls', {'X-Client-Cert' => 'CN=client', 'X-SSL-Client-S-DN' => 'CN=client'})->{status}, 401, 'no header makes a certificate');
is(ask_tls('tls', 'client', '-X', 'POST')->{status}, 200, 'programs say nothing of pages');
is(ask_tls('tls', 'client', '-X', 'POST', as({Origin => 'https://evil.example'}))->{status}, 403, 'a page of others changes nothing by it');
is(ask_tls('tlsboth', 'client', '-X', 'POST', as({Origin => 'https://evil.example', %{scoped('a')}}))->{status}, 200, 'but who has a token, too');

# --- what browsers add by themselves does nothing for pages of others ---

my @alien = (
    [{'Sec-Fetch-Site' => 'cross-site', Origin => 'https://evil.example'}, 'another site'],
    [{'Sec-Fetch-Site' => 'same-site', Origin => 'https://evil.localhost'}, 'a neighbour'],
    [{Origin => 'https://evil.example'}, 'another origin'],
    [{Origin => 'null'}, 'an origin that is none'],
    [{'Sec-Fetch-Site' => 'none'}, 'no page'],
);
my %ambient = (session => {Cookie => $cookie}, cookie => {Cookie => "key=$made->{key}"}, basic => basic("$made->{id}:$made->{key}"));
for my $where (sort keys %ambient) {
    for my $row (@alien) {
        my ($headers, $what) = @$row;
        is(ask($where, {%{$ambient{$where}}, %$headers}, 'POST')->{status}, 403, "$where: $what changes nothing");
        is(ask($where, {%{$ambient{$where}}, %$headers})->{status}, 200, 'but reads');
    }
    is(ask($where, {%{$ambient{$where}}, 'Sec-Fetch-Site' => 'same-origin', Origin => 'http://localhost'}, 'POST')->{status}, 200, "$where: our page does");
    is(ask($where, {%{$ambient{$where}}, Origin => 'http://localhost'}, 'POST')->{status}, 200, 'of an old browser, too');
}
is(ask('session', {Cookie => $cookie}, 'POST')->{status}, 403, 'session: who says nothing shows a token');
is(ask('session', {Cookie => $cookie, 'X-CSRF-Token' => $_}, 'POST')->{status}, 403, 'not any') for '', 'x', $cookie =~ s/^sid=//r;
is(ask('session', {Cookie => $cookie, 'X-CSRF-Token' => $login->{json}{csrf_token}}, 'POST')->{status}, 200, 'but the own');
is(ask($_, $ambient{$_}, 'POST')->{status}, 200, "$_: programs say nothing") for qw(basic cookie);
is(ask('bearer', {%{bearer($ann)}, %{$alien[0][0]}}, 'POST')->{status}, 200, 'a token comes from no browser by itself');
is(ask('header', {%with, %{$alien[0][0]}}, 'POST')->{status}, 200, 'nor does a header');

# A failure of the tables must not be answered as an invalid credential.
my $unseen = $leat->post('/v1/auth/keys', {name => 'unseen'}, headers => bearer($ann))->{json};
sql($leat, 'ALTER TABLE _leat_api_keys RENAME TO hidden');
$r = ask('header', {'X-Key' => $unseen->{key}});
is($r->{status}, 500, 'a database that fails is no bad credential');
is($r->{headers}{'www-authenticate'}, undef, 'and nobody has to come with another');
sql($leat, 'ALTER TABLE hidden RENAME TO _leat_api_keys');
is(ask('header', {'X-Key' => $unseen->{key}})->{status}, 200, 'later it is good');

# --- what a document may not say ---

sub said {
    my ($paths, $components) = @_;
    $leat->write('api.yaml', "${head}paths:\n$paths$components");
    return $leat->leat('check')->{err};
}
my $get = <<'YAML';
  /x:
    get:
      operationId: x
      security: SECURITY
      responses: {"200": {description: X., content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS one"}
YAML
my @errors = (
    ['[{beerer: []}]', '', qr/api\.yaml:9:19: .*beerer: components\.securitySchemes has no such scheme/, 'a scheme that is none'],
    ['[{bearer: []}, {header: [], beerer: []}]', '', qr/api\.yaml:9:\d+: .*beerer/, 'in a combination'],
    ['[{query: []}]', '    query: {type: apiKey, in: query, name: key}', qr/api\.yaml:9:19: .*query: an API key in the query leaks/, 'a key in the query'],
    ['[{digest: []}]', '    digest: {type: http, scheme: digest}', qr/api\.yaml:9:19: .*digest: only bearer and basic/, 'digest'],
);
for my $row (@errors) {
    my ($security, $scheme, $error, $what) = @$row;
    like(said($get =~ s/SECURITY/$security/r, $components =~ s/(?=  schemas:)/$scheme ? "$scheme\n" : ''/er), $error, "$what is an error");
}
unlike(said($get =~ s/SECURITY/[{bearer: []}]/r, $components =~ s/(?=  schemas:)/    digest: {type: http, scheme: digest}\n/r), qr/digest/, 'unless nobody names it');
my $nine = join '', map { "    s$_: {type: http, scheme: bearer}\n" } 1 .. 9;
like(said($get =~ s/SECURITY/'[' . join(', ', map { "{s$_: []}" } 1 .. 9) . ']'/er, $components =~ s/(?=  schemas:)/$nine/r), qr/api\.yaml:9:\d+: .*at most 8/, 'nine schemes');

sub builtin {
    my ($name, %o) = @_;
    my $body = exists $o{body} ? "\n      requestBody: $o{body}" : '';
    return said(<<YAML, $components);
  /x:
    @{[$o{method} // 'post']}:
      operationId: x
      security: $o{security}$body
      responses: {"200": {description: X.}}
      x-builtin: $name
YAML
}
sub body { my ($required, $more) = @_; return '{' . ($more // 'required: true, ') . "content: {application/json: {schema: {type: object, required: [$required]}}}}" }
for my $name (qw(me logout logout-all sessions keys)) {
    like(builtin("auth.$name", security => $_), qr/api\.yaml:\d+:\d+: .*auth\.$name: security is required/, "auth.$name needs security, not $_") for '[]', '[{}]';
    unlike(builtin("auth.$name", security => '[{bearer: []}]'), qr/auth\.$name/, 'and has it');
}
like(builtin('auth.login', security => '[{bearer: []}]', body => body('email, password')), qr/auth\.login: is public/, 'auth.login is for anybody');
like(builtin('auth.login', security => '[]', body => body('email')), qr/auth\.login: the body must require password/, 'and needs a password');
like(builtin('auth.login', security => '[]', body => body('email, password', '')), qr/auth\.login: requestBody must be required/, 'always');
like(builtin('auth.login', security => '[]'), qr/auth\.login: requestBody must be required/, 'in a body');
like(builtin('auth.keys.revoke', security => '[{bearer: []}]'), qr/auth\.keys\.revoke: the parameter id is required/, 'a key to revoke has an id');
for my $name (qw(auth.logout auth.logout-all auth.sessions.revoke auth.keys.revoke auth.keys.create)) {
    like(builtin($name, security => '[{bearer: []}]', method => $_), qr/api\.yaml:\d+:\d+: .*\Q$name\E: \U$_\E must not write/, "$name is for no $_") for qw(get head options);
    unlike(builtin($name, security => '[{bearer: []}]', method => 'delete'), qr/must not write/, 'but for others');
}
unlike(builtin("auth.$_", security => '[{bearer: []}]', method => 'get'), qr/must not write/, "auth.$_ is") for qw(me sessions keys);
like(builtin('auth.nothing', security => '[]'), qr/auth\.nothing/, 'a built-in that is none is noticed');
all_done;
