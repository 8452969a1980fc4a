# SPDX-License-Identifier: MIT
# The control socket grants each caller what its role may do, audits changes, answers invalid calls with
# errors, and leatctl's tables fit in 80 columns whatever names and ids look like.
use strict;
use warnings;
use Encode qw(decode FB_CROAK);
use JSON::PP;
use Leat::Program;
use Leat::Test;
use Leat::WorkerScript;
use POSIX ();
use Test::More;

my $long = join '/', map { "a-rather-long-segment-$_" } 1 .. 6;
my $letters = "\xc3\xbc" x 60; # two bytes each: a cut may go through the middle of one
my $umlaut = '/' . 'a' x 23 . $letters;
my $loop = 'WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';
my $n = '{application/json: {schema: {type: object, properties: {n: {type: integer}}}}}';
my $count = "x-sql: {returns: one, sql: \"$loop SELECT count(*) AS n FROM c\"}";
my %migrations = ('0001_a.up.sql' => "CREATE TABLE t (id INTEGER PRIMARY KEY);\n");
my $leat = Leat::Test->new(workers => 2, migrations => \%migrations, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /$long:
    get:
      operationId: "xx$letters"
      responses: {"200": {description: ok, content: $n}}
      $count
  "$umlaut":
    get:
      operationId: "x$letters"
      responses: {"200": {description: ok, content: $n}}
      $count
    post:
      operationId: quick
      responses: {"200": {description: ok, content: $n}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
API
my $ctl = Leat::Test::build() . '/leatctl';
my $control = "control: {socket: $leat->{socket}, mode: 0666";
my $rest = <<"YAML";
listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8], serve: [api, admin]}]
timeouts: {request: 60s, head: 1s}
drain: {grace: 0s, timeout: 1s}
YAML
$leat->configure("$control}\n$rest");

script_workers($leat, "while [ -e $leat->{dir}/wait ]; do sleep 0.05; done")->start;
my @verbs = map { [split /\t/, $_, -1] } split /\n/, $leat->ctl('--commands')->{out};
my %role = slurp(Leat::Test::source() . '/server/commands/verbs.def') =~ /^VERB\("([^"]+)", \w+, (\w+),/mg;

subtest 'leatctl --commands lists every command, with arguments and help' => sub {
    is(join(' ', sort map { $_->[0] } @verbs), join(' ', sort keys %role), 'leatctl --commands lists every command');
    is((scalar grep { @$_ != 3 || $_->[2] eq '' } @verbs), 0, 'with arguments and help');
};

# Runs leatctl as somebody else.
sub as { my ($who, @command) = @_; return run_command('setpriv', @$who, $ctl, '--socket', $leat->{socket}, @command) }
# Arguments with which a command can be called; what is missing in the world is refused, but not for lack of rights.
my $user = 'a@example.org';
my %args = (
    scale => [2], 'log-level' => ['info'], recycle => [1], drain => ['--why'], reload => ['--dry-run'],
    'limits reset' => ['ip:192.0.2.1'], ban => ['ip:192.0.2.1', '1m'], unban => ['ip:192.0.2.1'],
    (map { ("user $_" => [$user]) } qw(create disable enable set-password disable-totp)),
    backup => ["$leat->{dir}/a.backup", '--force'],
    'user roles' => [$user, ''], 'token create' => [$user, 'x'], 'token revoke' => ['x'],
);
my %refused = map { $_ => 1 } 'recycle', 'limits reset', 'user set-password', 'user disable-totp', 'token create',
    'token revoke', 'keys list', 'keys rotate';
my $denied = "leatctl: permission denied for this user\n";

subtest 'as the kernel tells them, readers may look, admins may change, and others may do nothing' => sub {
    my ($admins, $readers) = map { scalar getgrnam $_ } qw(daemon nogroup);
    plan skip_all => 'only root can become others' if $> || !$admins || !$readers;
    chmod 0755, $leat->{dir};
    system 'cp', $ctl, $leat->{dir};
    $ctl = "$leat->{dir}/leatctl";
    my $nobody = getpwnam 'nobody';
    my @none = ('--reuid=64001', '--regid=64001', '--clear-groups');
    my @reader = ("--reuid=$nobody", "--regid=$readers", '--clear-groups');
    my @admin = ('--reuid=64002', "--regid=$admins", '--clear-groups');
    my @admin_too = ('--reuid=64003', '--regid=64003', "--groups=$readers,$admins");
    is(as(\@$_, 'status')->{code}, 1, 'without groups only root may do anything') for \@none, \@reader, \@admin;

    my $open = IO::Socket::UNIX->new(Peer => $leat->{socket});
    $leat->configure("$control, admins: daemon, readers: nogroup}\n$rest");
    is($leat->ctl('reload')->{code}, 0, 'the groups are in force after a reload');
    for my $verb (sort keys %role) {
        my @words = (split(/ /, $verb), @{$args{$verb} // []});
        my $r = as(\@none, @words);
        is("$r->{code} $r->{out}$r->{err}", "1 $denied", "$verb: denied to others");
        $r = as(\@reader, @words);
        if ($role{$verb} eq 'READER') {
            is("$r->{code} $r->{err}", '0 ', "$verb: allowed to readers");
        } else {
            is("$r->{code} $r->{out}$r->{err}", "1 $denied", "$verb: denied to readers");
            next if $verb =~ /^(?:stop|upgrade)$/;
            for my $who (\@admin, \@admin_too) {
                $r = as($who, @words);
                my $is_there = $r->{err} =~ /account with this address already exists/;
                is($r->{code}, $refused{$verb} || $is_there ? 1 : 0, "$verb: allowed to admins") or diag $r->{err};
                unlike($r->{err}, qr/permission denied/, "$verb: truly");
            }
        }
    }
    is($leat->get('/healthz')->{status}, 200, 'nobody stopped it');
    logged($leat, qr/ audit leat\[\d+\] control\.command command=scale uid=64002 pid=\d+ params=\{"workers":2\}$/m,
        'a change is audited, with who and what');
    logged($leat, qr/ audit leat\[\d+\] control\.command command=reopen uid=64003 pid=\d+ params=\{\}$/m,
        'by whatever group');
    logged($leat, qr/ warn  leat\[\d+\] control\.denied command=stop uid=$nobody pid=\d+$/m, 'a refusal too');
    unlike($leat->log, qr/control\.command command=(?:status|workers|metrics)/, 'a look is not');
    # An open connection loses its rights with the reload that revokes them.
    chmod 0777, $leat->{dir};
    my $pid = background(sub {
        POSIX::setgid($readers);
        $) = "$readers $readers";
        POSIX::setuid($nobody);
        my $s = IO::Socket::UNIX->new(Peer => $leat->{socket}) or POSIX::_exit(1);
        my $ask = sub {
            syswrite $s, qq({"jsonrpc":"2.0","id":1,"method":"status"}\n);
            return Leat::Test::read_all($s, 10, sub { $_[0] =~ /\n\z/ });
        };
        POSIX::_exit(2) if $ask->() !~ /"result"/;
        open my $f, '>', "$leat->{dir}/small-sign" or POSIX::_exit(5);
        close $f;
        wait_for(20, sub { -e "$leat->{dir}/taken" }) or POSIX::_exit(3);
        POSIX::_exit($ask->() =~ /"code":-32001/ ? 0 : 4);
    });
    ok(wait_for(10, sub { -e "$leat->{dir}/small-sign" }), 'a reader with an open connection');
    $leat->configure("$control, admins: daemon}\n$rest");
    is($leat->ctl('reload')->{code}, 0, 'readers are no more');
    spew("$leat->{dir}/taken", '');
    waitpid $pid, 0;
    is($? >> 8, 0, 'and it is denied from then on');
    $ctl = Leat::Test::build() . '/leatctl';
};

sub talk {
    my ($text) = @_;
    my $s = IO::Socket::UNIX->new(Peer => $leat->{socket}) or return '';
    syswrite $s, $text;
    return Leat::Test::read_all($s, 10, sub { $_[0] =~ /\n\z/ });
}
sub call {
    my ($method, $params) = @_;
    return decode_json(talk(qq({"jsonrpc":"2.0","id":1,"method":"$method","params":$params}\n)));
}
my @wrong = (
    [scale => '{}', -32602, 'workers: must be int'],
    [scale => '{"workers":"3"}', -32602, 'workers: must be int'],
    [scale => '{"workers":1.5}', -32602, 'workers: must be int'],
    [scale => '{"workers":null}', -32602, 'workers: must be int'],
    [scale => '{"workers":2,"force":true}', -32602, 'force: no such parameter'],
    [scale => '[2]', -32602, 'params must be an object'],
    [scale => '"x"', -32602, 'params must be an object'],
    [scale => '{"workers":0}', -32000, 'workers must be from 1 to 1024'],
    [recycle => '{"pid":"all"}', -32602, 'pid: must be int'],
    [recycle => '{"pid":0}', -32000, 'no ready worker has that pid'],
    [reload => '{"dry-run":1}', -32602, 'dry-run: must be boolean'],
    [reload => '{"dry-run":true,"migrate":true}', -32000, '--dry-run and --migrate are mutually exclusive'],
    [status => '{"verbose":true}', -32602, 'verbose: no such parameter'],
    ['log-level' => '{"level":"loud"}', -32000, 'level must be error, warn, info or debug'],
    ['log-level' => '{"level":7}', -32602, 'level: must be string'],
    [nothing => '{}', -32601, 'no such method; see help'],
    [status => '{"' . 'x' x 200 . '":1}', -32602, 'x' x 40 . ': no such parameter'],
);

subtest 'a wrong call is answered with a JSON-RPC error that says why, and changes nothing' => sub {
    for my $row (@wrong) {
        my ($method, $params, $code, $message) = @$row;
        my $error = call($method, $params)->{error} // {};
        is(($error->{code} // '') . ' ' . ($error->{message} // ''), "$code $message", "$method " . substr $params, 0,
            40);
    }
    is($leat->ctl_json('status')->{workers}, 2, 'none of it changed anything');
};

subtest 'leatctl exits with 2 for wrong usage and 1 for a refusal, and says why' => sub {
    my $usage = qr/usage:|watch/;
    for my $row (
        [[], 2, qr/^usage: leatctl \[/],
        [['nothing'], 2, qr/nothing: no such command/],
        [[qw(nothing --help)], 2, qr/nothing: no such command/],
        [['user'], 2, qr/^  user create EMAIL .*^  user roles EMAIL ROLES$/ms],
        [[qw(keys nothing)], 2, qr/^  keys rotate /m],
        [['scale'], 2, qr/^usage: leatctl scale WORKERS$/],
        [[qw(status now)], 2, qr/^usage: leatctl status$/],
        [[qw(reload --force)], 2, qr/^usage: leatctl reload \[--dry-run\] \[--migrate\]$/],
        [['--nothing'], 2, qr/usage:/],
        [['--watch=often', 'status'], 2, $usage],
        [['--watch=-1', 'status'], 2, $usage],
        [['log-level', 'loud'], 1, qr/^leatctl: level must be error/],
        [['log-level', "info\nfake line"], 1, qr/^leatctl: level must be/],
    ) {
        my ($args, $code, $pattern) = @$row;
        # One that watches would never end.
        my $pid = background(sub {
            alarm 10;
            my $r = $leat->ctl(@$args);
            POSIX::_exit($r->{code} == $code && $r->{err} =~ /$pattern/m && $r->{out} eq '' ? 0 : 1);
        });
        my $ended = wait_for(8, sub { waitpid($pid, POSIX::WNOHANG()) == $pid });
        is($ended ? $? >> 8 : 'endless', 0, "leatctl @$args: exit $code, and says why" =~ s/\n/ /r);
        system "kill -KILL \$(ps -o pid= --ppid $pid) $pid 2>/dev/null" unless $ended;
    }
    unlike($leat->log, qr/^fake line/m, 'nobody writes lines of their own into the log');
};

subtest 'leatctl tells the use of a command, without a server' => sub {
    for (['scale', '  scale WORKERS '], ['user', '  user create EMAIL '], ['limits', '  limits reset KEY '],
        ['reload --dry-run', '  reload [--dry-run] [--migrate]']) {
        my ($words, $line) = @$_;
        my $r = run_command(Leat::Test::build() . '/leatctl', '-s', '/nowhere', split(/ /, $words), '--help');
        is($r->{code}, 0, "$words --help: exit 0");
        like($r->{out}, qr/^usage: leatctl .*^\Q$line\E/ms, 'and what it takes');
        unlike($r->{out}, qr/^  (?:status|backup)/m, 'and nothing of others');
    }
};

subtest 'bytes that are no calls disturb nobody, and long lines are bounded' => sub {
    srand 7;
    for (1 .. 50) {
        my $s = IO::Socket::UNIX->new(Peer => $leat->{socket}) or next;
        syswrite $s, join '', map { chr int rand 256 } 1 .. 1 + int rand 5000;
        syswrite $s, "\n";
    }
    is(talk('x' x 70000), '', 'a line without end closes the connection');
    my $huge = call('log-level', '{"level":"' . 'x' x 60000 . '"}');
    is($huge->{error}{code}, -32000, 'a line of 60 kB is read');
    my ($longest) = sort { $b <=> $a } map { length } grep { /control\.command/ } split /\n/, $leat->log;
    cmp_ok($longest, '<', 4096, 'and audited in fewer');
    my $half = IO::Socket::UNIX->new(Peer => $leat->{socket});
    syswrite $half, join '', map { qq({"jsonrpc":"2.0","id":$_,"method":"metrics"}\n) } 1 .. 20;
    shutdown $half, 1;
    is(scalar(() = Leat::Test::read_all($half, 10) =~ /\n/g), 20, 'a client that has ended its side gets its answers');
};

subtest 'who waits for a reload is answered, though thousands of others connect' => sub {
    my $generation = $leat->ctl_json('status')->{generation};
    spew("$leat->{dir}/wait", '');
    my $waiter = IO::Socket::UNIX->new(Peer => $leat->{socket});
    syswrite $waiter, qq({"jsonrpc":"2.0","id":"w","method":"reload"}\n);
    my $gone = IO::Socket::UNIX->new(Peer => $leat->{socket});
    syswrite $gone, qq({"jsonrpc":"2.0","id":"g","method":"reload"}\n);
    shutdown $gone, 1;
    ok(wait_for(10, sub { $leat->ctl_json('status')->{reload}{state} eq 'starting' }), 'a reload runs');
    my @many;
    for (1 .. 3000) {
        my $s = IO::Socket::UNIX->new(Peer => $leat->{socket});
        push @many, $s if $s;
        shift @many if @many > 300;
    }
    is($leat->ctl('status')->{code}, 0, 'thousands of connections lock nobody out');
    unlink "$leat->{dir}/wait";
    like(Leat::Test::read_all($waiter, 20, sub { $_[0] =~ /\n\z/ }), qr/"id":"w","result":\{"ok":true/,
        'who waits for a reload is answered, whoever else came');
    like(Leat::Test::read_all($gone, 20, sub { $_[0] =~ /\n\z/ }), qr/"id":"g","result":\{"ok":true/,
        'even one that has ended its side');
    undef @many;
    ok(wait_for(20, sub { (() = glob "/proc/$leat->{pid}/fd/*") < 150 }), 'connections leave no descriptors behind');
};

my $path = $umlaut =~ s/([^\/a-z])/sprintf '%%%02X', ord $1/ger;
my @running = map {
    my $s = $leat->connect;
    my $client = 'X-Forwarded-For: 2001:db8:1111:2222:3333:4444:5555:6666';
    syswrite $s, "GET $_ HTTP/1.1\r\nHost: a\r\n$client\r\nX-Request-Id: " . 'i' x 36 . "\r\n\r\n";
    $s;
} "/$long", $path;

subtest 'tables are UTF-8 within 80 columns, and JSON is JSON, whatever names look like' => sub {
    ok(wait_for(10, sub { 2 == grep { $_->{phase} eq 'handle' } @{$leat->ctl_json('requests')} }),
        'two requests with long names run');
    for my $verb (qw(status workers operations requests limits --help), 'drain --why') {
        my $r = $leat->ctl(split / /, $verb);
        is($r->{code}, 0, "leatctl $verb");
        my $text = eval { decode('UTF-8', $r->{out}, FB_CROAK) };
        ok(defined $text, "$verb: is UTF-8") or $text = $r->{out};
        my @wide = grep { length > 80 } split /\n/, $text;
        is(scalar @wide, 0, "$verb: within 80 columns") or diag join "\n", map { s/[^ -~]/?/gr } @wide;
    }
    is($leat->request('POST', $path)->{status}, 200, 'a request with a long name is answered');
    my $metrics = $leat->get('/metrics')->{body};
    like($metrics, qr/^leat_http_requests_total\{method="POST"/m, 'and in the metrics');
    ok(defined eval { decode('UTF-8', $metrics, FB_CROAK) }, 'which are UTF-8, or Prometheus takes none of them');
    for my $verb (qw(status workers operations requests limits release)) {
        my $kind = $verb =~ /^(?:status|release)$/ ? 'HASH' : 'ARRAY';
        is(eval { ref decode_json($leat->ctl('--json', $verb)->{out}) } // 'broken', $kind, "$verb --json");
    }
    is(ref JSON::PP->new->allow_nonref->decode($leat->ctl('--json', 'metrics')->{out}), '', 'metrics --json');
    like($leat->ctl('--json', 'scale', 2)->{out}, qr/^\{"ok":true,"text":"scaling to 2 workers\\n"\}$/,
        'and of changes');
};

my $watch = background(sub {
    open STDOUT, '>', "$leat->{dir}/watched";
    open STDERR, '>&', \*STDOUT;
    exec $ctl, '--socket', $leat->{socket}, '--watch=0.1', 'workers' or POSIX::_exit(127);
});

subtest '--watch shows a table again and again' => sub {
    ok(wait_for(10, sub { 3 <= (() = slurp("$leat->{dir}/watched") =~ /^INDEX/mg) }),
        '--watch shows it again and again');
};

undef @running;

subtest 'log-level is in force in every worker until the next reload' => sub {
    is($leat->ctl('scale', 1)->{code}, 0, 'one worker');
    ok(wait_for(20, sub { @{$leat->ctl_json('workers')} == 1 }), 'is left');
    is($leat->ctl('log-level', 'debug')->{code}, 0, 'log-level');
    for my $who ('the worker that runs', 'one that comes later') {
        my ($pid) = $leat->worker_pids;
        my $slow = $leat->connect;
        syswrite $slow, 'GET /half';
        ok(wait_for(10, sub { $leat->log =~ / debug worker\[$pid\] connection\.cut/ }), "is in force in $who");
        kill KILL => $pid;
        ok(wait_for(20, sub { my ($now) = $leat->worker_pids; $now && $now != $pid }), 'another worker');
    }
    is($leat->ctl('reload')->{code}, 0, 'until the next reload');
    my $before = () = $leat->log =~ / debug worker/g;
    my $quiet = $leat->connect;
    syswrite $quiet, 'GET /half';
    like(Leat::Test::read_all($quiet, 10), qr/ 408 /, 'after which');
    is(scalar(() = $leat->log =~ / debug worker/g), $before, 'the configured level counts');
};

subtest '--watch ends with exit 3 when nothing listens any more' => sub {
    is($leat->stop, 0, 'leat stops');
    my $code = wait_for(10, sub { waitpid($watch, POSIX::WNOHANG()) == $watch && 1 + ($? >> 8) });
    is($code, 4, '--watch ends with exit 3 when nothing listens any more') or kill KILL => $watch;
};

all_done;
