# SPDX-License-Identifier: MIT
# leat check reports all errors at once, each with its position.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my %good = (document => <<'API', migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);'});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t/{id}:
    get:
      operationId: getT
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}, v: {type: [string, "null"]}}}}}}}
      x-sql: {returns: one, sql: "SELECT id, v FROM t WHERE id = :id"}
API

sub findings { my ($leat) = @_; my $r = $leat->leat('check'); return ($r->{code}, [split /\n/, $r->{err}], $r->{out}) }

my $leat = Leat::Test->new(%good);
my ($code, $lines, $out) = findings($leat);
is("$code $out@$lines", "0 OK\n", 'a good one is OK');
ok(!-e "$leat->{dir}/app.db", 'and the check made no database');

# The configuration.
$leat->configure(<<'YAML');
workers: 0
wrokers: 3
log: {level: loud, acces: true}
limits: {body: 5 apples, depth: deep}
timeouts: {head: 10}
secret: hunter2
listen: [{address: nonsense}, {address: 127.0.0.1:0, address: 127.0.0.1:1}]
YAML
($code, $lines) = findings($leat);
is($code, 1, 'a wrong configuration: exit 1');
is(scalar @$lines, 1, 'a duplicate key ends the reading');
like($lines->[0], qr{leat\.yaml:7:\d+: address: duplicate key}, 'and is named');
$leat->configure(<<'YAML');
workers: 0
wrokers: 3
log: {level: loud, acces: true}
limits: {body: 5 apples, depth: deep}
timeouts: {head: 10}
secret: hunter2
listen: [{address: nonsense}]
user:
YAML
($code, $lines) = findings($leat);
my @want = (
    qr{leat\.yaml:1:10: workers: out of range; allowed: auto or an integer from 1 to 1024},
    qr{leat\.yaml:2:1: wrokers: unknown key; did you mean workers\?},
    qr{leat\.yaml:3:14: log\.level: not a known value; allowed: error\|warn\|info\|debug},
    qr{leat\.yaml:3:20: log\.acces: unknown key; did you mean access\?},
    qr{leat\.yaml:4:16: limits\.body: cannot be parsed; allowed: a size such as},
    qr{leat\.yaml:4:33: limits\.depth: wrong type; allowed: an integer from 1 to 512},
    qr{leat\.yaml:5:18: timeouts\.head: cannot be parsed; allowed: a duration such as},
    qr{leat\.yaml:6:9: secret: not a reference; allowed: env:NAME or file:PATH},
    qr{leat\.yaml:7:20: listen\[\]\.address: not an address; allowed: host:port},
);
is(scalar @$lines, scalar @want, 'every finding, once') or diag join "\n", @$lines;
like($lines->[$_], $want[$_], "finding $_") for 0 .. $#want;
unlike("@$lines", qr/hunter2/, 'a secret that stands there is not repeated');
$leat->configure("listen: [\n");
($code, $lines) = findings($leat);
like($lines->[0], qr{leat\.yaml:\d+:\d+: not valid YAML}, 'broken YAML');
is(run_command(Leat::Test::build() . '/leat', 'check', '-c', '/nonexistent/leat.yaml')->{err}, "/nonexistent/leat.yaml: cannot be read: No such file or directory\n", 'a missing file');

# Documents: one mistake each.
sub expect {
    my ($name, $change, @patterns) = @_;
    my $text = $good{document};
    $change->($text);
    my $one = Leat::Test->new(%good, document => $text);
    my ($status, $said) = findings($one);
    my $all = join "\n", @$said;
    is($status, 1, "$name: exit 1") or diag $all;
    like($all, $_, $name) for @patterns;
}
sub swap { my ($from, $to) = @_; return sub { $_[0] =~ s/\Q$from\E/$to/ or die "no $from" } }

expect('an unknown :name', swap('id = :id', 'id = :id AND v = :w'), qr{api\.yaml:9:\d+: getT: :w is neither a parameter nor a body property});
expect('a name of the server that is none', swap('id = :id', 'id = :id AND v = :_who'), qr{api\.yaml:9:\d+: getT: :_who is not a built-in name});
expect('a column too many', swap('SELECT id, v', 'SELECT id, v, 1 AS w'), qr{api\.yaml:9:\d+: getT: the column w is not a property});
expect('a required property without a column', swap('SELECT id, v', 'SELECT v'), qr{api\.yaml:9:\d+: getT: the response schema requires id, but no column provides it});
expect('SQL that does not prepare', swap('FROM t ', 'FROM tt '), qr{api\.yaml:9:\d+: getT: no such table: tt});
expect('two statements', swap(':id"', ':id; DELETE FROM t"'), qr{api\.yaml:9:\d+: x-sql: only one statement});
expect('a positional parameter', swap(':id"', '?1"'), qr{api\.yaml:9:\d+: x-sql: parameters must be written as :name});
expect('a GET that writes', swap('SELECT id, v FROM t WHERE id = :id', 'DELETE FROM t WHERE id = :id RETURNING id, v'), qr{api\.yaml:9:\d+: getT: GET must not write});
expect('a pragma', swap('SELECT id, v FROM t WHERE id = :id', 'PRAGMA journal_mode = DELETE'), qr{getT: a statement can only read and change rows});
expect('an unknown key', swap('returns: one', 'return: one'), qr{api\.yaml:9:\d+: x-sql: return: unknown key}, );
expect('an undeclared path parameter', swap('/t/{id}', '/t/{id}/{other}'), qr{api\.yaml:5:\d+: getT: the parameter \{other\} of the path /t/\{id\}/\{other\} is not declared});
expect('a parameter the path lacks', swap('/t/{id}', '/t/{key}'), qr{getT: the path /t/\{key\} has no \{id\}});
expect('half a segment', swap('/t/{id}', '/t/x{id}'), qr{a path parameter must be a whole segment});
expect('a $ref to nothing', swap('{type: [string, "null"]}', '{$ref: "#/components/x"}'), qr{api\.yaml:8:\d+: \$ref: #/components/x: does not resolve});
expect('a $ref to a missing file', swap('{type: [string, "null"]}', '{$ref: "no.yaml#/x"}'), qr{no\.yaml: cannot be read});
expect('a wrong type', swap('type: integer}, v', 'type: int}, v'), qr{api\.yaml:8:\d+: type: int is not a type});
expect('a version of OpenAPI', swap('3.1.0', '2.0'), qr{api\.yaml:1:\d+: openapi: must be a 3\.1\.x});
expect('a key that OpenAPI lacks', swap('operationId: getT', 'operationID: getT'), qr{api\.yaml:6:\d+: operationID: is not a field of Operation});
expect('a key that is missing', swap('title: t, ', ''), qr{api\.yaml:2:\d+: title: is missing from Info});
expect('two successes', swap('responses: {', 'responses: {"201": {description: x}, '), qr{exactly one 2xx response is required});
expect('two bindings', swap('x-sql:', "x-builtin: health.live\n      x-sql:"), qr{only one of x-sql, x-handler and x-builtin});
expect('the same template twice', sub { $_[0] .= $_[0] =~ s{^.*?paths:\n}{}sr =~ s/\{id\}/{key}/r =~ s/name: id/name: key/r =~ s/:id"/:key"/r =~ s/getT/getOther/r }, qr{getOther: GET /t/\{key\} is also matched by getT});
expect('an operationId twice', sub { $_[0] .= $_[0] =~ s{^.*?paths:\n}{}sr =~ s{/t/}{/u/}r }, qr{operationId: getT is used twice});
my $body = <<'POST';
    post:
      operationId: postT
      requestBody: {content: {application/json: {schema: {type: object, required: [v, w], properties: {v: {type: string}, w: {type: string}, id: {type: integer}}}}}}
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "UPDATE t SET v = :v WHERE id = :id"}
POST
expect('a required property that nothing uses', sub { $_[0] .= $body }, qr{postT: the required body property w is not used});
expect('a name that is both', sub { $_[0] .= $body }, qr{postT: :id is both a parameter and a body property});
my $list = <<'LIST';
  /t:
    get:
      operationId: listT
      parameters: [{name: v, in: query, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: integer}, v: {type: string}}}}}}}}
      x-sql: {returns: list, sql: "SELECT id, v FROM t", filter: {v: w, x: v}, page: {by: [nope], cursor: c}}
LIST
expect('filters and pages that name nothing', sub { $_[0] .= $list }, qr{listT: :w is neither}, qr{filter: the statement has no column x}, qr{page: by: the statement has no column nope}, qr{page: cursor: c is not a parameter}, qr{page: the response must be an object});
my $steps = <<'STEPS';
  /t:
    post:
      operationId: stepT
      responses: {"204": {description: ok}}
      x-sql:
        result: third
        steps:
        - {as: one, returns: list, sql: "SELECT id FROM t"}
        - {as: two, returns: one, sql: "SELECT :one.id, :nobody.id", else: {status: 200}}
STEPS
expect('steps that name nothing', sub { $_[0] .= $steps }, qr{result: no step has the name third}, qr{:one\.id: the step must have returns: one}, qr{:nobody\.id: no earlier step}, qr{else: status: must be from 400 to 499});

# SQL and migrations in files: file and line.
my $text = $good{document} =~ s/sql: "SELECT[^"]*"/sql: {file: get.sql}/r;
my $in_file = Leat::Test->new(%good, document => $text, files => {'get.sql' => "SELECT id,\n  v\nFROM nowhere\nWHERE id = :id\n"});
($code, $lines) = findings($in_file);
like("@$lines", qr{get\.sql:3: getT: no such table: nowhere}, 'an error in a file of SQL: its line');
my $broken = Leat::Test->new(%good, migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\nCREATE TABLE t (id);\n", '0002.up.sql' => '', 'x.sql' => '', '0003_only.down.sql' => ''});
($code, $lines) = findings($broken);
is($code, 1, 'wrong migrations');
like("@$lines", $_, 'a wrong migration is named') for qr{0002\.up\.sql: must be named 0001_name\.up\.sql}, qr{x\.sql: must end in \.up\.sql}, qr{0003_only\.down\.sql: has no matching \.up\.sql};
$broken = Leat::Test->new(%good, migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\n\nCREATE TABLE t (id);\n"});
($code, $lines) = findings($broken);
like("@$lines", qr{0001_a\.up\.sql:3: table t already exists}, 'a migration that fails: its line');
my $commit = Leat::Test->new(%good, migrations => {'0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\nCOMMIT;\n"});
($code, $lines) = findings($commit);
like("@$lines", qr{0001_a\.up\.sql:2: a migration must not begin or end transactions}, 'a migration that commits');

# An operation with no binding is a warning.
my $unbound = Leat::Test->new(%good, document => $good{document} =~ s/\n      x-sql:.*//r);
my $r = $unbound->leat('check');
is($r->{code}, 0, 'an operation without binding is no error');
like($r->{err}, qr{api\.yaml:5:\d+: warning: getT has no x-sql, x-handler or x-builtin and will answer 501}, 'but a warning');

# Usage.
my $leat_program = Leat::Test::build() . '/leat';
is(run_command($leat_program, 'nonsense')->{code}, 2, 'usage: exit 2');
is(run_command($leat_program, '--nonsense')->{code}, 2, 'an unknown option: exit 2');
is(run_command($leat_program, '--help')->{code}, 0, '--help');
like(run_command($leat_program, '--version')->{out}, qr/^leat \d+\.\d+\.\d+$/, '--version');
my $sample = run_command($leat_program, 'config', '--defaults');
my $defaults = Leat::Test->new;
$defaults->write('leat.yaml', $sample->{out});
is($defaults->leat('check')->{code}, 0, 'the sample of the defaults is a valid configuration') or diag $defaults->leat('check')->{err};
sub comments { return [grep { /^\s*#/ } split /\n/, $_[0]] }
is_deeply(comments(slurp(Leat::Test::source() . '/conf/leat.yaml')), comments($sample->{out}), "conf/leat.yaml's comments are those of the defaults");
is(run_command($leat_program, 'check', '-c', Leat::Test::source() . '/conf/leat.yaml')->{code}, 0, 'and it is valid');
all_done;
