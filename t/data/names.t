# SPDX-License-Identifier: MIT
# SQL can name whatever a document may: parameters and properties whose names are no words, too.
use strict;
use warnings;
use utf8;
use Leat::Test;
use Encode qw(encode_utf8);
use Test::More;

my $answer = q(responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}});

# Returns a document with one operation that answers the value which SQL names so.
sub document {
    my ($where, $name, $spelled) = @_;
    my $input = $where eq 'body'
        ? "requestBody: {required: true, content: {application/json: {schema: {type: object, required: ['$name'], "
        . "properties: {'$name': {type: string}}}}}}"
        : "parameters: [{name: '$name', in: $where, schema: {type: string}}]";
    my $method = $where eq 'body' ? 'post' : 'get';
    return encode_utf8(<<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /x:
    $method:
      operationId: x
      $input
      $answer
      x-sql: {returns: one, sql: 'SELECT :$spelled AS x, :_has_$spelled AS has'}
API
}

# Each row: where it is, its name, and how SQL may spell it.
my @names = (
    [query  => 'sort-by',    'sort_by'],
    [query  => 'ids[]',      'ids__', 'ids'],
    [query  => 'page[size]', 'page_size_', 'page_size'],
    [query  => 'page.size',  'page_size'],
    [query  => '$filter',    'filter'],
    [query  => '_id',        'id'],
    [query  => 'größe',      'größe', 'gr__e'],
    [query  => 'filter[a][b]', 'filter_a__b'],
    [header => 'X-Tenant',   'X_Tenant'],
    [body   => 'first-name', 'first_name'],
    [body   => '@id',        'id'],
    [body   => '$ref.x',     'ref_x'],
    [body   => 'größe',      'größe', 'gr__e'],
    [body   => 'два слова',  'два_слова'],
);
for (@names) {
    my ($where, $name, @spelled) = @$_;
    subtest encode_utf8("$name in a $where") => sub {
        for my $spelled (@spelled) {
            my $leat = Leat::Test->new(document => document($where, $name, $spelled))->start;
            my $octets = encode_utf8($name);
            my $query  = $octets =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger;
            my $r = $where eq 'query' ? $leat->get("/x?$query=v")
                : $where eq 'header' ? $leat->get('/x', headers => {$name => 'v'})
                :                      $leat->request('POST', '/x', body => encode_utf8("{\"$name\":\"v\"}"),
                                           headers => {'Content-Type' => 'application/json'});
            is_deeply($r->{json}, {x => 'v', has => 1}, encode_utf8(":$spelled"));
            $leat->stop;
        }
    };
}

subtest 'what could mean two is an error, unless one is meant exactly' => sub {
    my $leat = Leat::Test->new(document => document(query => 'a.b', 'a_b'));
    for (['a-b', 'x: :a_b matches more than one parameter'], ['a_b', '']) {
        my ($other, $message) = @$_;
        my $text = document(query => 'a.b', 'a_b');
        $text =~ s/(parameters: \[)/$1\{name: $other, in: query, schema: {type: string}}, /;
        $leat->write('api.yaml', $text);
        my $err = join "\n", grep { !/is not used/ } split /\n/, $leat->leat('check')->{err};
        like($err, $message ? qr/\Q$message\E/ : qr/\A\z/, $other);
    }
};
all_done;
