# SPDX-License-Identifier: MIT
# On a read-only root file system leat needs the folders of its configuration and nothing else; what it
# cannot write it names.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $mount = 'mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro / '
    . '&& mount -o remount,bind,rw "$1" && shift && exec "$@"';
plan skip_all => 'needs root and mount namespaces'
    if $> || system('unshare', '-m', 'sh', '-c', $mount, 'sh', '/tmp', 'sh', '-c', '! touch /root/leat-test 2>&1');

sub read_only {
    my (%o) = @_;
    my $leat = Leat::Test->new(workers => 1, %o);
    $leat->{wrap} = ['unshare', '-m', 'sh', '-c', $mount, 'sh', $leat->{dir}];
    return $leat;
}

subtest 'it serves, reads and writes' => sub {
    my $leat = read_only()->start('--pid-file', '/root/leat-test.pid');
    my $r = $leat->post('/v1/todos', {title => 'a', list_id => 1});
    is($r->{status}, 201, 'a write') or diag $r->{body};
    is($leat->get('/v1/todos')->{status}, 200, 'a read');
    is($leat->ctl('reload', '--migrate')->{code}, 0, 'a reload with its rehearsal');
    logged($leat, qr{master\.pid-file pid file /root/leat-test\.pid: Read-only file system: retrying},
        'a pid file that cannot be written is named');
    sleep 3;
    is(scalar(() = $leat->log =~ /master\.pid-file/g), 1, 'once, not each second');
    is($leat->stop, 0, 'a stop');
};

my %refused = (
    'the database'   => ["database: {path: /root/leat-test/a.db, migrations: %s, migrate: on-start}\n",
        qr{opening the database /root/leat-test/a\.db: Read-only file system}],
    'the log'        => ["log: {path: /root/leat-test.log}\n", qr{log: /root/leat-test\.log: Read-only file system}],
    'the socket'     => ["control: {socket: /root/leat-test.sock}\n", qr{/root/leat-test\.sock: Read-only file system}],
);
for my $what (sort keys %refused) {
    my ($config, $pattern) = @{$refused{$what}};
    subtest "$what cannot be written" => sub {
        my $leat = read_only();
        $leat->configure($config =~ s/%s/$leat->{folder}/r);
        $leat->launch;
        ok($leat->wait_exit, 'no start');
        like($leat->log, $pattern, 'and the reason');
    };
}
all_done;
