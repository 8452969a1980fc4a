# SPDX-License-Identifier: MIT
# The published document has nothing that redocly's linter complains of.
use strict;
use warnings;
use JSON::PP;
use Leat::Contract;
use Leat::Test;
use Test::More;

my $redocly = tester('redocly');
my $leat = Leat::Test->new->start;
my $document = published($leat);

my $r = run_command($redocly, 'lint', '--config', Leat::Test::source() . '/t/contract/redocly.yaml', '--format', 'json', $document);
my $report = eval { decode_json($r->{out}) };
ok($report, 'it reports') or diag($r->{out}, $r->{err});
for my $problem (@{$report->{problems} // []}) {
    my $where = join ', ', map { $_->{pointer} // '' } @{$problem->{location}};
    fail("$problem->{ruleId}: $problem->{message} $where");
}
is($r->{code}, 0, 'and finds nothing') or diag($r->{err});
all_done;
