# SPDX-License-Identifier: MIT
# Forms are read by their schema and encoding, urlencoded and in parts, with files as BLOBs.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP ();
use Leat::Bodies;
use Leat::Test;
use Test::More;

my $leat = start_bodies();
my $dir = tempdir(CLEANUP => 1);
my $bytes = join '', map { chr } 0 .. 255;
spew("$dir/bytes", $bytes);
spew("$dir/empty", '');
spew("$dir/big", 'x' x 70_000);

subtest 'a urlencoded form is read by its encoding, and closed as JSON is' => sub {
    takes(send_body('/form', $FORM, 's=a+b%20c%2B&n=3&b=true&l=1&l=2&p=x|y&o=%7B%22x%22:1%7D&d[y]=2&j=[1,2]'),
        '10a b c+',
        {s => 'a b c+', n => 3, b => JSON::PP::true, l => [1, 2], p => ['x', 'y'], o => {x => 1}, d => {y => 2},
        j => [1, 2], f => 'filled'}, 'a form with encoding');
    takes(send_body('/form', $FORM, 's=1&z=%7B%22q%22:1%7D'), '001', {s => '1', z => {q => 1}, f => 'filled'},
        'an object that may be null is JSON text too');
    takes(send_body('/form', "$FORM; charset=UTF-8", 's=%C3%A9'), "00\x{e9}", {s => "\x{e9}", f => 'filled'},
        'a form in UTF-8');
    refused(send_body('/form', "$FORM; charset=latin1", 's=%E9'), 415, $media, '', 'a form in another charset');
    refused(send_body('/form', $FORM, 's=1&s=2'), 400, $not_form, 'body:/s:repeated', 'a field twice');
    refused(send_body('/form', $FORM, 's=1&n=x&l=y'), 400, $not_form, 'body:/n:type body:/l/0:type',
        'fields of other types');
    refused(send_body('/form', $FORM, 's=%E9'), 400, $not_form, 'body:/s:encoding', 'not UTF-8');
    refused(send_body('/form', $FORM, 's=1&who=2'), 422, $invalid, 'body:/who:additionalProperties',
        'a form is closed');
    takes(send_body('/open-form', $FORM, 's=1&who=2&who=3'), '1', {s => '1', who => ['2', '3']},
        'unless it says that it is not');
};

subtest 'a byte order mark before a form is named, though nobody can see it' => sub {
    my $message = 'a name begins with a byte order mark (BOM)';
    for my $mark ("\xef\xbb\xbf", '%EF%BB%BF') {
        for my $path ('/form', '/open-form') {
            my $r = send_body($path, $FORM, "${mark}s=1");
            refused($r, 400, $not_form, 'body::encoding', "$path");
            is($r->{json}{errors}[0]{message}, $message, 'with the reason');
        }
        takes(send_body('/open-form', $FORM, "s=${mark}1"), "\x{feff}1", {s => "\x{feff}1"},
            'a value may begin with one');
    }
};

subtest 'a form in parts has files as BLOBs and other parts by their schemas' => sub {
    my $r = curl('/multi', '-F', 'title=t', '-F', "file=\@$dir/bytes", '-F', 'n=3', '-F', 'l=1', '-F', 'l=2', '-F',
        'o={"x":1};type=application/json');
    is($r->{json}{v}, uc unpack('H*', $bytes), 'the bytes of a file') or diag $r->{body};
    like($r->{json}{w}, qr/^blob text t 01 /, 'as a BLOB');
    is_deeply($json->decode($r->{json}{w} =~ s/^[^{]*//r),
        {title => 't', file => '', n => 3, l => [1, 2], o => {x => 1}, f => 'filled'},
        'the other parts by their schemas');
    is(curl('/multi', '-F', 'title=t', '-F', "file=\@$dir/empty")->{json}{w} =~ /^(\w+)/ && $1, 'blob',
        'an empty file is an empty BLOB');
    is(curl('/multi', '-F', 'title=t')->{json}{w} =~ /^(\w+)/ && $1, 'null', 'no file is NULL');
    is(curl('/multi', '-F', 'title=t', '-F', 'file=plain')->{json}{v}, uc unpack('H*', 'plain'),
        'format: binary without a file name is a file too');
    for (['o={"x":1}', o => {x => 1}], ['os={"x":1}', os => [{x => 1}]], ['oo={"x":1}', oo => {x => 1}],
        ['any=1', any => ['1']], ['e=a', e => 'a'], ["o=\@$dir/o.json;type=application/json", o => {x => 1}]) {
        my ($part, $name, $want) = @$_;
        spew("$dir/o.json", '{"x":1}');
        $r = curl('/multi', '-F', 'title=t', '-F', $part);
        my $got = eval { $json->decode($r->{json}{w} =~ s/^[^{]*//r)->{$name} };
        is_deeply($got, $want, "the part $part" =~ s/\@\S*\///r) or diag $r->{body};
    }
};

# Sends a form of the parts [parameters of Content-Disposition, data].
sub send_parts {
    my ($path, @parts) = @_;
    my $type = 'Content-Type: application/octet-stream';
    my $text = join '', map { "--x\r\nContent-Disposition: form-data; $_->[0]\r\n$type\r\n\r\n$_->[1]\r\n" } @parts;
    return send_body($path, 'multipart/form-data; boundary=x', "$text--x--\r\n");
}

subtest 'a file may have any name that browsers and .NET send' => sub {
    for my $name ('filename="C:\\Users\\a.txt"', "filename=\"\xe4.txt\"",
        "filename=\"\xc3\xa4.txt\"", 'filename="a%22b"',
        'filename="a\\"b"', "filename*=utf-8''%e2%82%ac", "filename=\"=?utf-8?B?w6Q=?=\"; filename*=utf-8''%C3%A4",
        "filename*=UTF-8'en'a", 'filename="a\\"', 'filename="C:\\"b\\"', 'filename="\\"') {
        my $r = send_parts('/multi', ['name="title"', 't'], ["name=\"file\"; $name", 'abc']);
        is($r->{json}{v}, '616263', $name =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger) or diag $r->{body};
    }
    for my $name ("filename*=koi8-r''a", "filename*=a", "filename*0=a", 'filename="a\\"; name="b"',
        'x="a\\"', 'filename="a') {
        refused(send_parts('/multi', ['name="title"', 't'], ["name=\"file\"; $name", 'abc']), 400, $not_form,
            'body::multipart', "but not $name");
    }
};

subtest 'a file input that was left empty is no file' => sub {
    my $title = ['name="title"', 't'];
    my $without = sub { my ($r) = @_; return ($r->{json}{w} // '') =~ s/^(\w+).*?\{/$1 {/r };
    is($without->(send_parts('/multi', $title, ['name="file"; filename=""', ''])), 'null {"title":"t","f":"filled"}',
        'nothing was chosen');
    is($without->(send_parts('/multi', $title, ['name="files"; filename=""', ''])), 'null {"title":"t","f":"filled"}',
        'nor of several');
    is($without->(send_parts('/multi', $title, map { ["name=\"files\"; filename=\"$_\"", $_] } '', 'x')),
        'null {"title":"t","files":[""],"f":"filled"}', 'one of two');
    is($without->(send_parts('/multi', $title, ["name=\"file\"; filename*=utf-8''", ''])),
        'null {"title":"t","f":"filled"}', 'nor by the other form of the name');
    is($without->(send_parts('/multi', $title, ['name="file"; filename="a"', ''])),
        'blob {"title":"t","file":"","f":"filled"}', 'a name makes it a file');
    is($without->(send_parts('/multi', $title, ['name="file"; filename=""', 'a'])),
        'blob {"title":"t","file":"","f":"filled"}', 'so does a byte');
    is($without->(send_parts('/multi', $title, ['name="file"', ''])), 'blob {"title":"t","file":"","f":"filled"}',
        'and a part that comes from no file input');
    refused(send_parts('/store', ['name="data"; filename=""', '']), 422, $invalid, 'body:/data:required',
        'a file that is required');
    refused(send_parts('/multi', ['name="title"; filename=""', '']), 422, $invalid, 'body:/title:required',
        'an input of the wrong kind');
};

subtest 'a part that is wrong is refused with its name' => sub {
    refused(curl('/multi', '-F', 'title=t', '-F', 'o={}'), 422, $invalid, 'body:/o/x:required',
        'a part of JSON that breaks its schema');
    refused(curl('/multi', '-F', 'title=t', '-F', 'o={'), 400, $not_form, 'body:/o:type', 'a part of broken JSON');
    refused(curl('/multi', '-F', 'title=t', '-F', 'n=x'), 400, $not_form, 'body:/n:type', 'a part of another type');
    refused(curl('/multi', '-F', 'title=t', '-F', 'n=x', '-F', 'l=1', '-F', 'o={'), 400, $not_form,
        'body:/n:type body:/o:type', 'every part is read');
    refused(curl('/multi', '-F', 'title=t', '-F', 'title=u'), 400, $not_form, 'body:/title:repeated', 'a part twice');
    refused(curl('/multi', '-F', 'title=t', '-F', 'who=u'), 422, $invalid, 'body:/who:additionalProperties',
        'a part that is unknown');
    refused(curl('/multi', '-F', 'title=toolong'), 422, $invalid, 'body:/title:maxLength', 'a part that is too long');
    my $r = curl('/multi', '-F', "title=\@$dir/bytes");
    is($r->{status}, 400, 'a file is no way around the schema of a text') or diag $r->{body};
    $r = curl('/multi', '-F', 'title=toolong;filename=x');
    refused($r, 422, $invalid, 'body:/title:maxLength', 'nor is a file name');
    is(curl('/multi', '-F', 'title=t', '-F', "file=\@$dir/big")->{status}, 413, 'a form past limits.body');
    is(curl('/multi', '-F', 'title=t', '-F', "files=\@$dir/bytes", '-F', "files=\@$dir/empty")->{status}, 200,
        'several files');
};

subtest 'a file is stored in a table and read back' => sub {
    my $r = curl('/store', '-F', "data=\@$dir/bytes;type=image/png", '-F', 'note=n');
    my $stored = $leat->get("/stored/$r->{json}{id}");
    is_deeply($stored->{json}, {v => uc unpack('H*', $bytes), w => 'blob n'}, 'a file into a table and back');
};

subtest 'a form in parts without its end or a good boundary is refused' => sub {
    my $refused = send_body('/multi', 'multipart/form-data; boundary=x',
        "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt");
    refused($refused, 400, $not_form, 'body::multipart', 'a form that does not end');
    refused(send_body('/multi', 'multipart/form-data', "--x--\r\n"), 400, $not_form, 'body::multipart', 'no boundary');
    refused(send_body('/multi', "multipart/form-data; boundary=$_", "--x--\r\n"), 400, $not_form, 'body::multipart',
        "boundary=$_") for 'a' x 71, '"x', '"x ', 'y; boundary=x';
};

subtest 'the worker is well after all that' => sub {
    is($leat->get('/stored/1')->{status}, 200, 'it answers');
    unlike($leat->log, qr/worker\.died/, 'and never died');
};
all_done;
