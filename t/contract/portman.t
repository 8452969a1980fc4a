# SPDX-License-Identifier: MIT
# The tests that portman generates from the published document: every promise, and every way to
# violate a requirement. portman.yaml contains what schemas cannot express.
use strict;
use warnings;
use JSON::PP;
use Leat::Contract;
use Leat::Test;
use Test::More;

my $portman = tester('portman');
my $leat = Leat::Test->new->start;
my $document = published($leat);
my $report = "$leat->{dir}/report.xml";
my $newman = encode_json({abortOnFailure => JSON::PP::false, reporters => ['junit'], reporter => {junit => {export => $report}}});

# It leaves files in its working directory.
my $r = run_command('env', '-C', $leat->{dir}, $portman, '--local', $document, '--baseUrl', "http://127.0.0.1:$leat->{port}/v1",
    '--portmanConfigFile', Leat::Test::source() . '/t/contract/portman.yaml', '--output', "$leat->{dir}/collection.json",
    '--runNewman', '--newmanRunOptions', $newman);
is($r->{code}, 0, 'portman runs');
my @suites = slurp($report) =~ m{<testsuite (.*?</testsuite>)}sg;
cmp_ok(scalar @suites, '>', 50, 'and tests') or diag($r->{out}, $r->{err});
for my $suite (@suites) {
    my ($request) = $suite =~ /name="([^"]*)"/;
    while ($suite =~ m{<testcase name="([^"]*)"[^>]*?(?:/>|>(.*?)</testcase>)}sg) {
        my ($test, $failure) = ($1, $2 // '');
        ok($failure !~ /<failure|<error/, "$request: $test") or diag($failure);
    }
    unlike($suite, qr/\A[^>]*errors="[1-9]/, "$request: is answered") or diag($suite);
}
all_done;
