# SPDX-License-Identifier: MIT
# No request is lost by a reload: 200 of them under keep-alive load and under new connections, many
# triggered by two HUPs 10 ms apart, with broken configurations in between.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $leat = Leat::Test->new(config => "log: {access: false}\ndrain: {grace: 300ms, timeout: 20s}\n")->start;
my $url = "http://127.0.0.1:$leat->{port}/v1/todos/5";
my $dir = $leat->{dir};
my $reloads = scale(200);

sub background { my ($code) = @_; my $pid = fork // die; return $pid if $pid; $code->(); POSIX::_exit(0) }

my $wrk = background(sub { exec "exec wrk -c32 -t1 -d600s --timeout 60s $url >$dir/wrk.out 2>&1" });
# curl makes a new connection for each line of the list.
spew("$dir/urls", join '', map { "url = \"$url\"\noutput = /dev/null\n" } 1 .. 20);
my @curls = map {
    my $n = $_;
    background(sub {
        my ($ok, $bad) = (0, '');
        until (-e "$dir/stop") {
            my $curl = "curl -s --no-keepalive -H 'Connection: close' -w '%{http_code} %{exitcode}\\n'";
            my $codes = qx($curl --config $dir/urls);
            $_ eq '200 0' ? $ok++ : ($bad .= "$_\n") for split /\n/, $codes;
        }
        spew("$dir/curl.$n", "$ok\n$bad");
    })
} 1 .. 2;

my $good = slurp($leat->{config_path});
my $first = $leat->ctl_json('status')->{generation};
my ($generation, $round, $broken, $refused, $kept, $doubled) = ($first, 0, 0, 0, 0, 0);
while ($generation - $first < $reloads) {
    if (++$round % 15 == 0) {
        $leat->write('leat.yaml', "workers: nonsense\n");
        my @before = sort $leat->worker_pids;
        $broken++;
        $refused++ if $leat->ctl('reload')->{code} == 1;
        $kept++ if "@{[sort $leat->worker_pids]}" eq "@before";
        $leat->write('leat.yaml', $good);
    }
    $leat->signal('HUP');
    if ($round % 2) { sleep 0.01; $leat->signal('HUP') }
    my $status;
    my $is_done = sub {
        $status = $leat->ctl_json('status');
        return $status->{generation} > $generation && $status->{reload}{state} eq 'idle';
    };
    wait_for(20, $is_done) or last;
    # A refused reload takes a number too, but no generation of that number serves.
    $doubled++ if $status->{generation} - $generation == 2;
    $generation = $status->{generation};
}
subtest 'reloads for two HUPs, and keeps its workers where it refuses' => sub {
    cmp_ok($generation - $first, '>=', $reloads, "$reloads reloads");
    cmp_ok($doubled, '>', 0, "$doubled times two HUPs were two reloads");
    is("$refused $kept", "$broken $broken", "and $broken refused ones, which kept the workers");
    done_testing;
};

spew("$dir/stop", '');
waitpid $_, 0 for @curls;
kill INT => $wrk;
waitpid $wrk, 0;

subtest 'fails no request on kept and on new connections' => sub {
    my $out = slurp("$dir/wrk.out");
    like($out, qr/[1-9]\d* requests in/, 'wrk ran');
    unlike($out, qr/Socket errors|Non-2xx/, 'no request on a kept connection failed') or diag $out;
    for my $n (1 .. 2) {
        my ($ok, @bad) = split /\n/, slurp("$dir/curl.$n");
        ok($ok > 20, "new connections: $ok answers");
        is("@bad", '', 'and no failure');
    }
    done_testing;
};

subtest 'leaves no old worker, and cuts nothing' => sub {
    ok(wait_for(30, sub { $leat->ctl_json('status')->{retiring} == 0 }), 'no old worker stays');
    is(scalar($leat->worker_pids), 2, 'two workers serve');
    unlike($leat->log, qr/worker\.died|request\.cut|generation\.killed/, 'no worker died, nothing was cut');
    done_testing;
};

all_done;
