# SPDX-License-Identifier: MIT
# What browsers add to a request by themselves, such as certificates, cookies and Basic, changes nothing
# for pages of others.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Secured;
use Leat::Test;
use Test::More;

my $site = secured();
my $leat = $site->{leat};
my $account = credentials($leat);
my ($ann, $made, $login, $cookie) = @$account{qw(token key session cookie)};
my %evil = (Origin => 'https://evil.example');

subtest 'lets a certificate call by its subject, and asks for what else is required' => sub {
    is(ask_tls('tls', 'client')->{json}{sub}, 'CN=client,O=Org', 'a certificate calls by its subject');
    is(ask_tls('tls')->{status}, 401, 'without one nobody does');
    is(ask_tls('tls', 'stranger')->{status}, '000', 'one that is not known does not get that far');
    is(ask_tls('bearer', 'client')->{status}, 401, 'it is no token');
    is(ask_tls('tlsboth', 'client', as(scoped('a')))->{json}{sub}, 'CN=client,O=Org', 'both');
    is(ask_tls('tlsboth', 'client')->{status}, 401, 'not the certificate alone');
    is(ask_tls('tlsboth', undef, as(scoped('a')))->{status}, 401, 'nor the token');
    is(ask_tls('tlsboth', 'client', as(scoped('b')))->{status}, 403, 'nor one without the scope');
    is(ask('tls', {'X-Client-Cert' => 'CN=client', 'X-SSL-Client-S-DN' => 'CN=client'})->{status}, 401,
        'no header makes a certificate');
    done_testing;
};

subtest 'changes nothing by a certificate for a page of others' => sub {
    is(ask_tls('tls', 'client', '-X', 'POST')->{status}, 200, 'programs say nothing of pages');
    is(ask_tls('tls', 'client', '-X', 'POST', as(\%evil))->{status}, 403, 'a page of others changes nothing by it');
    is(ask_tls('tlsboth', 'client', '-X', 'POST', as({%evil, %{scoped('a')}}))->{status}, 200,
        'but who has a token, too');
    done_testing;
};

my @alien = (
    [{'Sec-Fetch-Site' => 'cross-site', Origin => 'https://evil.example'}, 'another site'],
    [{'Sec-Fetch-Site' => 'same-site', Origin => 'https://evil.localhost'}, 'a neighbour'],
    [{Origin => 'https://evil.example'}, 'another origin'],
    [{Origin => 'null'}, 'an origin that is none'],
    [{'Sec-Fetch-Site' => 'none'}, 'no page'],
);
my %ambient = (
    session => {Cookie => $cookie},
    cookie => {Cookie => "key=$made->{key}"},
    basic => basic("$made->{id}:$made->{key}"),
);
my %ours = (Origin => 'http://localhost');

subtest 'changes nothing by a cookie or Basic for a page of others, and reads' => sub {
    for my $where (sort keys %ambient) {
        for my $row (@alien) {
            my ($headers, $what) = @$row;
            is(ask($where, {%{$ambient{$where}}, %$headers}, 'POST')->{status}, 403, "$where: $what changes nothing");
            is(ask($where, {%{$ambient{$where}}, %$headers})->{status}, 200, 'but reads');
        }
        my %with = (%{$ambient{$where}}, %ours);
        is(ask($where, {%with, 'Sec-Fetch-Site' => 'same-origin'}, 'POST')->{status}, 200, "$where: our page does");
        is(ask($where, \%with, 'POST')->{status}, 200, 'of an old browser, too');
    }
    done_testing;
};

subtest 'asks a session for its token where nothing says which page it is' => sub {
    is(ask('session', {Cookie => $cookie}, 'POST')->{status}, 403, 'session: who says nothing shows a token');
    my %token = (Cookie => $cookie, 'X-CSRF-Token' => $login->{json}{csrf_token});
    is(ask('session', {%token, 'X-CSRF-Token' => $_}, 'POST')->{status}, 403, 'not any')
        for '', 'x', $cookie =~ s/^sid=//r;
    is(ask('session', \%token, 'POST')->{status}, 200, 'but the own');
    done_testing;
};

subtest 'asks nothing of programs, and of what no browser adds' => sub {
    is(ask($_, $ambient{$_}, 'POST')->{status}, 200, "$_: programs say nothing") for qw(basic cookie);
    is(ask('bearer', {%{bearer($ann)}, %{$alien[0][0]}}, 'POST')->{status}, 200,
        'a token comes from no browser by itself');
    is(ask('header', {'X-Key' => $made->{key}, %{$alien[0][0]}}, 'POST')->{status}, 200, 'nor does a header');
    done_testing;
};

subtest 'answers 500, not 401, while the tables of keys cannot be read' => sub {
    my $unseen = $leat->post('/v1/auth/keys', {name => 'unseen'}, headers => bearer($ann))->{json};
    sql($leat, 'ALTER TABLE _leat_api_keys RENAME TO hidden');
    my $r = ask('header', {'X-Key' => $unseen->{key}});
    is($r->{status}, 500, 'a database that fails is no bad credential');
    is($r->{headers}{'www-authenticate'}, undef, 'and nobody has to come with another');
    sql($leat, 'ALTER TABLE hidden RENAME TO _leat_api_keys');
    is(ask('header', {'X-Key' => $unseen->{key}})->{status}, 200, 'later it is good');
    done_testing;
};

all_done;
