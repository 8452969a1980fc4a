# SPDX-License-Identifier: MIT
# With `user`, a folder of the database that was made for root, as by StateDirectory= of the unit, is
# given to that user; one that is in use is not.
use strict;
use warnings;
use Leat::Test;
use Test::More;

plan skip_all => 'needs root' if $>;
my ($nobody, $nogroup) = (getpwnam 'nobody')[2, 3];

# Makes a leat for nobody, whose database is in the folder `data`.
sub for_nobody {
    my ($path) = @_;
    my $leat = Leat::Test->new(workers => 1)->open_to_all;
    chmod 0755, $leat->{dir};
    $leat->configure("user: nobody\n"
        . "database: {path: $path, migrations: $leat->{dir}/todo/migrations, migrate: on-start}\n");
    return $leat;
}
sub owner {
    my ($path) = @_;
    my @stat = stat $path or return 'none';
    return sprintf '%d:%d %o', @stat[4, 5], $stat[2] & 0777;
}

subtest 'a start with an empty folder of root' => sub {
    my $leat = for_nobody('data/app.db');
    mkdir "$leat->{dir}/data", 0755;
    $leat->start;
    is($leat->get('/v1/todos/1')->{status}, 200, 'serves');
    is(owner("$leat->{dir}/data"), "$nobody:$nogroup 755", 'the folder has the owner, and its mode');
    is(owner("$leat->{dir}/data/app.db"), "$nobody:$nogroup 600", 'the database too, for nobody else to read');
};

subtest 'leat migrate up' => sub {
    my $leat = for_nobody('data/app.db');
    mkdir "$leat->{dir}/data", 0700;
    my @leat = ($leat->{program}, 'migrate');
    is(run_command(@leat, 'status', '-c', $leat->{config_path})->{code}, 0, 'the status');
    is(owner("$leat->{dir}/data"), '0:0 700', 'changes nothing');
    my $r = run_command(@leat, 'up', '-c', $leat->{config_path});
    is($r->{code}, 0, 'up') or diag $r->{err};
    is(owner("$leat->{dir}/data/app.db"), "$nobody:$nogroup 600", 'makes the database');
};

subtest 'a missing folder, and a new file system' => sub {
    my $leat = for_nobody('data/app.db')->start;
    is(owner("$leat->{dir}/data/app.db"), "$nobody:$nogroup 600", 'a missing folder is made');
    my $volume = for_nobody('data/app.db');
    mkdir "$volume->{dir}/data", 0755;
    mkdir "$volume->{dir}/data/lost+found", 0700;
    $volume->start;
    is(owner("$volume->{dir}/data"), "$nobody:$nogroup 755", 'lost+found is nobody\'s use');
    is(owner("$volume->{dir}/data/lost+found"), '0:0 700', 'and stays');
};

subtest 'what is in use is not given away' => sub {
    my $other = (getpwnam 'daemon')[2];
    my @used = (['a file in it', sub { spew("$_[0]/file", '') }, 0],
        ['another owner', sub { chown $other, 0, $_[0] }, $other]);
    for (@used) {
        my ($what, $change, $owner) = @$_;
        my $leat = for_nobody('data/app.db');
        mkdir "$leat->{dir}/data", 0755;
        $change->("$leat->{dir}/data");
        $leat->launch;
        is($leat->wait_exit, 1, "$what: no start");
        like($leat->log, qr{opening the database \S+/data/app\.db: }, 'and the reason');
        is(owner("$leat->{dir}/data"), "$owner:0 755", 'the folder is as it was');
    }
    my $leat = for_nobody('link/app.db');
    mkdir "$leat->{dir}/data", 0755;
    symlink 'data', "$leat->{dir}/link";
    $leat->launch;
    is($leat->wait_exit, 1, 'a link: no start');
    is(owner("$leat->{dir}/data"), '0:0 755', 'and nothing behind it is given away');
};
all_done;
