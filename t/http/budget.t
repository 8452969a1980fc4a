# SPDX-License-Identifier: MIT
# The total cost of a request is bounded: steps, values and memory, whatever the request consists of.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $json = JSON::PP->new->canonical;
my $answer = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';

sub operation {
    my ($path, $media, $schema, $sql) = @_;
    my ($id) = $path =~ /(\w+)/;
    return <<"YAML";
  /$path:
    post:
      operationId: $id
      requestBody: {required: true, content: {$media: {schema: $schema}}}
      $answer
      x-sql: {returns: one, sql: "$sql"}
YAML
}
my $json_body = 'application/json';
my $form = 'application/x-www-form-urlencoded';
my $slug = "{type: string, maxLength: 64, pattern: '^([a-z0-9]+-?)*\$'}";
my $row = join ' ', '{type: object, required: [id, name], properties:',
    '{id: {type: integer}, name: {type: string, maxLength: 99}, mail: {type: string, format: email},',
    "ok: {type: boolean}, tag: {type: string, pattern: '^[a-z]+\$'}, at: {type: string, format: date-time},",
    "n: {type: number}, x: {type: [string, 'null']}}}";
my $enum = '{enum: [' . join(', ', map { "v$_" } 1 .. 500) . ']}';
my $whole = 'SELECT length(:_body) AS n';
# A form whose field j is JSON.
my $in_form = operation(form => $form, join(' ', "{type: object, properties: {j: {type: array, items: $slug},",
    'l: {type: array, items: {type: integer}}}}'), 'SELECT length(:j) AS n, :l AS l');
$in_form =~ s/(content: \{\Q$form\E: \{)/$1encoding: {j: {contentType: application\/json}}, /;
my $document = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n" . join '',
    operation(any   => $json_body, '{type: array}', $whole),
    operation(write => $json_body, '{type: array}', 'INSERT INTO t (x) VALUES (length(:_body)) RETURNING x'),
    operation(tags  => $json_body, "{type: object, properties: {tags: {type: array, items: $slug}}}",
        'SELECT length(:tags) AS n'),
    operation(names => $json_body,
        "{type: object, patternProperties: {'^(a+)+\$': {type: integer}, '^(a|aa)+\$': {}, '!': {}}}", $whole),
    operation(enums => $json_body, "{type: array, items: $enum}", $whole),
    operation(fills => $json_body,
        '{type: array, items: {type: object, properties: {a: {default: 1}, b: {default: x}}}}', $whole),
    operation(rows  => $json_body, "{type: array, items: $row}", $whole),
    operation(points => $json_body,
        '{type: object, properties: {p: {type: array, items: {type: array, items: {type: number}}}}}',
        'SELECT length(:p) AS n'),
    $in_form,
    operation(parts => 'multipart/form-data', '{type: object, properties: {j: {type: object}}}',
    'SELECT length(:j) AS n'),
    <<"YAML";
  /list:
    get:
      operationId: list
      parameters:
      - {name: tag, in: query, schema: {type: array, items: {type: string, pattern: '^([a-z0-9]+-?)*\$'}}}
      $answer
      x-sql: {returns: one, sql: "SELECT length(:tag) AS n"}
YAML
my %migrations = ('0001_t.up.sql' => 'CREATE TABLE t (x INTEGER);');
my $config = "timeouts: {request: 60s}\nwatchdog: 60s\n";
my %app = (workers => 1, config => $config, document => $document, migrations => \%migrations);

sub send_text {
    my ($leat, $path, $text, $type) = @_;
    my %headers = ('Content-Type' => $type // $json_body);
    return $leat->request('POST', $path, body => $text, seconds => 60, headers => \%headers);
}

# Returns the status, and place and keyword of the last violation.
sub verdict {
    my ($r) = @_;
    my $last = ($r->{json}{errors} // [])->[-1] or return $r->{status};
    return "$r->{status} $last->{in} $last->{keyword}: $last->{message}";
}
sub list_of { my ($unit, $bytes) = @_; return '[' . join(',', ($unit) x ($bytes / (1 + length $unit))) . ']' }
my $mebibyte = (1 << 20) - 64;
my $evil = 'a' x 26 . '0001!';

my $leat = Leat::Test->new(%app)->start;

subtest 'patterns draw on one budget, wherever their strings stand' => sub {
    my $all = qr/takes more than 7200000 steps to check \(12 for each of limits\.values\)/;
    my $steps = qr/has a string that takes too many steps to match|$all/;
    my $tags = $json->encode({tags => [map { sprintf 'aaaaaaaa%04d!', $_ } 1 .. 60000]});
    like(verdict(send_text($leat, '/tags', $tags)), qr/^422 body steps: $steps$/, 'of an array of strings');
    like(verdict(send_text($leat, '/tags', $json->encode({tags => [$evil, ('b!') x 100]}))),
        qr/^422 body steps: $steps$/, 'and one match that is too much ends it');
    is(scalar @{send_text($leat, '/tags', $json->encode({tags => [$evil, ('b!') x 100]}))->{json}{errors}}, 1,
        'nothing is said of what was not looked at');
    my $names = $json->encode({map { ('a' x 18 . "!$_" => 'x') } 1 .. 30000});
    like(verdict(send_text($leat, '/names', $names)), qr/^422 body steps: $steps$/, 'of the names of members');
    like(verdict(send_text($leat, '/form', 'j=' . $json->encode([('aaaaaaaaaaa!') x 60000]), $form)),
        qr/^422 body steps: $steps$/, 'of JSON in a form');
    like(verdict($leat->get('/list?' . join '&', ("tag=$evil") x 300)), qr/^422 query steps: $steps$/, 'of parameters');
    is(verdict(send_text($leat, '/tags', $json->encode({tags => [('read-the-tour') x 60000]}))), 200,
        'tags that match pass');
};

subtest 'a large enum over a large array is cheap' => sub {
    is(verdict(send_text($leat, '/enums', list_of('"v500"', $mebibyte))), 200, 'the last of 500 values, 150,000 times');
    like(verdict(send_text($leat, '/enums', list_of('"v501"', $mebibyte))), qr/^422 body enum: must be one of /,
        'or one that is none of them');
};

subtest 'ordinary bodies of a mebibyte pass' => sub {
    my $row = $json->encode({id => 17, name => 'Ann Example', mail => 'ann@example.org', ok => JSON::PP::true,
        tag => 'ab', at => '2026-12-24T18:00:00Z', n => 1.25, x => undef});
    is(verdict(send_text($leat, '/rows', list_of($row, $mebibyte))), 200, 'rows');
    is(verdict(send_text($leat, '/points', '{"p":' . list_of('[16.37208,48.20849]', $mebibyte) . '}')), 200,
        'coordinates');
    is(verdict(send_text($leat, '/points', '{"p":' . list_of('[-0.006929283495992422]', $mebibyte) . '}')), 200,
        'floats of 16 digits');
    is(verdict(send_text($leat, '/any', list_of($_, $mebibyte))), 200, "[$_,$_,…]")
        for '1', '{}', '[]', '""', 'null', '1.5', '"\n"', '{"":1}', '[[1]]';
};

subtest 'numbers are charged by what they cost' => sub {
    like(verdict(send_text($leat, '/any', list_of($_, $mebibyte))), qr/^422 body steps: takes more than 7200000 steps/,
        "[$_,…]") for '4e-320', '1e300';
    is(verdict(send_text($leat, '/points', '{"p":[[1e300,4e-320,1.7976931348623157e308,-0.0,100000000000000000000]]}')),
        200, 'some of them pass');
};

subtest 'memory follows the size of the body' => sub {
    my $bound = qr/\(limits\.memory, or 19 times the size of the body\)/;
    my $memory = qr/takes more than \d+ bytes of memory to read $bound/;
    like(verdict(send_text($leat, '/fills', list_of('{}', $mebibyte))),
        qr/^(?:413 body memory: $memory|422 body steps: .*)$/, 'defaults that would make much of little');
    is(verdict(send_text($leat, '/fills', list_of('{}', 3000))), 200, 'and few of them pass');
};

subtest 'a worker stays small, whatever waits in it' => sub {
    plan skip_all => 'memory is measured without sanitizers' if is_sanitized();
    my $peak = sub { (slurp('/proc/' . ($leat->worker_pids)[0] . '/status') =~ /^VmHWM:\s+(\d+)/m)[0] / 1024 };
    my $small = Leat::Test->new(%app)->start;
    my ($pid) = $small->worker_pids;
    my $of = sub { (slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m)[0] / 1024 };
    send_text($small, '/write', '[]') for 1 .. 20;
    my $before = $of->();
    is(send_text($small, '/write', list_of('1', $mebibyte))->{status}, 200, 'a mebibyte of digits is taken');
    cmp_ok($of->() - $before, '<=', 20, 'for no more than 20 MiB');
    # While another program holds the database, requests wait; the values of their bodies are freed
    # meanwhile. Leat waits for five seconds, which is short on a busy machine: those that waited longer have
    # been answered 503.
    open my $sqlite, '|-', 'sqlite3', "$small->{dir}/app.db" or die "sqlite3: $!";
    $sqlite->autoflush(1);
    print {$sqlite} "PRAGMA busy_timeout = 5000;\nBEGIN IMMEDIATE;\nSELECT 1;\n";
    wait_for(10, sub { run_command('sqlite3', "$small->{dir}/app.db", 'BEGIN IMMEDIATE')->{code} })
        or die 'the database is not held';
    my @sockets;
    for my $unit (('1', '{}', '[]', '""', '[1]', '{"":1}') x 5) {
        my $body = list_of($unit, $mebibyte);
        my $s = $small->connect;
        print {$s} "POST /write HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n",
            'Content-Length: ' . length($body) . "\r\n\r\n$body";
        push @sockets, $s;
    }
    my $begun = sub {
        my $refused = () = $small->log =~ / request method=POST route=\/write status=503 /g;
        return $refused + grep { $_->{phase} eq 'handle' } @{$small->ctl_json('requests')};
    };
    ok(wait_for(60, sub { $begun->() == 30 }), '30 of them wait for the writer');
    cmp_ok($of->(), '<=', 200, 'in no more than 200 MiB');
    print {$sqlite} "COMMIT;\n";
    close $sqlite;
    my @answers = map { Leat::Test::parse_answer(Leat::Test::read_all($_, 30)) // {status => 'none'} } @sockets;
    is(scalar(grep { $_->{status} =~ /^(?:200|503)$/ } @answers), 30, 'and all are done');
};

subtest 'the limits of values and memory are configuration' => sub {
    my $tight = Leat::Test->new(%app, config => "limits: {values: 1000, memory: 256KiB}\n")->start;
    is(verdict(send_text($tight, '/any', list_of('1', 999 * 2))), 200, 'as many values as may be');
    is(verdict(send_text($tight, '/any', list_of('1', 1000 * 2))),
        '413 body values: must have at most 1000 JSON values in total (limits.values)', 'one more');
    my $r = send_text($tight, '/any', list_of('1', 1000 * 2));
    is($r->{json}{error}, 'the body is too large', 'is a problem of the body');
    is(verdict(send_text($tight, '/form', 'j=' . list_of('"a"', 2000 * 4), $form)),
        '413 body values: must have at most 1000 JSON values in total (limits.values)', 'of a form too');
    is(verdict(send_text($tight, '/parts',
        "--B\r\nContent-Disposition: form-data; name=j\r\nContent-Type: application/json\r\n\r\n" . '{"a":'
        . list_of('[]', 9000) . "}\r\n--B--\r\n", 'multipart/form-data; boundary=B')),
        '413 body values: must have at most 1000 JSON values in total (limits.values)', 'and of a part');
    is(verdict(send_text($tight, '/any', list_of('"' . 'x' x 1000 . '"', 240 << 10))), 200, 'as much memory as may be');
    like(verdict(send_text($tight, '/any', list_of('"' . 'x' x 1000 . '"', 260 << 10))),
        qr/^413 body memory: takes more than 262144 bytes of memory/, 'more');
    like(verdict(send_text($tight, '/any', list_of('"' . '\n' x 1000 . '"', 200 << 10))), qr/^413 body memory: /,
        'and what is made of the body counts');
};
all_done;
