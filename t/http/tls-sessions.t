# SPDX-License-Identifier: MIT
# A resumed session of TLS is worth what its first handshake was, and never more: no listener takes one that it
# would not have begun.
use strict;
use warnings;
use Leat::Certificate;
use Leat::Test;
use Leat::Tls;
use Test::More;
use Time::HiRes qw(time);

my $leat = start_tls();

my $fleeting_until = time + (is_sanitized() ? 40 : 10);
certificate_between('fleeting', '/O=Org/CN=fleeting', 'ca', time - 3600, $fleeting_until);
# [name, listener, options] of each session; each is kept in a file.
my %session = (
    anyone   => ['names'],
    client   => ['required', with('client')],
    anonymous => ['optional'],
    known    => ['optional', with('client')],
    stranger => ['others', with('stranger')],
);
sub resume {
    my ($name, $version, $where, @options) = @_;
    return visit($where, "-tls1_$version", '-sess_in', "$dir/$name.$version", @options);
}

subtest 'sessions begin, each with its certificate' => sub {
    for my $version (2, 3) {
        $session{fleeting} = ['required', with('fleeting')] if $version == 2 || time < $fleeting_until - 2;
        for my $name (sort keys %session) {
            my ($where, @options) = @{$session{$name}};
            my $v = visit($where, "-tls1_$version", @options, '-sess_out', "$dir/$name.$version");
            ok($v->{status} == 200 && !$v->{is_reused}, "a session of $name (TLS 1.$version)") or diag($v->{said});
        }
    }
};

sub resumes {
    my ($when, $rounds) = @_;
    for my $version (2, 3) {
        for my $row (['anyone', undef], ['client', 'CN=client,O=Org'], ['known', 'CN=client,O=Org'],
            ['anonymous', undef]) {
            # A ticket of TLS 1.3 is reused here; the certificate is not presented again.
            my @got = map { resume($row->[0], $version, $session{$row->[0]}[0]) } 1 .. $rounds;
            is(scalar(grep { $_->{is_reused} && $_->{status} == 200 } @got), $rounds,
                "$when: $row->[0] is resumed (TLS 1.$version)") or diag($got[0]{said});
            is(scalar(grep { ($_->{json}{subject} // '') eq ($row->[1] // '') } @got), $rounds, '… as who it was');
        }
    }
}

subtest 'sessions are resumed by every worker, as who they were' => sub {
    my %served = map { $_->{pid} => $_->{requests} } @{$leat->ctl_json('workers')};
    resumes('at once', 3);
    is(scalar(grep { $_->{requests} > $served{$_->{pid}} } @{$leat->ctl_json('workers')}), 2, 'on both workers');
};

subtest 'no session carries a client past the checks of another listener' => sub {
    for my $version (2, 3) {
        for my $row (
            ['anyone', 'required'], ['anonymous', 'required'], ['stranger', 'required'], ['anyone', 'others'],
            ['client', 'others'], ['known', 'others'],
        ) {
            my $v = resume($row->[0], $version, $row->[1]);
            is("$v->{is_reused} $v->{status}", '0 0',
                "a session of $row->[0] opens no door at $row->[1] (TLS 1.$version)");
        }
        for my $row (['stranger', 'optional'], ['client', 'names'], ['client', 'optional'], ['anyone', 'optional']) {
            my $v = resume($row->[0], $version, $row->[1]);
            is("$v->{is_reused} $v->{status}", '0 200',
                "a session of $row->[0] starts afresh at $row->[1] (TLS 1.$version)");
            is($v->{json}{subject}, undef, '… as nobody');
        }
    }
};

subtest 'sessions outlive a reload' => sub {
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    resumes('after a reload', 1);
};

subtest 'a session ends when its listener trusts other authorities, or becomes strict' => sub {
    $leat->configure(configuration() =~ s{client-ca: \Q$dir\E/ca\.pem\}}{client-ca: $dir/other-ca.pem\}}r);
    is($leat->ctl('reload')->{code}, 0, 'other authorities at a listener');
    for my $version (2, 3) {
        my $v = resume('client', $version, 'required');
        is("$v->{is_reused} $v->{status}", '0 0', "end the sessions of the old ones (TLS 1.$version)");
    }
    $leat->configure(configuration() =~ s/client: optional/client: required/r);
    is($leat->ctl('reload')->{code}, 0, 'a listener that becomes strict');
    for my $version (2, 3) {
        my $v = resume('anonymous', $version, 'optional');
        is("$v->{is_reused} $v->{status}", '0 0', "ends the sessions of nobody (TLS 1.$version)");
    }
    $leat->configure(configuration());
    is($leat->ctl('reload')->{code}, 0, 'as it was');
    ok(wait_for(15, sub { my $s = $leat->ctl_json('status'); !$s->{retiring} }), 'the old workers are gone');
};

subtest 'a session ends with the certificate of its client' => sub {
    ok(wait_for(60, sub { time > $fleeting_until }), 'a client certificate expires');
    for my $version (2, 3) {
        SKIP: {
            skip 'its session was never begun, so slow is this machine', 1 unless -s "$dir/fleeting.$version";
            my $v = resume('fleeting', $version, 'required', with('fleeting'));
            is("$v->{is_reused} $v->{status}", '0 0', "and with it its session (TLS 1.$version)") or diag($v->{said});
        }
    }
};

all_done;
