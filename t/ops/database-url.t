# SPDX-License-Identifier: MIT
# database.url names the engine and its place for everything that touches the database: the workers, the
# commands, the backups and the sandbox. database.path is an alias. A password in it is never shown.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new;
my $dir = $leat->{dir};
sub database { my ($where) = @_; return "database: {$where, migrations: $leat->{folder}, migrate: on-start}\n" }
sub titles { return join ' ', $leat->get('/v1/lists')->{body} =~ /"title":"(\w+)"/g }

subtest 'a path is relative to the folder of the configuration' => sub {
    $leat->configure(database('url: "sqlite:data/app.db"'));
    is($leat->leat('check')->{code}, 0, 'leat check');
    ok(!-e "$dir/data", 'makes nothing');
    is($leat->leat('migrate', 'up')->{code}, 0, 'leat migrate up');
    ok(-e "$dir/data/app.db", 'makes the file there');
    like($leat->leat('migrate', 'status')->{out}, qr/applied/, 'leat migrate status finds it');
    done_testing;
};

subtest 'workers, backups and the restoring use it' => sub {
    $leat->start;
    is($leat->post('/v1/lists', {title => 'milk'})->{status}, 201, 'a write');
    my $r = $leat->ctl('backup', "$dir/one.backup");
    is($r->{code}, 0, 'leatctl backup') or diag $r->{err};
    is($leat->post('/v1/lists', {title => 'bread'})->{status}, 201, 'another write');
    $leat->stop;
    unlink $leat->{log}; # the next start waits for its own lines
    $r = $leat->leat('restore', "$dir/one.backup");
    is($r->{code}, 0, 'leat restore') or diag $r->{err};
    $leat->start;
    is(titles(), 'Home Someday Work milk', 'put it in the place of the database');
    done_testing;
};

subtest 'either key names the same database' => sub {
    for my $where (
        'path: data/app.db',
        'url: "sqlite:data/app.db", path: data/app.db',
        "url: 'sqlite://$dir/data/app.db'",
    ) {
        $leat->configure(database($where));
        is($leat->ctl('reload')->{code}, 0, $where);
        is(titles(), 'Home Someday Work milk', 'has the same rows');
    }
    $leat->configure(database("url: 'sqlite:data/app.db', path: other.db"));
    my $r = $leat->leat('check');
    is($r->{code}, 1, 'two different ones are an error');
    like($r->{err}, qr/^\Q$dir\E\/leat\.yaml:1:17: database\.url: names another file than/, 'at its place');
    done_testing;
};

subtest 'an engine that is not there is refused, and its password is not shown' => sub {
    my $size = -s $leat->{log};
    my @rows = (
        ['postgresql://app:hunter2@db.example/app', qr/url: must not contain a password; /],
        ['postgres://app:hunter2@db.example/app',   qr/url: must not contain a password; /],
        ['mysql://app:hunter2@db.example/app',      qr/database\.url: unknown scheme; known are sqlite and postgresql/],
        ['sqlite://app:hunter2@db.example/app',     qr/database\.url: a host is not possible/],
    );
    for my $row (@rows) {
        my ($url, $what) = @$row;
        $leat->configure(database("url: '$url'"));
        for my $r ($leat->leat('check'), $leat->leat('check', '--json'), $leat->leat('migrate', 'status'),
            $leat->leat('restore', "$dir/one.backup"), $leat->ctl('reload')) {
            isnt($r->{code}, 0, 'refused');
            like("$r->{out}$r->{err}", $what, 'and says why');
            unlike("$r->{out}$r->{err}", qr/hunter2/, 'without the password');
        }
        my $other = Leat::Test->new;
        $other->configure(database("url: '$url'"));
        $other->launch;
        is($other->wait_exit, 1, 'it does not start');
        like($other->log, $what, 'the log says why');
        unlike($other->log, qr/hunter2/, 'without the password');
    }
    like(substr($leat->log, $size), qr/known are sqlite and postgresql/, 'the log of the running one has it');
    unlike($leat->log, qr/hunter2/, 'without the password');
    is(titles(), 'Home Someday Work milk', 'which serves on');
    done_testing;
};

all_done;
