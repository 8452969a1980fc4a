# SPDX-License-Identifier: MIT
# A lint of the exposition format of Prometheus, version 0.0.4.
#
#     is(join('; ', lint($text)), '', 'the metrics pass the lint');
package Leat::Exposition;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(lint);

# Returns what is wrong.
sub lint {
    my ($text) = @_;
    my (@wrong, %type, %help, %seen, %done, %histogram, $family);
    push @wrong, 'no line feed at the end' unless $text =~ /\n\z/;
    push @wrong, 'a carriage return' if $text =~ /\r/;
    push @wrong, 'no UTF-8' unless utf8::decode(my $copy = $text);
    for my $line (split /\n/, $text) {
        if ($line =~ /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/) {
            my ($what, $name, $rest) = ($1, $2, $3);
            push @wrong, "$name is in two places" if $done{$name};
            if (!defined $family || $family ne $name) {
                $done{$family}++ if defined $family;
                $family = $name;
            }
            my $to = $what eq 'HELP' ? \%help : \%type;
            push @wrong, "$what of $name twice" if exists $to->{$name};
            $to->{$name} = $rest;
            push @wrong, "type $rest" if $what eq 'TYPE' && $rest !~ /^(?:counter|gauge|histogram)$/;
            next;
        }
        my ($name, $labels, $value) = $line =~ /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
        if (!defined $name) {
            push @wrong, "not a line: $line";
            next;
        }
        push @wrong, "two series: " . substr $line, 0, 200 if $seen{$name . '{' . ($labels // '')}++;
        push @wrong, "not a number: $line" unless $value =~ /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i;
        my %label;
        my $rest = $labels // '';
        while ($rest =~ s/^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)//) {
            push @wrong, "label $1 twice: $line" if exists $label{$1};
            $label{$1} = $2;
        }
        push @wrong, "labels: $line" if $rest ne '';
        push @wrong, "an empty label list: $line" if defined $labels && $labels eq '';
        (my $base = $name) =~ s/_(?:bucket|sum|count)$//;
        my $of = ($type{$base} // '') eq 'histogram' ? $base : $name;
        push @wrong, "$name is outside its family" if !defined $family || $of ne $family;
        push @wrong, "$of has no TYPE" unless $type{$of};
        push @wrong, "$of has no HELP" unless $help{$of};
        push @wrong, "counter $name without _total" if ($type{$of} // '') eq 'counter' && $name !~ /_total$/;
        push @wrong, "gauge $name with _total" if ($type{$of} // '') eq 'gauge' && $name =~ /_total$/;
        push @wrong, "negative: $line" if ($type{$of} // '') ne 'gauge' && $value =~ /^-/;
        next unless ($type{$of} // '') eq 'histogram';
        my $le = delete $label{le};
        my $h = $histogram{$of . join ',', map { "$_=$label{$_}" } sort keys %label} //= {at => -1, below => 0};
        if ($name =~ /_bucket$/) {
            my $bound = $le eq '+Inf' ? 9**9**9 : $le;
            push @wrong, "bounds do not rise: $line" if $bound <= $h->{at};
            push @wrong, "counts fall: $line" if $value < $h->{below};
            @$h{qw(at below)} = ($bound, $value);
            $h->{inf} = $value if $le eq '+Inf';
        } elsif ($name =~ /_(sum|count)$/) {
            $h->{$1} = $value;
        } else {
            push @wrong, "no part of a histogram: $line";
        }
    }
    for my $key (sort keys %histogram) {
        my $h = $histogram{$key};
        push @wrong, "$key is not whole" if grep { !defined } @$h{qw(inf sum count)};
        push @wrong, "$key: _count is not +Inf" if ($h->{inf} // -1) != ($h->{count} // -2);
    }
    return @wrong;
}

1;
