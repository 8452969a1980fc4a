/* SPDX-License-Identifier: MIT */
/*
 * The hashes of this program. Three questions choose one:
 *
 *   Does the table compare the texts themselves?   hash_bytes(): fast
 *   Does the hash stand for the text, or must other processes find the same?
 *                                                  hash_identity(): SipHash-2-4
 *   May nobody without the key know it?            hash_tag(): SipHash-2-4 of 128 bits
 *
 * hash_bytes() has a random key that is private to the process, so that nobody outside can choose
 * colliding texts. It folds 64-bit products (as wyhash does) and has no security proof, so code
 * that may be attacked also charges a budget for its probes (lib/core/budget.h).
 */
#ifndef LEAT_CORE_HASH_H
#define LEAT_CORE_HASH_H

#include <stdint.h>

#include "lib/core/slice.h"

/* Hashes the bytes, continuing from `seed`, which is 0 or an earlier hash. */
uint64_t hash_bytes(uint64_t seed, struct slice bytes);

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of the pieces, as if they were one text. Whoever does
 * not know the key cannot find two texts with one hash. */
uint64_t hash_identity(const uint64_t key[static 2], const struct slice *pieces, size_t count);

/* Authenticates the pieces, as if they were one text: writes the 16 bytes of SipHash-2-4-128 (the
 * authors' second output length, and OpenSSL's default). Whoever does not know the key cannot find
 * them for a text whose tag he has not seen. Compare them in constant time. */
void hash_tag(const uint64_t key[static 2], const struct slice *pieces, size_t count,
              unsigned char tag[static 16]);

#endif
