# SPDX-License-Identifier: MIT
# leatctl keys rotate refuses no request under load, and a token survives two rotations.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use MIME::Base64 qw(decode_base64url);
use POSIX ();
use Test::More;

my $leat = Leat::Test->new(document => slurp(Leat::Test::source() . '/conf/auth.yaml'), workers => 3,
    migrations => {'0001_x.up.sql' => 'CREATE TABLE x (a INTEGER) STRICT;'},
    config => "rate-limits: {login: {rate: 10000/min}}\n")->start;
my %account = (email => 'ann@example.org', password => 'a long enough secret');

sub token { my $r = $leat->post('/v1/auth/login', \%account); return $r->{json}{access_token} // "none: $r->{status}" }
sub status_of { return $leat->get('/v1/auth/me', headers => {Authorization => "Bearer $_[0]"})->{status} }
sub kid_of { return decode_json(decode_base64url((split /\./, $_[0])[0]))->{kid} }
sub kids { return map { $_->{kid} } @{decode_json($leat->ctl(qw(--json keys list))->{out})} }

# A client that calls with its token, and with those that it gets, until the file `stop` exists.
sub client {
    my ($name, $token) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    my %seen;
    until (-e "$leat->{dir}/stop") {
        my $fresh = token();
        $seen{status_of($_)}++ for $token, ($fresh) x 3;
    }
    spew("$leat->{dir}/seen-$name.new", join ' ', sort keys %seen);
    rename "$leat->{dir}/seen-$name.new", "$leat->{dir}/seen-$name";
    POSIX::_exit(0);
}

my ($first, $token);
subtest 'refuses no client while keys rotate' => sub {
    is($leat->post('/v1/auth/register', \%account)->{status}, 201, 'an account');
    ($first, $token) = (kids(), token());
    is(kid_of($token), $first, 'the first key signs');
    my @clients = map { client($_, $token) } 1 .. 2;
    for my $round (1 .. 2) {
        my $before = (kids())[0];
        is($leat->ctl(qw(keys rotate))->{code}, 0, "rotation $round");
        my @kids = kids();
        is(scalar @kids, $round + 1, 'those before it are kept');
        isnt($kids[0], $before, 'a new key');
        is(kid_of(token()), $kids[0], 'signs');
        is(status_of($token), 200, 'the first token is good');
    }
    spew("$leat->{dir}/stop", '');
    waitpid $_, 0 for @clients;
    is(slurp("$leat->{dir}/seen-$_"), '200', 'no client was refused meanwhile') for 1 .. 2;
    done_testing;
};

subtest 'lets the first key and its tokens go at the third rotation' => sub {
    is($leat->ctl(qw(keys rotate))->{code}, 0, 'rotation 3');
    ok(!grep({ $_ eq $first } kids()), 'lets the first key go');
    is(status_of($token), 401, 'and its tokens');
    done_testing;
};

all_done;
