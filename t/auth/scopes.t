# SPDX-License-Identifier: MIT
# A scope that a document requires is required of every caller, or the document does not load; no
# text that contains something else counts as a scope.
use strict;
use warnings;
use JSON::PP;
use Leat::Jwt;
use Leat::Test;
use Test::More;

my $schemes = <<'YAML';
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    header: {type: apiKey, in: header, name: X-Key}
    cookie: {type: apiKey, in: cookie, name: key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://id.example/token, scopes: {a: A}}}}
    openid: {type: openIdConnect, openIdConnectUrl: https://id.example/.well-known/openid-configuration}
    tls: {type: mutualTLS}
YAML

# Returns a document whose only operation reads all owners' rows.
sub document {
    my ($security, %o) = @_;
    my $of_all = $o{of_all} ? "security: $o{of_all}\n" : '';
    my $own = defined $security ? "security: $security" : 'summary: all';
    my $unrestricted = $o{unrestricted} ? 'x-unrestricted: true' : 'description: all';
    return <<"YAML";
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
x-tables: {notes: {owner: owner_id}}
${of_all}paths:
  /all:
    get:
      operationId: all
      $own
      $unrestricted
      x-allow-scan: true
      responses:
        "200": {description: All., content: {application/json: {schema: {type: array, items: {type: object}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT owner_id FROM notes"}
$schemes
YAML
}
my $migration = <<'SQL';
CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL);
CREATE INDEX notes_by_owner ON notes (owner_id);
INSERT INTO notes VALUES (1, 'somebody');
SQL
my %app = (document => document('[{bearer: [a]}]'), migrations => {'0001_a.up.sql' => $migration}, workers => 1);
my $leat = Leat::Test->new(%app);
sub said { $leat->write('api.yaml', document(@_)); return $leat->leat('check')->{err} =~ s{\Q$leat->{dir}\E/}{}gr }

subtest 'asks a certificate for no scope, because it carries none' => sub {
    my $error = qr/all: x-sql: security: tls: mutual TLS carries no scopes/;
    like(said('[{tls: [admin]}]'), qr/^api\.yaml:9:19: $error/m, 'alone');
    like(said('[{tls: [admin]}]', unrestricted => 1), qr/^api\.yaml:9:19: $error/m, 'nor is x-unrestricted met by one');
    like(said('[{bearer: [a], tls: [admin]}]'), qr/^api\.yaml:9:32: $error/m, 'beside a token');
    like(said('[{bearer: [a]}, {tls: [a]}]'), $error, 'in another way');
    like(said(undef, of_all => '[{tls: [admin]}]'), qr/^api\.yaml:5:13: $error/m, 'of the document');
    my $unasked = qr/^\S+ warning: listen: no address has tls\.client-ca.*\n/m; # which t/ops/check.t tests
    is(said('[{tls: []}]') =~ s/$unasked//r, '', 'without scopes it is good');
    is(said('[{bearer: [a], tls: []}]', unrestricted => 1) =~ s/$unasked//r, '', 'also beside a token that has one');
    done_testing;
};

subtest 'requires x-unrestricted to name a scope in every way' => sub {
    my $error = qr/all: x-sql: x-unrestricted: each security requirement must name a scope/;
    like(said($_, unrestricted => 1), $error, $_)
        for '[{tls: []}]', '[{bearer: [a]}, {tls: []}]', '[{bearer: []}]', '[{bearer: [a]}, {}]', '[]';
    is(said("[{$_: [a]}]", unrestricted => 1), '', "$_ carries scopes") for qw(bearer basic header cookie oauth openid);
    done_testing;
};

subtest 'reports requirements that are no list of ways' => sub {
    like(said('{bearer: [a]}'), qr/^api\.yaml:9:7: security: must be a list/m, 'a map');
    like(said(undef, of_all => '{bearer: []}'), qr/^api\.yaml:5:1: security: must be a list/m, 'of the document');
    like(said($_), qr/^api\.yaml:9:\d+: (?:security\[0\]|bearer).*: must be /m, $_)
        for '[bearer]', '[null]', '[[bearer]]', '[{bearer: a}]', '[{bearer: [1]}]', '[{bearer: null}]';
    done_testing;
};

subtest 'reports a scope that nobody could have' => sub {
    for ('a b', '', ' ', 'a\0', 'a\tb', 'a\x7f', 'a\"', 'a\\\\', 'caf\u00e9') {
        like(said(qq([{bearer: ["$_"]}])),
            qr/^api\.yaml:9:\d+: all: x-sql: security: bearer: a scope must be printable ASCII/m, "\"$_\"");
    }
    is(said(qq([{bearer: ["$_"]}])), '', $_) for 'a', 'https://example.org/all?x=1', "!#\$%&'()*+,-./:;<=>?@[]^_`{|}~";
    my $no_scope = qr/identity\.(?:scopes\[\]|roles\{\}\[\]): a scope must be printable ASCII/;
    my $good = Leat::Test->new(%app, config => "identity: {scopes: [a], roles: {r: [b, c], s: []}}\n");
    is($good->leat('check')->{err}, '', 'the configuration may have scopes and roles');
    for (['scopes: ["a b"]', $no_scope], ['scopes: [""]', qr/empty/], ['scopes: ["a\0"]', qr/contains U\+0000/],
        ['roles: {r: ["a\tb"]}', $no_scope],
        ['roles: {r: ["a\0b"]}', qr/contains U\+0000/],
        ['issuer: "a\0b"', qr/contains U\+0000/])
    {
        my $wrong = Leat::Test->new(%app, config => "identity: {$_->[0]}\n");
        like($wrong->leat('check')->{err}, qr/leat\.yaml:1:\d+: .*$_->[1]/, "in the configuration: $_->[0]");
    }
    done_testing;
};

subtest 'asks a caller with a certificate for a token with the scope' => sub {
    my $tls = Leat::Test::free_port();
    my ($dir, $secret) = ($leat->{dir}, 'a secret of thirty-two bytes or more');
    my @new = qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 80);
    for (['ca'], ['server', 'ca'], ['client', 'ca']) {
        my ($name, $by) = @$_;
        my @by = $by ? ('-CA', "$dir/$by.pem", '-CAkey', "$dir/$by.key") : ();
        my $r = run_command('openssl', @new, '-subj', "/CN=$name", '-keyout', "$dir/$name.key", '-out',
            "$dir/$name.pem", @by);
        is($r->{code}, 0, "a certificate of $name") or diag($r->{err});
    }
    $leat->write('secret', $secret);
    $leat->write('api.yaml', document('[{bearer: [a], tls: []}]', unrestricted => 1));
    $leat->configure(<<"YAML");
listen:
- {address: 127.0.0.1:$leat->{port}}
- address: 127.0.0.1:$tls
  tls: {certificates: [{certificate: $dir/server.pem, key: $dir/server.key}], client-ca: $dir/ca.pem, client: optional}
identity: {keys: [{key: 'file:$dir/secret'}]}
YAML
    $leat->start;
    my $ask = sub {
        my ($name, $scope) = @_;
        my @certificate = $name ? ('--cert', "$dir/$name.pem", '--key', "$dir/$name.key") : ();
        my $token = jwt(secret_key($secret), access(sub => 'u', scope => $scope));
        my @token = defined $scope ? ('-H', "Authorization: Bearer $token") : ();
        my @options = (qw(-sk -o /dev/null -w %{http_code}), @certificate, @token);
        return run_command('curl', @options, "https://127.0.0.1:$tls/v1/all")->{out};
    };
    is($ask->('client', 'a'), 200, 'with a token that has the scope');
    is($ask->('client', 'b'), 403, 'that has another');
    is($ask->('client'), 401, 'without one');
    is($ask->(undef, 'a'), 401, 'the token alone');
    done_testing;
};

subtest 'takes no text of a token for a scope that it is not' => sub {
    my $secret = 'a secret of thirty-two bytes or more';
    my $strict = Leat::Test->new(%app, document => document('[{bearer: [admin]}]'), files => {secret => $secret});
    $strict->configure("identity: {keys: [{key: 'file:$strict->{dir}/secret'}]}\n");
    $strict->start;
    my $ask = sub {
        my $token = jwt(secret_key($secret), access(sub => 'u', @_));
        return $strict->get('/v1/all', headers => {Authorization => "Bearer $token"})->{status};
    };
    is($ask->(scope => $_), 200, "\"$_\"") for 'admin', 'other admin', ' admin  other ';
    for ("admin\tother", "admin\nother", "\x01admin", "admin\x7f", 'admin"', "admin\x{e9}", 'Admin', '') {
        is($ask->(scope => $_), 403, 'another: ' . s/([^!-~])/sprintf '\\x%02x', ord $1/ger);
    }
    is($ask->(scope => 'admin', $_ => "a\0b"), 401, "U+0000 in $_") for qw(scope sub iss aud jti sid any);
    is($ask->(scope => "admin\0"), 401, 'or behind the scope');
    is($ask->(scope => 'admin', sub => "u\nsub=root"), 401, 'no subject has a line end');
    done_testing;
};

all_done;
