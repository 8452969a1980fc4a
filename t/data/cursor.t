# SPDX-License-Identifier: MIT
# Page cursors are signed by the database's own key, or by a secret that several instances share.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub next_of { return $_[0]->get('/v1/todos?limit=1')->{json}{next} }
sub status_of { my ($leat, $cursor) = @_; return $leat->get("/v1/todos?limit=1&cursor=$cursor")->{status} }

my $secret = 'correct horse battery staple';
my $own = Leat::Test->new->start;

subtest 'a cursor is good for as long as the database, whatever restarts' => sub {
    my $cursor = next_of($own);
    is(status_of($own, $cursor), 200, "the database's own key");
    is($own->ctl('reload')->{code}, 0, 'a reload');
    is(status_of($own, $cursor), 200, 'does not change it');
    $own->signal('TERM');
    $own->wait_exit;
    $own->write('log', '');
    $own->start;
    is(status_of($own, $cursor), 200, 'nor does a restart');
};

my $one = Leat::Test->new(config => "secret: file:key\n", files => {key => "$secret\n"})->start;
$ENV{LEAT_TEST_SECRET} = $secret;
my $two = Leat::Test->new(config => "secret: env:LEAT_TEST_SECRET\n")->start;

subtest "instances with one secret take each other's cursors, and none shows the secret" => sub {
    is(status_of($two, next_of($one)), 200, 'each takes those of the other');
    is(status_of($own, next_of($one)), 400, 'one without it does not');
    unlike($one->ctl('release')->{out} . $one->log, qr/battery/, 'the secret is in no release and no log');
    like($one->ctl('release')->{out}, qr{"secret":"file:}, 'only where it is');
};

subtest 'the secret is read once for each release' => sub {
    # So a replaced worker has the same one.
    my $kept = next_of($one);
    $one->write('key', "another secret, which is not in force\n");
    my ($pid) = $one->worker_pids;
    kill KILL => $pid;
    wait_for(10, sub { my @now = $one->worker_pids; @now == 2 && !grep { $_ == $pid } @now });
    is(status_of($one, $kept), 200, 'a replaced worker has the secret of its release') for 1 .. 4;
    is($one->ctl('reload')->{code}, 0, 'a reload');
    is(status_of($one, $kept), 400, 'reads it again');
    $one->write('key', 'short');
    my $short = $one->ctl('reload');
    like($short->{err}, qr/secret: file:\S+ must have from 16 to 4096 bytes/, 'a short one is refused');
};

all_done;
