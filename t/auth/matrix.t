# SPDX-License-Identifier: MIT
# A caller may do what its roles allow, by every kind of credential; nothing of another account; and
# nothing by a body that has more members than the document.
use strict;
use warnings;
use JSON::PP;
use Leat::Accounts;
use Leat::Test;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $json = JSON::PP->new->canonical;
my %roles = (reader => ['r'], writer => ['r', 'w'], auditor => ['x'], admin => [qw(r w x)]);
my %people = (nothing => [], map({ $_ => [$_] } keys %roles), both => [qw(reader auditor)], unknown => ['king']);
my %needs = (
    any => [[]],
    read => [['r']],
    write => [['w']],
    change => [[qw(r w)]],
    audit => [['x']],
    all => [[qw(r w x)]],
    either => [['w'], ['x']],
    none => [['n']],
    stale => [['r', 'n'], ['n']],
);
my @kinds = qw(bearer session key basic);

my $paths = '';
for my $name (sort keys %needs) {
    my $security = join ', ', map { my $scopes = join ', ', @$_; map { "{$_: [$scopes]}" } @kinds } @{$needs{$name}};
    $paths .= <<YAML;
  /$name:
    get:
      operationId: $name
      security: [$security]
      responses:
        "200":
          description: Done.
          content: {application/json: {schema: {type: object, properties: {sub: {type: string}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub"}
YAML
}
my $leat = accounts(identity => 'session: {cookie: sid}, roles: ' . $json->encode(\%roles),
    files => {'matrix.yaml' => <<"YAML"});
openapi: 3.1.0
info: {title: Matrix, version: 1.0.0}
servers: [{url: /m}]
paths:
${paths}components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    session: {type: apiKey, in: cookie, name: sid}
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
YAML
$leat->write('api.yaml', slurp("$leat->{dir}/api.yaml") =~ s/name: __Host-session/name: sid/r);
my $documents = "[{document: $leat->{dir}/api.yaml}, {document: $leat->{dir}/matrix.yaml}]";
$leat->configure(slurp("$leat->{dir}/leat.yaml") =~ s{^api: .*}{api: $documents}mr);
my $said = $leat->leat('check')->{err};
$leat->start;

sub cookie_of { my ($r) = @_; my ($cookie) = ($r->{headers}{'set-cookie'} // '') =~ /^(sid=[^;]+)/; return $cookie }
my (%with, %id);

subtest 'lets each role do what its scopes allow, by every kind of credential' => sub {
    is($said, '', 'the check finds nothing to say');
    for my $name (sort keys %people) {
        register($leat, $name);
        my $roles = $json->encode($people{$name});
        sql($leat, "UPDATE _leat_users SET roles = '$roles' WHERE email = '$name\@example.org'");
        my $r = login($leat, $name);
        my $key = $leat->post('/v1/auth/keys', {name => 'k'}, headers => bearer($r))->{json};
        $with{$name} = {
            bearer  => bearer($r),
            session => {Cookie => cookie_of(login($leat, $name, path => '/v1/auth/session'))},
            key     => {'X-Key' => $key->{key}},
            basic   => {Authorization => 'Basic ' . encode_base64("$key->{id}:$key->{key}", '')},
        };
        my $me = $leat->get('/v1/auth/me', headers => bearer($r))->{json};
        $id{$name} = $me->{id};
        my %has = map { $_ => 1 } map { @{$roles{$_} // []} } @{$people{$name}};
        is_deeply([sort @{$me->{scopes}}], [sort keys %has], "$name has the scopes of the roles");
        for my $operation (sort keys %needs) {
            my $may = grep { !grep { !$has{$_} } @$_ } @{$needs{$operation}};
            for my $kind (@kinds) {
                my $got = $leat->get("/m/$operation", headers => $with{$name}{$kind});
                is("$got->{status} " . ($got->{json}{sub} // ''), $may ? "200 $id{$name}" : '403 ',
                    "$name, by $kind: $operation");
            }
        }
    }
    is($leat->get("/m/$_")->{status}, 401, "nobody: $_") for sort keys %needs;
    done_testing;
};

my ($ann, $eve);
subtest 'shows and changes nothing that belongs to another account' => sub {
    ($ann, $eve) = @with{qw(reader admin)};
    my %ids;
    for my $what (qw(sessions keys)) {
        $ids{$what} = [map { $_->{id} } @{$leat->get("/v1/auth/$what", headers => $ann->{bearer})->{json}{items}}];
    }
    is(scalar(@{$ids{sessions}}), 2, 'Ann is logged in twice');
    for my $what (sort keys %ids) {
        for my $one (@{$ids{$what}}) {
            for my $kind (qw(bearer session)) {
                my $headers = {%{$eve->{$kind}}, 'Sec-Fetch-Site' => 'same-origin'};
                is($leat->delete("/v1/auth/$what/$one", headers => $headers)->{status}, 404,
                    "another, by $kind: $what/$one");
            }
            is($leat->delete("/v1/auth/$what/$one")->{status}, 401, 'nobody');
            is($leat->request($_, "/v1/auth/$what/$one", headers => $eve->{bearer})->{status}, 405, $_)
                for qw(GET PUT PATCH);
        }
        my $own = $leat->get("/v1/auth/$what", headers => $eve->{bearer});
        unlike($own->{body}, qr/\Q$_\E/, "$what of others are in no list") for @{$ids{$what}};
        my @extra = ("user_id=$id{reader}", "user_id=$id{reader}&user_id=$id{admin}", "id=$ids{$what}[0]", 'user_id=',
            'limit=100000');
        for my $extra (@extra) {
            my $r = $leat->get("/v1/auth/$what?$extra", headers => $eve->{bearer});
            ok($r->{status} == 400 || $r->{body} eq $own->{body}, "nor by ?$extra") or diag("$r->{status} $r->{body}");
        }
    }
    my @others = ($id{reader}, $ids{keys}[0], '%25', "$ids{sessions}[0]%20", uc $ids{sessions}[0], "'%20OR%201=1%20--");
    is($leat->delete("/v1/auth/sessions/$_", headers => $eve->{bearer})->{status}, 404, "sessions/$_") for @others;
    is($leat->get('/m/read', headers => $ann->{$_})->{json}{sub}, $id{reader}, "Ann is there, by $_") for @kinds;
    done_testing;
};

my @account = (email => address('reader'));
my @password = (password => password());
my %valid = (
    '/auth/register' => {email => 'new@example.org', @password},
    '/auth/login' => {@account, @password},
    '/auth/session' => {@account, @password},
    '/auth/refresh' => {refresh_token => 'x'},
    '/auth/password' => {current_password => password(), new_password => 'quite another one'},
    '/auth/delete' => {@password},
    '/auth/password/forgot' => {@account},
    '/auth/password/reset' => {token => 'x', new_password => 'quite another one'},
    '/auth/email/verification' => {@account},
    '/auth/email/verify' => {token => 'x'},
    '/auth/totp' => {@password},
    '/auth/totp/confirm' => {code => '123456'},
    '/auth/totp/disable' => {@password},
    '/auth/keys' => {name => 'k'},
);
my @more = (
    {id => $id{admin}}, {user_id => $id{admin}}, {roles => ['admin']}, {role => 'admin'}, {scope => 'x'},
    {email_verified_at => '2026-01-01T00:00:00.000Z'}, {verified => JSON::PP::true}, {password_hash => 'x'},
    {disabled_at => undef}, {is_admin => JSON::PP::true}, {created_at => 'x'}, {_sub => $id{admin}},
    {':_sub' => $id{admin}}, {'__proto__' => {}}, {'user[roles]' => 'admin'}, {Email => 'x@example.org'},
    {method => 'x'}, {client => 'x'}, {'' => 1});
my $document = $leat->get('/v1/openapi.json')->{json};
my %bodies;
for my $path (keys %{$document->{paths}}) {
    my $item = $document->{paths}{$path};
    $bodies{"$_ $path"} = 1 for grep { ref $item->{$_} eq 'HASH' && $item->{$_}{requestBody} } keys %$item;
}

subtest 'takes no body that has more or other members than the document' => sub {
    my $before = join "\n", sql($leat, 'SELECT * FROM _leat_users ORDER BY id');
    my $rows = sub {
        join ' ', map { sql($leat, "SELECT count(*) FROM _leat_$_") } qw(users sessions api_keys email_tokens totp);
    };
    my $counts = $rows->();
    my $count = 0;
    for my $operation (sort keys %bodies) {
        my ($method, $short) = split / /, $operation;
        my $body = $valid{$short} or fail("$operation is not in the table"), next;
        my $send = sub {
            my ($text, $query, $type) = @_;
            return $leat->request(uc $method, "/v1$short" . ($query // ''), body => $text,
                headers => {%{$ann->{bearer}}, 'Content-Type' => $type // 'application/json'});
        };
        $count++;
        is($send->($json->encode({%$body, %$_}))->{status}, 422, "$method $short takes no more: " . join ' ', keys %$_)
            for @more;
        my ($name) = sort keys %$body;
        my $text = $json->encode($body);
        is($send->($text =~ s/\A\{/'{"' . $name . '":"other@example.org",'/er)->{status}, 400, 'no member twice');
        is($send->("[$text]")->{status}, 422, 'no list of bodies');
        is($send->($json->encode({%$body, $name => [$body->{$name}, 'x']}))->{status}, 422, 'no list of values');
        is($send->($json->encode({%$body, $name => {'$ne' => ''}}))->{status}, 422, 'no object');
        is($send->($json->encode({%$body, $name => $_}))->{status}, 422, 'no ' . ($_ // 'null'))
            for undef, JSON::PP::true, 1;
        my $rest = $json->encode({map { $_ eq $name ? () : ($_ => $body->{$_}) } keys %$body});
        my $status = $send->($rest, "?$name=$body->{$name}")->{status};
        is($status =~ /^4(?:00|22)$/ ? 1 : 0, 1, 'none of it in the query');
        is($send->("$name=x", undef, 'application/x-www-form-urlencoded')->{status}, 415, 'no form');
        is($send->($text, undef, 'text/plain')->{status}, 415, 'nothing that pages of others can send');
    }
    is($count, scalar(keys %valid), 'on all of them');
    is($rows->(), $counts, 'nothing was made');
    is(join("\n", sql($leat, 'SELECT * FROM _leat_users ORDER BY id')), $before, 'no account has changed');
    done_testing;
};

all_done;
