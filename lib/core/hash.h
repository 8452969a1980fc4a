/* SPDX-License-Identifier: MIT */
/*
 * The hash for tables that clients fill. Its key is random and private to the process, so that
 * nobody outside can choose colliding texts. It folds 64-bit products (as wyhash does) and has no
 * security proof like SipHash's, so code that may be attacked also charges a budget for its probes
 * (lib/core/budget.h).
 */
#ifndef LEAT_CORE_HASH_H
#define LEAT_CORE_HASH_H

#include <stdint.h>

#include "lib/core/slice.h"

/* Hashes the bytes, continuing from `seed`, which is 0 or an earlier hash. */
uint64_t hash_bytes(uint64_t seed, struct slice bytes);

#endif
