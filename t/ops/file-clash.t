# SPDX-License-Identifier: MIT
# The folder of backups and the pid file are no path of anything else, even if neither exists yet: leat check, a start
# and a reload refuse them.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {}
YAML
my %migrations = ('0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);');
my %app = (document => $yaml, workers => 1, migrations => \%migrations);

sub fresh {
    my ($config) = @_;
    my $leat = Leat::Test->new(%app);
    mkdir "$leat->{dir}/in";
    symlink '..', "$leat->{dir}/in/up";
    $leat->configure($config // '');
    return $leat;
}
# The harness has the log.
sub names { return join ' ', grep { $_ ne 'log' } map { s{.*/}{}r } sort glob "$_[0]{dir}/*" }

subtest 'the folder of backups is no file of the database' => sub {
    for my $path ('app.db', 'in/../app.db-wal', 'in/up/app.db-shm', 'app.db.keys', 'api.yaml') {
        my $leat = fresh("backup: {folder: $path}\n");
        my $before = names($leat);
        my $r = $leat->leat('check');
        is($r->{code}, 1, "leat check refuses $path");
        like($r->{err}, qr/: backup\.folder: \S+ is also used by (?:database\.path|api\[\]\.document)$/m,
            'and says why');
        $leat->launch;
        is($leat->wait_exit, 1, 'so does a start');
        is(names($leat), $before, 'and nothing is made') if $path !~ /yaml/;
    }
};

subtest 'nor a log, a socket or a text of mail' => sub {
    for my $other ('log: {path: x}', 'log: {access-path: x}', 'control: {socket: x}', 'listen: [{address: unix:x}]',
        'mail: {from: a@example.org, file: x}')
    {
        my $r = fresh("$other\nbackup: {folder: in/../x}\n")->leat('check');
        is($r->{code}, 1, "leat check refuses $other");
        like($r->{err}, qr/\bx is also used by /, 'and says why');
    }
};

subtest 'no file in it has the name of a backup, which would be removed' => sub {
    my $name = 'app.db-20261130T030000Z.backup';
    my $leat = fresh("backup: {folder: in}\nlog: {path: in/$name}\n");
    my $r = $leat->leat('check');
    is($r->{code}, 1, 'leat check refuses it');
    like($r->{err}, qr{: log\.path: \S+/in/\Q$name\E has the name of a backup in backup\.folder$}m, 'and says why');
    for my $other ("in/other-$name", "in/app.db.log", $name) {
        is(fresh("backup: {folder: in}\nlog: {path: $other}\n")->leat('check')->{code}, 0, "not $other");
    }
    is(fresh("backup: {folder: .}\n")->leat('check')->{code}, 0, 'nor the database beside its backups');
};

subtest 'the pid file is no file of the configuration' => sub {
    my $config = "log: {path: x.log}\ncontrol: {socket: x.sock}\nmail: {from: a\@example.org, file: x.mail}\n";
    for my $name (qw(app.db app.db-wal in/../app.db-shm in/up/app.db-journal x.log x.sock x.mail)) {
        my $leat = fresh($config);
        my $r = $leat->leat('check', '--pid-file', "$leat->{dir}/$name");
        is($r->{code}, 1, "leat check refuses $name");
        like($r->{err}, qr/^pid file: \Q$leat->{dir}\E\S* is also used by \S+$/m, 'and says why');
        next if $name ne 'app.db';
        my $before = names($leat);
        $leat->launch('--pid-file', "$leat->{dir}/$name");
        is($leat->wait_exit, 1, 'so does a start');
        is(names($leat), $before, 'and nothing is made');
    }
    my $leat = fresh($config);
    is($leat->leat('check', '--pid-file', "$leat->{dir}/pid")->{code}, 0, 'another is not');
};

subtest 'not even after a reload' => sub {
    my $leat = fresh();
    $leat->launch('--pid-file', "$leat->{dir}/pid");
    ok(wait_for(20, sub { -s "$leat->{dir}/pid" }), 'a start');
    my $pid = slurp("$leat->{dir}/pid");
    $leat->configure("log: {path: pid}\n");
    my $r = $leat->ctl('reload');
    isnt($r->{code}, 0, 'refused');
    like($r->{err}, qr/^pid file: \S+ is also used by log\.path/m, 'and says why');
    is(slurp("$leat->{dir}/pid"), $pid, 'the pid file is as it was');
    is($leat->stop, 0, 'stop');
};

all_done;
