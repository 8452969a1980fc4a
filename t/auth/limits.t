# SPDX-License-Identifier: MIT
# Rate limits count exactly across all workers, whatever happens to the workers.
use strict;
use warnings;
use Leat::Test;
use POSIX ();
use Test::More;

my $document = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
paths:
  /hundred:
    get: {operationId: hundred, x-rate-limit: hundred, responses: {"200": {description: x}}, x-builtin: health.live}
  /two:
    get: {operationId: two, x-rate-limit: [wide, narrow], responses: {"200": {description: x}}, x-builtin: health.live}
  /wide: {get: {operationId: wide, x-rate-limit: wide, responses: {"200": {description: x}}, x-builtin: health.live}}
  /tenant:
    get: {operationId: tenant, x-rate-limit: tenant, responses: {"200": {description: x}}, x-builtin: health.live}
  /costly:
    get: {operationId: costly, x-rate-limit: costly, responses: {"200": {description: x}}, x-builtin: health.live}
  /none: {get: {operationId: none, responses: {"200": {description: x}}, x-builtin: health.live}}
  /own:
    get:
      operationId: own
      x-rate-limit: own
      security: [{bearer: []}]
      responses: {"200": {description: x}}
      x-builtin: health.live
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
YAML
my $limits = <<'YAML';
rate-limits:
  hundred: {rate: 100/day, burst: 100, key: ip}
  wide: {rate: 50/hour}
  narrow: {rate: 5/hour}
  tenant: {rate: 3/hour, key: "header:x-tenant+operation"}
  costly: {rate: 10/hour, cost: 4}
  own: {rate: 2/hour, key: sub}
YAML
my $leat = Leat::Test->new(document => $document, config => $limits, workers => 4)->start;

# Sends requests from several processes at once; returns how many were answered 200.
sub storm {
    my ($processes, $each, $path, %o) = @_;
    my @pipes = map {
        pipe my $from, my $to or die;
        my $pid = fork // die;
        if (!$pid) {
            my $ok = 0;
            for (1 .. $each) {
                my $r = $leat->get($path, %o);
                $ok++ if $r && $r->{status} == 200;
            }
            syswrite $to, "$ok\n";
            POSIX::_exit(0);
        }
        close $to;
        [$pid, $from];
    } 1 .. $processes;
    my $sum = 0;
    for (@pipes) {
        my ($pid, $from) = @$_;
        $sum += readline $from;
        waitpid $pid, 0;
    }
    return $sum;
}

subtest 'lets exactly the configured number of requests pass on all workers' => sub {
    is(storm(8, 30, '/v1/hundred', headers => {'X-Forwarded-For' => '192.0.2.1'}), 100,
        'of 240 requests on 4 workers exactly 100 pass');
    is(storm(4, 10, '/v1/hundred', headers => {'X-Forwarded-For' => '192.0.2.2'}), 40, 'another address has its own');
    done_testing;
};

my $from = sub { return {'X-Forwarded-For' => $_[0]} };

subtest 'tells a client the policy, what is left, and how long to wait' => sub {
    my $r = $leat->get('/v1/hundred', headers => $from->('192.0.2.3'));
    is($r->{headers}{'ratelimit-policy'}, '"hundred";q=100;w=86400', 'the policy');
    is($r->{headers}{ratelimit}, '"hundred";r=99;t=864', 'what is left of it');
    $r = $leat->get('/v1/hundred', headers => $from->('192.0.2.1'));
    is($r->{status}, 429, 'past it');
    is($r->{json}{error}, 'too many requests, try again later', 'in words');
    is($r->{headers}{'content-type'}, 'application/problem+json', 'as a problem');
    cmp_ok($r->{headers}{'retry-after'}, '<=', 864, 'and how long to wait');
    is($r->{headers}{ratelimit}, '"hundred";r=0;t=86400', 'nothing is left');
    ok(!exists $leat->get('/v1/none')->{headers}{ratelimit}, 'an operation without a limit says nothing');
    done_testing;
};

subtest 'keeps counts through reloads and the death of a worker' => sub {
    my $passed = storm(1, 40, '/v1/hundred', headers => $from->('192.0.2.9'));
    for my $i (1 .. scale(20)) {
        is($leat->ctl('reload')->{code}, 0, 'reloaded') if $i == 1;
        $leat->ctl('reload') if $i > 1;
        $passed += storm(1, 1, '/v1/hundred', headers => $from->('192.0.2.9'));
    }
    kill KILL => ($leat->worker_pids)[0];
    ok(wait_for(10, sub { my @pids = $leat->worker_pids; @pids == 4 }), 'a dead worker is replaced');
    $passed += storm(4, 30, '/v1/hundred', headers => $from->('192.0.2.9'));
    is($passed, 100, 'through reloads and a death exactly as many pass');
    done_testing;
};

subtest 'charges no limit when another one refuses' => sub {
    is(storm(1, 8, '/v1/two', headers => $from->('192.0.2.4')), 5, 'the narrower limit decides');
    my $r = $leat->get('/v1/two', headers => $from->('192.0.2.4'));
    is($r->{headers}{'ratelimit-policy'}, '"narrow";q=5;w=3600', 'and is the one that is told');
    $r = $leat->get('/v1/two', headers => $from->('192.0.2.10'));
    is($r->{headers}{'ratelimit-policy'}, '"narrow";q=5;w=3600, "wide";q=50;w=3600',
        'of all that count the tightest comes first');
    is($r->{headers}{ratelimit}, '"narrow";r=4;t=720, "wide";r=49;t=72', 'with what is left of each');
    $r = $leat->get('/v1/wide', headers => $from->('192.0.2.4'));
    like($r->{headers}{ratelimit}, qr/^"wide";r=44;/, 'and the wider one has counted what passed only');
    done_testing;
};

subtest 'counts by header, by cost, by network of IPv6 and by caller' => sub {
    my $tenant = sub { return storm(1, 4, '/v1/tenant', headers => {'X-Tenant' => $_[0]}) };
    is($tenant->('a'), 3, 'a limit by header');
    is($tenant->('b'), 3, 'each value has its own');
    is(storm(1, 5, '/v1/costly', headers => $from->('192.0.2.5')), 2, 'a request may count for several');
    is(storm(1, 5, '/v1/costly', headers => $from->('2001:db8:1:2::1')), 2, 'an address of IPv6');
    is($leat->get('/v1/costly', headers => $from->('2001:db8:1:2:ffff::9'))->{status}, 429, 'is a network of 64 bits');
    is($leat->get('/v1/costly', headers => $from->('2001:db8:1:3::1'))->{status}, 200, 'and not the next one');
    is(storm(1, 4, '/v1/own', headers => $from->('192.0.2.6')), 0, 'who is not identified is refused anyway');
    is($leat->get('/v1/own', headers => $from->('192.0.2.6'))->{status}, 429, 'and counts by address');
    done_testing;
};

subtest 'shows and resets keys by leatctl' => sub {
    my ($row) = grep { $_->{limit} eq 'rate costly' } @{$leat->ctl_json('limits')};
    cmp_ok($row->{refused}, '>=', 5, 'leatctl knows who was refused');
    is($row->{allowed}, 5, 'and who was let through');
    my $keys = JSON::PP::decode_json($leat->ctl('--json', 'limits', '--policy', 'costly')->{out});
    is_deeply([sort map { $_->{key} } @$keys], ['ip:192.0.2.5', 'ip:2001:db8:1:2::/64', 'ip:2001:db8:1:3::/64'],
        'and the keys');
    like($leat->ctl('limits', '--policy', 'costly')->{out}, qr/^KEY +FREE IN\nip:/, 'as a table');
    is($leat->ctl('limits', '--policy', 'nope')->{code}, 1, 'of limits that there are');
    is($leat->ctl('limits', 'reset', 'ip:192.0.2.5', 'costly')->{code}, 0, 'a key is reset');
    is(storm(1, 5, '/v1/costly', headers => $from->('192.0.2.5')), 2, 'and has its burst again');
    is($leat->ctl('limits', 'reset', 'ip:192.0.2.77')->{code}, 1, 'one that is not there');
    done_testing;
};

subtest 'bans an address everywhere until it is let in again' => sub {
    is($leat->ctl('ban', 'ip:192.0.2.8', '10m')->{code}, 0, 'banned');
    my $r = $leat->get('/v1/none', headers => $from->('192.0.2.8'));
    is("$r->{status} " . ($r->{headers}{'retry-after'} > 590 ? 'long' : 'short'), '429 long',
        'is refused everywhere, and told for how long');
    is($leat->get('/v1/none', headers => $from->('192.0.2.7'))->{status}, 200, 'another is not');
    is($leat->ctl_json('bans')->[0]{key}, 'ip:192.0.2.8', 'is listed');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is($leat->get('/v1/none', headers => $from->('192.0.2.8'))->{status}, 429, 'changes nothing');
    is($leat->ctl('unban', 'ip:192.0.2.8')->{code}, 0, 'let in again');
    done_testing;
};

subtest 'bans a network of IPv6 as a whole' => sub {
    is($leat->get('/v1/none', headers => $from->('192.0.2.8'))->{status}, 200, 'may call');
    is($leat->ctl('ban', 'ip:2001:db8:9:1::5', '10m')->{code}, 0, 'an address of IPv6 is banned');
    is($leat->get('/v1/none', headers => $from->('2001:db8:9:1::6'))->{status}, 429, 'with its network');
    is($leat->get('/v1/none', headers => $from->('2001:db8:9:2::5'))->{status}, 200, 'not with the next one');
    is($leat->ctl_json('bans')->[0]{key}, 'ip:2001:db8:9:1::/64', 'as which it is listed');
    is($leat->ctl('unban', 'ip:2001:db8:9:1::7')->{code}, 0, 'any address of it lets it in again');
    is($leat->get('/v1/none', headers => $from->('2001:db8:9:1::6'))->{status}, 200, 'so that it may call');
    is($leat->ctl('limits', 'reset', 'ip:2001:db8:1:2::1', 'costly')->{code}, 0,
        'a key of IPv6 is reset by any address');
    done_testing;
};

subtest 'refuses what cannot be banned' => sub {
    for (['ban', 'x', '1m'], ['ban', 'ip:x', '1m'], ['ban', 'ip:192.0.2.0/24', '1m'], ['ban', 'ip:192.0.2.1', '1'],
        ['ban', 'ip:1'], ['ban', 'ip:' . 'x' x 99, '1m'])
    {
        isnt($leat->ctl(@$_)->{code}, 0, "refused: @$_");
    }
    done_testing;
};

subtest 'counts each refusal in the metrics, and logs some' => sub {
    like($leat->ctl('metrics')->{out}, qr/^leat_rate_limit_requests_total\{limit="wide",verdict="allowed"\} 7$/m,
        'what was given back was not allowed');
    like($leat->ctl('metrics')->{out}, qr/^leat_rate_limit_requests_total\{limit="costly",verdict="refused"\} \d+$/m,
        'metrics');
    my $lines = () = $leat->log =~ /limit\.refused limit=hundred/g;
    cmp_ok($lines, '>=', 1, 'refusals are logged');
    cmp_ok($lines, '<', 60, 'but not each');
    done_testing;
};

subtest 'publishes the headers of a limit' => sub {
    my $published = $leat->get('/v1/openapi.json')->{json};
    my ($ref) = $published->{paths}{'/two'}{get}{responses}{429}{'$ref'} =~ m{([^/]+)$};
    is_deeply([sort keys %{$published->{components}{responses}{$ref}{headers}}],
        [qw(RateLimit RateLimit-Policy Retry-After)], 'the published document tells the headers');
    ok(!$published->{paths}{'/none'}{get}{responses}{429}, 'where there are any');
    done_testing;
};

subtest 'passes counts and bans on in an upgrade' => sub {
    # The new master is not our child.
    my $old = Leat::Test->new(document => $document, config => $limits, workers => 2)->start;
    my $ask = sub { return $old->get('/v1/two', headers => $from->('192.0.2.1'))->{status} };
    is(join(' ', map { $ask->() } 1 .. 3), '200 200 200', 'three of five');
    is($old->ctl('ban', 'ip:192.0.2.2', '1h')->{code}, 0, 'and a ban');
    is($old->ctl('upgrade')->{code}, 0, 'an upgrade');
    my $first = delete $old->{pid};
    my $last = $old->ctl_json('status')->{pid};
    isnt($last, $first, 'another master');
    is(join(' ', map { $ask->() } 1 .. 3), '200 200 429', 'two more of five');
    is($old->get('/v1/none', headers => $from->('192.0.2.2'))->{status}, 429, 'the ban is in force');
    kill TERM => $last;
    ok(wait_for(20, sub { waitpid $first, POSIX::WNOHANG(); !kill 0, $_ }), 'is gone') for $first, $last;
    done_testing;
};

subtest 'refuses limits that make no sense, and says why' => sub {
    my @wrong = (
        ['rate-limits: {a: {rate: fast}}',
            qr/^\S+leat\.yaml:1:25: rate-limits\{\}\.rate: not a rate; allowed: a rate such as/],
        ['rate-limits: {a: {rate: 0/s}}',               qr/not a rate/],
        ['rate-limits: {a: {rate: 1/0s}}',              qr/not a rate/],
        ['rate-limits: {a: {rate: 1000000000/1ms}}',    qr/not a rate/],
        ['rate-limits: {a: {rate: 1/4000d}}',           qr/not a rate/],
        ['rate-limits: {a: {rate: 1/day, burst: 4000}}',
            qr/:1:39: rate-limits\.a: burst: must replenish within 3650 days/],
        ['rate-limits: {a: {}}',                        qr/rate-limits\{\}\.rate: is required/],
        ['rate-limits: {a: {rate: 1/s, key: address}}', qr/rate-limits\{\}\.key: cannot be parsed/],
        ['rate-limits: {a: {rate: 1/s, key: "ip+"}}',   qr/cannot be parsed/],
        ['rate-limits: {a: {rate: 2/s, cost: 3}}',      qr/cost: must be at most the burst/],
        ['workers: 1',
                                             qr/^api\.yaml:\S+ hundred: x-rate-limit: hundred is not configured/m],
    );
    for my $row (@wrong) {
        my ($config, $message) = @$row;
        my $bad = Leat::Test->new(document => $document, config => $config);
        my $c = $bad->leat('check');
        is($c->{code}, 1, "refused: $config");
        like($c->{err} =~ s{\Q$bad->{dir}\E/api}{api}gr, $message, 'with the reason');
    }
    done_testing;
};

all_done;
