/* SPDX-License-Identifier: MIT */
#include "lib/core/hash.h"

#include <criterion/criterion.h>

/* The key 00 01 … 0f, the message 00 01 … (len - 1): the vectors of the authors' implementation. */
static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
static const struct {
    size_t len;
    uint64_t hash;
} rows[] = {
    {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
    {2, UINT64_C(0x0d6c8009d9a94f5a)},  {3, UINT64_C(0x85676696d7fb7e2d)},
    {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
    {15, UINT64_C(0xa129ca6149be45e5)}, /* the one in the paper */
    {16, UINT64_C(0x3f2acc7f57c29bdb)}, {24, UINT64_C(0xb8ad50c6f649af94)},
    {63, UINT64_C(0x958a324ceb064572)},
};

Test(hash, of_identities_has_the_vectors)
{
    char message[64];

    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (char)i;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(hash_identity(key, &(struct slice){message, rows[i].len}, 1) == rows[i].hash,
                  "%zu bytes", rows[i].len);
        for (size_t cut = 0; cut <= rows[i].len; cut++) {
            const struct slice pieces[] = {{message, cut}, {message + cut, rows[i].len - cut}};

            cr_expect(hash_identity(key, pieces, 2) == rows[i].hash, "%zu bytes in two pieces",
                      rows[i].len);
        }
    }
}

Test(hash, of_bytes_tells_texts_apart)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    uint64_t seen[sizeof(text)];

    for (size_t len = 0; len < sizeof(text); len++) {
        seen[len] = hash_bytes(0, (struct slice){text, len});
        cr_expect(seen[len] == hash_bytes(0, (struct slice){text, len}), "%zu", len);
        cr_expect(seen[len] != hash_bytes(1, (struct slice){text, len}), "%zu: the seed", len);
        for (size_t i = 0; i < len; i++)
            cr_expect(seen[len] != seen[i], "%zu and %zu", len, i);
    }
}
