/* SPDX-License-Identifier: MIT */
/*
 * The hash of tables that clients fill. Its key is random and this process's own, so that nobody
 * outside knows which texts collide. It folds 64-bit products (as wyhash does), which is not proved
 * as SipHash is: whoever may be attacked charges for the probes too (lib/core/budget.h).
 */
#ifndef LEAT_CORE_HASH_H
#define LEAT_CORE_HASH_H

#include <stdint.h>

#include "lib/core/slice.h"

/* Continues `seed`, 0 or an earlier hash, by these bytes. */
uint64_t hash_bytes(uint64_t seed, struct slice bytes);

#endif
