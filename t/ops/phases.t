# SPDX-License-Identifier: MIT
# leatctl requests tells phase, operation and client of a request also while its head or body arrives.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $json = 'content: {application/json: {schema: {type: object}}}';
my $leat = Leat::Test->new(workers => 1, migrations => {}, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /send:
    post:
      operationId: send
      requestBody: {required: true, $json}
      responses: {"200": {description: ok, $json}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /none:
    post:
      operationId: none
      responses: {"200": {description: ok, $json}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
API
$leat->configure("timeouts: {head: 60s, body: 60s}\n");
$leat->start;

sub seen {
    return join ', ', map {
        "$_->{phase} $_->{operation} $_->{client} " . ($_->{id} eq 'abc' ? 'abc' : $_->{id} ne '')
    } @{$leat->ctl_json('requests')};
}
my $head = "POST /send HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Request-Id: abc\r\n"
    . "X-Forwarded-For: 192.0.2.7\r\n";
my @rows = (
    ['a head', 'GET /send HTT', 'head - 127.0.0.1 '],
    ['a body of known length', "${head}Content-Length: 9\r\n\r\n", 'body send 192.0.2.7 abc'],
    ['a body that has begun', "${head}Content-Length: 9\r\n\r\n{\"a\"", 'body send 192.0.2.7 abc'],
    ['a chunked body', "${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\"", 'body send 192.0.2.7 abc'],
    ['a body that was asked for', "${head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        'body send 192.0.2.7 abc'],
);
for my $row (@rows) {
    my ($name, $bytes, $want) = @$row;
    subtest $name => sub {
        my $s = $leat->connect;
        syswrite $s, $bytes;
        becomes(\&seen, $want, 'is shown');
        close $s;
        becomes(\&seen, '', 'it is gone');
        done_testing;
    };
}

subtest 'the first request of a connection leaves nothing to the second' => sub {
    my $s = $leat->connect;
    is($leat->post('/send', {}, socket => $s)->{status}, 200, 'one is answered');
    becomes(\&seen, '', 'it is gone');
    syswrite $s, $head =~ s/abc/def/r . "Content-Length: 9\r\n\r\n{";
    becomes(\&seen, 'body send 192.0.2.7 1', 'the next one is shown');
    done_testing;
};

Leat::Test::all_done();
