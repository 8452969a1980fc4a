# SPDX-License-Identifier: MIT
# A caller needs all scopes of one of the ways that an operation allows; a bad credential is told, even
# beside a good one.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Secured;
use Leat::Test;
use Test::More;

my $site = secured();
my $account = credentials($site->{leat});
my ($id, $ann, $made, $less, $cookie) = @$account{qw(id token key less cookie)};
my $realm = 'Bearer realm="/t"';
my %with = ('X-Key' => $made->{key});

subtest 'lets in who has the scopes' => sub {
    for my $row (
        [scope => 'a'], [scope => 'b a c'], [scope => 'b a'], [scopes => 'a b'], [scopes => 'b x a'], [oauth => 'a'],
        [openid => 'a'], [either => 'c'], [default => 'b'])
    {
        my ($where, $scope) = @$row;
        is(ask($where, scoped($scope))->{status}, 200, "$where: \"$scope\" is enough");
    }
    done_testing;
};

subtest 'answers 403 to who lacks one, and names what is needed' => sub {
    for my $row (
        [scope => '', 'a'], [scope => 'A', 'a'], [scope => 'aa', 'a'], [scope => 'b', 'a'], [scope => 'a,b', 'a'],
        [scope => "a\tb", 'a'],
        [scope => 'b:a', 'a'],
        [scopes => 'a', 'a b'],
        [scopes => 'b', 'a b'],
        [oauth => 'b', 'a'],
        [openid => 'b', 'a'], [either => 'a', 'c'], [default => 'a', 'b'], [other => 'b', 'c'])
    {
        my ($where, $scope, $needs) = @$row;
        my $r = ask($where, scoped($scope));
        is($r->{status}, 403, "$where: \"$scope\" is not");
        is($r->{headers}{'www-authenticate'}, "$realm, error=\"insufficient_scope\", scope=\"$needs\"",
            "\"$needs\" is");
    }
    is(ask('scope', bearer(token(scope => ['a'])))->{status}, 403, 'a list is no scope');
    done_testing;
};

subtest 'gives an API key the scopes that it was made with' => sub {
    is(ask('keyscope', {'X-Key' => $made->{key}})->{status}, 200, 'an API key has a scope');
    is(ask('keyscope', {'X-Key' => $less->{key}})->{status}, 403, 'or not');
    is(ask('keyscope', basic("$less->{id}:$less->{key}"))->{status}, 403, 'by its id');
    is(ask('keyscope', {Cookie => "key=$less->{key}"})->{status}, 403, 'and in a cookie');
    is(ask('keyscope', {Cookie => "key=$less->{key}", 'X-Key' => $made->{key}})->{status}, 200,
        'one that has it is enough');
    done_testing;
};

subtest 'takes the first way that is met for who calls' => sub {
    is(ask('either', \%with)->{json}{sub}, $id, 'the second way');
    is(ask('either', {%with, %{scoped('x')}})->{json}{sub}, $id, 'where the first lacks a scope');
    is(ask('either', {%with, %{scoped('c')}})->{json}{sub}, 'ann', 'the first that is met counts');
    is(ask('either', {%with, %{bearer('x')}})->{status}, 401, 'a bad credential beside a good one is told');
    is(ask('either', {%{scoped('c')}, 'X-Key' => 'x'})->{status}, 401, 'in any header');
    is(ask('keyscope', {%with, Cookie => 'key=old'})->{status}, 200, 'but a cookie may be old');
    is(ask('both', {%with, %{scoped('a')}})->{json}{sub}, 'ann', 'both, and the first is who calls');
    is(ask('turned', {%with, %{scoped('a')}})->{json}{sub}, $id, 'whichever that is');
    done_testing;
};

subtest 'asks for every credential of a combination, with its own scopes' => sub {
    is(ask('both', scoped('a'))->{status}, 401, 'one alone is too little');
    is(ask('both', \%with)->{status}, 401, 'whichever');
    is(ask('both', {%with, %{scoped('b')}})->{status}, 403, 'each has scopes of its own');
    is(ask('both', {%with, %{scoped('a')}, 'X-Key' => $less->{key}})->{status}, 200, 'this has them');
    is(ask('turned', {'X-Key' => $less->{key}, %{scoped('b')}})->{status}, 403, 'and that has not');
    done_testing;
};

subtest 'lets nobody in where that is an option, and only there' => sub {
    is(ask('optional')->{json}{sub}, undef, 'nobody is let in');
    is(ask('optional', bearer($ann))->{json}{sub}, $id, 'who is known is known');
    is(ask('optional', bearer('x'))->{status}, 401, 'who shows a bad token is told');
    my $r = ask('me');
    is("$r->{status} $r->{headers}{'www-authenticate'}", "401 $realm",
        'an operation that needs an account asks who calls');
    is(ask('me', bearer($ann))->{json}{id}, $id, 'and answers');
    is(ask('me', \%with)->{status}, 403, 'no API key');
    is(ask('me', bearer(token()))->{status}, 404, 'and nobody without an account');
    done_testing;
};

subtest 'looks at no credential where none is asked for' => sub {
    for my $where (qw(nobody public)) {
        for my $headers ({}, bearer($ann), bearer('x'), {Cookie => $cookie}, \%with, basic('x')) {
            my $r = ask($where, $headers);
            is("$r->{status} " . ($r->{json}{sub} // '-'), '200 -', "$where: credentials are not looked at");
        }
    }
    done_testing;
};

all_done;
