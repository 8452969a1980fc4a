/* SPDX-License-Identifier: MIT */
/* The bounds of the PROXY protocol: versions, longest headers, checksum, what follows, and random
 * input. */
#include "workers/http/proxy.h"

#include <endian.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

enum { HEAD = 16, NOOP = 4, CRC32C = 3 };

static const char http[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const char line[] = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n";

struct bytes {
    size_t len;
    unsigned char data[70000];
};

/* RFC 9260, appendix A, bit by bit. */
static uint32_t crc32c(const unsigned char *data, size_t len)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void put(struct bytes *b, const void *data, size_t len)
{
    cr_assert(b->len + len <= sizeof(b->data));
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void set_length(struct bytes *b, size_t length)
{
    b->data[14] = (unsigned char)(length >> 8);
    b->data[15] = (unsigned char)length;
}

/* Starts a version 2 header with the addresses 1.2.3.4, 102:304:… or /\1\2\3…; TLVs may follow. */
static void start(struct bytes *b, unsigned char command, unsigned char family)
{
    size_t len = family >> 4 == 1 ? 12 : family >> 4 == 2 ? 36 : family >> 4 == 3 ? 216 : 0;

    b->len = 0;
    put(b, "\r\n\r\n\0\r\nQUIT\n", 12);
    put(b, &command, 1);
    put(b, &family, 1);
    put(b, "\0", 2);
    for (size_t i = 1; i <= len; i++)
        b->data[b->len++] = (unsigned char)i;
    set_length(b, len);
}

/* Adds a TLV of `len` zeros. Returns the position of its value. */
static size_t put_tlv(struct bytes *b, unsigned char type, size_t len)
{
    unsigned char head[3] = {type, (unsigned char)(len >> 8), (unsigned char)len};

    put(b, head, 3);
    memset(b->data + b->len, 0, len);
    b->len += len;
    set_length(b, b->len - HEAD);
    return b->len - len;
}

/* Writes the checksum, once everything else is in place. */
static void put_checksum(struct bytes *b, size_t at)
{
    uint32_t crc = htonl(crc32c(b->data, b->len));

    memcpy(b->data + at, &crc, 4);
}

/* Feeds an exact-size copy, so that a sanitizer finds an overrun. */
static size_t feed(struct proxy *p, const void *data, size_t len)
{
    unsigned char *piece = malloc(len + !len);
    size_t n;

    memcpy(piece, data, len);
    n = proxy_feed(p, piece, len);
    free(piece);
    return n;
}

/* Feeds everything in two pieces. */
static size_t feed_cut(struct proxy *p, enum proxy_mode mode, const struct bytes *b, size_t cut)
{
    size_t n;

    proxy_init(p, mode);
    n = feed(p, b->data, cut);
    return n + feed(p, b->data + cut, b->len - cut);
}

static enum proxy_state state_of(enum proxy_mode mode, const void *data, size_t len)
{
    struct proxy p;

    proxy_init(&p, mode);
    feed(&p, data, len);
    return p.state;
}

Test(proxy, takes_the_versions_that_are_allowed)
{
    static struct bytes two;

    start(&two, 0x21, 0x11);
    cr_expect(state_of(PROXY_V1, line, sizeof(line) - 1) == PROXY_DONE);
    cr_expect(state_of(PROXY_V2, line, sizeof(line) - 1) == PROXY_BAD);
    cr_expect(state_of(PROXY_V1, two.data, two.len) == PROXY_BAD);
    cr_expect(state_of(PROXY_V2, two.data, two.len) == PROXY_DONE);
}

/* The specification recommends to abort as soon as possible: a client that speaks HTTP is not left
 * waiting. */
Test(proxy, refuses_at_the_first_byte)
{
    for (int byte = 0; byte < 256; byte++) {
        unsigned char data[1] = {(unsigned char)byte};
        bool one = byte == 'P', two = byte == '\r';

        cr_expect((state_of(PROXY_V1, data, 1) == PROXY_BAD) == !one, "%d", byte);
        cr_expect((state_of(PROXY_V2, data, 1) == PROXY_BAD) == !two, "%d", byte);
        cr_expect((state_of(PROXY_ANY, data, 1) == PROXY_BAD) == !(one || two), "%d", byte);
    }
}

Test(proxy, refuses_a_wrong_signature)
{
    static struct bytes b;

    for (size_t at = 0; at < 12; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            start(&b, 0x21, 0x11);
            b.data[at] ^= (unsigned char)(1U << bit);
            cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "byte %zu", at);
        }
}

/* At most 107 bytes including CRLF, whatever follows. */
Test(proxy, bounds_a_line)
{
    static const struct {
        size_t fill;
        const char *end;
        enum proxy_state state;
    } rows[] = {{91, "\r\n", PROXY_DONE}, {92, "\r\n", PROXY_BAD}, {93, "\r\n", PROXY_BAD},
                {93, "", PROXY_BAD},      {92, "\r", PROXY_BAD},   {92, "", PROXY_MORE},
                {91, "\r", PROXY_MORE},   {900, "", PROXY_BAD},    {400, "\r\n", PROXY_BAD}};
    static struct bytes b;

    for (size_t i = 0; i < COUNT(rows); i++) {
        b.len = 0;
        put(&b, "PROXY UNKNOWN ", 14);
        memset(b.data + b.len, 'f', rows[i].fill);
        b.len += rows[i].fill;
        put(&b, rows[i].end, strlen(rows[i].end));
        for (size_t cut = 0; cut <= b.len; cut++) {
            struct proxy p;
            size_t n = feed_cut(&p, PROXY_V1, &b, cut);

            if (p.state != rows[i].state || (p.state != PROXY_BAD && n != b.len))
                cr_expect(false, "row %zu cut at %zu: state %d, %zu", i, cut, (int)p.state, n);
        }
    }
}

Test(proxy, bounds_a_binary_header)
{
    static const size_t sizes[] = {PROXY_HEADER_MAX + 1, PROXY_HEADER_MAX + 2, 5000, 65535 + HEAD};
    static const unsigned char families[] = {0x11, 0x31, 0x00};
    static struct bytes b;
    struct proxy p;
    size_t n;

    start(&b, 0x21, 0x11);
    n = put_tlv(&b, CRC32C, 4);
    put_tlv(&b, NOOP, PROXY_HEADER_MAX - b.len - 3);
    put_checksum(&b, n);
    cr_assert(b.len == PROXY_HEADER_MAX);
    put(&b, http, sizeof(http) - 1);
    for (size_t cut = 0; cut <= b.len; cut += cut % 61 ? 1 : 9) {
        n = feed_cut(&p, PROXY_V2, &b, cut);
        if (n != PROXY_HEADER_MAX || p.state != PROXY_DONE || !p.has_peer)
            cr_expect(false, "cut at %zu: %zu, state %d", cut, n, (int)p.state);
    }
    for (size_t i = 0; i < COUNT(families); i++)
        for (size_t j = 0; j < COUNT(sizes); j++) {
            start(&b, i == 2 ? 0x20 : 0x21, families[i]);
            put_tlv(&b, NOOP, sizes[j] - b.len - 3);
            cr_assert(b.len == sizes[j]);
            cr_expect(state_of(PROXY_V2, b.data, HEAD) == PROXY_BAD, "waits for %zu", sizes[j]);
            for (size_t cut = 0; cut < 100; cut++)
                if (feed_cut(&p, PROXY_ANY, &b, cut) > PROXY_HEADER_MAX || p.state != PROXY_BAD)
                    cr_expect(false, "%zu cut at %zu", sizes[j], cut);
        }
}

Test(proxy, checks_the_checksum)
{
    static const unsigned char families[] = {0x11, 0x21, 0x31};
    static struct bytes b;
    struct proxy p;

    cr_assert(crc32c((const unsigned char *)"123456789", 9) == 0xe3069283);
    for (size_t i = 0; i < COUNT(families); i++)
        for (size_t before = 0; before < 3; before++) {
            size_t at, ends;

            start(&b, 0x21, families[i]);
            ends = b.len;
            put_tlv(&b, NOOP, before);
            at = put_tlv(&b, CRC32C, 4);
            put_tlv(&b, NOOP, 2);
            cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "zero");
            put_checksum(&b, at);
            for (size_t cut = 0; cut <= b.len; cut++)
                if (feed_cut(&p, PROXY_V2, &b, cut) != b.len || p.state != PROXY_DONE)
                    cr_expect(false, "family %zu cut at %zu", i, cut);
            for (size_t off = HEAD; off < b.len; off++) {
                if (off >= ends && (off < at || off >= at + 4))
                    continue; /* the head of a TLV, where another may result */
                b.data[off] ^= 1;
                cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "bit at %zu", off);
                b.data[off] ^= 1;
            }
        }
}

Test(proxy, refuses_a_checksum_of_another_form)
{
    static const size_t lengths[] = {0, 1, 2, 3, 5, 6, 7, 8, 16};
    static struct bytes b;
    size_t at;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        start(&b, 0x21, 0x11);
        at = put_tlv(&b, CRC32C, lengths[i]);
        if (lengths[i] >= 4)
            put_checksum(&b, at);
        cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "%zu bytes", lengths[i]);
    }
    start(&b, 0x21, 0x11);
    at = put_tlv(&b, CRC32C, 4);
    memcpy(b.data + at, &(uint32_t){htole32(crc32c(b.data, b.len))}, 4);
    cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "least significant byte first");
}

Test(proxy, takes_one_header)
{
    static struct bytes b;
    struct proxy p;

    for (size_t len, version = 1; version <= 2; version++) {
        start(&b, 0x21, 0x21);
        if (version == 1)
            memcpy(b.data, line, b.len = sizeof(line) - 1);
        len = b.len;
        put(&b, line, sizeof(line) - 1);
        cr_expect(feed_cut(&p, PROXY_ANY, &b, len) == len, "a second one is the client's");
        cr_expect(p.state == PROXY_DONE && p.has_peer);
        proxy_init(&p, PROXY_ANY);
        cr_expect(feed(&p, "", 0) == 0 && feed(&p, b.data, 5) == 5 && p.state == PROXY_MORE);
        cr_expect(feed(&p, b.data + 5, b.len - 5) == len - 5 && p.state == PROXY_DONE);
    }
    proxy_init(&p, PROXY_ANY);
    cr_expect(!p.has_peer, "begins anew");
    feed(&p, http, sizeof(http) - 1);
    cr_expect(feed(&p, line, sizeof(line) - 1) == 0 && p.state == PROXY_BAD, "stays bad");
}

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % sides;
}

static void start_any(struct bytes *b, uint32_t *seed)
{
    static const char *const lines[] = {"PROXY UNKNOWN\r\n", "PROXY TCP6 2001:db8::1 ::2 1 2\r\n",
                                        "PROXY UNKNOWN ::1 ::2 1 2\r\n", line};
    static const unsigned char families[] = {0x11, 0x21, 0x31, 0x00, 0x12};
    const char *text = lines[dice(seed, COUNT(lines))];

    b->len = 0;
    put(b, text, strlen(text));
    if (dice(seed, 3) == 0)
        return;
    start(b, dice(seed, 5) ? 0x21 : 0x20, families[dice(seed, COUNT(families))]);
    for (uint32_t tlvs = dice(seed, 3); tlvs; tlvs--)
        put_tlv(b, dice(seed, 4) ? NOOP : 0x20, dice(seed, 20));
    if (dice(seed, 2))
        put_checksum(b, put_tlv(b, CRC32C, 4));
}

static void spoil(struct bytes *b, uint32_t *seed)
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
            set_length(b, dice(seed, 8) ? dice(seed, 300) : dice(seed, 65536));
    }
}

/* Returns the length of a header according to its own first bytes. */
static size_t true_length(const struct bytes *b)
{
    const unsigned char *end;

    if (b->data[0] != 'P')
        return HEAD + ((size_t)b->data[14] << 8 | b->data[15]);
    end = memmem(b->data, b->len, "\r\n", 2);
    return end ? (size_t)(end - b->data) + 2 : 0;
}

/* Feeds it whole or in pieces of at most `most` bytes, and checks what must hold for any input. */
static bool holds(struct proxy *p, enum proxy_mode mode, const struct bytes *b, uint32_t most,
                  uint32_t *seed)
{
    size_t used = 0;

    proxy_init(p, mode);
    for (size_t at = 0, len; at < b->len; at += len) {
        enum proxy_state before = p->state;
        size_t n;

        len = most ? 1 + dice(seed, most) : b->len;
        len = len < b->len - at ? len : b->len - at;
        n = feed(p, b->data + at, len);
        used += n;
        if (n > len || (p->state == PROXY_MORE && n != len) ||
            (before != PROXY_MORE && (n || p->state != before)))
            return false;
    }
    return p->state == PROXY_DONE ? used == true_length(b)
                                  : p->state == PROXY_MORE || p->state == PROXY_BAD;
}

Test(proxy, survives_random_damage)
{
    static struct bytes b;
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
            put(&b, http, sizeof(http) - 1);
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
