# SPDX-License-Identifier: MIT
# No request is lost by a reload: 20 HUPs under keep-alive load and under new connections, with
# broken configurations in between.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $leat = Leat::Test->new->start;
my $url = "http://127.0.0.1:$leat->{port}/v1/todos/5";
my $seconds = is_sanitized() ? 40 : 12;
my $dir = $leat->{dir};

sub background { my ($code) = @_; my $pid = fork; return $pid if $pid; $code->(); POSIX::_exit(0) }

my $wrk = background(sub { exec "wrk -c64 -t1 -d${seconds}s $url >$dir/wrk.out 2>&1" });
# curl makes a new connection for each line of the list.
spew("$dir/urls", join '', map { "url = \"$url\"\noutput = /dev/null\n" } 1 .. 20);
my @curls = map {
    my $n = $_;
    background(sub {
        my $until = time + $seconds;
        open my $out, '>', "$dir/curl.$n";
        my ($ok, $bad) = (0, 0);
        while (time < $until) {
            my $codes = qx(curl -s --no-keepalive -H 'Connection: close' -w '%{http_code} %{exitcode}\\n' --config $dir/urls);
            $_ eq '200 0' ? $ok++ : $bad++ for split /\n/, $codes;
        }
        print {$out} "$ok $bad\n";
        close $out;
    })
} 1 .. 2;

sleep 0.5;
my $good = slurp($leat->{config_path});
my ($done, $refused) = (0, 0);
for my $i (1 .. 20) {
    if ($i % 5 == 0) {
        $leat->write('leat.yaml', "workers: nonsense\n");
        my @before = sort $leat->worker_pids;
        $refused++ if $leat->ctl('reload')->{code} == 1;
        is("@{[sort $leat->worker_pids]}", "@before", 'a refused reload keeps the workers');
        $leat->write('leat.yaml', $good);
    }
    my $generation = $leat->ctl_json('status')->{generation};
    $leat->signal('HUP');
    $done++ if wait_for(10, sub { my $s = $leat->ctl_json('status'); $s->{generation} > $generation });
}
is($done, 20, '20 reloads');
is($refused, 4, 'and 4 refused ones');
waitpid $_, 0 for $wrk, @curls;
my $out = slurp("$dir/wrk.out");
like($out, qr/(\d+) requests in/, 'wrk ran');
unlike($out, qr/Socket errors|Non-2xx/, 'no request on a kept connection failed') or diag $out;
for my $n (1 .. 2) {
    my ($ok, $bad) = split ' ', slurp("$dir/curl.$n");
    ok($ok > 20, "new connections: $ok answers");
    is($bad, 0, 'and no failure');
}
unlike($leat->log, qr/worker\.died|worker\.cut/, 'no worker died, nothing was cut');
all_done;
