# SPDX-License-Identifier: MIT
# When the disk of the log fills up, requests go on, lost lines are counted, and that is reported when
# there is room again; no line is mixed with another.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $leat = Leat::Test->new(workers => 1);
my $small = "$leat->{dir}/small";
mkdir $small;
system("mount -t tmpfs -o size=256k,mode=755 leat-test $small 2>/dev/null") == 0
    or plan skip_all => 'mounting a tmpfs is not allowed';
END { system "umount $small 2>/dev/null" if $small && -d $small }

$leat->configure("log: {path: small/log, format: json}\ndrain: {grace: 0s}\n");
$leat->launch;
my $started = wait_for(20, sub { slurp("$small/log") =~ /master\.ready/ && $leat->worker_pids });
my $kept = $leat->connect;
my ($sent, $answered) = (0, 0);
sub send_one {
    my $r = $leat->get('/v1/todos/1', socket => $kept, headers => {'X-Request-Id' => 'n-' . ++$sent});
    $answered++ if $r && $r->{status} == 200;
}
sub dropped { return $leat->ctl_json('status')->{log_dropped} }
# Returns complete lines, and everything else.
sub lines {
    my (@good, @bad);
    for (split /\n/, slurp("$small/log")) {
        my $line = eval { decode_json($_) };
        $line ? push @good, $line : push @bad, $_;
    }
    return (\@good, \@bad);
}

my ($bad, $good);
subtest 'serves requests while the disk is full, and reports what was lost when there is room' => sub {
    ok($started, 'a log on a small disk');
    for my $round (1 .. 3) {
        my $lost_before = dropped();
        # Fills the disk but for a few lines.
        open my $ballast, '>', "$small/ballast";
        $ballast->autoflush(1);
        my $room = sub { my ($free) = qx(df --output=avail -B1 $small) =~ /(\d+)\s*\z/; return $free };
        syswrite($ballast, 'x' x 4096) or last while $room->() > 8192;
        send_one() for 1 .. 30;
        ok(wait_for(20, sub { send_one(); dropped() >= $lost_before + 20 }),
            "round $round: the disk is full, and what is lost is counted");
        my $before = $sent - $answered;
        send_one() for 1 .. 100;
        is($answered, $sent, "round $round: requests go on");
        is($leat->ctl('log-level', 'info')->{code}, 0, "round $round: so does the master") for 1 .. 5;
        unlink "$small/ballast";
        close $ballast;
        # The first lines that find room again bring the report.
        my $said = sub {
            my ($good) = lines();
            return scalar grep { $_->{event} eq 'log.dropped' && $_->{lines} } @$good;
        };
        my $last = sub { my ($good) = lines(); return scalar grep { ($_->{id} // '') eq "n-$sent" } @$good };
        ok(wait_for(20, sub { send_one(); wait_for(1, $last) && $said->() >= $round }),
            "round $round: there is room again, and the log says so");
    }
    is($leat->ctl('log-level', 'info')->{code}, 0, 'the master logs again');
    ok(wait_for(10, sub { ($good, $bad) = lines(); grep { $_->{event} eq 'control.command' } @$good }), 'too');
    done_testing;
};

my %seen;
subtest 'logs no request twice' => sub {
    $seen{$_->{id}}++ for grep { $_->{event} eq 'request' } @$good;
    is((scalar grep { $_ > 1 } values %seen), 0, 'no request is logged twice');
    done_testing;
};

my ($reported, $counted);
subtest 'counts exactly what the log says was lost' => sub {
    my $settled = sub {
        ($good, $bad) = lines();
        $reported = 0;
        $reported += $_->{lines} for grep { $_->{event} eq 'log.dropped' } @$good;
        $counted = dropped();
        return $reported == $counted;
    };
    ok(wait_for(5, $settled), 'status counts what the log says was lost, by workers and master alike')
        or diag "said $reported, counted $counted";
    done_testing;
};

subtest 'loses nothing else, and tears only the last line before the disk was full' => sub {
    # Each lost line is one request or one command.
    my $commands = grep { $_->{event} eq 'control.command' } @$good;
    # A line of which only the end of line was lost counts as lost, though it can be read: one a round.
    my $extra = keys(%seen) + $commands + $reported - $sent - 16;
    ok($extra >= 0 && $extra <= 3, 'and nothing else is missing') or diag "$extra too many";
    cmp_ok(scalar @$bad, '<=', 6, 'a torn line is the last before the disk was full');
    is((scalar grep { /\{"time".*\{"time"/ } @$bad), 0, 'and no other line sticks to it') or diag join "\n", @$bad;
    done_testing;
};

subtest 'gives the same number in the metrics, and stops well' => sub {
    my ($metric) = $leat->ctl('metrics')->{out} =~ /^leat_log_dropped_total (\d+)$/m;
    is($metric, $counted, 'the metrics agree');
    is($leat->stop, 0, 'it stops well');
    done_testing;
};

system "umount $small";
all_done;
