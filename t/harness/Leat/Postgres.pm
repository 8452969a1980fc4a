# SPDX-License-Identifier: MIT
# A PostgreSQL server of a test's own: a cluster in a temporary folder, which only a Unix socket leads to.
#
#     my $pg = Leat::Postgres->new('CREATE TABLE …');
#     my $url = $pg->url;
#     is($pg->run('SELECT count(*) FROM t'), 3, '…');
#
# It ends with the test.
package Leat::Postgres;

use strict;
use warnings;
use Carp qw(croak);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Leat::Program qw(package_is_missing);
use Leat::Test qw(run_command slurp wait_for);
use POSIX qw(WNOHANG);

my $programs = '/usr/lib/postgresql/15/bin';
my @live;

# The server refuses to run as root. It gets a signal when the test is gone.
sub command {
    my ($name, @arguments) = @_;
    my @user = $> ? () : qw(--reuid=65534 --regid=65534 --clear-groups);
    return ('setpriv', '--pdeathsig', 'QUIT', @user, "$programs/$name", @arguments);
}

sub new {
    my ($class, $sql) = @_;
    -x "$programs/initdb" or package_is_missing('initdb', 'postgresql-15');
    my $self = bless {dir => tempdir('leat-pg-XXXXXX', TMPDIR => 1), owner => $$}, $class;
    chown 65534, 65534, $self->{dir} unless $>;
    my $r = run_command(command(qw(initdb -N -A trust -U leat --locale=C --encoding=UTF8 -D), "$self->{dir}/data"));
    croak "initdb: $r->{err}" if $r->{code};
    push @live, $self;
    $self->start;
    $self->run($sql) if $sql;
    return $self;
}

sub start {
    my ($self) = @_;
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec command('postgres', '-D', "$self->{dir}/data",
            map { ('-c', $_) } 'fsync=off', 'listen_addresses=', "unix_socket_directories=$self->{dir}")
            or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    wait_for(30, sub { !$self->psql('SELECT 1')->{code} }) or croak 'postgres: ' . slurp("$self->{dir}/log");
    return $self;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill QUIT => $pid;
    waitpid $pid, 0;
}

sub url { my ($self) = @_; return "postgresql:///postgres?host=$self->{dir}&user=leat" }

sub psql {
    my ($self, $sql) = @_;
    return run_command("$programs/psql", '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $self->url, '-c', $sql);
}

# Runs SQL, and returns its last value as text.
sub run {
    my ($self, $sql) = @_;
    my $r = $self->psql($sql);
    croak "psql: $r->{err}" if $r->{code};
    return ($r->{out} =~ s/\n\z//r);
}

# Ends the connections of leat; returns how many there were.
sub cut_all {
    my ($self) = @_;
    return $self->run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'leat'");
}

END {
    my $status = $?;
    for my $self (grep { $_->{owner} == $$ } @live) {
        $self->stop;
        remove_tree($self->{dir});
    }
    $? = $status;
}

1;
