/* SPDX-License-Identifier: MIT */
/* Random damage to headers of the PROXY protocol: whole or in pieces, the result is the same. */
#include "t/workers/http/parse/proxy_fixture.h"

#include <endian.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static const char http[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const char line[] = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n";

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % sides;
}

static void start_any(struct proxy_bytes *b, uint32_t *seed)
{
    static const char *const lines[] = {"PROXY UNKNOWN\r\n", "PROXY TCP6 2001:db8::1 ::2 1 2\r\n",
                                        "PROXY UNKNOWN ::1 ::2 1 2\r\n", line};
    static const unsigned char families[] = {0x11, 0x21, 0x31, 0x00, 0x12};
    const char *text = lines[dice(seed, COUNT(lines))];

    b->len = 0;
    proxy_put(b, text, strlen(text));
    if (dice(seed, 3) == 0)
        return;
    proxy_start(b, dice(seed, 5) ? 0x21 : 0x20, families[dice(seed, COUNT(families))]);
    for (uint32_t tlvs = dice(seed, 3); tlvs; tlvs--)
        proxy_put_tlv(b, dice(seed, 4) ? NOOP : 0x20, dice(seed, 20));
    if (dice(seed, 2))
        proxy_put_checksum(b, proxy_put_tlv(b, CRC32C, 4));
}

static void spoil(struct proxy_bytes *b, uint32_t *seed)
{
    static const char usual[] = "\r\n \0.:0159fF\xff\x21\x11";
    size_t at = dice(seed, (uint32_t)b->len), n = dice(seed, 4);

    n = n < b->len - at ? n : b->len - at;
    switch (dice(seed, 7)) {
    case 0:
        b->data[at] ^= (unsigned char)(1U << dice(seed, 8));
        break;
    case 1:
        b->data[at] = (unsigned char)usual[dice(seed, sizeof(usual) - 1)];
        break;
    case 2:
        b->len -= at ? n : 0;
        memmove(b->data + at, b->data + at + n, b->len - at);
        break;
    case 3:
        memmove(b->data + at + n, b->data + at, b->len - at);
        b->len += n;
        break;
    case 4:
        b->len = 1 + at;
        break;
    case 5:
        if (b->len > HEAD)
            proxy_set_length(b, dice(seed, 8) ? dice(seed, 300) : dice(seed, 65536));
    }
}

/* Returns the length of a header according to its own first bytes. */
static size_t true_length(const struct proxy_bytes *b)
{
    const unsigned char *end;

    if (b->data[0] != 'P')
        return HEAD + ((size_t)b->data[14] << 8 | b->data[15]);
    end = memmem(b->data, b->len, "\r\n", 2);
    return end ? (size_t)(end - b->data) + 2 : 0;
}

/* Feeds it whole or in pieces of at most `most` bytes, and checks what must hold for any input. */
static bool holds(struct proxy *p, enum proxy_mode mode, const struct proxy_bytes *b, uint32_t most,
                  uint32_t *seed)
{
    size_t used = 0;

    proxy_init(p, mode);
    for (size_t at = 0, len; at < b->len; at += len) {
        enum proxy_state before = p->state;
        size_t n;

        len = most ? 1 + dice(seed, most) : b->len;
        len = len < b->len - at ? len : b->len - at;
        n = proxy_feed_copy(p, b->data + at, len);
        used += n;
        if (n > len || (p->state == PROXY_MORE && n != len) ||
            (before != PROXY_MORE && (n || p->state != before)))
            return false;
    }
    return p->state == PROXY_DONE ? used == true_length(b)
                                  : p->state == PROXY_MORE || p->state == PROXY_BAD;
}

Test(proxy_random, survives_random_damage)
{
    static struct proxy_bytes b;
    struct proxy whole, parts;
    uint32_t seed = 20240607;
    size_t taken = 0, refused = 0;

    for (int i = 0; i < 200000; i++) {
        enum proxy_mode mode = PROXY_V1 + dice(&seed, 3);
        uint32_t most = 1 + (dice(&seed, 4) ? dice(&seed, 64) : 0);

        start_any(&b, &seed);
        for (uint32_t times = dice(&seed, 4); times; times--)
            spoil(&b, &seed);
        if (dice(&seed, 4))
            proxy_put(&b, http, sizeof(http) - 1);
        if (!holds(&whole, mode, &b, 0, &seed) || !holds(&parts, mode, &b, most, &seed) ||
            whole.state != parts.state || whole.has_peer != parts.has_peer) {
            cr_expect(false, "round %d: states %d and %d", i, (int)whole.state, (int)parts.state);
            break;
        }
        taken += whole.state == PROXY_DONE;
        refused += whole.state == PROXY_BAD;
    }
    cr_expect(taken > 20000 && refused > 20000, "%zu taken, %zu refused", taken, refused);
}
