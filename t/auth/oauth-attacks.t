# SPDX-License-Identifier: MIT
# No attack on a login at an identity provider succeeds: by other browsers, by providers, by slow peers.
use strict;
use warnings;
use JSON::PP;
use Leat::Oauth;
use Leat::Provider;
use Leat::Test;
use Test::More;

my $op = Leat::Provider->new(secret => 's');
my $good = Leat::Provider->new(user => {sub => 'g', email => 'good@example.com', email_verified => JSON::PP::true});
my $gone = Leat::Provider->new;
$gone->stop;
my %providers = (
    op   => {issuer => $op->{issuer},   secret => 's'},
    good => {issuer => $good->{issuer}},
    gone => {issuer => $gone->{issuer}},
    hub  => {preset => 'github', 'authorization-url' => "$good->{root}/authorize",
        'token-url' => "$good->{root}/token", 'user-url' => "$good->{root}/user"},
);
# Each fault gets a provider of its own name, because discovered metadata is cached.
my @faults = qw(down garbage huge redirect text error cut);
$providers{"first-$_"} = $providers{op} for @faults;
my $site = Leat::Oauth->new(providers => \%providers, identity => {password => {tries => 1000}});
my $leat = $site->{leat};

sub problem { my ($r) = @_; return $r ? "$r->{status} " . ($r->{json}{code} // '-') : 'no answer' }
sub reasons { return scalar(() = $leat->log =~ /oauth\.failed/g) }
# Sends the callback of a browser without waiting for the answer.
sub send_back {
    my ($back, $browser, $more) = @_;
    my $cookie = join '=', Leat::Oauth::attempt($browser);
    my ($target) = $back =~ m{^http://[^/]+(/.*)};
    my $socket = $leat->connect;
    syswrite $socket, "GET $target HTTP/1.1\r\nHost: x\r\nCookie: $cookie\r\n" . ($more // '') . "\r\n";
    return $socket;
}

subtest 'answers a callback only to the browser that began' => sub {
    my ($mine, $other) = ({}, {});
    my $back = $site->begin('op', $op, $mine);
    $site->begin('op', $op, $other);
    is(problem($site->open($back, {})), '401 oauth.state', 'no cookie: the login of an attacker is not the victim\'s');
    is(problem($site->open($back, {%$other})), '401 oauth.state', 'the cookie of another login');
    my ($name, $cookie) = Leat::Oauth::attempt($mine);
    for my $row (
        ['changed', $cookie =~ s/(.)(.)$/$2$1/r . 'A'],
        ['cut', substr $cookie, 0, -4],
        ['empty', ''],
        ['long', 'A' x 8000],
        ['not of base64', '!' x 300],
    ) {
        is(problem($site->open($back, {$name => $row->[1]})), '401 oauth.state', "a cookie that is $row->[0]");
    }
    for my $row (
        ['another', $back =~ s/\bstate=[^&]+/'state=' . 'A' x 43/er],
        ['empty', $back =~ s/\bstate=[^&]+/state=/r],
        ['a part', $back =~ s/(\bstate=[^&]{20})[^&]+/$1/r],
    ) {
        is(problem($site->open($row->[1], {%$mine})), '401 oauth.state', "a state that is $row->[0]");
    }
    like($site->open($back, {})->{headers}{'www-authenticate'}, qr/^Bearer realm=/, 'with a challenge, as any 401');
    is($site->open($back =~ s/\bstate=[^&]+//r, {%$mine})->{status}, 400, 'no state at all');
    is($site->open("$back&state=x", {%$mine})->{status}, 400, 'two of them');
    is(scalar(@{[$op->seen('token')]}), 0, 'no code was shown to anybody');
    is($site->open($back, {%$mine})->{status}, 200, 'and the browser itself still comes in');
    done_testing;
};

subtest 'takes a state once, on any worker' => sub {
    my $browser = {};
    my $back = $site->begin('op', $op, $browser);
    my $asked = () = $op->seen('token');
    my %copy = %$browser;
    is($site->open($back, $browser)->{status}, 200, 'once');
    is_deeply([map { problem($site->open($back, {%copy})) } 1 .. 10], [('401 oauth.state') x 10], 'and not again');
    is(scalar(@{[$op->seen('token')]}), $asked + 1, 'the code was shown once');

    my $second = $site->begin('op', $op, $browser);
    %copy = %$browser;
    my @sockets = map { send_back($second, \%copy, "Connection: close\r\n") } 1 .. 8;
    my @status = sort map { (Leat::Test::parse_answer(Leat::Test::read_all($_, 10)) // {})->{status} } @sockets;
    ok((grep { $_ == 200 } @status) <= 1 && (grep { $_ == 401 } @status) >= 7, 'nor at once') or diag "@status";
    is(scalar(@{[$op->seen('token')]}) <= $asked + 2, 1, 'and the code was shown once');
    done_testing;
};

subtest 'leaves it to the provider to refuse a code' => sub {
    my ($first, $second) = ({}, {});
    my ($code) = $site->begin('op', $op, $first) =~ /code=([^&]+)/;
    my $back = $site->begin('op', $op, $second) =~ s/code=[^&]+/code=$code/r;
    is(problem($site->open($back, $second)), '403 oauth.refused', 'one of another login: PKCE');
    $back = $site->begin('op', $op, $second = {}) =~ s/code=[^&]+/code=nonsense/r;
    is(problem($site->open($back, $second)), '403 oauth.refused', 'one that never was');
    $back = $site->begin('op', $op, $second = {}) =~ s/code=[^&]+&?//r;
    is(problem($site->open($back, $second)), '400 oauth.code', 'none');
    done_testing;
};

subtest 'checks whose answer a callback brings' => sub {
    my $browser = {};
    my $back = $site->begin('op', $op, $browser);
    is(problem($site->open($back =~ s/iss=[^&]+/iss=https:\/\/evil.example/r, {%$browser})), '401 oauth.state',
        'another issuer');
    $back = $site->begin('op', $op, $browser = {});
    is(problem($site->open($back =~ s/iss=[^&]+&?//r, {%$browser})), '401 oauth.state',
        'none, from who always says it');
    $back = $site->begin('op', $op, $browser = {});
    my $of = $back =~ s{/callback}{/callback/good}r;
    is(problem($site->open($of, {%$browser})), '401 oauth.state', 'at the operation of another provider');
    is($site->open($back =~ s{/callback}{/callback/op}r, $browser)->{status}, 200, 'at its own');
    done_testing;
};

subtest 'answers 403 to a user who declined, and passes no error on' => sub {
    $op->set(fault => {authorize => 'deny'});
    is(problem($site->log_in('op', $op)), '403 oauth.refused', 'access_denied');
    $op->reset;
    $op->set(back => {error => 'server_error', error_description => '<script>'});
    my $r = $site->log_in('op', $op);
    is(problem($r), '502 oauth.provider', 'its own error');
    ok($r->{body} !~ /script|server_error/, 'is not passed on');
    $op->reset;
    done_testing;
};

subtest 'believes an id_token only if all of it is right' => sub {
    my $now = time;
    for my $row (
        ['another nonce', claims => {nonce => 'x' x 43}],
        ['no nonce', claims => {nonce => undef}],
        ['another audience', claims => {aud => 'others'}],
        ['several audiences, nobody\'s party', claims => {aud => ['us', 'others']}],
        ['another party', claims => {aud => ['us', 'others'], azp => 'others'}],
        ['another issuer', claims => {iss => 'https://evil.example'}],
        ['no issuer', claims => {iss => undef}],
        ['no subject', claims => {sub => undef}],
        ['a subject of a number', claims => {sub => 7}],
        ['expired', claims => {exp => $now - 3600}],
        ['endless', claims => {exp => undef}],
        ['not yet good', claims => {nbf => $now + 3600}],
        ['another key\'s signature', sign => 'other'],
        ['signed with the client\'s secret', sign => 'secret'],
        ['not signed', sign => 'none'],
        ['a key that is not there', header => {kid => 'nobody'}],
        ['brings its key', header => {jwk => {kty => 'oct', k => 'AA'}}],
        ['critical and cannot be parsed', header => {crit => ['x'], x => 1}],
        ['no id_token', answer => {id_token => undef}],
        ['another kind of token', answer => {token_type => 'mac'}],
        ['no access token', answer => {access_token => undef}],
    ) {
        my ($name, @set) = @$row;
        $op->set(@set);
        my $r = $site->log_in('op', $op);
        is(problem($r), '502 oauth.provider', $name);
        $op->reset;
    }
    is($site->log_in('op', $op)->{status}, 200, 'and all is well after');
    my $log = $leat->log;
    ok($log =~ /oauth\.failed provider=op step=id_token reason="\Q$_\E"/, "the log says: $_")
        for 'the nonce does not match', 'the signature is invalid', 'the token has expired';
    done_testing;
};

subtest 'requires the user endpoint to speak of the same user' => sub {
    $op->set(claims => {email => undef}, info => {sub => 'somebody-else'});
    is(problem($site->log_in('op', $op)), '502 oauth.provider', 'another subject');
    $op->set(info => {});
    is($site->log_in('op', $op)->{status}, 200, 'the same');
    $op->reset;
    done_testing;
};

subtest 'answers 502, and says no more, when a provider misbehaves' => sub {
    for my $fault (@faults) {
        my $before = reasons();
        $op->set(fault => {discovery => $fault});
        my $r = $site->open("/v1/oauth/first-$fault", {});
        is(problem($r), '502 oauth.provider', "discovery: $fault");
        for my $step (qw(token userinfo)) {
            $op->set(fault => {$step => $fault}, claims => {email => undef});
            $r = $site->log_in('op', $op);
            is(problem($r), '502 oauth.provider', "$step: $fault");
            ok($r->{body} !~ /127\.0\.0\.1|curl|JSON/, 'and no more is said') if $r;
        }
        $op->reset;
        ok(wait_for(5, sub { reasons() == $before + 3 }), 'each time the log has the reason')
            or diag reasons() - $before;
    }
    is(problem($site->open('/v1/oauth/gone', {})), '502 oauth.provider', 'nobody is there');
    is(scalar(@{[$op->seen('elsewhere')]}), 0, 'no redirect was followed');
    $good->set(fault => {emails => 'garbage'}, user => {id => 9, email => undef});
    is(problem($site->log_in('hub', $good)), '502 oauth.provider', 'GitHub\'s addresses, garbage');
    $good->reset;
    $good->set(user => {sub => 'g', email => 'good@example.com', email_verified => JSON::PP::true});
    done_testing;
};

subtest 'takes no secret and no missing key for a key' => sub {
    my $fresh = Leat::Provider->new(user => {sub => 'f', email => 'fresh@example.com',
        email_verified => JSON::PP::true});
    my %secret = (kty => 'oct', k => 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8', alg => 'HS256', kid => 'k1');
    for my $row (['secrets', \%secret], ['none']) {
        my ($name, @keys) = @$row;
        $fresh->set(keys => \@keys, sign => 'secret', hmac => join '', map { chr } 0 .. 31);
        local $site->{providers} = {%providers, fresh => {issuer => $fresh->{issuer}}};
        $site->configure;
        is($leat->ctl('reload')->{code}, 0, 'reloaded');
        is(problem($site->log_in('fresh', $fresh)), '502 oauth.provider', $name);
    }
    for my $fault ('down', 'huge', 'text') {
        local $site->{providers} = {%providers, fresh => {issuer => $fresh->{issuer}}};
        $fresh->reset;
        $fresh->set(keys => undef, fault => {jwks => $fault});
        $leat->ctl('reload');
        is(problem($site->log_in('fresh', $fresh)), '502 oauth.provider', "no keys to be had: $fault");
    }
    $fresh->reset;
    is($site->log_in('fresh', $fresh)->{status}, 200, 'the real ones');
    done_testing;
};

subtest 'follows a provider whose keys change' => sub {
    my $new = Leat::Provider::make_key('ES256', 'k2');
    is($site->log_in('op', $op)->{status}, 200, 'before') for 1 .. 4; # both workers have the old ones
    $op->set(key => $new);
    is($site->log_in('op', $op)->{status}, 200, 'at once after') or diag $leat->log;
    done_testing;
};

subtest 'lets a slow provider hold up its own logins alone' => sub {
    $op->set(fault => {token => 'slow'});
    my $asked = () = $op->seen('token');
    my @slow;
    for (1 .. 40) {
        my $browser = {};
        push @slow, send_back($site->begin('op', $op, $browser), $browser, "Connection: close\r\n");
    }
    ok(wait_for(10, sub { $op->seen('token') > $asked }), 'logins wait for the provider');
    is($site->log_in('good', $good)->{status}, 200, "another's login comes and goes") for 1 .. 6;
    is($leat->get('/v1/t')->{status}, 200, 'so do reads') for 1 .. 20;
    my %got;
    $got{problem(Leat::Test::parse_answer(Leat::Test::read_all($_, 10)))}++ for @slow;
    my ($waited, $refused) = map { $_ // 0 } @got{'502 oauth.provider', '503 -'};
    ok($waited > 0 && $waited <= 10, 'no more of them waited than leaves room for all other providers') or diag $waited;
    is($refused + $waited, 40, 'the others were turned away') or diag explain \%got;
    $op->reset;
    is($site->log_in('op', $op)->{status}, 200, 'and all is well after');
    done_testing;
};

subtest 'drops the login of a client that leaves' => sub {
    $op->set(fault => {token => 'slow'});
    my $asked = () = $op->seen('token');
    my $browser = {};
    my $back = $site->begin('op', $op, $browser);
    my $socket = send_back($back, $browser);
    ok(wait_for(10, sub { $op->seen('token') > $asked }), 'it waits');
    close $socket;
    is($leat->ctl('reload')->{code}, 0, 'the worker may go meanwhile');
    $op->reset;
    is($site->log_in('op', $op)->{status}, 200, 'and all is well after');
    done_testing;
};

subtest 'makes whoever guesses codes wait' => sub {
    my $own = Leat::Oauth->new(providers => {op => $providers{op}},
        identity => {password => {tries => 1}}); # ten of one address
    is($own->log_in('op', $op)->{status}, 200, 'who comes in does not count') for 1 .. 12;
    my @got = map {
        my $browser = {};
        my $r = $own->open($own->begin('op', $op, $browser) =~ s/\bcode=[^&]+/code=guess/r, $browser);
        $r->{status};
    } 1 .. 12;
    is_deeply(\@got, [(403) x 10, 429, 429], 'the others do');
    done_testing;
};

all_done;
