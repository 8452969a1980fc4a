# SPDX-License-Identifier: MIT
# Every error below the mount of a document has the form that the document says by x-problems, and
# that is the schema that it publishes; errors elsewhere are problem details.
use strict;
use warnings;
use JSON::PP;
use Leat::Jwt;
use Leat::Test;
use Test::More;

my $secret = 'a secret of thirty-two bytes, or more';
my $endless = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c';
my $n = 'content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}';
my $takes = 'requestBody: {required: true, content: {application/json: {schema: {type: object, required: [user], '
    . 'properties: {user: {type: object, required: [email], properties: {email: {type: string, minLength: 1}, '
    . 'tags: {type: array, items: {type: string}}}}}}}}}';

# Returns a document with the same operations and another form of errors.
sub document {
    my ($mount, $problems) = @_;
    return <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: $mount}]
$problems
x-tables:
  users:
    constraints:
      unique(email): {status: 422, name: email}
      check(short): {status: 409, code: user.long, pointer: /user/email, message: is too long}
      raise(users.full): {status: 403}
      raise(users.closed): {status: 401, code: closed, message: come back}
paths:
  /users:
    post:
      $takes
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "INSERT INTO users (email) VALUES (json_extract(:user, '\$.email'))"}
  /users/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, $n}}
      x-sql:
        returns: one
        sql: SELECT id AS n FROM users WHERE id = :id
        else: {status: 404, code: user.unknown, name: user, message: no such user}
  /mine:
    get:
      security: [{bearer: [admin]}]
      responses: {"200": {description: ok, $n}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /limited:
    get:
      x-rate-limit: some
      responses: {"200": {description: ok, $n}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /spin:
    get:
      x-timeout: 300ms
      x-concurrency: 1
      responses: {"200": {description: ok, $n}}
      x-sql: {returns: one, sql: "$endless"}
  /wrong:
    get:
      responses: {"200": {description: ok, $n}}
      x-sql: {returns: one, sql: "SELECT 'secret text' AS n"}
  /nothing:
    get: {responses: {"200": {description: ok}}}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
API
}

my $named = <<'YAML';
x-problems:
  body: {errors: $violations}
  violations: {by: name, whole: body}
  messages: {minLength: can't be blank, required: can't be blank, unique: has already been taken}
  answers:
    "401": {name: token, message: is missing}
    bad-credential: {message: is invalid}
    "403": {message: forbidden}
    "404": {name: page}
YAML
my $listed = <<'YAML';
x-problems:
  media-type: application/vnd.api+json
  body: {errors: $violations, meta: {id: $request_id, ok: false, text: "$status ${title}: $error"}}
  violations:
    by: list
    whole: ""
    value: {status: "${status}", code: $code, title: $title, detail: $message, source: {pointer: $pointer, in: $in}}
YAML
my %files = ('named.yaml' => document('/named', $named), 'listed.yaml' => document('/listed', $listed),
    secret => $secret);
my $table = <<'SQL';
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, CONSTRAINT short CHECK (length(email) < 20));
CREATE TRIGGER full BEFORE INSERT ON users WHEN NEW.email = 'full' BEGIN
    SELECT RAISE(ABORT, 'users.full: there are "enough" users: 3');
END;
CREATE TRIGGER closed BEFORE INSERT ON users WHEN NEW.email = 'closed' BEGIN
    SELECT RAISE(ABORT, 'users.closed: not for clients');
END;
CREATE TRIGGER unknown BEFORE INSERT ON users WHEN NEW.email = 'other' BEGIN
    SELECT RAISE(ABORT, 'users.other: not for clients');
END;
SQL
my $leat = Leat::Test->new(workers => 1, files => \%files, migrations => {'0001_a.up.sql' => $table},
    document => document('/plain', ''));
$leat->configure(<<"YAML");
api: [{document: api.yaml}, {document: named.yaml}, {document: listed.yaml}]
identity: {keys: [{key: 'file:$leat->{dir}/secret'}]}
rate-limits: {some: {rate: 1/h, key: ip}}
limits: {header: 4KiB, body: 8KiB}
YAML
$leat->start;

# Returns what is wrong with a value by a schema of those keywords that x-problems makes.
sub misfit {
    my ($schema, $value, $at) = @_;
    my $type = ref $value eq 'HASH' ? 'object' : ref $value eq 'ARRAY' ? 'array'
        : JSON::PP::is_bool($value) ? 'boolean' : encode_json([$value]) =~ /^\["/ ? 'string' : 'integer';
    return "$at is $type, not $schema->{type}" if $schema->{type} && $schema->{type} ne $type;
    my @only = map { encode_json([$_]) } @{$schema->{enum} // [$value]};
    return "$at is another value" unless grep { $_ eq encode_json([$value]) } @only;
    my @parts;
    if ($type eq 'object') {
        defined $value->{$_} or return "$at has no $_" for @{$schema->{required} // []};
        for my $name (sort keys %$value) {
            my $part = $schema->{properties}{$name} // $schema->{additionalProperties};
            return "$at/$name is unknown" unless $part;
            push @parts, [$part, $value->{$name}, "$at/$name"];
        }
    } elsif ($type eq 'array') {
        return "$at has too few items" if @$value < ($schema->{minItems} // 0);
        @parts = map { [$schema->{items}, $value->[$_], "$at/$_"] } 0 .. $#$value;
    }
    return (grep { defined } map { misfit(@$_) } @parts)[0];
}

my %published = map { $_ => $leat->get("/$_/openapi.json")->{json} } qw(named listed plain);
my %type = (named => 'application/json', listed => 'application/vnd.api+json', plain => 'application/problem+json');

# Tests that the answer has the form of the document, as published. Returns its body.
sub has_form {
    my ($mount, $r, $status, $name) = @_;
    my $schema = $published{$mount}{components}{schemas}{$mount eq 'plain' ? 'Problem' : 'Error'};
    is($r->{status}, $status, "$mount: $name: $status");
    is($r->{headers}{'content-type'}, $type{$mount}, "$mount: $name: its media type");
    is(misfit($schema, $r->{json}, ''), undef, "$mount: $name: as published") or diag $r->{body};
    ok($r->{headers}{'www-authenticate'}, "$mount: $name: with a challenge") if $status == 401;
    return $r->{json};
}

sub user { my ($mount, $user) = @_; return $leat->post("/$mount/users", {user => $user}) }
sub token { my ($scope) = @_; return {Authorization => 'Bearer ' . jwt(secret_key($secret), access(scope => $scope))} }
sub raw { my ($text) = @_; return Leat::Test::parse_answer($leat->raw($text)) }
sub ask_as_text { return $leat->request('POST', $_[0], body => 'x', headers => {'Content-Type' => 'text/plain'}) }
my $two = 'Content-Length: 2';

# Each status that the server answers by itself.
my @own = (
    [400, 'broken JSON', sub { $leat->request('POST', "$_[0]/users", body => '{') }],
    [400, 'an unknown parameter', sub { $leat->get("$_[0]/wrong?x=1") }],
    [400, 'a malformed path', sub { $leat->get("$_[0]/users/%zz") }],
    [401, 'no token', sub { $leat->get("$_[0]/mine") }],
    [401, 'a bad token', sub { $leat->get("$_[0]/mine", headers => {Authorization => 'Bearer x'}) }],
    [403, 'another scope', sub { $leat->get("$_[0]/mine", headers => token('other')) }],
    [404, 'no such path', sub { $leat->get("$_[0]/nowhere") }],
    [405, 'no such method', sub { $leat->request('PUT', "$_[0]/users") }],
    [406, 'no such representation', sub { $leat->get("$_[0]/limited", headers => {Accept => 'text/html'}) }],
    [413, 'a large body', sub { $leat->request('POST', "$_[0]/users", body => 'x' x 9000) }],
    [415, 'another type', sub { ask_as_text("$_[0]/users") }],
    [417, 'an expectation', sub { raw("POST $_[0]/users HTTP/1.1\r\nHost: a\r\n$two\r\nExpect: tea\r\n\r\n{}") }],
    [422, 'a missing member', sub { $leat->post("$_[0]/users", {}) }],
    [500, 'a value that does not fit', sub { $leat->get("$_[0]/wrong") }],
    [501, 'no binding', sub { $leat->get("$_[0]/nothing") }],
    [501, 'an unknown method', sub { raw("BREW $_[0]/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") }],
    [504, 'an endless statement', sub { $leat->get("$_[0]/spin") }],
);

subtest 'each error of the server itself has the form of its document' => sub {
    for my $row (@own) {
        my ($status, $name, $ask) = @$row;
        has_form($_, $ask->("/$_"), $status, $name) for qw(named listed plain);
    }
    for my $mount (qw(named listed plain)) {
        my $r;
        wait_for(20, sub { ($r = $leat->get("/$mount/limited"))->{status} == 429 });
        has_form($mount, $r, 429, 'past a rate limit');
        wait_for(20, sub { # again, because the first may have ended
            my $busy = $leat->connect;
            syswrite $busy, "GET /$mount/spin HTTP/1.1\r\nHost: a\r\n\r\n";
            return ($r = $leat->get("/$mount/spin"))->{status} == 503;
        });
        has_form($mount, $r, 503, 'past x-concurrency');
        ok($r->{headers}{'retry-after'}, "$mount: with Retry-After");
    }
};

subtest 'an error by name has the messages of the document' => sub {
    my $errors = sub { my ($r, $status) = @_; return has_form('named', $r, $status, 'by name')->{errors} };
    is_deeply($errors->(user('named', {email => ''}), 422), {email => ["can't be blank"]}, 'minLength');
    is_deeply($errors->(user('named', {tags => [1, 2], x => 1}), 422), {email => ["can't be blank"],
        tags => ['must be string', 'must be string'], x => ['is not a known property']}, 'several');
    is_deeply($errors->($leat->get('/named/mine'), 401), {token => ['is missing']}, 'no token');
    is_deeply($errors->($leat->get('/named/mine', headers => {Authorization => 'Bearer x'}), 401),
        {body => ['is invalid']}, 'a bad token');
    is_deeply($errors->($leat->get('/named/mine', headers => token('other')), 403), {body => ['forbidden']}, 'scope');
    is_deeply($errors->($leat->get('/named/nowhere'), 404), {page => ['not found']}, 'no path');
    is_deeply($errors->($leat->get('/named/users/9'), 404), {user => ['no such user']}, 'else');
    is_deeply($errors->($leat->get('/named/users/x'), 400), {id => ['must be integer']}, 'a parameter');
    is(user('named', {email => 'a'})->{status}, 204, 'a user');
    is_deeply($errors->(user('named', {email => 'a'}), 422), {email => ['has already been taken']}, 'a constraint');
    is_deeply($errors->(user('named', {email => 'x' x 30}), 409), {email => ['is too long']}, 'by its pointer');
};

subtest 'a list has what an error is and where' => sub {
    my $body = has_form('listed', user('listed', {email => ''}), 422, 'a list');
    my $id = delete $body->{meta}{id};
    like($id, qr/^[0-9a-f-]{36}$/, 'its request id');
    my %short = (status => '422', code => 'invalid', title => 'Unprocessable Content',
        detail => 'must have at least 1 character', source => {pointer => '/user/email', in => 'body'});
    is_deeply($body, {errors => [\%short], meta => {ok => JSON::PP::false,
        text => '422 Unprocessable Content: validation failed'}}, 'all of it');
    my $error = has_form('listed', $leat->get('/listed/users/9'), 404, 'of the document')->{errors}[0];
    is("$error->{code} $error->{detail} $error->{source}{pointer}", 'user.unknown no such user ', 'else');
    my ($hidden) = @{has_form('listed', $leat->get('/listed/wrong'), 500, 'an internal error')->{errors}};
    is("$hidden->{code} $hidden->{detail}", 'internal internal error', 'tells no more than problem details');
};

subtest 'x-tables gives what a trigger raises its status, its code and its text' => sub {
    my @rows = (['full', 403, 'users.full', 'there are "enough" users: 3'], ['closed', 401, 'closed', 'come back'],
        ['other', 422, undef, 'a constraint is violated']);
    for my $row (@rows) {
        my ($email, $status, $code, $text) = @$row;
        my $r = user('plain', {email => $email});
        is_deeply([@{has_form('plain', $r, $status, $email)}{qw(code error)}], [$code, $text], "$email: $text");
        my ($error) = @{has_form('listed', user('listed', {email => $email}), $status, $email)->{errors}};
        is_deeply([@$error{qw(code detail)}], [$code // 'constraint', $text], "$email: in a list");
    }
    my @shown = sort keys %{$published{plain}{paths}{'/users'}{post}{responses}};
    ok(grep({ $_ eq '403' } @shown), 'and is published') or diag "@shown";
};

subtest 'nothing that a client sends breaks the form' => sub {
    for my $key ('"', '\\', '$code', '${', "\x{1}", 'a/b~1', "\x{1F600}", '</script>', 'x' x 3000, '') {
        for my $mount (qw(named listed)) {
            my $r = user($mount, {email => 'e', $key => 1});
            has_form($mount, $r, 422, sprintf 'a key of %d', length $key);
        }
    }
    my %many = map { ("k$_" => 1) } 1 .. 100;
    is(scalar keys %{has_form('named', user('named', {email => 'e', %many}), 422, '100 keys')->{errors}}, 32, 'of 100');
    my $r = $leat->request('POST', '/named/users', body => "{\"user\":{\"email\":\"e\",\"\\u0000\":1}}");
    has_form('named', $r, 422, 'NUL in a key');
};

subtest 'errors below no mount are problem details' => sub {
    for my $path ('/', '/nowhere', '/name', '/namedx/users', '/NAMED/users') {
        my $r = $leat->get($path);
        is("$r->{status} $r->{headers}{'content-type'}", "404 $type{plain}", $path);
    }
    has_form('named', $leat->get('/named'), 404, 'the mount itself');
    my $r = raw("GET /named/x HTTP/1.1\r\nHost: a\r\nX: " . 'a' x 5000 . "\r\n\r\n");
    is($r->{status}, 431, 'a head that was refused');
    is($leat->request('HEAD', '/named/nowhere')->{body}, '', 'HEAD has no body');
};

subtest 'the published documents share one schema of errors' => sub {
    for my $mount (qw(named listed)) {
        my ($document, %seen) = ($published{$mount});
        for my $item (values %{$document->{paths}}) {
            for my $operation (values %$item) {
                next unless ref $operation eq 'HASH' && $operation->{responses};
                for my $code (grep { /^[45]/ } keys %{$operation->{responses}}) {
                    my $content = referred($document, $operation->{responses}{$code})->{content};
                    $seen{"$_ $content->{$_}{schema}{'$ref'}"}++ for keys %$content;
                }
            }
        }
        is(join(' ', keys %seen), "$type{$mount} #/components/schemas/Error", "$mount: all refer to it");
        unlike(encode_json($document), qr/x-problems/, "$mount: without our key");
    }
};

all_done;
