# SPDX-License-Identifier: MIT
# Black-box tests read as a specification: narrow, short, and each check in a subtest that names a behaviour.
use strict;
use warnings;
use Leat::Program;
use Test::More;

my $source = $ENV{LEAT_SRC} // '.';
# What keeps the rules, as patterns; t/layers.t and its like judge the source and serve nothing.
my @kept = qw(t/black-box.t t/*/*.t);
my ($columns, $lines) = (120, 400);
# What checks something, at the beginning of a line.
my $check = qr/(?:ok|is|isnt|like|unlike|is_deeply|cmp_ok|pass|fail|logged|becomes)\b/;

my @tests = map { glob "$source/$_" } @kept;

# Returns what is wrong with the text of a test.
sub faults {
    my ($text) = @_;
    my @rows = split /\n/, $text;
    my @faults = map { length $rows[$_ - 1] > $columns ? "line $_ is wider than $columns columns" : () } 1 .. @rows;
    push @faults, "it has more than $lines lines" if @rows > $lines;
    push @faults, 'it has no subtest' unless $text =~ /^exec /m || $text =~ /^ *subtest /m;
    push @faults, map { $rows[$_ - 1] =~ /^$check/ ? "line $_ is a check outside of a subtest" : () } 1 .. @rows;
    push @faults, 'it does not open with a sentence that says what it proves'
        unless $text =~ /\A# SPDX[^\n]*\n# [A-Z'a-z:.\/-][^\n]*\n/ && $text =~ /\A(?:#[^\n]*\n)*?#[^\n]*\.\n(?!#)/;
    return @faults;
}

subtest 'the rules find what breaks them' => sub {
    my $good = "# SPDX-License-Identifier: MIT\n# It works.\nuse strict;\nsubtest 'works' => sub {\n    ok(1);\n};\n";
    is_deeply([faults($good)], [], 'nothing in a good test');
    my @rows = (
        ['a wide line', $good . 'x' x 121, qr/line 7 is wider/],
        ['a long file', $good . "\n" x 400 . "1;\n", qr/more than 400 lines/],
        ['no subtest', $good =~ s/^subtest.*//msr, qr/no subtest/],
        ['a check outside', "${good}is(1, 1, 'one');\n", qr/line 7 is a check outside/],
        ['no sentence', $good =~ s/# It works.\n//r, qr/does not open with a sentence/],
    );
    for my $row (@rows) {
        my ($name, $text, $pattern) = @$row;
        like(join(', ', faults($text)), $pattern, $name);
    }
};

subtest 'every test of these folders keeps the rules' => sub {
    cmp_ok(scalar @tests, '>', 50, scalar(@tests) . ' tests');
    for my $path (@tests) {
        open my $in, '<:utf8', $path or die "$path: $!";
        my $text = do { local $/; <$in> };
        is(join(', ', faults($text)), '', $path =~ s/^\Q$source\E\///r);
    }
};

subtest 'the suite runs each test and compiles each unit' => sub {
    my $listed = do { open my $in, '<', "$source/t/files.mk" or die "t/files.mk: $!"; local $/; <$in> };
    my %listed = map { $_ => 1 } $listed =~ m{\b(t/\S+\.[tc])\b}g;
    # However deep a room is.
    my @found = grep { m{\.t\z|^t/(?:lib|server|workers)/.*\.c\z} } split /\n/, `cd '$source' && find t -type f`;
    cmp_ok(scalar @found, '>', 300, 'they are found');
    is(join(' ', grep { !$listed{$_} } @found), '', 't/files.mk has them all');
    done_testing;
};

subtest 'a missing program fails the test, and its package is one that ./dev installs' => sub {
    is(eval { require_program('no-such-program') }, undef, 'a missing program');
    like($@, qr/^no-such-program is missing; .* \(Debian's package no-such-program\)/, 'is told');
    is(eval { compile('no-such-source.c') }, undef, 'a compiler that fails');
    like($@, qr/^cc no-such-source\.c: .*no-such-source\.c/, 'is told, too');
    my $dev = do { open my $in, '<', "$source/dev" or die "dev: $!"; local $/; <$in> };
    my %installed = map { $_ => 1 } map { split /[\s\\]+/ } $dev =~ /^(?:build|test)_packages="([^"]*)"/mg;
    my %required;
    for my $path (@tests, glob "$source/t/harness/Leat/*.pm") {
        my $text = do { open my $in, '<', $path or die "$path: $!"; local $/; <$in> };
        $required{Leat::Program::package_of($_)} = 1 for $text =~ /\brequire_program\('([^']+)'\)/g;
        $required{$_} = 1 for $text =~ /\bpackage_is_missing\([^)]*'([^']+)'\)/g;
    }
    delete $required{'no-such-program'};
    cmp_ok(scalar keys %required, '>', 10, 'packages that tests require');
    is(join(' ', grep { !$installed{$_} } sort keys %required), '', './dev installs each');
    done_testing;
};
done_testing;
