# SPDX-License-Identifier: MIT
# A rolling restart loses no request: two instances behind HAProxy and behind nginx are restarted in
# turn under load, with notice, and although neither load balancer retries, nothing fails.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Client;
use Leat::Program;
use Leat::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my ($haproxy, $nginx) = (require_program('haproxy'), require_program('nginx'));

my $migration = 'CREATE TABLE t (id INTEGER PRIMARY KEY, ip TEXT NOT NULL);';
my %app = (migrations => {'0001_a.up.sql' => $migration}, document => <<'API');
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /who:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [ip],
        properties: {ip: {type: string}}}}}}}
      x-sql: {returns: one, sql: "SELECT :_ip AS ip"}
  /things:
    post:
      responses: {"201": {description: ok, content: {application/json: {schema: {type: object, required: [ip],
        properties: {ip: {type: string}}}}}}}
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
sub write_upstream {
    my (@servers) = @_;
    spew("$dir/upstream.new", join '', map { "server 127.0.0.1:$_->{port} max_fails=0;\n" } @servers);
    rename "$dir/upstream.new", "$dir/upstream.conf";
}
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
  client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
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

subtest 'both load balancers run' => sub {
    for my $name (qw(haproxy nginx)) {
        ok(wait_for(20, sub { dial($port{$name}) }), "$name runs")
            or diag(slurp("$dir/$name.log"), slurp("$dir/nginx.error"));
    }
};

# Returns HAProxy's state of its servers.
sub stat_of {
    my ($name) = @_;
    my $s = IO::Socket::UNIX->new(Peer => "$dir/haproxy.sock") or return {};
    syswrite $s, "show stat\n";
    my ($head, @rows) = split /\n/, Leat::Test::read_all($s, 10);
    my @names = split /,/, ($head // '') =~ s/^# //r;
    for (@rows) {
        my %row;
        @row{@names} = split /,/, $_, -1;
        return \%row if $row{pxname} eq 'leat' && $row{svname} eq $name;
    }
    return {};
}
sub is_up { my ($name) = @_; return (stat_of($name)->{status} // '') eq 'UP' }

subtest 'HAProxy asks both instances and finds them ready' => sub {
    ok(wait_for(20, sub { is_up('one') && is_up('two') }), 'both are up') or diag(slurp("$dir/haproxy.log"));
};

# Sends a request through the load balancer.
sub curl {
    my ($name, @more) = @_;
    return run_command('curl', '-s', '--max-time', 30, @more, "http://127.0.0.1:$port{$name}/who")->{out};
}

subtest "the client's address comes through, whatever the client says" => sub {
    for my $name (qw(haproxy nginx)) {
        my @lies = ('-H', 'X-Forwarded-For: 6.6.6.6', '-H', 'Forwarded: for=6.6.6.6');
        for my $row (["the client's address comes through"], ['whatever the client says', @lies]) {
            my ($what, @headers) = @$row;
            like(curl($name, '--interface', '127.0.0.7', @headers), qr/^\{"ip":"127\.0\.0\.7"\}$/, "$name: $what")
                for 1 .. 2;
        }
    }
};

# Plays the operator of nginx.
background(sub {
    my $was = 'one two';
    while (!-e "$dir/done") {
        my @ready = grep {
            my $s = $_->connect;
            $s && (($_->get('/readyz', socket => $s, seconds => 2) // {})->{status} // 0) == 200;
        } @instances;
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
my $url = "http://127.0.0.1:$port{haproxy}/who";
my $wrk = background(sub { exec "exec wrk -c8 -t1 -d600s --timeout 60s $url >$dir/wrk.out 2>&1" });
sub client {
    my ($name, $n) = @_;
    my ($ok, $bad, $why, $s) = (0, 0, '');
    # On a reload nginx may close a kept connection on which a request is under way.
    my %headers = $name eq 'nginx' ? (Connection => 'close') : ();
    while (!-e "$dir/stop") {
        $s //= dial($port{$name}, "127.0.0.1$n");
        my $is_read = $ok % 4;
        my @call = $is_read ? ('GET', '/who') : ('POST', '/things');
        my $r = $s ? $first->request(@call, socket => $s, headers => \%headers, seconds => 60) : undef;
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
    my $curl = "curl -s --no-keepalive -H 'Connection: close' --max-time 60 --interface 127.0.0.20";
    my ($ok, $bad, $why) = (0, 0, '');
    while (!-e "$dir/stop") {
        my $out = qx($curl -w ' %{http_code} %{exitcode}\\n' --config $dir/urls.$name);
        $_ eq '{"ip":"127.0.0.20"} 200 0' ? $ok++ : ($bad++, $why = $_) for split /\n/, $out;
    }
    spew("$dir/curls.$name", "$ok $bad $why");
    POSIX::_exit(0);
}
my @load = map {
    my $name = $_;
    (background(sub { client($name, $name eq 'nginx' ? 1 : 2) }), background(sub { curls($name) }));
} qw(haproxy nginx);

for my $row ([$first, 'one', 'two'], [$second, 'two', 'one']) {
    my ($leat, $name, $other) = @$row;
    subtest "instance $name is restarted: it serves until both load balancers have left it" => sub {
        my $served = stat_of($name)->{stot};
        ok(wait_for(30, sub { stat_of($name)->{stot} > $served + 50 }), "$name serves");
        my $pid = $leat->{pid};
        $leat->signal('TERM');
        ok(wait_for(20, sub { !is_up($name) }), "$name is told to stop: HAProxy notices");
        ok(wait_for(20, sub { slurp("$dir/ready") eq $other }), 'and so does who runs nginx');
        ok(kill(0, $pid), 'while it still serves');
        is($leat->wait_exit(60), 0, 'it exits well');
        unlike($leat->log, qr/request\.cut|worker\.died|AddressSanitizer|LeakSanitizer|runtime error:/,
            'and cut nothing');
        rename $leat->{log}, "$leat->{log}.before";
        $leat->start;
        ok(wait_for(20, sub { is_up($name) && slurp("$dir/ready") eq 'one two' }), 'it is back');
    };
}

subtest 'the instance that was restarted last serves again' => sub {
    my $served = stat_of('two')->{stot};
    ok(wait_for(30, sub { stat_of('two')->{stot} > $served + 50 }), 'and serves again');
};

spew("$dir/stop", '');
waitpid $_, 0 for @load;
kill INT => $wrk;
waitpid $wrk, 0;

subtest 'no request on a connection that wrk keeps failed' => sub {
    my $out = slurp("$dir/wrk.out");
    like($out, qr/[1-9]\d* requests in/, 'wrk ran');
    unlike($out, qr/Socket errors|Non-2xx/, 'and no request on its connections failed') or diag($out);
};

subtest 'every client got the right answers, from its own address' => sub {
    for my $file (map { ("client.$_", "curls.$_") } qw(haproxy nginx)) {
        my ($ok, $bad, $why) = split / /, slurp("$dir/$file"), 3;
        cmp_ok($ok, '>', 20, "$file: $ok answers");
        is($bad, 0, 'none was wrong') or diag($why);
    }
};

subtest 'HAProxy saw neither an error nor a retry' => sub {
    for my $name (qw(one two BACKEND)) {
        my $stat = stat_of($name);
        my @errors = map { $stat->{$_} || 0 } qw(hrsp_5xx hrsp_4xx econ eresp wretr wredis);
        is("@errors", '0 0 0 0 0 0', "none: $name");
        is($stat->{chkdown}, 1, 'and once that it was not ready') if $name ne 'BACKEND';
    }
};

subtest 'nginx saw nothing but success' => sub {
    my %statuses;
    $statuses{$_}++ for split /\n/, slurp("$dir/nginx.access");
    is(join(', ', grep { !/^(200 200|201 201)$/ } sort keys %statuses), '', 'by its access log')
        or diag(explain \%statuses);
    my @errors = grep { /\[(?:error|crit|alert|emerg)\]/ } split /\n/, slurp("$dir/nginx.error");
    is(join("\n", @errors), '', 'and by its error log');
};

subtest 'the instances counted neither errors nor refused requests' => sub {
    for my $leat (@instances) {
        is($leat->metric("leat_${_}_total"), 0, "none: $_")
            for qw(server_errors requests_refused proxy_errors connections_cut);
    }
};

spew("$dir/done", '');
kill TERM => $haproxy_pid, $nginx_pid;
waitpid $_, 0 for $haproxy_pid, $nginx_pid;
all_done;
