# SPDX-License-Identifier: MIT
# A document that asks for a scheme that is none, or binds a built-in to security that does not fit it,
# does not load, and leat check says where.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $head = <<'YAML';
openapi: 3.1.0
info: {title: Whose, version: 1.0.0}
servers: [{url: /t}]
security: [{bearer: []}]
YAML
my $components = <<'YAML';
components:
  securitySchemes:
    bearer: {type: http, scheme: Bearer}
    header: {type: apiKey, in: header, name: X-Key}
  schemas: {}
YAML
my $leat = Leat::Test->new(document => "${head}paths: {}\n$components");
my $source = Leat::Test::source();
$leat->configure("api: [{document: $leat->{dir}/api.yaml}, {document: $source/conf/auth.yaml}]\n");

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
# Returns what the check says of an operation with this security, beside more schemes.
sub secured_by {
    my ($security, @schemes) = @_;
    my $more = join '', map { "    $_\n" } @schemes;
    return said($get =~ s/SECURITY/$security/r, $components =~ s/(?=  schemas:)/$more/r);
}

my @errors = (
    ['[{beerer: []}]', '', qr/api\.yaml:9:19: .*beerer: components\.securitySchemes has no such scheme/,
        'a scheme that is none'],
    ['[{bearer: []}, {header: [], beerer: []}]', '', qr/api\.yaml:9:\d+: .*beerer/, 'in a combination'],
    ['[{query: []}]', 'query: {type: apiKey, in: query, name: key}',
        qr/api\.yaml:9:19: .*query: an API key in the query leaks/, 'a key in the query'],
    ['[{digest: []}]', 'digest: {type: http, scheme: digest}',
        qr/api\.yaml:9:19: .*digest: only bearer and basic/, 'digest'],
    (map { ["[{other: []}]", "other: {type: apiKey, in: header, name: $_}",
        qr/api\.yaml:9:19: .*other: HTTP has another use for this header/, "a key in $_"] }
        qw(Cookie Content-Type host Content-Length Accept Transfer-Encoding)),
    (map { ["[{other: []}]", "other: {type: apiKey, in: $_->[0], name: '$_->[1]'}",
        qr/api\.yaml:9:19: .*other: the name must be a token/, "a key in $_->[0] $_->[1]"] }
        ['header', 'X Key'], ['header', 'X-Key:'], ['header', ''], ['cookie', 'a=b'], ['cookie', 'my key']),
);

subtest 'accepts an API key in a header of its own, and in Authorization' => sub {
    is(secured_by('[{other: []}]', "other: {type: apiKey, in: header, name: $_}"), '', $_)
        for qw(X-Api-Key Authorization token);
    is(secured_by('[{other: []}]', 'other: {type: apiKey, in: cookie, name: _key}'), '', 'or a cookie');
};

subtest 'reports a scheme that is none, or that cannot be verified' => sub {
    for my $row (@errors) {
        my ($security, $scheme, $error, $what) = @$row;
        like(secured_by($security, $scheme ? $scheme : ()), $error, "$what is an error");
    }
    unlike(secured_by('[{bearer: []}]', 'digest: {type: http, scheme: digest}'), qr/digest/, 'unless nobody names it');
    done_testing;
};

subtest 'wants no accounts for operations that it does not answer' => sub {
    my $schemes = 'a: {type: apiKey, in: header, name: X-Key}, b: {type: http, scheme: basic}, '
        . 'c: {type: apiKey, in: cookie, name: sid}, d: {type: apiKey, in: header, name: Authorization}';
    my $paths = join '', map {
        qq(  /$_: {get: {operationId: $_, security: [{$_: []}], responses: {"200": {description: d}}BOUND}}\n)
    } qw(a b c d);
    my $text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n$paths"
        . "components: {securitySchemes: {$schemes}}\n";
    my $without = Leat::Test->new(document => $text =~ s/BOUND//gr, config => "database: {migrate: on-start}\n");
    my $check = $without->leat('check');
    is($check->{code}, 0, 'a document of another server needs no database') or diag $check->{err};
    $without->start;
    is($without->get("/$_", headers => {'X-Key' => 'k', Cookie => 'sid=k', Authorization => 'Basic YTpi'})->{status},
        401, "nobody is known, /$_") for qw(a b c);
    is($without->get('/d', headers => {Authorization => 'k'})->{status}, 401, 'nobody is known, /d');
    $without->write('api.yaml', $text =~ s/BOUND/, x-builtin: health.live/gr);
    like($without->leat('check')->{err}, qr/API keys require database\.url/, 'a bound operation needs one');
    done_testing;
};

subtest 'reports a combination of more than eight schemes' => sub {
    my @nine = map { "s$_: {type: http, scheme: bearer}" } 1 .. 9;
    my $together = '[' . join(', ', map { "{s$_: []}" } 1 .. 9) . ']';
    like(secured_by($together, @nine), qr/api\.yaml:9:\d+: .*at most 8/, 'nine schemes');
    done_testing;
};

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
sub body {
    my ($required, $more) = @_;
    my $schema = "{type: object, required: [$required]}";
    return '{' . ($more // 'required: true, ') . "content: {application/json: {schema: $schema}}}";
}

subtest 'requires security of a built-in that needs an account' => sub {
    for my $name (qw(me logout logout-all sessions keys)) {
        like(builtin("auth.$name", security => $_), qr/api\.yaml:\d+:\d+: .*auth\.$name: security is required/,
            "auth.$name needs security, not $_") for '[]', '[{}]';
        unlike(builtin("auth.$name", security => '[{bearer: []}]'), qr/auth\.$name/, 'and has it');
    }
    done_testing;
};

subtest 'requires of a request what its built-in needs' => sub {
    like(builtin('auth.login', security => '[{bearer: []}]', body => body('email, password')),
        qr/auth\.login: is public/, 'auth.login is for anybody');
    like(builtin('auth.login', security => '[]', body => body('email')),
        qr/auth\.login: the body must require password/, 'and needs a password');
    like(builtin('auth.login', security => '[]', body => body('email, password', '')),
        qr/auth\.login: requestBody must be required/, 'always');
    like(builtin('auth.login', security => '[]'), qr/auth\.login: requestBody must be required/, 'in a body');
    like(builtin('auth.keys.revoke', security => '[{bearer: []}]'),
        qr/auth\.keys\.revoke: the parameter id is required/, 'a key to revoke has an id');
    done_testing;
};

subtest 'lets no built-in write by a method that must not' => sub {
    for my $name (qw(auth.logout auth.logout-all auth.sessions.revoke auth.keys.revoke auth.keys.create)) {
        like(builtin($name, security => '[{bearer: []}]', method => $_),
            qr/api\.yaml:\d+:\d+: .*\Q$name\E: \U$_\E must not write/, "$name is for no $_") for qw(get head options);
        unlike(builtin($name, security => '[{bearer: []}]', method => 'delete'), qr/must not write/, 'but for others');
    }
    unlike(builtin("auth.$_", security => '[{bearer: []}]', method => 'get'), qr/must not write/, "auth.$_ is")
        for qw(me sessions keys);
    like(builtin('auth.nothing', security => '[]'), qr/auth\.nothing/, 'a built-in that is none is noticed');
    done_testing;
};

all_done;
