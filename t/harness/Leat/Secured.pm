# SPDX-License-Identifier: MIT
# A server whose operations ask for credentials of every kind, and an account that has them.
#
#     my $site = secured();              # {leat, tls, dir}: its HTTPS port, the folder of its certificates
#     my $ann = credentials($site->{leat});   # {id, token, key, less, session, cookie}
#     ask('bearer', bearer($ann->{token}));   # GET /t/bearer of the server that secured() started
package Leat::Secured;

use strict;
use warnings;
use Exporter qw(import);
use JSON::PP;
use Leat::Accounts;
use Leat::Jwt;
use Leat::Test;
use MIME::Base64 qw(encode_base64);
use Test::More;

our @EXPORT = qw(secured credentials ask ask_tls as basic token scoped);

my $secret = 'a secret of thirty-two bytes, or more';

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
my $head = <<'YAML';
openapi: 3.1.0
info: {title: Whose, version: 1.0.0}
servers: [{url: /t}]
security: [{oauth: [b]}]
paths:
  /me:
    get:
      operationId: optionalMe
      security: [{bearer: []}, {header: []}, {}]
      responses: {"200": {description: Me.}}
      x-builtin: auth.me
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
  responses:
    Who:
      description: Who calls.
      content: {application/json: {schema: {$ref: "#/components/schemas/Who"}}}
  schemas:
    Who:
      type: object
      properties:
        sub: {type: [string, "null"]}
        scope: {type: [string, "null"]}
        roles: {type: [array, "null"]}
        team: {type: [string, "null"]}
YAML

# Returns the path item of an operation.
sub path {
    my ($name) = @_;
    my $own = defined $security{$name} ? "\n      security: $security{$name}" : '';
    return "  /$name:\n" . join '', map { <<"YAML" } qw(get post);
    $_:
      operationId: $_-$name$own
      responses: {"200": {\$ref: "#/components/responses/Who"}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub, :_scope AS scope, :_roles AS roles, :_claim_team AS team"}
YAML
}

# Makes a certificate, signed by another one or by itself.
sub certificate {
    my ($dir, $name, $subject, $by) = @_;
    my @by = $by ? ('-CA', "$dir/$by.pem", '-CAkey', "$dir/$by.key") : ();
    my $r = run_command('openssl', qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 80),
        '-subj', "/O=Org/CN=$subject", '-keyout', "$dir/$name.key", '-out', "$dir/$name.pem", @by);
    die $r->{err} if $r->{code};
}

my $site;

sub secured {
    my $leat = Leat::Test->new(document => $head . join('', map { path($_) } sort keys %security) . $components,
        files => {secret => $secret});
    my ($dir, $tls, $source) = ($leat->{dir}, Leat::Test::free_port(), Leat::Test::source());
    certificate($dir, @$_) for ['ca', 'CA'], ['server', 'localhost', 'ca'], ['client', 'client', 'ca'],
        ['stranger', 'client'];
    $leat->configure(<<YAML);
listen:
- {address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8]}
- address: 127.0.0.1:$tls
  tls:
    certificates: [{certificate: $dir/server.pem, key: $dir/server.key}]
    client-ca: $dir/ca.pem
    client: optional
api: [{document: $dir/api.yaml}, {document: $source/conf/auth.yaml}]
identity:
  keys: [{key: 'file:$dir/secret'}]
  scopes: [a, b]
  roles: {admin: [c]}
  session: {cookie: sid}
  password: {memory: 8MiB, passes: 1}
rate-limits: {login: {rate: 10000/min}}
YAML
    $leat->start;
    return $site = {leat => $leat, dir => $dir, tls => $tls};
}

# Registers an account; key has all its scopes, and less has b alone.
sub credentials {
    my ($leat) = @_;
    my $token = joined($leat, 'ann');
    my %by = (headers => bearer($token));
    my $session = login($leat, 'ann', path => '/v1/auth/session');
    my ($cookie) = ($session->{headers}{'set-cookie'} // '') =~ /^(sid=[^;]+)/ or fail('there is a cookie');
    return {
        id => $leat->get('/v1/auth/me', %by)->{json}{id},
        token => $token,
        key => $leat->post('/v1/auth/keys', {name => 'all'}, %by)->{json},
        less => $leat->post('/v1/auth/keys', {name => 'less', scopes => ['b']}, %by)->{json},
        session => $session,
        cookie => $cookie,
    };
}

sub ask {
    my ($where, $headers, $method) = @_;
    return $site->{leat}->request($method // 'GET', "/t/$where", headers => $headers // {});
}

# Makes one request over TLS with curl, with a certificate if one is named.
sub ask_tls {
    my ($where, $name, @options) = @_;
    my @certificate = $name ? ('--cert', "$site->{dir}/$name.pem", '--key', "$site->{dir}/$name.key") : ();
    my @format = ('-w', "\n%{http_code}");
    my $r = run_command('curl', '-sk', @certificate, @format, @options, "https://127.0.0.1:$site->{tls}/t/$where");
    my ($body, $status) = $r->{out} =~ /\A(.*)\n(\d+)\z/s;
    return {status => $status, json => scalar eval { JSON::PP::decode_json($body) }};
}

# Returns the options of curl for headers.
sub as { my ($headers) = @_; return map { ('-H', "$_: $headers->{$_}") } sort keys %$headers }
sub basic { my ($text) = @_; return {Authorization => 'Basic ' . encode_base64($text, '')} }
# Returns an access token with these claims; the headers with one that has these scopes.
sub token { return jwt(secret_key($secret), access(@_)) }
sub scoped { return bearer(token(scope => $_[0])) }

1;
