# SPDX-License-Identifier: MIT
# Secrets from the environment are visible to the master alone: not to the workers, the check,
# leatctl's commands, or the program that sends mail.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

# Returns the names of the variables that a process was started with.
sub variables { my ($pid) = @_; return map { /^([^=]*)=/ ? $1 : () } split /\0/, slurp("/proc/$pid/environ") }
sub children { my ($pid) = @_; return split ' ', slurp("/proc/$pid/task/$pid/children") }
sub is_clean {
    my ($name, @variables) = @_;
    my %has = map { $_ => 1 } @variables;
    my @found = grep { $has{$_} } qw(OUR_SECRET OUR_KEY SMTP_PASSWORD NOTIFY_SOCKET WATCHDOG_USEC);
    is("@found", '', "$name: no secret");
    is(join(' ', grep { !$has{$_} } qw(PATH HARMLESS)), '', "$name: but all else");
}

my %secrets = (
    OUR_SECRET    => 'a secret of thirty-two bytes or more',
    OUR_KEY       => 'another secret of thirty-two bytes or more',
    SMTP_PASSWORD => 'not for the workers',
);
@ENV{keys %secrets} = values %secrets;
@ENV{qw(HARMLESS NOTIFY_SOCKET WATCHDOG_USEC)} = ('yes', '/nowhere', 5000000);

my $config = <<'YAML';
# In a comment too: env:SMTP_PASSWORD
secret: "env:OUR_SECRET"
mail: {from: a@b.example, command: COMMAND}
drain: {grace: 0s}
YAML
my $leat = accounts(identity => 'keys: [{key: env:OUR_KEY, algorithm: HS256}]', workers => 1);
my $command = "$leat->{dir}/sendmail";
spew($command, <<"SH");
#!/bin/sh
tr '\\0' '\\n' </proc/\$\$/environ >$leat->{dir}/part.\$\$
mv $leat->{dir}/part.\$\$ $leat->{dir}/of-command
cat >/dev/null
SH
chmod 0755, $command;
$leat->configure(($config =~ s/COMMAND/$command/r) . slurp($leat->{config_path}));
$leat->start;

my $r;
subtest 'hides secrets from a worker and from the program that sends mail' => sub {
    my ($worker) = $leat->worker_pids;
    is_clean('a worker', variables($worker));
    my ($mailer) = grep { slurp("/proc/$_/cmdline") =~ /--mailer/ } children($worker);
    ok($mailer, 'mail.command has a process');
    is_clean('that process', variables($mailer));
    $r = joined($leat, 'ann');
    is($r->{json}{access_token} =~ /^ey/ ? 1 : 0, 1, 'tokens are made with the key');
    $leat->post('/v1/auth/email', {email => 'ann@example.org'}, headers => bearer($r));
    $leat->post('/v1/auth/password/forgot', {email => 'ann@example.org'});
    ok(wait_for(20, sub { -s "$leat->{dir}/of-command" }), 'mail is sent');
    is_clean('mail.command', map { /^([^=]*)=/ ? $1 : () } split /\n/, slurp("$leat->{dir}/of-command"));
    done_testing;
};

# Watches a process that exists only for a moment.
sub glimpse {
    my ($name, $of, @command) = @_;
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec @command;
    }
    my @seen;
    wait_for(20, sub {
        for my $child (grep { slurp("/proc/$_/cmdline") =~ $of } $pid, children($leat->{pid})) {
            my @now = variables($child);
            @seen = @now if @now;
        }
        return @seen || waitpid($pid, 1) == $pid;
    });
    kill KILL => $pid;
    waitpid $pid, 0;
    is_clean($name, @seen);
}

subtest 'hides them from the check of leat check and of a reload' => sub {
    # An endless migration keeps these processes alive.
    my $slow = 'CREATE TABLE s AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c;';
    my ($leat_program, $leatctl) = map { Leat::Test::build() . "/$_" } qw(leat leatctl);
    $leat->write('migrations/0002_b.up.sql', $slow);
    glimpse('leat check', qr/leat-worker\0--check/, $leat_program, 'check', '-c', $leat->{config_path});
    glimpse('the check of a reload', qr/leat-worker\0--check/, $leatctl, '-s', $leat->{socket}, 'reload');
    my ($check) = grep { slurp("/proc/$_/cmdline") =~ /--check/ } children($leat->{pid});
    kill KILL => $check if $check;
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
    ok(wait_for(20, sub { $leat->ctl_json('status')->{reload}{state} eq 'idle' }), 'it is over');
    done_testing;
};

subtest 'gives a reload what it needs of them' => sub {
    is($leat->ctl('reload')->{code}, 0, 'a reload');
    is(me($leat, $r), 200, 'tokens are good after it');
    is_clean('a worker of the next generation', variables(($leat->worker_pids)[0]));
    done_testing;
};

subtest 'passes them on to the new master of an upgrade' => sub {
    my $old = $leat->{pid};
    my $upgraded = $leat->ctl('upgrade');
    is($upgraded->{code}, 0, 'an upgrade') or diag $upgraded->{err};
    is(me($leat, $r), 200, 'and after that');
    is_clean('a worker of the new master', variables(($leat->worker_pids)[0]));
    my ($new) = $upgraded->{out} =~ /process (\d+) is serving/;
    my @its = sort grep { $secrets{$_} } variables($new);
    is("@its", 'OUR_KEY OUR_SECRET SMTP_PASSWORD', 'the new master has them all');
    ok(wait_for(20, sub { waitpid $old, 1; slurp("/proc/$old/stat") !~ /\) [^Z]/ }), 'the old master goes');
    delete $leat->{pid};
    kill TERM => $new;
    ok(wait_for(20, sub { slurp("/proc/$new/stat") !~ /\) [^Z]/ }), 'stop');
    done_testing;
};

all_done;
