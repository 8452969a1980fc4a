# SPDX-License-Identifier: MIT
# Leat keeps every promise of its published document: portman generates requests from it, good ones and one
# for every way to violate a requirement. portman.yaml contains what schemas cannot express.
use strict;
use warnings;
use JSON::PP;
use Leat::Contract;
use Leat::Test;
use Test::More;

my $portman = tester('portman');
my $leat = Leat::Test->new->start;
my $url = "http://127.0.0.1:$leat->{port}/v1";
my $config = Leat::Test::source() . '/t/contract/portman.yaml';
my $report = "$leat->{dir}/report.xml";
my %newman = (abortOnFailure => JSON::PP::false, reporters => ['junit'], reporter => {junit => {export => $report}});
my @suites;

subtest 'portman generates requests from the published document' => sub {
    my $document = published($leat);
    # It leaves files in its working directory.
    my $r = run_command('env', '-C', $leat->{dir}, $portman, '--local', $document, '--baseUrl', $url,
        '--portmanConfigFile', $config, '--output', "$leat->{dir}/collection.json",
        '--runNewman', '--newmanRunOptions', encode_json(\%newman));
    is($r->{code}, 0, 'portman runs');
    @suites = slurp($report) =~ m{<testsuite (.*?</testsuite>)}sg;
    cmp_ok(scalar @suites, '>', 50, 'and tests') or diag($r->{out}, $r->{err});
};
for my $suite (@suites) {
    my ($request) = $suite =~ /name="([^"]*)"/;
    subtest "$request is answered as documented" => sub {
        while ($suite =~ m{<testcase name="([^"]*)"[^>]*?(?:/>|>(.*?)</testcase>)}sg) {
            my ($test, $failure) = ($1, $2 // '');
            ok($failure !~ /<failure|<error/, $test) or diag($failure);
        }
        unlike($suite, qr/\A[^>]*errors="[1-9]/, 'it is answered') or diag($suite);
    };
}
all_done;
