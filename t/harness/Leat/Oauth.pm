# SPDX-License-Identifier: MIT
# A leat whose users come from identity providers, and a browser without a window.
#
#     my $site = Leat::Oauth->new(providers => {op => {issuer => $op->{issuer}, 'client-id' => 'us'}});
#     my $browser = {};                                    # a cookie jar
#     my $r = $site->log_in('op', $op, $browser);          # the answer to the callback
package Leat::Oauth;

use strict;
use warnings;
use Carp qw(croak);
use JSON::PP;
use Leat::Test;

my $document = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    session: {type: apiKey, in: cookie, name: __Host-session}
  schemas:
    Credentials:
      type: object
      required: [email, password]
      properties: {email: {type: string}, password: {type: string}}
security: []
paths:
  /oauth/{provider}:
    get:
      operationId: start
      parameters: [{name: provider, in: path, required: true, schema: {type: string}}]
      responses: {"302": {description: On the way.}}
      x-builtin: oauth.start
  /callback:
    get:
      operationId: callback
      x-additional-parameters: true
      parameters:
      - &state {name: state, in: query, required: true, schema: {type: string}}
      - &code {name: code, in: query, schema: {type: string}}
      - &error {name: error, in: query, schema: {type: string}}
      - &iss {name: iss, in: query, schema: {type: string}}
      responses: &responses {"200": {description: Tokens., content: {application/json: {schema: {type: object}}}}}
      x-builtin: oauth.callback
  /callback/{provider}:
    get:
      operationId: callbackOf
      x-additional-parameters: true
      parameters: [{name: provider, in: path, required: true, schema: {type: string}}, *state, *code, *error, *iss]
      responses: *responses
      x-builtin: oauth.callback
  /me:
    get:
      operationId: me
      security: [{bearer: []}, {session: []}]
      responses: *responses
      x-builtin: auth.me
  /register:
    post:
      operationId: register
      requestBody: &credentials
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Credentials"}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-builtin: auth.register
  /login:
    post:
      operationId: login
      requestBody: *credentials
      responses: *responses
      x-builtin: auth.login
  /users:
    get:
      operationId: users
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}}
      x-allow-scan: true
      x-sql:
        returns: list
        max-rows: 1000
        sql: >-
          SELECT u.email, group_concat(i.provider || ' ' || i.subject) AS identities
          FROM _leat_users u LEFT JOIN _leat_identities i ON i.user_id = u.id GROUP BY u.id ORDER BY u.email
  /audit:
    get:
      operationId: audit
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}}
      x-allow-scan: true
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT event, detail FROM _leat_audit ORDER BY id"}
  /t:
    get:
      operationId: t
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}}
      x-allow-scan: true
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id FROM t"}
API

# providers: {name => {key => value}}, a redirect is added; identity: more lines of that map;
# workers
sub new {
    my ($class, %o) = @_;
    my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);');
    my $leat = Leat::Test->new(workers => $o{workers} // 2, document => $document, migrations => \%migrations);
    my $self = bless {%o, leat => $leat}, $class;
    $self->configure;
    $leat->start;
    return $self;
}

sub configure {
    my ($self) = @_;
    my $leat = $self->{leat};
    my $json = JSON::PP->new->canonical;
    my %providers;
    for my $name (keys %{$self->{providers}}) {
        my $callback = "http://127.0.0.1:$leat->{port}/v1/callback";
        my %p = (redirect => $callback, 'client-id' => 'us', %{$self->{providers}{$name}});
        if (defined(my $secret = delete $p{secret})) {
            $leat->write("secrets/$name", $secret);
            $p{'client-secret'} = "file:$leat->{dir}/secrets/$name";
        }
        $providers{$name} = \%p;
    }
    $leat->configure('identity: ' . $json->encode({%{$self->{identity} // {}}, providers => \%providers}) . "\n");
}

sub keep_cookies {
    my ($browser, $r) = @_;
    for my $value (@{$r->{cookies} // []}) {
        my ($name, $cookie) = $value =~ /^([^=;]+)=([^;]*)/;
        $browser->{$name} = $cookie;
        delete $browser->{$name} if $value =~ /Max-Age=0(?:;|$)/;
    }
    return $r;
}

# Returns the names of the cookies of the logins that the browser has begun.
sub attempts {
    my ($browser) = @_;
    return grep { /^__Host-oauth-/ } sort keys %$browser;
}

# Returns the name and the value of the cookie of the only login that it has begun.
sub attempt {
    my ($browser) = @_;
    my @names = attempts($browser);
    croak "attempt: @names" if @names != 1;
    return ($names[0], $browser->{$names[0]});
}

# Sends a GET of the browser, which never follows redirects by itself.
sub open {
    my ($self, $url, $browser, %o) = @_;
    my ($target) = $url =~ m{^(?:http://127\.0\.0\.1:$self->{leat}{port})?(/.*)} or croak "open: $url";
    my %headers = %{$o{headers} // {}};
    $headers{Cookie} = join '; ', map { "$_=$browser->{$_}" } sort keys %$browser if %$browser;
    my $r = $self->{leat}->get($target, %o, headers => \%headers) or return;
    return keep_cookies($browser, $r);
}

# Returns where the provider sends the browser back to.
sub begin {
    my ($self, $name, $op, $browser) = @_;
    my $r = $self->open("/v1/oauth/$name", $browser);
    croak "begin: $r->{status} $r->{body}" if $r->{status} != 302;
    return $op->visit($r->{headers}{location});
}

sub log_in {
    my ($self, $name, $op, $browser) = @_;
    $browser //= {};
    return $self->open($self->begin($name, $op, $browser), $browser);
}

# Returns the account that a login has entered.
sub me {
    my ($self, $r) = @_;
    return $self->{leat}->get('/v1/me', headers => {Authorization => "Bearer $r->{json}{access_token}"})->{json};
}

# Returns {email => its identities}.
sub users {
    my ($self) = @_;
    return {map { $_->{email} => $_->{identities} } @{$self->{leat}->get('/v1/users')->{json}}};
}

# Creates an account with a password; verified, disabled and totp set its state.
sub register {
    my ($self, $email, %o) = @_;
    $self->{leat}->post('/v1/register', {email => $email, password => 'correct horse battery'});
    $self->change($email, %o);
}
sub change {
    my ($self, $email, %o) = @_;
    my ($verified, $disabled) = map { $o{$_} ? q('2026-01-01T00:00:00.000Z') : 'NULL' } qw(verified disabled);
    my $sql = <<"SQL";
PRAGMA busy_timeout = 5000;
UPDATE _leat_users SET email_verified_at = $verified, disabled_at = $disabled WHERE email = '$email';
DELETE FROM _leat_totp;
SQL
    $sql .= <<"SQL" if $o{totp};
INSERT INTO _leat_totp (user_id, secret, created_at, confirmed_at)
    SELECT id, 'JBSWY3DPEHPK3PXP', '2026', '2026' FROM _leat_users WHERE email = '$email';
SQL
    my $r = run_command('sqlite3', "$self->{leat}{dir}/app.db", $sql);
    croak "change: $r->{err}" if $r->{code};
}

1;
