# SPDX-License-Identifier: MIT
# A server of t/harness/bodies.yaml, whose operations answer with what became of a body: v and w.
#
#     my $leat = start_bodies();
#     takes(send_body('/json', $JSON, '{"n":7}'), 7, '{"n":7}', 'JSON');
#     refused(send_body('/json', $JSON, '[]'), 422, $invalid, 'body::type', 'another type');
package Leat::Bodies;

use strict;
use warnings;
use Exporter qw(import);
use JSON::PP ();
use Leat::Test;
use Test::More;

our @EXPORT = qw($JSON $FORM $PATCH $invalid $not_json $not_form $media $json start_bodies send_body curl errors takes
    refused);

our $JSON = 'application/json';
our $FORM = 'application/x-www-form-urlencoded';
our $PATCH = 'application/merge-patch+json';
our $invalid = 'validation failed';
our $not_json = 'the body is not valid JSON';
our $not_form = 'the body is not a valid form';
our $media = 'the media type of the body is not supported';
our $json = JSON::PP->new->canonical->allow_nonref; # of texts within answers

my $leat;

sub start_bodies {
    my $table = 'CREATE TABLE f (id INTEGER PRIMARY KEY, data BLOB, note TEXT);';
    $leat = Leat::Test->new(workers => 1, document => Leat::Test::document('bodies'),
        migrations => {'0001_a.up.sql' => $table}, config => "limits: {body: 64KiB, depth: 16}\n");
    return $leat->start;
}

# method, headers: of the request. A type or a body that is undef is not sent.
sub send_body {
    my ($path, $type, $body, %o) = @_;
    my $method = $o{method} // 'POST';
    my %headers = (%{$o{headers} // {}}, defined $type ? ('Content-Type' => $type) : ());
    return $leat->request($method, $path, body => $body, headers => \%headers) if defined $type;
    my $fields = join '', map { "$_: $headers{$_}\r\n" } keys %headers;
    $fields .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;
    return Leat::Test::parse_answer($leat->raw("$method $path HTTP/1.1\r\nHost: a\r\n$fields\r\n" . ($body // '')));
}

# Sends a form as curl makes it; returns the answer as send_body() does.
sub curl {
    my ($path, @args) = @_;
    my $url = "http://127.0.0.1:$leat->{port}$path";
    my $r = run_command('curl', '-s', '-S', '-m', 20, '-w', "\n%{http_code} %{content_type}", @args, $url);
    my ($body, $status, $type) = $r->{out} =~ /^(.*)\n(\d+) (.*)\z/s;
    return {status => $status, body => $body, json => eval { JSON::PP::decode_json($body) },
        headers => {'content-type' => $type}};
}

# Returns the violations of an answer.
sub errors {
    my ($r) = @_;
    return join ' ', map { "$_->{in}:$_->{pointer}:$_->{keyword}" } @{$r->{json}{errors} // []};
}

# Tests that it was taken: $w is a text, or the value of a JSON text.
sub takes {
    my ($r, $v, $w, $name) = @_;
    my $got = $r->{json} // {};
    my $body = defined $got->{w} && ref $w ? eval { $json->decode($got->{w}) } : $got->{w};
    is_deeply([$r->{status}, $got->{v}, $body], [200, $v, $w], $name) or diag $r->{body};
}

sub refused {
    my ($r, $status, $error, $errors, $name) = @_;
    is_deeply([$r->{status}, $r->{json}{error}, errors($r), $r->{headers}{'content-type'}],
        [$status, $error, $errors, 'application/problem+json'], $name) or diag $r->{body};
}

1;
