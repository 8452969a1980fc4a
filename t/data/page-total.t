# SPDX-License-Identifier: MIT
# A page tells how many rows all pages have: exactly, or up to a cap.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub list {
    my ($name, $count, $total) = @_;
    $total //= 'total: {type: integer}, ';
    return <<"API";
  /$name:
    get:
      operationId: $name
      x-allow-scan: true
      parameters: [{name: limit, in: query, schema: {type: integer}}, {name: cursor, in: query,
        schema: {type: string}}, {name: odd, in: query, schema: {type: integer}}]
      responses: {"200": {description: x, content: {application/json: {schema: {type: object,
        properties: {$total items: {type: array, items: {type: object}}, next: {type: [string, "null"]}}}}}}}
      x-sql: {returns: list, sql: "SELECT id, odd FROM t -- all", filter: {odd: odd},
        page: {by: [-id], limit: limit, cursor: cursor, count: $count}}
API
}

my $head = qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n};
my $rows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) INSERT INTO t '
    . 'SELECT i, i % 2 FROM n;';
my $table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, odd INTEGER NOT NULL);';
my %app = (migrations => {'0001_a.up.sql' => $table . $rows});
my $leat = Leat::Test->new(%app,
    document => $head
        . list('exact', 'exact')
        . list('capped', 'capped(10)')
        . list('asked', 'prefer exact')
        . list('little', 'prefer capped(10)')
        . list('long', 'prefer exact') =~ s/SELECT id, odd/SELECT id, odd, hex(zeroblob(5000)) AS pad/r)->start;

subtest 'each page has the number of rows on all pages' => sub {
    my ($cursor, @totals) = '';
    for (1 .. 5) {
        my $page = $leat->get("/exact?limit=7$cursor")->{json};
        push @totals, scalar(@{$page->{items}}) . "/$page->{total}";
        last unless defined $page->{next};
        $cursor = "&cursor=$page->{next}";
    }
    is("@totals", '7/25 7/25 7/25 4/25', 'four pages');
    is($leat->get('/exact?limit=50')->{json}{total}, 25, 'the only page');
    is($leat->get('/exact?limit=25')->{json}{total}, 25, 'a page that is exactly full');
};

subtest 'only rows that pass the filters count' => sub {
    is($leat->get("/exact?limit=2&odd=$_->[0]")->{json}{total}, $_->[1], "odd=$_->[0]") for [0, 12], [1, 13], [2, 0];
};

subtest 'a count ends at its cap' => sub {
    is($leat->get('/capped?limit=2')->{json}{total}, 10, 'of more rows');
    is($leat->get('/capped?limit=50')->{json}{total}, 10, 'on the only page too');
    is($leat->get('/capped?limit=2&odd=2')->{json}{total}, 0, 'of fewer rows it is exact');
};

# The total and what was applied, or - for none.
sub total {
    my ($path, $prefer) = @_;
    my $r = $leat->get($path, headers => {defined $prefer ? (Prefer => $prefer) : ()});
    return join ' ', map { $_ // '-' } $r->{status}, $r->{json}{total}, $r->{headers}{'preference-applied'};
}

subtest 'a client that prefers a count gets it, as far as the document allows' => sub {
    is(total('/asked?limit=2', $_->[0]), "200 $_->[1]", $_->[0] // 'none')
        for [undef, '- -'],
        ['count=exact', '25 count=exact'],
        ['count="capped(3)"', '3 count="capped(3)"'],
        ['Count=capped(30)', '25 count="capped(30)"'],
        ['wait=5, count=exact; strict, count="capped(1)"', '25 count=exact'],
        ['count="exact"', '25 count=exact'],
        ['a="b, count=\"capped(1)\", c"; d="e;f,g", count = exact', '25 count=exact'],
        ['count="ex\act";p="q,r"', '25 count=exact'];
    is(total('/little?limit=2', $_->[0]), "200 $_->[1]", "at most ten: $_->[0]")
        for ['count=exact', '10 count="capped(10)"'],
        ['count=capped(4)', '4 count="capped(4)"'],
        ['count=capped(11)', '10 count="capped(10)"'];
    is(total('/asked?limit=50', 'count=capped(7)'), '200 7 count="capped(7)"', 'on the only page too');
};

subtest 'a client can ask for less than the document counts' => sub {
    is(total('/exact?limit=2', 'count=capped(5)'), '200 5 count="capped(5)"', 'less');
    is(total('/exact?limit=2', 'count=exact'), '200 25 count=exact', 'the same');
    is(total('/exact?limit=2'), '200 25 -', 'without a word');
};

subtest 'what is not understood is ignored' => sub {
    is(total('/asked?limit=2', $_), '200 - -', $_)
        for 'count', 'count=', 'count=none', 'count=estimated', 'count=capped(0)', 'count=capped(-1)',
        'a="b, count=exact, c"', 'a; b="\\", count=exact"', 'a="b, count=exact', '"count"=exact',
        'count=capped(1', 'count=capped(99999999999999999999)', 'count=exactly', 'count="exact', 'counts=exact', ',,;=';
    is(total('/exact?limit=2', 'count=planned'), '200 25 -', 'the document counts');
};

subtest 'a page that is streamed has its count, too' => sub {
    my $r = $leat->get('/long?limit=20', headers => {Prefer => 'count=exact'});
    is(join(' ', @{$r->{headers}}{qw(transfer-encoding preference-applied)}), 'chunked count=exact', 'the head');
    is(scalar(@{$r->{json}{items}}) . " of $r->{json}{total}", '20 of 25', 'the body');
    is($leat->get('/long?limit=20')->{json}{total}, undef, 'none without the preference');
};

subtest 'caches and clients are told' => sub {
    like($leat->get('/asked?limit=2')->{headers}{vary}, qr/\bprefer\b/, 'Vary without the preference');
    my $published = $leat->get('/openapi.json')->{json};
    my $get = $published->{paths}{'/asked'}{get};
    my ($row) = grep { ($_->{'$ref'} // '') =~ m{parameters/PreferCount$} } @{$get->{parameters}};
    ok($row, 'the document has the request header');
    ok($get->{responses}{200}{headers}{'Preference-Applied'}, 'and the response header');
};

subtest 'what cannot be counted is found at load' => sub {
    for (['many', qr/count: must be exact, or capped\(N\)/],
        ['capped(0)', qr/must be exact/],
        ['capped(5', qr/must be exact/],
        ['prefer', qr/must be exact.*or prefer before either/],
        ['prefer capped(x)', qr/must be exact/],
        ['exact', qr/list: page: count: the response has no total property/, ''],
        ['exact', qr/total is integer, but the response schema says string/, 'total: {type: string}, ']) {
        my ($count, $reason, $total) = @$_;
        my $r = Leat::Test->new(%app, document => $head . list('list', $count, $total))->leat('check');
        is($r->{code}, 1, $count);
        like($r->{err}, $reason, 'the reason');
    }
    my $document = $head . list('list', 'prefer exact') =~ s/(schema: \{type: object),/$1, required: [total],/r;
    like(Leat::Test->new(%app, document => $document)->leat('check')->{err},
        qr/list: the response schema requires total, but the answer has only items\|next/,
        'a required total that is only there if asked');
};

all_done;
