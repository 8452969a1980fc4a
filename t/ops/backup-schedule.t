# SPDX-License-Identifier: MIT
# Scheduled backups: one at a time, when they are due, and no sooner after a reload, a restart or an upgrade.
# Older ones are removed only after a newer one was proved, and files of others never.
use strict;
use warnings;
use Leat::Test;
use POSIX qw(strftime);
use Test::More;

my $often = "backup: {folder: kept, every: 1s, keep: 3}\n";
my $daily = "backup: {folder: kept, every: 24h, keep: 3}\n";
my $leat = Leat::Test->new(config => $daily)->start;
my $dir = $leat->{dir};
my $pattern = qr/^app\.db-\d{8}T\d{6}Z\.backup\z/;
sub files { opendir(my $d, "$dir/kept") or return (); my @f = sort grep { !/^\.\.?$/ } readdir $d; return @f }
sub made { my @made = $leat->log =~ /backup\.done path=\S+\/(app\.db-\S+)/g; return @made }
sub name { my ($ago) = @_; return 'app.db-' . strftime('%Y%m%dT%H%M%SZ', gmtime(time - $ago)) . '.backup' }
sub restart { unlink "$dir/log"; return $leat->start }

subtest 'the first one is made at once' => sub {
    ok(wait_for(20, sub { made() == 1 }), 'one is made');
    my @files = files();
    is(scalar(grep { $_ =~ $pattern } @files), @files, 'and nothing else is in the folder, which was created');
    is(sprintf('%04o', (stat "$dir/kept")[2] & 07777), '0700', 'only its owner can enter it');
    is(sprintf('%04o', (stat "$dir/kept/$files[0]")[2] & 07777), '0600', 'or read the backup');
    is(qx(sqlite3 $dir/kept/$files[0] 'PRAGMA integrity_check'), "ok\n", 'it is whole');
    my $b = $leat->ctl_json('status')->{backup};
    is($b->{bytes}, -s "$dir/kept/$files[0]", 'status has its size');
    ok(!$b->{failure} && $b->{last} && $b->{next} gt $b->{last}, 'and when the next is due');
    cmp_ok(abs($leat->metric('leat_backup_last_success_timestamp_seconds') - time), '<', 60, 'so has a metric');
    is($leat->metric('leat_backup_last_bytes'), $b->{bytes}, 'one for its size');
    like($leat->metric('leat_backup_last_duration_seconds'), qr/^\d+\.\d+$/, 'and one for its duration');
    like($leat->ctl('metrics')->{out}, qr/^leat_backups_total\{result="ok"\} 1$/m, 'they are counted');
};

# Each of these asks the folder again, which is seen in the log only where a backup is made.
subtest 'none is made again after a reload, a restart or an upgrade' => sub {
    my @before = files();
    $leat->configure("$daily\nworkers: 1\n");
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    $leat->configure($daily =~ s/24h/23h/r);
    is($leat->ctl('reload')->{code}, 0, 'and one with another schedule');
    my $tomorrow = strftime('%Y-%m-%dT%H', gmtime(time + 22 * 3600));
    my $is_late = sub { ($leat->ctl_json('status')->{backup}{next} // '') gt $tomorrow };
    ok(wait_for(20, $is_late), 'the next is due tomorrow');
    my $at = (time + 2 * 3600) % 86400;
    $leat->configure($daily =~ s/24h/24h, at: ${at}s/r);
    is($leat->ctl('reload')->{code}, 0, 'and one for a time of the day');
    my $soon = sub { strftime('%Y-%m-%dT%H:%M', gmtime(time + 2 * 3600 + $_[0])) };
    my $is_soon = sub {
        my $next = $leat->ctl_json('status')->{backup}{next} // '';
        return $next ge $soon->(-120) && $next le $soon->(120);
    };
    ok(wait_for(20, $is_soon), 'the next is due at that time') or diag $leat->ctl('status')->{out};
    is($leat->stop, 0, 'a stop');
    restart();
    ok(wait_for(20, sub { $leat->ctl_json('status')->{backup}{last} }), 'the last one is known after a restart');
    is($leat->ctl('upgrade')->{code}, 0, 'an upgrade');
    waitpid $leat->{pid}, 0;
    ($leat->{pid}) = $leat->log =~ /.*master\.ready version=\S+ pid=(\d+)/s;
    ok(wait_for(20, sub { $leat->ctl_json('status')->{backup}{next} }), 'the next one is known after it');
    is_deeply([files()], \@before, 'no other one was made');
    kill TERM => $leat->{pid};
    ok(wait_for(20, sub { !-e "$dir/leat.sock" }), 'it stops');
    delete $leat->{pid};
};

subtest 'one that was missed is made soon after the start' => sub {
    my ($only) = files();
    rename "$dir/kept/$only", "$dir/kept/" . name(2 * 86400);
    restart();
    ok(wait_for(20, sub { made() == 1 }), 'at once');
    is(scalar(files()), 2, 'beside the older one');
};

subtest 'the newest are kept, and files of others' => sub {
    my @others = ('note.txt', 'app.db-20200101T000000Z.backup.gz', 'other.db-20200101T000000Z.backup',
        'app.db-20201301T000000Z.backup', 'before-the-move.backup', name(-30 * 86400));
    spew("$dir/kept/$_", 'mine') for @others;
    spew("$dir/kept/.app.db-20200101T000000Z.backup.partial$_", 'left by a crash') for '', '-journal';
    spew("$dir/kept/" . name($_ * 86400), 'old') for 3 .. 6;
    my $folder = name(9 * 86400);
    mkdir "$dir/kept/$folder";
    my $before = made();
    $leat->configure($often);
    is($leat->ctl('reload')->{code}, 0, 'a schedule of its own');
    ok(wait_for(30, sub { made() >= $before + 4 }), 'four more are made');
    $leat->configure($daily);
    is($leat->ctl('reload')->{code}, 0, 'and then no more');
    my @made = made();
    Leat::Test::settled(sub { scalar(@made = made()) });
    ok(wait_for(10, sub { @made = made(); my %is = map { $_ => 1 } files(); $is{$made[-1]} }), 'the last one is there');
    my %mine = map { $_ => 1 } @others, $folder;
    my @left = grep { !$mine{$_} && !/partial/ } files();
    is_deeply(\@left, [@made[-3 .. -1]], 'the newest three are left');
    is(scalar(grep { -e "$dir/kept/$_" } @others), @others, 'files with other names, and of other times, stay');
    is(scalar(grep { /2020.*partial/ } files()), 0, 'what a crash left is removed');
};

subtest 'age counts, too, but never for the newest' => sub {
    $leat->stop;
    my $age = 5 * 86400;
    unlink map { "$dir/kept/$_" } grep { -f "$dir/kept/$_" } files();
    spew("$dir/kept/" . name($_ * 86400), 'old') for 2, 4, 6, 8;
    $leat->configure("backup: {folder: kept, every: 24h, keep: 100, keep-for: 5d}\n");
    restart();
    ok(wait_for(20, sub { made() == 1 }), 'one is made');
    is(scalar(grep { -f "$dir/kept/$_" } files()), 3, 'those of two and four days stay');
};

subtest 'a failure is told, keeps the others, and is tried again' => sub {
    $leat->configure($often =~ s/keep: 3/keep: 1/r);
    is($leat->ctl('reload')->{code}, 0, 'a schedule');
    my $before = made();
    ok(wait_for(20, sub { made() > $before }), 'that works');
    my $sql = sub { system 'sqlite3', '-cmd', '.timeout 10000', "$dir/app.db", @_ };
    $sql->('CREATE TABLE p (id INTEGER PRIMARY KEY)', 'CREATE TABLE c (p REFERENCES p)', 'INSERT INTO c VALUES (7)');
    my $cause = qr/rows of c refer to missing rows of p/;
    logged($leat, qr/error .*backup\.failed cause="\S+ the backup is not kept, because: $cause/, 'the cause is logged');
    my @kept = grep { $_ =~ $pattern && -f "$dir/kept/$_" } files();
    is(scalar @kept, 1, 'the newest that was proved is still there');
    like($leat->ctl('status')->{out}, qr/^BACKUP      failed: .*$cause/m, 'status says so');
    my ($failed) = $leat->ctl('metrics')->{out} =~ /^leat_backups_total\{result="failed"\} (\d+)$/m;
    cmp_ok($failed, '>=', 1, 'it is counted');
    $before = made();
    $sql->('DELETE FROM c');
    ok(wait_for(20, sub { made() > $before }), 'once that is mended, the next one succeeds');
    unlike($leat->ctl('status')->{out}, qr/^BACKUP/m, 'and status is calm again');
};

subtest 'an upgrade during a backup ends that one, and makes another' => sub {
    $leat->stop;
    unlink map { "$dir/kept/$_" } grep { -f "$dir/kept/$_" } files();
    system 'sqlite3', "$dir/app.db", 'CREATE TABLE big (b)', 'WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL'
        . ' SELECT x + 1 FROM c WHERE x < 1500) INSERT INTO big SELECT randomblob(65536) FROM c';
    $leat->configure($daily);
    restart();
    ok(wait_for(20, sub { grep { -s } glob "$dir/kept/.*.partial" }), 'in the middle of a backup');
    is($leat->ctl('upgrade')->{code}, 0, 'an upgrade');
    waitpid $leat->{pid}, 0;
    ($leat->{pid}) = $leat->log =~ /.*master\.ready version=\S+ pid=(\d+)/s;
    ok(wait_for(60, sub { made() == 1 }), 'the new master makes one');
    is(scalar(grep { $_ =~ $pattern && -f "$dir/kept/$_" } files()), 1, 'and it is the only one');
    is(scalar(grep { /partial/ } files()), 0, 'nothing half is left');
    unlike($leat->log, qr/backup\.failed/, 'and nothing failed');
    kill TERM => $leat->{pid};
    ok(wait_for(20, sub { !-e "$dir/leat.sock" }), 'it stops');
    delete $leat->{pid};
    system 'sqlite3', "$dir/app.db", 'DROP TABLE big', 'VACUUM';
    $leat->configure($often);
    restart();
};

subtest 'leatctl waits for a scheduled one' => sub {
    my @failed = grep { $_->{code} } map { $leat->ctl('backup', "$dir/$_.backup") } 1 .. 20;
    is(scalar @failed, 0, 'each of twenty is made, while others are due each second') or diag $failed[0]{err};
};

subtest 'a stop during a backup is a stop' => sub {
    is($leat->stop, 0, 'at once');
    is(scalar(grep { /partial/ } files()), 0, 'and leaves nothing half');
};

subtest 'root makes the folder for the user of the workers' => sub {
    plan skip_all => 'only root can run workers as another user' if $>;
    my $other = Leat::Test->new->open_to_all;
    mkdir "$other->{dir}/data";
    my $uid = getpwnam 'nobody';
    chown $uid, -1, "$other->{dir}/data";
    my $database = "{path: $other->{dir}/data/app.db, migrations: $other->{folder}, migrate: on-start}";
    $other->configure("user: nobody\ndatabase: $database\nbackup: {folder: $other->{dir}/kept}\n");
    $other->start;
    ok(wait_for(20, sub { $other->log =~ /backup\.done/ }), 'a backup is made') or diag $other->log;
    my ($file) = glob "$other->{dir}/kept/app.db-*.backup";
    is_deeply([map { (stat $_)[4] } "$other->{dir}/kept", $file], [$uid, $uid], 'folder and backup are the user\'s');
};
all_done;
