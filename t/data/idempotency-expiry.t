# SPDX-License-Identifier: MIT
# A kept answer is replayed until its time is over; then the key is free, and the row is deleted without any
# request.
use strict;
use warnings;
use Leat::Idempotency;
use Leat::Test;
use Test::More;

my $leat = keeping(workers => 2)->start;
sub brief { return $leat->request('POST', '/v1/brief', headers => sent('ann', 'k')) }

subtest 'a key is free again when its answer has expired' => sub {
    my $first = brief();
    is($first->{status}, 200, 'the first is done');
    my $later;
    ok(wait_for(30, sub { !($later = brief())->{headers}{'idempotent-replayed'} }), 'after a while it is done again');
    is("$later->{status} $later->{json}{id}", '200 ' . ($first->{json}{id} + 1), 'and has a row of its own');
};

subtest 'expired rows are deleted without a request' => sub {
    make($leat, 'ann', 'stays', {v => 'stays'});
    sql($leat, q(INSERT INTO _leat_idempotency (subject, operation, key, request, status, headers, body, expires_at)
        SELECT 'x', 'y', value, x'00', 200, '', x'', '2020-01-01T00:00:00.000Z' FROM generate_series(1, 1000)));
    ok(wait_for(60, sub { kept($leat) == 1 }), 'all but the living one') or diag(kept($leat));
    is(sql($leat, 'SELECT key FROM _leat_idempotency'), 'stays', 'which stays');
};

subtest 'the time that an answer is kept' => sub {
    make($leat, 'ann', 'day', {v => 'day'});
    my $hours = "round((julianday(expires_at) - julianday('now')) * 24) FROM _leat_idempotency WHERE key =";
    is(sql($leat, "SELECT $hours 'day'"), '24.0', 'is a day, unless x-idempotency says otherwise');
    $leat->delete('/v1/things/' . make($leat, 'ann', undef, {v => 'hour'})->{json}{id}, headers => sent('ann', 'hour'));
    is(sql($leat, "SELECT $hours 'hour'"), '1.0', 'as it does here');
};

all_done;
