# SPDX-License-Identifier: MIT
# Under kill -9 of random workers and a load of reads and creates, every create that was answered 2xx
# exists exactly once, the database is intact, and the master survives.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my $kills = scale(1000);
my $workers = 16;
my $leat = Leat::Test->new(workers => $workers, config => "log: {access: false}\n")->start;
my $master = $leat->{pid};
my $dir = $leat->{dir};

# Each client creates todos with titles of its own, and records those that were answered 201.
sub client {
    my ($n) = @_;
    open my $noted, '>', "$dir/noted.$n";
    $noted->autoflush(1);
    my $i = 0;
    while (!-e "$dir/stop") {
        my $title = "client $n todo " . ++$i;
        my $r = eval { $leat->post('/v1/todos', {title => $title, list_id => 1}, seconds => 5) };
        print {$noted} "$title\n" if $r && $r->{status} == 201;
        eval { $leat->get("/v1/todos/" . (1 + int rand 1000), seconds => 5) };
    }
    POSIX::_exit(0);
}
my @clients = map { my $pid = fork; client($_) if !$pid; $pid } 1 .. 3;

# Kills one that is a second old, as younger ones that keep dying are held back on purpose.
my ($killed, %seen) = (0);
my $until = monotonic() + 240;
while ($killed < $kills && monotonic() < $until) {
    my @all = @{$leat->ctl_json('workers') // []};
    my @old = grep { $_->{state} eq 'ready' && $_->{ready_ms} > 1000 && !$seen{$_->{pid}} } @all;
    @old = sort { rand() <=> 0.5 } @old;
    for my $worker (splice @old, 0, 8) {
        $seen{$worker->{pid}}++;
        $killed += kill KILL => $worker->{pid};
        sleep 0.005;
    }
    sleep 0.02;
}
spew("$dir/stop", '');
waitpid $_, 0 for @clients;

subtest 'has its master and all workers back' => sub {
    cmp_ok($killed, '>=', $kills, "$killed workers killed");
    ok(kill(0, $master), 'the master lives');
    ok(wait_for(20, sub { my @now = $leat->worker_pids; @now == $workers }), 'and all workers are back');
    is($leat->post('/v1/todos', {title => 'afterwards', list_id => 1})->{status}, 201, 'writes go on');
    done_testing;
};

subtest 'has each create that was answered exactly once, in a whole database' => sub {
    my $noted = 0;
    my $missing = 0;
    my %count;
    $count{$_}++ for split /\n/, qx(sqlite3 $dir/app.db "SELECT title FROM todos WHERE title LIKE 'client%'");
    for my $n (1 .. 3) {
        for my $title (split /\n/, slurp("$dir/noted.$n")) {
            $noted++;
            $missing++ unless ($count{$title} // 0) == 1;
        }
    }
    ok($noted > 10, "$noted creates were answered 201");
    is($missing, 0, 'each is there exactly once');
    is(qx(sqlite3 $dir/app.db 'PRAGMA integrity_check'), "ok\n", 'the database is whole');
    is($leat->stop, 0, 'the master stops well');
    done_testing;
};

all_done;
