# SPDX-License-Identifier: MIT
# An access token is rejected unless all of it is right, and is signed by the keys that should sign it.
use strict;
use warnings;
use JSON::PP;
use Leat::Accounts;
use Leat::Jwt;
use Leat::Test;
use MIME::Base64 qw(encode_base64url decode_base64url);
use Test::More;

my $json = JSON::PP->new->canonical;
my %keys = map { $_ => make_key($_) } qw(ES256 RS256 EdDSA);
my ($other, $theirs, $public) = (make_key('ES256'), make_key('ES256'), make_key('EdDSA'));
my $raw = secret_key('of thirty-two bytes or more, like so');
my $octets = secret_key('0123456789' x 7, 'HS512');
my %files = (raw => $raw->{secret}, public => $public->{public}, short => 'too short to be a secret',
    jwk => $json->encode({kty => 'oct', k => encode_base64url($octets->{secret}), alg => 'HS512', kid => 'j'}),
        map { $_ => $keys{$_}{pem} } keys %keys);
my $leat = accounts(files => \%files, workers => 4);

sub configure {
    my ($identity, $more) = @_;
    my $text = slurp("$leat->{dir}/leat.yaml") =~ s/^identity: .*\n//mr =~ s/^database: .*\n//mr;
    $text =~ s/^# more\n.*//ms;
    $leat->configure("${text}identity: {$identity, password: {memory: 8MiB, passes: 1}}\n# more\n" . ($more // ''));
}
sub keys_in {
    my @keys;
    for (@_) {
        my ($name, $more) = split / /, $_, 2;
        push @keys, "{key: 'file:$leat->{dir}/$name'" . ($more ? ", $more" : '') . '}';
    }
    return 'keys: [' . join(', ', @keys) . ']';
}

# Tests that all workers agree.
sub all_say {
    my ($status, $token, $what) = @_;
    is(join(' ', map { me($leat, $token) } 1 .. 6), join(' ', ($status) x 6), $what);
}
sub one_says { my ($status, $token, $what) = @_; is(me($leat, $token), $status, $what) }
sub reload { my $r = $leat->ctl('reload'); return $r->{code} ? $r->{err} . $r->{out} : '' }

my $file = "$leat->{dir}/app.db.keys";

my $made;
subtest 'makes one key at the first start, which nobody else may read' => sub {
    $leat->leat('check');
    ok(!-e $file, 'a check makes no keys');
    $leat->start;
    is((stat $file)[2] & 07777, 0600, 'keys are made at the first start, for nobody else to read');
    $made = slurp($file);
    is(scalar(@{$json->decode($made)->{keys}}), 1, 'one, by however many workers');
    done_testing;
};

my ($ann, $id);
subtest 'publishes the public part of the key that signs' => sub {
    $ann = joined($leat, 'ann');
    $id = $leat->get('/v1/auth/me', headers => bearer($ann))->{json}{id};
    my $header = parts($ann->{json}{access_token})->{header};
    is("$header->{alg} $header->{typ}", 'EdDSA at+jwt', 'it signs');
    my $set = $leat->get('/.well-known/jwks.json');
    is($set->{headers}{'cache-control'}, 'public, max-age=300', 'others get the public part');
    my %public = map { $_ => $json->decode($made)->{keys}[0]{$_} // fail($_) } qw(kty crv x kid alg use);
    is_deeply($set->{json}, {keys => [\%public]}, 'and no more');
    is($set->{json}{keys}[0]{kid}, $header->{kid}, 'under the name that tokens have');
    done_testing;
};

subtest 'keeps its keys through reloads and restarts' => sub {
    all_say(200, $ann, 'all workers know it');
    is(reload(), '', 'a reload');
    all_say(200, $ann, 'keeps them');
    $leat->stop;
    unlink $leat->{log};
    $leat->start;
    all_say(200, $ann, 'a restart too');
    is(slurp($file), $made, 'and the file');
    done_testing;
};

subtest 'says in a token whose it is, for ten minutes' => sub {
    my $claims = parts($ann->{json}{access_token})->{claims};
    my ($since, $until) = (delete @$claims{qw(iat exp)});
    my %says = (iss => 'leat', aud => 'leat', client_id => 'leat', sub => $id, scope => '', roles => []);
    is_deeply($claims, {%says, sid => $claims->{sid}, jti => $claims->{jti}}, 'what a token says');
    is($until - $since, 600, 'for ten minutes');
    done_testing;
};

my $jwks = "audience: us, jwks: $leat->{dir}/them.jwks";
my $issuers = "issuers: {them: {issuer: them, $jwks}, same: {issuer: same, $jwks, subjects: plain}}";
configure(keys_in(qw(ES256 RS256 EdDSA raw jwk)) . ", $issuers");
my ($x, $y) = do {
    my $der = run_command('openssl', qw(pkey -pubout -outform DER -in), $theirs->{path})->{out};
    map { encode_base64url($_) } unpack 'a32 a32', substr $der, -64;
};

$leat->write('them.jwks',
    $json->encode({keys => [{kty => 'EC', crv => 'P-256', x => $x, y => $y, kid => 't', alg => 'ES256'}]}));

subtest 'signs with the first configured key' => sub {
    is(reload(), '', 'keys of every kind');
    ok(wait_for(10, sub { me($leat, $ann) == 401 }), 'what another has signed is over');
    $ann = joined($leat, 'ann');
    is(parts($ann->{json}{access_token})->{header}{alg}, 'ES256', 'the first signs');
    done_testing;
};

subtest 'verifies with every configured key, and nothing that was changed' => sub {
    for my $key (@keys{qw(ES256 RS256 EdDSA)}, $raw, $octets) {
        one_says(200, jwt($key, access(sub => $id)), "all verify: $key->{alg}");
        my $token = jwt($key, access(sub => $id));
        my ($head, $body, $signature) = split /\./, $token;
        my $bytes = decode_base64url($signature);
        substr($bytes, 3, 1) ^= "\1";
        one_says(401, "$head.$body." . encode_base64url($bytes), 'not what was changed');
        my $more = encode_base64url($json->encode(access(sub => $id, scope => 'all')));
        one_says(401, "$head.$more.$signature", 'or said later');
    }
    done_testing;
};

my $set;
subtest 'publishes no part of a secret' => sub {
    $set = $leat->get('/.well-known/jwks.json')->{json}{keys};
    is(join(' ', map { $_->{alg} } @$set), 'ES256 RS256 EdDSA', 'no secret is published');
    is_deeply([grep { my $key = $_; grep { exists $key->{$_} } qw(d p q dp dq qi k oth) } @$set], [],
        'and no part of one');
    is($leat->request('HEAD', '/.well-known/jwks.json')->{status}, 200, 'by HEAD');
    is($leat->post('/.well-known/jwks.json', {})->{status}, 405, 'to be read only');
    done_testing;
};

my $key = $keys{ES256};
my $now = time;
my $kid = $set->[0]{kid};
sub good { return access(sub => $id, @_) }

subtest 'accepts a token that is right' => sub {
    one_says(200, jwt($key, good()), 'this one is');
    one_says(200, jwt($key, good(), {kid => $kid}), 'with the name of its key');
    one_says(200, jwt($key, good(), {typ => 'application/AT+JWT'}), 'and its type in full');
    one_says(200, jwt($key, good(aud => ['x', 'leat'])), 'for several audiences');
    one_says(200, jwt($key, good(exp => $now - 10)), 'within the leeway');
    done_testing;
};

subtest 'rejects a token of which anything is wrong' => sub {
    my $token = jwt($key, good());
    my ($head, $body, $signature) = split /\./, $token;
    my $es256 = '{"alg":"ES256","typ":"at+jwt"}';
    my ($r, $s) = unpack 'a32 a32', decode_base64url($signature);
    for my $row (
        ['a refresh token', $ann->{json}{refresh_token}],
        ['an ID token', jwt($key, good(), {typ => 'JWT'})],
        ['one of no type', jwt($key, good(), {typ => undef})],
        ['of a strange one', jwt($key, good(), {typ => 'at+jwt2'})],
        ['another issuer', jwt($key, good(iss => 'peat'))],
        ['none', jwt($key, good(iss => undef))],
        ['one and more', jwt($key, good(iss => "leat\0"))],
        ['another audience', jwt($key, good(aud => 'peat'))],
        ['none', jwt($key, good(aud => undef))],
        ['several others', jwt($key, good(aud => ['x', 'y']))],
        ['an audience of audiences', jwt($key, good(aud => [['leat']]))],
        ['an empty one', jwt($key, good(aud => []))],
        ['a longer one', jwt($key, good(aud => 'leat2'))],
        ['expired', jwt($key, good(exp => $now - 60))],
        ['never to expire', jwt($key, good(exp => undef))],
        ['some day', jwt($key, good(exp => 'tomorrow'))],
        ['not yet', jwt($key, good(nbf => $now + 300))],
        ['from tomorrow', jwt($key, good(iat => $now + 86400, exp => $now + 90000))],
        ['of nobody', jwt($key, good(sub => undef))],
        ['of nobody in particular', jwt($key, good(sub => ''))],
        ['of a number', jwt($key, good(sub => 7))],
        ['of null', signed($key, $es256, $json->encode(good(sub => undef)) =~ s/\A\{/{"sub":null,/r)],
        ['another key', jwt($other, good())],
        ['its name too', jwt($other, good(), {kid => $kid})],
        ['the name of none', jwt($key, good(), {kid => 'k'})],
        ['of another', jwt($key, good(), {kid => 'j'})],
        ['invalid name', jwt($key, good(), {kid => 1})],
        ['another algorithm', jwt($key, good(), {alg => 'ES384'})],
        ['of a secret', jwt($key, good(), {alg => 'HS256'})],
        ['of another secret', jwt($octets, good(), {alg => 'HS256'})],
        ['not signed', "$head.$body."],
        ['by none', signed(secret_key(''), '{"alg":"none","typ":"at+jwt"}', $json->encode(good()))],
        ['by None', jwt($key, good(), {alg => 'None'})],
        ['none, in earnest', encode_base64url('{"alg":"none","typ":"at+jwt"}') . ".$body."],
        ['no algorithm', jwt($key, good(), {alg => undef})],
        map({ ["a public key as secret, $_->{alg}",
            jwt(secret_key($_->{public}), good())] } @keys{qw(ES256 RS256 EdDSA)}),
        map({ ['and its name', jwt(secret_key($_->{public}), good(), {kid => $kid})] } @keys{qw(ES256 RS256 EdDSA)}),
        ['an empty secret', jwt(secret_key(''), good())],
        ['its own key', jwt($other, good(), {jwk => {kty => 'EC', crv => 'P-256', x => $x, y => $y}})],
        ['its key elsewhere', jwt($key, good(), {jku => 'http://127.0.0.1:1/'})],
        ['its certificate elsewhere', jwt($key, good(), {x5u => 'http://127.0.0.1:1/'})],
        ['something critical', jwt($key, good(), {crit => ['exp']})],
        ['no base64', jwt($key, good(), {b64 => JSON::PP::false})],
        ['two parts', "$head.$body"], ['four parts', "$token."], ['five parts', "$token.a.b"], ['nothing in it', '..'],
        ['padding', "$token="], ['more at the end', "$token!"], ['padding within', "$head=.$body.$signature"],
        ['an algorithm twice', signed($key, '{"alg":"ES256","alg":"ES256","typ":"at+jwt"}', $json->encode(good()))],
        ['a claim twice', signed($key, $es256, $json->encode(good()) =~ s/\A\{/{"sub":"x",/r)],
        ['more behind the claims', signed($key, $es256, $json->encode(good()) . '{}')],
        ['no claims', signed($key, $es256, '[]')],
        ['no JSON', signed($key, $es256, 'x')],
        ['no header', signed($key, '1', $json->encode(good()))],
        ['a signature in DER', "$head.$body." . encode_base64url("0\x44\2\x20$r\2\x20$s")],
        ['a signature of zeros', "$head.$body." . encode_base64url("\0" x 64)],
        ['a longer one', "$head.$body." . encode_base64url(decode_base64url($signature) . "\0")],
        ['another issuer in our name', jwt($theirs, good())],
        ['and by its key', jwt($theirs, good(), {kid => 't'})],
        ['us in its name', jwt($key, access(iss => 'them', aud => 'us'))],
        ['its token for others', jwt($theirs, access(iss => 'them', aud => 'leat'))],
        ['of nobody of its own', jwt($theirs, access(iss => 'same', aud => 'us', sub => undef))],
        ['its refresh token', jwt($theirs, access(iss => 'them', aud => 'us'), {typ => 'rt+jwt'})])
    {
        one_says(401, $row->[1], $row->[0]) for 1, 2;
    }
    done_testing;
};

subtest 'takes no access token for a refresh token' => sub {
    my $access = $ann->{json}{access_token};
    my $refresh = $leat->post('/v1/auth/refresh', {refresh_token => $access});
    is($refresh->{status}, 422, 'an access token is no refresh token') if length $access > 200;
    my $part = substr $access, 0, 200;
    is($leat->post('/v1/auth/refresh', {refresh_token => $part})->{status}, 401, 'nor is a part of it');
    done_testing;
};

subtest 'lets tokens of others reach accounts only where that is configured' => sub {
    my %as = (aud => 'us');
    one_says(403, jwt($theirs, access(%as, iss => 'them', sub => $id)), 'the subject of another is none of ours');
    one_says(200, jwt($theirs, access(%as, iss => 'same', sub => $id)), 'unless that is configured');
    one_says(200, jwt($theirs, access(%as, iss => 'same', sub => $id, exp => 9223372036854775807)), 'for ever')
        for 1, 2;
    one_says(200, jwt($theirs, access(%as, iss => 'same', sub => $id, exp => 1e300, iat => -5)), 'and longer') for 1, 2;
    one_says(200, jwt($theirs, access(%as, iss => 'same', sub => $id, sid => 's', iat => undef)),
        'in a session of its own, without a time') for 1, 2;
    my $stranger = jwt($theirs, access(%as, iss => 'them', sub => $id));
    is($leat->post('/v1/auth/keys', {name => 'k'}, headers => bearer($stranger))->{status}, 403,
        'who has no account makes no API key');
    is($leat->get("/v1/auth/$_", headers => bearer($stranger))->{status}, 403, "has no $_") for qw(keys sessions);
    my $nobody = jwt($theirs, access(%as, iss => 'same', sub => 'nobody'));
    is($leat->post('/v1/auth/keys', {name => 'k'}, headers => bearer($nobody))->{status}, 403,
        'nor makes one for nobody');
    done_testing;
};

subtest 'ends a token at logout on every worker' => sub {
    all_say(200, $ann, 'a login');
    is($leat->post('/v1/auth/logout', undef, headers => bearer($ann))->{status}, 204, 'ends');
    all_say(401, $ann, 'on every worker, at once');
    done_testing;
};

subtest 'refuses keys that will not do' => sub {
    for my $row (
        [keys_in('public'), 'the first key is public', 'a public key alone'],
        [keys_in('short'), 'the secret is shorter', 'a short secret'],
        [keys_in('ES256 algorithm: EdDSA'), 'identity\.keys', 'an algorithm that is not the key\'s'],
        [keys_in('nothing'), 'nothing', 'no file'])
    {
        configure($row->[0]);
        like(reload(), qr/$row->[1]/, "$row->[2] is refused");
    }
    done_testing;
};

subtest 'verifies with a public key beside one that signs' => sub {
    configure(keys_in('EdDSA id: one', 'public') . ', jwks: off');
    is(reload(), '', 'a public key beside one that signs');
    my $ann = joined($leat, 'ann');
    is(parts($ann->{json}{access_token})->{header}{kid}, 'one', 'which may have a name');
    one_says(200, jwt($public, good()), 'verifies');
    is($leat->get('/.well-known/jwks.json')->{status}, 404, 'the set may be off');
    done_testing;
};

subtest 'publishes no part of a secret that is the only key' => sub {
    configure(keys_in('raw'));
    is(reload(), '', 'a secret');
    is_deeply($leat->get('/.well-known/jwks.json')->{json}, {keys => []}, 'has no public part');
    done_testing;
};

subtest 'makes no keys where nobody calls' => sub {
    my $open = Leat::Test->new(document => <<'YAML', workers => 1);
openapi: 3.1.0
info: {title: Open, version: 1.0.0}
paths:
  /x:
    get:
      operationId: x
      responses: {"200": {description: X., content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: SELECT 1 AS x}
YAML
    $open->start;
    is($open->get('/.well-known/jwks.json')->{status}, 404, 'where nobody calls there are no keys');
    ok(!-e "$open->{dir}/app.db.keys", 'and none are made');
    done_testing;
};

all_done;
