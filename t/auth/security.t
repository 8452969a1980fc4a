# SPDX-License-Identifier: MIT
# An operation is open to every kind of credential that its security names, and to nothing else; who is
# refused is told how to come.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Secured;
use Leat::Test;
use Test::More;

my $site = secured();
my ($leat, $account) = ($site->{leat});

subtest 'finds nothing to say about every kind of security' => sub {
    is($leat->leat('check')->{err}, '', 'the check finds nothing to say');
    $account = credentials($leat);
    done_testing;
};

my ($id, $ann, $made, $less, $cookie) = @$account{qw(id token key less cookie)};

subtest 'lets an account call by every kind of scheme, with its scopes and roles' => sub {
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
    done_testing;
};

subtest 'passes the claims of a token to SQL' => sub {
    my $r = ask('bearer', bearer(token(sub => 'eve', scope => 'x y', roles => ['r'], team => 'red')));
    is_deeply($r->{json}, {sub => 'eve', scope => 'x y', roles => ['r'], team => 'red'}, 'claims reach SQL');
    $r = ask('bearer', bearer(token(sub => 'eve')));
    is_deeply($r->{json}, {sub => 'eve', scope => undef, roles => undef, team => undef},
        'those that are absent are NULL');
    done_testing;
};

my $realm = 'Bearer realm="/t"';
my %challenge = (
    header => 'ApiKey realm="/t", header="x-key"',
    session => 'Cookie realm="/t", cookie-name="sid"',
    map({ $_ => $realm } qw(bearer oauth openid either both default)),
    map({ $_ => 'Basic realm="/t"' } qw(basic keyscope)),
);

subtest 'tells nobody how to come' => sub {
    for my $where (qw(bearer oauth openid basic header cookie session keyscope either other both turned default)) {
        my $r = ask($where);
        is($r->{status}, 401, "$where: nobody");
        is($r->{headers}{'content-type'}, 'application/problem+json', 'is told so');
        is($r->{headers}{'www-authenticate'}, $challenge{$where}, 'and how to come') if exists $challenge{$where};
        ok($r->{headers}{'www-authenticate'}, 'and some way at least');
    }
    done_testing;
};

subtest 'takes no text for a token that is not one' => sub {
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
        my $r = ask('bearer' . ($query // ''), $headers);
        ok($r->{status} == 401 || $r->{status} == 431 || defined $query && $r->{status} == 400,
            "bearer: $what is refused") or diag($r->{status});
        my $why = $error ? "$realm, $error" : $realm;
        is($r->{headers}{'www-authenticate'}, $why, 'and told why') if defined $error && $r->{status} == 401;
    }
    is(ask('bearer', {Authorization => "bEaReR $ann->{json}{access_token}"})->{status}, 200, 'the scheme in any case');
    is(ask('bearer', {Authorization => "Bearer    $ann->{json}{access_token}  "})->{status}, 200, 'and spaces around');
    is(ask('bearer', bearer($ann, authorization => 'Bearer x'))->{status}, 401, 'two headers are refused');
    is(ask('bearer', bearer($ann, authorization => "Bearer $ann->{json}{access_token}"))->{status}, 401,
        'though they are the same');
    done_testing;
};

subtest 'takes no text for a key that is not one' => sub {
    my $wrong = $made->{key} =~ s/.\z/$& eq 'A' ? 'B' : 'A'/er;
    my ($one, $two) = ($made->{id}, $less->{id});
    for my $row (
        ['no such key', 'leat_aaaaaaaa_' . 'a' x 33],
        ['a key with another sum', $wrong],
        ['nothing in it', ''],
        ['a token', $ann->{json}{access_token}],
        ['a key with more', "$made->{key}x"],
        ['a key with a space in it', substr($made->{key}, 0, 20) . ' ' . substr($made->{key}, 20)],
        ['two keys', "$made->{key}, $made->{key}"],
        ['the id of another', $made->{key} =~ s/_\Q$one\E_/_${two}_/r])
    {
        my ($what, $text) = @$row;
        is(ask('header', {'X-Key' => $text})->{status}, 401, "header: $what is refused");
        is(ask('cookie', {Cookie => "key=$text"})->{status}, 401, "cookie: $what is refused") if $text !~ /, /;
        is(ask('basic', basic("$made->{id}:$text"))->{status}, 401, "basic: $what is refused");
    }
    done_testing;
};

subtest 'takes nothing but an id and its key as Basic' => sub {
    for my $row (
        ['another id', basic("$less->{id}:$made->{key}")],
        ['no id', basic(":$made->{key}")],
        ['no key', basic("$made->{id}:")],
        ['no colon', basic($made->{key})],
        ['no base64', {Authorization => 'Basic !!!'}],
        ['nothing', {Authorization => 'Basic'}],
        ['much', basic('x' x 3000)],
        ['more', {Authorization => basic("$made->{id}:$made->{key}")->{Authorization} . ' x'}],
        ['NUL', basic("$made->{id}\0:$made->{key}")],
        ['something of another scheme', bearer($ann)])
    {
        my ($what, $headers) = @$row;
        is(ask('basic', $headers)->{status}, 401, "basic: $what is refused");
    }
    my $unpadded = basic("$made->{id}:$made->{key}")->{Authorization} =~ s/=+\z//r;
    is(ask('basic', {Authorization => $unpadded})->{status}, 200, 'basic: without padding');
    done_testing;
};

subtest 'takes nothing but its cookie for a session' => sub {
    is(ask('session', {Cookie => $_})->{status}, 401, "session: $_ is refused")
        for 'sid=', 'sid', 'sid=x', "sid=$made->{key}", "SID=" . ($cookie =~ s/^sid=//r), "$cookie.";
    done_testing;
};

all_done;
