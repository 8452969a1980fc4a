# SPDX-License-Identifier: MIT
# Who may include whom, who may know which library, and what the master is linked with.
use strict;
use warnings;
use File::Find;
use Test::More;

my $source = $ENV{LEAT_SRC}   // '.';
my $build  = $ENV{LEAT_BUILD} // 'build';

# A folder may include itself and what stands here.
my %may = (
    'lib/core'   => [],
    'lib/conf'   => ['lib/core'],
    'lib/shm'    => ['lib/core'],
    'lib/schema' => ['lib/core'],
    'lib/db'     => [qw(lib/core lib/conf lib/shm lib/schema)],
    'lib/auth'   => [qw(lib/core lib/conf lib/shm lib/schema lib/db)],
    'lib/api'    => [qw(lib/core lib/conf lib/shm lib/schema lib/db)],
    'server'     => [qw(lib/core lib/conf lib/shm)],
    'workers'    => [qw(lib/core lib/conf lib/shm lib/schema lib/db lib/auth lib/api)],
);
# A library's header may be included only here.
my %only = (
    'h2o.h'     => qr{^workers/http/},
    'uv.h'      => qr{^server/},
    'sqlite3.h' => qr{^lib/db/},
    'openssl/'  => qr{^(?:lib/auth/|workers/http/tls\.c)},
    'curl/'     => qr{^workers/(?:outbound/)?(?:outbound|transfer|destination)\.c},
    'yaml.h'    => qr{^lib/conf/},
    'argon2.h'  => qr{^lib/auth/},
    'pcre2.h'   => qr{^lib/schema/},
    'seccomp.h' => qr{^workers/(?:sandbox/system_)?calls\.c},
);

my @wrong;
my $files = 0;
find({no_chdir => 1, wanted => sub {
    return unless /\.[ch]$/;
    (my $file = $_) =~ s{^\Q$source\E/}{};
    my ($folder) = $file =~ m{^(lib/\w+|server|workers)/} or return;
    $files++;
    open my $in, '<', $_ or die "$_: $!";
    while (<$in>) {
        next unless /^\s*#\s*include\s+([<"])([^>"]+)/;
        my ($kind, $path) = ($1, $2);
        for my $library (keys %only) {
            push @wrong, "$file:$.: $path" if index($path, $library) == 0 && $file !~ $only{$library};
        }
        next if $kind eq '<' || $path eq 'config.h' || $path =~ m{^include/};
        my ($to) = $path =~ m{^(lib/\w+|server|workers)/};
        push @wrong, "$file:$.: $path" unless $to && ($to eq $folder || grep { $_ eq $to } @{$may{$folder}});
        push @wrong, "$file:$.: $path is internal" if $path eq 'workers/http/internal.h' && $file !~ m{^workers/http/};
    }
}}, map { "$source/$_" } qw(lib server workers));
ok($files > 80, "$files files");
is(join("\n", @wrong), '', 'no include goes upward');

my $linked = qx(ldd $build/leat);
like($linked, qr/libuv/, 'the master is linked with libuv');
unlike($linked, qr/libh2o|sqlite|libssl|libcrypto|libargon2|libyaml/, 'and with no h2o, SQLite, OpenSSL, Argon2 or YAML');
unlike(qx(ldd $build/leatctl), qr/libuv|libh2o|sqlite|libssl|libcrypto/, 'leatctl with none of them');
like(qx(ldd $build/leat-worker), qr/libh2o-evloop/, 'a worker with libh2o-evloop');

# House style: sizes, and a licence line in each file.
my @large;
find({no_chdir => 1, wanted => sub {
    return unless /\.[ch]$/;
    open my $in, '<', $_ or die "$_: $!";
    my @lines = <$in>;
    push @large, "$_: " . @lines . ' lines' if @lines > (/\.h$/ ? 150 : 400);
    push @large, "$_: no SPDX line" unless $lines[0] =~ m{^/\* SPDX-License-Identifier: MIT \*/};
}}, map { "$source/$_" } qw(lib server workers));
is(join("\n", @large), '', 'no file outgrows the style');
done_testing;
