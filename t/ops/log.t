# SPDX-License-Identifier: MIT
# An event is one line in the log, without secrets; and nothing blocks while the log cannot be written.
use strict;
use warnings;
use Fcntl;
use JSON::PP;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

subtest 'logs one line a request, with what matters and no secret' => sub {
    my $leat = Leat::Test->new->start;
    $leat->get('/v1/todos/7?', headers => {'X-Request-Id' => 'seen-1', Authorization => 'Bearer topsecret'});
    $leat->post('/v1/todos', {title => 'private words', list_id => 1});
    $leat->get("/v1/\x1b[31m");
    $leat->get('/v1/todos?cursor=hidden');
    ok(wait_for(5, sub { $leat->log =~ /id=seen-1/ }), 'a request is logged');
    my $path = qr/\/v1\/todos\/\{id\}/;
    logged($leat, qr/^\S+Z request method=GET route=$path status=200 bytes=\d+ us=\d+ client=127\.0\.0\.1 id=seen-1$/m,
        'with what matters');
    unlike($leat->log, qr/topsecret|private words|hidden|\x1b/, 'no header, body, query or control character');
    $leat->stop;
    done_testing;
};

subtest 'writes JSON to the configured files' => sub {
    my $config = "log: {format: json, path: out.log, access-path: access.log, level: debug}\n";
    my $json = Leat::Test->new(config => $config);
    $json->launch;
    ok(wait_for(20, sub { slurp("$json->{dir}/out.log") =~ /master\.ready/ }), 'a log file');
    $json->get('/v1/todos/1');
    ok(wait_for(5, sub { slurp("$json->{dir}/access.log") =~ /\n/ }), 'a file for requests');
    my @files = map { slurp("$json->{dir}/$_") } qw(out.log access.log);
    my @bad = grep { !eval { decode_json($_)->{event} } } map { split /\n/ } @files;
    is("@bad", '', 'every line is JSON');
    my ($ready) = grep { $_->{event} eq 'worker.ready' } map { decode_json($_) } split /\n/, $files[0];
    like($ready->{fields}{operations}, qr/^\d+$/, 'the values of an event are fields');
    ok(!exists $ready->{message}, 'which no text repeats');
    is(decode_json((split /\n/, $files[1])[0])->{route}, '/v1/todos/{id}', 'with fields');
    done_testing;
};

subtest 'logs no request where that is off, and lets no stranger choose an id' => sub {
    my $quiet = Leat::Test->new;
    $quiet->configure("log: {access: false, level: error}\nlisten: [{address: 127.0.0.1:$quiet->{port}}]\n");
    $quiet->launch;
    wait_for(20, sub { $quiet->ctl('status')->{code} == 0 && ($quiet->get('/v1/health') // {})->{status} });
    is($quiet->get('/v1/health')->{status}, 200, 'with log.access: false');
    unlike($quiet->log, qr/request method/, 'no request is logged');
    my $given = $quiet->get('/v1/health', headers => {'X-Request-Id' => 'made-up'})->{headers}{'x-request-id'};
    like($given, qr/^[0-9a-f-]{36}$/, "a peer that is not trusted does not choose the request's id");
    done_testing;
};

subtest 'answers requests while the disk under the log is full, and counts lost lines' => sub {
    my $full = Leat::Test->new(workers => 1, config => "log: {path: /dev/full}\n");
    $full->launch;
    wait_for(20, sub { $full->ctl('status')->{code} == 0 && ($full->get('/v1/health') // {})->{status} });
    is($full->get('/v1/health')->{status}, 200, 'a full disk under the log stops nothing') for 1 .. 3;
    ok(wait_for(5, sub { $full->ctl_json('status')->{log_dropped} > 0 }), 'what is lost is counted');
    done_testing;
};

subtest 'answers requests while nobody reads the log, and reports lost lines later' => sub {
    my $blocked = Leat::Test->new(workers => 1);
    POSIX::mkfifo($blocked->{log}, 0600) or die;
    sysopen my $reader, $blocked->{log}, O_RDONLY | O_NONBLOCK or die;
    $blocked->launch;
    my $text = '';
    my $take = sub { my $n = sysread $reader, $text, 65536, length $text; return $n };
    ok(wait_for(20, sub { $take->(); $text =~ /master\.ready/ }), 'started with a pipe for a log');
    my $sent = is_sanitized() ? 4000 : 8000;
    my $socket = $blocked->connect;
    my $answered = 0;
    my $start = monotonic();
    for (1 .. $sent) {
        my $r = $blocked->get('/v1/todos/1', socket => $socket);
        $answered++ if $r && $r->{status} == 200;
    }
    is($answered, $sent, 'requests are answered while nobody reads the log');
    ok(wait_for(5, sub { $blocked->ctl_json('status')->{log_dropped} > 0 }), 'lost lines are counted');
    my $until = monotonic() + 20;
    while (monotonic() < $until && $text !~ /log\.dropped lines=\d+/) {
        $take->() or sleep 0.01;
        $blocked->get('/v1/todos/1', socket => $socket) if rand() < 0.05;
    }
    like($text, qr/log\.dropped lines=\d+/, 'and said once the log is read again');
    my $drain = fork;
    if (!$drain) { my $b; while (1) { sysread($reader, $b, 65536) or sleep 0.01 } }
    is($blocked->stop, 0, 'it stops well');
    kill KILL => $drain;
    waitpid $drain, 0;
    unlink $blocked->{log};
    done_testing;
};

all_done;
