# SPDX-License-Identifier: MIT
# A PostgreSQL server of the test's own, in a temporary folder, never Debian's: by a Unix socket alone, and
# without waiting for the disk. It ends with the test.
#
#     my $server = Leat::Postgres->new;
#     $server->create('app');
#     my $r = $server->psql('app', 'SELECT 1');        # {code, out, err}
#     $server->url('app')                              # postgresql://postgres@%2Ftmp%2F…/app
package Leat::Postgres;

use strict;
use warnings;
use Carp qw(croak);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Leat::Program;
use Leat::Test ();

# The versions that may be installed, the oldest supported first.
my @folders = map { "/usr/lib/postgresql/$_/bin" } 15 .. 20;

sub program_of {
    my ($name) = @_;
    my ($path) = grep { -x } map { "$_/$name" } @folders;
    return $path // package_is_missing($name, 'postgresql-15');
}

# Runs a program of the server, which refuses to run as root.
sub run_as_owner {
    my ($self, @command) = @_;
    my @as = $> == 0 ? (require_program('setpriv'), qw(--reuid=postgres --regid=postgres --clear-groups)) : ();
    return Leat::Test::run_command(@as, @command);
}

# Makes and starts a server. Options: settings => {name => value} of postgresql.conf.
sub new {
    my ($class, %o) = @_;
    my $self = bless {folder => tempdir('leat-pg-XXXXXX', TMPDIR => 1), owner => $$}, $class;
    my %settings = (
        listen_addresses => '', unix_socket_directories => $self->{folder}, fsync => 'off', full_page_writes => 'off',
        synchronous_commit => 'off', shared_buffers => '16MB', %{$o{settings} // {}},
    );
    my @options = map { ('-c', "$_=$settings{$_}") } sort keys %settings;
    chown((getpwnam 'postgres')[2, 3], $self->{folder}) if $> == 0;
    $self->must(program_of('initdb'), '-D', "$self->{folder}/data", qw(-A trust -U postgres -E UTF8 --locale=C.UTF-8 -N));
    $self->must(program_of('pg_ctl'), '-D', "$self->{folder}/data", '-l', "$self->{folder}/log", '-w', '-t', 60,
        '-o', join(' ', map { "'$_'" } @options), 'start');
    $self->{runs} = 1;
    return $self;
}

sub must {
    my ($self, @command) = @_;
    my $r = $self->run_as_owner(@command);
    croak "@command: $r->{out}$r->{err}" . $self->log if $r->{code};
    return $r;
}

# Returns what the server logged.
sub log {
    my ($self) = @_;
    open my $in, '<', "$self->{folder}/log" or return '';
    local $/;
    return scalar <$in>;
}

sub create {
    my ($self, $database) = @_;
    my $r = $self->psql('postgres', "CREATE DATABASE \"$database\"");
    croak "$database: $r->{err}" if $r->{code};
    return $self;
}

# Runs SQL in a database, and stops at the first error. Options: file => path of a script instead.
sub psql {
    my ($self, $database, $sql, %o) = @_;
    return Leat::Test::run_command(program_of('psql'), '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
        '-h', $self->{folder}, '-U', 'postgres', '-d', $database, $o{file} ? ('-f', $o{file}) : ('-c', $sql));
}

sub url {
    my ($self, $database, $user) = @_;
    my $host = $self->{folder} =~ s{/}{%2F}gr;
    return 'postgresql://' . ($user // 'postgres') . "\@$host/$database";
}

sub stop {
    my ($self) = @_;
    return unless delete $self->{runs};
    $self->run_as_owner(program_of('pg_ctl'), '-D', "$self->{folder}/data", '-m', 'immediate', '-w', 'stop');
    return;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $@);
    $self->stop;
    remove_tree($self->{folder});
    return;
}

1;
