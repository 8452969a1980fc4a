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

/* The same messages; what `openssl mac -macopt size:16 SIPHASH` says of them. */
static const struct {
    size_t len;
    unsigned char tag[17];
} tags[] = {
    {0, "\xa3\x81\x7f\x04\xba\x25\xa8\xe6\x6d\xf6\x72\x14\xc7\x55\x02\x93"},
    {1, "\xda\x87\xc1\xd8\x6b\x99\xaf\x44\x34\x76\x59\x11\x9b\x22\xfc\x45"},
    {7, "\xa1\xf1\xeb\xbe\xd8\xdb\xc1\x53\xc0\xb8\x4a\xa6\x1f\xf0\x82\x39"},
    {8, "\x3b\x62\xa9\xba\x62\x58\xf5\x61\x0f\x83\xe2\x64\xf3\x14\x97\xb4"},
    {15, "\x54\x93\xe9\x99\x33\xb0\xa8\x11\x7e\x08\xec\x0f\x97\xcf\xc3\xd9"},
    {63, "\x51\x50\xd1\x77\x2f\x50\x83\x4a\x50\x3e\x06\x9a\x97\x3f\xbd\x7c"},
};

Test(hash, of_authentication_has_the_vectors)
{
    char message[64];
    unsigned char tag[16];

    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (char)i;
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
        for (size_t cut = 0; cut <= tags[i].len; cut++) {
            const struct slice pieces[] = {{message, cut}, {message + cut, tags[i].len - cut}};

            hash_tag(key, pieces, 2, tag);
            cr_expect(memcmp(tag, tags[i].tag, sizeof(tag)) == 0, "%zu bytes, cut at %zu",
                      tags[i].len, cut);
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
