# SPDX-License-Identifier: MIT
# Bodies of JSON are taken as their schema says: what is refused and with which violations, what is filled in, and
# what a merge patch leaves out.
use strict;
use warnings;
use JSON::PP ();
use Leat::Bodies;
use Leat::Test;
use Test::More;

my $leat = start_bodies();

subtest 'JSON is read strictly, and checked by its schema' => sub {
    takes(send_body('/json', $JSON, '{ "n": 7 }'), 7, '{ "n": 7 }', 'JSON, and :_body as it was sent');
    takes(send_body('/json', $_, '{"n":7}'), 7, '{"n":7}', $_)
        for 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"',
        'application/json ; charset=us-ascii', 'application/json;v=1',
        'application/json;v="a; charset=latin1; b"';
    refused(send_body('/json', "$JSON; charset=$_", '{"n":7}'), 415, $media, '', "charset $_")
        for 'iso-8859-1', 'utf-16', '""';
    for my $mark ("\xef\xbb\xbf", "\xff\xfe", "\xfe\xff") {
        my $r = send_body('/json', $JSON, "$mark\{\"n\":7}");
        refused($r, 400, $not_json, 'body::json', 'a byte order mark');
        like($r->{json}{errors}[0]{message}, qr/byte order mark.*, at line 1, column 1$/, 'which the message names');
    }
    refused(send_body('/json', $JSON, qq({"n":7,"s":"\xff"})), 400, $not_json, 'body::json', 'invalid UTF-8');
    refused(send_body('/json', $JSON, '[' x 17 . ']' x 17), 400, $not_json, 'body::json', 'nested past limits.depth');
    refused(send_body('/json', $JSON, '{"n":7,"n":7}'), 400, $not_json, 'body::json', 'a duplicate key');
    refused(send_body('/json', $JSON, '{"n":7} x'), 400, $not_json, 'body::json', 'text behind it');
    refused(send_body('/json', $JSON, '{"n":10}'), 422, $invalid, 'body:/n:maximum', 'a violation');
    refused(send_body('/json', $JSON, '[]'), 422, $invalid, 'body::type', 'another type');
    refused(send_body('/json', $JSON, 'null'), 422, $invalid, 'body::type', 'null where no null is');
    takes(send_body('/scalar', $JSON, 'null'), 1, 'null', 'null where null is') ;
    takes(send_body('/scalar', $JSON, ' 12 '), 1, ' 12 ', 'a bare number');
    takes(send_body('/any', $JSON, '{"what":[1,{"ever":null}]}'), 1, {what => [1, {ever => undef}]},
        'no schema: anything');
    refused(send_body('/json', 'text/json', '{"n":7}'), 415, $media, '', 'text/json is not JSON here');
    refused(send_body('/json', 'application/vnd.t+json', '{"n":7}'), 415, $media, '', '+json that is not declared');
    takes(send_body('/plus', 'application/vnd.t+json', '{"n":7}'), 7, '{"n":7}', '+json that is');
    refused(send_body('/plus', $JSON, '{"n":7}'), 415, $media, '', 'then JSON is another type');
    refused(send_body('/json', undef, '{"n":7}'), 415, $media, '', 'no media type');
    takes(send_body('/list', $JSON, '[1,2]'), '[1,2]', 1, 'a list');
    refused(send_body('/list', $JSON, '[1,"a",2,"b"]'), 422, $invalid, 'body:/1:type body:/3:type', 'its items');
};

subtest 'a body that is missing or empty is refused only where one is required' => sub {
    refused(send_body('/json', undef, undef), 400, 'a body is required', '', 'no body');
    refused(send_body('/json', undef, ''), 400, 'a body is required', '', 'no bytes');
    refused(send_body('/json', $JSON, ''), 400, 'a body is required', '', 'no bytes of JSON');
    refused(send_body('/json', $JSON, ' '), 400, $not_json, 'body::json', 'a space is not JSON');
    takes(send_body('/optional', undef, undef, method => 'PUT'), 0, undef, 'no body where none is needed');
    takes(send_body('/optional', $JSON, '', method => 'PUT'), 0, undef, 'no bytes where none are needed');
    takes(send_body('/optional', $JSON, '{"n":3}', method => 'PUT'), 1, '{"n":3}', 'and one all the same');
    takes(send_body('/none', 'image/png', 'x' x 100), 1, undef, 'what is not asked for is not looked at');
    takes(send_body('/text', 'text/plain', ''), '', 'text', 'empty text is text');
    takes(send_body('/bytes', 'application/octet-stream', ''), '', 'blob', 'no bytes are bytes');
    refused(send_body('/form', $FORM, ''), 422, $invalid, 'body:/s:required', 'an empty form is a form');
    takes(send_body('/open-form', $FORM, ''), undef, {}, 'whose fields may all be absent');
    refused(send_body('/multi', 'multipart/form-data; boundary=x', ''), 400, 'a body is required', '',
        'no bytes of a form in parts');
    refused(send_body('/multi', 'multipart/form-data; boundary=x', "--x--\r\n"), 422, $invalid, 'body:/title:required',
        'no part is a form');
};

subtest 'a merge patch is checked, and nothing is filled in' => sub {
    takes(send_body('/merge', $PATCH, '{"a":null}', method => 'PATCH'), '100-null-null', '{"a":null}',
        'null is there, and nothing is filled in');
    takes(send_body('/merge', $PATCH, '{"b":3,"c":{}}', method => 'PATCH'), '011-null-3', '{"b":3,"c":{}}',
        'what is absent stays absent');
    refused(send_body('/merge', $PATCH, '{}', method => 'PATCH'), 422, $invalid, 'body::minProperties',
        'its schema holds');
    refused(send_body('/merge', $PATCH, '{"a":1}', method => 'PATCH'), 422, $invalid, 'body:/a:type',
        'for its members too');
    takes(send_body('/both', $PATCH, '{}', method => 'PATCH'), 0, {}, 'both: a merge patch is not filled in');
    takes(send_body('/both', $JSON, '{}', method => 'PATCH'), 0, {a => 'filled'}, 'both: JSON is');
};

subtest 'a member that no branch of a schema names is refused' => sub {
    refused(send_body('/json', $JSON, '{"n":1,"x":1,"y/z":2}'), 422, $invalid,
        'body:/x:additionalProperties body:/y~1z:additionalProperties', 'members that nobody names');
    refused(send_body('/deep', $JSON, '{"z":1,"a/b":[],"m~n":"","u":{"k":1,"x":2}}'), 422, $invalid,
        'body:/u/x:additionalProperties', 'further down too');
    takes(send_body('/composed', $JSON, '{"id":1,"name":"n"}'), '{"id":1,"name":"n"}', 1,
        'allOf and $ref: each branch names members');
    like(errors(send_body('/composed', $JSON, '{"id":1,"name":"n","x":1}')), qr{^body:/x:\w+$},
        'what no branch names is refused once');
    takes(send_body('/one-of', $JSON, '{"meow":true}'), '{"meow":true}', 1, 'oneOf');
    is(send_body('/one-of', $JSON, '{"meow":true,"x":1}')->{status}, 422, 'oneOf: what the branch does not name');
    is(send_body('/one-of', $JSON, '{"meow":true,"bark":true}')->{status}, 422,
        'oneOf: what only the other branch names');
    refused(send_body('/one-of', $JSON, '{"meow":1,"x":2}'), 422, $invalid, 'body::oneOf',
        'oneOf: where no branch fits, nothing is called unknown');
    refused(send_body('/discriminated', $JSON, '{"kind":"Cow"}'), 422, $invalid, 'body:/kind:discriminator',
        'nor where there is none to choose');
    refused(send_body('/discriminated', $JSON, '{"kind":"Tom","meow":1,"bark":true}'), 422, $invalid,
        'body:/meow:type body:/bark:additionalProperties', 'by the one that is chosen, everything');
    takes(send_body('/discriminated', $JSON, '{"kind":"Rex","bark":true}'), '{"kind":"Rex","bark":true}', 1,
        'a discriminator');
    takes(send_body('/open', $JSON, '{"a":"b","x":1}'), '{"a":"b","x":1}', 1, 'additionalProperties opens it');
    refused(send_body('/open', $JSON, '{"a":"b","x":"y"}'), 422, $invalid, 'body:/x:type', 'and says how far');
};

subtest 'defaults are filled in, in :_body too, and :_has_ tells what was sent' => sub {
    takes(send_body('/defaults', $JSON, '{"c":{},"l":[{},{"e":false}]}'), '001 x 2',
        {a => 'x', b => 2, c => {d => 4}, l => [{e => JSON::PP::true}, {e => JSON::PP::false}]},
        'defaults, nested ones too; :_has_ is what was sent');
    my $r = send_body('/defaults', $JSON, '{}');
    is($r->{json}{v}, '000 x 2', 'a default is bound');
    is_deeply($json->decode($r->{json}{w}), {a => 'x', b => 2, c => {}}, 'and in :_body, as it is written');
    takes(send_body('/defaults', $JSON, '{"a":"y","b":0}'), '110 y 0', {a => 'y', b => 0, c => {}},
        'what was sent stays');
    takes(send_body('/shared', $JSON, '{}'), '{"c":{}}', 1, 'a default of two operations');
    is(send_body('/overlaid', $JSON, '{}')->{json}{v}, '{"c":{"d":4}}', 'one of them adds to it');
    takes(send_body('/shared', $JSON, '{}'), '{"c":{}}', 1, 'and to its own alone');
};

subtest 'what is readOnly is not required, and dropped' => sub {
    takes(send_body('/read-only', $JSON, '{"id":1,"a":"b"}'), 'b', {a => 'b'}, 'readOnly is dropped');
    takes(send_body('/read-only', $JSON, '{"id":"none","a":"b"}'), 'b', {a => 'b'}, 'whatever it is');
    takes(send_body('/read-only', $JSON, '{"a":"b","pw":"p"}'), 'b', {a => 'b', pw => 'p'},
        'readOnly is not required, nor filled in');
    takes(send_body('/read-only', $JSON, '{"a":"b","in":{"id":1}}'), 'b', {a => 'b', in => {}}, 'also further down');
    refused(send_body('/read-only', $JSON, '{"a":"b","in":{"id":1,"x":2}}'), 422, $invalid,
        'body:/in/x:additionalProperties', 'and nothing else is');
};

subtest 'with readonly: refuse, what is readOnly is refused' => sub {
    my $strict = Leat::Test->new(workers => 1, config => "readonly: refuse\n", document => <<'API')->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /a:
    put:
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "SELECT :a"}
components: {schemas: {A: {type: object, properties: {id: {type: integer, readOnly: true}, a: {type: string}}}}}
API
    my %json = ('Content-Type' => $JSON);
    my $r = $strict->request('PUT', '/a', headers => \%json, body => '{"id":1,"a":"b"}');
    my $error = $r->{json}{errors}[0];
    is("$r->{status} $error->{pointer} $error->{keyword}", '422 /id readOnly', 'with its place');
};

subtest 'every violation is listed in order, and past 32 they are counted' => sub {
    my @seen = sort split ' ',
        errors(send_body('/deep', $JSON, '{"u":{"k":"x"},"a/b":[{"x":1},{"x":2}],"m~n":3,"z":"q"}'));
    is("@seen", 'body:/a~1b/0/x:type body:/a~1b/1/x:type body:/m~0n:type body:/u/k:type body:/z:type',
        'every violation with its pointer');
    my $r = send_body('/list', $JSON, '[' . join(',', map { '"x"' } 1 .. 100) . ']');
    is(scalar @{$r->{json}{errors}}, 32, 'at most 32 violations');
    is($r->{json}{more}, 68, 'and how many more');
    is($r->{json}{errors}[31]{pointer}, '/31', 'the first ones');
    $r = send_body('/list', $JSON, '[' . join(',', map { '"x"' } 1 .. 32) . ']');
    is(scalar(@{$r->{json}{errors}}) . (exists $r->{json}{more} ? ' more' : ''), '32', 'no count where all are told');
    ok(!(grep { $_->{message} eq '' || $_->{message} =~ /json-c|pcre/i } @{$r->{json}{errors}}),
        'each with words for people');
};

subtest 'the worker is well after all that' => sub {
    is(send_body('/json', $JSON, '{"n":7}')->{status}, 200, 'it answers');
    unlike($leat->log, qr/worker\.died/, 'and never died');
};
all_done;
