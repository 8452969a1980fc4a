# SPDX-License-Identifier: MIT
# Lets what a master acquires fail: t/harness/inject.c, preloaded into it.
#
#     my $inject = Leat::Inject->new($leat);   # before it starts, and without sanitizers
#     $inject->count;                     # from now on
#     $leat->ctl('reload');
#     my $n = $inject->counted;           # that many acquisitions
#     $inject->fail(3, EMFILE);           # the third from now on fails; for_good => 1: and all after it
#     $inject->off;
package Leat::Inject;

use strict;
use warnings;
use Leat::Program;
use Leat::Test ();

my $layout = 'L5 Z44';

sub new {
    my ($class, $leat) = @_;
    my ($library, $plan) = map { "$leat->{dir}/inject.$_" } qw(so plan);
    compile(qw(-shared -fPIC -O1 -o), $library, Leat::Test::source() . '/t/harness/inject.c', '-ldl');
    my $self = bless {path => $plan, library => $library}, $class;
    $self->put(0, 0, 0, 0, 0, '');
    $leat->{wrap} = ['env', "LD_PRELOAD=$library", "LEAT_INJECT=$plan", @{$leat->{wrap} // []}];
    return $self;
}

# Overwrites the file in place, because the master has mapped it.
sub put {
    my ($self, @values) = @_;
    open my $out, -e $self->{path} ? '+<:raw' : '>:raw', $self->{path} or die "$self->{path}: $!";
    syswrite $out, pack $layout, @values;
}
sub get { my ($self) = @_; return unpack $layout, Leat::Test::slurp($self->{path}) }

sub count   { my ($self) = @_; $self->put(0, 0, 0, 0, 0, '') }
sub counted { my ($self) = @_; return ($self->get)[0] }
sub off     { my ($self) = @_; my @now = $self->get; $self->put($now[0], 0, 0, 0, @now[4, 5]) }
sub fail    { my ($self, $nth, $error, %o) = @_; $self->put(0, $nth, $error, $o{for_good} ? 1 : 0, 0, '') }
# Returns the number of failed calls, and the last one.
sub failed { my ($self) = @_; return ($self->get)[4] }
sub site   { my ($self) = @_; return ($self->get)[5] }

1;
