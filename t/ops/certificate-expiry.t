# SPDX-License-Identifier: MIT
# A TLS certificate that expires soon is told before it does: by leat check, in the log, in status and metrics.
use strict;
use warnings;
use Leat::Certificate;
use Leat::Test;
use POSIX qw(strftime);
use Test::More;

my $dir = certificates();
my $day = 86400;
my %until = (late => time + 90 * $day, soon => time + 20 * $day, gone => time - $day);
certificate('ca', '/CN=Test CA');
certificate_between($_, "/CN=$_", 'ca', time - 2 * $day, $until{$_}) for keys %until;

my $leat = Leat::Test->new(workers => 1);
my $port = Leat::Test::free_port();
sub with_certificates {
    my $list = join ', ', map { "{certificate: file:$dir/$_.pem, key: file:$dir/$_.key}" } @_;
    $leat->configure("listen:\n- {address: 127.0.0.1:$leat->{port}}\n"
        . "- {address: 127.0.0.1:$port, tls: {certificates: [$list]}}\n");
}
sub iso { return strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0]) }
sub warnings_of { return grep { /certificate/ } split /\n/, $leat->leat('check')->{err} }

subtest 'leat check warns of the last three weeks' => sub {
    with_certificates('late');
    is_deeply([warnings_of()], [], 'not earlier');
    with_certificates('late', 'soon', 'gone');
    my @warnings = warnings_of();
    is(scalar @warnings, 2, 'two of three');
    my ($soon, $gone) = (iso($until{soon}), iso($until{gone}));
    like("@warnings", qr{leat\.yaml:3:\d+: warning: listen: the certificate file:\S+/soon\.pem expires at $soon},
        'one expires');
    like("@warnings", qr{the certificate file:\S+/gone\.pem expired at $gone}, 'one has');
    is($leat->leat('check')->{code}, 0, 'they are no errors');
    done_testing;
};

subtest 'the first to expire is in status and metrics' => sub {
    with_certificates('late', 'soon');
    $leat->start;
    my $metric = 'leat_tls_certificate_expires_timestamp_seconds';
    is($leat->metric($metric), $until{soon}, 'the metric');
    like($leat->ctl_json('status')->{certificate_expires}, qr/^@{[iso($until{soon})]}/, 'the status');
    like($leat->ctl('status')->{out}, qr/^certificate expires @{[iso($until{soon})]}/m, 'leatctl prints it');
    logged($leat, qr/warn .*tls\.expires at=@{[iso($until{soon})]}\S* days=(19|20)$/m, 'the log warns');
    with_certificates('late');
    is($leat->ctl('reload')->{code}, 0, 'a reload with another one');
    becomes(sub { $leat->metric($metric) }, $until{late}, 'is told');
    done_testing;
};

Leat::Test::all_done();
