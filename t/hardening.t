# SPDX-License-Identifier: MIT
# Compiler and linker hardening against memory errors is in force, as readelf and objdump show.
use strict;
use warnings;
use Test::More;

my $build = $ENV{LEAT_BUILD} // 'build';
my $probes = 0;
my $is_x86 = `uname -m` =~ /^x86_64/;

for my $program (qw(leat leatctl leat-worker)) {
    my $file = "$build/$program";
    my ($headers, $notes, $code) = map { scalar `$_ $file 2>/dev/null` } 'readelf -hldsW', 'readelf -n', 'objdump -d';
    plan skip_all => 'the sanitizers have other code' if $headers =~ /__asan_init/;
    like($headers, qr/^\s*Type:\s+DYN/m, "$program: lies where nobody knows");
    like($headers, qr/GNU_RELRO/, "$program: addresses of libraries' functions are only read");
    like($headers, qr/FLAGS_1.* NOW/, "$program: and were found at the start");
    like($headers, qr/GNU_STACK .* RW /, "$program: the stack is no code");
    unlike($headers, qr/LOAD .* RWE /, "$program: nor is other memory that can be written");
    like($headers, qr/__stack_chk_fail/, "$program: return addresses have a guard");
    like($headers, qr/__\w+_chk\b(?<!__stack_chk)/, "$program: the C library knows sizes");
    next unless $is_x86;
    cmp_ok(scalar(() = $code =~ /endbr64/g), '>', 20, "$program: calls of pointers end where a function begins");
    like($notes, qr/SHSTK/, "$program: fit for a shadow stack");
    $probes++ if $code =~ /sub +\$0x1000,%rsp\n.*orq +\$0x0,\(%rsp\)/;
}
ok($probes, 'no frame jumps over the guard page') if $is_x86; # where there is one of more than a page
done_testing;
