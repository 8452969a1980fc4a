# SPDX-License-Identifier: MIT
# Damage of the shared memory does not end the service: the master survives, new workers with new shared
# memory take over, and requests are answered.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    get:
      operationId: list
      x-rate-limit: often
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT name FROM things"}
    post:
      operationId: make
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object}}}}}
      x-sql: {returns: one, sql: "INSERT INTO things (name) VALUES (:name) RETURNING name"}
YAML
my $leat = Leat::Test->new(
    document   => $yaml,
    migrations => {'0001_a.up.sql' => 'CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT) STRICT;'},
    config     => "rate-limits: {often: {rate: 10000/min}}\ndrain: {grace: 0s, timeout: 2s}\n",
)->start;

sub memory { return (grep { (readlink // '') =~ /memfd:leat-shm/ } glob "/proc/$leat->{pid}/fd/*")[0] }
my $size = -s memory();
sub opened { open my $out, '+<:raw', memory() or die "memory: $!"; return $out }
sub write_at {
    my ($at, $bytes, $out) = @_;
    $out //= opened();
    seek $out, $at, 0;
    syswrite $out, $bytes;
}
# Fills one segment: before it is full the master may have another.
sub fill {
    my ($make) = @_;
    my $out = opened();
    for (my $at = 0; $at < $size; $at += 1 << 20) {
        write_at($at, $make->($size - $at < 1 << 20 ? $size - $at : 1 << 20), $out);
    }
}
sub answers { my ($r) = @_; return $r && $r->{status} }
# Tests that after the damage new workers serve, read, write and apply limits.
sub recovers {
    my ($name, $damage) = @_;
    my $from = length $leat->log;
    my @before = $leat->worker_pids;
    $damage->();
    ok(wait_for(30, sub { substr($leat->log, $from) =~ /shm\.renewed/ }), "$name: it is made anew") or diag $leat->log;
    like(substr($leat->log, $from), qr/ error leat.* shm\.damaged /, "$name: see the log");
    ok(kill(0, $leat->{pid}), "$name: the master lives");
    my %old = map { $_ => 1 } @before;
    my $new = wait_for(20, sub { my @now = $leat->worker_pids; @now == 2 && !grep { $old{$_} } @now });
    ok($new, "$name: two new workers") or diag $leat->log;
    is(answers($leat->post('/things', {name => $name})), 201, "$name: which write");
    is(answers($leat->get('/things')), 200, "$name: and read") for 1 .. 4;
    is($leat->ctl($_)->{code}, 0, "$name: leatctl $_") for qw(status workers operations requests limits bans metrics);
}
$leat->post('/things', {name => 'before'}) for 1 .. 3;
srand 7;
my $noise = join '', map { chr int rand 256 } 1 .. 1 << 16;
my @damages = (
    ['all ones', sub { "\xff" x $_[0] }],
    ['all zeros', sub { "\0" x $_[0] }],
    ['noise', sub { substr $noise x 16, 0, $_[0] }],
);
for my $row (@damages) {
    my ($name, $bytes) = @$row;
    subtest "memory that is $name is made anew under new workers" => sub {
        recovers($name, sub { fill($bytes) });
    };
}

subtest 'the database is as it was, and the status tells of the damage' => sub {
    is($leat->get('/things')->{json}[0]{name}, 'before', 'the database is as it was');
    like($leat->ctl_json('status')->{reload}{text}, qr/^generation \d+ is serving with 2 workers$/m,
        'the status tells of it');
};

subtest 'random pages, with texts without an end and indexes out of range, end nothing' => sub {
    for my $round (1 .. 20) {
        # In the tables between the fences, which are far apart.
        write_at(8192 + int rand($size - 65536), join '', map { chr int rand 256 } 1 .. 8192) for 1 .. 5;
        $leat->ctl($_) for qw(workers operations requests limits metrics);
    }
    ok(kill(0, $leat->{pid}), 'random pages: the master lives');
    ok(wait_for(30, sub { answers($leat->get('/things')) }), 'and requests are answered');
};

subtest 'leat reloads and stops after all that' => sub {
    is($leat->ctl('reload')->{code}, 0, 'a reload') or diag $leat->log;
    is($leat->stop, 0, 'stop');
};

all_done;
