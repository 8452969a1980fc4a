# SPDX-License-Identifier: MIT
# A stop ends connections of TLS in order, or at once.
use strict;
use warnings;
use Leat::Test;
use Leat::Tls;
use Test::More;

my $leat = start_tls();
my $hello = good_hello();

subtest 'a drain answers what had begun, and ends every connection in order' => sub {
    $leat->configure(configuration() =~ s/^timeouts:.*\n//mr);
    is($leat->ctl('reload')->{code}, 0, 'with patience');
    my $waiting = connect_tls('names');
    is($leat->get('/who', socket => $waiting)->{status}, 200, 'idle');
    my $busy = connect_tls('names');
    is($leat->get('/who', socket => $busy)->{status}, 200, 'and not');
    syswrite $busy, "${post}Content-Length: 12\r\n\r\n{\"text\"";
    my @crowd = map { poke($hello) } 1 .. scale(300); # handshakes that never end
    my $draining = sub { scalar(() = $leat->log =~ /worker\.draining/g) };
    ok(wait_for(15, sub { !$leat->ctl_json('status')->{retiring} }), 'of the workers before nothing is left');
    my $drained = $draining->();
    $leat->signal('TERM');
    ok(wait_for(10, sub { $draining->() == $drained + 2 }), 'the drain begins');
    like(talk($busy, ':"x"}'), qr/\A(?:HTTP\/1\.1 200 .*"text":"x"\})\z/s, 'what had begun is answered');
    unlike(hung_up($busy), qr/unexpected eof/, 'and ends with a goodbye');
    unlike(hung_up($waiting), qr/unexpected eof|still connected/, 'so does the idle one');
    is($leat->wait_exit, 0, 'and leat ends');
};

subtest 'a stop at once cuts more waiting handshakes than a turn of the loop handles' => sub {
    my $short = Leat::Test->new(workers => 1);
    my $tls = "tls: {certificates: [{certificate: $dir/wild.pem, key: $dir/wild.key}]}";
    $short->configure(<<"YAML");
listen: [{address: 127.0.0.1:$short->{port}, $tls}]
drain: {grace: 0s, timeout: 0s}
YAML
    $short->start;
    my ($worker) = $short->worker_pids;
    kill STOP => $worker;
    my @all = map { my $s = $short->connect; syswrite $s, $hello; $s } 1 .. 800;
    $short->signal('TERM');
    ok(wait_for(10, sub { $short->log =~ /master\.stopping/ }), 'a stop at once');
    kill CONT => $worker;
    is($short->wait_exit, 0, 'ends');
    ok($short->log =~ /request\.cut/, '… and cuts what waited');
};

all_done;
