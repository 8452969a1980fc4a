# SPDX-License-Identifier: MIT
# A libh2o that does not use one of our functions is refused: no worker serves, and the log names the
# function. Each such library is a copy in which the calls of one symbol lead to another.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Test;
use Test::More;

my ($source, $build) = (Leat::Test::source(), Leat::Test::build());
my ($library) = qx(ldd $build/leat-worker) =~ /^\s*libh2o-evloop\S* => (\S+)/m or die 'no libh2o';
my ($soname) = $library =~ m{([^/]+)\z};
my $elf = slurp($library);
plan skip_all => 'not a library of a 64-bit little-endian machine' unless substr($elf, 0, 6) eq "\x7fELF\x02\x01";

# The dynamic section and the segments, as ELF-64 has them.
my ($phoff, $phentsize, $phnum) = unpack 'x32 Q< x14 S< S<', $elf;
my (@loads, %tag);
for my $i (0 .. $phnum - 1) {
    my ($type, $offset, $vaddr, $bytes) = unpack 'L< x4 Q< Q< x8 Q<', substr $elf, $phoff + $i * $phentsize, $phentsize;
    push @loads, [$offset, $vaddr, $bytes] if $type == 1;
    %tag = unpack '(q< Q<)*', substr $elf, $offset, $bytes if $type == 2;
}
sub at {
    my ($vaddr) = @_;
    my ($load) = grep { $vaddr >= $_->[1] && $vaddr < $_->[1] + $_->[2] } @loads;
    return $vaddr - $load->[1] + $load->[0];
}
my ($names, $symbols) = map { at($tag{$_}) } 5, 6;       # DT_STRTAB, DT_SYMTAB
my @tables = ([at($tag{23}), $tag{2}], [at($tag{7}), $tag{8}]); # DT_JMPREL and DT_RELA, with their sizes
sub name_of {
    my ($index) = @_;
    return unpack 'Z*', substr $elf, $names + unpack('L<', substr $elf, $symbols + 24 * $index, 4), 128;
}

# Calls each(place, index, name) for the symbol of each relocation.
sub each_relocation {
    my ($each) = @_;
    for (@tables) {
        my ($start, $bytes) = @$_;
        for (my $at = $start; $at < $start + $bytes; $at += 24) {
            my $index = unpack 'L<', substr $elf, $at + 12, 4;
            $each->($at + 12, $index, name_of($index)) if $index;
        }
    }
}
my %index;
each_relocation(sub { my (undef, $index, $name) = @_; $index{$name} = $index });

# Returns a folder with a copy of the library whose calls of $symbol lead to free().
sub library_without {
    my ($symbol) = @_;
    my ($dir, $copy) = (tempdir(CLEANUP => 1), $elf);
    each_relocation(sub {
        my ($place, undef, $name) = @_;
        substr($copy, $place, 4) = pack 'L<', $index{free} if $name eq $symbol;
    });
    chmod 0755, $dir;
    spew("$dir/$soname", $copy);
    return $dir;
}

my @symbols = slurp("$source/workers/http/h2o_seam.def") =~ /^OVERRIDE\((\w+),/mg;
subtest 'the table of overrides is read' => sub { cmp_ok(scalar @symbols, '>', 4, "@symbols"); done_testing };
for my $symbol (@symbols) {
    subtest "a libh2o that does not call our $symbol()" => sub {
        ok($index{$symbol}, 'the real one calls it');
        my $leat = Leat::Test->new(workers => 1);
        $leat->{wrap} = ['env', 'LD_LIBRARY_PATH=' . library_without($symbol)];
        $leat->launch;
        isnt($leat->wait_exit(20) // 0, 0, 'leat does not start');
        like($leat->log, qr/this libh2o does not use our \Q$symbol\E\(\)/, 'and the log names the function');
        unlike($leat->log, qr/master\.ready/, 'nothing was served');
    };
}
subtest 'a copy that is not changed' => sub {
    my $leat = Leat::Test->new(workers => 1);
    $leat->{wrap} = ['env', 'LD_LIBRARY_PATH=' . library_without('')];
    $leat->start;
    like(slurp("/proc/" . ($leat->worker_pids)[0] . '/maps'), qr{/\w{10}/\Q$soname\E}, 'it is the copy');
    is($leat->get('/v1/todos')->{status}, 200, 'serves');
};
all_done;
