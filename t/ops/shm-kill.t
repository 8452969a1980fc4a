# SPDX-License-Identifier: MIT
# Shared memory stays usable although workers are killed at random instructions, ten thousand times.
use strict;
use warnings;
use Leat::Test;

my $build = Leat::Test::build();
exec "$build/t/ops/shm_kill", scale(10_000) or print "Bail out! no $build/t/ops/shm_kill\n";
