# SPDX-License-Identifier: MIT
# make install creates a working installation elsewhere, and the manual has no warnings.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Program;
use Leat::Test;
use Test::More;

my $source = Leat::Test::source();
my $build  = Leat::Test::build();
my $to = tempdir(CLEANUP => 1);

my @installed;
subtest 'installs every file' => sub {
    my $log = qx(make -s -C $build install DESTDIR=$to 2>&1);
    is($?, 0, 'make install DESTDIR=…') or diag $log;
    @installed = split /\n/, qx(cd $to && find . -type f | sort);
    for my $name (qw(leat leatctl leat-worker leat.8 leatctl.8 leat.yaml.5 leat-api.7 leat_control.h leat.service),
        qw(leat.socket _leatctl logrotate.d/leat completions/leatctl leat/new/leat.yaml leat/new/.gitignore),
        qw(leat/new/migrations/0001_create_notes.up.sql leat/new/t/api.sh))
    {
        ok((grep { m{/\Q$name\E\z} } @installed), "$name is installed");
    }
    SKIP: {
        skip 'no swagger-ui-dist', 2 unless -f "$source/build/share/leat/swagger-ui/swagger-ui-bundle.js";
        ok((grep { m{/leat/swagger-ui/swagger-ui-bundle\.js$} } @installed), 'Swagger UI is installed');
        ok((grep { m{/leat/swagger-ui/LICENSE$} } @installed), 'with its licence');
    }
    done_testing;
};

subtest 'installs a program that runs' => sub {
    my ($leat) = grep { m{sbin/leat$} } @installed;
    like(run_command("$to/$leat", '--version')->{out}, qr/^leat /, 'and runs');
    done_testing;
};

subtest 'has manual pages without warnings' => sub {
    for my $page (glob "$source/man/*.[1-8]") {
        (my $name = $page) =~ s{.*/}{};
        is(qx(mandoc -T lint -W warning $page 2>&1), '', "$name is clean");
    }
    done_testing;
};

subtest 'names every command and key in the manual and in the usage' => sub {
    my $page8 = slurp("$source/man/leat.8");
    my @verbs = run_command("$build/leat", '--help')->{out} =~ /^ +leat (\w+)/mg;
    cmp_ok(scalar @verbs, '>', 5, 'leat names its commands');
    is(join(' ', grep { $page8 !~ /^\.It Cm \Q$_\E/m } @verbs), '', 'leat(8) names every one');
    my $conf_page = slurp("$source/man/leat.yaml.5");
    my @keys = slurp("$source/lib/conf/conf.def") =~ /^KEY\("([^"]+)", (?!MAP)\w+(?![^\n]*, NULL\)$)/mg;
    my @missing = grep { $conf_page !~ /^\.It Ic \Q$_\E$/m } @keys;
    is("@missing", '', 'leat.yaml(5) names every key that has something to say');
    my $ctl_page = slurp("$source/man/leatctl.8");
    my @commands = map { /^([\w -]+)\t/ ? $1 : () } split /\n/, run_command("$build/leatctl", '--commands')->{out};
    cmp_ok(scalar @commands, '>', 10, 'leatctl lists its commands');
    my $usage = run_command("$build/leatctl", '--help')->{out};
    is(join(' ', grep { $ctl_page !~ /^\.It Cm \Q$_\E/m } @commands), '', 'leatctl(8) names every command');
    is(join(' ', grep { $usage !~ /^  \Q$_\E\b/m } @commands), '', 'and so does --help');
    done_testing;
};

subtest 'completes commands, switches and options in a shell' => sub {
    $ENV{PATH} = "$build:$ENV{PATH}";
    my ($completion) = grep { m{completions/leatctl$} } @installed;
    my $complete = sub {
        my ($line, $at) = @_;
        my $script = "source '$to/$completion'; COMP_WORDS=(leatctl $line); COMP_CWORD=$at; _leatctl;"
            . ' echo "${COMPREPLY[@]}"';
        return [split ' ', run_command('bash', '-c', $script)->{out}];
    };
    is_deeply($complete->('re', 1), [qw(requests release reload recycle reopen)], 'bash completes commands');
    is_deeply($complete->('reload --', 2), [qw(--dry-run --migrate)], 'and their switches');
    is_deeply($complete->('--j', 1), ['--json'], 'and options');
    my ($of_zsh) = grep { m{/_leatctl$} } @installed;
    is(run_command(require_program('zsh'), '-n', "$to/$of_zsh")->{code}, 0, "zsh's completion parses");
    done_testing;
};

subtest 'installs units and a log rotation that their tools accept' => sub {
    my $units = tempdir(CLEANUP => 1);
    for my $name (qw(leat.service leat.socket)) {
        my ($unit) = grep { m{/\Q$name\E$} } @installed;
        my $text = slurp("$to/$unit") =~ s/^Documentation=.*\n//mgr;
        spew("$units/$name", $text =~ s{=/\S*/(?=leatctl )}{=$build/}gr =~ s{=/\S*/(?=leat )}{=$build/}gr);
    }
    my $analyze = require_program('systemd-analyze');
    my $verify = run_command($analyze, 'verify', "$units/leat.service", "$units/leat.socket");
    is("$verify->{code} $verify->{out}$verify->{err}", '0 ', 'systemd finds nothing wrong with the units');
    my $security = run_command($analyze, qw(security --offline=true --threshold=30), "$units/leat.service");
    is($security->{code}, 0, 'and an exposure below 3.0') or diag $security->{out};
    my ($rotation) = grep { m{logrotate\.d/leat$} } @installed;
    my $r = run_command('env', 'PATH=/usr/sbin:/usr/bin:/bin', require_program('logrotate'), '-d', "$to/$rotation");
    unlike($r->{err}, qr/^error/m, 'logrotate reads its file');
    done_testing;
};

subtest 'has a document in the README that loads' => sub {
    my $readme = slurp("$source/README");
    my ($document) = $readme =~ /^(    openapi: 3.*?)\n(?=\S)/ms;
    ok($document, 'the README has a document');
    $document =~ s/^    //mg;
    my ($migration) = $readme =~ /^    (CREATE TABLE notes.*?;)$/ms;
    $migration =~ s/^    //mg;
    my $app = Leat::Test->new(document => $document, migrations => {'0001_notes.up.sql' => $migration});
    my $checked = $app->leat('check');
    is($checked->{code}, 0, 'which loads') or diag $checked->{err};
    cmp_ok(scalar(split /\n/, $document), '<=', 42, 'in forty lines');
    done_testing;
};

all_done;
