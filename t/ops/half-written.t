# SPDX-License-Identifier: MIT
# A configuration that is being written when a reload comes never takes the API down.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new->start;
my $whole = Leat::Test::slurp($leat->{config_path});

for (['nothing', ''], ['an empty line', "\n"], ['a comment', "# leat.yaml\n"], ['a document marker', "---\n"],
     ['null', "~\n"], ['an empty map', "{}\n"], ['a key that is not the documents', "workers: 2\n"],
     ['no documents', $whole =~ s/^api:.*/api: []/mr], ['all but the documents', $whole =~ s/^api:.*\n//mr],
     ['the first half', substr($whole, 0, length($whole) / 2)]) {
    my ($what, $text) = @$_;
    subtest "$what is refused, and the API is served" => sub {
        $leat->write('leat.yaml', $text);
        is($leat->leat('check')->{code}, 1, 'leat check');
        my $n = () = $leat->log =~ /reload\.failed/g;
        $leat->signal('HUP');
        my $failed = sub { my $now = () = $leat->log =~ /reload\.failed/g; return $now > $n };
        ok(Leat::Test::wait_for(20, $failed), 'a reload fails');
        is($leat->get('/v1/todos')->{status}, 200, 'the API');
    };
}

subtest 'the whole file is taken again' => sub {
    $leat->write('leat.yaml', $whole);
    is($leat->leat('check')->{code}, 0, 'leat check');
    is($leat->ctl('reload')->{code}, 0, 'a reload');
};
all_done;
