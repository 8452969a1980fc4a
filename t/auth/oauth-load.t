# SPDX-License-Identifier: MIT
# A callback that is turned away for load, 429 or 503, has not used its state: the browser keeps its cookie,
# and the same page, loaded again, logs it in.
use strict;
use warnings;
use IO::Handle;
use Leat::Oauth;
use Leat::Provider;
use Leat::Test;
use Test::More;

my $op = Leat::Provider->new(secret => 's');
my %provider = (issuer => $op->{issuer}, secret => 's');

# Sends the callback of a browser without waiting for the answer.
sub send_back {
    my ($site, $back, $browser) = @_;
    my ($target) = $back =~ m{^http://[^/]+(/.*)};
    my $socket = $site->{leat}->connect;
    syswrite $socket, "GET $target HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: "
        . join('=', Leat::Oauth::attempt($browser)) . "\r\n\r\n";
    return $socket;
}

# Tests that the callback is turned away for now.
sub turned_away {
    my ($r, $status, $browser) = @_;
    is($r->{status}, $status, "is turned away: $status") or diag $r->{body};
    like($r->{headers}{'retry-after'} // '', qr/^[1-9]\d*$/, 'with Retry-After');
    ok(!$r->{cookies}, 'no cookie is cleared');
    return is(scalar(Leat::Oauth::attempts($browser)), 1, 'the browser still has that of its login');
}

# Loads the same page again, until it is let in.
sub logs_in {
    my ($site, $back, $browser) = @_;
    my $r;
    ok(wait_for(20, sub { ($r = $site->open($back, $browser))->{status} == 200 }), 'the same page logs in later')
        or diag $r->{body};
    is(scalar(Leat::Oauth::attempts($browser)), 0, 'and takes the cookie');
    return;
}

subtest 'while its provider is slow for others' => sub {
    my $site = Leat::Oauth->new(workers => 1, providers => {op => \%provider},
        identity => {password => {tries => 1000}});
    is($site->log_in('op', $op)->{status}, 200, 'all is well');
    $op->set(fault => {token => 'slow'});
    my $browser = {};
    my $back = $site->begin('op', $op, $browser);
    my @slow;
    for (1 .. 40) {
        my $other = {};
        push @slow, send_back($site, $site->begin('op', $op, $other), $other);
    }
    logged($site->{leat}, qr/oauth\.busy/, 'some are turned away');
    turned_away($site->open($back, $browser), 503, $browser);
    $op->reset;
    Leat::Test::read_all($_, 20) for @slow;
    logs_in($site, $back, $browser);
};

subtest 'while its address has guessed too often' => sub {
    my $site = Leat::Oauth->new(workers => 1, providers => {op => \%provider},
        identity => {password => {tries => 1, window => '60s'}}); # ten of one address, and one more in 6 s
    my $browser = {};
    my $back = $site->begin('op', $op, $browser);
    my $guess = sub {
        my $other = {};
        return $site->open($site->begin('op', $op, $other) =~ s/\bcode=[^&]+/code=guess/r, $other)->{status};
    };
    ok(wait_for(20, sub { $guess->() == 429 }), 'guesses are turned away');
    turned_away($site->open($back, $browser), 429, $browser);
    logs_in($site, $back, $browser);
};

subtest 'while the database is busy' => sub {
    my $site = Leat::Oauth->new(workers => 1, providers => {op => \%provider});
    is($site->log_in('op', $op)->{status}, 200, 'all is well');
    my $browser = {};
    my $back = $site->begin('op', $op, $browser);
    my $path = "$site->{leat}{dir}/app.db";
    open my $holder, '|-', 'sqlite3', $path or die "sqlite3: $!";
    print {$holder} ".timeout 5000\nBEGIN IMMEDIATE;\n";
    $holder->flush;
    ok(wait_for(10, sub { run_command('sqlite3', $path, 'BEGIN IMMEDIATE; ROLLBACK')->{code} }), 'by another program');
    turned_away($site->open($back, $browser, seconds => 30), 503, $browser);
    print {$holder} "ROLLBACK;\n";
    close $holder;
    logs_in($site, $back, $browser);
};
all_done;
