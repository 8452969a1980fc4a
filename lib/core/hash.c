/* SPDX-License-Identifier: MIT */
#include "lib/core/hash.h"

#include <threads.h>

#include "lib/core/text/uuid.h"

static uint64_t keys[2];
static once_flag once = ONCE_FLAG_INIT;

static void make_keys(void)
{
    random_bytes(keys, sizeof(keys));
    keys[1] |= 1; /* an even factor would lose bits */
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Loads up to eight bytes into a word so that each of them affects it, however few they are. */
static uint64_t load_bytes(const char *at, size_t len)
{
    uint32_t low, high;
    uint64_t word;

    if (len >= 8) {
        memcpy(&word, at, 8);
        return word;
    }
    if (len >= 4) {
        memcpy(&low, at, 4);
        memcpy(&high, at + len - 4, 4);
        return (uint64_t)high << 32 | low;
    }
    if (!len)
        return 0;
    return (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[len / 2] << 8 |
           (unsigned char)at[len - 1];
}

uint64_t hash_bytes(uint64_t seed, struct slice bytes)
{
    const char *at = bytes.data;
    size_t left = bytes.len;
    uint64_t hash;

    call_once(&once, make_keys);
    hash = seed ^ keys[0];
    for (; left > 8; at += 8, left -= 8)
        hash = fold(hash ^ load_bytes(at, 8), keys[1]);
    /* The length goes into a factor: added to the text, it could be cancelled by the last byte. */
    return fold(hash ^ load_bytes(at, left), keys[1] + 2 * bytes.len);
}
