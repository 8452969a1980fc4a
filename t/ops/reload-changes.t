# SPDX-License-Identifier: MIT
# The status and the log tell what the last reload changed.
use strict;
use warnings;
use Leat::Test;
use Test::More;

sub operation {
    my ($path, $id, $sql) = @_;
    return <<"PATH";
  $path:
    get:
      operationId: $id
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "$sql"}
PATH
}
sub document { return qq(openapi: 3.1.0\ninfo: {title: $_[0], version: "1"}\npaths:\n) . join '', @_[1 .. $#_] }
my @first = (operation('/kept', 'kept', 'SELECT 1 AS n'), operation('/old', 'old', 'SELECT 1 AS n'));
my $leat = Leat::Test->new(document => document('t', @first),
    migrations => {'0001_a.up.sql' => 'CREATE TABLE a (id INTEGER PRIMARY KEY);'})->start;

sub changes {
    my (@command) = @_;
    is($leat->ctl('reload', @command)->{code}, 0, 'a reload');
    return $leat->ctl_json('status')->{reload}{changes};
}
my %nothing = map { $_ => [] } qw(documents operations keys restart migrations);

subtest 'the first start has nothing to compare with' => sub {
    ok(!defined $leat->ctl_json('status')->{reload}{changes}, 'no changes');
    unlike($leat->log, qr/reload\.changes/, 'and no event');
    done_testing;
};

subtest 'a reload of the same files changes nothing' => sub {
    is_deeply(changes(), \%nothing, 'the status says so');
    ok(logged($leat, qr/reload\.changes count=0 documents="" /), 'the log too');
    done_testing;
};

subtest 'operations, documents, keys and migrations are named' => sub {
    my $other = document('other', operation('/other', 'other', 'SELECT 1 AS n'));
    $other =~ s/^paths/servers: [{url: \/o}]\npaths/m;
    $leat->write('other.yaml', $other);
    $leat->write('api.yaml', document('new', operation('/kept', 'kept', 'SELECT 2 AS n'),
        operation('/new', 'new', 'SELECT 1 AS n')));
    $leat->configure("api: [{document: $leat->{dir}/api.yaml}, {document: $leat->{dir}/other.yaml}]\n"
        . "limits: {body: 2MiB}\nlog: {level: debug}\ncontrol: {socket: $leat->{socket}, mode: \"0660\"}\n");
    $leat->write('migrations/0002_b.up.sql', 'CREATE TABLE b (id INTEGER PRIMARY KEY);');
    is_deeply(changes('--migrate'), {
        documents  => ['added /o', 'changed /'],
        operations => ['added GET /new', 'added GET /o/other', 'changed GET /kept', 'removed GET /old'],
        keys       => [qw(api log.level limits.body)],
        restart    => ["control.mode"],
        migrations => ['0002_b'],
    }, 'each by its name');
    ok(logged($leat, qr/reload\.changes count=11 documents="added \/o, changed \/" operations="added GET \/new, /),
        'the log has them as fields');
    like($leat->ctl('status')->{out}, qr/^changed\s+operations: added GET \/new, /m, 'leatctl prints them');
    done_testing;
};

subtest 'a reload that fails has changed nothing' => sub {
    $leat->write('api.yaml', 'nonsense');
    is($leat->ctl('reload')->{code}, 1, 'it fails');
    ok(!defined $leat->ctl_json('status')->{reload}{changes}, 'no changes');
    done_testing;
};

subtest 'long lists are cut' => sub {
    $leat->write('api.yaml', document('new', map { operation("/n$_", "n$_", 'SELECT 1 AS n') } 10 .. 79));
    my $operations = changes()->{operations};
    is(scalar @$operations, 51, 'fifty, and one for the others');
    is($operations->[50], 'and 22 more', 'which counts them');
    done_testing;
};

Leat::Test::all_done();
