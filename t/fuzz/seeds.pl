# SPDX-License-Identifier: MIT
# What the fuzz targets start from: seeds/TARGET/* and TARGET.dict in the folder given, made of the
# files and unit tests that the tree has, of the suites beside it, and of the words in the sources.
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

# The files of the tree that each pattern stands for: one that stands for none was left behind by a move.
sub files {
    return map { my $pattern = $_; my @found = grep { -e } glob $pattern; @found ? @found : die "seeds.pl: no $pattern\n" } @_;
}

# The string literals of C files, in order; those side by side are one, macros of them included.
sub literals {
    my %byte = (n => "\n", r => "\r", t => "\t", b => "\b", f => "\f", v => "\013", a => "\a", e => "\e");
    return map {
        my $source = read_file($_);
        $source =~ s{/\*.*?\*/}{}gs;
        $source =~ s{\\\n}{ }g;
        $source =~ s{'"'}{0}g; # a character, which begins no string
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
    } files(@_);
}

# Words for libFuzzer to put in.
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

# Neighbours, as two lines: rows of tests are a schema or pattern, and what it is tried on.
sub seed_pairs {
    my ($target, @texts) = @_;
    seed($target, "$texts[$_]\n$texts[$_ + 1]") for grep { $texts[$_] !~ /\n/ } 0 .. $#texts - 1;
}

seed('json', read_file($_)) for glob "$suites/json-parsing/test_parsing/*.json";
seed('json', $_) for literals('t/lib/core/json/jread.c', 't/lib/core/json/jwrite.c', 't/lib/conf/yaml_write.c');
dictionary('json', words('lib/core/json/jread.c'), '\u', '\ud834\udd1e');

# What units and the suite send, cut somewhere.
my $http     = "$suites/http1-requests/cases.json";
my @messages = (
    (grep { /HTTP|\r\n/ } literals('t/workers/http/parse/head*.c', 't/workers/http/parse/body.c', 't/workers/http/parse/chunked.c')),
    map { "$_\r\n\r\n" } -e $http ? map { pack 'H*', $_->{hex} } @{$json->decode(read_file($http))} : (),
);
my @fields = ('Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked', 'Connection: close', 'Expect: 100-continue');
for my $text (@messages) {
    my $cut = chr(length($text) / 2 % 256);
    seed('request', $cut . $text);
    seed('head', $cut . $text) if $text =~ /HTTP/;
    seed('chunks', chr(length($text) % 5) . ($text =~ /\r\n\r\n(.+)/s ? $1 : $text));
}
seed('head', "\x80GET / HTTP/1.1\r\nHost: a\r\n" . "b:\r\n" x $_ . "\r\n") for 99, 100, 101, 300;
dictionary('request', "\r\n\r\n", 'HTTP/1.1', 'GET ', @fields, "3\r\nabc\r\n", "0\r\n\r\n", 'http://a', 'https://a?');
dictionary('head', "\r\n\r\n", ' HTTP/1.1', ' HTTP/1.0', 'GET ', (map { "\r\n$_" } @fields), 'http://a', 'https://a?', ' * ');
dictionary('chunks', "3\r\nabc\r\n", "0\r\n\r\n", "0\r\n", "\r\na: b\r\n", 'ffffffffffffffff', ';a="b"', ';a=b');

# The lines and, as hexadecimal, what follows the signature. Any version, in pieces.
my $signature = "\r\n\r\n\0\r\nQUIT\n";
for my $text (literals('t/workers/http/parse/proxy*.c')) {
    my $hex = $text =~ s/([0-9a-f]{2})\*(\d+)/$1 x $2/ger =~ tr/ //dr;
    seed('proxy', chr(2) . chr(length($text) % 40) . $_)
        for $text =~ /^PROXY/ ? $text : $text =~ /^[0-9a-f]{8,}$/ ? () : "PROXY $text\r\n",
        $hex =~ /^(?:[0-9a-f]{2}){4,}$/ ? $signature . pack 'H*', $hex : ();
}
my $longest = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
seed('proxy', "\2\x28$_")
    for "PROXY TCP6 $longest $longest 65535 65535\r\n", 'PROXY UNKNOWN ' . 'f' x 91 . "\r\n", 'PROXY UNKNOWN ' . 'f' x 200,
    map { "$signature\x21\x11" . pack('n', $_) . "\1" x 12 . "\4" . pack('n', $_ - 15) . "\0" x ($_ - 15) . 'GET /' } 4080, 4081, 5000;
dictionary('proxy', $signature, map({ "$signature$_" } "\x21\x11\0\x0c", "\x21\x21\0\x24", "\x21\x31\0\xd8", "\x20\0\0\0"),
    'PROXY ', 'TCP4 ', 'TCP6 ', 'UNKNOWN', "\r\n", '1.2.3.4 ', '2001:db8::1 ', '65535', "\3\0\4", "\4\0\2");

for my $text (literals('t/workers/layers/forwarded.c')) {
    seed('forwarded', $_) for "\x01$text\n\n\n\n\nfor=6.6.6.6;x=\"", "\x02\n$text\n\n\n\n6.6.6.6",
        "\x1e\n$text, 10.0.0.1\nhttp, $text\na, $text\n/a, $text\n6.6.6.6";
}
dictionary('forwarded', words('workers/layers/forwarded.c'), 'for=', 'proto=', 'host=', '="[2001:db8::1]:80"', '192.0.2.1', ', 10.0.0.1',
    ';for="', '"[fd00::1]"', 'unknown', '_hidden', ':80', '\\"', '\\\\"');

seed('cookies', "sid\n$_") for literals('t/lib/core/text/cookie.c'), map({ "a=b; sid=$_; c" } "\0\1A", "\0\x40Bc", 'A' x 80),
    map { "sid=\0\0$_" } 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_';
dictionary('cookies', 'sid=', '; ', '; sid=', ';sid', "sid\n");

seed('sql', $_) for literals('t/lib/db/sql/*.c', 't/lib/db/proof/portability.c'), map({ read_file($_) } files('conf/*/migrations/*.sql'));
dictionary('sql', words('lib/db/sql/sqlhead.c', 'lib/db/proof/portability.def'), qw(-- /* */ $$ $a$ E' :a :a.b ::int :=), "'\n'", '\\\'');

seed('yaml', read_file($_)) for files('conf/*.yaml', 'conf/*/leat.yaml');
seed('yaml', $_) for literals('t/lib/conf/yaml*.c', 't/lib/conf/conf.c', 't/lib/conf/secret.c', 't/lib/conf/units.c');
dictionary('yaml', map { split /\./ } words('lib/conf/conf.def', 'lib/conf/yaml.c', 'lib/conf/units.c'));

seed('openapi', read_file($_)) for files('conf/*/api.yaml'), glob "$suites/openapi-3.1/documents/*.yaml";
for my $text (literals('t/lib/api/document/*.c', 't/lib/api/operation/*.c', 't/fixtures/fixture.c')) {
    my $head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";
    seed('openapi', $text =~ /^openapi/ ? $text : "$head$text");
    seed('openapi', "${head}paths: {/a: {get: {$text}}}\n=== value.json\n{\"a\":1}");
}
for my $file (glob "$suites/openapi-3.1/schema-2022-10-07/*/*.yaml") {
    seed('openapi', read_file($file));
}
dictionary('openapi', "\n=== b.yaml\n", words('lib/api/document/*.def', 'lib/api/document/xsql.c', 'lib/api/document/document*.c'));

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
seed_pairs('schema', map { /"/ ? $_ : tr/'/"/r } literals('t/lib/schema/schema*.c', 't/lib/schema/format*.c'));
dictionary('schema', map { qq("$_") } grep { !/ / } words('lib/schema/compile*.c', 'lib/schema/format.c'));

seed_pairs('pattern', literals('t/lib/schema/pattern*.c'));
dictionary('pattern', words('lib/schema/ecma*.c'), qw{(?: (?= (?! (?<= (?<!}, '(?<a>', '\k<a>', '\p{L}', '{2,}', '[^]');

for my $text (literals('t/lib/api/request/field*.c')) {
    seed('parameters', "q$text");
    seed('parameters', "o$text");
    # one style, set of flags and schema after the other
    seed('parameters', 'p' . join('', map { chr 64 + $count{parameters} / $_ % 32 } 1, 3, 7) . $text);
}
seed('parameters', "r$_") for literals('t/lib/api/request/router.c');
seed('parameters', "aapplication/json\n$_") for '*/*', 'text/*;q=0, application/json;q=0.5';
dictionary('parameters', words('lib/api/request/media_type.c', 'lib/api/request/field*.c'), '%2C', '%20', '%25', '[x]=');

for my $text (literals('t/lib/api/request/multipart*.c')) {
    seed('multipart', "multipart/form-data; boundary=B\n$text");
    seed('multipart', "multipart/form-data; boundary=B\n--B\r\n$text\r\n\r\na\r\n--B--");
    seed('multipart', "$text\n--B\r\nContent-Disposition: form-data; name=a\r\n\r\na\r\n--B--");
}
seed('multipart', "multipart/form-data;boundary=B\n--B\r\n--B: x\r\nContent-Disposition: form-data; name=a\r\n\r\na\r\n--B--");
seed('multipart', "multipart/form-data;boundary=B\n" . "--B\r\nContent-Disposition:form-data;name=a\r\n\r\n\r\n" x $_ . '--B--')
    for 256, 257;
dictionary('multipart', words('lib/api/request/multipart.c'), "\n--B", "\r--B", "\r\n--B", "\r\n--B--", "\r\n\r\n",
    ': form-data; name=', '"; filename="', 'boundary=', '%0D', '\\\\', '\\"');

for my $text (literals('t/lib/auth/jose/jw*.c', 't/lib/auth/jose/keyset.c')) {
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
dictionary('token', "-----BEGIN ", "\n-----END ", (grep { !/[a-z] [a-z]/ } words('lib/auth/jose/jw*.c', 'lib/auth/jose/*.def', 'lib/auth/oidc/*.def')),
    map { qq("$_":) } qw(alg kid typ kty use key_ops crit b64 jwk jku x5u iss sub aud exp nbf iat jti keys crv x y d n e));

# A letter for the schema, and what comes before, again and again, and behind.
my @units = map { [split / /] } '[ 1, 1]', '[ [], 1]', '[ {"a":1}, 1]', '{ "a#":1, "z":1}', '[ "aaaaaaaaa!", 1]', '[ [1,2,[1]], 1]',
    '[ 1.5e-3, 1]', '[" a "]', '[ [[[[[[[[1]]]]]]]], 1]', '[ "#", 1]', '[ {"a":{"l":{"r":1}},"b#":[1]}, 1]', '[" \u00e4 "]',
    '[ "2026-12-24T18:00:00Z", 1]';
for my $schema (0 .. (() = read_file('t/fuzz/cost.def') =~ /^SCHEMA/mg) - 1) {
    seed('cost', chr(ord('0') + $schema) . join "\n", @$_) for @units;
}
dictionary('cost', '[[', ']]', '{"', '":', '",', '1e-', '\u0000', '\ud834\udd1e', 'xn--', '(?<a>', '[^',
    map { qq("$_":) } qw(a b c d x l r t));
