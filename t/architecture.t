# SPDX-License-Identifier: MIT
# ARCHITECTURE's tables agree with the code's: system calls, the seam with h2o, the rooms. README's tour exists.
use strict;
use warnings;
use Test::More;

my $source = $ENV{LEAT_SRC} // '.';
sub slurp { my ($path) = @_; open my $in, '<', $path or die "$path: $!"; local $/; return scalar <$in> }

my %who = (ALL => 'all', WORKER => 'workers', OUTBOUND => 'outbound', SERVER => 'server', COMMAND => 'commands');
# What a row says, by its kind: the call with its condition, who or which error, the reason.
my %rows = (
    CALL         => sub { my ($name, $who) = @_; return ($name, $who{$who}) },
    CALL_IF      => sub { my ($name, $who, undef, undef, $value) = @_; return ("$name $value", $who{$who}) },
    CALL_IF_BOTH => sub { my ($name, $who, @rest) = @_; return ("$name $rest[2] $rest[5]", $who{$who}) },
    REFUSE       => sub { return @_ },
    REFUSE_WITHOUT => sub { my ($name, undef, $bits, $error) = @_; return ("$name without $bits", $error) },
    REFUSE_OVER  => sub { my ($name, undef, $value, $error) = @_; return ("$name > $value", $error) },
    REFUSE_UNDER => sub { my ($name, undef, $value, $error) = @_; return ("$name < $value", $error) },
);
my (@table, %seen);
(my $text = slurp("$source/workers/sandbox/system_calls.def")) =~ s{/\*.*?\*/}{}gs;
for my $line (grep { /\S/ } split /\n/, $text) {
    my ($kind, $arguments, $reason) = $line =~ /^(\w+)\((.*), "([^"]+)"\)$/ or do { fail("a row: $line"); next };
    my @arguments = map { s/^\(scmp_datum_t\)//r } split /, /, $arguments;
    my ($call, $what) = $rows{$kind}->(@arguments);
    ok(!$seen{$call}++, "$call is there once");
    push @table, "$call | $what | $reason";
}
cmp_ok(scalar @table, '>', 50, 'the table is read');

my ($list) = slurp("$source/ARCHITECTURE") =~ /^Allowed: (.*)\z/ms;
my @listed = map { /^    (\S.*?)  +(\w+) +(\S.*)$/ ? "$1 | $2 | $3" : () } split /\n/, $list;
is(join("\n", @listed), join("\n", sort { rank($a) <=> rank($b) } @table), 'ARCHITECTURE has the same calls');
# Refused calls are listed after the others.
sub rank { my ($row) = @_; return $row =~ / \| E[A-Z]+ \| / ? 1 : 0 }

my ($seam) = slurp("$source/ARCHITECTURE") =~ /^The seam with h2o\n-+\n(.*?)^The life of a write/ms;
my @told = map { /^    (\S.*?)  +(\S.*?)  +(\S.*)$/ ? "$1 | $2 | $3" : () } split /\n/, $seam;
my @proved = map {
    /^OVERRIDE\((\w+), "([^"]+)"\)/ ? "$1 | imported | $2"
        : /^PRIVATE\("([^"]+)", \w+, "([^"]+)", "([^"]+)"\)/ ? "$1 | $2 | $3" : ()
} split /\n/, slurp("$source/workers/http/h2o_seam.def");
cmp_ok(scalar @proved, '>', 8, 'the table of the seam is read');
is(join("\n", @told), join("\n", @proved), 'ARCHITECTURE has the same seam with h2o');

# Each file of README's tour exists, and each room of ARCHITECTURE; the tree has no other.
my ($tour) = slurp("$source/README") =~ /^A tour of the code.*?\n(.*?)^Licence/ms;
for my $names ($tour =~ /^  (\S+\/[\w.\/, ]*?)(?:  +|$)/mg) {
    my ($first, @more) = split /, /, $names;
    (my $folder = $first) =~ s{[^/]*\z}{};
    ok(-e "$source/$_", "the tour's $_ is there") for $first, map { "$folder$_" } @more;
}
my ($rooms) = slurp("$source/ARCHITECTURE") =~ /^Rooms\n-+\n(.*?)^Order, /ms;
my ($top, %told) = ('');
for my $line (split /\n/, $rooms) {
    if ($line =~ m{^    ([a-z]+/\S*?)/?(?: |$)}) { $told{$top = $1 =~ s{/\z}{}r} = 1 }
    elsif ($line =~ m{^      ([a-z]+(?:/[a-z]+)?)  }) { $told{"$top/$1"} = 1 }
}
delete $told{$_} for grep { !m{^(?:lib|server|workers)\b} } keys %told;
my %there = map { s{/[^/]+\z}{}r => 1 } split /\n/, `cd '$source' && find lib server workers -name '*.[ch]'`;
$there{'lib/auth'} = $there{'lib/api'} = 1; # they have rooms alone
is(join(' ', sort keys %told), join(' ', sort keys %there), 'ARCHITECTURE names each room');

# Each file that these texts name exists: by its path, or by the end of one. A * stands for several.
my %files = map { $_ => 1 } split /\n/, `cd '$source' && find . -type f -not -path './build*' -not -path './.git/*'`;
my $file_name = qr{(?<![\w.*/-])([a-z_*][\w*/-]*\.(?:[ch]|def|t|pm|pl|mk))\b};
for my $document (qw(README ARCHITECTURE HACKING)) {
    my %named = map { $_ => 1 } grep { !/[A-Z]{2}/ } slurp("$source/$document") =~ /$file_name/g; # not t/THEME/…
    cmp_ok(scalar keys %named, '>', 5, "$document names files");
    for my $name (sort keys %named) {
        my $end = join '[\w-]*', map { quotemeta } split /\*/, $name, -1;
        ok(scalar(grep { m{(?:^|/)$end\z} } keys %files), "$document: $name is there");
    }
}

# Extensions: the manual has each; what reads a document has no name of its own for them.
my @extensions = slurp("$source/lib/api/document/extensions.def") =~ /^EXTENSION\(\w+, "(x-[\w-]+)"/mg;
cmp_ok(scalar @extensions, '>', 10, 'the table of extensions is read');
my %described = map { $_ => 1 } map { split /, / } slurp("$source/man/leat-api.7") =~ /^\.Ss (x-.*)$/mg;
is(join(' ', sort keys %described), join(' ', sort @extensions), 'leat-api(7) has a section for each extension');
my @literal;
for my $file (map { glob "$source/lib/api/$_" } "document/*.[ch]", "operation/*.[ch]", "request/*.[ch]") {
    push @literal, map { "$file: $_" } slurp($file) =~ s{/\*.*?\*/}{}gsr =~ /("x-[^"\s:]*")(?!, 2\))/g;
}
is(join("\n", @literal), '', 'what reads a document names extensions by the table alone');

# The fuzz targets: each source is built, run and named in the usage.
my @fuzzed = sort map { m{/(\w+)\.c\z} && $1 !~ /^(?:fuzz|cost_run|measure)\z/ ? $1 : () } glob "$source/t/fuzz/*.c";
my ($usage) = slurp("$source/dev") =~ /^ +fuzz \[SECONDS.*?\(default 600\): (.*?)^  lint/ms;
my ($run) = slurp("$source/t/fuzz/run.sh") =~ /set -- (.*?[^\\])\n/s;
my ($built) = slurp("$source/t/fuzz/Makefile") =~ /^TARGETS = (.*?[^\\])\n/ms;
my %lists = (usage => $usage, 'run.sh' => $run, Makefile => "$built cost");
is(join(' ', sort $lists{$_} =~ /\w+/g), "@fuzzed", "the fuzz targets of $_") for sort keys %lists;
like(slurp("$source/dev"), qr{run\.sh build-sanitize/fuzz 30$}m, 'sanitize runs all of them, 30 seconds each');
done_testing;
