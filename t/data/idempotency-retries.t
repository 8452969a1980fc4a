# SPDX-License-Identifier: MIT
# Retries that arrive together are done once, in one batch, across workers and when workers are killed, and
# each answer of success is the same.
use strict;
use warnings;
use IO::Handle;
use Leat::Idempotency;
use Leat::Test;
use Test::More;

my $leat = keeping(workers => 4, config => "limits: {per-address: 500}\n")->start;

# Begins a POST and does not wait for its answer.
sub begin {
    my ($key, $body) = @_;
    my $socket  = $leat->connect or return;
    my $sent    = sent('ann', qq("$key"));
    my $headers = join '', map { "$_: $sent->{$_}\r\n" } sort keys %$sent;
    syswrite $socket, "POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        . length($body) . "\r\n$headers\r\n$body";
    return $socket;
}

# Returns an answer; undef if the worker died.
sub answer {
    my ($socket) = @_;
    return $socket && Leat::Test::parse_answer(
        Leat::Test::read_all($socket, 60, sub { Leat::Test::parse_answer($_[0]) }));
}

# Checks that the answers of success are one, and one of them the first.
sub alike {
    my (@answers) = @_;
    my %texts = map { headers_of($_) => 1 } @answers;
    is(scalar keys %texts, 1, 'all are byte-equal') or diag(join "\n--\n", keys %texts);
}

subtest 'of 50 that arrive together one is done' => sub {
    for my $round (1 .. 5) {
        my @sockets = map { begin("together $round", qq({"v":"together $round"})) } 1 .. 50;
        my @answers = map { answer($_) } @sockets;
        is(scalar(grep { $_->{status} == 201 } @answers), 50, "round $round: all succeed");
        is(scalar(grep { !$_->{headers}{'idempotent-replayed'} } @answers), 1, 'one is no replay');
        alike(@answers);
    }
    is(rows($leat, "v LIKE 'together%'"), 5, 'there is one row each');
};

# While another program holds the lock, the workers gather batches of one key and of others.
subtest 'a key that is twice in a batch' => sub {
    my $lock = open my $shell, '|-', "sqlite3 $leat->{dir}/app.db >$leat->{dir}/locked";
    $shell->autoflush(1);
    print {$shell} "BEGIN EXCLUSIVE;\nSELECT 'locked';\n";
    ok($lock && wait_for(20, sub { slurp("$leat->{dir}/locked") =~ /locked/ }), 'another program holds the lock');
    my $before = $leat->metric('leat_database_writes_total');
    my @equal = map { begin('batch', '{"v":"batch"}') } 1 .. 20;
    my @other = map { begin('batch', qq({"v":"other $_"})) } 1 .. 5;
    my @plain = map { begin("plain $_", qq({"v":"plain $_"})) } 1 .. 20;
    ok(wait_for(30, sub { $leat->metric('leat_database_writes_total') - $before == 45 }), 'all wait');
    print {$shell} "COMMIT;\n";
    close $shell;
    my %plain;
    my @all = (map { answer($_) } @equal, @other);
    my @done = grep { $_->{status} == 201 } @all;
    is(scalar(grep { $_->{status} == 422 } @all), @all - @done, 'a request succeeds or is another one');
    alike(grep { $_->{json}{v} eq $done[0]{json}{v} } @done);
    is(scalar(grep { !$_->{headers}{'idempotent-replayed'} } @done), 1, 'one is done');
    is(rows($leat, "v = 'batch' OR v LIKE 'other%'"), 1, 'one row of the key');
    $plain{answer($_)->{status}}++ for @plain;
    is_deeply(\%plain, {201 => 20}, 'the other keys are not disturbed');
};

subtest 'a retry after all workers died behind the commit' => sub {
    for my $round (1 .. 3) {
        my $body   = qq({"v":"died $round"});
        my $socket = begin("died $round", $body);
        ok(wait_for(20, sub { rows($leat, "v = 'died $round'") }), "round $round: the row is there");
        kill KILL => $leat->worker_pids;
        my $lost = answer($socket);    # unless it was sent before
        my $again;
        ok(wait_for(60, sub { ($again = answer(begin("died $round", $body))) && $again->{status} == 201 }), 'repeated');
        is($again->{headers}{'idempotent-replayed'}, 'true', 'it is a replay');
        alike($again, $lost // ());
        is(rows($leat, "v = 'died $round'"), 1, 'one row');
    }
};

subtest 'retries through workers that are killed' => sub {
    my $successes = 0;
    for my $round (1 .. 6) {
        my $body    = qq({"v":"killed $round"});
        my @sockets = map { begin("killed $round", $body) } 1 .. 25;
        my ($victim) = $leat->worker_pids;
        kill KILL => $victim if $victim;
        push @sockets, map { begin("killed $round", $body) } 1 .. 25;
        my @answers = grep { $_ } map { answer($_) } @sockets;
        my $last;
        wait_for(60, sub { ($last = answer(begin("killed $round", $body))) && $last->{status} == 201 });
        my @good = grep { $_->{status} == 201 } @answers, $last;
        is(scalar(grep { $_->{status} != 201 && $_->{status} != 503 } @answers), 0, "round $round: only 503 else");
        alike(@good);
        $successes += @good;
        is(rows($leat, "v = 'killed $round'"), 1, 'one row');
    }
    cmp_ok($successes, '>', 6, 'there were retries');
};

all_done;
