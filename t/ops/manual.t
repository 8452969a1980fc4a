# SPDX-License-Identifier: MIT
# Every example of leat-api(7) loads and answers as printed, and nothing that the code knows is left out.
use strict;
use warnings;
use Leat::Program;
use Leat::Test;
use Test::More;

my $source = Leat::Test::source();
my $page = slurp("$source/man/leat-api.7");

# The blocks, each with the comment before it: ['paths', 'x-sql', text].
my @examples;
while ($page =~ /^\.\\" example: (\S+) ?([^\n]*)\n\.Bd -literal\n(.*?)^\.Ed$/msg) {
    my ($kind, $name, $text) = ($1, $2, $3);
    $text =~ s/\\e/\\/g;
    push @examples, [$kind, $name, $text];
}

subtest 'marks every block with what it is' => sub {
    my $blocks = () = $page =~ /^\.Bd -literal/mg;
    is(scalar @examples, $blocks, 'every block says what it is');
    cmp_ok($blocks, '>', 20, 'and there are many');
    is_deeply([grep { /\\(?!e)|^[.']/m } $page =~ /^\.Bd -literal\n(.*?)^\.Ed$/msg], [],
        'no block has what troff would read');
    done_testing;
};

# What their documents are made of.
my @of = map { my $kind = $_; [grep { $_->[0] eq $kind } @examples] } qw(migration file components);
my %app = (
    migrations => {'0001_page.up.sql' => join '', map { $_->[2] } @{$of[0]}},
    files => {map { @$_[1, 2] } @{$of[1]}},
);
my $head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: /v1}]\n";
my ($whole) = map { $_->[2] } grep { $_->[0] eq 'document' } @examples;
my ($components) = $whole =~ /^(components:\n.*)\z/ms;
my %frame = (
    document   => sub { $_[0] },
    paths      => sub { $head . "paths:\n" . $_[0] =~ s/^/  /mgr . $components },
    schema     => sub { $head . "paths: {}\ncomponents:\n  schemas:\n    Example:\n" . $_[0] =~ s/^/      /mgr },
    components => sub { $head . "paths: {}\ncomponents:\n  schemas:\n" . $_[0] =~ s/^/    /mgr },
    findings   => sub { $_[0] },
);
sub text_of { my ($leat, $text) = @_; return $text =~ s{\Q$leat->{dir}\E/}{}gr }
my $no_modules = 'this version does not load modules; \w+ will answer 501';

# Sends the lines that begin with '$ ', and compares what comes with what is printed behind.
sub answers {
    my ($name, $document, $text) = @_;
    my $leat = Leat::Test->new(%app, document => $document, workers => 1)->start;
    for my $turn (grep { $_ ne '' } split /^\$ /m, $text) {
        my ($command, @want) = split /\n/, $turn;
        my $r = run_command('sh', '-c', $command =~ s/localhost:8080/127.0.0.1:$leat->{port}/gr);
        my $got = $r->{out} =~ s/\s+\z//r =~ s/"request_id":"[^"]*"/"request_id":"..."/r;
        my $want = join $command =~ /tr -d/ ? "\n" : '', @want;
        is($got, $want, "$name: \$ $command") or diag $r->{err};
    }
    $leat->stop;
}

subtest 'loads every example, and answers as printed' => sub {
    my $number = 0;
    for my $i (0 .. $#examples) {
        my ($kind, $name, $text) = @{$examples[$i]};
        my ($next, undef, $expected) = @{$examples[$i + 1] // ['']};
        $name = "$kind " . ($name || ++$number);
        if ($kind eq 'leat.yaml') {
            my $leat = Leat::Test->new(%app, document => $whole, config => $text);
            $leat->write($_, $whole =~ s/^servers: .*$/servers: [{url: \/$_}]/mr) for $text =~ /document: ([^},\s]+)/g;
            my $r = $leat->leat('check');
            is("$r->{code} $r->{out}$r->{err}", "0 OK\n", "$name: the check says OK");
        }
        next unless $frame{$kind};
        my $document = $frame{$kind}->($text);
        my $leat = Leat::Test->new(%app, document => $document);
        my $r = $leat->leat('check');
        if ($kind eq 'findings') {
            is(text_of($leat, $r->{err}), $expected, "$name: what the check says of it");
            is($r->{code}, 1, "$name: exit 1");
            next;
        }
        my $unfinished = $text =~ /x-handler/ ? qr/^api\.yaml:\S+ warning: x-handler: $no_modules\n\z/ : qr/^\z/;
        is("$r->{code} $r->{out}", "0 OK\n", "$name: the check says OK") or diag $r->{err}, $document;
        like(text_of($leat, $r->{err}), $unfinished, "$name: and no more than the page says");
        # The curl lines may stand some prose further on.
        my $behind = $next eq 'migration' ? $examples[$i + 2] : $examples[$i + 1];
        ($expected) = map { $_->[2] } grep { $_->[0] eq 'curl' } $behind // ();
        answers($name, $document, $expected) if $expected;
    }
    my ($last) = map { $_->[2] } grep { $_->[0] eq 'curl' } $examples[-1];
    answers('the document of the page', $whole, $last);
    done_testing;
};

# Names in the head of an item: ".It Ic type , enum" → type, enum.
my %item = map { $_ => 1 } map { split ' ', s/"//gr =~ s/\b(?:Ic|Li|Cm)\b//gr =~ s/ , / /gr } $page =~ /^\.It (.*)$/mg;
my %title = map { $_ => 1 } map { split /[\s,"]+/ } $page =~ /^\.S[sh] (.*)$/mg;
sub names { my ($file, $pattern) = @_; my @found = slurp("$source/$file") =~ /$pattern/g; return @found }
sub told {
    my ($what, $in, @names) = @_;
    cmp_ok(scalar @names, '>', 1, "$what: read");
    is_deeply([grep { !$in->{$_} } @names], [], "$what: each has its item");
}

subtest 'leaves out no keyword, format, key, built-in or extension' => sub {
    told('keywords', \%item, names('lib/schema/compile.c', qr/^    \{"(\$?\w+)", /m));
    told('formats', \%item, names('lib/schema/format.c', qr/^    \{"([\w-]+)",/m));
    told('styles', \%item, names('lib/api/request/field.h', qr/ROW\(STYLE_\w+, "(\w+)"/));
    my @of_sql = grep { !/^(?:as|status|code|pointer|name|message)$/ }
        names('lib/api/document/xsql.c', qr/\{"([\w-]+)", KEY_/);
    told('keys of x-sql', \%item, @of_sql);
    told('keys of x-problems', \%item, grep { !/^(?:code|name|message)$/ }
        names('lib/api/document/xproblems.c', qr/\{"([\w-]+)", KEY_/));
    told('words of x-problems', {map { $_ => 1 } $page =~ /\$(\w+)/g},
        names('lib/api/problem/problem_words.def', qr/^WORD\(\w+, "(\w+)"/m));
    told('builtins', \%item, names('workers/builtins.c', qr/^    \{"([\w.]+)", \w+, \w+, true/m));
    told('builtins of accounts', \%item, names('workers/accounts/account_builtins.def', qr/^ACCOUNT\("([\w.-]+)"/m));
    my %server = map { s/NAME$//r => 1 } map { /^:(.*)/ ? $1 : () } keys %item;
    told("the server's names", \%server, names('lib/api/operation/bind_inputs.c', qr/\{"(_\w+)", SERVER/), '_has_');
    told('extensions', \%title, names('lib/api/document/extensions.def', qr/^EXTENSION\(\w+, "(x-[\w-]+)"/m));
    for my $key (qw(as status code pointer name message constraints owner)) {
        like($page, qr/^\.(?:It )?Ic (?:\w+ , )*$key\b/m, "the key $key");
    }
    done_testing;
};

subtest 'states the limits of documents and migrations as the sources have them' => sub {
    my ($limits) = $page =~ /^\.Sh LIMITS\n(.*?)^\.Sh /ms;
    for my $row (
        ['lib/api/document/loader.h', qr/OPERATIONS_MAX = (\d+)/],
        ['lib/api/document/loader.h', qr/PARAMETERS_MAX = (\d+)/],
        ['lib/api/document/loader.h', qr/PATH_MAX = (\d+)/],
        ['lib/core/json/mark.h', qr/KEY_MAX = (\d+)/],
        ['lib/api/document/refs.h', qr/FILES_MAX = (\d+)/],
        ['lib/core/json/mark.h', qr/VALUES_MAX = (1 << \d+)/],
        ['lib/core/json/mark.h', qr/PER_OBJECT = (\d+)/],
        ['lib/api/request/security.h', qr/COMPONENTS_MAX = (\d+)/],
        ['lib/api/request/security.h', qr/ALTERNATIVES_MAX = (\d+)/],
        ['lib/schema/edges.h', qr/SIZE_MAX = (1 << \d+)/],
        ['lib/api/document/weight.h', qr/WEIGHT_MAX = (\d+) << 20/],
        ['lib/db/migration/migration_folder.c', qr/MIGRATION_MAX = (16 << 20)/],
        ['lib/db/proof/prove_sql.c', qr/PROVE_STEPS = (\d+)/],
        ['lib/db/proof/prove_sql.c', qr/PROVE_BYTES = (\d+) << 20/],
    ) {
        my ($file, $pattern) = @$row;
        my ($number) = slurp("$source/$file") =~ $pattern;
        $number //= 'nothing';
        $number = $1 << $2 if $number =~ /(\d+) << (\d+)/;
        like($limits, qr/\b$number\b/, "$file: $pattern stands in LIMITS");
    }
    done_testing;
};

subtest 'lists each status with its texts' => sub {
    my %status;
    my $errors = slurp("$source/lib/core/err.def");
    push @{$status{$1}}, $2 while $errors =~ /^ERR\(\w+, (\d+), "(.*)"\)/mg;
    for my $status (sort keys %status) {
        my ($texts) = map { join ' ', split } $page =~ /^\.It Li $status\n(.*?)^\.(?:It|El)/ms;
        is_deeply([grep { index($texts // '', $_) < 0 } @{$status{$status}}], [], "$status and its texts");
    }
    done_testing;
};

subtest 'words the findings as the code does' => sub {
    # %s stands for the names.
    my $code = join "\n", map { slurp($_) } glob "$source/{lib/*,lib/*/*,lib/*/*/*,workers,workers/*}/*.c";
    $code =~ s/"\s*\n\s*"//g;
    my @formats = grep { s/%\w*//gr =~ /[a-z]{4}.*[a-z]|must be/ && (() = /%/g) <= 5 } $code
        =~ /"((?:[^"\\\n]|\\.){8,120})"/g;
    s/(?:%(?:\.\*)?[a-z]+)+/%/g, $_ = join '.*', map { quotemeta } split /%/, $_, -1 for @formats;
    my ($section) = $page =~ /^\.Sh WHAT IS PROVED\n(.*?)^\.Sh /ms;
    my @wordings = $section =~ /^\.It Li "(.*)"$/mg;
    cmp_ok(scalar @wordings, '>', 20, 'findings');
    for my $wording (map { s/^warning: //r } @wordings) {
        my $text = $wording =~ s/^pattern: \(a: //r =~ s/, at character 1$//r =~ s/ to sort it//r;
        next if $text =~ /no such table/; # SQLite's own
        my @known = grep { $text =~ /^(?:.*: )?$_$/ } @formats;
        ok(scalar @known, "the code says: $wording");
    }
    done_testing;
};

subtest 'passes mandoc' => sub {
    my $mandoc = require_program('mandoc');
    for my $page (glob "$source/man/*.[1-8]") {
        my @said = grep { !/referenced manual not found|mandoc\.db/ } qx($mandoc -T lint "$page" 2>&1);
        is(join('', @said), '', 'mandoc finds nothing in ' . $page =~ s{.*/}{}r);
    }
    done_testing;
};

all_done;
