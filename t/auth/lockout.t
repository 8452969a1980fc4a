# SPDX-License-Identifier: MIT
# Guessing passwords leads to waiting, but locks nobody out. Here an account allows two failures
# from one network, and twenty from all networks that it has not logged in from.
use strict;
use warnings;
use JSON::PP;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $tries = 'password: {memory: 8MiB, passes: 1, tries: 2, window: 1d}';
my $leat = accounts(workers => 3, identity => "session: {cookie: sid}, $tries",
    config => "mail: {from: us\@example.org, file: mail}\n");
$leat->write('api.yaml', slurp("$leat->{dir}/api.yaml") =~ s/name: __Host-session/name: sid/r);
$leat->start;

sub from { my ($address, %more) = @_; return {'X-Forwarded-For' => $address, %more} }
sub wrong {
    my ($name, $address, %more) = @_;
    return login($leat, $name, password => 'wrong wrong', headers => from($address, %more))->{status};
}
sub right { my ($name, $address, %more) = @_; return login($leat, $name, headers => from($address, %more))->{status} }
# Fails from so many networks that no new network may try any more.
sub storm {
    my ($name, $net) = @_;
    my %of;
    for my $host (1 .. 11) { $of{wrong($name, "$net.$host")}++ for 1 .. 2 }
    return \%of;
}
# Returns the device cookie of a login by cookie.
sub device {
    my ($name, $address, %more) = @_;
    my $s = $leat->connect;
    my $body = JSON::PP::encode_json({email => address($name), password => password()});
    my $head = join '', map { "$_\r\n" } "X-Forwarded-For: $address", map({ "$_: $more{$_}" } keys %more),
        'Content-Type: application/json', 'Content-Length: ' . length $body;
    syswrite $s, "POST /v1/auth/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n$head\r\n$body";
    my $text = Leat::Test::read_all($s, 10);
    my ($cookie) = $text =~ /^set-cookie: (__Host-device=[^;]+)(; Path=\/; .*)\r$/mi or return diag($text);
    return $2 =~ /^; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=\d+\z/ ? $cookie : diag($text);
}
register($leat, $_, headers => from('192.0.2.1')) for qw(ann bob cid dan eve fay gil hal);
right($_, '192.0.2.1') == 200 or fail("$_ logs in") for qw(ann bob cid dan eve fay gil hal);

subtest 'a browser that came without TLS gets no cookie that it could not keep' => sub {
    my $scaffold = Leat::Test::run_command(Leat::Test::build() . '/leat', qw(scaffold auth));
    my $plain = Leat::Test->new(document => $scaffold->{out});
    $plain->configure("listen: [{address: 127.0.0.1:$plain->{port}}]\n");
    $plain->start;
    is($plain->post('/v1/auth/register', {email => 'ann@example.org', password => password()})->{status}, 201, 'ann');
    my $r = $plain->post('/v1/auth/session', {email => 'ann@example.org', password => password()});
    like($r->{headers}{'set-cookie'}, qr/session=/, 'a session');
    unlike($r->{headers}{'set-cookie'}, qr/__Host-device/, 'and nothing else');
    done_testing;
};

subtest 'makes a stranger wait, and not the owner' => sub {
    my $ann = login($leat, 'ann', headers => from('192.0.2.1'));
    is(join(' ', map { wrong('ann', '203.0.113.9') } 1 .. 4), '401 401 429 429', 'must wait');
    is(right('ann', '203.0.113.9'), 429, 'even with the right password');
    is(right('bob', '203.0.113.9'), 200, 'not for another account');
    is(right('ann', '203.0.113.77'), 200, 'the owner need not, from a new network');
    is(right('ann', '192.0.2.1'), 200, 'nor from a known one');
    my $r = $leat->request('PUT', '/v1/auth/password',
        json => {current_password => password(), new_password => password() . '!'}, headers => bearer($ann));
    is($r->{status}, 204, 'nor where she is logged in');
    done_testing;
};

subtest 'lets strangers in many networks guess no more often than all of them may together' => sub {
    my $device = device('bob', '192.0.2.2');
    is_deeply(storm('bob', '198.51.100'), {401 => 20, 429 => 2}, 'guess no more often than all of them may together');
    is(right('bob', '198.51.100.99'), 429, 'a new network must wait then, even with the right password');
    is(right('bob', $_), 200, "$_ is known") for '192.0.2.1', '192.0.2.2', '192.0.2.1';
    is(right('bob', '198.51.100.99', Cookie => $device), 200, 'so is a device that has logged in');
    is(right('bob', '198.51.100.99'), 200, 'and then its network is');
    is(right('cid', '198.51.100.99'), 200, 'another account is as free as before');
    is(wrong('bob', '192.0.2.2'), 401, 'the known network has failures of its own') for 1 .. 2;
    is(right('bob', '192.0.2.2'), 429, 'of which there are as many');
    is(right('bob', '192.0.2.2', Cookie => $device), 200, 'the device has others');
    is(right('bob', '192.0.2.1'), 200, 'another known network, too');
    done_testing;
};

subtest 'takes nothing but its own cookie for a known device' => sub {
    my ($own, $other) = (device('cid', '192.0.2.3'), device('dan', '192.0.2.3'));
    storm('cid', '198.18.7');
    is(right('cid', '198.18.9.1', Cookie => $own), 200, 'its own cookie does');
    for my $row (['of another account', $other], ['a part of it', substr $own, 0, -2],
        ['another', $own =~ s/(.)\z/$1 eq 'A' ? 'B' : 'A'/er], ['nothing', '__Host-device=']) {
        is(right('cid', '198.18.9.2', Cookie => $row->[1]), 429, $row->[0]);
    }
    is(wrong('cid', '198.18.9.3', Cookie => $own), 401, 'it may guess as often as others') for 1 .. 2;
    is(right('cid', '198.18.9.3', Cookie => $own), 429, 'and no more');
    isnt(device('cid', '192.0.2.1'), $own, 'a login makes a new one');
    done_testing;
};

subtest 'counts a site of IPv6 as one, and knows networks of 64 bits' => sub {
    right('dan', '2001:db8:1:1::1') == 200 or fail('dan logs in');
    is(join(' ', map { wrong('dan', "2001:db8:9:$_\::1") } 1 .. 4), '401 401 429 429', 'a site of 48 bits is one');
    is(wrong('dan', '2001:db8:a:1::1'), 401, 'the next one is another');
    storm('dan', '198.18.8');
    is(right('dan', '2001:db8:1:1::2'), 200, 'a network of 64 bits is known');
    is(right('dan', '2001:db8:1:2::1'), 429, 'its neighbour is not');
    done_testing;
};

subtest 'limits guesses within one login, and no other login' => sub {
    my ($thief, $owner) = map { login($leat, 'eve', headers => from('192.0.2.1')) } 1 .. 2;
    my $guess = sub {
        my ($who, $password) = @_;
        return $leat->post('/v1/auth/totp', {password => $password}, headers => bearer($who))->{status};
    };
    is(join(' ', map { $guess->($thief, 'wrong wrong') } 1 .. 3), '401 401 429', 'guesses as often in one login');
    is($guess->($thief, password()), 429, 'and then the right password is not told from others');
    is($guess->($owner, password()), 200, 'another login of the account is free');
    is(right('eve', '203.0.113.40'), 200, 'so is a new one');
    storm('eve', '198.18.10');
    $guess->($owner, password());
    is($leat->post('/v1/auth/totp/confirm', {code => 'nocode'}, headers => bearer($owner))->{status}, 422,
        'strangers do not count where one is logged in');
    done_testing;
};

subtest 'limits guesses at the code from many networks as from one' => sub {
    my $fay = login($leat, 'fay', headers => from('192.0.2.1'));
    $leat->post('/v1/auth/totp', {password => password()}, headers => bearer($fay));
    sql($leat, 'UPDATE _leat_totp SET confirmed_at = created_at');
    my $guess = sub {
        my ($address) = @_;
        return login($leat, 'fay', code => '000000', headers => from($address))->{status};
    };
    is(join(' ', map { $guess->("198.18.11.$_") } 1 .. 4), '401 401 429 429',
        'guesses it no more often from many networks than from one');
    is($guess->('192.0.2.1'), 401, 'a known network has its own');
    done_testing;
};

subtest 'limits the letters that strangers ask for, and not those of the owner' => sub {
    my $ask = sub {
        my ($name, $address) = @_;
        return $leat->post('/v1/auth/password/forgot', {email => address($name)}, headers => from($address))->{status};
    };
    is(join(' ', map { $ask->('gil', "198.18.12.$_") } 1 .. 4), '204 204 429 429', 'strangers let so many be sent');
    is($ask->('gil', '192.0.2.1'), 204, 'the owner may ask for one all the same');
    is(right('gil', '198.18.12.1'), 200, 'and log in');
    done_testing;
};

subtest 'does not reveal whether an account exists' => sub {
    my $told = sub {
        my ($name, $net) = @_;
        my @got;
        for my $n (1 .. 26) {
            my $r = login($leat, $name, password => 'wrong wrong', headers => from("$net." . int(($n + 2) / 3)));
            delete @{$r->{json}}{qw(request_id)};
            push @got, join ' ', $r->{status}, JSON::PP->new->canonical->encode($r->{json}), sort keys %{$r->{headers}};
        }
        return \@got;
    };
    is_deeply($told->('ghost', '198.18.14'), $told->('hal', '198.18.13'), 'by what is answered, and when');
    done_testing;
};

all_done;
