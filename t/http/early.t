# SPDX-License-Identifier: MIT
# What the head of a request decides is answered before any of its body is read or asked for: the client
# here never sends one.
use strict;
use warnings;
use Leat::Client ();
use Leat::Jwt;
use Leat::Test;
use Test::More;

my $secret = secret_key('of thirty-two bytes or more, like so');
my $any = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
my $json = 'requestBody: {required: true, content: {application/json: {schema: {type: object}}}}';
my $sql = 'x-sql: {returns: one, sql: "SELECT 1 AS n"}';
my $versioned = 'returns: one, if-match: required, '
    . 'sql: UPDATE t SET n = 1 WHERE id = 1 AND v = :_if_match RETURNING n';
my $leat = Leat::Test->new(files => {key => $secret->{secret}},
    migrations => {'0001_t.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, v TEXT);'},
    document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /open:
    post: {operationId: open, $json, $any, $sql}
  /named:
    post: {operationId: named, security: [{bearer: []}], $json, $any, $sql}
  /scoped:
    post: {operationId: scoped, security: [{bearer: [write]}], $json, $any, $sql}
  /rare:
    post: {operationId: rare, x-rate-limit: [rare], $json, $any, $sql}
  /checked/{id}:
    post:
      operationId: checked
      parameters:
      - {name: id, in: path, required: true, schema: {type: integer, maximum: 9}}
      - {name: page, in: query, required: true, schema: {type: integer, minimum: 1}}
      - {name: X-Kind, in: header, schema: {enum: [a, b]}}
      - {name: theme, in: cookie, schema: {type: integer}}
      $json
      $any
      $sql
  /versioned:
    put: {operationId: versioned, $json, $any, x-sql: {$versioned}}
  /unbound:
    post: {operationId: unbound, $json, $any}
  /form:
    post:
      operationId: form
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object}}}}
      $any
      $sql
  /once:
    post:
      operationId: once
      security: [{bearer: []}]
      x-idempotency: required
      $json
      $any
      x-sql: {returns: one, sql: INSERT INTO t (n) VALUES (1) RETURNING n}
  /bodyless:
    post: {operationId: bodyless, $any, $sql}
  /endless:
    get:
      operationId: endless
      $any
      x-sql:
        returns: one
        sql: WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
API
$leat->configure(<<"CONFIG");
workers: 1
limits: {body: 1MiB, in-flight: 3, header: 4KiB}
timeouts: {body: 1h, request: 1h}
drain: {grace: 0s, timeout: 1s}
rate-limits: {rare: {rate: 1/h}}
identity: {keys: [{key: 'file:$leat->{dir}/key'}]}
CONFIG
$leat->start;
my $token = 'Authorization: Bearer ' . jwt($secret, access());

# Sends only the head, and reads one answer.
sub ask {
    my ($head, $socket) = @_;
    my $s = $socket // $leat->connect;
    syswrite $s, $head;
    return Leat::Client::answer($s, 5) // {status => 'none'};
}

sub head {
    my ($line, @fields) = @_;
    push @fields, 'Content-Type: application/json' unless grep { /^Content-Type/ } @fields;
    return join("\r\n", "$line HTTP/1.1", 'Host: a', @fields) . "\r\n\r\n";
}
subtest 'a rate limit lets its one request of an hour pass' => sub {
    is($leat->post('/rare', {})->{status}, 200, 'the first');
};

my @rows = (
    [404, 'no such path', 'POST /nowhere'],
    [405, 'a method that the path does not have', 'PUT /open'],
    [406, 'no representation that it takes', 'POST /open', 'Accept: image/png'],
    [413, 'a body that is too large', 'POST /open', 'Content-Length: 1048577'],
    [415, 'a media type that is not taken', 'POST /open', 'Content-Type: text/plain'],
    [415, 'a content coding that is not known', 'POST /open', 'Content-Encoding: br'],
    [417, 'an expectation that is not known', 'POST /open', 'Expect: tea'],
    [429, 'too many requests', 'POST /rare'],
    [401, 'no credential', 'POST /named'],
    [401, 'a bad credential', 'POST /named', 'Authorization: Bearer x.y.z'],
    [403, 'a scope is missing', 'POST /scoped', $token],
    [400, 'a path parameter of another type', 'POST /checked/x?page=1'],
    [400, 'a query parameter of another type', 'POST /checked/1?page=x'],
    [400, 'a query parameter that is missing', 'POST /checked/1'],
    [400, 'a query parameter that is not declared', 'POST /checked/1?page=1&more=1'],
    [400, 'a query parameter that comes twice', 'POST /checked/1?page=1&page=2'],
    [400, 'a cookie of another type', 'POST /checked/1?page=1', 'Cookie: theme=x'],
    [422, 'a path parameter that is too large', 'POST /checked/10?page=1'],
    [422, 'a query parameter that is too small', 'POST /checked/1?page=0'],
    [422, 'a header that is no choice', 'POST /checked/1?page=1', 'X-Kind: c'],
    [428, 'no If-Match', 'PUT /versioned'],
    [400, 'a malformed If-Match', 'PUT /versioned', 'If-Match: x'],
    [400, 'no Idempotency-Key', 'POST /once', $token],
    [400, 'a malformed Idempotency-Key', 'POST /once', $token, 'Idempotency-Key: "a'],
    [400, 'a form in parts without a boundary', 'POST /form', 'Content-Type: multipart/form-data'],
    [501, 'an operation that nothing answers', 'POST /unbound'],
    [400, 'a malformed target', 'POST /open%zz'],
    [501, 'a method that nobody knows', 'BREW /open'],
    [501, 'a transfer coding that nobody knows', 'POST /open', 'Transfer-Encoding: br, chunked'],
    [414, 'a target that is too long', 'POST /' . 'a' x 5000],
    [431, 'fields that are too long', 'POST /open', 'X: ' . 'a' x 5000],
);
for my $row (@rows) {
    my ($status, $name, $line, @fields) = @$row;
    subtest "answers $status to $name, however the body is announced" => sub {
        my @framings = grep { /^(?:Content-Length|Transfer-Encoding)/ } @fields;
        for my $framing (@framings ? ''
            : ('Content-Length: 500000', 'Content-Length: 5', 'Transfer-Encoding: chunked')) {
            for my $expect ('', $status == 417 ? () : 'Expect: 100-continue') {
                my $r = ask(head($line, @fields, grep { $_ } $framing, $expect));
                is("$r->{status} $r->{headers}{'content-type'}", "$status application/problem+json",
                    "$framing $expect");
                is($r->{rest}, '', 'and nothing else');
            }
        }
    };
}

subtest 'a body that came along is checked with the parameters' => sub {
    my $r = ask(head('POST /checked/10?page=0', 'Content-Length: 2') . '[]');
    is_deeply([$r->{status}, map { $_->{in} } @{$r->{json}{errors}}], [422, 'query', 'path', 'body'], 'all is listed')
        or diag($r->{body});
    $r = ask(head('POST /checked/10?page=0', 'Content-Length: 2', 'Expect: 100-continue'));
    is_deeply([$r->{status}, map { $_->{in} } @{$r->{json}{errors}}], [422, 'query', 'path'], 'but not asked for');
};

subtest 'the body is asked for when nothing speaks against the request, but never by HTTP/1.0' => sub {
    my $s = $leat->connect;
    syswrite $s, head('POST /checked/1?page=1', 'Content-Length: 2', 'Expect: 100-continue');
    is(Leat::Test::read_all($s, 5, sub { $_[0] =~ /\r\n\r\n/ }), "HTTP/1.1 100 Continue\r\n\r\n", 'by HTTP/1.1');
    syswrite $s, '{}';
    is(Leat::Client::answer($s, 5)->{status}, 200, 'and then it is answered');
    for my $path ('/checked/1?page=1', '/checked/1?page=0') {
        (my $old = head("POST $path", 'Content-Length: 2', 'Expect: 100-continue')) =~ s{HTTP/1.1}{HTTP/1.0};
        like($leat->raw($old . '{}'), qr{\AHTTP/1.1 (?:200|422) }, "HTTP/1.0 $path");
    }
};

subtest 'the connection stays open where the rest is short' => sub {
    for my $framing ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n") {
        my $s = $leat->connect;
        my $body = $framing =~ /Length/ ? 'abcde' : "5\r\nabcde\r\n0\r\n\r\n";
        for my $late (0, 1) {
            my $r = ask("POST /nowhere HTTP/1.1\r\nHost: a\r\n$framing\r\n" . ($late ? '' : $body), $s);
            is("$r->{status} $r->{headers}{connection}", '404 keep-alive',
                $late ? 'its body is still to come' : 'its body came along');
            syswrite $s, $body if $late;
            is(ask("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", $s)->{status}, 404, 'and the next request is answered');
        }
    }
};

subtest 'the connection ends where the rest is long, or where nobody knows whether it comes' => sub {
    for my $fields ('Content-Length: 500000', "Content-Length: 5\r\nExpect: 100-continue") {
        my $s = $leat->connect;
        my $r = ask("POST /nowhere HTTP/1.1\r\nHost: a\r\n$fields\r\n\r\n", $s);
        is("$r->{status} $r->{headers}{connection}", '404 close', $fields =~ s/\r\n/, /r);
        is(Leat::Test::read_all($s, 5), '', 'the server has shut its side');
    }
};

subtest 'a body that the operation does not take is skipped, and not waited for' => sub {
    for my $framing ("Content-Length: 5\r\n\r\nabcde", "Content-Length: 5\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n") {
        my $s = $leat->connect;
        is(ask("POST /bodyless HTTP/1.1\r\nHost: a\r\n$framing", $s)->{status}, 200, 'is not waited for');
        syswrite $s, $framing =~ /chunked/ ? "abcde\r\n0\r\n\r\n" : 'abcde' unless $framing =~ /abcde/;
        is(ask("POST /bodyless HTTP/1.1\r\nHost: a\r\n\r\n", $s)->{status}, 200, 'and is skipped');
    }
    is(ask(head('POST /bodyless', 'Content-Length: 1048577'))->{status}, 413, 'unless it is too large');
};

subtest 'answers 503 past limits.in-flight, which counts from the head on' => sub {
    my @busy = map { $leat->connect } 1 .. 2;
    syswrite $_, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n" for @busy;
    my $sending = $leat->connect;
    syswrite $sending, head('POST /open', 'Content-Length: 500000');
    my $used = sub { (grep { $_->{limit} eq 'limits.in-flight' } @{$leat->ctl_json('limits')})[0]{used} };
    ok(wait_for(10, sub { $used->() == 3 }), 'a request whose body is awaited is in flight');
    is_deeply([sort map { "$_->{operation} $_->{phase}" } @{$leat->ctl_json('requests')}],
        ['endless handle', 'endless handle', 'open body'], 'and is shown');
    # A client that has sent nothing for a second makes room; this one keeps sending.
    my $r;
    ok(wait_for(10, sub {
        syswrite $sending, ' ' x 5000;
        $r = ask(head('POST /open', 'Content-Length: 500000'));
        return $r->{status} eq '503';
    }), 'another is refused');
    is($r->{headers}{'retry-after'}, 1, 'for a while');
};
subtest 'each refusal is logged with its operation' => sub {
    logged($leat, qr{ request .*route=/scoped .*status=403}, 'by its route');
};
all_done;
