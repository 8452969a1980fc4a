# SPDX-License-Identifier: MIT
# leatctl reload --dry-run reports everything that a reload would change, and changes nothing.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $api = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /a}]
x-tables:
  t:
    constraints:
      unique(v): {status: 409, code: v.taken, pointer: /v, message: taken}
paths:
  /v:
    get:
      operationId: getV
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/V"}}}}}
      x-sql: {returns: one, sql: "SELECT 'one' AS v"}
  /gone:
    get:
      operationId: getGone
      responses: {"200": {description: ok}}
      x-builtin: health.live
components:
  schemas:
    V: {type: object, required: [v], properties: {v: {type: string}}}
    Rest: {type: integer}
API
my $migration = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE);\n";
my $leat = Leat::Test->new(document => $api, migrations => {'0001_t.up.sql' => $migration},
    files => {'other.yaml' => <<'API'})->start;
openapi: 3.1.0
info: {title: other, version: "1"}
servers: [{url: /b}]
paths:
  /live:
    get: {operationId: otherLive, responses: {"200": {description: ok}}, x-builtin: health.live}
API

my @pids = sort $leat->worker_pids;
my $before = $leat->ctl_json('status');
my $release = $before->{release};
my $logged = () = $leat->log =~ /reload\.(?:done|failed)/g;

# Tests that nothing shows that something happened.
sub untouched {
    my ($name) = @_;
    my $status = $leat->ctl_json('status');
    is_deeply([sort $leat->worker_pids], \@pids, "$name: the same workers");
    is("$status->{generation} $status->{release}", "$before->{generation} $release", "$name: the same generation");
    is($status->{retiring}, 0, "$name: none retires");
    is($status->{reload}{text}, $before->{reload}{text}, "$name: the last reload's result stays");
    is(scalar(() = $leat->log =~ /reload\.(?:done|failed)/g), $logged, "$name: nothing in the log");
}

sub dry_run { my (@more) = @_; return $leat->ctl('reload', '--dry-run', @more) }
sub lines { return split /\n/, dry_run()->{out} }
sub has {
    my ($name, $text, @want) = @_;
    $leat->configure($text);
    my @got = lines();
    is_deeply([sort @got], [sort @want], $name) or diag join "\n", @got;
}

subtest 'without changes it says so' => sub {
    my $r = dry_run();
    is("$r->{code} $r->{out}$r->{err}", "0 no changes\n", 'nothing: exit 0, and says so');
    untouched('nothing');
};

subtest 'changed keys are listed by when they take effect, with the values before and after' => sub {
    has('live keys', "watchdog: 7s\ncrash-limit: 9\nrecycle: {requests: 77}\ntimeouts: {start: 9s}\n",
        'live         watchdog: 10000 -> 7000', 'live         crash-limit: 5 -> 9',
        'live         recycle.requests: 0 -> 77',
        'live         timeouts.start: 30000 -> 9000');
    has('keys of the workers', "workers: 3\ndrain: {timeout: 1s}\nlog: {level: debug, access: false}\n",
        'new workers  workers: 2 -> 3', 'new workers  drain.timeout: 30000 -> 1000',
        'new workers  log.level: "info" -> "debug"',
        'new workers  log.access: true -> false');
    has('keys that need a restart', <<"YAML",
control: {socket: $leat->{dir}/other.sock, mode: 0660, admins: daemon}
log: {path: $leat->{dir}/leat.log}
YAML
        'restart      control.socket differs from the value in force',
        'restart      control.mode differs from the value in force',
        'restart      log.path differs from the value in force', 'live         control.admins: null -> "daemon"');
    ok(!-e "$leat->{dir}/other.sock" && !-e "$leat->{dir}/leat.log", 'nothing of them is made');
};

subtest 'listeners are named, key by key, and none is bound' => sub {
    my $port = Leat::Test::free_port();
    my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
    my $listen = join ', ', map { "{address: $_}" } "127.0.0.1:$leat->{port}", "127.0.0.1:$port", 'unix:extra.sock',
        '127.0.0.1:' . $taken->sockport;
    $leat->configure("listen: [$listen]\n");
    my $r = dry_run();
    is($r->{code}, 0, 'more listeners, one of them taken: exit 0, for nothing is bound');
    like($r->{out}, qr/^new workers  listen/m, 'listen');
    like($r->{out}, qr/\Q127.0.0.1:$port\E/, 'the new address can be read') or diag $r->{out};
    ok(!IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port), 'a new port is not bound');
    ok(!-e "$leat->{dir}/extra.sock", 'a new unix socket neither');
    untouched('listeners');

    # One key of a listener among many.
    $leat->configure("listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8], backlog: 77}]\n");
    is(join("\n", lines()), 'new workers  listen[0].backlog: 1024 -> 77', 'a key of a listener: before and after');
};

subtest 'text that is long and not ASCII is shown without a torn character' => sub {
    my $long = 'é' x 70;
    $leat->configure("database: {path: $leat->{dir}/$long.db, migrations: $leat->{folder}, migrate: on-start}\n");
    my $r = dry_run();
    is($r->{code}, 0, 'a long path that is not ASCII');
    like($r->{out}, qr/^new workers  database\.path: /m, 'is shown');
    like($r->{out}, qr/\A(?:[\x00-\x7f]|\xc3[\xa9]|\xe2\x80\xa6)+\z/, 'and no character is torn') or diag $r->{out};
    ok(!-e "$leat->{dir}/$long.db", 'and not made');
};

subtest 'changes of documents are listed by operation and schema' => sub {
    $leat->configure('');
    $leat->write('api.yaml',
        $api =~ s/'one'/'two'/r =~ s{/gone}{/new}r =~ s/getGone/getNew/r =~ s/required: \[v\]/required: []/r);
    my @want = map { "new workers  $_" } 'operation changed: get /a/v', 'operation added: get /a/new',
        'operation removed: get /a/gone', 'schema changed: components/schemas/V',
        'breaks clients: getGone: the operation is gone (GET /a/gone)',
        'breaks clients: getV 200 /v: is no longer required';
    is_deeply([sort(lines())], [sort @want], 'operations and schemas') or diag join "\n", lines();
    untouched('documents');
    $leat->write('api.yaml', "# moved down\n\n$api");
    is(join("\n", lines()), 'no changes', 'positions alone are no change');
    $leat->write('api.yaml',
        $api =~ s/properties: \{v:/properties: {rest: {\$ref: "#\/components\/schemas\/Rest"}, v:/r);
    ok((grep { $_ eq 'new workers  schema added: components/schemas/Rest' } lines()), 'a schema that comes')
        or diag join "\n", lines();
    $leat->write('api.yaml', $api =~ s/version: "1"/version: "2"/r);
    is(join("\n", lines()), 'new workers  document changed: /a: version', 'the version');
    $leat->write('api.yaml', $api =~ s/code: v\.taken/code: v.used/r);
    is(join("\n", lines()), 'new workers  document changed: /a: x-tables', 'a constraint in x-tables');
    $leat->write('api.yaml', $api);
    $leat->configure("api: [{document: other.yaml}, {document: $leat->{api}}]\n");
    my @got = lines();
    ok((grep { $_ eq 'new workers  operation added: get /b/live' } @got), 'a document that comes: its operations')
        or diag join "\n", @got;
    ok(!(grep { /schema|changed/ } @got), 'and the one behind it is as it was') or diag join "\n", @got;
    $leat->configure("api: [{document: other.yaml}]\n");
    @got = lines();
    ok(2 == (grep { m{operation removed: get /a/} } @got), 'and one that goes') or diag join "\n", @got;
};

subtest 'pending migrations are listed, and not applied' => sub {
    $leat->configure('');
    $leat->write('migrations/0002_u.up.sql', "CREATE TABLE u (id INTEGER PRIMARY KEY);\n");
    $leat->write('migrations/0003_w.up.sql', "CREATE TABLE w (id INTEGER PRIMARY KEY);\n");
    is_deeply([lines()],
        ['migration    0002_u is pending: reload --migrate', 'migration    0003_w is pending: reload --migrate'],
        'pending migrations');
    is(qx(sqlite3 $leat->{dir}/app.db "SELECT count(*) FROM _leat_migrations"), "1\n", 'are not applied');
    untouched('migrations');
    unlink "$leat->{dir}/migrations/0002_u.up.sql", "$leat->{dir}/migrations/0003_w.up.sql";
};

subtest 'what a reload would refuse is refused with the reason, and exit 1' => sub {
    for my $row (
        ['an unknown key', sub { $leat->configure("wrokers: 1\n") }, qr{leat\.yaml:1:1: wrokers: unknown key}],
        ['SQL that does not prepare', sub {
            $leat->configure('');
            $leat->write('api.yaml', $api =~ s/'one' AS v/w FROM t/r);
        }, qr{api\.yaml:13:\d+: getV: no such column: w}],
        ['no document', sub { unlink "$leat->{dir}/api.yaml" }, qr{api\.yaml: cannot be read}],
        ['an edited migration', sub {
            $leat->write('api.yaml', $api);
            $leat->write('migrations/0001_t.up.sql', "CREATE TABLE t (id, v TEXT UNIQUE);\n");
        }, qr{0001_t\.up\.sql: was changed after}],
    ) {
        my ($name, $break, $pattern) = @$row;
        $break->();
        my $r = dry_run();
        is("$r->{code} $r->{out}", '1 ', "$name: exit 1");
        like($r->{err}, $pattern, "$name: says why");
        untouched($name);
    }
    $leat->write('migrations/0001_t.up.sql', $migration);
};

subtest '--dry-run and --migrate exclude each other' => sub {
    my $r = dry_run('--migrate');
    is($r->{code}, 1, 'not with --migrate');
    like($r->{err}, qr/--dry-run and --migrate are mutually exclusive/, 'says so');
};

subtest 'workers that were scaled down by hand are not brought back' => sub {
    $leat->ctl('scale', '1');
    ok(wait_for(20, sub { $leat->worker_pids == 1 }), 'one worker less by hand');
    is(dry_run()->{code}, 0, 'a dry run');
    is(scalar($leat->worker_pids), 1, 'brings nothing back');
    is($leat->get('/a/v')->{json}{v}, 'one', 'and the same release answers');
};

subtest 'during a reload it waits for its turn, and does not disturb it' => sub {
    $leat->signal('HUP');
    my $r = dry_run();
    is($r->{code}, 0, 'during a reload');
    is($r->{out}, "no changes\n", 'compares with what came of it');
    ok(wait_for(20, sub { $leat->worker_pids == 2 }), 'the reload was done');
};

all_done;
