# SPDX-License-Identifier: MIT
# A sandboxed worker sends mail to accounts by a server, a command, or into a file. Failures on the way
# affect no answer, and no secret is logged.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Smtp;
use Leat::Test;
use Test::More;

my $credentials = <<'YAML';
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [email, password]
              properties: {email: {type: string}, password: {type: string}}
YAML
chomp $credentials;
my $smtp = Leat::Smtp->start;
$ENV{LEAT_TEST_SMTP} = 'a secret, with "quotes"';
my $leat = Leat::Test->new(workers => 1, migrations => {'0001_a.up.sql' => "CREATE TABLE t (n INTEGER);\n"},
    document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /register:
    post:
      operationId: register
      security: []
      requestBody:
$credentials
      responses: {"201": {description: made, content: {application/json: {schema: {type: object}}}}}
      x-builtin: auth.register
API
my $identity = "identity: {verified: required, verify-link: 'https://todo.example/verify?t={token}'}\n";
my (@secrets, $number);

sub use_mail {
    my ($mail) = @_;
    $leat->configure("mail: {from: 'Todo <no\@todo.example>', $mail}\n$identity");
    my $r = $leat->{pid} ? $leat->ctl('reload') : do { $leat->start; {code => 0} };
    is($r->{code}, 0, "in force: $mail") or diag $r->{err};
    return;
}
sub register {
    my $email = 'user' . ++$number . '@example.com';
    my $r = $leat->post('/register', {email => $email, password => 'correct horse battery staple'});
    is($r->{status}, 201, "$email registers");
    return $email;
}
# Tests that a message has arrived intact.
sub is_letter {
    my ($m, $to) = @_;
    is($m->{headers}{to}, "<$to>", "mail to $to") or return;
    is($m->{headers}{from}, 'Todo <no@todo.example>', 'from whom it should be');
    is($m->{subject}, 'Confirm your address for Todo', 'about what it should be');
    my ($token) = $m->{body} =~ m{^Link: https://todo\.example/verify\?t=(\S+)\r?\n}m;
    ok($token, 'with a link') or return;
    like($m->{body}, qr/^Code: \Q$token\E\r?$/m, 'and a code');
    push @secrets, $token;
    return;
}
sub mailed {
    my ($what, $to) = @_;
    return wait_for(60, sub { $leat->log =~ /mail\.$what kind=verify-email to=\Q$to\E / });
}

subtest 'sends to a server that requires a password' => sub {
    use_mail("smtp: {url: '@{[$smtp->url]}', starttls: off, username: todo, password: 'env:LEAT_TEST_SMTP'}");
    my $to = register();
    my ($m) = $smtp->messages(1);
    is_letter($m, $to);
    is_deeply([@$m{qw(from to user password)}], ['no@todo.example', [$to], 'todo', $ENV{LEAT_TEST_SMTP}],
        'the envelope, and who sent it');
    ok(mailed('sent', $to), 'it is logged');
    done_testing;
};

subtest 'tries later or gives up, as the server answers' => sub {
    for my $row (
        [RCPT => '450 later', 'delayed'],
        [RCPT => '550 never', 'failed'],
        [AUTH => '535 who?', 'failed'],
        [end => '554 spam', 'failed'],
        [DATA => 'DROP', 'delayed'],
    ) {
        my ($command, $answer, $becomes) = @$row;
        $smtp->forget;
        $smtp->behave($command => $answer);
        my $other = register();
        ok(mailed($becomes, $other), "$command is answered $answer: $becomes");
        is(scalar $smtp->messages, 0, 'and nothing has come');
        if ($becomes eq 'delayed') {
            $smtp->forget;
            my ($late) = $smtp->messages(1, 60);
            is_letter($late, $other);
        }
    }
    done_testing;
};

my @waiting;
subtest 'holds up no answer while a server is silent' => sub {
    $smtp->forget;
    $smtp->behave(DATA => 'HOLD');
    @waiting = map { register() } 1 .. 3;
    is($leat->get('/readyz')->{status}, 200, 'a silent server holds up no answer');
    done_testing;
};

subtest 'sends what is queued before a worker ends' => sub {
    my ($old) = $leat->worker_pids;
    is($leat->ctl('reload')->{code}, 0, 'a reload meanwhile');
    ok(kill(0, $old), 'the old worker waits');
    $smtp->forget;
    my %came = map { $_->{to}[0] => $_ } $smtp->messages(3);
    is_letter($came{$_}, $_) for @waiting;
    ok(wait_for(20, sub { !kill 0, $old }), 'and is gone when all has left');
    done_testing;
};

my $dir = tempdir('leat-mail-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $port = Leat::Test::free_port();
my $hex = sprintf ':%04X', $port;
sub terminator {
    my $pid = fork // die;
    if (!$pid) {
        my $plain = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$smtp->{port}") or POSIX::_exit(1);
        POSIX::dup2(fileno $plain, $_) for 0, 1;
        open STDERR, '>', '/dev/null';
        { exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-cert', "$dir/cert.pem", '-key', "$dir/key.pem",
            qw(-quiet -naccept 1) }
        POSIX::_exit(1);
    }
    ok(wait_for(20, sub { slurp('/proc/net/tcp') =~ /0100007F$hex 00000000:0000 0A/ }), 'TLS in front of the server');
    return $pid;
}

subtest 'sends over TLS to a certificate of the configured authority' => sub {
    my $made = run_command('openssl', qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 80),
        qw(-subj /CN=localhost -addext subjectAltName=DNS:localhost), '-keyout', "$dir/key.pem", '-out',
            "$dir/cert.pem");
    is($made->{code}, 0, 'a certificate') or diag $made->{err};
    $smtp->forget;
    use_mail("smtp: {url: 'smtps://localhost:$port', ca: $dir/cert.pem}");
    my $tls = terminator();
    my $to = register();
    my ($m) = $smtp->messages(1);
    is_letter($m, $to);
    kill TERM => $tls;
    waitpid $tls, 0;
    done_testing;
};

subtest 'sends nothing to a certificate of another authority' => sub {
    $smtp->forget;
    use_mail("smtp: {url: 'smtps://localhost:$port'}");
    my $tls = terminator();
    my $to = register();
    ok(mailed('delayed', $to), 'a certificate of nobody is not believed');
    logged($leat, qr/to=\Q$to\E attempts=1 error="[^\n]*certificate/, 'for that reason');
    is(scalar $smtp->messages, 0, 'and nothing is sent');
    kill TERM => $tls;
    waitpid $tls, 0;
    done_testing;
};

subtest 'sends nothing without TLS where it is required' => sub {
    use_mail("smtp: {url: '@{[$smtp->url]}'}");
    my $to = register();
    ok(mailed('delayed', $to), 'a server without TLS gets nothing where it is required');
    is(scalar $smtp->messages, 0, 'indeed');
    done_testing;
};

subtest 'sends by a command, which the sandbox does not keep from writing' => sub {
    spew("$dir/sendmail", "#!/bin/sh\nprintf 'From x 1\\n' >>$dir/sent\ncat >>$dir/sent\necho >>$dir/sent\n");
    chmod 0755, "$dir/sendmail";
    use_mail("command: $dir/sendmail");
    my $to = register();
    ok(mailed('sent', $to), 'a command');
    is_letter((Leat::Smtp::mbox("$dir/sent"))[0], $to);
    spew("$dir/sendmail", "#!/bin/sh\nexit 78\n");
    $to = register();
    ok(mailed('failed', $to), 'a command that fails');
    logged($leat, qr/to=\Q$to\E attempts=1 error="the command exited with status 78"/, 'and how');
    done_testing;
};

subtest 'appends letters to a file' => sub {
    use_mail("file: $dir/mbox");
    my @to = map { register() } 1 .. 2;
    my @letters = Leat::Smtp::mbox("$dir/mbox", 2);
    is(scalar @letters, 2, 'a file');
    is_letter($letters[$_], $to[$_]) for 0, 1;
    done_testing;
};

subtest 'logs no secret' => sub {
    my $log = $leat->log;
    is(scalar(grep { index($log, $_) >= 0 } @secrets, $ENV{LEAT_TEST_SMTP}, 'battery staple'), 0,
        "none of @{[scalar @secrets]} tokens is logged");
    done_testing;
};

$leat->stop;
$smtp->stop;
all_done;
