# SPDX-License-Identifier: MIT
# sqlmap tries every parameter of the example: path, query, header, cookie and body, and finds
# nothing. It judges by the content of answers (boolean, error, union, stacked), not by their time.
use strict;
use warnings;
use Leat::Program;
use Leat::Test;
use Test::More;

my $sqlmap = require_program('sqlmap');

my $source = Leat::Test::source();
my $leat = Leat::Test->new;
$leat->configure(<<YAML);
api: [{document: $source/conf/todo/api.yaml}, {document: $source/conf/auth.yaml}]
database: {path: $leat->{dir}/app.db, migrations: $source/conf/todo/migrations, migrate: on-start}
identity: {roles: {admin: [stats]}, password: {tries: 10000}}
rate-limits: {login: {rate: 1000000/s}, account: {rate: 1000000/s}, writes: {rate: 1000000/s}}
log: {access: false}
YAML
$leat->start;
my %who = (email => 'ann@example.org', password => 'a long enough secret');
$leat->post('/v1/auth/register', \%who);
my $token = $leat->post('/v1/auth/login', \%who)->{json}{access_token};
my %bearer = (headers => {Authorization => "Bearer $token"});

subtest 'creates a list and a todo to attack' => sub {
    is($leat->post('/v1/lists', {title => 'Home'}, %bearer)->{status}, 201, 'a list');
    is($leat->post('/v1/todos', {title => 'Milk', list_id => 1}, %bearer)->{status}, 201, 'a todo');
    done_testing;
};

# sqlmap puts its payload in place of the *.
my @requests = (
    ['GET',    '/v1/todos?done=true*&list_id=1*&limit=5*&cursor=x*'],
    ['GET',    '/v1/todos/1*'],
    ['PATCH',  '/v1/todos/1*', '{"title":"a*","due":"b*","tags":["c*"]}'],
    ['POST',   '/v1/todos', '{"title":"d*","list_id":1,"due":"e*"}'],
    ['POST',   '/v1/lists', '{"title":"f*"}'],
    ['POST',   '/v1/todos/1*/move', '{"list_id":1}'],
    ['DELETE', '/v1/done?list_id=1*'],
    ['POST',   '/v1/auth/login', '{"email":"ann@example.org*","password":"g*"}'],
    ['POST',   '/v1/auth/refresh', '{"refresh_token":"h*"}'],
    ['POST',   '/v1/auth/password/reset', '{"token":"i*","new_password":"a longer secret"}'],
    ['DELETE', '/v1/auth/sessions/j*'],
    ['DELETE', '/v1/auth/keys/k*'],
    ['POST',   '/v1/auth/keys', '{"name":"l*"}'],
);

my $before;
subtest 'finds no parameter that can be injected' => sub {
    $before = () = $leat->log =~ /db\.failed|auth\.lookup/g;
    for my $i (0 .. $#requests) {
        my ($method, $path, $body) = @{$requests[$i]};
        next if is_sanitized() && $i % 4; # a part of it, ten times as slow
        my @content = defined $body ? ('Content-Type: application/json', 'Content-Length: ' . length $body) : ();
        my @head = ("$method $path HTTP/1.1", "Host: 127.0.0.1:$leat->{port}", 'User-Agent: x*', 'X-Request-Id: y*',
            "Authorization: Bearer $token", 'Cookie: __Host-session=z*', @content);
        $leat->write("request.$i", join("\r\n", @head, '', $body // ''));
        my $r = run_command($sqlmap, '-r', "$leat->{dir}/request.$i", "--output-dir=$leat->{dir}/sqlmap",
            qw(--batch --ignore-stdin --technique=BEUS --level=1 --risk=1 --dbms=sqlite --threads=4 --ignore-code=*),
            qw(--flush-session --disable-coloring --answers=redirect=N));
        unlike($r->{out}, qr/is vulnerable|appears to be '.*injectable|identified the following injection/,
            "$method $path");
        like($r->{out}, qr/tested parameters do not appear to be injectable/, 'all of it was tried')
            or diag($r->{out} =~ s/.*\n(?=(?:.*\n){12}\z)//sr, $r->{err});
    }
    done_testing;
};

subtest 'fails no statement, and is well' => sub {
    my $after = () = $leat->log =~ /db\.failed|auth\.lookup/g;
    is($after - $before, 0, 'no statement failed of it');
    is($leat->get('/readyz')->{status}, 200, 'and leat is well');
    done_testing;
};

all_done;
