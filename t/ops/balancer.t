# SPDX-License-Identifier: MIT
# Two instances behind HAProxy and behind nginx are restarted in turn under load, with notice.
# Although neither load balancer retries, no request fails.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

sub find { my ($name) = @_; my ($path) = grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin'; return $path }
my ($haproxy, $nginx) = (find('haproxy'), find('nginx'));
plan skip_all => 'haproxy and nginx are not both here' unless $haproxy && $nginx;

my %app = (document => <<'API', migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY, ip TEXT NOT NULL);'});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /who:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [ip], properties: {ip: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :_ip AS ip"}
  /things:
    post:
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object, required: [ip], properties: {ip: {type: string}}}}}}}
      x-sql: {returns: one, sql: "INSERT INTO t (ip) VALUES (:_ip) RETURNING ip"}
API
my @instances = map {
    my $leat = Leat::Test->new(%app);
    $leat->{proxy_port} = Leat::Test::free_port();
    $leat->configure(<<"YAML");
listen:
- {address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.1], forwarded: x-forwarded}
- {address: 127.0.0.1:$leat->{proxy_port}, trusted: [127.0.0.1], proxy: v2}
drain: {notice: 3s, grace: 1s}
log: {access: false}
YAML
    $leat->start;
} 1 .. 2;
my ($first, $second) = @instances;
my $dir = $first->{dir};
my %port = map { $_ => Leat::Test::free_port() } qw(haproxy nginx);

my @children;
sub background { my ($code) = @_; my $pid = fork // die "fork: $!"; if (!$pid) { $code->(); POSIX::_exit(127) } push @children, $pid; return $pid }
END { kill KILL => @children if @children && $first && $first->{owner} == $$ }

spew("$dir/haproxy.cfg", <<"CFG");
global
  stats socket $dir/haproxy.sock mode 600 level admin
  nbthread 1
defaults
  mode http
  retries 0
  no option redispatch
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout check 2s
frontend in
  bind 127.0.0.1:$port{haproxy}
  default_backend leat
backend leat
  balance roundrobin
  option httpchk GET /readyz
  default-server send-proxy-v2 check inter 100ms fall 1 rise 2
  server one 127.0.0.1:$first->{proxy_port}
  server two 127.0.0.1:$second->{proxy_port}
CFG
my $haproxy_pid = background(sub { exec "exec $haproxy -db -f $dir/haproxy.cfg >$dir/haproxy.log 2>&1" });

# nginx itself does not check readiness: whoever runs it does, and reloads it.
sub write_upstream { spew("$dir/upstream.new", join('', map { "server 127.0.0.1:$_->{port} max_fails=0;\n" } @_)); rename "$dir/upstream.new", "$dir/upstream.conf" }
write_upstream(@instances);
my $user = $> == 0 ? 'user root;' : '';
spew("$dir/nginx.conf", <<"CFG");
$user
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/nginx.error info;
events {}
http {
  log_format short '\$status \$upstream_status';
  access_log $dir/nginx.access short;
  client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi; uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
  upstream leat { include $dir/upstream.conf; keepalive 16; }
  server {
    listen 127.0.0.1:$port{nginx};
    location / {
      proxy_pass http://leat;
      proxy_http_version 1.1;
      proxy_next_upstream off;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
    }
  }
}
CFG
my $nginx_pid = background(sub { exec "exec $nginx -e $dir/nginx.error -c $dir/nginx.conf >$dir/nginx.log 2>&1" });
for my $name (qw(haproxy nginx)) {
    ok(wait_for(20, sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port{$name}) }), "$name runs") or diag(slurp("$dir/$name.log"), slurp("$dir/nginx.error"));
}

# Returns HAProxy's state of its servers.
sub stat_of {
    my ($name) = @_;
    my $s = IO::Socket::UNIX->new(Peer => "$dir/haproxy.sock") or return {};
    syswrite $s, "show stat\n";
    my ($head, @rows) = split /\n/, Leat::Test::read_all($s, 10);
    my @names = split /,/, ($head // '') =~ s/^# //r;
    for (@rows) { my %row; @row{@names} = split /,/, $_, -1; return \%row if $row{pxname} eq 'leat' && $row{svname} eq $name }
    return {};
}
sub is_up { my ($name) = @_; return (stat_of($name)->{status} // '') eq 'UP' }
ok(wait_for(20, sub { is_up('one') && is_up('two') }), 'HAProxy has asked both: they are ready') or diag(slurp("$dir/haproxy.log"));

# Sends a request through the load balancer.
sub curl { my ($name, @more) = @_; return run_command('curl', '-s', '--max-time', 30, @more, "http://127.0.0.1:$port{$name}/who")->{out} }
for my $name (qw(haproxy nginx)) {
    like(curl($name, '--interface', '127.0.0.7'), qr/^\{"ip":"127\.0\.0\.7"\}$/, "$name: the client's address comes through") for 1 .. 2;
    like(curl($name, '--interface', '127.0.0.7', '-H', 'X-Forwarded-For: 6.6.6.6', '-H', 'Forwarded: for=6.6.6.6'), qr/^\{"ip":"127\.0\.0\.7"\}$/, "$name: whatever the client says") for 1 .. 2;
}

# Plays the operator of nginx.
background(sub {
    my $was = 'one two';
    while (!-e "$dir/done") {
        my @ready = grep { my $s = $_->connect; $s && (($_->get('/readyz', socket => $s, seconds => 2) // {})->{status} // 0) == 200 } @instances;
        my $now = join ' ', map { $_ == $first ? 'one' : 'two' } @ready;
        if ($now ne $was) {
            write_upstream(@ready ? @ready : @instances);
            kill HUP => $nginx_pid;
            spew("$dir/ready.new", $was = $now);
            rename "$dir/ready.new", "$dir/ready";
        }
        sleep 0.05;
    }
    POSIX::_exit(0);
});

# The load: kept connections of wrk, and of clients that read and create, and new ones of curl.
my $wrk = background(sub { exec "exec wrk -c8 -t1 -d600s --timeout 60s http://127.0.0.1:$port{haproxy}/who >$dir/wrk.out 2>&1" });
sub client {
    my ($name, $n) = @_;
    my ($ok, $bad, $why, $s) = (0, 0, '');
    # On a reload nginx may close a kept connection on which a request is under way.
    my %headers = $name eq 'nginx' ? (Connection => 'close') : ();
    while (!-e "$dir/stop") {
        $s //= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port{$name}, LocalAddr => "127.0.0.1$n");
        my $is_read = $ok % 4;
        my $r = $s ? $first->request($is_read ? ('GET', '/who') : ('POST', '/things'), socket => $s, headers => \%headers, seconds => 60) : undef;
        my $is_right = $r && $r->{status} == ($is_read ? 200 : 201) && $r->{json}{ip} eq "127.0.0.1$n";
        $is_right ? $ok++ : ($bad++, $why = $r ? "$r->{status} $r->{body}" : $s ? 'no answer' : 'no connection');
        undef $s if !$r || ($r->{headers}{connection} // '') eq 'close';
    }
    spew("$dir/client.$name", "$ok $bad $why");
    POSIX::_exit(0);
}
sub curls {
    my ($name) = @_;
    spew("$dir/urls.$name", "url = \"http://127.0.0.1:$port{$name}/who\"\n" x 20);
    my ($ok, $bad, $why) = (0, 0, '');
    while (!-e "$dir/stop") {
        my $out = qx(curl -s --no-keepalive -H 'Connection: close' --max-time 60 --interface 127.0.0.20 -w ' %{http_code} %{exitcode}\\n' --config $dir/urls.$name);
        $_ eq '{"ip":"127.0.0.20"} 200 0' ? $ok++ : ($bad++, $why = $_) for split /\n/, $out;
    }
    spew("$dir/curls.$name", "$ok $bad $why");
    POSIX::_exit(0);
}
my @load = map { my $name = $_; (background(sub { client($name, $name eq 'nginx' ? 1 : 2) }), background(sub { curls($name) })) } qw(haproxy nginx);

for my $row ([$first, 'one', 'two'], [$second, 'two', 'one']) {
    my ($leat, $name, $other) = @$row;
    my $served = stat_of($name)->{stot};
    ok(wait_for(30, sub { stat_of($name)->{stot} > $served + 50 }), "$name serves");
    my $pid = $leat->{pid};
    $leat->signal('TERM');
    ok(wait_for(20, sub { !is_up($name) }), "$name is told to stop: HAProxy notices");
    ok(wait_for(20, sub { slurp("$dir/ready") eq $other }), 'and so does who runs nginx');
    ok(kill(0, $pid), 'while it still serves');
    is($leat->wait_exit(60), 0, 'it exits well');
    unlike($leat->log, qr/request\.cut|worker\.died|AddressSanitizer|LeakSanitizer|runtime error:/, 'and cut nothing');
    rename $leat->{log}, "$leat->{log}.before";
    $leat->start;
    ok(wait_for(20, sub { is_up($name) && slurp("$dir/ready") eq 'one two' }), 'it is back');
}
my $served = stat_of('two')->{stot};
ok(wait_for(30, sub { stat_of('two')->{stot} > $served + 50 }), 'and serves again');
spew("$dir/stop", '');
waitpid $_, 0 for @load;
kill INT => $wrk;
waitpid $wrk, 0;

# No request has failed.
my $out = slurp("$dir/wrk.out");
like($out, qr/[1-9]\d* requests in/, 'wrk ran');
unlike($out, qr/Socket errors|Non-2xx/, 'and no request on its connections failed') or diag($out);
for my $file (map { ("client.$_", "curls.$_") } qw(haproxy nginx)) {
    my ($ok, $bad, $why) = split / /, slurp("$dir/$file"), 3;
    cmp_ok($ok, '>', 20, "$file: $ok answers");
    is($bad, 0, 'none was wrong') or diag($why);
}
for my $name (qw(one two BACKEND)) {
    my $stat = stat_of($name);
    is(join(' ', map { $stat->{$_} || 0 } qw(hrsp_5xx hrsp_4xx econ eresp wretr wredis)), '0 0 0 0 0 0', "HAProxy saw no error and no retry: $name");
    is($stat->{chkdown}, 1, 'and once that it was not ready') if $name ne 'BACKEND';
}
my %statuses;
$statuses{$_}++ for split /\n/, slurp("$dir/nginx.access");
is(join(', ', grep { !/^(200 200|201 201)$/ } sort keys %statuses), '', 'nginx saw nothing but success') or diag(explain \%statuses);
unlike(slurp("$dir/nginx.error"), qr/\[(?:error|crit|alert|emerg)\]/, 'and has no error in its log') or diag(join "\n", grep { /\[(?:error|crit|alert|emerg)\]/ } split /\n/, slurp("$dir/nginx.error"));
for my $leat (@instances) {
    my $metrics = $leat->ctl('metrics')->{out};
    like($metrics, qr/^leat_${_}_total 0$/m, "an instance counted none: $_") for qw(server_errors requests_refused proxy_errors connections_cut);
}
spew("$dir/done", '');
kill TERM => $haproxy_pid, $nginx_pid;
waitpid $_, 0 for @children;
@children = ();
all_done;
