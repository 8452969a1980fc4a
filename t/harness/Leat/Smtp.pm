# SPDX-License-Identifier: MIT
# A mail server for tests, and what arrived there.
#
#     my $smtp = Leat::Smtp->start;             # on a port of its own, without TLS
#     … url: $smtp->url …
#     my ($m) = $smtp->messages(1);             # waits for so many; {from, to, headers, subject, body, user}
#     $smtp->behave(RCPT => '450 later');       # the answer to a command from now on, or to
#                                               # 'greeting' or 'end': DROP hangs up, HOLD is silent
#                                               # until it is behaved otherwise
#     $smtp->stop;
#
# Leat::Smtp::mbox($path, $count) reads the messages of mail.file the same way. A letter is written
# once its request was answered: so many of them are waited for.
package Leat::Smtp;

use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use Leat::Test ();
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->utf8;

sub slurp { my ($path) = @_; open my $f, '<:raw', $path or return ''; local $/; return <$f> // '' }

# Writes a file as a whole or not at all, because the other side may be reading.
sub put {
    my ($path, $data) = @_;
    open my $f, '>:raw', "$path.new" or die "$path: $!";
    print {$f} $json->encode($data);
    close $f;
    rename "$path.new", $path or die "$path: $!";
    return;
}

sub start {
    my ($class, %behaviour) = @_;
    my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "smtp: $!";
    my $dir = tempdir('leat-smtp-XXXXXX', TMPDIR => 1);
    my $self = bless {dir => $dir, port => $listener->sockport, owner => $$}, $class;
    $self->{behaviour} = {%behaviour};
    put("$self->{dir}/behaviour", $self->{behaviour});
    $self->{pid} = fork // die "smtp: fork: $!";
    if (!$self->{pid}) {
        my $parent = getppid;
        local $SIG{CHLD} = 'IGNORE';
        while (getppid == $parent) {
            my $s = accept_within($listener, 0.5) or next;
            next if fork;
            close $listener;
            $self->serve($s);
            POSIX::_exit(0);
        }
        POSIX::_exit(0);
    }
    close $listener;
    return $self;
}

sub accept_within {
    my ($listener, $seconds) = @_;
    vec(my $in = '', fileno $listener, 1) = 1;
    return select($in, undef, undef, $seconds) > 0 ? $listener->accept : undef;
}

sub url { my ($self) = @_; return "smtp://127.0.0.1:$self->{port}" }

sub behave {
    my ($self, %more) = @_;
    $self->{behaviour} = {%{$self->{behaviour}}, %more};
    put("$self->{dir}/behaviour", $self->{behaviour});
    return;
}

# Resets everything to the start.
sub forget { my ($self) = @_; unlink glob "$self->{dir}/*.message"; $self->{behaviour} = {}; $self->behave; return }

# Answers a command; returns false when the conversation is over.
sub answer {
    my ($self, $s, $command, $usual) = @_;
    my $now = sub {
        my $b = slurp("$self->{dir}/behaviour");
        return $b eq '' ? 'DROP' : $json->decode($b)->{$command} // $usual;
    };
    sleep 0.02 while $now->() eq 'HOLD';
    my $text = $now->();
    return 0 if $text eq 'DROP';
    syswrite $s, "$text\r\n";
    return $text =~ /^[23]/ ? 1 : -1;
}

sub serve {
    my ($self, $s) = @_;
    my %m = (to => [], user => undef);
    return unless $self->answer($s, 'greeting', '220 leat.test ESMTP') > 0;
    while (defined(my $line = <$s>)) {
        my ($command, $rest) = $line =~ /^(\w+)(?:[ ]?(.*?))?\r\n\z/ or return;
        $command = uc $command;
        if ($command eq 'AUTH' && $rest =~ /^PLAIN(?: (\S+))?/) {
            my $token = $1;
            if (!defined $token) { syswrite $s, "334 \r\n"; $token = <$s> // return }
            @m{qw(user password)} = (split /\0/, decode_base64($token), -1)[1, 2];
        }
        my %usual = (
            EHLO => "250-leat.test\r\n250-8BITMIME\r\n250 AUTH PLAIN", AUTH => '235 welcome', DATA => '354 go on',
            QUIT => '221 bye', STARTTLS => '502 no TLS here', (map { $_ => '250 OK' } qw(RSET MAIL RCPT HELO NOOP)),
        );
        my $ok = $self->answer($s, $command, $usual{$command} // '500 what') or return;
        return if $command eq 'QUIT';
        next if $ok < 0;
        $m{from} = $1 if $command eq 'MAIL' && $rest =~ /<(.*?)>/;
        push @{$m{to}}, $1 if $command eq 'RCPT' && $rest =~ /<(.*?)>/;
        next unless $command eq 'DATA';
        my $text = '';
        while (defined(my $l = <$s>)) { last if $l eq ".\r\n"; $l =~ s/^\.//; $text .= $l }
        my $stored = $self->answer($s, 'end', '250 queued') or return;
        put(sprintf('%s/%.6f-%d.message', $self->{dir}, time, $$), {%m, raw => $text}) if $stored > 0;
        %m = (to => [], user => $m{user}, password => $m{password});
    }
    return;
}

# Parses a message into {headers (by lower-case name), subject, body}, decoded.
sub parse {
    my ($text) = @_;
    $text =~ s/\r\n/\n/g;
    my ($head, $body) = split /\n\n/, $text, 2;
    $head =~ s/\n[ \t]+/ /g;
    my %h = map { /^([^:]+): ?(.*)$/ ? (lc $1 => $2) : () } split /\n/, $head;
    (my $subject = $h{subject} // '') =~ s/(\?=) (=\?)/$1$2/g;
    $subject =~ s{=\?utf-8\?Q\?(.*?)\?=}{my $w = $1; $w =~ tr/_/ /; $w =~ s/=([0-9A-F]{2})/chr hex $1/ger}ge;
    $body = decode_qp($body) if ($h{'content-transfer-encoding'} // '') eq 'quoted-printable';
    return {headers => \%h, subject => $subject, body => $body, raw => $text};
}

sub messages {
    my ($self, $count, $seconds) = @_;
    my $end = Leat::Test::monotonic() + ($seconds // 20);
    my @files;
    while (1) {
        @files = sort glob "$self->{dir}/*.message";
        last if !$count || @files >= $count || Leat::Test::monotonic() > $end;
        sleep 0.02;
    }
    return map { my $m = $json->decode(slurp($_)); +{%$m, %{parse($m->{raw})}} } @files;
}

sub mbox {
    my ($path, $count) = @_;
    my @texts;
    Leat::Test::wait_for(10, sub {
        @texts = split /^From \S+ \d+\n/m, slurp($path);
        return !$count || @texts > $count;
    });
    shift @texts;
    return map { parse(s/^>From /From /mgr =~ s/\n\n\z/\n/r) } @texts;
}

sub stop {
    my ($self) = @_;
    return unless $self->{pid} && $self->{owner} == $$;
    kill TERM => $self->{pid};
    waitpid $self->{pid}, 0;
    remove_tree($self->{dir});
    delete $self->{pid};
    return;
}

sub DESTROY { local ($?, $@, $!); $_[0]->stop; return }

1;
