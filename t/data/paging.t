# SPDX-License-Identifier: MIT
# A page always leads to the next one, and a cursor is good for the list that it was made for.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $rows = 'content: {application/json: {schema: {type: object, properties: {items: {type: array, '
    . 'items: {type: object}}, next: {type: [string, "null"]}}}}}';

# Returns a paged list.
sub list {
    my ($name, $sql, $page) = @_;
    return <<"API";
  /$name:
    get:
      operationId: $name
      x-allow-scan: true
      parameters: [{name: limit, in: query, schema: {type: integer}}, {name: cursor, in: query,
        schema: {type: string}}]
      responses: {"200": {description: x, $rows}}
      x-sql: {returns: list, sql: "$sql", page: {$page, limit: limit, cursor: cursor}}
API
}

my $head     = qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n};
my $document = $head
    . list('titles', 'SELECT id, title FROM t',                 'by: [title, id]')
    . list('nulls',  'SELECT id, nullif(id, 4) AS k FROM t',    'by: [k]')
    . list('last',   'SELECT id, nullif(id, 4) AS k FROM t',    'by: [k], order: desc')
    . list('blobs',  "SELECT id, CAST(id AS BLOB) AS k FROM t", 'by: [k]')
    . list('long', q{SELECT id, iif(id = 2, printf('%011000d', 1), iif(id = 1, '', 'z')) AS k FROM t}, 'by: [k, id]')
    . list('turned', 'SELECT id, length(title) AS n FROM t',    'by: [n, id]');
my $sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT NOT NULL, raw BLOB NOT NULL);'
    . "INSERT INTO t VALUES (1, '" . '語' x 600 . "1', x'01'), (2, '" . '語' x 600 . "2', x'02'), (3, 'z', x'03'), "
    . "(4, 'zz', x'04');";
my $leat = Leat::Test->new(document => $document, migrations => {'0001_a.up.sql' => $sql})->start;

# Returns the ids of all pages, or the status of the first that fails.
sub walk {
    my ($path) = @_;
    my ($next, @ids) = '';
    for (1 .. 10) {
        my $r = $leat->get("/$path?limit=1$next");
        return "$r->{status} after @ids" if $r->{status} != 200;
        push @ids, map { $_->{id} } @{$r->{json}{items}};
        return "@ids" unless defined $r->{json}{next};
        $next = "&cursor=$r->{json}{next}";
    }
    return "no end: @ids";
}

subtest 'a long key makes a cursor that is accepted' => sub {
    is(walk('titles'), '3 4 1 2', 'keys of 1800 bytes');
};

subtest 'a key without a place in the order fails only where a cursor needs it' => sub {
    my $r = $leat->get('/last?limit=4');
    is($r->{status}, 200, 'the last page is exactly full');
    is($r->{json}{next}, undef, 'and has no next one');
    is($leat->get('/long?limit=4')->{status}, 200, 'text too long for a request, on the only page');
    is(walk('long'), '500 after 1', 'where no request could return it');
    is($leat->get('/blobs?limit=4')->{status}, 200, 'bytes on the only page');
    is($leat->get('/blobs?limit=2')->{status}, 500, 'bytes would begin again');
};

subtest 'a key of NULL is less than all others' => sub {
    is(walk('nulls'), '4 1 2 3', 'and comes first');
    is(walk('last'),  '3 2 1 4', 'and last if the column descends');
};

subtest 'a key of bytes is refused by the check' => sub {
    my $bad = Leat::Test->new(document => $head . list('raw', 'SELECT id, raw FROM t', 'by: [raw]'),
        migrations => {'0001_a.up.sql' => $sql});
    my $r = $bad->leat('check');
    like($r->{err}, qr/raw: page: by: the column raw is a BLOB/, 'the reason');
    is($r->{code}, 1, 'exit 1');
};

subtest 'a cursor of another order is refused' => sub {
    my $next = $leat->get('/turned?limit=1')->{json}{next};
    my $get = sub { return $leat->get("/turned?limit=1&cursor=$next")->{status} };
    is($get->(), 200, 'the order that it was made in');
    for my $page ('by: [n, id], order: desc', 'by: [id, n]') {
        my $text = $document;
        $text =~ s/by: \[n, id\]/$page/;
        $leat->write('api.yaml', $text);
        is($leat->ctl('reload')->{code}, 0, 'a reload');
        is($get->(), 400, $page);
    }
};

all_done;
