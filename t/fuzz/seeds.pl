# SPDX-License-Identifier: MIT
# Makes the seeds of the fuzz targets, seeds/TARGET/* and TARGET.dict in the given folder, from the
# files and unit tests of the tree, the suites beside it, and words in the sources.
use strict;
use warnings;
use File::Path 'make_path';
use JSON::PP;

my ($out) = @ARGV;
my $suites = $ENV{LEAT_SUITES} // '../shared/suites';
my $json   = JSON::PP->new->canonical->allow_nonref->latin1;
my %count;

sub read_file {
    my ($path) = @_;
    open my $in, '<:raw', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>:raw', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

sub seed {
    my ($target, $text) = @_;
    my $folder = "$out/seeds/$target";
    make_path($folder) unless $count{$target}++;
    write_file("$folder/$count{$target}", $text) if length $text < 16384;
}

# Returns the string literals of C files, in order; adjacent ones are joined, including macros.
sub literals {
    my %byte = (n => "\n", r => "\r", t => "\t", b => "\b", f => "\f", v => "\013", a => "\a", e => "\e");
    return map {
        my $source = read_file($_);
        $source =~ s{/\*.*?\*/}{}gs;
        $source =~ s{\\\n}{ }g;
        my $literal = qr/"(?:[^"\\]|\\.)*"/s;
        my (%macro, @found);
        $macro{$1} = $2 while $source =~ s/^\s*#define\s+(\w+)\s+($literal(?:\s|\w|$literal)*)$//m;
        $source =~ s{^\s*#.*$}{}gm;
        my $names = join('|', keys %macro) || '(?!)';
        1 while $source =~ s/\b($names)\b(?=(?:[^"\n]|$literal)*$)/$macro{$1}/gm;
        while ($source =~ /((?:$literal\s*)+)/gs) {
            my $text = join '', $1 =~ /"((?:[^"\\]|\\.)*)"/gs;
            $text =~ s{\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))}
                      {defined $1 ? chr hex $1 : defined $2 ? chr oct $2 : $byte{$3} // $3}gse;
            push @found, $text;
        }
        @found;
    } map { glob } @_;
}

# Writes the words that libFuzzer inserts.
sub dictionary {
    my ($target, @words) = @_;
    my %seen;
    write_file("$out/$target.dict", join '', map {
        s/([^ !#-\[\]-~])/sprintf '\\x%02x', ord $1/ger =~ s/.*/"$&"\n/sr
    } grep { length > 1 && length() <= 40 && !$seen{$_}++ } @words);
}

sub words {
    return map { split /\|/ } literals(@_);
}

# Pairs neighbours as two lines, since rows of tests are a schema or pattern and a text to try it
# on.
sub seed_pairs {
    my ($target, @texts) = @_;
    seed($target, "$texts[$_]\n$texts[$_ + 1]") for grep { $texts[$_] !~ /\n/ } 0 .. $#texts - 1;
}

seed('json', read_file($_)) for glob "$suites/json-parsing/test_parsing/*.json";
seed('json', $_) for literals('t/lib/core/json/jread.c', 't/lib/core/json/jwrite.c', 't/lib/conf/yaml_write.c');
dictionary('json', words('lib/core/json/jread.c'), '\u', '\ud834\udd1e');

# The requests of units and the suite, cut at some point.
my $http = "$suites/http1-requests/cases.json";
seed('request', chr(length($_) / 2 % 256) . $_)
    for (grep { /HTTP|\r\n/ } literals('t/workers/http/head.c', 't/workers/http/head_target.c', 't/workers/http/body.c', 't/workers/http/chunked.c')),
    map { "$_\r\n\r\n" } -e $http ? map { pack 'H*', $_->{hex} } @{$json->decode(read_file($http))} : ();
dictionary('request', "\r\n\r\n", 'HTTP/1.1', 'GET ', 'Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked', "3\r\nabc\r\n", "0\r\n\r\n",
    'Connection: close', 'Expect: 100-continue', 'http://a', 'https://a?');

seed('yaml', read_file($_)) for glob 'conf/*.yaml conf/*/leat.yaml';
seed('yaml', $_) for literals('t/lib/yaml*.c', 't/lib/conf/conf.c', 't/lib/conf/secret.c', 't/lib/conf/units.c');
dictionary('yaml', map { split /\./ } words('lib/conf/conf.def', 'lib/conf/yaml.c', 'lib/conf/units.c'));

seed('openapi', read_file($_)) for glob "conf/*/api.yaml $suites/openapi-3.1/documents/*.yaml";
for my $text (literals(map { "t/lib/$_.c" } qw(document operation publish refs shape shape_whole fixture))) {
    my $head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";
    seed('openapi', $text =~ /^openapi/ ? $text : "$head$text");
    seed('openapi', "${head}paths: {/a: {get: {$text}}}\n=== value.json\n{\"a\":1}");
}
for my $file (glob "$suites/openapi-3.1/schema-2022-10-07/*/*.yaml") {
    seed('openapi', read_file($file));
}
dictionary('openapi', "\n=== b.yaml\n", words('lib/api/{.,*}/*.def', 'lib/api/document/xsql.c', 'lib/api/{.,document}/document*.c'));

my $suite = "$suites/json-schema-2020-12";
for my $file (glob "$suite/tests/draft2020-12/*.json") {
    for my $group (@{$json->decode(read_file($file))}) {
        my $schema = $json->encode($group->{schema});
        my ($remote) = $schema =~ m{"http://localhost:1234/(draft2020-12/[^"#]+\.json)};
        my $path  = "$suite/remotes/" . ($remote // '.json');
        my $other = -e $path ? "\n" . $json->encode($json->decode(read_file($path))) : '';
        seed('schema', "$schema\n" . $json->encode($_->{data}) . $other) for @{$group->{tests}};
    }
}
seed_pairs('schema', map { /"/ ? $_ : tr/'/"/r } literals('t/lib/schema*.c', 't/lib/format*.c'));
dictionary('schema', map { qq("$_") } grep { !/ / } words('lib/schema/compile*.c', 'lib/schema/format.c'));

seed_pairs('pattern', literals('t/lib/pattern*.c'));
dictionary('pattern', words('lib/schema/ecma*.c'), qw{(?: (?= (?! (?<= (?<!}, '(?<a>', '\k<a>', '\p{L}', '{2,}', '[^]');

for my $text (literals('t/lib/field*.c')) {
    seed('parameters', "q$text");
    seed('parameters', "o$text");
    # one style, set of flags and schema after the other
    seed('parameters', 'p' . join('', map { chr 64 + $count{parameters} / $_ % 32 } 1, 3, 7) . $text);
}
seed('parameters', "mmultipart/form-data; boundary=B\n$_") for literals('t/lib/multipart*.c');
seed('parameters', "m$_\n--B\r\n\r\n") for literals('t/lib/multipart*.c');
seed('parameters', "r$_") for literals('t/lib/api/request/router.c');
seed('parameters', "aapplication/json\n$_") for '*/*', 'text/*;q=0, application/json;q=0.5';
dictionary('parameters', words('lib/api/request/multipart.c', 'lib/api/request/media_type.c', 'lib/api/{.,request}/field*.c'),
    "\r\n--B", "\r\n--B--", 'Content-Disposition: form-data; name=', '%2C', '%20', '%25', '[x]=');

for my $text (literals(map { "t/lib/$_.c" } qw(jwt jwk jwk_source keyset))) {
    my $quoted = $text =~ tr/'/"/r;
    seed('token', $text =~ /^ey/ ? "t$text" : "k$quoted");
    seed('token', "s$quoted\n{\"exp\":2000000000}") if $text =~ /alg/;
    seed('token', qq(s{"alg":"HS256"}\n$quoted)) if $text =~ /exp/;
}
for my $file (glob "$suites/jose/wycheproof/json_web_*.json") {
    for my $group (@{$json->decode(read_file($file))->{testGroups}}) {
        seed('token', "t$_->{jws}") for @{$group->{tests}};
        for my $set (grep { $_ } @$group{qw(public private)}) {
            seed('token', 'k' . $json->encode($_)) for $set, @{$set->{keys}};
        }
    }
}
dictionary('token', "-----BEGIN ", "\n-----END ", (grep { !/[a-z] [a-z]/ } words('lib/auth/{.,jose}/jw*.c', 'lib/auth/{.,*}/*.def')),
    map { qq("$_":) } qw(alg kid typ kty use key_ops crit b64 jwk jku x5u iss sub aud exp nbf iat jti keys crv x y d n e));

# A letter for the schema, the text before, the repeated unit, and the text after.
my @units = map { [split / /] } '[ 1, 1]', '[ [], 1]', '[ {"a":1}, 1]', '{ "a#":1, "z":1}', '[ "aaaaaaaaa!", 1]', '[ [1,2,[1]], 1]',
    '[ 1.5e-3, 1]', '[" a "]', '[ [[[[[[[[1]]]]]]]], 1]', '[ "#", 1]', '[ {"a":{"l":{"r":1}},"b#":[1]}, 1]', '[" \u00e4 "]',
    '[ "2026-12-24T18:00:00Z", 1]';
for my $schema (0 .. (() = read_file('t/fuzz/cost.def') =~ /^SCHEMA/mg) - 1) {
    seed('cost', chr(ord('0') + $schema) . join "\n", @$_) for @units;
}
dictionary('cost', '[[', ']]', '{"', '":', '",', '1e-', '\u0000', '\ud834\udd1e', 'xn--', '(?<a>', '[^',
    map { qq("$_":) } qw(a b c d x l r t));
