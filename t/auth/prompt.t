# SPDX-License-Identifier: MIT
# leatctl at a terminal asks for a password twice, and does not show it.
use strict;
use warnings;
use IPC::Open2;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new(document => slurp(Leat::Test::source() . '/conf/auth.yaml'), workers => 1,
    migrations => {'0001_x.up.sql' => 'CREATE TABLE x (a INTEGER) STRICT;'},
    config => "rate-limits: {login: {rate: 10000/min}}\n")->start;
my $ctl = Leat::Test::build() . "/leatctl --socket $leat->{socket}";

# Types each line when the terminal shows its prompt; returns the exit code and all output.
sub at_terminal {
    my ($command, @dialogue) = @_;
    my $pid = open2(my $out, my $in, 'script', '-qec', "$ctl $command", '/dev/null');
    my $shown = '';
    for (@dialogue) {
        my ($prompt, $line) = @$_;
        my $from = length $shown;
        while (substr($shown, $from) !~ /\Q$prompt\E\z/) {
            sysread $out, $shown, 4096, length $shown or last;
        }
        syswrite $in, "$line\n";
    }
    1 while sysread $out, $shown, 4096, length $shown;
    waitpid $pid, 0;
    return ($? >> 8, $shown);
}
sub login { return $leat->post('/v1/auth/login', {email => 'ann@example.org', password => $_[0]})->{status} }

my ($secret, $other) = ('a secret at a terminal', 'another at a terminal');

subtest 'refuses two passwords that differ, and shows neither' => sub {
    my ($code, $shown) = at_terminal('user create ann@example.org', ['password: ', $secret], ['again: ', $other]);
    is($code, 2, 'two that differ');
    like($shown, qr/the passwords differ/, 'are refused');
    unlike($shown, qr/\Q$secret\E|\Q$other\E/, 'and not shown');
    is(login($secret), 401, 'there is no account');
    done_testing;
};

subtest 'creates an account with a password that is typed twice' => sub {
    my ($code, $shown) = at_terminal('user create ann@example.org', ['password: ', $secret], ['again: ', $secret]);
    is($code, 0, 'two that are the same') or diag $shown;
    unlike($shown, qr/\Q$secret\E/, 'not shown either');
    is(login($secret), 200, 'are the password');
    done_testing;
};

subtest 'changes the password, without showing it' => sub {
    my ($code) = at_terminal('user set-password ann@example.org', ['password: ', $other], ['again: ', $other]);
    is($code, 0, 'another one');
    is(login($_ ? $other : $secret), $_ ? 200 : 401, $_ ? 'is the password now' : 'the old one is none') for 0, 1;
    done_testing;
};

all_done;
