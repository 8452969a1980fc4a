# SPDX-License-Identifier: MIT
# The table _leat_audit keeps records for the configured time. Each new record deletes a few older ones, so
# that even a flood of records does not stay for ever.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $leat = accounts(identity => 'audit: 30d')->start;
register($leat, 'ann');
sub old { return (sql($leat, "SELECT count(*) FROM _leat_audit WHERE event = 'old'"))[0] }
sub grow {
    my ($days, $count) = @_;
    sql($leat, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $count)"
        . " INSERT INTO _leat_audit (id, at, event, actor)"
        . " SELECT -i, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-$days days'), 'old', 'somebody' FROM c");
}

subtest 'keeps records for the configured time' => sub {
    grow(29, 5);
    is(login($leat, 'ann')->{status}, 200, 'a login');
    is(old(), 5, 'what is not that old stays');
    done_testing;
};

subtest 'deletes ten older records with each new one' => sub {
    sql($leat, "DELETE FROM _leat_audit WHERE event = 'old'");
    grow(31, 45);
    is(login($leat, 'ann')->{status}, 200, 'a login') for 1, 2;
    is(old(), 25, 'ten go with each');
    is(login($leat, 'ann', password => 'not that one')->{status}, 401, 'a failure') for 1, 2;
    ok(wait_for(10, sub { old() == 5 }), 'and with each failure');
    is(register($leat, 'bob')->{status}, 201, 'an account');
    is(old(), 0, 'and with any other event, until none is left');
    is_deeply([audits($leat)], [qw(user.created login login login login.failed login.failed user.created)],
        'the young ones are all there');
    done_testing;
};

all_done;
