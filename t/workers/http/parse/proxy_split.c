/* SPDX-License-Identifier: MIT */
/* The bounds of the PROXY protocol: versions, longest headers, checksum and
 * what follows. */
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

/* Feeds everything in two pieces. */
static size_t feed_cut(struct proxy *p, enum proxy_mode mode, const struct proxy_bytes *b,
                       size_t cut)
{
    size_t n;

    proxy_init(p, mode);
    n = proxy_feed_copy(p, b->data, cut);
    return n + proxy_feed_copy(p, b->data + cut, b->len - cut);
}

static enum proxy_state state_of(enum proxy_mode mode, const void *data, size_t len)
{
    struct proxy p;

    proxy_init(&p, mode);
    proxy_feed_copy(&p, data, len);
    return p.state;
}

Test(proxy, takes_the_versions_that_are_allowed)
{
    static struct proxy_bytes two;

    proxy_start(&two, 0x21, 0x11);
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
    static struct proxy_bytes b;

    for (size_t at = 0; at < 12; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            proxy_start(&b, 0x21, 0x11);
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
    static struct proxy_bytes b;

    for (size_t i = 0; i < COUNT(rows); i++) {
        b.len = 0;
        proxy_put(&b, "PROXY UNKNOWN ", 14);
        memset(b.data + b.len, 'f', rows[i].fill);
        b.len += rows[i].fill;
        proxy_put(&b, rows[i].end, strlen(rows[i].end));
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
    static struct proxy_bytes b;
    struct proxy p;
    size_t n;

    proxy_start(&b, 0x21, 0x11);
    n = proxy_put_tlv(&b, CRC32C, 4);
    proxy_put_tlv(&b, NOOP, PROXY_HEADER_MAX - b.len - 3);
    proxy_put_checksum(&b, n);
    cr_assert(b.len == PROXY_HEADER_MAX);
    proxy_put(&b, http, sizeof(http) - 1);
    for (size_t cut = 0; cut <= b.len; cut += cut % 61 ? 1 : 9) {
        n = feed_cut(&p, PROXY_V2, &b, cut);
        if (n != PROXY_HEADER_MAX || p.state != PROXY_DONE || !p.has_peer)
            cr_expect(false, "cut at %zu: %zu, state %d", cut, n, (int)p.state);
    }
    for (size_t i = 0; i < COUNT(families); i++)
        for (size_t j = 0; j < COUNT(sizes); j++) {
            proxy_start(&b, i == 2 ? 0x20 : 0x21, families[i]);
            proxy_put_tlv(&b, NOOP, sizes[j] - b.len - 3);
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
    static struct proxy_bytes b;
    struct proxy p;

    cr_assert(proxy_crc32c((const unsigned char *)"123456789", 9) == 0xe3069283);
    for (size_t i = 0; i < COUNT(families); i++)
        for (size_t before = 0; before < 3; before++) {
            size_t at, ends;

            proxy_start(&b, 0x21, families[i]);
            ends = b.len;
            proxy_put_tlv(&b, NOOP, before);
            at = proxy_put_tlv(&b, CRC32C, 4);
            proxy_put_tlv(&b, NOOP, 2);
            cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "zero");
            proxy_put_checksum(&b, at);
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
    static struct proxy_bytes b;
    size_t at;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        proxy_start(&b, 0x21, 0x11);
        at = proxy_put_tlv(&b, CRC32C, lengths[i]);
        if (lengths[i] >= 4)
            proxy_put_checksum(&b, at);
        cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "%zu bytes", lengths[i]);
    }
    proxy_start(&b, 0x21, 0x11);
    at = proxy_put_tlv(&b, CRC32C, 4);
    memcpy(b.data + at, &(uint32_t){htole32(proxy_crc32c(b.data, b.len))}, 4);
    cr_expect(state_of(PROXY_V2, b.data, b.len) == PROXY_BAD, "least significant byte first");
}

Test(proxy, takes_one_header)
{
    static struct proxy_bytes b;
    struct proxy p;

    for (size_t len, version = 1; version <= 2; version++) {
        proxy_start(&b, 0x21, 0x21);
        if (version == 1)
            memcpy(b.data, line, b.len = sizeof(line) - 1);
        len = b.len;
        proxy_put(&b, line, sizeof(line) - 1);
        cr_expect(feed_cut(&p, PROXY_ANY, &b, len) == len, "a second one is the client's");
        cr_expect(p.state == PROXY_DONE && p.has_peer);
        proxy_init(&p, PROXY_ANY);
        cr_expect(proxy_feed_copy(&p, "", 0) == 0 && proxy_feed_copy(&p, b.data, 5) == 5 &&
                  p.state == PROXY_MORE);
        cr_expect(proxy_feed_copy(&p, b.data + 5, b.len - 5) == len - 5 && p.state == PROXY_DONE);
    }
    proxy_init(&p, PROXY_ANY);
    cr_expect(!p.has_peer, "begins anew");
    proxy_feed_copy(&p, http, sizeof(http) - 1);
    cr_expect(proxy_feed_copy(&p, line, sizeof(line) - 1) == 0 && p.state == PROXY_BAD,
              "stays bad");
}
