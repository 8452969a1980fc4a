# SPDX-License-Identifier: MIT
# A walk through the pages of a list, in both directions, meets each of its rows once and in order: whatever the
# directions of its columns, with NULLs and equal values in them.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $rows = 'content: {application/json: {schema: {type: object, properties: {items: {type: array, '
    . 'items: {type: object}}, next: {type: [string, "null"]}, previous: {type: [string, "null"]}}}}}';

# Returns a paged list.
sub list {
    my ($name, $sql, $page) = @_;
    return <<"API";
  /$name:
    get:
      operationId: $name
      x-allow-scan: true
      parameters: [{name: limit, in: query, schema: {type: integer}}, {name: cursor, in: query,
        schema: {type: string}}, {name: odd, in: query, schema: {type: integer}}]
      responses: {"200": {description: x, $rows}}
      x-sql: {returns: list, sql: "$sql", filter: {odd: odd}, page: {$page, limit: limit, cursor: cursor}}
API
}

# Each list: the name, and its columns as in page.by. a and b have NULLs and equal values; n and m are NOT NULL.
my $seed = $ENV{LEAT_TEST_SEED} // 13;
srand $seed;
my @orders = map { [split / /] } (
    'id', '-id', 'a id', '-a id', 'a -id', '-a -id', 'n id', '-n id', '-n -id', 'n -id', '-n a -b id', 'a b id',
    '-a -b -id', 'a -b id', '-a b -id', 'b -a n -m id', '-m -n id', 'e -id', '-e id', '-e -id');
for (1 .. 10) {
    my %left = map { $_ => 1 } qw(a b n m e);
    my @by;
    for (0 .. rand 4) {
        my @names = sort keys %left;
        my $name = $names[rand @names];
        delete $left{$name};
        push @by, (rand 2 < 1 ? '' : '-') . $name;
    }
    push @orders, [@by, rand 2 < 1 ? 'id' : '-id'];
}

sub value { my @of = @_; return $of[rand @of] }
my @rows = map { {
    id => $_, a => value(undef, undef, -1, 0, 2, 2.5), b => value(undef, 'x', 'y', '', "o'k"), n => value(1, 2, 3),
    m => value('p', 'q'), odd => $_ % 2} } 1 .. 60;
sub sql { my ($v) = @_; return defined $v ? "'" . $v =~ s/'/''/gr . "'" : 'NULL' }
my $schema = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL, b TEXT, n INTEGER NOT NULL, m TEXT NOT NULL, '
    . 'odd INTEGER NOT NULL);'
    . join '', map { my $r = $_; 'INSERT INTO t VALUES (' . join(',', map { sql($r->{$_}) } qw(id a b n m odd)) . ');' }
    @rows;
my $all = "SELECT *, nullif(n, 2) AS e FROM t";
my $document = qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n} . join '', map {
    list("l$_", $all, 'by: [' . join(', ', @{$orders[$_]}) . ']')
} 0 .. $#orders;
my $leat = Leat::Test->new(document => $document, migrations => {'0001_a.up.sql' => $schema})->start;

# Compares in one column: NULL is less than all else.
sub compare {
    my ($x, $y, $is_text) = @_;
    return defined $x <=> defined $y if !defined $x || !defined $y;
    return $is_text ? $x cmp $y : $x <=> $y;
}

# Returns the ids in that order.
sub expected {
    my ($filter, @by) = @_;
    my @order = map { /^(-?)(.)/; {down => $1 ? -1 : 1, name => $_ =~ s/^-//r} } @by;
    my $of = sub { my ($r, $name) = @_; $name eq 'e' ? ($r->{n} == 2 ? undef : $r->{n}) : $r->{$name} };
    my @sorted = sort {
        my ($x, $y, $c) = ($a, $b, 0);
        for my $o (@order) {
            $c ||= $o->{down} * compare($of->($x, $o->{name}), $of->($y, $o->{name}), $o->{name} =~ /^[bm]$/);
        }
        $c;
    } grep { !defined $filter || $_->{odd} == $filter } @rows;
    return map { $_->{id} } @sorted;
}

# Walks from the page at $cursor in that direction and returns the ids of all pages in the order of the list, and the
# answer of the last page.
sub walk {
    my ($path, $direction, $cursor) = @_;
    my (@ids, $r);
    for (1 .. 200) {
        $r = $leat->get($path . (defined $cursor ? "&cursor=$cursor" : ''));
        return ["$r->{status}: @ids", $r] if $r->{status} != 200;
        my @page = map { $_->{id} } @{$r->{json}{items}};
        @ids = $direction eq 'next' ? (@ids, @page) : (@page, @ids);
        $cursor = $r->{json}{$direction};
        return ["@ids", $r] unless defined $cursor;
    }
    return ['no end', $r];
}

for my $i (0 .. $#orders) {
    my @by = @{$orders[$i]};
    subtest "by @by" => sub {
        for my $case ([1], [7], [59], [60], [7, 1]) {
            my ($limit, $odd) = @$case;
            my $path = "/l$i?limit=$limit" . (defined $odd ? "&odd=$odd" : '');
            my @want = expected($odd, @by);
            my ($ids, $last) = @{walk($path, 'next')};
            is($ids, "@want", "forward by $limit");
            my $tail = join ' ', map { $_->{id} } @{$last->{json}{items}};
            next if $tail eq "@want";
            my ($back) = @{walk($path, 'previous', $last->{json}{previous})};
            is("$back $tail", "@want", "and back by $limit");
        }
    };
}

subtest 'a page in the middle leads both ways, and the ends lead nowhere' => sub {
    my $path = '/l0?limit=25';
    my $first = $leat->get($path)->{json};
    is($first->{previous}, undef, 'nothing precedes the first page');
    my $second = $leat->get("$path&cursor=$first->{next}")->{json};
    my $third = $leat->get("$path&cursor=$second->{next}")->{json};
    is($third->{next}, undef, 'nothing follows the last');
    my $again = $leat->get("$path&cursor=$third->{previous}")->{json};
    is_deeply([map { $_->{id} } @{$again->{items}}], [26 .. 50], 'back to the one in the middle');
    my $start = $leat->get("$path&cursor=$again->{previous}")->{json};
    is_deeply([map { $_->{id} } @{$start->{items}}], [1 .. 25], 'and to the first');
    is($start->{previous}, undef, 'which nothing precedes, seen from there too');
    my $forward = $leat->get("$path&cursor=$start->{next}")->{json};
    is_deeply([map { $_->{id} } @{$forward->{items}}], [26 .. 50], 'and forward');
};

subtest 'a page that lost its rows leads to what is left' => sub {
    for (['id', 1 .. 6], ['-n id', 5, 6, 3, 4, 1, 2], ['-a id', 6, 4, 2, 1, 3, 5]) {
        my ($by, @order) = @$_;
        my $own = Leat::Test->new(
            migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, n, a, odd);'
                . 'INSERT INTO t VALUES (1,1,NULL,1),(2,1,2,1),(3,2,NULL,1),(4,2,4,1),(5,3,NULL,1),(6,3,6,1);'},
            document => qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n}
                . list('l', 'SELECT * FROM t', 'by: [' . join(', ', split / /, $by) . ']') . <<'API')->start;
  /t/{id}:
    delete:
      operationId: drop
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: x}}
      x-sql: {returns: none, sql: "DELETE FROM t WHERE id = :id"}
API
        my $drop = sub { is($own->delete("/t/$_")->{status}, 204, "$_ goes") for @_ };
        my $page = sub {
            my ($cursor) = @_;
            return $own->get('/l?odd=1&limit=2' . ($cursor ? "&cursor=$cursor" : ''))->{json};
        };
        my $shape = sub {
            my ($p) = @_;
            my @ids = map { $_->{id} } @{$p->{items}};
            return join ' ', defined $p->{previous} ? '<' : '-', @ids, defined $p->{next} ? '>' : '-';
        };
        my $second = $page->($page->()->{next});
        is($shape->($second), "< @order[2, 3] >", "by $by: the page in the middle");
        $drop->(@order[4, 5]);
        my $end = $page->($second->{next});
        is($shape->($end), '< -', 'nothing is left behind it, but before it');
        is($shape->(my $last = $page->($end->{previous})), "< @order[2, 3] -", 'the last page');
        is($shape->($page->($last->{previous})), "- @order[0, 1] >", 'and so on to the first');
        $drop->(@order[0, 1]);
        my $start = $page->($second->{previous});
        is($shape->($start), '- >', 'nothing is left before it, but behind it');
        is($shape->($page->($start->{next})), "- @order[2, 3] -", 'the first page');
        $drop->(@order[2, 3]);
        is($shape->($page->($_)), '- -', 'an empty list has one page') for $end->{previous}, $start->{next};
        $own->finish;
    }
};

subtest 'a cursor is good for its operation and direction' => sub {
    my $next = $leat->get('/l0?limit=5')->{json}{next};
    is($leat->get("/l0?cursor=$next")->{status}, 200, 'its own');
    is($leat->get("/l1?cursor=$next")->{status}, 400, 'another operation');
    my ($keys, $tag) = split /\./, $next;
    for ("LVs1XQ.$tag", $keys, "$next$next", '.', '-') {
        is($leat->get("/l0?cursor=$_")->{status}, 400, "a forged one: $_");
    }
};

subtest 'directions are given in one way' => sub {
    my $bad = Leat::Test->new(migrations => {'0001_a.up.sql' => $schema},
        document => qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n}
            . list('mixed', $all, 'by: [-n, id], order: desc'));
    my $r = $bad->leat('check');
    is($r->{code}, 1, 'exit 1');
    like($r->{err}, qr/:\d+:\d+: x-sql: page: order: cannot be used with - in by/, 'the reason');
};

all_done;
