# SPDX-License-Identifier: MIT
# Bodies over 16 MiB, which libh2o would put in a file in /tmp: limits.body holds for every kind of
# body, one byte below it, at it and above it, in the sandbox too.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Compress::Gzip qw(gzip);
use Leat::Test;
use Test::More;

my $limit = 20 << 20;
my $dir = tempdir(CLEANUP => 1);
my $one = 'responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}';
run_command('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost',
    '-keyout', "$dir/key.pem", '-out', "$dir/certificate.pem");
my $leat = Leat::Test->new(document => <<"API", migrations => {});
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /bytes:
    post:
      operationId: bytes
      requestBody: {required: true, content: {application/octet-stream: {}}}
      $one
      x-sql: {returns: one, sql: "SELECT length(:_body) AS n"}
  /text:
    post:
      operationId: text
      requestBody: {required: true, content: {text/plain: {schema: {type: string}}}}
      $one
      x-sql: {returns: one, sql: "SELECT length(:_body) AS n"}
  /form:
    post:
      operationId: form
      requestBody: {required: true, content: {multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}}}
      $one
      x-sql: {returns: one, sql: "SELECT length(:file) AS n"}
API
my $secure = Leat::Test::free_port();
my $tls = "tls: {certificates: [{certificate: $dir/certificate.pem, key: $dir/key.pem}]}";
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
    my $s = $leat->connect;
    my $r = run_command('curl', '-s', '-m', 20, '--trace-ascii', '-', '-F', "file=\@$dir/tiny", "http://127.0.0.1:$leat->{port}/form");
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
        subtest "$scheme: $size bytes: $status" => sub {
            is(upload($at, '/bytes', @octets, '--data-binary', "\@$dir/body"), $want, 'bytes, with a length');
            is(upload($at, '/bytes', @octets, '-H', 'Transfer-Encoding: chunked', '--data-binary', "\@$dir/body"), $want, 'in chunks');
            is(upload($at, '/text', '-H', 'Content-Type: text/plain', '--data-binary', "\@$dir/body"), $want, 'text');
            gzip("$dir/body" => "$dir/packed");
            is(upload($at, '/bytes', @octets, '-H', 'Content-Encoding: gzip', '--data-binary', "\@$dir/packed"), $want, 'unpacked');
            is(upload($at, '/bytes', @octets, '-H', 'Content-Encoding: gzip', '-H', 'Transfer-Encoding: chunked', '--data-binary', "\@$dir/packed"),
                $want, 'unpacked, in chunks');
            my $file = $size - $overhead;
            spew("$dir/file", 'x' x $file);
            is(upload($at, '/form', '-F', "file=\@$dir/file"), $status == 200 ? "200 $file" : $status, 'a form with a file');
        };
    }
}
is(upload($origins{https}, '/bytes', '-H', 'Expect: 100-continue', @octets, '--data-binary', "\@$dir/tiny"), '200 1', '100 Continue goes through TLS');
is(($leat->worker_pids)[0], $pid, 'all that by one worker');
is_deeply([grep { /h2o/ } map { readlink // '' } glob "/proc/$pid/fd/*"], [], 'which has no file of the library open');
unlike($leat->log, qr/temporary file/, 'and has not tried to make one');

# The memory of a burst is returned.
SKIP: {
    skip 'memory is measured without sanitizers', 1 if is_sanitized();
    my $own = sub { (slurp("/proc/$pid/smaps_rollup") =~ /^Private_Dirty:\s+(\d+)/m)[0] };
    ok(wait_for(20, sub { $own->() < 16384 }), 'its memory is given back: ' . $own->() . ' KB are left');
}
all_done;
