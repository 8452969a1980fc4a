# SPDX-License-Identifier: MIT
# Request bodies: every media type, what is read from it, and what is refused and how.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Compress::Gzip qw(gzip $GzipError);
use JSON::PP;
use Leat::Test;
use Test::More;

my $json = JSON::PP->new->canonical->allow_nonref; # of texts within answers
my $answer = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {v: {}, w: {}}}}}}}';
sub bound { my ($sql) = @_; return qq($answer\n      x-sql: {returns: one, sql: "SELECT $sql"}) }

my $leat = Leat::Test->new(workers => 1, config => <<'YAML', document => <<"API", migrations => {'0001_a.up.sql' => 'CREATE TABLE f (id INTEGER PRIMARY KEY, data BLOB, note TEXT);'})->start;
limits: {body: 64KiB, depth: 16}
YAML
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /json:
    post:
      operationId: json
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer, maximum: 9}, s: {type: [string, "null"]}}}}}}
      @{[bound(':n AS v, :_body AS w')]}
  /optional:
    put:
      operationId: optional
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}}
      @{[bound(':_has_n AS v, :_body AS w')]}
  /any:
    post:
      operationId: any
      requestBody: {required: true, content: {application/json: {}}}
      @{[bound('1 AS v, :_body AS w')]}
  /scalar:
    post:
      operationId: scalar
      requestBody: {required: true, content: {application/json: {schema: {type: [integer, "null"]}}}}
      @{[bound('1 AS v, :_body AS w')]}
  /plus:
    post:
      operationId: plus
      requestBody: {required: true, content: {application/vnd.t+json: {schema: {type: object, properties: {n: {type: integer}}}}}}
      @{[bound(':n AS v, :_body AS w')]}
  /merge:
    patch:
      operationId: merge
      requestBody: {required: true, content: {application/merge-patch+json: {schema: {type: object, minProperties: 1, properties: {a: {type: [string, "null"]}, b: {type: [integer, "null"], default: 5}, c: {type: object, properties: {d: {type: integer, default: 1}}}}}}}}
      @{[bound(":_has_a || :_has_b || :_has_c || '-' || coalesce(:a, 'null') || '-' || coalesce(:b, 'null') AS v, :_body AS w")]}
  /both:
    patch:
      operationId: both
      requestBody:
        required: true
        content:
          application/merge-patch+json: {schema: {type: object, properties: {a: {type: string, default: filled}}}}
          application/json: {schema: {type: object, properties: {a: {type: string, default: filled}}}}
      @{[bound(':_has_a AS v, :_body AS w')]}
  /form:
    post:
      operationId: form
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [s]
              properties: {s: {type: string}, n: {type: integer}, b: {type: boolean}, l: {type: array, items: {type: integer}}, p: {type: array, items: {type: string}}, o: {type: object, properties: {x: {type: integer}}}, d: {type: object, properties: {y: {type: integer}}}, j: {type: array, items: {type: integer}}, z: {type: [object, "null"], properties: {q: {type: integer}}}, f: {type: string, default: filled}}
            encoding: {p: {style: pipeDelimited, explode: false}, d: {style: deepObject, explode: true}, j: {contentType: application/json}}
      @{[bound(':_has_n || :_has_f || :s AS v, :_body AS w')]}
  /open-form:
    post:
      operationId: openForm
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, additionalProperties: true, properties: {s: {type: string}}}}}}
      @{[bound(':s AS v, :_body AS w')]}
  /multi:
    post:
      operationId: multi
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [title]
              properties: {title: {type: string, maxLength: 5}, n: {type: integer}, file: {type: string, format: binary}, l: {type: array, items: {type: integer}}, o: {type: object, required: [x], properties: {x: {type: integer}}}, os: {type: array, items: {type: object, properties: {x: {type: integer}}}}, files: {type: array, items: {type: string, format: binary}}, any: {type: array}, e: {enum: [a, b]}, oo: {type: [object, "null"], properties: {x: {type: integer}}}, f: {type: string, default: filled}}
      @{[bound("hex(:file) AS v, typeof(:file) || ' ' || typeof(:title) || ' ' || coalesce(:title, '') || ' ' || :_has_f || :_has_file || ' ' || :_body AS w")]}
  /store:
    post:
      operationId: store
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object, required: [data], properties: {data: {contentMediaType: image/png}, note: {type: string}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "INSERT INTO f (data, note) VALUES (:data, :note) RETURNING id"}
  /stored/{id}:
    get:
      operationId: stored
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      @{[bound("hex(data) AS v, typeof(data) || ' ' || coalesce(note, 'none') AS w FROM f WHERE id = :id")]}
  /text:
    post:
      operationId: text
      requestBody: {required: true, content: {text/plain: {schema: {type: string, maxLength: 10}}}}
      @{[bound(":_body AS v, typeof(:_body) AS w")]}
  /bytes:
    post:
      operationId: bytes
      requestBody: {required: true, content: {application/octet-stream: {}}}
      @{[bound("hex(:_body) AS v, typeof(:_body) AS w")]}
  /several:
    post:
      operationId: several
      requestBody:
        required: true
        content:
          "*/*": {}
          image/*: {}
          application/json: {schema: {type: object, properties: {n: {type: integer}}}}
          text/plain: {schema: {type: string}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {n: {type: integer}}}}
      @{[bound(":n AS v, typeof(:_body) AS w")]}
  /range:
    post:
      operationId: range
      requestBody: {required: true, content: {image/*: {}, text/*: {schema: {type: string, minLength: 1}}}}
      @{[bound("typeof(:_body) AS v, :_body AS w")]}
  /composed:
    post:
      operationId: composed
      requestBody: {required: true, content: {application/json: {schema: {\$ref: "#/components/schemas/Composed"}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /one-of:
    post:
      operationId: oneOf
      requestBody: {required: true, content: {application/json: {schema: {oneOf: [{\$ref: "#/components/schemas/Cat"}, {\$ref: "#/components/schemas/Dog"}]}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /discriminated:
    post:
      operationId: discriminated
      requestBody: {required: true, content: {application/json: {schema: {oneOf: [{\$ref: "#/components/schemas/Tom"}, {\$ref: "#/components/schemas/Rex"}], discriminator: {propertyName: kind}}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /open:
    post:
      operationId: open
      requestBody: {required: true, content: {application/json: {schema: {type: object, additionalProperties: {type: integer}, properties: {a: {type: string}}}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /defaults:
    post:
      operationId: defaults
      requestBody: {required: true, content: {application/json: {schema: {\$ref: "#/components/schemas/Defaults"}}}}
      @{[bound(":_has_a || :_has_b || :_has_c || ' ' || :a || ' ' || :b AS v, :_body AS w")]}
  /shared:
    post:
      operationId: shared
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {c: {\$ref: "#/components/schemas/Shared"}}}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /overlaid:
    post:
      operationId: overlaid
      requestBody: {required: true, content: {application/json: {schema: {allOf: [{properties: {c: {\$ref: "#/components/schemas/Shared"}}}, {properties: {c: {properties: {d: {default: 4}}, additionalProperties: true}}}]}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /read-only:
    post:
      operationId: readOnly
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [id, a], properties: {id: {type: integer, readOnly: true, default: 3}, a: {type: string}, in: {type: object, properties: {id: {type: integer, readOnly: true}}}, pw: {type: string, writeOnly: true}}}}}}
      @{[bound(":a AS v, :_body AS w")]}
  /list:
    post:
      operationId: list
      requestBody: {required: true, content: {application/json: {schema: {type: array, items: {type: integer}}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /deep:
    post:
      operationId: deep
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [z, "a/b", "m~n"], properties: {z: {type: integer}, "a/b": {type: array, items: {type: object, properties: {x: {type: string}}}}, "m~n": {type: string}, u: {type: object, properties: {k: {type: integer}}}}}}}}
      @{[bound(":_body AS v, 1 AS w")]}
  /none:
    post:
      operationId: none
      @{[bound("1 AS v")]}
components:
  schemas:
    Base: {type: object, required: [id], properties: {id: {type: integer}}}
    Composed: {allOf: [{\$ref: "#/components/schemas/Base"}, {type: object, properties: {name: {type: string}}}, {required: [name]}]}
    Shared: {type: object, default: {}, additionalProperties: {type: integer}, properties: {x: {type: string}}}
    Cat: {type: object, required: [meow], properties: {meow: {type: boolean}}}
    Tom: {allOf: [{\$ref: "#/components/schemas/Cat"}, {type: object, required: [kind], properties: {kind: {type: string}}}]}
    Rex: {allOf: [{\$ref: "#/components/schemas/Dog"}, {type: object, required: [kind], properties: {kind: {type: string}}}]}
    Dog: {type: object, required: [bark], properties: {bark: {type: boolean}}}
    Defaults:
      allOf:
      - {type: object, properties: {a: {type: string, default: x}, c: {type: object, default: {}, properties: {d: {type: integer, default: 4}}}}}
      - {type: object, properties: {b: {type: integer, default: 2}, l: {type: array, items: {type: object, properties: {e: {type: boolean, default: true}}}}}}
API

sub send_body {
    my ($path, $type, $body, %o) = @_;
    my %headers = %{$o{headers} // {}};
    $headers{'Content-Type'} = $type if defined $type;
    return $leat->request($o{method} // 'POST', $path, body => $body, headers => \%headers) if defined $type;
    my $fields = join '', map { "$_: $headers{$_}\r\n" } keys %headers;
    my $text = $leat->raw(($o{method} // 'POST') . " $path HTTP/1.1\r\nHost: a\r\n$fields" . (defined $body ? 'Content-Length: ' . length($body) . "\r\n" : '') . "\r\n" . ($body // ''));
    return Leat::Test::parse_answer($text);
}
sub errors { my ($r) = @_; return join ' ', map { "$_->{in}:$_->{pointer}:$_->{keyword}" } @{$r->{json}{errors} // []} }
sub takes {
    my ($r, $v, $w, $name) = @_;
    my $got = $r->{json} // {};
    my $body = defined $got->{w} && ref $w ? eval { $json->decode($got->{w}) } : $got->{w};
    is_deeply([$r->{status}, $got->{v}, $body], [200, $v, $w], $name) or diag $r->{body};
}
sub refused {
    my ($r, $status, $error, $errors, $name) = @_;
    is_deeply([$r->{status}, $r->{json}{error}, errors($r), $r->{headers}{'content-type'}], [$status, $error, $errors, 'application/problem+json'], $name) or diag $r->{body};
}
my $J = 'application/json';
my $F = 'application/x-www-form-urlencoded';
my $P = 'application/merge-patch+json';
my ($invalid, $media, $coding) = ('validation failed', 'the media type of the body is not supported', 'the content coding of the body is not supported');

# JSON.
takes(send_body('/json', $J, '{ "n": 7 }'), 7, '{ "n": 7 }', 'JSON, and :_body as it was sent');
takes(send_body('/json', $_, '{"n":7}'), 7, '{"n":7}', $_) for 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/json ; charset=us-ascii', 'application/json;v=1';
refused(send_body('/json', "$J; charset=$_", '{"n":7}'), 415, $media, '', "charset $_") for 'iso-8859-1', 'utf-16', '""';
refused(send_body('/json', $J, "\xef\xbb\xbf{\"n\":7}"), 400, 'the body is not valid JSON', 'body::json', 'a byte order mark');
refused(send_body('/json', $J, qq({"n":7,"s":"\xff"})), 400, 'the body is not valid JSON', 'body::json', 'invalid UTF-8');
refused(send_body('/json', $J, '[' x 17 . ']' x 17), 400, 'the body is not valid JSON', 'body::json', 'nested past limits.depth');
refused(send_body('/json', $J, '{"n":7,"n":7}'), 400, 'the body is not valid JSON', 'body::json', 'a duplicate key');
refused(send_body('/json', $J, '{"n":7} x'), 400, 'the body is not valid JSON', 'body::json', 'text behind it');
refused(send_body('/json', $J, '{"n":10}'), 422, $invalid, 'body:/n:maximum', 'a violation');
refused(send_body('/json', $J, '[]'), 422, $invalid, 'body::type', 'another type');
refused(send_body('/json', $J, 'null'), 422, $invalid, 'body::type', 'null where no null is');
takes(send_body('/scalar', $J, 'null'), 1, 'null', 'null where null is') ;
takes(send_body('/scalar', $J, ' 12 '), 1, ' 12 ', 'a bare number');
takes(send_body('/any', $J, '{"what":[1,{"ever":null}]}'), 1, {what => [1, {ever => undef}]}, 'no schema: anything');
refused(send_body('/json', 'text/json', '{"n":7}'), 415, $media, '', 'text/json is not JSON here');
refused(send_body('/json', 'application/vnd.t+json', '{"n":7}'), 415, $media, '', '+json that is not declared');
takes(send_body('/plus', 'application/vnd.t+json', '{"n":7}'), 7, '{"n":7}', '+json that is');
refused(send_body('/plus', $J, '{"n":7}'), 415, $media, '', 'then JSON is another type');
refused(send_body('/json', undef, '{"n":7}'), 415, $media, '', 'no media type');
takes(send_body('/list', $J, '[1,2]'), '[1,2]', 1, 'a list');
refused(send_body('/list', $J, '[1,"a",2,"b"]'), 422, $invalid, 'body:/1:type body:/3:type', 'its items');

# Missing and empty.
refused(send_body('/json', undef, undef), 400, 'a body is required', '', 'no body');
refused(send_body('/json', undef, ''), 400, 'a body is required', '', 'no bytes');
refused(send_body('/json', $J, ''), 400, 'a body is required', '', 'no bytes of JSON');
refused(send_body('/json', $J, ' '), 400, 'the body is not valid JSON', 'body::json', 'a space is not JSON');
takes(send_body('/optional', undef, undef, method => 'PUT'), 0, undef, 'no body where none is needed');
takes(send_body('/optional', $J, '', method => 'PUT'), 0, undef, 'no bytes where none are needed');
takes(send_body('/optional', $J, '{"n":3}', method => 'PUT'), 1, '{"n":3}', 'and one all the same');
takes(send_body('/none', 'image/png', 'x' x 100), 1, undef, 'what is not asked for is not looked at');
takes(send_body('/text', 'text/plain', ''), '', 'text', 'empty text is text');
takes(send_body('/bytes', 'application/octet-stream', ''), '', 'blob', 'no bytes are bytes');
refused(send_body('/form', $F, ''), 422, $invalid, 'body:/s:required', 'an empty form is a form');
takes(send_body('/open-form', $F, ''), undef, {}, 'whose fields may all be absent');
refused(send_body('/multi', 'multipart/form-data; boundary=x', ''), 400, 'a body is required', '', 'no bytes of a form in parts');
refused(send_body('/multi', 'multipart/form-data; boundary=x', "--x--\r\n"), 422, $invalid, 'body:/title:required', 'no part is a form');

# A 415 lists what would be accepted.
my $r = send_body('/several', 'no/thing', 'x');
is($r->{status}, 200, 'everything is taken by */*');
$r = send_body('/range', $J, '{}');
is("$r->{status} " . ($r->{headers}{'accept-post'} // ''), '415 image/*, text/*', 'Accept-Post');
$r = send_body('/both', 'text/plain', '{}', method => 'PATCH');
is("$r->{status} " . ($r->{headers}{'accept-patch'} // ''), "415 $P, $J", 'Accept-Patch');
ok(!$r->{headers}{'accept-post'}, 'and of a PATCH nothing else');
$r = send_body('/optional', 'text/plain', '{}', method => 'PUT');
is(join(',', $r->{status}, grep { /^accept/ } keys %{$r->{headers}}), '415', 'a PUT has no such field');

# Merge patch.
takes(send_body('/merge', $P, '{"a":null}', method => 'PATCH'), '100-null-null', '{"a":null}', 'null is there, and nothing is filled in');
takes(send_body('/merge', $P, '{"b":3,"c":{}}', method => 'PATCH'), '011-null-3', '{"b":3,"c":{}}', 'what is absent stays absent');
refused(send_body('/merge', $P, '{}', method => 'PATCH'), 422, $invalid, 'body::minProperties', 'its schema holds');
refused(send_body('/merge', $P, '{"a":1}', method => 'PATCH'), 422, $invalid, 'body:/a:type', 'for its members too');
takes(send_body('/both', $P, '{}', method => 'PATCH'), 0, {}, 'both: a merge patch is not filled in');
takes(send_body('/both', $J, '{}', method => 'PATCH'), 0, {a => 'filled'}, 'both: JSON is');

# Forms.
takes(send_body('/form', $F, 's=a+b%20c%2B&n=3&b=true&l=1&l=2&p=x|y&o=%7B%22x%22:1%7D&d[y]=2&j=[1,2]'),
    '10a b c+', {s => 'a b c+', n => 3, b => JSON::PP::true, l => [1, 2], p => ['x', 'y'], o => {x => 1}, d => {y => 2}, j => [1, 2], f => 'filled'}, 'a form with encoding');
takes(send_body('/form', $F, 's=1&z=%7B%22q%22:1%7D'), '001', {s => '1', z => {q => 1}, f => 'filled'}, 'an object that may be null is JSON text too');
takes(send_body('/form', "$F; charset=UTF-8", 's=%C3%A9'), "00\x{e9}", {s => "\x{e9}", f => 'filled'}, 'a form in UTF-8');
refused(send_body('/form', "$F; charset=latin1", 's=%E9'), 415, $media, '', 'a form in another charset');
refused(send_body('/form', $F, 's=1&s=2'), 400, 'the body is not a valid form', 'body:/s:repeated', 'a field twice');
refused(send_body('/form', $F, 's=1&n=x&l=y'), 400, 'the body is not a valid form', 'body:/n:type body:/l/0:type', 'fields of other types');
refused(send_body('/form', $F, 's=%E9'), 400, 'the body is not a valid form', 'body:/s:encoding', 'not UTF-8');
refused(send_body('/form', $F, 's=1&who=2'), 422, $invalid, 'body:/who:additionalProperties', 'a form is closed');
takes(send_body('/open-form', $F, 's=1&who=2&who=3'), '1', {s => '1', who => ['2', '3']}, 'unless it says that it is not');

# multipart/form-data, by curl.
my $dir = tempdir(CLEANUP => 1);
my $bytes = join '', map { chr } 0 .. 255;
spew("$dir/bytes", $bytes);
spew("$dir/empty", '');
spew("$dir/big", 'x' x 70_000);
sub curl {
    my ($path, @args) = @_;
    my $r = run_command('curl', '-s', '-S', '-m', 20, '-w', "\n%{http_code}", @args, "http://127.0.0.1:$leat->{port}$path");
    my ($body, $status) = $r->{out} =~ /^(.*)\n(\d+)\z/s;
    return {status => $status, body => $body, json => eval { decode_json($body) }, headers => {'content-type' => 'application/problem+json'}};
}
$r = curl('/multi', '-F', 'title=t', '-F', "file=\@$dir/bytes", '-F', 'n=3', '-F', 'l=1', '-F', 'l=2', '-F', 'o={"x":1};type=application/json');
is($r->{json}{v}, uc unpack('H*', $bytes), 'the bytes of a file') or diag $r->{body};
like($r->{json}{w}, qr/^blob text t 01 /, 'as a BLOB');
is_deeply($json->decode($r->{json}{w} =~ s/^[^{]*//r), {title => 't', file => '', n => 3, l => [1, 2], o => {x => 1}, f => 'filled'}, 'the other parts by their schemas');
is(curl('/multi', '-F', 'title=t', '-F', "file=\@$dir/empty")->{json}{w} =~ /^(\w+)/ && $1, 'blob', 'an empty file is an empty BLOB');
is(curl('/multi', '-F', 'title=t')->{json}{w} =~ /^(\w+)/ && $1, 'null', 'no file is NULL');
is(curl('/multi', '-F', 'title=t', '-F', 'file=plain')->{json}{v}, uc unpack('H*', 'plain'), 'format: binary without a file name is a file too');
for (['o={"x":1}', o => {x => 1}], ['os={"x":1}', os => [{x => 1}]], ['oo={"x":1}', oo => {x => 1}], ['any=1', any => ['1']], ['e=a', e => 'a'], ["o=\@$dir/o.json;type=application/json", o => {x => 1}]) {
    my ($part, $name, $want) = @$_;
    spew("$dir/o.json", '{"x":1}');
    $r = curl('/multi', '-F', 'title=t', '-F', $part);
    my $got = eval { $json->decode($r->{json}{w} =~ s/^[^{]*//r)->{$name} };
    is_deeply($got, $want, "the part $part" =~ s/\@\S*\///r) or diag $r->{body};
}
refused(curl('/multi', '-F', 'title=t', '-F', 'o={}'), 422, $invalid, 'body:/o/x:required', 'a part of JSON that breaks its schema');
refused(curl('/multi', '-F', 'title=t', '-F', 'o={'), 400, 'the body is not a valid form', 'body:/o:type', 'a part of broken JSON');
refused(curl('/multi', '-F', 'title=t', '-F', 'n=x'), 400, 'the body is not a valid form', 'body:/n:type', 'a part of another type');
refused(curl('/multi', '-F', 'title=t', '-F', 'n=x', '-F', 'l=1', '-F', 'o={'), 400, 'the body is not a valid form', 'body:/n:type body:/o:type', 'every part is read');
refused(curl('/multi', '-F', 'title=t', '-F', 'title=u'), 400, 'the body is not a valid form', 'body:/title:repeated', 'a part twice');
refused(curl('/multi', '-F', 'title=t', '-F', 'who=u'), 422, $invalid, 'body:/who:additionalProperties', 'a part that is unknown');
refused(curl('/multi', '-F', 'title=toolong'), 422, $invalid, 'body:/title:maxLength', 'a part that is too long');
$r = curl('/multi', '-F', "title=\@$dir/bytes");
is($r->{status}, 400, 'a file is no way around the schema of a text') or diag $r->{body};
$r = curl('/multi', '-F', 'title=toolong;filename=x');
refused($r, 422, $invalid, 'body:/title:maxLength', 'nor is a file name');
is(curl('/multi', '-F', 'title=t', '-F', "file=\@$dir/big")->{status}, 413, 'a form past limits.body');
is(curl('/multi', '-F', 'title=t', '-F', "files=\@$dir/bytes", '-F', "files=\@$dir/empty")->{status}, 200, 'several files');
$r = curl('/store', '-F', "data=\@$dir/bytes;type=image/png", '-F', 'note=n');
my $stored = $leat->get("/stored/$r->{json}{id}");
is_deeply($stored->{json}, {v => uc unpack('H*', $bytes), w => 'blob n'}, 'a file into a table and back');
my $refused = send_body('/multi', 'multipart/form-data; boundary=x', "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt");
refused($refused, 400, 'the body is not a valid form', 'body::multipart', 'a form that does not end');
refused(send_body('/multi', 'multipart/form-data', "--x--\r\n"), 400, 'the body is not a valid form', 'body::multipart', 'no boundary');
refused(send_body('/multi', "multipart/form-data; boundary=$_", "--x--\r\n"), 400, 'the body is not a valid form', 'body::multipart', "boundary=$_") for 'a' x 71, '"x', '"x ', 'y; boundary=x';

# Text and bytes.
takes(send_body('/text', 'text/plain', "h\xc3\xa9\n\"{"), "h\x{e9}\n\"{", 'text', 'text');
refused(send_body('/text', 'text/plain', 'x' x 11), 422, $invalid, 'body::maxLength', 'text that is too long');
refused(send_body('/text', 'text/plain', "\xe9"), 400, 'the body is not UTF-8 text', '', 'text that is not UTF-8');
refused(send_body('/text', 'text/plain; charset=latin1', "\xe9"), 415, $media, '', 'text that says so');
takes(send_body('/bytes', 'application/octet-stream', $bytes), uc unpack('H*', $bytes), 'blob', 'bytes');
refused(send_body('/bytes', 'text/plain', 'x'), 415, $media, '', 'bytes by another name');

# Several media types: the most specific one decides (OpenAPI 3.1, 4.8.13.1), whatever its position.
takes(send_body('/several', $J, '{"n":3}'), 3, 'text', 'several: JSON');
refused(send_body('/several', $J, '{"n":"x"}'), 422, $invalid, 'body:/n:type', 'several: by its schema');
takes(send_body('/several', $F, 'n=4'), 4, 'text', 'several: a form');
takes(send_body('/several', 'text/plain', 'x'), undef, 'text', 'several: text');
takes(send_body('/several', 'image/png', 'x'), undef, 'blob', 'several: a range');
takes(send_body('/range', 'text/csv', 'a,b'), 'text', 'a,b', 'a range of text is text');
refused(send_body('/range', 'text/csv', ''), 422, $invalid, 'body::minLength', 'with its schema');

# Content-Encoding.
my $packed;
gzip(\'{"n":7}', \$packed) or die $GzipError;
for my $name ('gzip', 'x-gzip', 'GZIP') {
    takes(send_body('/json', $J, $packed, headers => {'Content-Encoding' => $name}), 7, '{"n":7}', $name);
}
takes(send_body('/json', $J, '{"n":7}', headers => {'Content-Encoding' => 'identity'}), 7, '{"n":7}', 'identity');
takes(send_body('/json', $J, do { gzip(\'{"n"', \my $a); gzip(\':7}', \my $b); "$a$b" }, headers => {'Content-Encoding' => 'gzip'}), 7, '{"n":7}', 'two members of gzip');
for (['junk', 'junk'], ['cut', substr $packed, 0, -3], ['empty', ''], ['with something behind', "${packed}x"], ['with a wrong checksum', substr($packed, 0, -8) . "\0" x 8]) {
    refused(send_body('/json', $J, $_->[1], headers => {'Content-Encoding' => 'gzip'}), 400, 'the body cannot be decompressed', '', "gzip: $_->[0]");
}
for my $size (64 * 1024 + 1, 50_000_000) {
    gzip(\(' ' x $size), \my $bomb);
    refused(send_body('/any', $J, $bomb, headers => {'Content-Encoding' => 'gzip'}), 413, 'the body is too large', '', "gzip: $size bytes of it");
}
gzip(\('{"n":7}' . ' ' x (64 * 1024 - 7)), \my $full);
takes(send_body('/json', $J, $full, headers => {'Content-Encoding' => 'gzip'}), 7, '{"n":7}' . ' ' x (64 * 1024 - 7), 'gzip: just limits.body');
for my $name ('deflate', 'br', 'gzip, gzip', 'junk') {
    $r = send_body('/json', $J, $packed, headers => {'Content-Encoding' => $name});
    refused($r, 415, $coding, '', "another coding: $name");
    is($r->{headers}{'accept-encoding'}, 'gzip', 'and what would do');
}
my $twice = $leat->raw("POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: $J\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: " . length($packed) . "\r\n\r\n$packed");
like($twice, qr/^HTTP\/1.1 415 /, 'two fields are one list of codings');
$twice = $leat->raw("POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: $J\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n{\"n\":7}");
like($twice, qr/^HTTP\/1.1 4(00|15) /, 'two media types are none');
my $mime = "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt\r\n--x--\r\n";
gzip(\$mime, \my $packed_form);
is(send_body('/multi', 'multipart/form-data; boundary=x', $packed_form, headers => {'Content-Encoding' => 'gzip'})->{status}, 200, 'a packed form');

# Closed objects.
refused(send_body('/json', $J, '{"n":1,"x":1,"y/z":2}'), 422, $invalid, 'body:/x:additionalProperties body:/y~1z:additionalProperties', 'members that nobody names');
refused(send_body('/deep', $J, '{"z":1,"a/b":[],"m~n":"","u":{"k":1,"x":2}}'), 422, $invalid, 'body:/u/x:additionalProperties', 'further down too');
takes(send_body('/composed', $J, '{"id":1,"name":"n"}'), '{"id":1,"name":"n"}', 1, 'allOf and $ref: each branch names members');
like(errors(send_body('/composed', $J, '{"id":1,"name":"n","x":1}')), qr{^body:/x:\w+$}, 'what no branch names is refused once');
takes(send_body('/one-of', $J, '{"meow":true}'), '{"meow":true}', 1, 'oneOf');
is(send_body('/one-of', $J, '{"meow":true,"x":1}')->{status}, 422, 'oneOf: what the branch does not name');
is(send_body('/one-of', $J, '{"meow":true,"bark":true}')->{status}, 422, 'oneOf: what only the other branch names');
refused(send_body('/one-of', $J, '{"meow":1,"x":2}'), 422, $invalid, 'body::oneOf', 'oneOf: where no branch fits, nothing is called unknown');
refused(send_body('/discriminated', $J, '{"kind":"Cow"}'), 422, $invalid, 'body:/kind:discriminator', 'nor where there is none to choose');
refused(send_body('/discriminated', $J, '{"kind":"Tom","meow":1,"bark":true}'), 422, $invalid, 'body:/meow:type body:/bark:additionalProperties', 'by the one that is chosen, everything');
takes(send_body('/discriminated', $J, '{"kind":"Rex","bark":true}'), '{"kind":"Rex","bark":true}', 1, 'a discriminator');
takes(send_body('/open', $J, '{"a":"b","x":1}'), '{"a":"b","x":1}', 1, 'additionalProperties opens it');
refused(send_body('/open', $J, '{"a":"b","x":"y"}'), 422, $invalid, 'body:/x:type', 'and says how far');

# Defaults.
takes(send_body('/defaults', $J, '{"c":{},"l":[{},{"e":false}]}'), '001 x 2', {a => 'x', b => 2, c => {d => 4}, l => [{e => JSON::PP::true}, {e => JSON::PP::false}]}, 'defaults, nested ones too; :_has_ is what was sent');
$r = send_body('/defaults', $J, '{}');
is($r->{json}{v}, '000 x 2', 'a default is bound');
is_deeply($json->decode($r->{json}{w}), {a => 'x', b => 2, c => {}}, 'and in :_body, as it is written');
takes(send_body('/defaults', $J, '{"a":"y","b":0}'), '110 y 0', {a => 'y', b => 0, c => {}}, 'what was sent stays');
takes(send_body('/shared', $J, '{}'), '{"c":{}}', 1, 'a default of two operations');
is(send_body('/overlaid', $J, '{}')->{json}{v}, '{"c":{"d":4}}', 'one of them adds to it');
takes(send_body('/shared', $J, '{}'), '{"c":{}}', 1, 'and to its own alone');

# readOnly.
refused(send_body('/read-only', $J, '{"id":1,"a":"b"}'), 422, $invalid, 'body:/id:readOnly', 'readOnly');
takes(send_body('/read-only', $J, '{"a":"b","pw":"p"}'), 'b', {a => 'b', pw => 'p'}, 'readOnly is not required, nor filled in');
refused(send_body('/read-only', $J, '{"a":"b","in":{"id":1}}'), 422, $invalid, 'body:/in/id:readOnly', 'readOnly further down');

# Violations: listed in order, at most 32.
my @seen = sort split ' ', errors(send_body('/deep', $J, '{"u":{"k":"x"},"a/b":[{"x":1},{"x":2}],"m~n":3,"z":"q"}'));
is("@seen", 'body:/a~1b/0/x:type body:/a~1b/1/x:type body:/m~0n:type body:/u/k:type body:/z:type', 'every violation with its pointer');
$r = send_body('/list', $J, '[' . join(',', map { '"x"' } 1 .. 100) . ']');
is(scalar @{$r->{json}{errors}}, 32, 'at most 32 violations');
is($r->{json}{more}, 68, 'and how many more');
is($r->{json}{errors}[31]{pointer}, '/31', 'the first ones');
$r = send_body('/list', $J, '[' . join(',', map { '"x"' } 1 .. 32) . ']');
is(scalar(@{$r->{json}{errors}}) . (exists $r->{json}{more} ? ' more' : ''), '32', 'no count where all are told');
ok(!(grep { $_->{message} eq '' || $_->{message} =~ /json-c|pcre/i } @{$r->{json}{errors}}), 'each with words for people');

is($leat->get('/stored/1')->{status}, 200, 'the worker is well after all that');
unlike($leat->log, qr/worker\.died/, 'and never died');
all_done;
