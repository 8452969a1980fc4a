/* SPDX-License-Identifier: MIT */
#include "lib/core/hash.h"

#include <endian.h>

struct siphash {
    uint64_t v[4];
    uint64_t tail; /* the bytes that do not fill a word yet */
    size_t len;
};

static uint64_t rotate_left(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void round_once(uint64_t v[static 4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] = rotate_left(v[2], 32);
}

static void take_word(struct siphash *s, uint64_t word)
{
    s->v[3] ^= word;
    round_once(s->v);
    round_once(s->v);
    s->v[0] ^= word;
}

/* Takes the first `count` bytes of the word, 1 to 8; the others must be zero. */
static void take_bytes(struct siphash *s, uint64_t word, size_t count)
{
    size_t filled = s->len & 7;

    s->len += count;
    s->tail |= word << 8 * filled;
    if (filled + count < 8)
        return;
    take_word(s, s->tail);
    s->tail = filled ? word >> 8 * (8 - filled) : 0;
}

static void add(struct siphash *s, struct slice piece)
{
    const char *at = piece.data;
    size_t left = piece.len;
    uint64_t word;

    for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        take_bytes(s, le64toh(word), sizeof(word));
    }
    if (!left)
        return;
    word = 0;
    memcpy(&word, at, left);
    take_bytes(s, le64toh(word), left);
}

static struct siphash begin(const uint64_t key[static 2])
{
    return (struct siphash){
        .v = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
              key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)}};
}

static uint64_t fold_rounds(struct siphash *s)
{
    for (int i = 0; i < 4; i++)
        round_once(s->v);
    return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

static void take_pieces(struct siphash *s, const struct slice *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(s, pieces[i]);
    take_word(s, s->tail | (uint64_t)s->len << 56);
}

uint64_t hash_identity(const uint64_t key[static 2], const struct slice *pieces, size_t count)
{
    struct siphash s = begin(key);

    take_pieces(&s, pieces, count);
    s.v[2] ^= 0xff;
    return fold_rounds(&s);
}

void hash_tag(const uint64_t key[static 2], const struct slice *pieces, size_t count,
              unsigned char tag[static 16])
{
    struct siphash s = begin(key);
    uint64_t halves[2];

    s.v[1] ^= 0xee;
    take_pieces(&s, pieces, count);
    s.v[2] ^= 0xee;
    halves[0] = htole64(fold_rounds(&s));
    s.v[1] ^= 0xdd;
    halves[1] = htole64(fold_rounds(&s));
    memcpy(tag, halves, sizeof(halves));
}
