# SPDX-License-Identifier: MIT
# Files that leat creates are accessible to their owner alone, whatever the umask; leat check and every
# start report existing files that everybody can read or write, and the remedy.
use strict;
use warnings;
use File::Path qw(make_path);
use Leat::Test;
use Test::More;

sub mode { my ($path) = @_; my @st = stat $path; return @st ? sprintf '%04o', $st[2] & 07777 : 'none' }

my $yaml = <<'YAML';
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    get:
      operationId: list
      security: [{token: []}]
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object}}}}}
      x-sql: {returns: list, max-rows: 1000, sql: "SELECT id FROM things WHERE id < 10"}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
YAML
my %migrations = ('0001_a.up.sql' => 'CREATE TABLE things (id INTEGER PRIMARY KEY);');
my $slow = 'CREATE TABLE more AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1500000) '
    . 'SELECT count(*) AS n FROM c;';
my $database = "database: {path: data/app.db, migrations: migrations, migrate: on-start}\n";

for my $umask (0, 022, 077) {
    subtest sprintf('makes files for their owner alone under umask %03o', $umask) => sub {
        my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations);
        $leat->configure($database . ("mail: {from: a\@b, file: data/mail}\n"));
        mkdir "$leat->{dir}/data";
        my $old = umask $umask;
        $leat->start;
        umask $old;
        is($leat->get('/things')->{status}, 401, 'it serves');
        is(mode("$leat->{dir}/data/$_"), '0600', $_) for qw(app.db app.db-wal app.db-shm app.db.keys mail);
        # The copy on which migrations are rehearsed, for as long as it exists.
        $leat->write('migrations/0002_b.up.sql', $slow);
        my $caller = fork // die;
        if (!$caller) { exec Leat::Test::build() . '/leatctl', '-s', $leat->{socket}, 'reload', '--migrate' }
        my %seen;
        wait_for(30, sub {
            $seen{s/.*rehearsal-\d+//r . ' ' . mode($_)} = 1 for glob "$leat->{dir}/data/app.db.rehearsal-*";
            return waitpid($caller, 1) == $caller;
        });
        is($?, 0, 'reload --migrate');
        delete $seen{"$_ none"} for '', '-wal', '-shm', '-journal';
        ok($seen{' 0600'}, 'the copy is seen') or diag join ', ', keys %seen;
        is(join(', ', grep { !/ 0600$/ } sort keys %seen), '', 'and is never open to others');
        is($leat->stop, 0, 'stop');
        done_testing;
    };
}

subtest 'makes a database for its owner alone behind a link that leads nowhere yet' => sub {
    my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations);
    mkdir "$leat->{dir}/$_" for qw(data elsewhere);
    symlink '../elsewhere/real.db', "$leat->{dir}/data/app.db" or die;
    $leat->configure($database);
    $leat->start;
    is(mode("$leat->{dir}/elsewhere/$_"), '0600', $_) for qw(real.db real.db-wal real.db-shm);
    done_testing;
};

subtest 'keeps the mode of a database that is there, and reports it' => sub {
    my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations);
    mkdir "$leat->{dir}/data";
    $leat->configure($database);
    is($leat->leat('migrate', 'up')->{code}, 0, 'it is made');
    my $path = "$leat->{dir}/data/app.db";
    for my $row (['0640', ''], ['0644', 'read'], ['0660', ''], ['0666', 'read write']) {
        my ($mode, $what) = @$row;
        chmod oct $mode, $path;
        my $r = $leat->leat('check');
        is($r->{code}, 0, "$mode: leat check passes");
        my $where = quotemeta "$leat->{config_path}:1:18: warning: database.path: $path";
        my @said = map { s/^writ\z/write/r } $r->{err}
            =~ /^$where: (read|writ)able by everybody: chmod o-\w+ \Q$path\E$/mg;
        is("@said", $what, "$mode: everybody may '$what'") or diag $r->{err};
    }
    $leat->start;
    logged($leat, qr/warn .* check .*: \Q$path\E: readable by everybody: chmod o-rwx /, 'the start says it too');
    is(mode($path), '0666', 'but leaves it so');
    like($leat->ctl('reload')->{out}, qr/is serving/, 'and a reload works');
    done_testing;
};

subtest 'reports a mail file that everybody can read or write' => sub {
    my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations);
    $leat->configure($database . "mail: {from: a\@b, file: mail}\n");
    spew("$leat->{dir}/mail", '');
    for my $row ([0600, ''], [0644, 'read'], [0622, 'write']) {
        my ($mode, $what) = @$row;
        chmod $mode, "$leat->{dir}/mail";
        my @said = map { s/^writ\z/write/r }
            $leat->leat('check')->{err} =~ /warning: mail\.file: \Q$leat->{dir}\E\/mail: (read|writ)able by everybody/g;
        is("@said", $what, sprintf "%04o: everybody may '%s'", $mode, $what);
    }
    done_testing;
};

my $leat = Leat::Test->new(document => $yaml, migrations => \%migrations);
my $dir = $leat->{dir};
make_path("$dir/keys", "$dir/data", "$dir/texts");
run_command(qw(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=t -days 80),
    '-keyout', "$dir/keys/key.pem", '-out', "$dir/keys/cert.pem");
spew("$dir/keys/secret", 'a secret of thirty-two bytes or so');
spew("$dir/keys/jwk", 'another secret of thirty-two bytes or more');
spew("$dir/keys/client", 'yet another secret');
spew("$dir/sendmail", "#!/bin/sh\n");
chmod 0755, "$dir/sendmail";
spew("$dir/texts/verify-email.txt", "Subject: Hi\n\n{{link}}\n");
chmod 0600, glob "$dir/keys/*";
$leat->configure($database . <<"YAML");
secret: file:keys/secret
listen:
- address: 127.0.0.1:$leat->{port}
  tls: {certificates: [{certificate: keys/cert.pem, key: keys/key.pem}], client-ca: keys/cert.pem}
mail: {from: a\@b, command: sendmail, templates: texts}
identity:
  keys: [{key: file:keys/jwk, algorithm: HS256}]
  providers:
    op: {issuer: "https://op.example", client-id: c, client-secret: file:keys/client, redirect: "https://us.example/cb"}
YAML
sub findings { my $r = $leat->leat('check'); return ($r->{code}, $r->{err}) }

subtest 'finds nothing wrong with what is closed to others' => sub {
    my ($code, $said) = findings();
    is("$code $said", '0 ', 'what is closed to others is no finding');
    done_testing;
};

subtest 'names each file that everybody can read or write, and the remedy' => sub {
    # file; mode; the finding: error or warning, key, what everybody may do
    for my $row (
        ['keys/secret', 0604, warning => 'secret', 'readable by everybody', 'o-rwx'],
        ['keys/secret', 0602, error   => 'secret', 'writable by everybody', 'o-w'],
        ['keys/key.pem', 0644, warning => 'listen[].tls.certificates[].key', 'readable by everybody', 'o-rwx'],
        ['keys/key.pem', 0622, error   => 'listen[].tls.certificates[].key', 'writable by everybody', 'o-w'],
        ['keys/jwk', 0644, warning => 'identity.keys[].key', 'readable by everybody', 'o-rwx'],
        ['keys/jwk', 0602, error   => 'identity.keys[].key', 'writable by everybody', 'o-w'],
        ['keys/client', 0644, warning => 'identity.providers{}.client-secret', 'readable by everybody', 'o-rwx'],
        ['keys/client', 0602, error => 'identity.providers{}.client-secret', 'writable by everybody', 'o-w'],
        ['keys/cert.pem', 0646, warning => 'listen[].tls.client-ca', 'writable by everybody', 'o-w'],
        ['api.yaml', 0646, warning => 'api[].document', 'writable by everybody', 'o-w'],
        ['migrations', 0757, warning => 'database.migrations', 'writable by everybody', 'o-w'],
        ['migrations/0001_a.up.sql', 0646, warning => 'database.migrations', 'writable by everybody', 'o-w'],
        ['texts', 0757, warning => 'mail.templates', 'writable by everybody', 'o-w'],
        ['texts/verify-email.txt', 0646, warning => 'mail.templates', 'writable by everybody', 'o-w'],
        ['sendmail', 0757, warning => 'mail.command', 'writable by everybody', 'o-w'],
        ['leat.yaml', 0646, warning => undef, 'writable by everybody', 'o-w'],
        ['keys', 0757, warning => undef, 'everybody can replace files in it', 'o-w'],
    ) {
        my ($file, $mode, $level, $key, $what, $remedy) = @$row;
        my ($path, $was) = ("$dir/$file", (stat "$dir/$file")[2] & 07777);
        chmod $mode, $path;
        my ($code, $said) = findings();
        is($code, $level eq 'error' ? 1 : 0, sprintf '%s of mode %04o: %s', $file, $mode, $level);
        my $named = defined $key ? "\Q$key\E: " : '';
        my $prefix = $level eq 'error' ? '' : 'warning: ';
        my $finding = qr/$prefix$named\Q$path\E: \Q$what\E: chmod $remedy \Q$path\E/;
        like($said, qr/^(?:\S+: )?$finding$/m, 'names it, and the remedy') or diag $said;
        chmod $was, $path;
    }
    done_testing;
};

subtest 'finds nothing wrong with the rights of a group' => sub {
    my %harmless = ('keys/secret' => 0640, 'keys/key.pem' => 0660, 'api.yaml' => 0664, 'keys/cert.pem' => 0644);
    $harmless{keys} = 01777;
    for my $file (sort keys %harmless) {
        my ($path, $was) = ("$dir/$file", (stat "$dir/$file")[2] & 07777);
        chmod $harmless{$file}, $path;
        my ($code, $said) = findings();
        is("$code $said", '0 ', sprintf '%s of mode %04o is no finding', $file, $harmless{$file});
        chmod $was, $path;
    }
    done_testing;
};

subtest 'reports a readable secret at start, and refuses a writable one' => sub {
    $leat->configure($database . ("secret: file:keys/secret\n"));
    chmod 0604, "$dir/keys/secret";
    $leat->start;
    logged($leat, qr/warn .* check .*secret: \Q$dir\E\/keys\/secret: readable by everybody/, 'a start warns');
    chmod 0602, "$dir/keys/secret";
    my $r = $leat->ctl('reload');
    is($r->{code}, 1, 'a reload with a secret that everybody may write is refused');
    like($r->{err}, qr/secret: \Q$dir\E\/keys\/secret: writable by everybody: chmod o-w/, 'and says why');
    is($leat->stop, 0, 'stop');
    $leat->launch;
    is($leat->wait_exit, 1, 'so is a start');
    done_testing;
};

all_done;
