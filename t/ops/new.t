# SPDX-License-Identifier: MIT
# leat new creates a correct application, which passes its own test.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Leat::Test;
use Test::More;

my $program = Leat::Test::build() . '/leat';
my $dir = tempdir('leat-new-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $files = sub { my ($at) = @_; return [split /\n/, qx(cd '$at' && find . -type f | LC_ALL=C sort)] };
my @all = map { "./$_" } qw(.gitignore README api.yaml leat.yaml migrations/0001_create_notes.down.sql),
    qw(migrations/0001_create_notes.up.sql t/api.sh);
my $app = "$dir/a b/app";

subtest 'creates a whole application, which names no machine' => sub {
    my $r = run_command($program, 'new', "$app/");
    is("$r->{code} $r->{err}", '0 ', 'an application is made, with the folders above it');
    is_deeply($files->($app), \@all, 'whole');
    is_deeply([sort $r->{out} =~ m{^made \Q$app\E/(.*)$}mg], [map { s{^\./}{}r } @all], 'each file is named');
    ok(-x "$app/t/api.sh", 'its test can be run');
    is_deeply([grep { slurp("$app/$_") =~ /\Q$dir\E|\Q@{[Leat::Test::source()]}\E/ } @all], [],
        'no file names this machine');
    my $mine = slurp("$app/README") . slurp("$app/leat.yaml");
    unlike($mine, qr{(?<![\w.])/(?!v1\b|127)\w+/}, 'and there is no absolute path');
    done_testing;
};

my $was = getcwd();
chdir $app or die $!;

subtest 'creates what leat check accepts and scaffold would write' => sub {
    my $r = run_command($program, 'check', '-c', 'leat.yaml');
    is("$r->{code} $r->{out}$r->{err}", "0 OK\n", 'leat check says OK');
    is_deeply($files->($app), \@all, 'and leaves nothing');
    $r = run_command($program, 'scaffold', 'notes', '-c', 'leat.yaml');
    is($r->{out} =~ s{/v2}{/v1}r, slurp('api.yaml'), 'its document is what scaffold writes');
    done_testing;
};

subtest 'creates a test that passes, and fails when the application does' => sub {
    local $ENV{LEAT} = $program;
    my $r = run_command('sh', 't/api.sh');
    is($r->{code}, 0, 'its test passes') or diag "$r->{out}$r->{err}";
    my @ok = $r->{out} =~ /^ok /mg;
    cmp_ok(scalar @ok, '>', 5, 'and tests something');
    is_deeply($files->($app), \@all, 'and leaves nothing');
    spew("$app/api.yaml", slurp('api.yaml') =~ s/"204"/"200"/r);
    $r = run_command('sh', 't/api.sh');
    is($r->{code}, 1, 'it fails when the application does') or diag $r->{out};
    done_testing;
};

chdir $was;

subtest 'creates only in an empty place' => sub {
    spew("$dir/full/x", '');
    my $r = run_command($program, 'new', "$dir/full");
    is($r->{code}, 1, 'a folder with a file in it is left alone');
    like($r->{err}, qr{full: Directory not empty}, 'which is said');
    is_deeply($files->("$dir/full"), ['./x'], 'as it was');
    $r = run_command($program, 'new', "$dir/full/x");
    is($r->{code}, 1, 'so is a file');
    mkdir "$dir/empty";
    is(run_command($program, 'new', "$dir/empty")->{code}, 0, 'an empty folder will do');
    chdir "$dir/full";
    mkdir 'here';
    chdir 'here';
    is(run_command($program, 'new', '.')->{code}, 0, 'and this one');
    is_deeply($files->('.'), \@all, 'is filled');
    done_testing;
};

chdir $was;

subtest 'shows its usage unless it is told one folder' => sub {
    is(run_command($program, 'new')->{code}, 2, 'no folder: usage');
    is(run_command($program, 'new', 'a', 'b')->{code}, 2, 'two: usage');
    done_testing;
};

all_done;
