# SPDX-License-Identifier: MIT
# What stands above the data engine works with any that keeps to db.h: here with one that answers late, out of order,
# never, or with each error (t/fixtures/fault_engine.c).
use strict;
use warnings;
use File::Copy qw(copy);
use File::Temp qw(tempdir);

# The programs, with the other worker.
my $build;
BEGIN {
    $build = $ENV{LEAT_BUILD} // 'build';
    $ENV{LEAT_BUILD} = tempdir('leat-faults-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    for (['leat', 'leat'], ['leatctl', 'leatctl'], ['t/leat-worker-faults', 'leat-worker']) {
        copy("$build/$_->[0]", "$ENV{LEAT_BUILD}/$_->[1]") or die "$build/$_->[0]: $!";
        chmod 0755, "$ENV{LEAT_BUILD}/$_->[1]";
    }
}
use Leat::Client;
use Leat::Test;
use Test::More;

my %status = slurp(Leat::Test::source() . '/lib/core/err.def') =~ /^ERR\((\w+), (\d+),/mg;
my $object = '{type: object, properties: {n: {type: string}}}';
my @operations;

# Adds GET or POST /NAME, whose statement has the orders.
sub operation {
    my ($name, $orders, %o) = @_;
    my ($method, $returns) = ($o{method} // 'get', $o{returns} // 'one');
    my $schema = $returns eq 'list' ? "{type: array, items: $object}" : $object;
    my $more = join '', map { "      $_\n" } 'x-allow-scan: true', @{$o{more} // []};
    my $sql = $method eq 'get' ? "SELECT 'fault: $orders' AS n" : "INSERT INTO t VALUES ('fault: $orders') RETURNING n";
    push @operations, <<"API";
  /$name:
    $method:
      operationId: $name
$more      responses: {"200": {description: x, content: {application/json: {schema: $schema}}}}
      x-sql: {returns: $returns, sql: "$sql"}
API
}
for my $when ('now', 'late 1') {
    operation("$_-" . $when =~ s/ .*//r, "$when error $_") for sort keys %status;
}
operation("rows$_", 'late ' . 150 * (4 - $_) . " rows $_", returns => 'list') for 1 .. 3;
operation('late', 'late 50');
operation('never', 'never');
operation('limited', 'never', more => ['x-timeout: 200ms']);
operation('write', 'late 1', method => 'post');
operation('refused', 'late 1 error BUSY', method => 'post');
operation('long', 'late 1 rows 20000', returns => 'list');
operation('broken', 'late 1 rows 20000 error STORAGE', returns => 'list');
operation('endless', 'late 1 rows 100000000', returns => 'list');

sub fresh {
    my $leat = Leat::Test->new(
        document   => qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n} . join('', @operations),
        migrations => {'0001_t.up.sql' => "CREATE TABLE t (n TEXT NOT NULL);\n"},
        config     => "workers: 1\ndrain: {grace: 0s, timeout: 1s}\n",
    );
    return $leat->start;
}
sub ask { my ($s, @paths) = @_; syswrite $s, join '', map { "GET $_ HTTP/1.1\r\nHost: a\r\n\r\n" } @paths; return $s }
sub count { my ($r) = @_; return scalar(() = ($r->{body} // '') =~ /"n":/g) }

my $leat = fresh();

subtest 'each error is answered as what it is' => sub {
    for my $name (sort keys %status) {
        for my $path (map { "/$name-$_" } qw(now late)) {
            my $r = $leat->get($path);
            is($r->{status}, $status{$name}, "$path: $status{$name}");
            unlike($r->{body}, qr/as the statement asks/, 'whose cause stays inside');
            like($r->{headers}{'retry-after'} // 'none', qr/^\d+$/, 'with a time') if $name eq 'BUSY';
        }
    }
};

subtest 'answers find their requests, whatever the order in which they come' => sub {
    my @sockets = map { ask(dial($leat->{port}), "/rows$_") } 1 .. 3;
    is(count(answer($sockets[$_ - 1], 20)), $_, "on connections of their own: $_") for 1 .. 3;
    my $s = ask(dial($leat->{port}), map { "/rows$_" } 1 .. 3);
    is(count(answer($s, 20)), $_, "on one: $_") for 1 .. 3;
};

subtest 'who has gone is not answered, and harms nobody' => sub {
    my @sockets = map { ask(dial($leat->{port}), '/late') } 1 .. 20;
    close $_ for @sockets;
    is($leat->get('/late')->{json}{n}, 'x', 'others are answered');
    is($leat->ctl_json('status')->{deaths}, 0, 'no worker died');
};

subtest 'a write is answered by what the engine says of it' => sub {
    is($leat->post('/write', {})->{status}, 200, 'done');
    is($leat->post('/refused', {})->{status}, 503, 'refused');
};

subtest 'time limits hold' => sub {
    is($leat->get('/limited')->{status}, 504, 'x-timeout');
};

subtest 'a long list is sent as it comes' => sub {
    my $r = answer(ask(dial($leat->{port}), '/long'), 30);
    is(count($r), 20000, 'whole');
    like($r->{body}, qr/\A\[\{.*\}\]\z/s, 'and an array');
    my $s = ask(dial($leat->{port}), '/broken');
    unlike(Leat::Test::read_all($s, 30), qr/\r\n0\r\n\r\n\z/, 'an error in it ends the connection');
    logged($leat, qr/stream\.broken operation=broken reason=storage /, 'and is logged');
    $s = ask(narrow($leat->{port}), '/endless');
    ok(is_readable($s, 10), 'a client has its first bytes');
    close $s;
    becomes(sub { $leat->metric('leat_streams_broken_total') }, 2, 'and leaves');
    is($leat->get('/late')->{status}, 200, 'others are answered');
};

subtest 'a drain ends, and answers who waits' => sub {
    my $own = fresh();
    my @never = map { ask(dial($own->{port}), '/never') } 1 .. 3;
    my $stalled = ask(narrow($own->{port}), '/endless');
    ok(is_readable($stalled, 10), 'a list is being sent');
    ok(wait_for(10, sub { @{$own->ctl_json('requests')} == 4 }), 'and three wait');
    $own->signal('TERM');
    is((answer($_, 20) // {status => 'none'})->{status}, 503, 'who waits is answered') for @never;
    is($own->wait_exit, 0, 'it ends');
};

all_done;
