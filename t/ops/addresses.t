# SPDX-License-Identifier: MIT
# What cannot be listened at is refused by leat check, a start and a reload: an address that is listed twice, of which
# a connection would be served as either item says, and the path of a socket that the kernel has no room for.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my %app = (workers => 1, document => <<'API');
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {}
API

# Tests what leat check says, and that a start ends with it.
sub refused {
    my ($name, $config, $why) = @_;
    my $leat = Leat::Test->new(%app);
    symlink '.', "$leat->{dir}/here";
    $leat->configure($config);
    my $check = $leat->leat('check');
    is($check->{code}, 1, "leat check refuses $name");
    like($check->{err}, qr/leat\.yaml:\d+:\d+: $why/, 'and says why');
    $leat->launch;
    is($leat->wait_exit, 1, 'so does a start');
}

subtest 'an address is listed once, whatever the items say' => sub {
    for my $more ('', ', serve: [admin]', ', proxy: v2, trusted: [127.0.0.1]', ', backlog: 5') {
        refused($more || 'the same', "listen: [{address: 127.0.0.1:9}, {address: 127.0.0.1:9$more}]\n",
            'listen\[\]\.address: 127\.0\.0\.1:9 is listed twice');
    }
    for my $address ('[::1]:9', '*:9', 'localhost:9', '127.0.0.1:0') {
        refused($address, "listen: [{address: '$address'}, {address: 127.0.0.1:8}, {address: '$address'}]\n",
            "listen\\[\\]\\.address: \Q$address\E is listed twice");
    }
};

subtest 'a Unix socket too, by whatever path' => sub {
    for my $path ('a', './a', 'here/a', 'here/here/a') {
        refused($path, "listen: [{address: 'unix:a'}, {address: 'unix:$path', serve: [admin]}]\n",
            'listen\[\]\.address: \S+a is also used by listen\[\]\.address');
    }
};

subtest 'a path that is too long for a socket is an error of the configuration' => sub {
    my $dir = Leat::Test->new(%app)->{dir};
    my $longest = 'a' x (107 - length "$dir/");
    for my $row (['control.socket', "control: {socket: '%s'}\n"],
        ['listen[].address', "listen: [{address: 'unix:%s'}]\n"]) {
        my ($key, $config) = @$row;
        refused($key, sprintf($config, "$dir/b$longest"),
            "\Q$key\E: the path of a socket has at most 107 bytes; this one has 108: \Q$dir\E/ba+");
        my $fits = Leat::Test->new(%app);
        $fits->configure(sprintf $config, "$dir/$longest");
        is($fits->leat('check')->{code}, 0, "$key: 107 bytes fit");
    }
};

subtest 'a reload changes nothing then' => sub {
    my $leat = Leat::Test->new(%app)->start;
    my $port = $leat->{port};
    $leat->configure("listen: [{address: 127.0.0.1:$port}, {address: 127.0.0.1:$port, serve: [admin]}]\n");
    my $r = $leat->ctl('reload');
    is($r->{code}, 1, 'it is refused');
    like("$r->{out}$r->{err}", qr/127\.0\.0\.1:$port is listed twice/, 'with the reason');
    is($leat->get('/metrics')->{status}, 404, 'and the metrics are not on the listener of the API');
    is($leat->get('/healthz')->{status}, 200, 'which serves');
};
all_done;
