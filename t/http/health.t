# SPDX-License-Identifier: MIT
# The routes for load balancers and monitoring: where they are, what they answer during a reload, a
# drain and an overload, and that Prometheus can parse the metrics.
use strict;
use warnings;
use IO::Socket::INET;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $deep = join '', map { "/a-rather-long-collection-name-$_" } 1 .. 4;
my $wide = '/xy' . "\xe2\x82\xac" x 50;
my $document = <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: getN
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /spin:
    get:
      operationId: spin
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c"}
  /own/live:
    get: {operationId: ownLive, responses: {"200": {description: ok}}, x-builtin: health.live}
  /own/ready:
    get: {operationId: ownReady, responses: {"200": {description: ok}}, x-builtin: health.ready}
  $deep/one:
    get: {operationId: deepOne, responses: {"200": {description: ok}}, x-builtin: health.live}
  $deep/two:
    get: {operationId: deepTwo, responses: {"200": {description: ok}}, x-builtin: health.live}
  $wide:
    get: {operationId: wide, responses: {"200": {description: ok}}, x-builtin: health.live}
  '/quo"te\\s':
    get: {operationId: quotes, responses: {"200": {description: ok}}, x-builtin: health.live}
API
my %app = (migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);'});
my %port = map { $_ => Leat::Test::free_port() } qw(admin both);
my $leat = Leat::Test->new(%app, document => $document);
my $listen = <<"YAML";
listen:
- {address: 127.0.0.1:$leat->{port}}
- {address: 127.0.0.1:$port{admin}, serve: [admin]}
- {address: 127.0.0.1:$port{both}, serve: [api, admin]}
YAML
$leat->configure($listen);
$leat->start;
$port{api} = $leat->{port};
sub dial { my ($to) = @_; return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port{$to}, Timeout => 10) }
sub ask { my ($to, $method, $path, %o) = @_; return $leat->request($method, $path, socket => dial($to), %o) // {status => 0, headers => {}, body => '', json => {}} }
sub status { return ask($_[0], 'GET', $_[1])->{status} }

# Where they are.
for my $row (
    # path, api, admin, both
    ['/healthz', 200, 200, 200],
    ['/readyz',  200, 200, 200],
    ['/metrics', 404, 200, 200],
    ['/n',       200, 404, 200],
    ['/own/ready', 200, 404, 200],
    ['/healthz/', 404, 404, 404],
    ['//healthz', 404, 404, 404],
    ['/HEALTHZ', 404, 404, 404],
    ['/off', 404, 404, 404],
) {
    my ($path, @want) = @$row;
    for my $to (qw(api admin both)) { is(status($to, $path), shift @want, "$path on $to") }
}
my $r = ask('api', 'GET', '/healthz');
is_deeply($r->{json}, {status => 'ok'}, 'what /healthz says');
is($r->{headers}{'content-type'}, 'application/json', 'as JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'not to be cached');
is_deeply(ask('admin', 'GET', '/readyz')->{json}, {status => 'ready'}, 'what /readyz says');
is(ask('both', 'GET', '/metrics')->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8', 'the type of /metrics');

# Methods.
for my $path ('/healthz', '/readyz', '/metrics') {
    my $get = ask('admin', 'GET', $path);
    my $head = ask('admin', 'HEAD', $path);
    is($head->{status}, 200, "HEAD $path");
    is($head->{rest}, '', 'has no body');
    cmp_ok($head->{headers}{'content-length'}, '>', 0, 'but its length');
    is($head->{headers}{'content-type'}, $get->{headers}{'content-type'}, 'and type');
    for my $method (qw(POST PUT PATCH DELETE SEARCH)) {
        $r = ask('admin', $method, $path, $method eq 'POST' ? (json => {}) : ());
        is($r->{status}, 405, "$method $path is not allowed");
        is($r->{headers}{allow}, 'GET, HEAD, OPTIONS', 'what is');
    }
    $r = ask('admin', 'OPTIONS', $path);
    is("$r->{status} $r->{headers}{allow}", '204 GET, HEAD, OPTIONS', "OPTIONS $path");
}
is(ask('api', $_, '/metrics')->{status}, 404, "$_ /metrics on api") for qw(POST OPTIONS HEAD);
# As HAProxy's httpchk asks: HTTP/1.0, no Host.
like($leat->raw("GET /readyz HTTP/1.0\r\n\r\n"), qr/^HTTP\/1\.1 200 .*connection: close/si, 'HTTP/1.0 without Host');

# A lint of the exposition format, version 0.0.4. Returns what is wrong.
sub lint {
    my ($text) = @_;
    my (@wrong, %type, %help, %seen, %done, %histogram, $family);
    push @wrong, 'no line feed at the end' unless $text =~ /\n\z/;
    push @wrong, 'a carriage return' if $text =~ /\r/;
    push @wrong, 'no UTF-8' unless utf8::decode(my $copy = $text);
    for my $line (split /\n/, $text) {
        if ($line =~ /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/) {
            my ($what, $name, $rest) = ($1, $2, $3);
            push @wrong, "$name is in two places" if $done{$name};
            if (!defined $family || $family ne $name) { $done{$family}++ if defined $family; $family = $name }
            my $to = $what eq 'HELP' ? \%help : \%type;
            push @wrong, "$what of $name twice" if exists $to->{$name};
            $to->{$name} = $rest;
            push @wrong, "type $rest" if $what eq 'TYPE' && $rest !~ /^(?:counter|gauge|histogram)$/;
            next;
        }
        my ($name, $labels, $value) = $line =~ /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/ or do { push @wrong, "not a line: $line"; next };
        push @wrong, "two series: " . substr $line, 0, 200 if $seen{$name . '{' . ($labels // '')}++;
        push @wrong, "not a number: $line" unless $value =~ /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i;
        my %label;
        my $rest = $labels // '';
        while ($rest =~ s/^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)//) { push @wrong, "label $1 twice: $line" if exists $label{$1}; $label{$1} = $2 }
        push @wrong, "labels: $line" if $rest ne '';
        push @wrong, "an empty label list: $line" if defined $labels && $labels eq '';
        (my $base = $name) =~ s/_(?:bucket|sum|count)$//;
        my $of = ($type{$base} // '') eq 'histogram' ? $base : $name;
        push @wrong, "$name is outside its family" if !defined $family || $of ne $family;
        push @wrong, "$of has no TYPE" unless $type{$of};
        push @wrong, "$of has no HELP" unless $help{$of};
        push @wrong, "counter $name without _total" if ($type{$of} // '') eq 'counter' && $name !~ /_total$/;
        push @wrong, "gauge $name with _total" if ($type{$of} // '') eq 'gauge' && $name =~ /_total$/;
        push @wrong, "negative: $line" if ($type{$of} // '') ne 'gauge' && $value =~ /^-/;
        next unless ($type{$of} // '') eq 'histogram';
        my $le = delete $label{le};
        my $h = $histogram{$of . join ',', map { "$_=$label{$_}" } sort keys %label} //= {at => -1, below => 0};
        if ($name =~ /_bucket$/) {
            my $bound = $le eq '+Inf' ? 9**9**9 : $le;
            push @wrong, "bounds do not rise: $line" if $bound <= $h->{at};
            push @wrong, "counts fall: $line" if $value < $h->{below};
            @$h{qw(at below)} = ($bound, $value);
            $h->{inf} = $value if $le eq '+Inf';
        } elsif ($name =~ /_(sum|count)$/) {
            $h->{$1} = $value;
        } else {
            push @wrong, "no part of a histogram: $line";
        }
    }
    for my $key (sort keys %histogram) {
        my $h = $histogram{$key};
        push @wrong, "$key is not whole" if grep { !defined } @$h{qw(inf sum count)};
        push @wrong, "$key: _count is not +Inf" if ($h->{inf} // -1) != ($h->{count} // -2);
    }
    return @wrong;
}
for my $bad ("a 1\n", "# HELP a b\n# TYPE a gauge\na 1", "# HELP a b\n# TYPE a counter\na 1\n", "# HELP a b\n# TYPE a gauge\na 1\na 2\n", "# HELP a b\n# TYPE a gauge\na{b=\"\"\"} 1\n", "# HELP a b\n# TYPE a gauge\na x\n", "# HELP a b\n# TYPE a gauge\na{b=\"\xc3\"} 1\n", "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n") {
    cmp_ok(scalar(lint($bad)), '>', 0, 'the lint finds what is wrong');
}
status('api', '/nowhere');
status('api', "$deep/one");
status('api', "$deep/two") for 1 .. 2;
(my $escaped = $wide) =~ s/([\x80-\xff])/sprintf '%%%02x', ord $1/ge;
is(status('api', $escaped), 200, 'a long path of wide characters');
is(status('api', '/quo"te\s'), 200, 'a path with a quote and a backslash');
ask('api', 'POST', '/n');
my $text = ask('admin', 'GET', '/metrics')->{body};
is(join('; ', lint($text)), '', 'the metrics pass a lint');
my ($promtool) = grep { -x } map { "$_/promtool" } split(/:/, $ENV{PATH}), '/usr/local/bin';
SKIP: {
    skip 'promtool is not here', 1 unless $promtool;
    $leat->write('metrics.txt', $text);
    my $check = run_command('sh', '-c', "exec $promtool check metrics <$leat->{dir}/metrics.txt");
    is($check->{code}, 0, 'and promtool check metrics') or diag($check->{err});
}
like($text, qr/^$_ /m, "$_ is there") for qw(leat_workers leat_workers_ready leat_draining leat_connections_open leat_requests_in_flight leat_proxy_errors_total leat_requests_total leat_server_errors_total leat_database_commits_total leat_worker_deaths_total);
like($text, qr/^leat_info\{version="[^"]+"\} 1$/m, 'the version');
like($text, qr/^leat_http_requests_total\{method="GET",route="\/n",status="2xx"\} 2$/m, 'requests by operation and class');
my @two = $text =~ /^(leat_http_request_duration_seconds_count\{method="GET",route="\/a-rather.*) (?=\d+$)/mg;
is(scalar @two, 2, 'two operations whose long paths end differently are two series');
is(scalar(keys %{{map { $_ => 1 } @two}}), 2, 'that differ');
is(join('; ', lint($leat->ctl('metrics')->{out})), '', 'leatctl metrics says the same');
# Counters never decrease: not by a reload, not by the death of a worker.
sub counters { my %c = ask('admin', 'GET', '/metrics')->{body} =~ /^(\w+(?:_total|_count|_bucket)(?:\{.*\})?) (\d+)$/mg; return \%c }
my $before = counters();
my $fell = sub { my $now = counters(); my @f = grep { ($now->{$_} // -1) < $before->{$_} } sort keys %$before; $before = $now; return "@f" };
is($leat->ctl('reload')->{code}, 0, 'a reload');
is($fell->(), '', 'after which no counter fell');
my ($pid) = $leat->worker_pids;
kill KILL => $pid;
ok(wait_for(20, sub { my @p = $leat->worker_pids; @p == 2 && !grep { $_ == $pid } @p }), 'a worker dies');
is($fell->(), '', 'after which no counter fell');
like(ask('admin', 'GET', '/metrics')->{body}, qr/^leat_worker_deaths_total 1$/m, 'and the death is counted');

# Load balancers do not notice a reload: on new connections, kept ones, and those of an old worker.
{
    my ($read, $write);
    pipe $read, $write;
    my $parent = $$;
    my $child = fork // die;
    if (!$child) {
        my ($ok, $bad, %why) = (0, 0);
        my $kept = dial('admin');
        while (!-e "$leat->{dir}/enough" && getppid == $parent) {
            for my $s (dial('api'), $kept) {
                my $got = $leat->get('/readyz', socket => $s) // {status => 'nothing', headers => {}};
                $got->{status} eq '200' ? $ok++ : ($bad++, $why{$got->{status}}++);
                $kept = dial('admin') if $s == $kept && ($got->{headers}{connection} // 'close') eq 'close';
            }
        }
        print {$write} "$ok $bad @{[%why]}\n";
        close $write;
        POSIX::_exit(0);
    }
    close $write;
    my @old = $leat->worker_pids;
    my $held = dial('api');
    is($leat->get('/readyz', socket => $held)->{status}, 200, 'a connection of an old worker');
    is($leat->ctl('reload')->{code}, 0, 'a reload') for 1 .. 3;
    $r = $leat->get('/readyz', socket => $held);
    is($r->{status}, 200, 'on which the old worker is ready after reloads too');
    is($r->{headers}{connection}, 'close', 'and ends it');
    $leat->configure("wrokers: 1\n");
    is($leat->ctl('reload')->{code}, 1, 'a refused reload');
    $leat->configure($listen);
    is($leat->ctl('recycle')->{code}, 0, 'workers are replaced');
    ok(wait_for(20, sub { my %now = map { $_ => 1 } $leat->worker_pids; keys %now == 2 && !grep { $now{$_} } @old }), 'all of them');
    spew("$leat->{dir}/enough", '');
    my ($ok, $bad) = split ' ', <$read> // '0 1';
    waitpid $child, 0;
    cmp_ok($ok, '>', 10, "readiness was asked for $ok times meanwhile");
    is($bad, 0, 'and was given each time');
}

# The paths are configurable, by a reload.
$leat->configure($listen . "health: {live: /alive, ready: off, metrics: /stats/all}\n");
is($leat->ctl('reload')->{code}, 0, 'other paths');
for my $row (['/alive', 200, 200], ['/healthz', 404, 404], ['/readyz', 404, 404], ['/off', 404, 404], ['/stats/all', 404, 200], ['/metrics', 404, 404], ['/own/ready', 200, 404]) {
    my ($path, @want) = @$row;
    for my $to (qw(api admin)) { is(status($to, $path), shift @want, "$path on $to") }
}
is(join('; ', lint($leat->ctl('metrics')->{out})), '', 'the metrics pass the lint');
$leat->configure($listen . "health: {live: off, ready: off, metrics: off}\n");
is($leat->ctl('reload')->{code}, 0, 'none: workers become READY all the same');
is(status('both', $_), 404, "$_ is off") for qw(/healthz /readyz /metrics /off);
is(status('both', '/n'), 200, 'the document is served');
for my $bad ('healthz', '/a b', '"/a?b"', '"/{a}"', '""') {
    $leat->configure($listen . "health: {live: $bad}\n");
    is($leat->ctl('reload')->{code}, 1, "$bad is no path");
}
is($leat->stop, 0, 'it stops');

# An operation of the document takes precedence, on listeners that serve the documents.
my $mine = Leat::Test->new(%app, document => <<'API');
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /healthz:
    get:
      operationId: mine
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [mine], properties: {mine: {type: integer}}}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS mine"}
  /metrics:
    post:
      operationId: postMetrics
      responses: {"204": {description: ok}}
      x-sql: {returns: none, sql: "DELETE FROM t"}
  /{any}:
    get:
      operationId: anything
      parameters: [{name: any, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [any], properties: {any: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :any AS 'any'"}
API
$port{mine} = $mine->{port};
$port{mine_both} = Leat::Test::free_port();
$port{mine_admin} = Leat::Test::free_port();
$mine->configure("listen: [{address: 127.0.0.1:$port{mine}}, {address: 127.0.0.1:$port{mine_both}, serve: [admin, api]}, {address: 127.0.0.1:$port{mine_admin}, serve: [admin]}]\n");
$mine->start;
is_deeply(ask($_, 'GET', '/healthz')->{json}, {mine => 1}, "$_: the document's /healthz") for qw(mine mine_both);
is_deeply(ask('mine_admin', 'GET', '/healthz')->{json}, {status => 'ok'}, 'admin alone: leat\'s own');
is(ask('mine_both', 'POST', '/metrics')->{status}, 204, 'the document\'s POST /metrics');
is(ask('mine_both', 'GET', '/readyz')->{json}{any}, 'readyz', 'a path with a parameter is one too');
is(ask('mine_admin', 'GET', '/readyz')->{json}{status}, 'ready', 'but not on admin alone');
is(ask('mine_admin', 'GET', '/metrics')->{status}, 200, 'where the metrics are');
my ($shown) = grep { $_->{route} eq '/healthz' } @{$mine->ctl_json('operations')};
is($shown->{id}, 'mine', 'figures are under the name of the document\'s operation')
    or diag(explain $mine->ctl_json('operations'));
is(join('; ', lint(ask('mine_admin', 'GET', '/metrics')->{body})), '', 'the metrics pass the lint');

# Under full load it is still live and ready, and reports its load.
my $full = Leat::Test->new(%app, document => $document, workers => 1);
$port{full} = $full->{port};
$port{full_admin} = Leat::Test::free_port();
$full->configure("listen: [{address: 127.0.0.1:$port{full}}, {address: 127.0.0.1:$port{full_admin}, serve: [admin]}]\nlimits: {in-flight: 1}\ntimeouts: {request: 60s}\ndrain: {timeout: 1s}\n");
$full->start;
my $spin = dial('full');
syswrite $spin, "GET /spin HTTP/1.1\r\nHost: a\r\n\r\n";
ok(wait_for(20, sub { grep { ($_->{operation} // '') eq 'spin' } @{$full->ctl_json('requests') // []} }), 'a request takes long');
$r = ask('full', 'GET', '/n');
is($r->{status}, 503, 'limits.in-flight turns others away');
ok($r->{headers}{'retry-after'}, 'with Retry-After');
is(status('full', $_), 200, "$_ is not turned away") for qw(/healthz /readyz /own/live /own/ready);
is(status('full_admin', $_), 200, "$_ on admin neither") for qw(/healthz /readyz /metrics);
$text = ask('full_admin', 'GET', '/metrics')->{body};
like($text, qr/^leat_requests_refused_total 1$/m, 'the metrics count who was');
like($text, qr/^leat_requests_in_flight 2$/m, 'and what is in flight: it, and this');
close $spin;
$full->stop;

# A drain with notice: not ready, but everything is still answered, on new connections and old ones.
my $leaving = Leat::Test->new(%app, document => $document);
$port{leaving} = $leaving->{port};
$port{leaving_admin} = Leat::Test::free_port();
$leaving->configure("listen: [{address: 127.0.0.1:$port{leaving}}, {address: 127.0.0.1:$port{leaving_admin}, serve: [admin]}]\ndrain: {notice: 60s}\n");
$leaving->start;
my @kept = map { my $s = dial('leaving'); $leaving->get('/n', socket => $s); $s } 1 .. 4;
$leaving->signal('TERM');
ok(wait_for(20, sub { $leaving->log =~ /worker\.draining.*worker\.draining/s }), 'a drain with notice');
for my $to (qw(leaving leaving_admin)) {
    $r = ask($to, 'GET', '/readyz');
    is($r->{status}, 503, "not ready on $to");
    is($r->{headers}{'content-type'}, 'application/problem+json', 'as a problem');
    ok($r->{headers}{'retry-after'}, 'with Retry-After');
    is(ask($to, 'HEAD', '/readyz')->{status}, 503, 'HEAD says so too');
    is(status($to, '/healthz'), 200, 'but alive');
}
is(status('leaving', '/own/ready'), 503, 'x-builtin: health.ready says the same');
for my $s (@kept, map { dial('leaving') } 1 .. 4) {
    is(($leaving->get('/readyz', socket => $s) // {})->{status}, 503, 'a connection is told');
    $r = $leaving->get('/n', socket => $s) // {headers => {}};
    is($r->{status}, 200, 'and served');
    isnt($r->{headers}{connection} // '', 'close', 'and kept');
}
like(ask('leaving_admin', 'GET', '/metrics')->{body}, qr/^leat_draining 1$/m, 'the metrics tell');
ok(kill(0, $leaving->{pid}), 'it lives for as long as the notice lasts');
$leaving->signal('TERM');
ok(defined $leaving->wait_exit, 'a second TERM ends it');

# After the notice it stops accepting, and answers what was sent.
my $gone = Leat::Test->new(%app, document => $document, workers => 1, config => "drain: {notice: 300ms, grace: 60s, timeout: 60s}\n")->start;
my @late = map { my $s = $gone->connect; $gone->get('/n', socket => $s); $s } 1 .. 4;
$gone->signal('TERM');
my $lost = 0;
my $last = shift @late;
ok(wait_for(20, sub {
    my $got = $gone->get('/n', socket => $last) // {headers => {}};
    $lost++ if ($got->{status} // 0) != 200;
    return $lost || ($got->{headers}{connection} // '') eq 'close';
}), 'a busy connection is told when the notice is over');
is($lost, 0, 'with an answer');
for my $s (@late) {
    $r = $gone->get('/n', socket => $s) // {headers => {}};
    is("$r->{status} $r->{headers}{connection}", '200 close', 'and so is one that was idle');
}
is($gone->wait_exit, 0, 'it exits when all connections are done');
all_done;
