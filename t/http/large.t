# SPDX-License-Identifier: MIT
# limits.body is exact for every kind of body, one byte below it, at it and above it, in the sandbox too,
# also over 16 MiB, where libh2o would put a body in a file in /tmp.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Compress::Gzip qw(gzip);
use Leat::Certificate;
use Leat::Test;
use Test::More;

my $limit = 20 << 20;
my $dir = tempdir(CLEANUP => 1);
my $leat = Leat::Test->new(document => Leat::Test::document('receiving'), migrations => {});
my $secure = Leat::Test::free_port();
my $tls = self_signed();
$leat->configure(<<"CONFIG");
listen: [{address: 127.0.0.1:$leat->{port}}, {address: 127.0.0.1:$secure, $tls}]
workers: 1
limits: {body: $limit, header: 4KiB}
log: {level: debug}
CONFIG
$leat->start;
my ($pid) = $leat->worker_pids;

# Sends the file with curl: "status n".
sub upload {
    my ($origin, $path, @options) = @_;
    my $r = run_command('curl', '-sk', '-m', 60, '-w', "\n%{http_code}", '-H', 'Expect:', @options, "$origin$path");
    my ($body, $status) = $r->{out} =~ /^(.*)\n(\d+)\z/s;
    return join ' ', $status // "none: $r->{err}", ($body // '') =~ /"n":(\d+)/;
}
my @octets = ('-H', 'Content-Type: application/octet-stream');

# The boundary, the header and the end of a form with one file, as curl writes it.
sub form_overhead {
    my $url = "http://127.0.0.1:$leat->{port}/form";
    my $r = run_command('curl', '-s', '-m', 20, '--trace-ascii', '-', '-F', "file=\@$dir/tiny", $url);
    return ($r->{out} =~ /Content-Length: (\d+)/i)[0] - 1;
}
spew("$dir/tiny", 'x');
my $overhead = form_overhead();
my %origins = (http => "http://127.0.0.1:$leat->{port}", https => "https://localhost:$secure");
for my $scheme (sort keys %origins) {
    my $at = $origins{$scheme};
    for my $row ([-1, 200], [0, 200], [1, 413]) {
        my ($more, $status) = @$row;
        my $size = $limit + $more;
        my $want = $status == 200 ? "200 $size" : $status;
        spew("$dir/body", 'x' x $size);
        my @gzip = ('-H', 'Content-Encoding: gzip');
        my @chunked = ('-H', 'Transfer-Encoding: chunked');
        my ($plain, $packed) = map { ['--data-binary', "\@$dir/$_"] } qw(body packed);
        my $verdict = $status == 200 ? 'taken' : "answered $status";
        subtest "by $scheme a body of limits.body and $more bytes is $verdict" => sub {
            is(upload($at, '/bytes', @octets, @$plain), $want, 'bytes, with a length');
            is(upload($at, '/bytes', @octets, @chunked, @$plain), $want, 'in chunks');
            is(upload($at, '/text', '-H', 'Content-Type: text/plain', @$plain), $want, 'text');
            gzip("$dir/body" => "$dir/packed");
            is(upload($at, '/bytes', @octets, @gzip, @$packed), $want, 'unpacked');
            is(upload($at, '/bytes', @octets, @gzip, @chunked, @$packed), $want, 'unpacked, in chunks');
            my $file = $size - $overhead;
            spew("$dir/file", 'x' x $file);
            is(upload($at, '/form', '-F', "file=\@$dir/file"), $status == 200 ? "200 $file" : $status,
                'a form with a file');
        };
    }
}

subtest '100 Continue goes through TLS' => sub {
    my @expect = ('-H', 'Expect: 100-continue');
    is(upload($origins{https}, '/bytes', @expect, @octets, '--data-binary', "\@$dir/tiny"), '200 1', 'taken');
};

subtest 'one worker did all that, without a file of the library' => sub {
    is(($leat->worker_pids)[0], $pid, 'all that by one worker');
    is_deeply([grep { /h2o/ } map { readlink // '' } glob "/proc/$pid/fd/*"], [],
        'which has no file of the library open');
    unlike($leat->log, qr/temporary file/, 'and has not tried to make one');
};

subtest 'the memory of a burst is returned' => sub {
    plan skip_all => 'memory is measured without sanitizers' if is_sanitized();
    my $own = sub { (slurp("/proc/$pid/smaps_rollup") =~ /^Private_Dirty:\s+(\d+)/m)[0] };
    ok(wait_for(20, sub { $own->() < 16384 }), 'its memory is given back: ' . $own->() . ' KB are left');
};

all_done;
