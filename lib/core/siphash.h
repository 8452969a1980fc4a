/* SPDX-License-Identifier: MIT */
/* SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for tables that clients fill. Without
 * the key nobody can find collisions. */
#ifndef LEAT_CORE_SIPHASH_H
#define LEAT_CORE_SIPHASH_H

#include <stdint.h>

#include "lib/core/slice.h"

struct siphash {
    uint64_t v[4];
    uint64_t tail; /* the bytes that do not fill a word yet */
    size_t len;
};

/* Hashing a text in pieces gives the same result as hashing it whole. */
void siphash_init(struct siphash *s, const uint64_t key[static 2]);
void siphash_add(struct siphash *s, struct slice piece);
uint64_t siphash_end(struct siphash *s);

#endif
