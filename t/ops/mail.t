# SPDX-License-Identifier: MIT
# A configuration of mail is checked with its texts before it is in force, and a command for mail runs
# in a process of its own.
use strict;
use warnings;
use Fcntl qw(F_SETFD);
use IO::Select;
use Leat::Smtp;
use Leat::Test;
use Socket qw(AF_UNIX SOCK_SEQPACKET PF_UNSPEC);
use Test::More;

my %app = (
    document => <<'API',
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: n
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
API
    migrations => {'0001_a.up.sql' => "CREATE TABLE t (n INTEGER);\n"},
    workers    => 1,
);
my $leat = Leat::Test->new(%app);
sub check { my ($text) = @_; $leat->configure($text); return $leat->leat('check') }

subtest 'allows what goes together' => sub {
    for my $text (
        'mail: {}', 'mail: {from: a@b}', 'mail: {from: "Todo <a@b>", file: mail}',
            'mail: {from: a@b, command: /bin/true}',
        'mail: {from: a@b, smtp: {url: "smtp://mail.example.com:587", username: u, password: "env:P"}}',
        'mail: {from: a@b, smtp: {url: "smtps://mail.example.com", starttls: off, username: u, password: "env:P"}}',
        'mail: {from: a@b, smtp: {url: "smtp://127.0.0.1:25", starttls: off, username: u, password: "env:P"}}',
        'mail: {from: a@b, smtp: {url: "smtp://mail.example.com", starttls: optional}}',
    ) {
        my $r = check("$text\n");
        is($r->{code}, 0, "allowed: $text") or diag $r->{err};
    }
    done_testing;
};

subtest 'refuses what does not go together, and says where' => sub {
    for my $row (
        ['mail: {file: mail}', '1:14', 'mail.from: is required'],
        ['mail: {from: nobody, file: mail}', '1:14', 'not an address'],
        ['mail: {from: "a@b\r\nX: y", file: mail}', '1:14', 'not an address'],
        ['mail: {from: a@b, file: mail, command: /bin/true}', '1:\d+', 'only one of smtp'],
        ['mail: {from: a@b, command: /nowhere}', '1:28', 'No such file'],
        ['mail: {from: a@b, smtp: {}}', '1:25', 'mail.smtp.url: is required'],
        ['mail: {from: a@b, smtp: {url: "http://h"}}', '1:31', 'must be smtp://'],
        ['mail: {from: a@b, smtp: {url: "smtp://u:p@h"}}', '1:31', 'must be smtp://'],
        ['mail: {from: a@b, smtp: {url: "smtp://h/x"}}', '1:31', 'must be smtp://'],
        ['mail: {from: a@b, smtp: {url: "smtp://*"}}', '1:31', 'must be smtp://'],
        ['mail: {from: a@b, smtp: {url: "smtp://h", username: u}}', '1:25', 'must be given together'],
        ['mail: {from: a@b, smtp: {url: "smtp://h", password: "env:P"}}', '1:25', 'must be given together'],
        ['mail: {from: a@b, smtp: {url: "smtp://h", password: hunter2, username: u}}', '1:53', 'not a reference'],
        ['mail: {from: a@b, smtp: {url: "smtp://h", starttls: optional, username: u, password: "env:P"}}', '1:25',
            'requires smtps://'],
        ['mail: {from: a@b, smtp: {url: "smtp://localhost.example", starttls: off, username: u, password: "env:P"}}',
            '1:25',
            'requires smtps://'],
        ['mail: {from: a@b, file: mail, templates: nowhere}', 'nowhere', 'No such file'],
    ) {
        my ($text, $where, $message) = @$row;
        my $r = check("$text\n");
        is($r->{code}, 1, "refused: $text");
        like($r->{err}, qr/$where: .*\Q$message\E/, "at $where: $message");
    }
    done_testing;
};

my $config = "mail: {from: 'Todo <no\@todo.example>', file: out/mail, templates: texts}\n";

subtest 'checks the texts with the configuration' => sub {
    mkdir "$leat->{dir}/texts";
    $leat->write('texts/verify-email.txt', "Subject: Hi\n\n{{nobody}}\n");
    my $r = check($config);
    is($r->{code}, 1, 'a text with an unknown variable is refused');
    like($r->{err}, qr{texts/verify-email\.txt:3: \{\{nobody\}\} is not a variable}, 'at its line');
    like($r->{err}, qr{texts/verify-email\.txt:1: names neither}, 'with all that is wrong');
    $leat->write('texts/verify-email.txt', "Subject: Hi {{app}}\n\n{{link}}\n");
    $leat->write('texts/verify.txt', "Subject: Hi\n");
    $r = check($config);
    is($r->{code}, 0, 'a good one is taken');
    like($r->{err}, qr{warning: verify\.txt is not the name of a message}, 'and a misspelt one noticed');
    unlink "$leat->{dir}/texts/verify.txt";
    done_testing;
};

subtest 'opens the file for its owner alone, and changes nothing if that fails' => sub {
    # The file is opened before the sandbox.
    $leat->configure('');
    $leat->start;
    $leat->configure($config);
    my $r = $leat->ctl('reload');
    is($r->{code}, 1, 'a file in a folder that is not there is refused');
    like($r->{err} . $r->{out}, qr{mail\.file: .*/out/mail: No such file}, 'with the reason');
    is($leat->get('/n')->{status}, 200, 'and the old generation serves');
    mkdir "$leat->{dir}/out";
    is($leat->ctl('reload')->{code}, 0, 'with the folder it is in force');
    is(sprintf('%o', (stat "$leat->{dir}/out/mail")[2] & 07777), '600', 'for the owner alone');
    my $release = $leat->ctl_json('release');
    is_deeply($release->{templates}, {'verify-email' => {subject => 'Hi {{app}}', body => "{{link}}\n"}},
        'the release has the text');
    $leat->write('texts/verify-email.txt', "Subject: Hello\n\n{{link}}\n");
    like($leat->ctl('reload', '--dry-run')->{out},
        qr/^new workers  templates\.verify-email\.subject: "Hi \{\{app\}\}" -> "Hello"$/m,
        'a dry run says what would become of it');
    $leat->write('texts/verify-email.txt', "nonsense");
    is($leat->ctl('recycle')->{code}, 0, 'what is edited meanwhile concerns nobody');
    done_testing;
};

sub mailers {
    my $of_this = qr{--mailer \Q$leat->{dir}\E/};
    return grep { (slurp("/proc/$_/cmdline") =~ tr/\0/ /r) =~ $of_this } map { m{/(\d+)$} } glob '/proc/[0-9]*';
}
my $command = "$leat->{dir}/sendmail";

subtest 'runs a command in a process that ends with its worker' => sub {
    spew($command, "#!/bin/sh\nexit 0\n");
    chmod 0755, $command;
    $leat->configure("mail: {from: a\@b, command: $command}\n");
    is($leat->ctl('reload')->{code}, 0, 'a command');
    my @mailers = mailers();
    is(scalar @mailers, 1, 'has a process');
    my ($worker) = $leat->worker_pids;
    my $has = sub { join(' ', sort map { readlink } glob "/proc/$mailers[0]/fd/*") =~ s/socket:\[\d+\]/socket/r };
    my $nothing = '/dev/null /dev/null /dev/null socket';
    ok(wait_for(10, sub { $has->() eq $nothing }), 'and has nothing of the worker but a socket') or diag $has->();
    kill KILL => $worker;
    my $is_replaced = sub {
        my @p = $leat->worker_pids;
        return @p && $p[0] != $worker && !grep { $_ == $mailers[0] } mailers();
    };
    ok(wait_for(20, $is_replaced), 'a worker that is killed takes it along');
    is(scalar mailers(), 1, 'and the next has its own');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    ok(wait_for(20, sub { mailers() == 1 }), 'replaces it');
    is($leat->stop, 0, 'it stops');
    is(scalar mailers(), 0, 'and none is left');
    done_testing;
};

# Starts the process itself.
sub mailer {
    my ($script) = @_;
    spew($command, "#!/bin/sh\n$script\n");
    socketpair(my $mine, my $other, AF_UNIX, SOCK_SEQPACKET, PF_UNSPEC) or die "$!";
    my $pid = fork // die;
    if (!$pid) {
        POSIX::dup2(fileno $other, 3) == 3 or die;
        $^F = 3;
        open my $three, '+<&=', 3;
        fcntl $three, F_SETFD, 0;
        { exec "@{[Leat::Test::build()]}/leat-worker", '--mailer', $command }
        POSIX::_exit(1);
    }
    close $other;
    return ($mine, $pid);
}
sub outcome {
    my ($socket, $message) = @_;
    send $socket, $message, 0;
    IO::Select->new($socket)->can_read(60) or return 'nothing';
    recv $socket, my $got, 1024, 0;
    my ($status, $why) = unpack 'l Z*', $got;
    return "$status $why";
}

subtest 'passes a message to the command, and its outcome back' => sub {
    my ($socket, $pid) = mailer("echo \"\$*\" >$leat->{dir}/args; cat >>$leat->{dir}/got");
    is(outcome($socket, "To: a\n\nOne\n"), '0 ', 'a message is on its way');
    is(outcome($socket, "To: b\n\n" . 'x' x 60000), '0 ', 'and another');
    is(slurp("$leat->{dir}/got"), "To: a\n\nOne\nTo: b\n\n" . 'x' x 60000, 'as they were');
    is(slurp("$leat->{dir}/args"), "-i -t\n", 'as for sendmail');
    for my $row (['exit 75', "75 the command exited with status 75"],
        ['kill -9 $$', '-1 the command was killed by signal 9']) {
        spew($command, "#!/bin/sh\n$row->[0]\n");
        is(outcome($socket, 'x'), $row->[1], $row->[0]);
    }
    unlink $command;
    is(outcome($socket, 'x'), '127 the command cannot be executed', 'a command that is gone');
    close $socket;
    is(waitpid($pid, 0), $pid, 'it ends with the socket');
    is($?, 0, 'well');
    done_testing;
};

all_done;
