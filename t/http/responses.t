# SPDX-License-Identifier: MIT
# Answers have an acceptable media type, are written by their schema, are validated if that is configured,
# and are packed for those who ask.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Uncompress::Gunzip qw(gunzip);
use Leat::Test;
use Test::More;

my $table = 'CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL, password TEXT NOT NULL);';
my %document = (migrations => {'0001_a.up.sql' => $table}, document => <<'API');
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /thing:
    get:
      operationId: thing
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS id, 'n' AS name, NULL AS note, 1 AS done, '[1,2]' AS tags, 1.5 AS ratio,
        'secret' AS password"}
    post:
      operationId: makeThing
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name],
        properties: {name: {type: string}, password: {type: string, writeOnly: true}}}}}}
      responses: {"201": {description: made,
        content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
      x-sql: {returns: one, location: "/thing/{id}",
        sql: "INSERT INTO things (name, password) VALUES (:name, coalesce(:password, 'secret')) RETURNING id, name, NULL
        AS note, 0 AS done, '[]' AS tags, 0.5 AS ratio, password"}
  /things:
    get:
      operationId: things
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array,
        items: {$ref: "#/components/schemas/Thing"}}}}}}
      x-sql: {returns: list, max-rows: 9, sql: "SELECT id, name, NULL AS note, 0 AS done, '[]' AS tags, 0.5 AS ratio,
        password FROM things WHERE name <> '' ORDER BY id"}
  /vendor:
    get:
      operationId: vendor
      responses: {"200": {description: ok, content: {text/csv: {},
        application/vnd.t+json: {schema: {type: object, properties: {v: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS v"}
  /nothing:
    delete:
      operationId: nothing
      responses: {"204": {description: gone}}
      x-sql: {returns: none, sql: "DELETE FROM things WHERE name = 'no such'"}
  /bad/{how}:
    get:
      operationId: bad
      parameters: [{name: how, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [state, day, must]
                additionalProperties: false
                properties: {state: {enum: [open, done]}, day: {type: string, format: date},
                  must: {type: [string, "null"], minLength: 2}, tags: {type: array, items: {type: integer}},
                  o: {type: object, required: [a], additionalProperties: false, properties: {a: {type: integer}}}}
      x-sql:
        returns: one
        sql: >-
          SELECT CASE :how WHEN 'enum' THEN 'half' WHEN 'quote' THEN 'a"b' || char(10) || 'c' ELSE 'open' END AS state,
          CASE :how WHEN 'format' THEN 'today' ELSE '2024-01-01' END AS day,
          CASE :how WHEN 'short' THEN 'x' WHEN 'null' THEN NULL ELSE 'there' END AS must,
          CASE :how WHEN 'items' THEN '[1,"x",2,"y"]' ELSE '[]' END AS tags,
          CASE :how WHEN 'missing' THEN '{}' WHEN 'extra' THEN '{"a":1,"b":2}' ELSE '{"a":1}' END AS o
  /page:
    get:
      operationId: page
      parameters: [{name: cursor, in: query, schema: {type: string}}, {name: limit, in: query, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [items, next],
        properties: {items: {type: array, items: {type: object,
        properties: {id: {type: integer}, name: {type: string, maxLength: 3}}}}, next: {type: [string, "null"]}}}}}}}
      x-sql: {returns: list, sql: "SELECT id, name FROM things", page: {by: [id], limit: limit, cursor: cursor}}
  /count:
    delete:
      operationId: count
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {count: {type: integer, maximum: 0}}}}}}}
      x-sql: {returns: count, sql: "DELETE FROM things WHERE name = 'counted'"}
  /made:
    post:
      operationId: made
      responses: {"201": {description: made, content: {application/json: {schema: {type: object,
        properties: {id: {type: integer, minimum: 1000}}}}}}}
      x-sql: {returns: one, location: "/things/{id}",
        sql: "INSERT INTO things (name, password) VALUES ('', '') RETURNING id"}
  /nested:
    get:
      operationId: nested
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {o: {type: object, properties: {a: {type: integer}, secret: {type: string, writeOnly: true}}}}}}}}}
      x-sql: {returns: one, sql: "SELECT json_object('a', 1, 'secret', 'hush') AS o"}
  /twice:
    get:
      operationId: twice
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {o: {type: object, properties: {a: {type: integer}, secret: {type: string, writeOnly: true}}}}}}}}}
      x-sql: {returns: one, sql: "SELECT '{\"a\":1,\"secret\":\"hush\",\"a\":2}' AS o"}
  /size/{n}:
    get:
      operationId: size
      parameters: [{name: n, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object,
        properties: {v: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT printf('%.*c', :n - 8, 'x') AS v"}
components:
  schemas:
    Thing:
      type: object
      required: [id, name, note, done, tags, password]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}, note: {type: [string, "null"]},
        done: {type: boolean}, tags: {type: array, items: {type: integer}}, ratio: {type: number},
        password: {type: string, writeOnly: true}}
API
my $trusted = Leat::Test->new(workers => 1, %document, config => "compression: 1000\n")->start;
my $strict = Leat::Test->new(workers => 1, %document, config => "responses: strict\ncompression: 0\n")->start;

# Negotiation (RFC 9110, 12.5.1): field, status.
my @accept = (
    ['', 200], ['*/*', 200], ['application/json', 200], ['APPLICATION/Json', 200], ['application/*', 200],
    ['application/json; charset=utf-8', 200], ['text/html, application/json;q=0.1', 200],
        ['text/html,*/*;q=0.001', 200],
    ['text/html', 406], ['text/*', 406], ['application/xml, text/html;q=0.9', 406], ['application/vnd.t+json', 406],
    ['application/json;q=0', 406], ['application/json;q=0.000, */*', 406], ['*/*;q=0', 406],
        ['application/*;q=0, */*', 406],
    ['application/json, */*;q=0', 200], ['application/json;q=1, application/*;q=0', 200],
        ['*/*;q=0, application/*', 200],
    [' , ,application/json', 200], ['application/problem+json', 406], ['*', 406], ['application/json ; q=0', 406],
        ['application/json;Q=0.0', 406],
);

subtest 'the media type is negotiated by every line of Accept (RFC 9110, 12.5.1)' => sub {
    for my $row (@accept) {
        my $r = $trusted->get('/thing', headers => {Accept => $row->[0]});
        is($r->{status}, $row->[1], "Accept: $row->[0]");
        is($r->{headers}{'content-type'}, $row->[1] == 200 ? 'application/json' : 'application/problem+json',
            'the type of the answer');
    }
    my $get = "GET /thing HTTP/1.1\r\nHost: a";
    for (['text/html', 'application/json', 200], ['*/*', 'application/json;q=0', 406],
        ['application/json', 'text/html', 200], ['', 'text/html', 406])
    {
        my ($first, $second, $status) = @$_;
        like($trusted->raw("$get\r\nAccept: $first\r\nAccept: $second\r\n\r\n"), qr/^HTTP\/1.1 $status /,
            "Accept in two lines: $first | $second");
    }
};

subtest 'the first JSON type of the document is what it answers' => sub {
    my $r = $trusted->get('/vendor', headers => {Accept => 'application/vnd.t+json'});
    is("$r->{status} $r->{headers}{'content-type'} $r->{body}", '200 application/vnd.t+json {"v":1}',
        'the first JSON type of the document answers');
    for (['application/json', 406], ['text/csv', 406], ['application/*', 200]) {
        my ($type, $status) = @$_;
        is($trusted->get('/vendor', headers => {Accept => $type})->{status}, $status, "it is that or nothing: $type");
    }
};

subtest 'problems and empty answers are acceptable to everyone, and what cannot be answered is not begun' => sub {
    is($trusted->delete('/nothing', headers => {Accept => 'text/html'})->{status}, 204,
        'no body is acceptable to everyone');
    for (['GET', '/no/where', 404], ['PUT', '/thing', 405], ['POST', '/thing', 400, ''], ['POST', '/thing', 400, '{']) {
        my ($method, $path, $status, $body) = @$_;
        my %accept = (Accept => 'application/json;q=1, text/html');
        my $r = $trusted->request($method, $path, headers => \%accept, body => $body);
        is("$r->{status} $r->{headers}{'content-type'}", "$status application/problem+json",
            "a problem in spite of Accept: $status");
    }
    is($trusted->request('POST', '/thing', headers => {Accept => 'text/html'}, body => '{')->{status}, 406,
        'what cannot be answered is not begun');
    is($trusted->request('HEAD', '/thing', headers => {Accept => 'text/html'})->{status}, 406, 'HEAD as well');
};

my %thing = (id => 1, name => 'n', note => undef, done => JSON::PP::true, tags => [1, 2], ratio => 1.5);
my %made = (id => 1, name => 'a', note => undef, done => JSON::PP::false, tags => [], ratio => 0.5);

subtest 'answers are written by their schema, without what is writeOnly' => sub {
    for my $leat ($trusted, $strict) {
        my $how = $leat == $strict ? 'strict' : 'trusted';
        is_deeply($leat->get('/thing')->{json}, \%thing, "$how: types, null, and nothing that is writeOnly");
        my $r = $leat->post('/thing', {name => 'a', password => 'hush'});
        is_deeply([$r->{status}, $r->{headers}{location}, $r->{json}], [201, '/thing/1', \%made],
            "$how: neither of a write")
            or diag $r->{body};
        unlike($leat->get('/things')->{body}, qr/hush|password/, "$how: nor in a list");
        is($leat->get('/things')->{json}[0]{name}, 'a', "$how: which is there");
        is($leat->get("/bad/$_")->{status}, 200, "$how: $_ is right") for 'not', 'null';
        is_deeply($leat->get('/page')->{json}, {items => [{id => 1, name => 'a'}], next => undef}, "$how: a page");
        is($leat->delete('/count')->{json}{count}, 0, "$how: a count");
    }
};

subtest 'what is writeOnly is not found within JSON text either' => sub {
    is_deeply($_->get('/nested')->{json}, {o => {a => 1}}, 'nor from within JSON text') for $trusted, $strict;
    for my $leat ($trusted, $strict) {
        my $r = $leat->get('/twice');
        is($r->{status}, 500, 'JSON text that cannot be looked through does not leave at all');
        unlike($r->{body}, qr/hush/, 'nor what it hides');
    }
};

# responses: strict.
my %wrong = (
    enum => '/state.*keyword=enum', format => '/day.*keyword=format', short => '/must.*keyword=minLength',
    missing => '/o/a.*keyword=required', extra => '/o/b.*keyword=additionalProperties',
    items => '/tags/1.*keyword=type',
);

subtest 'with responses: strict a wrong answer is a 500 that says nothing, and the log says what is wrong' => sub {
    for my $how (sort keys %wrong) {
        is($trusted->get("/bad/$how")->{status}, 200, "trusted: $how passes");
        my $r = $strict->get("/bad/$how");
        my @told = (@$r{'status'}, @{$r->{json}}{qw(error title status)}, $r->{headers}{'content-type'},
            exists $r->{json}{errors});
        is_deeply(\@told, [500, 'internal error', 'Internal Server Error', 500, 'application/problem+json', ''],
            "strict: $how is a 500 that says nothing");
        my $line = qr/ error \S+ response\.invalid operation=bad pointer="$wrong{$how}.* id=\Q$r->{json}{request_id}\E/;
        ok(wait_for(10, sub { $strict->log =~ $line }), 'and the log says what');
    }
    is(scalar(() = $strict->log =~ m{response\.invalid .*pointer="/tags/}g), 2, 'all of it');
    unlike($trusted->log, qr/response\.invalid/, 'trusted says nothing');
    my $r = $strict->get('/bad/quote');
    is($r->{status}, 500, 'strict: a value with a quote and a line end');
    is(scalar(grep { /response\.invalid/ && !/^\d{4}-.* id=\S+$/ } split /\n/, $strict->log), 0, 'is one line of log');
    is($strict->request('HEAD', '/bad/enum')->{status}, 500, 'strict: HEAD as well');
    is($_->post('/thing', {name => 'longer'})->{status}, 201, 'a longer name') for $trusted, $strict;
    is_deeply([map { $_->get('/page')->{status} } $trusted, $strict], [200, 500], 'strict: the rows of a page');
    my @counts = map { $_->post('/thing', {name => 'counted'}) && $_->delete('/count')->{status} } $trusted, $strict;
    is_deeply(\@counts, [200, 500], 'strict: a count');
    my @made = map {
        my $made = $_->request('POST', '/made');
        ($made->{status}, exists $made->{headers}{location});
    } $trusted, $strict;
    is_deeply(\@made, [201, 1, 500, ''], 'strict: a problem has no Location');
    is($strict->get('/things')->{status}, 200, 'strict goes on');
};

subtest 'a column that is not declared, or one that is missing, is found before any answer' => sub {
    for (['a column that is not declared', "'x' AS extra, 'open' AS state"], ['a column that is missing', "1 AS day"]) {
        my $leat = Leat::Test->new(workers => 1, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /x:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [state],
        additionalProperties: false, properties: {state: {type: string}, day: {}}}}}}}
      x-sql: {returns: one, sql: "SELECT $_->[1]"}
API
        isnt($leat->leat('check')->{code}, 0, "$_->[0] is found before any answer");
    }
};

# Asks with curl. The body of /size/N has N bytes.
my $dir = tempdir(CLEANUP => 1);
sub curl {
    my ($leat, $path, @args) = @_;
    my @options = ('-s', '-S', '-m', 20, '-D', "$dir/head", '-o', "$dir/body");
    my $r = run_command('curl', @options, @args, "http://127.0.0.1:$leat->{port}$path");
    my ($status, @lines) = split /\r\n/, slurp("$dir/head");
    my %headers;
    /^([^:]+):\s*(.*)$/ and $headers{lc $1} = defined $headers{lc $1} ? "$headers{lc $1}, $2" : $2 for @lines;
    return {status => $status =~ / (\d+)/, headers => \%headers, body => -e "$dir/body" ? slurp("$dir/body") : '',
        code => $r->{code}};
}
sub unpacked { my ($r) = @_; my $plain; gunzip(\$r->{body}, \$plain); return $plain }
my @gzip = ('-H', 'Accept-Encoding: gzip');

subtest 'bodies of compression and more bytes are packed for those who accept gzip' => sub {
    for my $n (1000, 70_000) {
        my $plain = curl($trusted, "/size/$n");
        my $r = curl($trusted, "/size/$n", @gzip);
        is(length $plain->{body}, $n, "$n bytes, as they are");
        is($r->{headers}{'content-encoding'}, 'gzip', "$n bytes, packed");
        is(unpacked($r), $plain->{body}, 'they are the same');
        ok(length $r->{body} < $n / 2, 'but fewer');
        is($plain->{headers}{'content-encoding'}, undef, 'not packed unless asked for');
        is(lc($_->{headers}{vary} // ''), 'accept-encoding', 'caches know of both, and are told once') for $plain, $r;
    }
};

subtest 'small bodies stay, and so do those of clients that do not accept gzip' => sub {
    my $r = curl($trusted, '/size/999', @gzip);
    is_deeply([@{$r->{headers}}{qw(content-encoding vary content-length)}], [undef, undef, 999], 'small bodies stay');
    for (['gzip;q=0', undef], ['identity', undef], ['br', undef], ['*', undef], ['br, gzip;q=0.5', 'gzip'],
        ['deflate, gzip', 'gzip'], ['gzip;q=0.000, identity', undef])
    {
        $r = curl($trusted, '/size/5000', '-H', "Accept-Encoding: $_->[0]");
        my $got = $r->{headers}{'content-encoding'};
        ok($_->[0] eq '*' || ($got // '') eq ($_->[1] // ''), "Accept-Encoding: $_->[0]") or diag $got;
        is(length(defined $got ? unpacked($r) : $r->{body}), 5000, 'and whole');
    }
    $r = curl($strict, '/size/5000', @gzip);
    is_deeply([@{$r->{headers}}{qw(content-encoding vary content-length)}], [undef, undef, 5000],
        'compression: 0 packs nothing');
};

subtest 'HTTP/1.0, HEAD, 204, problems and pipelined requests go together with packing' => sub {
    my $r = curl($trusted, '/size/5000', @gzip, '-0');
    is(length(($r->{headers}{'content-encoding'} // '') eq 'gzip' ? unpacked($r) : $r->{body}), 5000, 'HTTP/1.0');
    is($r->{headers}{'transfer-encoding'}, undef, 'which knows no chunks');
    for my $leat ($trusted, $strict) {
        my $next = "GET /size/20 HTTP/1.1\r\nHost: a\r\n\r\n";
        my $text = $leat->raw("HEAD /size/5000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n$next");
        my ($head, $rest) = split /\r\n\r\n/, $text, 2;
        like($rest, qr/^HTTP\/1\.1 200 /, 'HEAD sends no body, packed or not') or diag $text;
        is($head =~ /^vary: accept-encoding/im ? 1 : 0, $leat == $trusted ? 1 : 0, 'but the Vary of GET');
        like($head, qr/^content-length: 5000\r?$/im, 'and its length') if $leat == $strict;
    }
    $r = curl($trusted, '/nothing', '-X', 'DELETE', @gzip);
    is_deeply([$r->{status}, @{$r->{headers}}{qw(content-encoding content-length transfer-encoding)}],
        [204, undef, undef, undef], 'nothing is not packed');
    $r = curl($trusted, '/size/x' . 'y' x 2000, @gzip);
    is($r->{status}, 400, 'a problem');
    my $text = $trusted->raw("GET /size/5000 HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n" x 3);
    is(scalar(() = $text =~ /^HTTP\/1.1 200 OK\r$/mg), 3, 'packed answers on one connection');
    unlike($_->log, qr/worker\.died/, 'no worker died') for $trusted, $strict;
};

all_done;
