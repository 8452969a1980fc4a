# SPDX-License-Identifier: MIT
# One PostgreSQL cluster of a test's own: in a temporary folder, as an unprivileged user, on a loopback
# port and a unix socket. It ends with the test.
#
#     my $pg = Leat::Postgres->new;
#     my $url = $pg->create('todo', role => 'app');          # a database, owned by a role
#     is($pg->sql('todo', 'SELECT count(*) FROM todos'), '0', '…');
#
# What needs no database of its own uses the cluster's first one, as its superuser:
#
#     my $pg = Leat::Postgres->new('CREATE TABLE …');
#     is($pg->run('SELECT count(*) FROM t'), 3, '…');       # at $pg->url
package Leat::Postgres;

use strict;
use warnings;
use Carp qw(croak);
use Fcntl qw(:flock);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Leat::Program qw(package_is_missing);
use Leat::Test qw(run_command slurp wait_for);
use POSIX ();

my ($programs) = grep { -x "$_/initdb" } reverse sort glob '/usr/lib/postgresql/*/bin';
my @live;

# What only matters after a crash of the machine, and a test has none.
my @settings = ('fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=60',
    'shared_buffers=32MB', 'autovacuum=off', 'logging_collector=off', 'jit=off');

# PostgreSQL refuses to run as root. What is started so gets a signal when the test is gone.
sub command {
    my ($name, @arguments) = @_;
    my @user = $> ? () : qw(--reuid=65534 --regid=65534 --clear-groups);
    return ('setpriv', '--pdeathsig', 'QUIT', @user, $name, @arguments);
}
sub run_as_user {
    my $r = run_command(command(@_));
    croak "@_: $r->{out}$r->{err}" if $r->{code};
    return;
}

# Returns the folder of a cluster that was never started, to copy: making one takes seconds.
sub new_cluster {
    my ($version) = $programs =~ m{/([0-9.]+)/bin$};
    my $folder = "/tmp/leat-test-pg-$<";
    mkdir $folder;
    chown 65534, 65534, $folder unless $>;
    open my $lock, '>>', "$folder.lock" or croak "$folder.lock: $!";
    flock $lock, LOCK_EX;
    return "$folder/$version" if -d "$folder/$version";
    run_as_user("$programs/initdb", '-D', "$folder/$version.new", qw(-U leat -A trust -N --locale=C.UTF-8 -E UTF8));
    run_as_user('mv', "$folder/$version.new", "$folder/$version");
    return "$folder/$version";
}

sub new {
    my ($class, $sql) = @_;
    $programs or package_is_missing('PostgreSQL', 'postgresql-15');
    my $dir = tempdir('leat-pg-XXXXXX', TMPDIR => 1);
    my $self = bless {dir => $dir, port => Leat::Test::free_port(), owner => $$}, $class;
    chown 65534, 65534, $self->{dir} unless $>;
    run_as_user('cp', '-R', new_cluster(), "$self->{dir}/data");
    push @live, $self;
    $self->start;
    $self->run($sql) if $sql;
    return $self;
}

sub start {
    my ($self, @more) = @_;
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec command("$programs/postgres", '-D', "$self->{dir}/data", map { ('-c', $_) } @settings,
            "port=$self->{port}", 'listen_addresses=127.0.0.1', "unix_socket_directories=$self->{dir}", @more)
            or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    wait_for(60, sub { !$self->psql('SELECT 1')->{code} }) or croak 'postgres: ' . slurp("$self->{dir}/log");
    return $self;
}

# Ends it at once, as a crash would.
sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill QUIT => $pid;
    waitpid $pid, 0;
    return;
}

sub url {
    my ($self, $database, $role) = @_;
    return 'postgresql://' . ($role // 'leat') . "\@127.0.0.1:$self->{port}/" . ($database // 'postgres');
}

# Runs SQL: {code, out, err}, with rows that are not aligned.
sub psql {
    my ($self, $sql, $database, $role) = @_;
    return run_command("$programs/psql", qw(-XAtq -v ON_ERROR_STOP=1 -d), $self->url($database, $role), '-c', $sql);
}

# Runs SQL in a database, as the superuser or as a role, and returns its rows. Dies of an error.
sub sql {
    my ($self, $database, $sql, $role) = @_;
    my $r = $self->psql($sql, $database, $role);
    croak "psql: $r->{err}" if $r->{code};
    return ($r->{out} =~ s/\n\z//r);
}
sub run { my ($self, $sql) = @_; return $self->sql('postgres', $sql) }

# Creates a database whose owner is a role that may create others, for scratch ones, unless
# attributes => 'NOCREATEDB' or the like says otherwise. Returns its URL for that role.
sub create {
    my ($self, $database, %o) = @_;
    my $role = $o{role} // 'app';
    $self->run("CREATE ROLE $role LOGIN") if $self->run("SELECT count(*) FROM pg_roles WHERE rolname = '$role'") eq '0';
    $self->run("ALTER ROLE $role " . ($o{attributes} // 'CREATEDB'));
    $self->run("CREATE DATABASE $database OWNER $role");
    return $self->url($database, $role);
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
