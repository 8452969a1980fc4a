# SPDX-License-Identifier: MIT
# The media type and the coding of a body decide how it is read; what is not declared is refused with what would
# be accepted.
use strict;
use warnings;
use IO::Compress::Gzip qw(gzip $GzipError);
use Leat::Bodies;
use Leat::Test;
use Test::More;

my $leat = start_bodies();
my $coding = 'the content coding of the body is not supported';
my $bytes = join '', map { chr } 0 .. 255;
my $packed;
gzip(\'{"n":7}', \$packed) or die $GzipError;
my %gzip = (headers => {'Content-Encoding' => 'gzip'});

subtest 'a 415 lists what would be accepted' => sub {
    my $r = send_body('/several', 'no/thing', 'x');
    is($r->{status}, 200, 'everything is taken by */*');
    $r = send_body('/range', $JSON, '{}');
    is("$r->{status} " . ($r->{headers}{'accept-post'} // ''), '415 image/*, text/*', 'Accept-Post');
    $r = send_body('/both', 'text/plain', '{}', method => 'PATCH');
    is("$r->{status} " . ($r->{headers}{'accept-patch'} // ''), "415 $PATCH, $JSON", 'Accept-Patch');
    ok(!$r->{headers}{'accept-post'}, 'and of a PATCH nothing else');
    $r = send_body('/optional', 'text/plain', '{}', method => 'PUT');
    is(join(',', $r->{status}, grep { /^accept/ } keys %{$r->{headers}}), '415', 'a PUT has no such field');
};

subtest 'text is UTF-8, and bytes are a BLOB' => sub {
    takes(send_body('/text', 'text/plain', "h\xc3\xa9\n\"{"), "h\x{e9}\n\"{", 'text', 'text');
    refused(send_body('/text', 'text/plain', 'x' x 11), 422, $invalid, 'body::maxLength', 'text that is too long');
    refused(send_body('/text', 'text/plain', "\xe9"), 400, 'the body is not UTF-8 text', '', 'text that is not UTF-8');
    refused(send_body('/text', 'text/plain; charset=latin1', "\xe9"), 415, $media, '', 'text that says so');
    takes(send_body('/bytes', 'application/octet-stream', $bytes), uc unpack('H*', $bytes), 'blob', 'bytes');
    refused(send_body('/bytes', 'text/plain', 'x'), 415, $media, '', 'bytes by another name');
};

subtest 'the most specific of several media types decides (OpenAPI 3.1, 4.8.13.1)' => sub {
    takes(send_body('/several', $JSON, '{"n":3}'), 3, 'text', 'several: JSON');
    refused(send_body('/several', $JSON, '{"n":"x"}'), 422, $invalid, 'body:/n:type', 'several: by its schema');
    takes(send_body('/several', $FORM, 'n=4'), 4, 'text', 'several: a form');
    takes(send_body('/several', 'text/plain', 'x'), undef, 'text', 'several: text');
    takes(send_body('/several', 'image/png', 'x'), undef, 'blob', 'several: a range');
    takes(send_body('/range', 'text/csv', 'a,b'), 'text', 'a,b', 'a range of text is text');
    refused(send_body('/range', 'text/csv', ''), 422, $invalid, 'body::minLength', 'with its schema');
};

subtest 'a body in gzip is unpacked up to limits.body, and damage is refused' => sub {
    for my $name ('gzip', 'x-gzip', 'GZIP') {
        takes(send_body('/json', $JSON, $packed, headers => {'Content-Encoding' => $name}), 7, '{"n":7}', $name);
    }
    takes(send_body('/json', $JSON, '{"n":7}', headers => {'Content-Encoding' => 'identity'}), 7, '{"n":7}',
        'identity');
    takes(send_body('/json', $JSON, do {
        gzip(\'{"n"', \my $a);
        gzip(\':7}', \my $b);
        "$a$b";
    }, %gzip), 7, '{"n":7}', 'two members of gzip');
    for (['junk', 'junk'], ['cut', substr $packed, 0, -3], ['empty', ''], ['with something behind', "${packed}x"],
        ['with a wrong checksum', substr($packed, 0, -8) . "\0" x 8]) {
        refused(send_body('/json', $JSON, $_->[1], %gzip), 400, 'the body cannot be decompressed', '', "gzip: $_->[0]");
    }
    for my $size (64 * 1024 + 1, 50_000_000) {
        gzip(\(' ' x $size), \my $bomb);
        refused(send_body('/any', $JSON, $bomb, %gzip), 413, 'the body is too large', '', "gzip: $size bytes of it");
    }
    gzip(\('{"n":7}' . ' ' x (64 * 1024 - 7)), \my $full);
    takes(send_body('/json', $JSON, $full, %gzip), 7, '{"n":7}' . ' ' x (64 * 1024 - 7), 'gzip: just limits.body');
};

subtest 'other codings and two types are refused, with what would do' => sub {
    for my $name ('deflate', 'br', 'gzip, gzip', 'junk') {
        my $r = send_body('/json', $JSON, $packed, headers => {'Content-Encoding' => $name});
        refused($r, 415, $coding, '', "another coding: $name");
        is($r->{headers}{'accept-encoding'}, 'gzip', 'and what would do');
    }
    my $post = "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: $JSON\r\n";
    my $codings = "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n";
    my $twice = $leat->raw("$post${codings}Content-Length: " . length($packed) . "\r\n\r\n$packed");
    like($twice, qr/^HTTP\/1.1 415 /, 'two fields are one list of codings');
    $twice = $leat->raw("${post}Content-Type: text/plain\r\nContent-Length: 7\r\n\r\n{\"n\":7}");
    like($twice, qr/^HTTP\/1.1 4(00|15) /, 'two media types are none');
    my $mime = "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt\r\n--x--\r\n";
    gzip(\$mime, \my $packed_form);
    is(send_body('/multi', 'multipart/form-data; boundary=x', $packed_form, %gzip)->{status}, 200, 'a packed form');
};

subtest 'the worker is well after all that' => sub {
    is(send_body('/text', 'text/plain', 'x')->{status}, 200, 'it answers');
    unlike($leat->log, qr/worker\.died/, 'and never died');
};
my $object = '{$ref: "#/components/schemas/O"}';
my $answers = "responses: {'200': {description: d, content: {'*/*': {schema: {type: object}}}}}";
my $ranges = <<"YAML";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /any: {post: {operationId: any, $answers, requestBody: {content: {'*/*': {schema: $object}}}, BINDS}}
  /some: {post: {operationId: some, $answers, requestBody: {content: {'application/*': {schema: $object}}}, BINDS}}
  /json: {post: {operationId: json, $answers, requestBody: {content: {'*/*': {schema: $object}, MORE}}, BINDS}}
  /bytes: {post: {operationId: bytes, $answers, requestBody: {content: {'*/*': {schema: {type: string}}}}, TAKES}}
components: {schemas: {O: {type: object, required: [name], properties: {name: {type: string}}}}}
YAML
$ranges =~ s/BINDS/x-sql: {returns: one, sql: "SELECT :name AS name"}/g;
$ranges =~ s/TAKES/x-sql: {returns: one, sql: "SELECT length(:_body) AS n"}/g;
$ranges =~ s/MORE/'application\/json': {schema: $object}/g;

subtest 'a range that includes JSON is JSON where its schema names members' => sub {
    my $any = Leat::Test->new(document => $ranges);
    is($any->leat('check')->{code}, 0, 'it can be served');
    $any->start;
    for my $path (qw(/any /some /json)) {
        my $r = $any->request(POST => $path, json => {name => 'n'});
        is("$r->{status} $r->{headers}{'content-type'} $r->{body}", '200 application/json {"name":"n"}', $path);
        is($any->request(POST => $path, json => {})->{status}, 422, 'its schema holds');
        my %xml = (headers => {'Content-Type' => 'application/xml'}, body => '<name/>');
        is($any->request(POST => $path, %xml)->{status}, 415, 'what has no members is refused');
    }
    my %json = (headers => {'Content-Type' => 'application/json'}, body => '{"a":1}');
    is($any->request(POST => '/bytes', %json)->{body}, '{"n":7}', 'bytes stay as they are');
    my $schema = $any->get('/openapi.json')->{json}{paths}{'/any'}{post}{requestBody}{content}{'*/*'}{schema};
    ok(exists $schema->{unevaluatedProperties}, 'its object is published as closed');
    $any->stop;
};

my $many = <<"YAML";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /named: {post: {operationId: named, $answers, requestBody: {\$ref: '#/components/requestBodies/Many'}, BINDS}}
  /whole: {post: {operationId: whole, $answers, requestBody: {\$ref: '#/components/requestBodies/Many'}, TAKES}}
components:
  requestBodies:
    Many:
      content:
        application/xml: {schema: $object}
        application/json: {schema: $object}
        text/plain: {schema: {type: string}}
  schemas: {O: {type: object, required: [name], properties: {name: {type: string}}}}
YAML
$many =~ s/BINDS/x-sql: {returns: one, sql: "SELECT :name AS name"}/;
$many =~ s/TAKES/x-sql: {returns: one, sql: "SELECT length(:_body) AS n"}/;

subtest 'a type that no statement can read is refused beside one that is read, and not published' => sub {
    my $both = Leat::Test->new(document => $many);
    my $check = $both->leat('check');
    is($check->{code}, 0, 'what generators write is served');
    like($check->{err}, qr/api\.yaml:\d+:\d+: warning: named: a body of \Q$_\E will be answered 415/, "$_: a warning")
        for 'application/xml', 'text/plain';
    unlike($check->{err}, qr/warning: whole: a body/, 'none where :_body reads it');
    $both->start;
    my $paths = $both->get('/openapi.json')->{json}{paths};
    for my $row (['application/xml', '<a/>', 4], ['text/plain', 'abc', 3]) {
        my ($type, $body, $n) = @$row;
        my %sent = (headers => {'Content-Type' => $type}, body => $body);
        my $refused = $both->request(POST => '/named', %sent);
        is("$refused->{status} $refused->{headers}{'accept-post'}", '415 application/json', "$type is refused");
        is($both->request(POST => '/whole', %sent)->{body}, qq({"n":$n}), 'but not by :_body');
    }
    is($both->request(POST => '/named', json => {name => 'n'})->{body}, '{"name":"n"}', 'JSON is read');
    is(join(' ', sort keys %{$paths->{'/named'}{post}{requestBody}{content}}), 'application/json', 'what is published');
    is($paths->{'/whole'}{post}{requestBody}{'$ref'}, '#/components/requestBodies/Many', 'others keep theirs');
    $both->stop;
};

subtest 'members cannot be bound where a media type is not read into members' => sub {
    for my $type ('application/xml', 'text/plain', 'image/*') {
        my $check = Leat::Test->new(document => $ranges =~ s/'application\/\*'/'$type'/r)->leat('check');
        is($check->{code}, 1, "$type is refused");
        like($check->{err}, qr/api\.yaml:5:\d+: some: :name cannot be read from a body of \Q$type\E/, 'and where');
    }
};

all_done;
