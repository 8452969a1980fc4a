# SPDX-License-Identifier: MIT
# UTF-8 is known by each of its labels (WHATWG Encoding, 4.2), and nothing else is taken for it.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new(document => <<'API')->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /x:
    post:
      operationId: x
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          text/plain: {schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT :_body AS b"}
API
my %body = ('application/json' => '{}', 'application/x-www-form-urlencoded' => 'a=b', 'text/plain' => 'ab');

sub status {
    my ($type, $charset) = @_;
    return $leat->request('POST', '/x', body => $body{$type},
        headers => {'Content-Type' => "$type; charset=$charset"})->{status};
}

for my $type (sort keys %body) {
    subtest "a label of UTF-8 is taken for $type" => sub {
        is(status($type, $_), 200, $_)
            for qw(utf-8 utf8 UTF8 Utf-8 unicode-1-1-utf-8 x-unicode20utf8 us-ascii ASCII "utf8" "UTF-8");
    };
    subtest "another charset is refused for $type" => sub {
        is(status($type, $_), 415, $_) for qw(utf-7 utf-16 utf-16le iso-8859-1 windows-1252 utf-8-x "" utf88);
    };
}
all_done;
