# SPDX-License-Identifier: MIT
# Every schema of the JSON Schema suite's required tests is a valid component of a document.
use strict;
use warnings;
use File::Find;
use File::Temp;
use JSON::PP;
use Leat::Test;
use Test::More;

my $suite = Leat::Test::suites('json-schema-2020-12') or plan skip_all => 'the JSON Schema suite is not there';
my $json = JSON::PP->new->canonical->allow_nonref;
my $folder = File::Temp->newdir;
my %remotes;
my $note = sub { $remotes{'http://localhost:1234/' . s{^\Q$suite\E/remotes/}{}r} = $_ if /\.json$/ };
find({no_chdir => 1, wanted => $note}, "$suite/remotes");

# Returns what leat says of a document whose only component is the schema.
sub refusal {
    my ($schema) = @_;
    $schema->{'$id'} //= 'https://suite.example/schema' if ref $schema eq 'HASH'; # what '#' refers to
    my %document = (openapi => '3.1.0', info => {title => 't', version => '1'}, paths => {});
    $document{'x-schemas'} = \%remotes;
    $document{components} = {schemas => {Group => $schema}};
    spew("$folder/api.json", $json->encode(\%document));
    my $r = run_command(Leat::Test::build() . '/leat', 'diff', ("$folder/api.json") x 2);
    return $r->{code} ? $r->{err} : ();
}

subtest 'takes each schema of the suite as a component' => sub {
    my @groups = map { @{$json->decode(slurp($_))} } sort glob "$suite/tests/draft2020-12/*.json";
    cmp_ok(scalar @groups, '>', 250, 'groups of tests');
    my @refused = map { my $group = $_; map { "$group->{description}: $_" } refusal($group->{schema}) } @groups;
    is_deeply(\@refused, [], 'none is refused');
    done_testing;
};
done_testing;
