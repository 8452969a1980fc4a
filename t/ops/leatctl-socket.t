# SPDX-License-Identifier: MIT
# leatctl finds the control socket by itself where it is run beside a configuration, and does not wait
# for ever for a master that does not answer.
use strict;
use warnings;
use IO::Socket::UNIX;
use Leat::Test;
use Socket qw(SOCK_STREAM pack_sockaddr_un);
use Test::More;

my $build = Leat::Test::build();
delete $ENV{LEAT_SOCKET};
my $leat = Leat::Test->new(workers => 1)->start;
my $folder = "$leat->{dir}/folder";
mkdir $folder;

# Runs leatctl in a folder.
sub leatctl_in {
    my ($dir, @args) = @_;
    return run_command('sh', '-c', 'cd "$0" && exec "$@"', $dir, "$build/leatctl", @args);
}
sub is_found {
    my ($text, $name) = @_;
    $leat->write('folder/leat.yaml', $text);
    my $r = leatctl_in($folder, '-j', 'status');
    return like($r->{out}, qr/"pid":$leat->{pid}\b/, $name) || diag $r->{err};
}
sub is_missed {
    my ($text, $name) = @_;
    $leat->write('folder/leat.yaml', $text);
    my $r = leatctl_in($folder, 'status');
    is($r->{code}, 3, $name);
    return like($r->{err}, qr{^leatctl: /run/leat/leat\.sock: }, 'it is the default') || diag $r->{err};
}

subtest 'the socket of ./leat.yaml' => sub {
    like(leatctl_in($leat->{dir}, 'status')->{out}, qr/^leat /, 'beside the configuration that is in force');
    is_found("control: {socket: $leat->{socket}}\n", 'an absolute path');
    is_found("control:\n  socket: '../leat.sock' # a comment\n", 'one that is relative to the file');
    is_found("{\"control\": {\"socket\": \"../leat.sock\"}}\n", 'JSON');
    is_found("wrokers: 1\ncontrol: {socket: ../leat.sock}\n", 'also where the file is wrong elsewhere');
};

subtest 'is not taken from elsewhere' => sub {
    is_missed("workers: 1\n", 'a file that names none');
    is_missed("control: [\n", 'a file that cannot be read');
    is_missed("control: {socket: [a]}\n", 'a socket that is no text');
    is_missed("control: leat.sock\n", 'a section that is none');
    is_missed('', 'an empty file');
    SKIP: {
        skip 'needs root', 2 if $>;
        $leat->write('folder/leat.yaml', '');
        chown +(getpwnam 'nobody')[2], 0, "$folder/leat.yaml";
        is_missed("control: {socket: ../leat.sock}\n", q(another user's file));
        unlink "$folder/leat.yaml";
    }
};

subtest 'yields to what is said' => sub {
    $leat->write('folder/leat.yaml', "control: {socket: none.sock}\n");
    like(leatctl_in($folder, 'status')->{err}, qr/none\.sock: No such file/, 'the file');
    like(leatctl_in($folder, '-s', $leat->{socket}, 'status')->{out}, qr/^leat /, '-s comes first');
    local $ENV{LEAT_SOCKET} = $leat->{socket};
    like(leatctl_in($folder, 'status')->{out}, qr/^leat /, 'and LEAT_SOCKET');
};

subtest 'a master that does not answer' => sub {
    kill STOP => $leat->{pid};
    for my $command (['status'], ['reload'], ['scale', 2], ['-w', 'status']) {
        my $r = $leat->ctl('-t', '0.2', @$command);
        is($r->{code}, 3, "@$command ends");
        is($r->{err}, "leatctl: leat does not answer in time; see --timeout\n", 'with the reason');
    }
    is($leat->ctl('status')->{code}, 3, 'what changes nothing ends by itself');
    kill CONT => $leat->{pid};
    is($leat->ctl('--timeout=20', 'status')->{code}, 0, 'one that answers');
    is($leat->ctl('--timeout', '0.01', 'reload')->{code} & ~3, 0, 'a reload that is not waited for');
    ok(wait_for(20, sub { $leat->ctl_json('status')->{generation} >= 2 }), 'goes on');
};

subtest 'a socket that nobody accepts at' => sub {
    my $path = "$leat->{dir}/full.sock";
    my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 1) or die;
    my @waiting;
    for (1 .. 8) {
        my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM) or die;
        $s->blocking(0);
        connect($s, pack_sockaddr_un($path)) or last;
        push @waiting, $s;
    }
    my $r = run_command("$build/leatctl", '-s', $path, '-t', '0.2', 'status');
    is($r->{code}, 3, 'ends too');
    is($r->{err}, "leatctl: $path: leat accepts no connection in time\n", 'with the reason');
};

subtest 'a timeout must be a number of seconds' => sub {
    for my $text ('', 'x', '0', '-1', '1s', '4000') {
        is($leat->ctl("--timeout=$text", 'status')->{code}, 2, "not '$text'");
    }
};
all_done;
