# SPDX-License-Identifier: MIT
# A login at an identity provider works with every kind of provider, and enters the account that it
# should.
use strict;
use warnings;
use JSON::PP;
use Leat::Oauth;
use Leat::Provider;
use Leat::Test;
use Test::More;

my %op = (
    plain  => Leat::Provider->new(secret => 's3cret:% +&'),
    post   => Leat::Provider->new(secret => 's', alg => 'RS256'),
    public => Leat::Provider->new,
    hub    => Leat::Provider->new(secret => 's'),
    ms     => Leat::Provider->new(path => '/common/v2.0'),
);
my $site = Leat::Oauth->new(providers => {
    plain  => {issuer => $op{plain}{issuer},  secret => $op{plain}{secret}},
    post   => {issuer => $op{post}{issuer},   secret => 's'},
    public => {issuer => $op{public}{issuer}, link => 'verified-email'},
    web    => {issuer => $op{public}{issuer}, return => 'http://127.0.0.1:1/app?from=login'},
    page   => {issuer => $op{public}{issuer}, return => 'http://127.0.0.1:1/app#/home'},
    both   => {issuer => $op{public}{issuer}, return => 'http://127.0.0.1:1/app?a=b#/home?c=d'},
    wary   => {issuer => $op{public}{issuer}, link => 'verified-email', email => 'trusted',
        'second-factor' => 'trusted'},
    hub    => {preset => 'github', secret => 's', 'authorization-url' => "$op{hub}{root}/authorize",
        'token-url' => "$op{hub}{root}/token", 'user-url' => "$op{hub}{root}/user"},
    ms     => {preset => 'microsoft', issuer => $op{ms}{issuer}},
    mine   => {preset => 'microsoft', issuer => $op{ms}{issuer}, email => 'trusted'},
});
my $leat = $site->{leat};

sub person {
    my ($name, %o) = @_;
    return {sub => "s-$name", email => "$name\@example.com", email_verified => JSON::PP::true, %o};
}
sub problem { my ($r) = @_; return "$r->{status} " . ($r->{json}{code} // '-') }

subtest 'sends the browser to the provider, with PKCE and a nonce' => sub {
    my $browser = {};
    my $r = $site->open('/v1/oauth/plain', $browser);
    is($r->{status}, 302, 'away');
    my %sent = map { split /=/, $_, 2 } split /&/, $r->{headers}{location} =~ s/.*\?//r;
    is_deeply([sort keys %sent],
        [qw(client_id code_challenge code_challenge_method nonce redirect_uri response_type scope state)],
        'with what the code flow wants');
    is("$sent{response_type} $sent{code_challenge_method} $sent{scope}", 'code S256 openid%20email%20profile',
        'of PKCE and OpenID Connect');
    like($r->{headers}{'set-cookie'},
        qr/^__Host-oauth-[\w-]{12}=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
        'the cookie is for this browser alone');
    my (undef, $cookie) = Leat::Oauth::attempt($browser);
    ok(index($cookie, $sent{state}) < 0 && index($cookie, $sent{nonce}) < 0, 'and tells nothing');
    my $again = $site->open('/v1/oauth/plain', {});
    my %other = map { split /=/, $_, 2 } split /&/, $again->{headers}{location} =~ s/.*\?//r;
    ok(!(grep { $sent{$_} eq $other{$_} } qw(state nonce code_challenge)), 'nothing is used twice');
    is($site->open('/v1/oauth/nobody', {})->{status}, 404, 'no such provider');
    done_testing;
};

subtest 'creates an account at the first login, and finds it again by the subject' => sub {
    my $browser = {};
    my $r = $site->log_in('plain', $op{plain}, $browser);
    is($r->{status}, 200, 'logged in') or diag $r->{body};
    ok($r->{json}{access_token} && $r->{json}{refresh_token}, 'with tokens');
    is_deeply($browser, {}, 'the cookie of the attempt is gone');
    my $me = $site->me($r);
    is($me->{email}, 'ann@example.com', 'the address is that of the provider');
    ok($me->{email_verified}, 'and verified');
    my $again = $site->log_in('plain', $op{plain});
    is($site->me($again)->{id}, $me->{id}, 'the same account');
    $op{plain}->set(user => {sub => 'u1', email => 'new@example.com', email_verified => JSON::PP::true});
    is($site->me($site->log_in('plain', $op{plain}))->{id}, $me->{id}, 'the subject counts, not the address');
    is_deeply($site->users, {'ann@example.com' => 'plain u1'}, 'one account');
    my ($token) = $op{plain}->seen('token');
    ok($token->{authorization} && !$token->{form}{client_secret}, 'the secret stood in the header');
    is(scalar(grep { $_->{event} eq 'login' && $_->{detail} eq 'plain' } @{$leat->get('/v1/audit')->{json}}), 3,
        'each login is in the audit');
    done_testing;
};

subtest 'authenticates as the provider asks, and verifies its kind of signature' => sub {
    $op{post}->set(user => person('post'), says => {token_endpoint_auth_methods_supported => ['client_secret_post']});
    is($site->log_in('post', $op{post})->{status}, 200, 'RS256, the secret in the form') or diag $leat->log;
    my ($token) = $op{post}->seen('token');
    is($token->{form}{client_secret}, 's', 'where it asked for it');
    $op{public}->set(user => person('public'));
    is($site->log_in('public', $op{public})->{status}, 200, 'a public client');
    ($token) = $op{public}->seen('token');
    ok(!exists $token->{form}{client_secret} && !$token->{authorization}, 'without a secret');
    done_testing;
};

subtest 'sends a browser with a cookie on to the configured page' => sub {
    $op{public}->set(user => person('web'));
    my $browser = {};
    my $r = $site->log_in('web', $op{public}, $browser);
    is($r->{status}, 302, 'goes on');
    is($r->{headers}{location}, 'http://127.0.0.1:1/app?from=login', 'to the configured page');
    is($r->{body}, '', 'with nothing else');
    is($site->open('/v1/me', $browser)->{json}{email}, 'web@example.com', 'and is logged in');
    done_testing;
};

subtest 'lets a browser log in in several tabs at once' => sub {
    my $browser = {};
    $op{plain}->set(user => person('tabs'));
    $op{public}->set(user => person('tabs-public'));
    my @back = map { $site->begin('plain', $op{plain}, $browser) } 1 .. 2;
    push @back, $site->begin('public', $op{public}, $browser);
    is(scalar(Leat::Oauth::attempts($browser)), 3, 'each has a cookie of its own');
    for my $i (1, 2, 0) {
        is($site->open($back[$i], $browser)->{status}, 200, "tab $i") or diag $leat->log;
    }
    is_deeply($browser, {}, 'the cookies are gone');
    done_testing;
};

# A browser sends its cookies in the order in which it got them (RFC 6265, 5.4).
subtest 'keeps the cookies of at most eight logins' => sub {
    my @jar;
    for (1 .. 8) {
        my $r = $site->open('/v1/oauth/plain', {}, headers => {Cookie => join '; ', 'a=b', @jar});
        is(scalar(@{$r->{cookies}}), 1, 'room for one more');
        push @jar, $r->{cookies}[0] =~ s/;.*//r;
    }
    my $r = $site->open('/v1/oauth/plain', {}, headers => {Cookie => join '; ', 'a=b', @jar});
    my @gone = map { /^([^=]+)=;.*Max-Age=0$/ ? $1 : () } @{$r->{cookies}};
    is_deeply(\@gone, [$jar[0] =~ s/=.*//r], 'the ninth expires the first');
    is(scalar(@{$r->{cookies}}), 2, 'and sets its own');
    my @pids = $leat->worker_pids;
    my $many = join '; ', map { sprintf '__Host-oauth-%012d=x', $_ } 1 .. 200;
    $r = $site->open('/v1/oauth/plain', {}, headers => {Cookie => $many});
    is($r && $r->{status}, 302, 'hundreds of them are no reason to fail') or diag $leat->log;
    is_deeply([$leat->worker_pids], \@pids, 'nor to die');
    my @others = map { "__Host-oauth-$_=x" } 'short', 'long' x 10, '<script>1234', '', 'a b c d e f ';
    $r = $site->open('/v1/oauth/plain', {}, headers => {Cookie => join '; ', (@others) x 4});
    is(scalar(@{$r->{cookies}}), 1, 'cookies of others stay');
    done_testing;
};

subtest 'returns to the configured page with the reason of a failure' => sub {
    for my $row (
        ['oauth.refused', 'a refusal', fault => {authorize => 'deny'}],
        ['oauth.unverified', 'an address that is not verified', user => {sub => 's-nobody'}],
        ['oauth.provider', 'a provider that fails', fault => {token => 'error'}],
        ['oauth.provider', 'an error of its own', back => {error => 'server_error', error_description => '&x=<y>'}],
        ['oauth.state', 'another issuer', back => {iss => 'https://evil.example'}],
        ['oauth.code', 'no code', back => {code => undef}],
    ) {
        my ($code, $name, @set) = @$row;
        $op{public}->set(@set);
        for my $page (
            [web  => "http://127.0.0.1:1/app?from=login&error=$code"],
            [page => "http://127.0.0.1:1/app?error=$code#/home"],
            [both => "http://127.0.0.1:1/app?a=b&error=$code#/home?c=d"],
        ) {
            my $browser = {};
            my $r = $site->log_in($page->[0], $op{public}, $browser);
            is("$r->{status} " . ($r->{headers}{location} // '-'), "302 $page->[1]", "$name: $page->[0]");
            is_deeply($browser, {}, 'with no cookie');
            is($r->{body}, '', 'and no body');
        }
        $op{public}->reset;
    }
    done_testing;
};

subtest 'refuses a state without its cookie, whatever page is configured' => sub {
    my $browser = {};
    my $back = $site->begin('web', $op{public}, $browser);
    is(problem($site->open($back, {})), '401 oauth.state', 'no cookie');
    $site->begin('web', $op{public}, my $other = {});
    is(problem($site->open($back, $other)), '401 oauth.state', 'the cookie of another login');
    my ($name) = Leat::Oauth::attempt($browser);
    my (undef, $value) = Leat::Oauth::attempt($other);
    is(problem($site->open($back, {$name => $value})), '401 oauth.state', 'the same by another name');
    is(problem($site->open("$back&error=access_denied" =~ s/code=[^&]+&?//r, {})), '401 oauth.state', 'a refusal');
    done_testing;
};

subtest 'is no open redirect' => sub {
    my @names = qw(return return_to redirect redirect_uri next url);
    for my $more (map { ("$_=https%3A%2F%2Fevil.example%2F", "$_=//evil.example") } @names) {
        my $browser = {};
        my $r = $site->open("/v1/oauth/web?$more", $browser);
        ok($r->{status} == 400 || $r->{headers}{location} !~ /evil/, "start?$more");
        $r = $site->open($site->begin('web', $op{public}, $browser) . "&$more", $browser);
        ok(($r->{headers}{location} // '') !~ /evil/, "callback?$more");
    }
    done_testing;
};

subtest 'logs in at GitHub, without OpenID Connect' => sub {
    my ($yes, $no) = (JSON::PP::true, JSON::PP::false);
    my $second = {email => 'Hub@example.com', primary => $yes, verified => $yes};
    $op{hub}->set(user => {id => 583231, login => 'hub', email => undef},
        emails => [{email => 'other@example.com', primary => $no, verified => $yes}, $second]);
    my $r = $site->log_in('hub', $op{hub});
    is($r->{status}, 200, 'logged in') or diag $r->{body};
    is($site->users->{'hub@example.com'}, 'hub 583231', 'by the primary address');
    my ($asked) = $op{hub}->seen('authorize');
    is($asked->{query}{scope}, 'read:user user:email', 'with its scopes');
    ok(!exists $asked->{query}{nonce}, 'and no nonce');
    $op{hub}->set(user => {id => 2, email => 'open@example.com'},
        emails => [{email => 'open@example.com', primary => $yes, verified => $no}]);
    is(problem($site->log_in('hub', $op{hub})), '403 oauth.unverified', 'an address that is not verified is none');
    done_testing;
};

subtest 'accepts an issuer of Microsoft with the tenant in it' => sub {
    my $tenant = '9188040d-6c67-4c5b-b112-36a304b66dad';
    my %says = (issuer => "$op{ms}{root}/{tenantid}/v2.0",
        authorization_response_iss_parameter_supported => JSON::PP::false);
    $op{ms}->set(says => \%says, back => {iss => undef},
        claims => {iss => "$op{ms}{root}/$tenant/v2.0", tid => $tenant});
    $op{ms}->set(user => person('ms'));
    is(problem($site->log_in('ms', $op{ms})), '403 oauth.unverified', 'anybody may make up the address');
    $op{ms}->set(user => person('ms', xms_edov => JSON::PP::true));
    is($site->log_in('ms', $op{ms})->{status}, 200, 'unless the domain is its own') or diag $leat->log;
    is($site->users->{'ms@example.com'}, "ms $tenant:s-ms", 'the subject is the tenant\'s');
    $op{ms}->set(claims => {iss => "$op{ms}{root}/$tenant/v2.0", tid => 'another'});
    is(problem($site->log_in('ms', $op{ms})), '502 oauth.provider', 'issuer and tenant differ');
    $op{ms}->set(claims => {iss => "$op{ms}{root}/$tenant/v2.0", tid => $tenant},
        user => {sub => 's', email => 'boss@example.com'});
    is($site->log_in('mine', $op{ms})->{status}, 200, 'a directory whose addresses are trusted');
    done_testing;
};

subtest 'creates no account for an address that is not verified' => sub {
    $op{plain}->set(user => person('squat', email_verified => JSON::PP::false));
    is(problem($site->log_in('plain', $op{plain})), '403 oauth.unverified', 'makes no account');
    $op{plain}->set(user => {sub => 's-none'});
    is(problem($site->log_in('plain', $op{plain})), '403 oauth.unverified', 'nor does none at all');
    ok(!exists $site->users->{'squat@example.com'}, 'there is none');
    done_testing;
};

subtest 'links an account only where both sides have verified the address' => sub {
    $site->register('link@example.com', verified => 1);
    $op{plain}->set(user => person('link'));
    is(problem($site->log_in('plain', $op{plain})), '409 oauth.account-exists', 'not linked, where that is off');
    $op{public}->set(user => person('link', email_verified => JSON::PP::false));
    is(problem($site->log_in('public', $op{public})), '403 oauth.unverified',
        'nor by an address that the provider did not verify');
    $site->change('link@example.com', verified => 0);
    $op{public}->set(user => person('link'));
    is(problem($site->log_in('public', $op{public})), '409 oauth.account-exists',
        'nor to one that is not verified here');
    is($site->users->{'link@example.com'}, undef, 'nothing was linked');
    $site->change('link@example.com', verified => 1);
    $op{public}->set(user => person('link', email => 'LINK@Example.com'));
    my $r = $site->log_in('public', $op{public});
    is($site->me($r)->{email}, 'link@example.com', 'linked, where it is on and both are verified');
    is($site->users->{'link@example.com'}, 'public s-link', 'to the account that was there');
    is($leat->post('/v1/login', {email => 'link@example.com', password => 'correct horse battery'})->{status}, 200,
        'whose password still works');
    $op{public}->set(user => {sub => 's-link'});
    is($site->log_in('public', $op{public})->{status}, 200, 'and now the subject is enough');
    done_testing;
};

subtest 'opens no disabled account, and none without its second factor' => sub {
    $site->change('link@example.com', verified => 1, disabled => 1);
    is(problem($site->log_in('public', $op{public})), '403 oauth.disabled', 'disabled');
    $site->change('link@example.com', verified => 1, totp => 1);
    is(problem($site->log_in('public', $op{public})), '401 oauth.second-factor', 'with a second factor');
    $site->register('factor@example.com', verified => 1, totp => 1);
    $op{public}->set(user => person('factor'));
    is(problem($site->log_in('public', $op{public})), '401 oauth.second-factor', 'nor link it');
    is($site->users->{'factor@example.com'}, undef, 'nothing was linked');
    is($site->log_in('wary', $op{public})->{status}, 200, 'but for a provider that is trusted with it');
    done_testing;
};

subtest 'creates no account while registration is closed' => sub {
    $site->{identity} = {registration => 'closed'};
    $site->configure;
    is($leat->ctl('reload')->{code}, 0, 'reloaded');
    $op{plain}->set(user => person('late'));
    is(problem($site->log_in('plain', $op{plain})), '403 oauth.closed', 'no new account');
    $op{plain}->set(user => {sub => 'u1'});
    is($site->log_in('plain', $op{plain})->{status}, 200, 'who has one comes in');
    done_testing;
};

subtest 'reports a wrong provider in the check' => sub {
    for my $row (
        ['no issuer', {}, 'issuer must be an https URL'],
        ['an issuer of http', {issuer => 'http://op.example'}, 'issuer must be an https URL'],
        ['half of OAuth 2', {'authorization-url' => 'https://op.example/a'}, 'must be given together'],
        ['a page of another scheme', {issuer => 'https://op.example', return => '/app'}, 'redirect and return'],
    ) {
        my ($name, $keys, $want) = @$row;
        local $site->{providers} = {bad => $keys};
        $site->configure;
        my $r = $leat->leat('check');
        ok($r->{code} && "$r->{out}$r->{err}" =~ /identity\.providers\.bad: .*\Q$want\E/, $name)
            or diag "$r->{out}$r->{err}";
    }
    done_testing;
};

subtest 'logs no secret' => sub {
    my $log = $leat->log;
    ok($log !~ /\Q$_\E/, 'no secret in the log')
        for 's3cret', map { ($_->{form}{code}, $_->{form}{code_verifier}) } $op{plain}->seen('token');
    done_testing;
};

all_done;
