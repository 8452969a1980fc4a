# SPDX-License-Identifier: MIT
# Tests what leat check reports about a document, and where.
#
#     proves('a name', get(json('{type: object}') . 'x-sql: <1>{returns: one, sql: "SELECT 1 AS a"}'),
#         '1 op: the column a is not …', 'w1 op: a warning at the same place');
package Leat::Proof;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Test;
use Test::More;

our @EXPORT = qw(places proves get json $head $tables $id $no_body);

our $tables = <<'SQL';
CREATE TABLE lists (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);
CREATE TABLE items (id INTEGER PRIMARY KEY, list_id INTEGER REFERENCES lists (id), name TEXT NOT NULL,
                    note TEXT, price REAL, picture BLOB, code TEXT PRIMARY_CODE, at TEXT NOT NULL);
CREATE INDEX items_at ON items (at);
CREATE TABLE notes (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL REFERENCES lists (id), text TEXT NOT NULL);
CREATE INDEX notes_list ON notes (list_id);
INSERT INTO lists VALUES (1, 'one');
INSERT INTO items VALUES (1, NULL, 'a', NULL, 1.5, NULL, NULL, '2026-01-01'), (2, 1, 'bb', 'x', 2, NULL, NULL, 'soon');
SQL
our $head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";

# Parts of an operation: a parameter, and a response without a body.
our $id = "parameters: [{name: id, in: query, required: true, schema: {type: integer}}]\n";
our $no_body = "responses: {'204': {description: d}}\n";

# Takes the marks <1>, <2>… out of a text: returns it, and "line:column" of each mark.
sub places {
    my ($text) = @_;
    my (%places, $plain);
    my $line = 0;
    for my $row (split /\n/, $text, -1) {
        $line++;
        $places{$1} = "$line:" . ($-[0] + 1) while $row =~ s/<(\d+)>//;
        $plain .= "$row\n";
    }
    return ($plain, \%places);
}

# Checks a document with marks: every finding, in order, with file, line and column. A finding is
# "MARK message", a warning "wMARK message".
sub proves {
    my ($name, $text, @findings) = @_;
    my ($plain, $places) = places($text =~ /^openapi/ ? $text : $head . $text);
    my $leat = Leat::Test->new(document => $plain, migrations => {'0001_a.up.sql' => $tables},
        files => {'parts.yaml' => "A: {type: string}\n"});
    my $r = $leat->leat('check');
    my @want;
    for (@findings) {
        my ($w, $at, $message) = /^(w?)(\d*) (.*)\z/s;
        push @want, ($at eq '' ? '' : "api.yaml:$places->{$at}: ") . ($w ? 'warning: ' : '') . $message;
    }
    my @got = map { s{\Q$leat->{dir}\E/}{}gr } split /\n/, $r->{err};
    is_deeply(\@got, \@want, $name) or diag join "\n", 'got:', @got;
    my $errors = grep { !/^w/ } @findings;
    is("$r->{code} $r->{out}", $errors ? '1 ' : "0 OK\n", "$name: " . ($errors ? 'exit 1' : 'exit 0'));
    return $leat;
}

# Returns a single operation, GET /x, with the rest as given.
sub get { my ($rest) = @_; return "paths:\n  /x:\n    <9>get:\n      operationId: op\n" . $rest =~ s/^/      /mgr }
# Returns its response of a schema, which may come in several parts.
sub json {
    my $schema = join ' ', @_;
    return "responses: {'200': {description: d, content: {application/json: {schema: $schema}}}}\n";
}

1;
