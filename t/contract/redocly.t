# SPDX-License-Identifier: MIT
# redocly's linter finds nothing wrong with the published document.
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
sub lints {
    my ($name) = @_;
    my $r = run_command($redocly, 'lint', '--config', "$source/t/contract/redocly.yaml", '--format', 'json', published($leat));
    my $report = eval { decode_json($r->{out}) };
    ok($report, "$name: it reports") or diag($r->{out}, $r->{err});
    for my $problem (@{$report->{problems} // []}) {
        my $where = join ', ', map { $_->{pointer} // '' } @{$problem->{location}};
        fail("$name: $problem->{ruleId}: $problem->{message} $where");
    }
    is($r->{code}, 0, "$name: and finds nothing") or diag($r->{err});
}
lints('the example');
$leat->write('leat.yaml', $accounts);
is($leat->ctl('reload')->{code}, 0, 'a reload');
lints('the accounts');
all_done;
