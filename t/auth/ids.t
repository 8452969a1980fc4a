# SPDX-License-Identifier: MIT
# A million ids of requests and rows, made by all workers at once, are all different.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;

my %migrations = ('0001_t.up.sql' => "CREATE TABLE t (id INTEGER);\n");
my $leat = Leat::Test->new(workers => 4, migrations => \%migrations, document => <<'API')->start;
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /id:
    get:
      operationId: makeId
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}
      x-sql: {returns: one, sql: "SELECT :_uuid7 AS id"}
API
my ($at_once, $rounds) = (25, scale(320));
my $requests = "GET /id HTTP/1.1\r\nHost: a\r\n\r\n" x $at_once;

# Sends batches on each connection, and writes the ids to a file.
sub collect {
    my ($file, @sockets) = @_;
    open my $out, '>', $file or die "$file: $!";
    for (1 .. $rounds) {
        syswrite $_, $requests for @sockets;
        for my $s (@sockets) {
            my $text = Leat::Test::read_all($s, 30, sub { (() = $_[0] =~ /"id":"[^"]*"\}/g) >= $at_once });
            print {$out} "$_\n" for $text =~ /^x-request-id: (\S+)\r$/mgi, $text =~ /"id":"([^"]*)"/g;
        }
    }
    close $out or die "$file: $!";
}

subtest 'makes each id once, on whatever worker' => sub {
    my @sockets;
    ok(wait_for(20, sub {
        push @sockets, map { $leat->connect } 1 .. 64;
        return 4 == grep { $_->{connections} } @{$leat->ctl_json('workers')};
    }), 'every worker has connections');
    my @files = map { "$leat->{dir}/ids.$_" } 0, 1;
    for my $i (0, 1) {
        next if fork // die "fork: $!";
        collect($files[$i], @sockets[grep { $_ % 2 == $i } 0 .. $#sockets]);
        POSIX::_exit(0);
    }
    wait for @files;
    my $wanted = 2 * @sockets * $at_once * $rounds;
    my ($count) = run_command('sh', '-c', "cat @files | grep -cE '^[0-9a-f-]{36}\$'")->{out} =~ /(\d+)/;
    is($count, $wanted, "$wanted ids came");
    is(run_command('sh', '-c', "sort @files | uniq -d")->{out}, '', 'each once');
    is(scalar(grep { $_->{requests} >= $rounds } @{$leat->ctl_json('workers')}), 4, 'from all workers');
    done_testing;
};

all_done;
