# SPDX-License-Identifier: MIT
# A list that is too long to hold is sent while it is read, at the pace of its client.
use strict;
use warnings;
use IO::Socket::UNIX;
use IO::Uncompress::Gunzip qw(gunzip);
use Leat::Client;
use Leat::Test;
use Test::More;

my $row   = '{type: object, properties: {id: {type: integer}, text: {type: string}}}';
my $array = "{type: array, items: $row}";
my $items = "{type: object, properties: {items: $array}}";
my $page  = "{type: object, properties: {items: $array, next: {type: [string, 'null']}}}";

# Returns an operation that lists the numbers from 1 to n.
sub list {
    my ($name, $schema, %o) = @_;
    my $columns = $o{columns} // "x AS id, 'the quick brown fox jumps over the lazy dog' AS text";
    my $more = $o{more} // '';
    my $parameters = '{name: n, in: query, schema: {type: integer}}' . ($o{parameters} // '');
    return <<"API";
  /$name:
    get:
      operationId: $name
      x-allow-scan: true
      $more
      parameters: [$parameters]
      responses: {"200": {description: x, content: {application/json: {schema: $schema}}}}
      x-sql: {returns: list, sql: "SELECT $columns FROM (WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL
        SELECT x + 1 FROM c WHERE x < :n) SELECT x FROM c)"$o{page}}
API
}
my $document = qq{openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths:\n}
    . list('rows', $array, page => '')
    . list('items', $items, page => '')
    . list('bad', $array, page => '', columns => "iif(x = 20000, 'x', x) AS id, 'the quick brown fox' AS text")
    . list('early', $array, page => '', columns => "iif(x = 20, 'x', x) AS id, 'the quick brown fox' AS text")
    . list('mute', $array, page => '', columns => "x AS id, 'the quick brown fox' AS text",
        parameters => ', {name: until, in: query, schema: {type: integer}}')
    . list('brief', $array, page => '', more => 'x-timeout: 1s')
    . list('pages', $page, parameters => ', {name: limit, in: query, schema: {type: integer, maximum: 100000}},
        {name: cursor, in: query, schema: {type: string}}', page => ', page: {by: [id], limit: limit, cursor: cursor}')
    . <<'API';
  /quick:
    get:
      operationId: quick
      responses: {"200": {description: x, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "SELECT 1 AS n"}
API
# The statement of /mute goes on after the rows that it yields.
$document =~ s/(operationId: mute.*?SELECT x FROM c)\)/$1 WHERE x < :until)/s;

sub fresh {
    my ($config) = @_;
    return Leat::Test->new(document => $document, migrations => {}, config => "workers: 1\n" . ($config // ''))->start;
}
sub ask {
    my ($s, $path, %o) = @_;
    my $version = $o{version} // '1.1';
    syswrite $s, ($o{method} // 'GET') . " $path HTTP/$version\r\nHost: a\r\n" . ($o{headers} // '') . "\r\n";
    return $s;
}
# Asks for a list that never ends, and returns when the first bytes are there.
sub stalled {
    my ($leat, $path) = @_;
    my $s = ask(narrow($leat->{port}), $path // '/rows?n=1000000000');
    ok(is_readable($s, 10), 'a client has its first bytes') or diag $leat->log;
    return $s;
}
# Counts the rows of a whole list, without parsing megabytes of JSON.
sub count_text { my ($text) = @_; return $text =~ /\A\[\{.*\}\]\z/s ? scalar(() = $text =~ /"id":/g) : 'no list' }
sub count { my ($r) = @_; return $r->{status} == 200 ? count_text($r->{body}) : "no list: $r->{status}" }

my $leat = fresh();

subtest 'a long list is whole, and its connection goes on' => sub {
    my $s = dial($leat->{port});
    for my $n (900, 1000, 3000, 1500, 2000) {
        my $r = answer(ask($s, "/rows?n=$n"), 30);
        is(join(' ', map { $_->{id} } @{$r->{json}}), join(' ', 1 .. $n), "$n rows, in order");
    }
    is(answer(ask($s, '/quick'))->{json}{n}, 1, 'and another request');
};

subtest 'a short list has a length, a long one has none' => sub {
    my $short = $leat->get('/rows?n=980');
    is($short->{headers}{'content-length'}, length $short->{body}, 'a length');
    cmp_ok(length $short->{body}, '>', 60_000, 'just below 64 KiB');
    my $long = $leat->get('/rows?n=10000');
    is($long->{headers}{'content-length'}, undef, 'none');
    is($long->{headers}{'content-type'}, 'application/json', 'but all other headers');
    ok($long->{headers}{'x-request-id'}, 'such as the id');
    cmp_ok($leat->metric('leat_streams_total'), '>=', 1, 'and it is counted');
};

subtest 'envelopes and pages are whole' => sub {
    is(scalar @{$leat->get('/items?n=3000')->{json}{items}}, 3000, 'items');
    my ($cursor, @ids) = '';
    for (1 .. 3) {
        my $r = $leat->get("/pages?n=5000&limit=2000$cursor");
        push @ids, map { $_->{id} } @{$r->{json}{items}};
        $cursor = defined $r->{json}{next} ? "&cursor=$r->{json}{next}" : last;
    }
    is("@ids", join(' ', 1 .. 5000), 'all pages, in order');
};

subtest 'HEAD has the headers of a long list' => sub {
    my $s = ask(dial($leat->{port}), '/rows?n=1000000', method => 'HEAD');
    like(my $head = Leat::Test::read_all($s, 10, sub { $_[0] =~ /\r\n\r\n/ }), qr/^HTTP\/1.1 200 /, 'a success');
    unlike($head, qr/content-length/i, 'without a length');
    is(answer(ask($s, '/quick'))->{json}{n}, 1, 'and the connection goes on');
};

subtest 'HTTP/1.0 gets it until the end of the connection' => sub {
    my $all = Leat::Test::read_all(ask(dial($leat->{port}), '/rows?n=50000', version => '1.0'), 30);
    my ($head, $body) = split /\r\n\r\n/, $all, 2;
    unlike($head, qr/transfer-encoding/i, 'no chunks');
    is(count_text($body), 50_000, 'all rows');
};

subtest 'it is compressed for those who accept that' => sub {
    my $r = $leat->get('/rows?n=50000', headers => {'Accept-Encoding' => 'gzip'});
    is($r->{headers}{'content-encoding'}, 'gzip', 'gzip');
    gunzip(\$r->{body} => \my $text, MultiStream => 0);
    is(count_text($text), 50_000, 'all rows');
};

subtest 'it goes over TLS and over a Unix socket' => sub {
    my $own = Leat::Test->new(document => $document, migrations => {});
    my ($pem, $key) = ("$own->{dir}/cert.pem", "$own->{dir}/cert.key");
    run_command('openssl', qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=a -days 2),
        '-out', $pem, '-keyout', $key);
    my $port = Leat::Test::free_port();
    $own->configure(<<"YAML");
workers: 1
listen:
- {address: 127.0.0.1:$own->{port}}
- {address: 127.0.0.1:$port, tls: {certificates: [{certificate: $pem, key: $key}]}}
- {address: unix:in.sock}
YAML
    $own->start;
    my $local = sub { IO::Socket::UNIX->new(Peer => "$own->{dir}/in.sock") };
    is(scalar @{answer(ask($local->(), '/rows?n=3000'), 30)->{json}}, 3000, 'whole over the Unix socket');
    my @stalled = map { ask($local->(), '/rows?n=1000000000') } 1 .. 8;
    ok(is_readable($_, 10), 'a client of that has its first bytes') for @stalled;
    is(scalar @{answer(ask($local->(), '/rows?n=3000'), 30)->{json}}, 3000, 'one that does not read makes room');
    spew("$own->{dir}/request", "GET /rows?n=100000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    my $r = run_command('sh', '-c', 'exec timeout 60 openssl s_client -quiet -ign_eof -connect "$0" <"$1"',
        "127.0.0.1:$port", "$own->{dir}/request");
    like($r->{out}, qr/"id":100000,[^{}]*\}\]\r\n0\r\n\r\n\z/, 'whole over TLS');
    close $_ for @stalled;
    $own->stop;
};

subtest 'an error in a late row ends the connection, and not the JSON' => sub {
    for my $version ('1.1', '1.0') {
        my $all = Leat::Test::read_all(ask(dial($leat->{port}), '/bad?n=100000', version => $version), 30);
        like($all, qr/^HTTP\/1.1 200 /, "HTTP/$version: 200 was sent already");
        like($all, qr/"id":19000,/, 'and many rows');
        unlike($all, qr/"id":20001,/, 'but none behind the error');
        unlike($all, qr/\]\s*(?:\r\n0\r\n\r\n)?\z/, 'the list has no end');
        unlike($all, qr/\r\n0\r\n/, 'nor has the body');
    }
    logged($leat, qr/stream\.broken.*operation=bad reason=internal cause="the column id holds/, 'the log says why');
    my $early = $leat->get('/early?n=100000');
    is($early->{json}{status}, 500, 'an error in an early row is a problem document');
};

subtest 'others are served while clients do not read' => sub {
    my @slow = map { stalled($leat) } 1 .. 4;
    is(join(' ', map { $leat->get('/quick')->{status} } 1 .. 20), join(' ', (200) x 20), 'rows');
    is(count($leat->get('/rows?n=500')), 500, 'a short list');
    like($leat->ctl('requests')->{out}, qr/rows.*write/s, 'leatctl shows them');
};

subtest 'a statement ends when its client leaves' => sub {
    my $broken = settled(sub { $leat->metric('leat_streams_broken_total') });
    for (1 .. 12) { close stalled($leat) }
    becomes(sub { $leat->metric('leat_streams_broken_total') }, $broken + 12, 'each is counted');
    is(count($leat->get('/rows?n=10000')), 10_000, 'the threads are free');
    my $s = ask(dial($leat->{port}), '/mute?n=100000000000&until=2500');
    Leat::Test::read_all($s, 20, sub { $_[0] =~ /"id":700/ });
    close $s;
    is(count($leat->get('/rows?n=10000')), 10_000, 'also while a statement finds no rows');
};

subtest 'the time of a list is limited' => sub {
    my $s = stalled($leat, '/brief?n=1000000000');
    logged($leat, qr/stream\.broken.*operation=brief reason=deadline/, 'x-timeout ends it');
    my $own = fresh("timeouts: {write: 1s}\n");
    stalled($own);
    becomes(sub { $own->metric('leat_streams_broken_total') }, 1, 'timeouts.write ends it');
    $own->stop;
};

subtest 'a drain waits for a list, and cuts it at its deadline' => sub {
    my $own = fresh("drain: {grace: 0s, timeout: 5s}\n");
    my $whole = ask(dial($own->{port}), '/rows?n=60000');
    my $endless = stalled($own);
    $own->signal('TERM');
    like(Leat::Test::read_all($whole, 30), qr/"id":60000,.*\]\r\n0\r\n\r\n\z/s, 'one is whole');
    is($own->wait_exit, 0, 'the other does not hold it up');
    logged($own, qr/stream\.broken operation=rows reason=draining /, 'and is logged');
};

subtest 'strict answers are whole, and bounded' => sub {
    my $own = fresh("responses: strict\n");
    my $r = $own->get('/rows?n=3000');
    is(count($r), 3000, 'whole');
    is($r->{headers}{'content-length'}, length $r->{body}, 'with a length');
    is($own->get('/rows?n=1000000')->{status}, 500, 'beyond 16 MiB an error');
    logged($own, qr/db\.failed.*operation=rows.*the list is longer than 16777216 bytes/, 'with its reason');
};

all_done;
