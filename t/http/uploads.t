# SPDX-License-Identifier: MIT
# Uploaded files wait in a folder that the sandbox allows, without a name, and no longer than their request.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Program;
use Leat::Test;
use Test::More;

my $schema = '{type: object, required: [file], properties: {file: {type: string, format: binary}}}';
my $form = "{required: true, content: {multipart/form-data: {schema: $schema}}}";
my $properties = '{n: {type: integer}, v: {type: string}}';
my $json = "{application/json: {schema: {type: object, properties: $properties}}}";
my $answer = qq(responses: {"200": {description: ok, content: $json}});
my %document = (workers => 1, document => <<"API");
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /hold:
    post:
      operationId: hold
      requestBody: $form
      $answer
      x-sql:
        returns: one
        sql: >-
          WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)
          SELECT length(:file) AS n, '' AS v FROM c WHERE i < 0
  /file:
    post:
      operationId: file
      requestBody: $form
      $answer
      x-sql: {returns: one, sql: "SELECT length(:file) AS n, hex(substr(:file, -4)) AS v"}
API

my $dir = tempdir(CLEANUP => 1);
my $bytes = join '', map { chr($_ % 251) } 1 .. 300_000;
spew("$dir/bytes", $bytes);
my $end = uc unpack 'H*', substr $bytes, -4;

sub upload {
    my ($leat, $path, $file) = @_;
    my @options = ('-s', '-m', 20, '-w', "\n%{http_code}", '-F', "file=\@$file");
    my $r = run_command('curl', @options, "http://127.0.0.1:$leat->{port}$path");
    my ($body, $status) = $r->{out} =~ /^(.*)\n(\d+)\z/s;
    return "$status " . join ' ', $body =~ /"n":(\d+)/, $body =~ /"v":"(\w*)"/;
}
# Returns the unnamed files that a worker has open in the folder.
sub held {
    my ($leat) = @_;
    my ($pid) = $leat->worker_pids;
    return grep { / \(deleted\)\z/ && !/memfd/ } map { readlink // '' } glob "/proc/$pid/fd/*";
}
sub files { my ($folder) = @_; opendir my $d, $folder or return; return grep { !/^\.\.?$/ } readdir $d }

my $uploads = tempdir(CLEANUP => 1);
my @rows = (
    ['the folder of the database', '', undef],
    ['a folder of its own', "uploads: $uploads\n", $uploads],
    ['a folder of its own, without a sandbox', "uploads: $uploads\nsandbox: false\n", $uploads],
    ['no database', "uploads: $uploads\ndatabase: {}\n", $uploads],
    ['no database and no folder', "database: {}\n", '/tmp'],
);

# Tests where a file waits, and that it goes with its request.
sub waits {
    my ($config, $folder) = @_;
    my $leat = Leat::Test->new(%document, config => "limits: {body: 512KiB}\ntimeouts: {request: 1s}\n$config");
    $folder //= $leat->{dir};
    my $check = $leat->leat('check');
    if ($config =~ /database/ && $check->{code}) {
        note($check->{err});
        return like($check->{err}, qr/database/, 'SQL needs a database, and the check says so');
    }
    $leat->start;
    my @before = files($folder);
    is(upload($leat, '/file', "$dir/bytes"), "200 300000 $end", 'a file');
    is_deeply([held($leat)], [], 'is gone with its request');
    # A request that is still being answered: an unnamed file in that folder.
    my $pid = background(sub { upload($leat, '/hold', "$dir/bytes") });
    my @held;
    ok(wait_for(10, sub { @held = held($leat) }), 'one that is being answered is held');
    is(scalar(grep { m{^\Q$folder\E/} } @held), 1, "there: $folder") or diag "@held";
    waitpid $pid, 0;
    ok(wait_for(10, sub { !held($leat) }), 'and let go');
    my $is_shared = $folder eq '/tmp' || $folder eq $leat->{dir};
    is_deeply([sort +files($folder)], [sort @before], 'nothing is left in the folder') unless $is_shared;
    is(upload($leat, '/file', "$dir/bytes"), "200 300000 $end", 'the next one');
    spew("$dir/big", 'x' x (513 * 1024));
    like(upload($leat, '/file', "$dir/big"), qr/^413/, 'a form past limits.body');
    unlike($leat->log, qr/worker\.died|upload\.failed/, 'all is well');
    $leat->stop;
}
for my $row (@rows) {
    my ($name, $config, $folder) = @$row;
    subtest "a file waits without a name, for no longer than its request: $name" => sub { waits($config, $folder) };
}

subtest 'a folder that is missing keeps leat from starting, if an operation takes files' => sub {
    my $none = Leat::Test->new(%document, config => "uploads: $dir/none\n");
    my $check = $none->leat('check');
    note($check->{err});
    $none->launch;
    my $code = $none->wait_exit(20);
    ok($code, 'no such folder: it does not start') or diag $none->log;
    logged($none, qr{uploads: \Q$dir\E/none: No such file or directory}, 'and says why');
    my $text = $document{document} =~ s/multipart\/form-data/application\/json/gr;
    my $unused = Leat::Test->new(workers => 1, document => $text, config => "uploads: $dir/none\n")->start;
    is($unused->post('/file', {file => 'abcd'})->{json}{n}, 4, 'a folder that is not needed need not be there');
};

# Only this server sees the mount.
subtest "answers 507 where the folder is full, which is the server's error" => sub {
    my $small = tempdir(CLEANUP => 1);
    my $mount = "mount -t tmpfs -o size=64k none '$small' && exec \"\$\@\"";
    my @mount = ('unshare', '-m', 'sh', '-c', $mount, 'sh');
    plan skip_all => 'cannot mount here' if run_command(@mount, 'true')->{code};
    my $leat = Leat::Test->new(%document, wrap => \@mount, config => "uploads: $small\n")->start;
    like(upload($leat, '/file', "$dir/bytes"), qr/^507/, 'a full disk: 507');
    spew("$dir/tiny", 'abcd');
    is(upload($leat, '/file', "$dir/tiny"), '200 4 61626364', 'what fits is taken');
};
all_done;
