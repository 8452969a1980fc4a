# SPDX-License-Identifier: MIT
# Who may include whom, who may know which library, and what the master is linked with.
use strict;
use warnings;
use File::Find;
use Test::More;

my $source = $ENV{LEAT_SRC}   // '.';
my $build  = $ENV{LEAT_BUILD} // 'build';

# A room may include itself and what stands here: a room, or one header of it. What is above a room in
# this list may not be included by it, but for what the comment says.
my %may = (
    'lib/core'           => [qw(lib/core/json lib/core/text)], # diagnostics and log lines are written as JSON
    'lib/core/json'      => [qw(lib/core lib/core/text)],
    'lib/core/text'      => [qw(lib/core)],
    'lib/core/net'       => [qw(lib/core)],
    'lib/core/queue'     => [qw(lib/core)],
    'lib/core/system'    => [qw(lib/core)],
    'lib/conf'           => [qw(lib/core/)],
    'lib/shm'            => [qw(lib/core/)],
    'lib/schema'         => [qw(lib/core/)],
    'lib/db/sql'         => [qw(lib/core/)],
    # Leat's own tables are verified on a connection.
    'lib/db'             => [qw(lib/core/ lib/db/sql lib/db/sqlite/connection lib/db/rowsec)],
    'lib/db/engine'      => [qw(lib/core/ lib/shm lib/schema lib/db/sql)],
    # A connection protects its tables; the protection prepares statements.
    'lib/db/sqlite/connection' => [qw(lib/core/ lib/shm lib/db/sql lib/db/engine lib/db/rowsec)],
    'lib/db/sqlite/run'  => [qw(lib/core/ lib/schema lib/shm lib/db/engine lib/db/rowsec
        lib/db/sqlite/connection)],
    'lib/db/pg'          => [qw(lib/core/ lib/shm lib/db/sql lib/db/engine)],
    'lib/db/sqlite'      => [qw(lib/core/ lib/shm lib/db/engine lib/db/sqlite/connection lib/db/sqlite/run)],
    'lib/db/rowsec'      => [qw(lib/core/ lib/schema lib/db lib/db/sql lib/db/engine lib/db/sqlite/connection
        lib/db/proof/tables.h)],
    'lib/db/proof'       => [qw(lib/core/ lib/schema lib/db lib/db/sql lib/db/engine lib/db/sqlite/connection
        lib/db/rowsec lib/db/migration lib/db/sqlite/run)],
    'lib/db/pg/load'     => [qw(lib/core/ lib/schema lib/db lib/db/sql lib/db/engine lib/db/migration
        lib/db/proof)],
    'lib/db/backup'      => [qw(lib/core/ lib/db/sqlite/connection)],
    'lib/db/migration'   => [qw(lib/core/ lib/conf lib/db lib/db/sql lib/db/engine lib/db/sqlite/connection
        lib/db/proof lib/db/rowsec)],
    'lib/auth/secret'    => [qw(lib/core/)],
    'lib/auth/password'  => [qw(lib/core/ lib/auth/secret)],
    'lib/auth/store'     => [qw(lib/core/ lib/conf lib/shm lib/db lib/db/sql lib/db/engine lib/auth/secret)],
    'lib/auth/jose'      => [qw(lib/core/ lib/conf lib/shm lib/schema lib/auth/secret lib/auth/store)],
    'lib/auth/oidc'      => [qw(lib/core/ lib/conf lib/schema lib/auth/secret lib/auth/jose)],
    'lib/api/request'    => [qw(lib/core/ lib/schema)],
    'lib/api/problem'    => [qw(lib/core/ lib/schema)],
    # Documents and operations name the same things: fields, media types, ways to call.
    'lib/api/document'   => [qw(lib/core/ lib/conf lib/schema lib/db/sql lib/db/engine lib/api/request lib/api/problem
        lib/api/operation lib/api/publish)],
    'lib/api/publish'    => [qw(lib/core/ lib/conf lib/schema lib/api/operation/outcome.h lib/api/document/extensions.h
        lib/api/document/loader.h lib/api/document/refs.h lib/api/problem)],
    'lib/api/operation'  => [qw(lib/core/ lib/conf lib/shm lib/schema lib/db/sql lib/db/engine lib/api/request
        lib/api/problem lib/api/document)],
    # What clients go by is compared: the published document.
    'lib/api/compare'    => [qw(lib/core/ lib/schema lib/api/request lib/api/problem lib/api/operation
        lib/api/publish/published.h)],
    'server/process'     => [qw(lib/core/ lib/conf)],
    'server/sockets'     => [qw(lib/core/)],
    'server/control'     => [qw(lib/core/ lib/conf server/sockets)],
    'server/generation'  => [qw(lib/core/ lib/conf lib/shm server/process)],
    'server/backup'      => [qw(lib/core/ lib/conf lib/shm server/process server/generation)],
    # A new master is handed the control socket.
    'server/reload'      => [qw(lib/core/ lib/conf server/process server/sockets server/generation
        server/control/control.h)],
    'server/commands'    => [qw(lib/core/ lib/conf lib/shm server/process server/sockets server/control server/generation
        server/backup server/reload)],
    'server/leatctl'     => [qw(lib/core/ lib/conf server/commands/verbs.h server/commands/verbs.def)],
    'server'             => [qw(lib/core/ lib/conf lib/shm server/process server/sockets server/control
        server/generation server/backup server/reload server/commands)],
    # h2o's requests become ours: the seam fills struct request and enters its flow.
    'workers/http'       => [qw(workers/http/parse workers/request/request.h workers/request/flow.h)],
    'workers/http/parse' => [],
    'workers/request'    => [qw(workers/http)],
    'workers/outbound'   => [qw(workers/http)],
    'workers/mail'       => [qw(workers/http workers/outbound)],
    'workers/identity'   => [qw(workers/http workers/request workers/outbound)],
    'workers/handlers'   => [qw(workers/http workers/request workers/identity/challenge.h)],
    'workers/accounts'   => [qw(workers/http workers/request workers/identity workers/mail workers/outbound)],
    'workers/layers'     => [qw(workers/http workers/request workers/identity workers/handlers)],
    'workers/sandbox'    => [],
    'workers/commands'   => [qw(workers/request workers/identity workers/mail workers/accounts workers/sandbox
        workers/builtins.h)],
    'workers/scaffold'   => [qw(workers/commands)],
    'workers'            => [qw(workers/)],
);
# What every room of workers/ may see: the context, and the library.
push @{$may{$_}}, 'workers/context.h', 'lib/' for grep { m{^workers} } keys %may;

# A library's header may be included only here.
my %only = (
    'h2o.h'     => qr{^workers/http/\w+\.[ch]$},
    'uv.h'      => qr{^server/},
    'sqlite3.h' => qr{^lib/db/(?!pg/)},
    'libpq-fe.h' => qr{^lib/db/pg/},
    'openssl/'  => qr{^(?:lib/auth/|workers/http/tls\.c)},
    'curl/'     => qr{^workers/outbound/},
    'yaml.h'    => qr{^lib/conf/},
    'argon2.h'  => qr{^lib/auth/},
    'pcre2.h'   => qr{^lib/schema/},
    'seccomp.h' => qr{^workers/sandbox/system_calls\.c},
);

my %text; # of each file
find({no_chdir => 1, wanted => sub {
    return unless /\.(?:[ch]|def)$/;
    (my $file = $_) =~ s{^\Q$source\E/}{};
    open my $in, '<', $_ or die "$_: $!";
    local $/;
    $text{$file} = <$in>;
}}, map { "$source/$_" } qw(lib server workers include));
my @files = sort grep { /\.[ch]$/ && !m{^include/} } keys %text;
cmp_ok(scalar @files, '>', 400, scalar(@files) . ' files');

sub folder { my ($file) = @_; return $file =~ m{^(.*)/} ? $1 : '' }
sub included { my ($file) = @_; return $text{$file} =~ /^\s*#\s*include\s+"([^"]+)"/mg }
sub libraries { my ($file) = @_; return $text{$file} =~ /^\s*#\s*include\s+<([^>]+)>/mg }
# A room ends with "/" where its rooms are meant too.
sub is_allowed {
    my ($from, $to) = @_;
    my ($room, $other) = (folder($from), folder($to));
    return 1 if $room eq $other || $to eq 'config.h' || $to =~ m{^include/};
    return grep { $_ eq $to || $_ eq $other || (m{/\z} && index("$other/", $_) == 0) } @{$may{$room} // []};
}

my %rooms = map { folder($_) => 1 } @files;
is(join(' ', grep { !$may{$_} } sort keys %rooms), '', 'each room has its rule');
is(join(' ', grep { !$rooms{$_} } sort keys %may), '', 'and each rule its room');

my @upward;
for my $file (@files) {
    push @upward, "$file: $_" for grep { !is_allowed($file, $_) } included($file);
}
is(join("\n", @upward), '', 'no room includes what stands above it');

# The master ties its parts together; none of them knows it.
my @knowing = grep { grep { $_ eq 'server/master.h' } included($_) } @files;
is("@knowing", 'server/main.c server/master.c server/start.c', 'who knows the master');

# A header that says "Internal to FOLDER" is included nowhere else.
my @intruders;
for my $file (@files) {
    for my $header (grep { $text{$_} } included($file)) {
        my ($owner) = $text{$header} =~ m{Internal to (?:\* )?(\w+(?:/\w+)+)} or next;
        push @intruders, "$file: $header" unless index($file, "$owner/") == 0;
    }
}
is(join("\n", @intruders), '', 'what is internal stays in its folder');

# Whoever includes a header has what that includes.
my %reached;
sub reach {
    my ($file) = @_;
    return $reached{$file} if $reached{$file};
    my %all = ($file => 1);
    $reached{$file} = \%all;
    for my $header (grep { $text{$_} } included($file)) { %all = (%all, %{reach($header)}) }
    return \%all;
}
my @known;
for my $file (grep { /\.c$/ } @files) {
    for my $header (sort keys %{reach($file)}) {
        for my $path (libraries($header)) {
            for my $library (grep { index($path, $_) == 0 } keys %only) {
                push @known, "$file knows $path" . ($file eq $header ? '' : " by $header") if $file !~ $only{$library};
            }
        }
    }
}
is(join("\n", @known), '', 'a library is known where it belongs, also by way of headers');

# What stands above the engines asks them by prover.h and db.h.
my $above = qr{^(?:lib/api|lib/auth|lib/conf|workers|server)/};
is(join(' ', grep { $_ =~ $above && $text{$_} =~ /\bstruct conn\b|\bsqlite3_\w+\(|\bPG(?:conn|result)\b/ } @files), '',
    'no connection of an engine is known above them');

my $linked = qx(ldd $build/leat);
like($linked, qr/libuv/, 'the master is linked with libuv');
unlike($linked, qr/libh2o|sqlite|libssl|libcrypto|libargon2|libyaml/, 'and with no h2o, SQLite, OpenSSL, Argon2 or YAML');
unlike(qx(ldd $build/leatctl), qr/libuv|libh2o|sqlite|libssl|libcrypto/, 'leatctl with none of them');
like(qx(ldd $build/leat-worker), qr/libh2o-evloop/, 'a worker with libh2o-evloop');

# The seam with h2o: what the executable defines in place of others is what the table says, and what is
# private to the library is used there alone.
sub defined_by { my ($file) = @_; return map { /^\w+ [TW] ([^\s@]+)/ ? $1 : () } qx(nm -D --defined-only $file) }
my ($libh2o) = qx(ldd $build/leat-worker) =~ /^\s*libh2o-evloop\S* => (\S+)/m;
my %h2o = map { /^\s*(?:\w+ )?[A-Z] ([^\s@]+)/ ? ($1 => 1) : () } qx(nm -D $libh2o);
my @interposed = sort grep { $h2o{$_} && !/^(?:__asan|__ubsan|__sanitizer|_init|_fini)/ } defined_by("$build/leat-worker");
is(join(' ', @interposed), join(' ', sort $text{'workers/http/h2o_seam.def'} =~ /^OVERRIDE\((\w+),/mg),
    'the executable overrides what h2o_seam.def lists');
my @behind = grep { m{^workers/http/} && !m{/(?:h2o_(?:seam|override)|libh2o)\.[ch]$} } @files;
is(join(' ', grep { $text{$_} =~ /\bdlsym\b|__asm__|(?:->|\.)_[a-z]|\bBIO_get_data\b/ } @behind), '',
    'what is private to h2o stays in its seam');

# House style: sizes, and a licence line in each file.
my @large;
find({no_chdir => 1, wanted => sub {
    return unless /\.[ch]$/;
    open my $in, '<', $_ or die "$_: $!";
    my @lines = <$in>;
    push @large, "$_: " . @lines . ' lines' if @lines > (/\.h$/ ? 150 : 400);
    push @large, "$_: no SPDX line" unless $lines[0] =~ m{^/\* SPDX-License-Identifier: MIT \*/};
    my $brace;
    for my $i (0 .. $#lines) {
        $brace = $i if $lines[$i] =~ /^\{/;
        push @large, "$_:$brace: a function of " . ($i - $brace - 1) . ' lines'
            if defined $brace && $lines[$i] =~ /^\}$/ && $i - $brace - 1 > 70;
        undef $brace if $lines[$i] =~ /^\}/;
    }
}}, map { "$source/$_" } qw(lib server workers t));
is(join("\n", @large), '', 'no file and no function outgrows the style');

# Names. A tag says in a debugger what it is, a function in a backtrace what it does, a file where to look.
sub twice { my ($of) = @_; return join "\n", map { "$_: @{$of->{$_}}" } grep { @{$of->{$_}} > 1 } sort keys %$of }
my (%tagged, %named, @vague);
for my $file (@files) {
    push @{$tagged{$_}}, $file for $text{$file} =~ /^(?:static )?(?:const )?(?:struct|enum|union) (\w+)\s*\{/mg;
    push @{$named{$file =~ s{.*/}{}r}}, $file;
    next if $file =~ m{^server/};
    push @vague, map { "$file: $_()" } $text{$file} =~ /^static [a-z][^=;(]*[ *](find|run|take|finish|copy|answer|start
        |add|refuse|put|note|hash|report|keep|deliver|split|release|make|look|load|explain|drop|choose|meet|rotate
        |prove|prepare|join|grow|fill|describe|decode|compare|apply|append|check|next|stop|end|parse|begin|resolve
        |enter|visit|skip|read|write|open|close|done)\(/mgx;
}
delete $named{'main.c'};
is(twice(\%tagged), '', 'a tag is used once');
is(twice(\%named), '', 'and a file name');
is(join("\n", @vague), '', 'a private name says what it does');

# Errors: why a call failed is a struct fault, and each exit status stands in one header.
my (@texts, %statuses);
for my $file (@files) {
    push @texts, map { "$file: $_" } $text{$file} =~ /\bchar \*\*(why|error|fault|reason|malformed|message)\b/g;
    push @{$statuses{$_}}, $file for $text{$file} =~ /\b(EXIT_[A-Z]+) = \d/g;
}
is(join("\n", @texts), '', 'no function gives the reason of a failure as a char **');
is(join(' ', map { @$_ > 1 ? "@$_" : () } values %statuses), '', 'no exit status is defined twice');

# Memory: one place gives or aborts.
my @bare;
find({no_chdir => 1, wanted => sub {
    return if !/\.[ch]$/ || m{lib/core/memory\.[ch]$};
    open my $in, '<', $_ or die "$_: $!";
    my $text = do { local $/; <$in> };
    $text =~ s{(/\*.*?\*/)}{"\n" x ($1 =~ tr/\n//)}gse;
    while ($text =~ /\b((?:m|c|re|aligned_)alloc|reallocarray|posix_memalign|strn?dup|v?asprintf)\s*\(/g) {
        push @bare, "$_:" . (1 + (substr($text, 0, $-[0]) =~ tr/\n//)) . ": $1";
    }
}}, map { "$source/$_" } qw(lib server workers));
my $compile = "cc -D_GNU_SOURCE -I$source -fsyntax-only $source/lib/core/memory.c";
is(system($compile), 0, 'what refuses NDEBUG compiles');
isnt(system("$compile -DNDEBUG 2>/dev/null"), 0, 'asserts cannot be switched off');
is(join("\n", @bare), '', 'memory comes from lib/core/memory.h');
done_testing;
