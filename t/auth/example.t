# SPDX-License-Identifier: MIT
# The example application works as the README shows, and accounts do not see each other's rows.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $source = Leat::Test::source();
my $leat = Leat::Test->new;
$leat->configure(<<YAML);
api: [{document: $source/conf/todo/api.yaml}, {document: $source/conf/auth.yaml}]
database: {path: $leat->{dir}/app.db, migrations: $source/conf/todo/migrations, migrate: on-start}
identity: {roles: {admin: [stats]}}
rate-limits: {login: {rate: 100/min, key: ip}, writes: {rate: 20/day, key: sub}}
responses: strict
YAML

subtest 'passes the check, and is what scaffold prints' => sub {
    is($leat->leat('check')->{err}, '', 'the check finds nothing to say');
    is(run_command(Leat::Test::build() . '/leat', 'check', '-c', "$source/conf/leat.yaml")->{err}, '',
        'nor of conf/leat.yaml');
    is(run_command(Leat::Test::build() . '/leat', 'scaffold', 'auth')->{out}, slurp("$source/conf/auth.yaml"),
        'leat scaffold auth prints conf/auth.yaml');
    done_testing;
};

$leat->start;

subtest 'answers the lines of the README as printed' => sub {
    # The lines of the README, verbatim; ./dev run shows the same.
    my ($lines) = slurp("$source/README") =~ /Register, log in, create:\n\n(.*?)\n\n/s
        or die 'the README shows no lines';
    my $script = $lines =~ s/^ +//gmr;
    ok(index(slurp("$source/dev"), (split /\n/, $script)[1]) > 0, 'dev shows the same');
    my $r = run_command('sh', '-ec', $script =~ s/127\.0\.0\.1:8080/127.0.0.1:$leat->{port}/gr);
    is($r->{out}, '{"email":"ann@example.org"}{"id":1,"title":"Home","open":0}', 'register, log in, create');
    done_testing;
};

sub login {
    my ($name) = @_;
    my %who = (email => "$name\@example.org", password => 'a long enough secret');
    $leat->post('/v1/auth/register', \%who);
    my $r = $leat->post('/v1/auth/login', \%who);
    is($r->{status}, 200, "$name is logged in");
    return {Authorization => "Bearer $r->{json}{access_token}"};
}

my ($ann, $bob, $id);
subtest 'lets an account create a todo, and counts it' => sub {
    ($ann, $bob) = map { login($_) } qw(ann bob);
    is($leat->post('/v1/todos', {title => 'x', list_id => 1})->{status}, 401, 'nobody creates nothing');
    my $r = $leat->post('/v1/todos', {title => 'Milk', list_id => 1, tags => ['shop']}, headers => $ann);
    is($r->{status}, 201, 'a todo in the own list');
    is($r->{headers}{'cache-control'}, 'no-store', 'is not to be cached');
    like($r->{headers}{ratelimit}, qr/^"writes";r=\d+;t=\d+$/, 'and counted');
    $id = $r->{json}{id};
    is($leat->get("/v1/todos/$id", headers => $ann)->{json}{title}, 'Milk', 'is read');
    my @twice = map { $leat->post('/v1/todos', {title => 'Tea', list_id => 1},
        headers => {%$ann, 'Idempotency-Key' => 'tea'}) } 1, 2;
    is($twice[0]{status}, 201, 'one with a key is created');
    is($twice[1]{body}, $twice[0]{body}, 'once, when that is repeated');
    done_testing;
};

subtest 'shows an account nothing of another\'s rows' => sub {
    is($leat->get("/v1/todos/$id", headers => $bob)->{status}, 404, 'another does not see it');
    is_deeply($leat->get('/v1/todos', headers => $bob)->{json}{items}, [], 'in no list');
    is_deeply($leat->get('/v1/lists', headers => $bob)->{json}, [], 'nor the list');
    is($leat->patch("/v1/todos/$id", {title => 'Mine'}, headers => $bob)->{status}, 404, 'cannot change it');
    is($leat->delete("/v1/todos/$id", headers => $bob)->{status}, 404, 'cannot delete it');
    is($leat->post('/v1/todos', {title => 'x', list_id => 1}, headers => $bob)->{status}, 422,
        'cannot put anything into the list');
    is($leat->post("/v1/todos/$id/move", {list_id => 1}, headers => $bob)->{status}, 422, 'cannot move it');
    is($leat->delete('/v1/done?list_id=1', headers => $bob)->{json}{count}, 0, 'cannot clear the list');
    is($leat->get("/v1/todos/$id", headers => $ann)->{json}{title}, 'Milk', 'nothing has changed');
    done_testing;
};

subtest 'lets the owner change, move and clear todos' => sub {
    is($leat->patch("/v1/todos/$id", {done => JSON::PP::true}, headers => $ann)->{json}{done}, JSON::PP::true, 'done');
    my $other = $leat->post('/v1/lists', {title => 'Work'}, headers => $ann)->{json}{id};
    is($leat->post('/v1/lists', {title => 'Work'}, headers => $ann)->{status}, 409, 'a title that is taken');
    is($leat->post('/v1/lists', {title => 'Work'}, headers => $bob)->{status}, 201, 'is free for another');
    is($leat->post("/v1/todos/$id/move", {list_id => $other}, headers => $ann)->{json}{list_id}, $other, 'moved');
    is($leat->delete("/v1/done?list_id=$other", headers => $ann)->{json}{count}, 1, 'cleared');
    done_testing;
};

subtest 'asks for a scope, which a role gives at the next login' => sub {
    my $r = $leat->get('/v1/stats', headers => $ann);
    is($r->{status}, 403, 'who lacks a scope may not');
    is($r->{headers}{'www-authenticate'}, 'Bearer realm="/v1", error="insufficient_scope", scope="stats"',
        'and is told which');
    is(system('sqlite3', "$leat->{dir}/app.db",
        q(UPDATE _leat_users SET roles = '["admin"]' WHERE email = 'ann@example.org')), 0, 'a role');
    is_deeply($leat->get('/v1/stats', headers => login('ann'))->{json}, {accounts => 2, lists => 3, todos => 1},
        'gives it at the next login');
    done_testing;
};

subtest 'limits the writes of one account, not its reads' => sub {
    my $status;
    for (1 .. 20) {
        $status = $leat->post('/v1/lists', {title => "List $_"}, headers => $bob)->{status};
        last if $status == 429;
    }
    is($status, 429, 'who writes too much waits');
    is($leat->get('/v1/lists', headers => $bob)->{status}, 200, 'but reads');
    is($leat->post('/v1/lists', {title => 'Mine'}, headers => $ann)->{status}, 201, 'and nobody else waits');
    done_testing;
};

subtest 'answers health to anybody' => sub {
    is($leat->get('/v1/health')->{status}, 200, 'health is for anybody');
    done_testing;
};

all_done;
