# SPDX-License-Identifier: MIT
# A headless Chromium, driven by the DevTools protocol over its pipe: JSON messages that end in NUL.
#
#     my $browser = Leat::Browser->new;
#     $browser->open('http://127.0.0.1:8080/docs');
#     $browser->wait_for('document.querySelector(".opblock")');
package Leat::Browser;

use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Leat::Program;
use Leat::Test ();
use MIME::Base64 qw(decode_base64);
use POSIX ();

my $json = JSON::PP->new->utf8->allow_nonref;

sub new {
    my ($class) = @_;
    my $program = require_program('chromium');
    my $self = bless {id => 0, text => '', events => [], dir => tempdir(CLEANUP => 1), owner => $$}, $class;
    pipe my $to_read, my $to or die "pipe: $!";
    pipe my $from, my $from_write or die "pipe: $!";
    $self->{pid} = fork // die "fork: $!";
    if (!$self->{pid}) {
        POSIX::dup2(fileno $to_read, 20);
        POSIX::dup2(fileno $from_write, 21);
        POSIX::dup2(20, 3);
        POSIX::dup2(21, 4);
        POSIX::close($_) for 5 .. 30;
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        POSIX::setpgid(0, 0);
        $ENV{HOME} = $self->{dir};
        my @off = map { "--disable-$_" } qw(gpu dev-shm-usage background-networking component-update sync);
        exec $program, '--headless=new', '--remote-debugging-pipe', ($> ? () : '--no-sandbox'), @off,
            '--no-first-run', '--window-size=1200,1600', "--user-data-dir=$self->{dir}/profile" or POSIX::_exit(127);
    }
    @$self{qw(to from)} = ($to, $from);
    $to->autoflush(1);
    my $target = $self->call('Target.createTarget', {url => 'about:blank'});
    my %attach = (targetId => $target->{targetId}, flatten => JSON::PP::true);
    $self->{session} = $self->call('Target.attachToTarget', \%attach)->{sessionId};
    $self->call("$_.enable") for qw(Page Network Runtime Log);
    # Runs before any script of a page.
    $self->call('Page.addScriptToEvaluateOnNewDocument', {source => <<'JS'});
window.violations = [];
document.addEventListener("securitypolicyviolation", e => window.violations.push(
    e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile + ":" + e.lineNumber));
JS
    return $self;
}

# Receives one message; undef after the deadline or at the end.
sub receive {
    my ($self, $until) = @_;
    my $end;
    while (($end = index $self->{text}, "\0") < 0) {
        my $left = $until - Leat::Test::monotonic();
        my $bits = '';
        vec($bits, fileno $self->{from}, 1) = 1;
        return if $left <= 0 || !select $bits, undef, undef, $left;
        return unless sysread $self->{from}, $self->{text}, 1 << 20, length $self->{text};
    }
    my $message = substr $self->{text}, 0, $end + 1, '';
    chop $message;
    return $json->decode($message);
}

# Returns the result of a command; events that arrive meanwhile are kept in {events}.
sub call {
    my ($self, $method, $params) = @_;
    my $id = ++$self->{id};
    my $until = Leat::Test::monotonic() + 60;
    my %message = (id => $id, method => $method, params => $params // {});
    $message{sessionId} = $self->{session} if $self->{session};
    print {$self->{to}} $json->encode(\%message), "\0";
    while (my $message = $self->receive($until)) {
        if (!$message->{id}) {
            push @{$self->{events}}, $message;
        } elsif ($message->{id} == $id) {
            die "$method: $message->{error}{message}\n" if $message->{error};
            return $message->{result};
        }
    }
    die "$method: no answer: " . Leat::Test::slurp("$self->{dir}/log");
}

# Returns the parameters of the events of that name so far.
sub events {
    my ($self, $method) = @_;
    $self->call('Runtime.evaluate', {expression => '1'}); # they have arrived before this answer
    return map { $_->{params} } grep { $_->{method} eq $method } @{$self->{events}};
}

sub forget { my ($self) = @_; $self->{events} = [] }
sub open { my ($self, $url) = @_; return $self->call('Page.navigate', {url => $url}) }

# Returns the value of a JavaScript expression.
sub evaluate {
    my ($self, $expression) = @_;
    my %how = (returnByValue => JSON::PP::true, awaitPromise => JSON::PP::true);
    my $r = $self->call('Runtime.evaluate', {expression => $expression, %how});
    die "$expression: $r->{exceptionDetails}{exception}{description}\n" if $r->{exceptionDetails};
    return $r->{result}{value};
}

# Polls until the expression is true.
sub wait_for {
    my ($self, $expression) = @_;
    return Leat::Test::wait_for(30, sub { $self->evaluate("!!($expression)") });
}

# Waits for the element that the selector names, and clicks it.
sub click {
    my ($self, $selector) = @_;
    my $element = 'document.querySelector(' . $json->encode($selector) . ')';
    return $self->wait_for($element) && $self->evaluate("$element.click(), true");
}

# Types into an input as a person would, and leaves it, because React listens for both.
sub type {
    my ($self, $selector, $text) = @_;
    my ($quoted_selector, $quoted_text) = map { $json->encode($_) } $selector, $text;
    return $self->wait_for("document.querySelector($quoted_selector)") && $self->evaluate(<<"JS");
(() => {
    const input = document.querySelector($quoted_selector);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, $quoted_text);
    input.dispatchEvent(new Event("input", {bubbles: true}));
    input.dispatchEvent(new Event("focusout", {bubbles: true}));
    return true;
})()
JS
}

sub screenshot {
    my ($self, $path) = @_;
    my %how = (format => 'png', captureBeyondViewport => JSON::PP::true);
    Leat::Test::spew($path, decode_base64($self->call('Page.captureScreenshot', \%how)->{data}));
}

sub close {
    my ($self) = @_;
    return unless $self->{pid} && $self->{owner} == $$;
    kill KILL => -$self->{pid}, $self->{pid};
    waitpid $self->{pid}, 0;
    delete $self->{pid};
}

sub DESTROY { my ($self) = @_; local ($?, $!); $self->close }

1;
