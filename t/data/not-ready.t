# SPDX-License-Identifier: MIT
# A database that is gone, replaced, cut off or full is told once, with its cause and what to do about it: in
# the log, in leatctl status and as a metric. What cannot be kept is not answered 201.
use strict;
use warnings;
use File::Copy qw(copy);
use Leat::BadDisk;
use Leat::Test;
use Test::More;
use Time::HiRes qw(sleep);

my $item = '{type: object, required: [id], properties: {id: {type: integer}, text: {type: string}}}';
my $yaml = <<"YAML";
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /items:
    get:
      operationId: listItems
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: $item}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id FROM items"}
    post:
      operationId: makeItem
      requestBody: {content: {application/json: {schema: {type: object, required: [text],
        properties: {text: {type: string}}}}}}
      responses: {"201": {description: ok, content: {application/json: {schema: $item}}}}
      x-sql: {returns: one, sql: "INSERT INTO items (text) VALUES (:text) RETURNING id"}
YAML
my %app = (
    document   => $yaml,
    migrations => {'0001_a.up.sql' => 'CREATE TABLE items (id INTEGER PRIMARY KEY, text TEXT NOT NULL);'},
);
sub status_of { my ($r) = @_; return $r ? $r->{status} : 'nothing' }
sub write_item { my ($leat, $text) = @_; return status_of($leat->post('/items', {text => $text // 'x'})) }
sub ready { my ($leat) = @_; return status_of($leat->get('/readyz')) }
sub count_of { my ($leat, $event) = @_; my @all = $leat->log =~ / \Q$event\E /g; return scalar @all }
# Returns the number of workers that are in this state.
sub seen {
    my ($leat, $state) = @_;
    return $leat->ctl('metrics')->{out} =~ /^leat_database_trouble\{state="$state"\} (\d+)$/m;
}

sub shows {
    my ($leat, $state, $name) = @_;
    ok(wait_for(20, sub { (seen($leat, $state))[0] }), "$name: the metric") or diag $leat->ctl('metrics')->{out};
    like($leat->ctl('status')->{out}, qr/^DATABASE    $state: .+; .+$/m, "$name: leatctl status tells it");
    logged($leat, qr/ error .* database\.trouble state=$state path=".*app\.db" cause="[^"]+" remedy="[^"]+"/,
        "$name: the log tells cause and remedy");
}
sub shows_nothing {
    my ($leat, $name) = @_;
    logged($leat, qr/ info .* database\.well /, "$name: the log tells that it is over");
    is(count_of($leat, 'database.trouble'), 1, "$name: it was told once") or diag $leat->log;
    is(count_of($leat, 'database.well'), 1, "$name: and so was the end");
    unlike($leat->ctl('status')->{out}, qr/^DATABASE/m, "$name: leatctl status is as before");
}

my @files = ('', '-wal', '-shm');
sub cut { my ($path, $size) = @_; truncate $path, $size or die "$path: $!" }
# What happens to the database at this path, the state that is shown, and how it is undone.
my @rows = (
    ['all files unlinked', 'gone', sub { unlink map { "$_[0]$_" } @files }],
    ['the file unlinked', 'gone', sub { unlink $_[0] }],
    ['the file renamed', 'gone', sub { rename $_[0], "$_[0].old" }, sub { rename "$_[0].old", $_[0] }],
    ['replaced by a copy', 'replaced', sub { copy($_[0], "$_[0].new"); rename "$_[0].new", $_[0] }],
    ['replaced, and put back', 'replaced',
        sub { link $_[0], "$_[0].old"; spew("$_[0].new", ''); rename "$_[0].new", $_[0] },
        sub { rename "$_[0].old", $_[0] }],
    ['replaced by a folder', 'replaced', sub { rename $_[0], "$_[0].old"; mkdir $_[0] },
        sub { rmdir $_[0]; rename "$_[0].old", $_[0] }],
    ['a link to nothing', 'gone', sub { rename $_[0], "$_[0].old"; symlink "$_[0].no", $_[0] },
        sub { unlink $_[0]; rename "$_[0].old", $_[0] }],
    ['the -wal unlinked', 'journal', sub { unlink "$_[0]-wal" }],
    ['the -shm unlinked', 'journal', sub { unlink "$_[0]-shm" }],
    ['cut to nothing', 'truncated', sub { cut($_[0], 0) }],
    ['cut to a page', 'truncated', sub { cut($_[0], 4096) }],
);
for my $row (@rows) {
    my ($name, $state, $damage, $repair) = @$row;
    subtest $name => sub {
        my $leat = Leat::Test->new(%app)->start;
        my $path = "$leat->{dir}/app.db";
        is(write_item($leat), 201, 'a row is written');
        is(ready($leat), 200, 'it is ready');
        my $cut = $state eq 'truncated';
        run_command('sqlite3', $path, 'PRAGMA wal_checkpoint') if $cut; # else the -wal holds the rest
        $damage->($path);
        is(write_item($leat), 503, 'writes are refused at once') unless $cut;
        is(ready($leat), 503, 'it is not ready');
        ok(wait_for(20, sub { (seen($leat, $state))[0] == 2 }), 'both workers find it');
        is(write_item($leat), 503, 'writes are refused');
        shows($leat, $state, 'then');
        is(count_of($leat, 'database.trouble'), 1, 'it is told once') or diag $leat->log;
        if ($repair) {
            $repair->($path);
            ok(wait_for(20, sub { (seen($leat, $state))[0] == 0 }), 'it is over');
            is(ready($leat), 200, 'it is ready again');
            is(write_item($leat), 201, 'and writes');
            shows_nothing($leat, 'after');
        }
        $leat->finish;
    };
}

my $page = 'y' x 60_000;
# Writes until it is refused, and returns the status.
sub fill {
    my ($leat) = @_;
    my $status = 201;
    for (my $i = 0; $i < 400 && $status == 201; $i++) { $status = write_item($leat, $page) }
    return $status;
}
sub has_no_space {
    my ($leat, $name, $free) = @_;
    is(fill($leat), 507, "$name: 507");
    my %got;
    $got{write_item($leat, $page)}++ for 1 .. 120;
    is_deeply(\%got, {507 => 120}, "$name: for each write");
    is(status_of($leat->get('/items')), 200, "$name: reads are answered") if $name ne 'RLIMIT_FSIZE';
    is(ready($leat), 200, "$name: and it is ready for them");
    shows($leat, 'full', $name);
    my $lines = count_of($leat, 'db.failed');
    cmp_ok($lines, '>=', 1, "$name: failures are logged");
    cmp_ok($lines, '<=', 40, "$name: but not each");
    logged($leat, qr/db\.failed operation=makeItem error=STORAGE cause="/, "$name: with the cause");
    ok(wait_for(30, sub { $leat->log =~ /db\.failed skipped=\d+/ }), "$name: and the number of those left out");
    $free->();
    ok(wait_for(60, sub { write_item($leat) == 201 && (seen($leat, 'full'))[0] == 0 }), "$name: it is over")
        or diag $leat->ctl('status')->{out};
    shows_nothing($leat, $name);
}

subtest 'a limit on the size of files' => sub {
    my $leat = Leat::Test->new(%app, workers => 1)->start;
    my $limit = sub { run_command('prlimit', "--fsize=$_[0]:unlimited", '--pid', $_) for $leat->worker_pids };
    $limit->(1_500_000);
    has_no_space($leat, 'RLIMIT_FSIZE', sub { $limit->('unlimited') });
    $leat->finish;
};

subtest 'a full file system' => sub {
    my $leat = Leat::Test->new(%app, workers => 1);
    my $data = "$leat->{dir}/data";
    mkdir $data;
    my $mount = 'mount -t tmpfs -o size=4m tmpfs "$0" && head -c 1000000 /dev/zero >"$0/ballast" && exec "$@"';
    my @inside = ('unshare', '-m', 'sh', '-c', $mount, $data);
    plan skip_all => 'no mount namespace' if run_command(@inside, 'true')->{code};
    $leat->{wrap} = \@inside;
    $leat->configure("database: {path: $data/app.db, migrations: $leat->{folder}, migrate: on-start}\n");
    $leat->start;
    has_no_space($leat, 'tmpfs', sub { unlink "/proc/$leat->{pid}/root$data/ballast" or die "ballast: $!" });
    $leat->finish;
};

for (['fails to write', 'w', 503, 'io', 'database'], ['is full', 'f', 507, 'full', 'storage'],
     ['fails to keep what is written', 's', 503, 'io', 'database']) {
    my ($name, $letter, $status, $state, $reason) = @$_;
    subtest "a disk that $name" => sub {
        plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();
        my $leat = Leat::Test->new(%app);
        my $disk = bad_disk($leat);
        $leat->start;
        is(write_item($leat), 201, 'a row is written');
        $disk->($letter);
        my %got;
        $got{write_item($leat)}++ for 1 .. 60;
        is_deeply(\%got, {$status => 60}, "each write: $status");
        is(scalar @{$leat->get('/items')->{json}}, 1, 'reads are answered, and find none of the refused rows');
        is(ready($leat), 200, 'and it is ready for them');
        shows($leat, $state, 'then');
        is(count_of($leat, 'database.trouble'), 1, 'it is told once') or diag $leat->log;
        cmp_ok(count_of($leat, 'db.failed'), '<=', 40, 'failures are logged, but not each');
        is($leat->metric(qq(leat_requests_failed_total{reason="$reason"})), 60, 'their reason is counted');
        $disk->('-');
        my $written = 1;
        my $writes = sub { write_item($leat) == 201 && ++$written };
        ok(wait_for(60, sub { $writes->() && (seen($leat, $state))[0] == 0 }), 'it is over');
        is(scalar @{$leat->get('/items')->{json}}, $written, 'and all rows are there that were answered 201');
        shows_nothing($leat, 'after');
        $leat->finish;
    };
}

subtest 'a disk that hangs' => sub {
    plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();
    my $leat = Leat::Test->new(%app);
    my $disk = bad_disk($leat);
    $leat->start;
    is(write_item($leat), 201, 'a row is written');
    my %before = map { $_ => 1 } $leat->worker_pids;
    $disk->('h');
    my $hanging = $leat->connect;
    syswrite $hanging, "POST /items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        . "Content-Length: 12\r\nConnection: close\r\n\r\n" . '{"text":"h"}';
    ok(wait_for(60, sub { (seen($leat, 'stuck'))[0] == 2 }), 'both workers find it');
    is(status_of($leat->get('/items')), 200, 'reads are answered');
    is(ready($leat), 503, 'but it is not ready');
    is(write_item($leat), 503, 'a further write is refused at once');
    shows($leat, 'stuck', 'then');
    is(count_of($leat, 'database.trouble'), 1, 'it is told once') or diag $leat->log;
    $disk->('-');
    like(Leat::Test::read_all($hanging, 60), qr{^HTTP/1.1 201 }, 'the write that hung is answered in the end');
    ok(wait_for(60, sub { (seen($leat, 'stuck'))[0] == 0 }), 'it is over');
    is(write_item($leat), 201, 'a row is written');
    is_deeply({map { $_ => 1 } $leat->worker_pids}, \%before, 'no worker was ended');
    shows_nothing($leat, 'after');
    $leat->finish;
};

subtest 'a file that may not be written any more' => sub {
    plan skip_all => 'needs root' if $>;
    my $leat = Leat::Test->new(%app)->open_to_all;
    $leat->{api} = "$leat->{dir}/api.yaml";
    $leat->{folder} = "$leat->{dir}/migrations";
    chmod 0755, $leat->{folder};
    mkdir "$leat->{dir}/data";
    my $path = "$leat->{dir}/data/app.db";
    $leat->configure("user: nobody\n"
        . "database: {path: $path, migrations: $leat->{folder}, migrate: on-start}\n");
    $leat->start;
    is(write_item($leat), 201, 'a row is written');
    chmod 0444, $path;
    ok(wait_for(20, sub { (seen($leat, 'read-only'))[0] == 2 }), 'both workers find it');
    is(status_of($leat->get('/items')), 200, 'reads are answered');
    is(ready($leat), 200, 'and it is ready for them');
    shows($leat, 'read-only', 'then');
    is(count_of($leat, 'database.trouble'), 1, 'it is told once') or diag $leat->log;
    chmod 0644, $path;
    ok(wait_for(20, sub { (seen($leat, 'read-only'))[0] == 0 }), 'it is over');
    is(write_item($leat), 201, 'a row is written');
    shows_nothing($leat, 'after');
    $leat->finish;
};

all_done();
