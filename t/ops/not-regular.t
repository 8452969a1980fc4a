# SPDX-License-Identifier: MIT
# A document, a migration, a file of SQL, a configuration or a text of mail that is no regular file is refused with
# what it is: a FIFO is neither read as empty nor waited for.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Test;
use POSIX qw(mkfifo);
use Test::More;

my $document = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: n
      responses: {"200": {description: d, content: {application/json: {schema: {$ref: "schema.yaml"}}}}}
      x-sql: {returns: one, sql: {file: n.sql}}
YAML
my @sockets;
my %kinds = (
    'a FIFO'   => sub { mkfifo($_[0], 0600) or die "mkfifo: $!" },
    'a folder' => sub { mkdir $_[0] or die "mkdir: $!" },
    'a device' => sub { symlink '/dev/null', $_[0] or die "symlink: $!" },
    'a socket' => sub { push @sockets, IO::Socket::UNIX->new(Local => $_[0], Listen => 1) || die "socket: $!" },
);

sub fresh {
    my $leat = Leat::Test->new(document => $document, migrations => {'0001_t.up.sql' => "CREATE TABLE t (id);\n"},
        config => "mail: {from: a\@example.org, file: mail, templates: texts}\n");
    $leat->write('n.sql', "SELECT 1 AS id\n");
    $leat->write('schema.yaml', "type: object\n");
    mkdir "$leat->{dir}/texts" or die "mkdir: $!";
    return $leat;
}

for my $kind (sort keys %kinds) {
    subtest "$kind is refused" => sub {
        for my $name ('api.yaml', 'schema.yaml', 'n.sql', 'migrations/0001_t.up.sql', 'migrations/0002_u.up.sql',
            'leat.yaml', 'texts/verify-email.txt')
        {
            my $leat = fresh();
            my $r = $leat->leat('check');
            is("$r->{code} $r->{err}", '0 ', 'a regular file is not');
            unlink "$leat->{dir}/$name";
            $kinds{$kind}->("$leat->{dir}/$name");
            $r = $leat->leat('check');
            is($r->{code}, 1, "as $name");
            like($r->{err}, qr{\Q$leat->{dir}/$name\E: is $kind, not a regular file$}m, 'with what it is');
        }
    };
}

subtest 'leat diff refuses it' => sub {
    my $leat = fresh();
    mkfifo("$leat->{dir}/fifo", 0600) or die "mkfifo: $!";
    my $r = run_command(Leat::Test::build() . '/leat', 'diff', "$leat->{dir}/api.yaml", "$leat->{dir}/fifo");
    is($r->{code}, 1, 'refused') or diag "$r->{out}$r->{err}";
    like($r->{err}, qr{/fifo: is a FIFO, not a regular file$}m, 'with what it is');
};

subtest 'but a pipe of the shell is read to its end' => sub {
    my $leat = fresh();
    my @files = map { "$leat->{dir}/$_" } qw(api.yaml n.sql schema.yaml);
    my $other = slurp($files[0]) =~ s/\$ref: "schema.yaml"/type: object/r =~ s/\{file: n.sql\}/SELECT 1 AS id/r;
    $leat->write('api.yaml', $other);
    my $diff = Leat::Test::build() . "/leat diff <(sleep 0.3; cat $files[0]) $files[0]";
    my $r = run_command('bash', '-c', $diff);
    is("$r->{code} $r->{err}", '0 ', 'and compared') or diag $r->{out};
};

all_done;
