# SPDX-License-Identifier: MIT
# Load balancers and monitors are told the truth by their routes: where these are, what they answer during
# a reload, a drain and an overload, and metrics that Prometheus can parse.
use strict;
use warnings;
use Leat::Client ();
use Leat::Exposition;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $deep = join '', map { "/a-rather-long-collection-name-$_" } 1 .. 4;
my $wide = '/xy' . "\xe2\x82\xac" x 50;
my $n = '{type: object, required: [n], properties: {n: {type: integer}}}';
my $document = <<"API";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /n:
    get:
      operationId: getN
      responses: {"200": {description: ok, content: {application/json: {schema: $n}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
  /spin:
    get:
      operationId: spin
      responses: {"200": {description: ok, content: {application/json: {schema: $n}}}}
      x-sql:
        returns: one
        sql: WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) AS n FROM c
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
sub dial { my ($to) = @_; return Leat::Client::dial($port{$to}) }
my $nothing = {status => 0, headers => {}, body => '', json => {}};
sub ask {
    my ($to, $method, $path, %o) = @_;
    return $leat->request($method, $path, socket => dial($to), %o) // $nothing;
}
sub metrics { my ($to) = @_; return ask($to, 'GET', '/metrics')->{body} }
sub status { return ask($_[0], 'GET', $_[1])->{status} }
# Returns a server behind $port{NAME} and $port{NAME_admin}.
sub start_with_admin {
    my ($name, $config, %o) = @_;
    my $server = Leat::Test->new(%app, document => $document, %o);
    my $admin = Leat::Test::free_port();
    @port{$name, "${name}_admin"} = ($server->{port}, $admin);
    $server->configure(<<"YAML");
listen: [{address: 127.0.0.1:$server->{port}}, {address: 127.0.0.1:$admin, serve: [admin]}]
$config
YAML
    return $server->start;
}

subtest 'each listener has the routes that it serves, under their exact paths' => sub {
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
};

subtest 'the routes answer with JSON that is not to be cached, and with text of Prometheus' => sub {
    my $r = ask('api', 'GET', '/healthz');
    is_deeply($r->{json}, {status => 'ok'}, 'what /healthz says');
    is($r->{headers}{'content-type'}, 'application/json', 'as JSON');
    is($r->{headers}{'cache-control'}, 'no-store', 'not to be cached');
    is_deeply(ask('admin', 'GET', '/readyz')->{json}, {status => 'ready'}, 'what /readyz says');
    is(ask('both', 'GET', '/metrics')->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8',
        'the type of /metrics');
};

subtest 'GET, HEAD and OPTIONS are allowed, by HTTP/1.0 without Host too, and nothing else' => sub {
    for my $path ('/healthz', '/readyz', '/metrics') {
        my $get = ask('admin', 'GET', $path);
        my $head = ask('admin', 'HEAD', $path);
        is($head->{status}, 200, "HEAD $path");
        is($head->{rest}, '', 'has no body');
        cmp_ok($head->{headers}{'content-length'}, '>', 0, 'but its length');
        is($head->{headers}{'content-type'}, $get->{headers}{'content-type'}, 'and type');
        for my $method (qw(POST PUT PATCH DELETE SEARCH)) {
            my $r = ask('admin', $method, $path, $method eq 'POST' ? (json => {}) : ());
            is($r->{status}, 405, "$method $path is not allowed");
            is($r->{headers}{allow}, 'GET, HEAD, OPTIONS', 'what is');
        }
        my $r = ask('admin', 'OPTIONS', $path);
        is("$r->{status} $r->{headers}{allow}", '204 GET, HEAD, OPTIONS', "OPTIONS $path");
    }
    is(ask('api', $_, '/metrics')->{status}, 404, "$_ /metrics on api") for qw(POST OPTIONS HEAD);
    # As HAProxy's httpchk asks: HTTP/1.0, no Host.
    like($leat->raw("GET /readyz HTTP/1.0\r\n\r\n"), qr/^HTTP\/1\.1 200 .*connection: close/si,
    'HTTP/1.0 without Host');
};

subtest 'the lint finds what is wrong' => sub {
    my $head = "# HELP a b\n# TYPE a";
    my @histogram = ('a_bucket{le="1"} 2', 'a_bucket{le="+Inf"} 1', 'a_sum 1', 'a_count 1');
    for my $bad ("a 1\n", "$head gauge\na 1", "$head counter\na 1\n", "$head gauge\na 1\na 2\n",
        "$head gauge\na{b=\"\"\"} 1\n", "$head gauge\na x\n", "$head gauge\na{b=\"\xc3\"} 1\n",
        join("\n", "$head histogram", @histogram, ''))
    {
        cmp_ok(scalar(lint($bad)), '>', 0, $bad =~ s/\n/ | /gr =~ s/[^ -~]/?/gr);
    }
};

subtest 'paths that are long, wide or quoted are answered' => sub {
    status('api', '/nowhere');
    status('api', "$deep/one");
    status('api', "$deep/two") for 1 .. 2;
    (my $escaped = $wide) =~ s/([\x80-\xff])/sprintf '%%%02x', ord $1/ge;
    is(status('api', $escaped), 200, 'a long path of wide characters');
    is(status('api', '/quo"te\s'), 200, 'a path with a quote and a backslash');
    ask('api', 'POST', '/n');
};

my $text = metrics('admin');

subtest 'the metrics pass the lint' => sub {
    is(join('; ', lint($text)), '', 'the metrics pass a lint');
};

subtest 'the metrics pass promtool check metrics' => sub {
    my $promtool = program('promtool') or plan skip_all => 'promtool, of 96 MB in prometheus, is not here';
    $leat->write('metrics.txt', $text);
    my $check = run_command('sh', '-c', "exec $promtool check metrics <$leat->{dir}/metrics.txt");
    is($check->{code}, 0, 'and promtool check metrics') or diag($check->{err});
};

subtest 'the metrics tell of connections, requests, operations and the database' => sub {
    my @gauges = qw(workers workers_ready draining connections_open requests_in_flight);
    my @counters = qw(proxy_errors requests server_errors database_commits worker_deaths);
    like($text, qr/^leat_$_ /m, "leat_$_ is there") for @gauges, map { "${_}_total" } @counters;
    like($text, qr/^leat_info\{version="[^"]+"\} 1$/m, 'the version');
    like($text, qr/^leat_http_requests_total\{method="GET",route="\/n",status="2xx"\} 2$/m,
        'requests by operation and class');
    my @two = $text =~ /^(leat_http_request_duration_seconds_count\{method="GET",route="\/a-rather.*) (?=\d+$)/mg;
    is(scalar @two, 2, 'two operations whose long paths end differently are two series');
    is(scalar(keys %{{map { $_ => 1 } @two}}), 2, 'that differ');
    is(join('; ', lint($leat->ctl('metrics')->{out})), '', 'leatctl metrics says the same');
};

# Counters, which never decrease.
sub counters { my %c = metrics('admin') =~ /^(\w+(?:_total|_count|_bucket)(?:\{.*\})?) (\d+)$/mg; return \%c }

subtest 'counters never decrease, neither by a reload nor by the death of a worker' => sub {
    my $before = counters();
    my $fell = sub {
        my $now = counters();
        my @lower = grep { ($now->{$_} // -1) < $before->{$_} } sort keys %$before;
        $before = $now;
        return "@lower";
    };
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is($fell->(), '', 'after which no counter fell');
    my ($pid) = $leat->worker_pids;
    kill KILL => $pid;
    ok(wait_for(20, sub { my @p = $leat->worker_pids; @p == 2 && !grep { $_ == $pid } @p }), 'a worker dies');
    is($fell->(), '', 'after which no counter fell');
    like(metrics('admin'), qr/^leat_worker_deaths_total 1$/m, 'and the death is counted');
};

subtest 'load balancers do not notice a reload, on new connections, kept ones, and those of an old worker' => sub {
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
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    my $r = $leat->get('/readyz', socket => $held);
    is($r->{status}, 200, 'on which the old worker is ready after a reload too');
    is($r->{headers}{connection}, 'close', 'and ends it');
    is($leat->ctl('reload')->{code}, 0, 'another reload') for 1 .. 2;
    $leat->configure("wrokers: 1\n");
    is($leat->ctl('reload')->{code}, 1, 'a refused reload');
    $leat->configure($listen);
    is($leat->ctl('recycle')->{code}, 0, 'workers are replaced');
    ok(wait_for(20, sub {
        my %now = map { $_ => 1 } $leat->worker_pids;
        keys %now == 2 && !grep { $now{$_} } @old;
    }), 'all of them');
    spew("$leat->{dir}/enough", '');
    my ($ok, $bad) = split ' ', <$read> // '0 1';
    waitpid $child, 0;
    cmp_ok($ok, '>', 10, "readiness was asked for $ok times meanwhile");
    is($bad, 0, 'and was given each time');
};

subtest 'the paths are configurable, by a reload' => sub {
    $leat->configure($listen . "health: {live: /alive, ready: off, metrics: /stats/all}\n");
    is($leat->ctl('reload')->{code}, 0, 'other paths');
    for my $row (
        ['/alive', 200, 200], ['/healthz', 404, 404], ['/readyz', 404, 404], ['/off', 404, 404],
            ['/stats/all', 404, 200],
        ['/metrics', 404, 404], ['/own/ready', 200, 404],
    ) {
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
};

subtest 'it stops after all that' => sub {
    is($leat->stop, 0, 'it stops');
};

# Operations of its own take precedence, on listeners that serve the documents.
my $mine = Leat::Test->new(%app, document => <<'API');
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /healthz:
    get:
      operationId: mine
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [mine],
        properties: {mine: {type: integer}}}}}}}
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
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [any],
        properties: {any: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :any AS 'any'"}
API
$port{mine} = $mine->{port};
$port{mine_both} = Leat::Test::free_port();
$port{mine_admin} = Leat::Test::free_port();
$mine->configure(<<"YAML");
listen:
- {address: 127.0.0.1:$port{mine}}
- {address: 127.0.0.1:$port{mine_both}, serve: [admin, api]}
- {address: 127.0.0.1:$port{mine_admin}, serve: [admin]}
YAML
$mine->start;

subtest 'an operation of the document takes precedence where documents are served' => sub {
    is_deeply(ask($_, 'GET', '/healthz')->{json}, {mine => 1}, "$_: the document's /healthz") for qw(mine mine_both);
    is_deeply(ask('mine_admin', 'GET', '/healthz')->{json}, {status => 'ok'}, 'admin alone: leat\'s own');
    is(ask('mine_both', 'POST', '/metrics')->{status}, 204, 'the document\'s POST /metrics');
    is(ask('mine_both', 'GET', '/readyz')->{json}{any}, 'readyz', 'a path with a parameter is one too');
    is(ask('mine_admin', 'GET', '/readyz')->{json}{status}, 'ready', 'but not on admin alone');
    is(ask('mine_admin', 'GET', '/metrics')->{status}, 200, 'where the metrics are');
    my ($shown) = grep { $_->{route} eq '/healthz' } @{$mine->ctl_json('operations')};
    is($shown->{id}, 'mine', 'figures are under the name of the document\'s operation')
        or diag(explain $mine->ctl_json('operations'));
    is(join('; ', lint(metrics('mine_admin'))), '', 'the metrics pass the lint');
};

subtest 'under full load it is live and ready, and reports its load' => sub {
    my $config = "limits: {in-flight: 1}\ntimeouts: {request: 60s}\ndrain: {timeout: 1s}";
    my $full = start_with_admin('full', $config, workers => 1);
    my $spin = dial('full');
    syswrite $spin, "GET /spin HTTP/1.1\r\nHost: a\r\n\r\n";
    ok(wait_for(20, sub { grep { ($_->{operation} // '') eq 'spin' } @{$full->ctl_json('requests') // []} }),
        'a request takes long');
    my $r = ask('full', 'GET', '/n');
    is($r->{status}, 503, 'limits.in-flight turns others away');
    ok($r->{headers}{'retry-after'}, 'with Retry-After');
    is(status('full', $_), 200, "$_ is not turned away") for qw(/healthz /readyz /own/live /own/ready);
    is(status('full_admin', $_), 200, "$_ on admin neither") for qw(/healthz /readyz /metrics);
    my $text = metrics('full_admin');
    like($text, qr/^leat_requests_refused_total 1$/m, 'the metrics count who was');
    like($text, qr/^leat_requests_in_flight 2$/m, 'and what is in flight: it, and this');
    close $spin;
    $full->stop;
};

subtest 'during the notice of a drain it is not ready, but answers everything' => sub {
    my $leaving = start_with_admin('leaving', 'drain: {notice: 60s}');
    my @kept = map { my $s = dial('leaving'); $leaving->get('/n', socket => $s); $s } 1 .. 4;
    $leaving->signal('TERM');
    ok(wait_for(20, sub { $leaving->log =~ /worker\.draining.*worker\.draining/s }), 'a drain with notice');
    for my $to (qw(leaving leaving_admin)) {
        my $r = ask($to, 'GET', '/readyz');
        is($r->{status}, 503, "not ready on $to");
        is($r->{headers}{'content-type'}, 'application/problem+json', 'as a problem');
        ok($r->{headers}{'retry-after'}, 'with Retry-After');
        is(ask($to, 'HEAD', '/readyz')->{status}, 503, 'HEAD says so too');
        is(status($to, '/healthz'), 200, 'but alive');
    }
    is(status('leaving', '/own/ready'), 503, 'x-builtin: health.ready says the same');
    for my $s (@kept, map { dial('leaving') } 1 .. 4) {
        is(($leaving->get('/readyz', socket => $s) // {})->{status}, 503, 'a connection is told');
        my $r = $leaving->get('/n', socket => $s) // {headers => {}};
        is($r->{status}, 200, 'and served');
        isnt($r->{headers}{connection} // '', 'close', 'and kept');
    }
    like(metrics('leaving_admin'), qr/^leat_draining 1$/m, 'the metrics tell');
    ok(kill(0, $leaving->{pid}), 'it lives for as long as the notice lasts');
    $leaving->signal('TERM');
    ok(defined $leaving->wait_exit, 'a second TERM ends it');
};

subtest 'after the notice it stops accepting, and answers what was sent' => sub {
    my $config = "drain: {notice: 300ms, grace: 60s, timeout: 60s}\n";
    my $gone = Leat::Test->new(%app, document => $document, workers => 1, config => $config)->start;
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
        my $r = $gone->get('/n', socket => $s) // {headers => {}};
        is("$r->{status} $r->{headers}{connection}", '200 close', 'and so is one that was idle');
    }
    is($gone->wait_exit, 0, 'it exits when all connections are done');
};

all_done;
