# SPDX-License-Identifier: MIT
# A reload reads certificates and keys again, refuses those that cannot be used, and needs no right of the
# workers.
use strict;
use warnings;
use Leat::Certificate;
use Leat::Test;
use Leat::Tls;
use Test::More;

my $leat = start_tls();

subtest 'a worker that is replaced has the certificate of its generation, though the files are others' => sub {
    my @pids = $leat->worker_pids;
    certificate('one', '/CN=one again', 'middle', 'subjectAltName=DNS:one.test');
    spew("$dir/one-chain.pem", slurp("$dir/one.pem") . slurp("$dir/middle.pem"));
    kill KILL => $pids[0];
    ok(wait_for(10, sub {
        my @now = $leat->worker_pids;
        @now == 2 && "@now" ne "@pids";
    }), 'a worker is replaced, while the files are others');
    is(scalar(grep { visit('names')->{subject} eq 'one' } 1 .. 4), 4, 'and has the certificate of its generation');
};

subtest 'a reload reads the certificates again, and connections from before end in order' => sub {
    my $old = connect_tls('names');
    is($leat->get('/who', socket => $old)->{status}, 200, 'a connection from before the reload');
    my $idle = connect_tls('required', with('client'));
    is($leat->get('/who', socket => $idle)->{json}{subject}, 'CN=client,O=Org', 'and one that stays idle');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is(visit('names')->{subject}, 'one again', 'reads the certificates again');
    my $r = $leat->get('/who', socket => $old);
    is($r->{status} . ' ' . ($r->{headers}{connection} // ''), '200 close',
        'the connection from before is answered, and ends');
    unlike(hung_up($old), qr/unexpected eof/, '… with a goodbye');
    unlike(hung_up($idle), qr/unexpected eof|still connected/, 'so does the idle one');
};

subtest 'SIGHUP reads them again too' => sub {
    certificate('one', '/CN=one more', 'middle', 'subjectAltName=DNS:one.test');
    spew("$dir/one-chain.pem", slurp("$dir/one.pem") . slurp("$dir/middle.pem"));
    $leat->signal('HUP');
    ok(wait_for(15, sub { visit('names')->{subject} eq 'one more' }), 'so does SIGHUP');
};

# Certificates that cannot be used.
subtest 'a certificate that cannot be used is refused with the reason, and the old one stays in use' => sub {
    ok(wait_for(10, sub {
        return $leat->ctl_json('status')->{reload}{state} eq 'idle' && $leat->worker_pids == 2;
    }), 'the reload is over');
    my @pids = sort $leat->worker_pids;
    openssl('pkcs8', '-topk8', '-in', "$dir/one.key", '-passout', 'pass:secret', '-out', "$dir/sealed8.key");
    openssl('ec', '-in', "$dir/one.key", '-aes128', '-passout', 'pass:secret', '-out', "$dir/sealed.key");
    openssl('genrsa', '-out', "$dir/rsa.key", 2048);
    spew("$dir/empty", '');
    spew("$dir/garbage", "garbage\n");
    my @lines = split /\n/, slurp("$dir/middle.pem");
    splice @lines, 4, 1;
    spew("$dir/broken.pem", join "\n", @lines, '');
    spew("$dir/broken-chain.pem", slurp("$dir/one.pem") . slurp("$dir/broken.pem"));
    spew("$dir/broken-ca.pem", slurp("$dir/ca.pem") . slurp("$dir/broken.pem"));
    my ($c, $k) = ("$dir/one-chain.pem", "$dir/one.key");
    for my $row (
        ['a missing certificate', "$dir/none.pem", $k,
            qr{certificates\[\]\.certificate: \S*/none\.pem: cannot be read: No such file}],
        ['a missing key', $c, "$dir/none.key", qr{certificates\[\]\.key: \S*/none\.key: cannot be read: No such file}],
        ['a folder', $dir, $k, qr{\Q$dir\E: cannot be read: Is a directory}],
        ['an empty key', $c, "$dir/empty", qr{/empty must have from 1 to}],
        ['a variable that is not there', $c, 'env:NO_SUCH_VARIABLE',
            qr{the environment variable NO_SUCH_VARIABLE is not set}],
        ['the key of another', $c, "$dir/wild.key",
            qr{TLS of 127\.0\.0\.1:\d+: \S*/wild\.key: is not the certificate's unencrypted private key.*mismatch}],
        ['a key of another kind', $c, "$dir/rsa.key", qr{/rsa\.key: is not the certificate's unencrypted private key}],
        ['an encrypted key', $c, "$dir/sealed8.key",
            qr{/sealed8\.key: is not the certificate's unencrypted private key in PEM}],
        ['one in the old form', $c, "$dir/sealed.key",
            qr{/sealed\.key: is not the certificate's unencrypted private key in PEM}],
        ['garbage for a key', $c, "$dir/garbage",
            qr{/garbage: is not the certificate's unencrypted private key in PEM}],
        ['a certificate for a key', $c, $c,
            qr{/one-chain\.pem: is not the certificate's unencrypted private key in PEM}],
        ['garbage for a certificate', "$dir/garbage", $k, qr{/garbage: is not a PEM certificate}],
        ['a key for a certificate', $k, $k, qr{/one\.key: is not a PEM certificate}],
        ['a chain that is broken', "$dir/broken-chain.pem", $k, qr{/broken-chain\.pem: is not a PEM certificate}],
        ['authorities that are broken', $c, $k, qr{/broken-ca\.pem: }, "client-ca: $dir/broken-ca.pem"],
        ['garbage for authorities', $c, $k, qr{/garbage: contains no PEM certificate}, "client-ca: $dir/garbage"],
        ['required, but of whom?', $c, $k, qr{leat\.yaml:\d+:\d+: listen\[\]\.tls\.client: requires client-ca},
            'client: required'],
        ['no certificates', undef, undef, qr{leat\.yaml:\d+:\d+: listen\[\]\.tls\.certificates: too few}],
        ['a minimum of 1.1', $c, $k, qr{listen\[\]\.tls\.minimum: not a known value; allowed: 1\.2 or 1\.3},
            'minimum: 1.1'],
        )
    {
        my ($name, $certificate, $key, $pattern, $more) = @$row;
        my $list = defined $certificate ? "{certificate: \"$certificate\", key: \"$key\"}" : '';
        my $text = configuration($list);
        $text =~ s/(\Q$list\E\])/$1, $more/ if $more;
        $leat->configure($text);
        my $r = $leat->ctl('reload');
        is($r->{code}, 1, "$name: the reload fails");
        like($r->{err}, $pattern, '… and says why');
        unlike($r->{err}, qr/BEGIN|PRIVATE/, '… without showing what it read');
    }
    is_deeply([sort $leat->worker_pids], \@pids, 'after all that, the same workers serve');
    is(visit('names')->{subject}, 'one more', 'with the same certificate');
    $leat->configure(configuration());
    is($leat->ctl('reload')->{code}, 0, 'and a good one is taken again');
};

subtest 'no worker died but the one that was killed, and no key is in the log' => sub {
    is(scalar(grep { /was killed by signal/ } split /\n/, $leat->log), 1, 'one');
    unlike($leat->log, qr/PRIVATE KEY|proxy\.untrusted.*names/, 'and no key is in the log');
};

subtest 'workers that are not root have keys that only root may read, by the master' => sub {
    plan skip_all => 'SKIP: only root can try another user' unless $> == 0;
    mkdir "$dir/private", 0700;
    openssl('pkey', '-in', "$dir/one.key", '-out', "$dir/private/key.pem");
    chmod 0600, "$dir/private/key.pem";
    my $safe = Leat::Test->new(config => "user: nobody\n")->open_to_all;
    my $tls = "tls: {certificates: [{certificate: $dir/one-chain.pem, key: $dir/private/key.pem}]}";
    $safe->configure("listen: [{address: 127.0.0.1:$safe->{port}, $tls}]\nuser: nobody\n");
    $safe->start;
    my ($worker) = $safe->worker_pids;
    my $is_root = (stat "/proc/$worker")[4] == 0 || slurp("/proc/$worker/status") =~ /^Uid:\s+0/m;
    is($is_root ? 'root' : 'another', 'another', 'the workers are not root');
    is(visit($safe->{port})->{subject}, 'one more', 'but have the key');
    chmod 0000, "$dir/private/key.pem";
    kill KILL => $worker;
    ok(wait_for(10, sub {
        my @now = $safe->worker_pids;
        @now == 2 && !grep { $_ == $worker } @now;
    }), 'a worker is replaced');
    is(scalar(grep { visit($safe->{port})->{subject} eq 'one more' } 1 .. 4), 4, 'and has it too');
    is($safe->ctl('reload')->{code}, 0, 'a reload reads it as root');
    is(visit($safe->{port})->{subject}, 'one more', 'and serves');
};

all_done;
