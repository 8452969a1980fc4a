# SPDX-License-Identifier: MIT
# leat check reports all errors of the configuration, the documents, SQL and migrations at once, each
# with its position, and makes nothing.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $schema = '{type: object, required: [id], properties: {id: {type: integer}, v: {type: [string, "null"]}}}';
my $table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);';
my %good = (migrations => {'0001_a.up.sql' => $table}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /t/{id}:
    get:
      operationId: getT
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: $schema}}}}
      x-sql: {returns: one, sql: "SELECT id, v FROM t WHERE id = :id"}
API

# Returns the exit code, the lines of what was said, and the output.
sub findings {
    my ($leat) = @_;
    my $r = $leat->leat('check');
    return ($r->{code}, [split /\n/, $r->{err}], $r->{out});
}

subtest 'a good configuration is OK, and no database is made' => sub {
    my $leat = Leat::Test->new(%good);
    my ($code, $lines, $out) = findings($leat);
    is("$code $out@$lines", "0 OK\n", 'OK');
    ok(!-e "$leat->{dir}/app.db", 'no database');
};

subtest 'every finding of the configuration is reported once, with line, column and what is allowed' => sub {
    my $leat = Leat::Test->new(%good, config => <<'YAML');
workers: 0
wrokers: 3
log: {level: loud, acces: true}
limits: {body: 5 apples, depth: deep}
timeouts: {head: 10}
secret: hunter2
listen: [{address: nonsense}]
user:
YAML
    my ($code, $lines) = findings($leat);
    my @want = (
        qr{leat\.yaml:1:10: workers: out of range; allowed: auto or an integer from 1 to 1024},
        qr{leat\.yaml:2:1: wrokers: unknown key; did you mean workers\?},
        qr{leat\.yaml:3:14: log\.level: not a known value; allowed: error, warn, info or debug},
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
};

subtest 'a duplicate key, broken YAML or a missing file ends the reading' => sub {
    my $leat = Leat::Test->new(%good, config => <<'YAML');
workers: 0
wrokers: 3
log: {level: loud, acces: true}
limits: {body: 5 apples, depth: deep}
timeouts: {head: 10}
secret: hunter2
listen: [{address: nonsense}, {address: 127.0.0.1:0, address: 127.0.0.1:1}]
YAML
    my ($code, $lines) = findings($leat);
    is($code, 1, 'a wrong configuration: exit 1');
    is(scalar @$lines, 1, 'a duplicate key ends the reading');
    like($lines->[0], qr{leat\.yaml:7:\d+: address: duplicate key}, 'and is named');
    $leat->configure("listen: [\n");
    ($code, $lines) = findings($leat);
    like($lines->[0], qr{leat\.yaml:\d+:\d+: not valid YAML}, 'broken YAML');
    is(run_command(Leat::Test::build() . '/leat', 'check', '-c', '/nonexistent/leat.yaml')->{err},
        "/nonexistent/leat.yaml: cannot be read: No such file or directory\n", 'a missing file');
};

# Tests that the document with a change has exactly these findings among its own.
sub expect {
    my ($name, $change, @patterns) = @_;
    my $text = $good{document};
    $change->($text);
    my ($code, $lines) = findings(Leat::Test->new(%good, document => $text));
    my $all = join "\n", @$lines;
    is($code, 1, "$name: exit 1") or diag $all;
    like($all, $_, $name) for @patterns;
}
sub swap { my ($from, $to) = @_; return sub { $_[0] =~ s/\Q$from\E/$to/ or die "no $from" } }
sub add { my ($more) = @_; return sub { $_[0] .= $more } }
# Returns the only path once more, with replacements.
sub again {
    my (@pairs) = @_;
    my $path = $good{document} =~ s{^.*?paths:\n}{}sr;
    while (my ($from, $to) = splice @pairs, 0, 2) { $path =~ s/\Q$from\E/$to/ }
    return add($path);
}

subtest 'a statement that cannot work is refused at its line' => sub {
    my $select = 'SELECT id, v FROM t WHERE id = :id';
    my @rows = (
        ['an unknown :name', swap('id = :id', 'id = :id AND v = :w'),
            qr{getT: :w is neither a parameter nor a body property}],
        ['a name of the server that is none', swap('id = :id', 'id = :id AND v = :_who'),
            qr{getT: :_who is not a built-in name}],
        ['a column too many', swap('SELECT id, v', 'SELECT id, v, 1 AS w'), qr{getT: the column w is not a property}],
        ['a required property without a column', swap('SELECT id, v', 'SELECT v'),
            qr{getT: the response schema requires id, but no column provides it}],
        ['SQL that does not prepare', swap('FROM t ', 'FROM tt '), qr{getT: no such table: tt}],
        ['two statements', swap(':id"', ':id; DELETE FROM t"'), qr{x-sql: only one statement}],
        ['a positional parameter', swap(':id"', '?1"'), qr{x-sql: parameters must be written as :name}],
        ['a GET that writes', swap($select, 'DELETE FROM t WHERE id = :id RETURNING id, v'),
            qr{getT: GET must not write}],
        ['an unknown key', swap('returns: one', 'return: one'), qr{x-sql: return: unknown key}],
    );
    for my $row (@rows) {
        my ($name, $change, $pattern) = @$row;
        expect($name, $change, qr{api\.yaml:9:\d+: $pattern});
    }
    expect('a pragma', swap($select, 'PRAGMA journal_mode = DELETE'),
        qr{getT: a statement can only read and change rows});
};

subtest 'a path and its parameters must agree' => sub {
    expect('an undeclared path parameter', swap('/t/{id}', '/t/{id}/{other}'),
        qr{api\.yaml:5:\d+: getT: the parameter \{other\} of the path /t/\{id\}/\{other\} is not declared});
    expect('a parameter the path lacks', swap('/t/{id}', '/t/{key}'), qr{getT: the path /t/\{key\} has no \{id\}});
    expect('two parameters side by side', swap('/t/{id}', '/t/{id}{x}'),
        qr{getT: x-sql: /t/\{id\}\{x\}: text must stand between two parameters});
    my @renamed = ('{id}' => '{key}', 'name: id' => 'name: key', ':id"' => ':key"', getT => 'getOther');
    expect('the same template twice', again(@renamed), qr{getOther: GET /t/\{key\} is also matched by getT});
};

subtest 'what is no OpenAPI document is refused' => sub {
    my $null = '{type: [string, "null"]}';
    my @rows = (
        ['a $ref to nothing', swap($null, '{$ref: "#/components/x"}'),
            qr{api\.yaml:8:\d+: \$ref: #/components/x: does not resolve}],
        ['a $ref to a missing file', swap($null, '{$ref: "no.yaml#/x"}'), qr{no\.yaml: cannot be read}],
        ['a wrong type', swap('type: integer}, v', 'type: int}, v'), qr{api\.yaml:8:\d+: type: int is not a type}],
        ['a version of OpenAPI', swap('3.1.0', '2.0'), qr{api\.yaml:1:\d+: openapi: must be a 3\.1\.x}],
        ['a key that OpenAPI lacks', swap('operationId: getT', 'operationID: getT'),
            qr{api\.yaml:6:\d+: operationID: is not a field of Operation}],
        ['a key that is missing', swap('title: t, ', ''), qr{api\.yaml:2:\d+: title: is missing from Info}],
        ['two successes', swap('responses: {', 'responses: {"201": {description: x}, '),
            qr{getT: x-sql: status: says which of the 2xx responses is answered; found 2}],
        ['two bindings', swap('x-sql:', "x-builtin: health.live\n      x-sql:"),
            qr{only one of x-sql, x-handler and x-builtin}],
        ['an operationId twice', again('/t/' => '/u/'), qr{operationId: getT is used twice}],
    );
    expect(@$_) for @rows;
};

subtest 'names of bodies, filters, pages and steps must refer to something' => sub {
    my $body = <<'POST';
    post:
      operationId: postT
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [v, w]
              properties: {v: {type: string}, w: {type: string}, id: {type: integer}}
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "UPDATE t SET v = :v WHERE id = :id"}
POST
    expect('a required property that nothing uses', add($body), qr{postT: the required body property w is not used});
    expect('a name that is both', add($body), qr{postT: :id is both a parameter and a body property});
    expect('filters and pages that name nothing', add(<<'LIST'),
  /t:
    get:
      operationId: listT
      parameters: [{name: v, in: query, schema: {type: string}}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: array, items: {type: object, properties: {id: {type: integer}, v: {type: string}}}}
      x-sql: {returns: list, sql: "SELECT id, v FROM t", filter: {v: w, x: v}, page: {by: [nope], cursor: c}}
LIST
        qr{listT: :w is neither}, qr{filter: the statement has no column x},
        qr{page: by: the statement has no column nope}, qr{page: cursor: c is not a parameter},
        qr{page: the response must be an object});
    expect('steps that name nothing', add(<<'STEPS'),
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
        qr{result: no step has the name third}, qr{:one\.id: the step must have returns: one},
        qr{:nobody\.id: no earlier step}, qr{else: status: must be from 400 to 499});
};

subtest 'an error in a file of SQL has the line of that file' => sub {
    my $text = $good{document} =~ s/sql: "SELECT[^"]*"/sql: {file: get.sql}/r;
    my %files = ('get.sql' => "SELECT id,\n  v\nFROM nowhere\nWHERE id = :id\n");
    my ($code, $lines) = findings(Leat::Test->new(%good, document => $text, files => \%files));
    like("@$lines", qr{get\.sql:3:6: getT: no such table: nowhere}, 'line 3');
};

subtest 'migrations are checked by name, pair and content' => sub {
    my $broken = Leat::Test->new(%good, migrations => {'0001_a.up.sql' => "$table\nCREATE TABLE t (id);\n",
        '0002.up.sql' => '', 'x.sql' => '', '0003_only.down.sql' => ''});
    my ($code, $lines) = findings($broken);
    is($code, 1, 'wrong migrations');
    like("@$lines", $_, 'a wrong migration is named') for qr{0002\.up\.sql: must be named 0001_name\.up\.sql},
        qr{x\.sql: must end in \.up\.sql}, qr{0003_only\.down\.sql: has no matching \.up\.sql};
    $broken = Leat::Test->new(%good, migrations => {'0001_a.up.sql' => "$table\n\nCREATE TABLE t (id);\n"});
    ($code, $lines) = findings($broken);
    like("@$lines", qr{0001_a\.up\.sql:3: table t already exists}, 'a migration that fails: its line');
    my $commit = Leat::Test->new(%good, migrations => {'0001_a.up.sql' => "$table\nCOMMIT;\n"});
    ($code, $lines) = findings($commit);
    like("@$lines", qr{0001_a\.up\.sql:2: a migration must not begin or end transactions}, 'a migration that commits');
};

subtest 'an operation without a binding is a warning' => sub {
    my $unbound = Leat::Test->new(%good, document => $good{document} =~ s/\n      x-sql:.*//r);
    my $r = $unbound->leat('check');
    is($r->{code}, 0, 'no error');
    like($r->{err}, qr{api\.yaml:5:\d+: warning: getT has no x-sql, x-handler or x-builtin and will answer 501},
        'but a warning');
};

subtest 'a client certificate that no address asks for is a warning' => sub {
    my $scheme = 'components: {securitySchemes: {cert: {type: mutualTLS}}}';
    my $mutual = Leat::Test->new(%good, document => "$good{document}security: [{cert: []}]\n$scheme\n");
    my $r = $mutual->leat('check');
    is($r->{code}, 0, 'no error');
    like($r->{err}, qr{warning: listen: no address has tls\.client-ca, so no client certificate will be accepted},
        'but a warning');
    unlike(Leat::Test->new(%good)->leat('check')->{err}, qr/client-ca/, 'only where one is required');
};

subtest 'keys with which no worker could start are refused, if they can be read here' => sub {
    my $issuer = 'identity: {issuers: {a: {issuer: "https://a.example", audience: us, jwks: set.json}}}';
    my $key = 'identity: {keys: [{key: "file:set.json", id: k, algorithm: HS256}]}';
    for ([$issuer, '{"keys":[', qr/identity\.issuers\.a\.jwks: /], [$issuer, '[]', qr/identity\.issuers\.a\.jwks: /],
        [$key, 'short', qr/identity\.keys\[0\]: /],
        [$key =~ s/, algorithm: HS256//r, '-----BEGIN PRIVATE KEY-----', qr/identity\.keys\[0\]: /],
        [$issuer, '{"keys":[]}', undef], [$key, 'k' x 32, undef], [$key =~ s/file:set.json/env:LEAT_NONE/r, '', undef])
    {
        my ($config, $text, $pattern) = @$_;
        my $leat = Leat::Test->new(%good, files => {'set.json' => $text}, config => "$config\n");
        chmod 0600, "$leat->{dir}/set.json";
        my ($code, $lines, $out) = findings($leat);
        is($code, $pattern ? 1 : 0, "$config $text") or diag "@$lines";
        like("@$lines", $pattern ? qr{leat\.yaml:\d+:\d+: $pattern} : qr/\A(?!.*identity)/, 'at its place');
    }
};

subtest 'leat exits with 2 for wrong usage, and tells help and version' => sub {
    my $leat = Leat::Test::build() . '/leat';
    for (['nonsense: no such command', 'nonsense'], ["unrecognized option '--nonsense'", '--nonsense'],
        ['diff needs two documents', 'diff', 'a'], ['check takes no arguments', qw(check a)]) {
        my ($why, @words) = @$_;
        my $r = run_command($leat, @words);
        is($r->{code}, 2, "@words: exit 2");
        like($r->{err}, qr/leat: \Q$why\E[;\n] ?see leat --help\n\z/, 'and the reason is no line among thirty');
    }
    is(run_command($leat, '--help')->{code}, 0, '--help');
    like(run_command($leat, '--version')->{out}, qr/^leat \d+\.\d+\.\d+$/, '--version');
};

subtest 'conf/leat.yaml and leat config --defaults agree, and are valid' => sub {
    my $leat = Leat::Test::build() . '/leat';
    my $conf = Leat::Test::source() . '/conf/leat.yaml';
    my $sample = run_command($leat, 'config', '--defaults');
    my $defaults = Leat::Test->new;
    $defaults->write('leat.yaml', $sample->{out});
    like($defaults->leat('check')->{err}, qr/\A\S+: api: names no document, so that nothing would be served\n\z/,
        'the sample of the defaults lacks only a document');
    my ($ours, $theirs) = map { [grep { /^\s*#/ } split /\n/, $_] } slurp($conf), $sample->{out};
    is_deeply($ours, $theirs, "conf/leat.yaml's comments are those of the defaults");
    is(run_command($leat, 'check', '-c', $conf)->{code}, 0, 'and it is valid');
};
all_done;
