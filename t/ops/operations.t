# SPDX-License-Identifier: MIT
# leatctl operations shows first what took most time, or what was asked for.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub operation {
    my ($name, $rows) = @_;
    return <<"PATH";
  /$name:
    get:
      operationId: $name
      parameters: [{name: n, in: query, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql:
        returns: one
        sql: |
          WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $rows)
          SELECT count(*) + coalesce(:n, 0) AS n FROM c
PATH
}
my $leat = Leat::Test->new(workers => 1, migrations => {}, document => join '',
    qq(openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n),
    operation('cheap', 1), operation('slow', 2_000_000), operation('wrong', 1))->start;

$leat->get('/cheap') for 1 .. 9;
$leat->get('/slow');
$leat->get('/wrong?n=x') for 1 .. 3;
wait_for(10, sub { $leat->metric('leat_requests_total') >= 13 });

subtest 'by the time that was spent on them, if nothing else is asked for' => sub {
    my $all = $leat->ctl_json('operations');
    my $first = $all->[0];
    is($first->{id}, 'slow', 'one slow request outweighs many cheap ones');
    cmp_ok($first->{load_percent}, '>', 50, 'it took most of the time');
    my $sum = 0;
    $sum += $_->{load_percent} for @$all;
    cmp_ok(abs($sum - 100), '<', 2, 'the shares make a whole');
    my $r = $leat->ctl('operations');
    like($r->{out}, qr/\AMETHOD ROUTE +LOAD % +REQUESTS.*\nGET +\/slow +\d+\.\d /, 'leatctl prints it first');
    done_testing;
};

subtest 'by what was asked for' => sub {
    my %first = (load => 'slow', requests => 'cheap', p99 => 'slow', errors => 'wrong');
    for my $by (sort keys %first) {
        my $r = $leat->ctl('--json', 'operations', '--by', $by);
        my ($id) = $r->{out} =~ /"id":\s*"(cheap|slow|wrong)"/;
        is($id, $first{$by}, $by);
    }
    my $r = $leat->ctl('operations', '--by', 'beauty');
    is($r->{code}, 1, 'an order that nobody knows is refused');
    like($r->{err}, qr/--by must be load, requests, p99 or errors/, 'with those that there are');
    done_testing;
};

Leat::Test::all_done();
