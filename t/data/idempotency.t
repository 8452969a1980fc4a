# SPDX-License-Identifier: MIT
# A write that is repeated with the same Idempotency-Key is done once, and answered the same.
use strict;
use warnings;
use Leat::Idempotency;
use Leat::Test;
use Test::More;

my $leat = keeping(workers => 2)->start;

sub error { my ($r) = @_; return "$r->{status} " . ($r->{json}{error} // '') }
my $reused    = '422 Idempotency-Key was used for a different request';
my $malformed = '400 Idempotency-Key must be a string of 1 to 255 printable characters';

subtest 'a repeated creation is answered the same' => sub {
    my $first = make($leat, 'ann', '"k1"', {v => 'one'});
    is($first->{status}, 201, 'the first is done');
    like($first->{headers}{location}, qr{^/v1/things/\d+$}, 'with a Location');
    is($first->{headers}{etag}, '"1"', 'and an ETag');
    for my $again (1 .. 3) {
        my $r = make($leat, 'ann', '"k1"', {v => 'one'});
        ok(same($first, $r), "replay $again") or diag(headers_of($first), "\n", headers_of($r));
    }
    is(rows($leat, "v = 'one'"), 1, 'there is one row');
    is($first->{headers}{'x-request-id'} eq make($leat, 'ann', '"k1"', {v => 'one'})->{headers}{'x-request-id'}, '',
        'each request has its own ID');
};

subtest 'a key may be quoted or bare' => sub {
    my $first = make($leat, 'ann', '8e03978e-40d5-43dd-bc93-6894a57f9324', {v => 'bare'});
    ok(same($first, make($leat, 'ann', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', {v => 'bare'})), 'it is the same key');
    my $spaced = make($leat, 'ann', '"a \\"b\\" \\\\, c"', {v => 'spaced'});
    is($spaced->{status}, 201, 'a string may have escapes');
    ok(same($spaced, make($leat, 'ann', '"a \\"b\\" \\\\, c"', {v => 'spaced'})), 'and is replayed');
    my $long = 'x' x 255;
    is(make($leat, 'ann', $long, {v => 'long'})->{status}, 201, '255 characters are few enough');
};

subtest 'a malformed key is refused' => sub {
    my $before = rows($leat);
    for my $key ('', '""', '"a', 'a"', '"a"b', '"a"; p=1', 'a, b', '"a", "b"', 'a b', 'a;b', '"a\\n"', '"a\\',
        "\"caf\xc3\xa9\"", "caf\xc3\xa9", "a\tb", 'x' x 256, '"' . 'x' x 256 . '"') {
        is(error(make($leat, 'ann', $key, {v => 'bad'})), $malformed, "($key)");
    }
    my $socket = $leat->connect;
    my $head = join '', map { "$_\r\n" } 'POST /v1/things HTTP/1.1', 'Host: x', 'Content-Type: application/json',
        'Content-Length: 11', 'Idempotency-Key: "a"', 'Idempotency-Key: "a"', 'Connection: close',
        'Authorization: ' . sent('ann')->{Authorization};
    syswrite $socket, qq($head\r\n{"v":"bad"});
    is(error(Leat::Test::parse_answer(Leat::Test::read_all($socket, 10))), $malformed, 'two fields');
    is(rows($leat), $before, 'and nothing is written');
};

subtest 'a missing key is refused where it is required' => sub {
    my $id = make($leat, 'ann', undef, {v => 'unkeyed'})->{json}{id};
    ok($id, 'an optional key may be absent');
    my $r = $leat->request('PUT', "/v1/things/$id", json => {v => 'x'}, headers => sent('ann'));
    is(error($r), '400 Idempotency-Key is required', 'a required one may not');
    $r = $leat->request('PUT', "/v1/things/$id", json => {v => ''}, headers => sent('ann', 'put'));
    is($r->{status}, 200, 'with a key it is done');
};

subtest 'a key that is used for another request is refused' => sub {
    my $first = make($leat, 'ann', 'k2', {v => 'two'}, query => '?note=a');
    is($first->{status}, 201, 'the first is done');
    is(error(make($leat, 'ann', 'k2', {v => 'three'}, query => '?note=a')), $reused, 'another body');
    is(error(make($leat, 'ann', 'k2', {v => 'two'}, query => '?note=b')), $reused, 'another query');
    is(error(make($leat, 'ann', 'k2', {v => 'two'})), $reused, 'no query');
    is(error(make($leat, 'ann', 'k2', {v => 'two'}, query => '?note=a', 'X-Note' => 'c')), $reused, 'another header');
    ok(same($first, make($leat, 'ann', 'k2', {v => 'two'}, query => '?note=a')), 'the first is still replayed');
    my @ids = map { make($leat, 'ann', undef, {v => "path $_"})->{json}{id} } 1, 2;
    my @r = map { $leat->request('PUT', "/v1/things/$_", json => {v => "new $_"}, headers => sent('ann', 'p')) } @ids;
    is("$r[0]{status} " . error($r[1]), "200 $reused", 'another path');
};

subtest 'JSON and forms are compared by their values' => sub {
    my %other = (
        '{"v":"j","a":[1,{"c":2,"b":null}]}' => 201,
        ' { "a" : [1,{"b":null,"c":2}], "\\u0076":"\\u006a"}' => 201,
        '{"v":"j","a":[1,{"c":2,"b":false}]}' => 422,
        '{"v":"j","a":[{"c":2,"b":null},1]}' => 422,
        '{"v":"j","a":[1,{"c":2}]}' => 422,
        '{"v":"j","a":[1,{"c":2,"b":null,"d":null}]}' => 422,
        '{"v":"j","a":[1.5,{"c":2,"b":null}]}' => 422,
        '{"v":"j","a":["1",{"c":2,"b":null}]}' => 422,
        '{"v":"j"}' => 422,
    );
    my $post = sub { $leat->request('POST', '/v1/things', body => $_[0], headers => sent('ann', 'json')) };
    is($post->('{"v":"j","a":[1,{"c":2,"b":null}]}')->{status}, 201, 'the first is done');
    is($post->($_)->{status}, $other{$_}, $_) for sort keys %other;
    my $form = sub {
        my ($boundary, $file, $note) = @_;
        my $of = 'Content-Disposition: form-data; name=';
        my $body = join "\r\n", "--$boundary", qq($of"note"), '', $note, "--$boundary", qq($of"file"; filename="f"),
            'Content-Type: a/b', '', $file, "--$boundary--", '';
        return $leat->request('POST', '/v1/files', body => $body,
            headers => sent('ann', 'form', 'Content-Type' => "multipart/form-data; boundary=$boundary"));
    };
    my $first = $form->('one', "a\0b", 'n');
    is("$first->{status} $first->{json}{v}", '200 610062n', 'a form with a file');
    ok(same($first, $form->('two', "a\0b", 'n')), 'another boundary');
    is(error($form->('one', "a\0c", 'n')), $reused, 'another file');
    is(error($form->('one', "a\0b", 'm')), $reused, 'another field');
};

subtest 'a key belongs to its caller and its operation' => sub {
    my $ann = make($leat, 'ann', 'shared', {v => 'mine'});
    my $bob = make($leat, 'bob', 'shared', {v => 'mine'});
    is("$ann->{status} $bob->{status}", '201 201', 'two callers may use one key');
    isnt($ann->{json}{id}, $bob->{json}{id}, 'and each has a row');
    is($bob->{headers}{'idempotent-replayed'}, undef, 'it is no replay');
    ok(same($bob, make($leat, 'bob', 'shared', {v => 'mine'})), 'each is replayed its own');
    is(error(make($leat, 'bob', 'shared', {v => 'other'})), $reused, "and told of one's own");
    is(make($leat, 'carl', 'shared', {v => 'other'})->{status}, 201, 'never of the key of another');
    my $put = $leat->request('PUT', "/v1/things/$ann->{json}{id}", json => {v => 'put'},
        headers => sent('ann', 'shared'));
    is($put->{status}, 200, 'another operation has keys of its own');
    is(make($leat, 'ann', 'shared', {v => 'mine'})->{json}{v}, 'mine', 'and a replay tells what was answered then');
};

subtest 'a caller who comes for another tenant makes another request' => sub {
    my $post = sub { $leat->request('POST', '/v1/tenant', headers => sent('ann', 't', claims => {tenant => $_[0]})) };
    my $first = $post->('a');
    is("$first->{status} $first->{json}{v}", '200 a', 'the first is done');
    ok(same($first, $post->('a')), 'another token of the same tenant gets the replay');
    is(error($post->('b')), $reused, 'a token of another does not');
};

subtest 'a refused request does not use the key up' => sub {
    make($leat, 'ann', undef, {v => 'taken'});
    is(make($leat, 'ann', 'k3', {v => 'taken'})->{status}, 409, 'a constraint refuses it');
    is(make($leat, 'ann', 'k3', {v => 'taken'})->{status}, 409, 'and again');
    my $row = rows($leat, "v = 'free'");
    my $first = make($leat, 'ann', 'k3', {v => 'free'});
    is("$row $first->{status}", '0 201', 'the key can be used for another request');
    ok(same($first, make($leat, 'ann', 'k3', {v => 'free'})), 'and is then taken');
    is(make($leat, 'ann', 'k4', {})->{status}, 422, 'nor does an invalid request');
    is(make($leat, 'ann', 'k4', {v => 'valid'})->{status}, 201, 'use it up');
};

subtest 'a conditional update is replayed although the version has changed' => sub {
    my $id = make($leat, 'ann', undef, {v => 'versioned'})->{json}{id};
    my $put = sub { $leat->request('PUT', "/v1/things/$id", json => {v => 'next'},
        headers => sent('ann', 'if', 'If-Match' => $_[0])) };
    my $first = $put->('"1"');
    is("$first->{status} $first->{headers}{etag}", '200 "2"', 'the first is done');
    ok(same($first, $put->('"1"')), 'the repetition is answered the same, not 412');
    is(error($put->('"2"')), $reused, 'another condition is another request');
};

subtest 'an answer without a body is replayed' => sub {
    my $id = make($leat, 'ann', undef, {v => 'dropped'})->{json}{id};
    my $drop = sub { $leat->delete("/v1/things/$id", headers => sent('ann', $_[0])) };
    my $first = $drop->('drop');
    is("$first->{status} $first->{body}", '204 ', 'the first is done');
    ok(same($first, $drop->('drop')), 'the repetition is answered the same, not 404');
    is($drop->('drop2')->{status}, 404, 'with another key nothing is found');
    is($drop->(undef)->{status}, 404, 'as without a key');
};

subtest 'bytes are compared as they are' => sub {
    my %type = ('Content-Type' => 'application/octet-stream');
    my $post = sub { $leat->request('POST', '/v1/bytes', body => $_[0], headers => sent('ann', 'b', %type)) };
    my $first = $post->("a\0b\xff");
    is("$first->{status} $first->{json}{v}", '200 610062FF', 'the first is done');
    ok(same($first, $post->("a\0b\xff")), 'the same bytes');
    is(error($post->("a\0c\xff")), $reused, 'other bytes behind a NUL');
    is(error($post->("a\0b")), $reused, 'fewer bytes');
};

subtest 'row security holds' => sub {
    my $id = make($leat, 'bob', undef, {v => 'of bob'})->{json}{id};
    my $put = sub { $leat->request('PUT', "/v1/things/$id", json => {v => 'new'}, headers => sent($_[0], 'foreign')) };
    is($put->('ann')->{status}, 404, "another caller's row is not found");
    my $first = $put->('bob');
    is($first->{status}, 200, 'its owner changes it under the same key');
    ok(same($first, $put->('bob')), 'and gets the replay');
    is($put->('ann')->{status}, 404, 'which the other does not');
};

subtest 'a value on which the statement fails does not use the key up' => sub {
    my $post = sub { $leat->post('/v1/json', {v => $_[0]}, headers => sent('ann', 'value')) };
    is($post->('no JSON')->{status}, 422, 'it is refused');
    my $first = $post->('{"v":"extracted"}');
    is("$first->{status} $first->{json}{v}", '201 extracted', 'what is right is done');
    ok(same($first, $post->('{"v":"extracted"}')), 'and kept');
    is($post->('no JSON')->{status}, 422, 'the other is another request now');
};

subtest 'keys outlive a reload and a restart' => sub {
    my $first = make($leat, 'ann', 'k5', {v => 'five'});
    $leat->write('api.yaml',
        document('version: "1"' => 'version: "2"', '/things/{id}' => '/things/0', '"201"' => '"200"',
            'operationId: make' => 'operationId: made'));
    is($leat->ctl('reload')->{code}, 0, 'a reload answers otherwise');
    is(make($leat, 'ann', undef, {v => 'after'})->{status}, 200, 'what is new');
    ok(same($first, make($leat, 'ann', 'k5', {v => 'five'})), 'but repeats what is old');
    $leat->stop;
    unlink $leat->{log};    # which start() reads
    $leat->start;
    ok(same($first, make($leat, 'ann', 'k5', {v => 'five'})), 'as it does after a restart');
};

all_done;
