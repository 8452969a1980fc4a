# SPDX-License-Identifier: MIT
# The published document is good style: redocly's linter finds nothing wrong with it.
use strict;
use warnings;
use JSON::PP;
use Leat::Contract;
use Leat::Test;
use Test::More;

my $redocly = tester('redocly');
my $source = Leat::Test::source();
my $leat = Leat::Test->new;
$leat->configure(<<YAML);
api: [{document: $source/conf/todo/api.yaml}]
database: {path: $leat->{dir}/app.db, migrations: $source/conf/todo/migrations, migrate: on-start}
identity: {roles: {admin: [stats]}}
rate-limits: {login: {rate: 10/s}, writes: {rate: 10/s}}
YAML
(my $accounts = slurp("$leat->{config_path}")) =~ s{todo/api\.yaml}{auth.yaml};
$leat->start;

# Lints the document that leat publishes.
sub is_clean {
    my @config = ('--config', "$source/t/contract/redocly.yaml");
    my $r = run_command($redocly, 'lint', @config, '--format', 'json', published($leat));
    my $report = eval { decode_json($r->{out}) };
    ok($report, 'it reports') or diag($r->{out}, $r->{err});
    for my $problem (@{$report->{problems} // []}) {
        my $where = join ', ', map { $_->{pointer} // '' } @{$problem->{location}};
        fail("$problem->{ruleId}: $problem->{message} $where");
    }
    is($r->{code}, 0, 'and finds nothing') or diag($r->{err});
}

subtest 'the document of the example is clean' => \&is_clean;

subtest 'the document of the accounts is clean' => sub {
    $leat->write('leat.yaml', $accounts);
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is_clean();
};
all_done;
