/* SPDX-License-Identifier: MIT */
/* SipHash-2-4 (Aumasson and Bernstein, 2012): a hash whose collisions nobody finds without the key.
 * For tables that clients fill. */
#ifndef LEAT_CORE_SIPHASH_H
#define LEAT_CORE_SIPHASH_H

#include <stdint.h>

#include "lib/core/slice.h"

struct siphash {
    uint64_t v[4];
    uint64_t tail; /* bytes that are no whole word yet */
    size_t len;
};

/* Several pieces hash like the one that they make. */
void siphash_init(struct siphash *s, const uint64_t key[static 2]);
void siphash_add(struct siphash *s, struct slice piece);
uint64_t siphash_end(struct siphash *s);

#endif
