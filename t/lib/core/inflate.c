/* SPDX-License-Identifier: MIT */
#include "lib/core/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#include <criterion/criterion.h>

/* Appends a member of its own; window 31 is gzip, 15 zlib, -15 raw. */
static void pack(struct buf *out, const void *data, size_t len, int window)
{
    z_stream z = {0};
    size_t room = len + 1024;

    cr_assert(deflateInit2(&z, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (unsigned char *)data;
    z.avail_in = (uInt)len;
    z.next_out = (unsigned char *)buf_reserve(out, room);
    z.avail_out = (uInt)room;
    cr_assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->len += room - z.avail_out;
    deflateEnd(&z);
}

/* A copy that ends where its memory ends, for the sanitizer. */
static enum inflate_result unpack(const void *data, size_t len, size_t limit, struct buf *out)
{
    char *copy = malloc(len ? len : 1);
    enum inflate_result result;

    if (len)
        memcpy(copy, data, len);
    result = inflate_gzip((struct slice){copy, len}, limit, out);
    free(copy);
    return result;
}

static const char text[] = "{\"title\":\"milk\",\"note\":\"milk, milk and again milk\"}";

Test(inflate, appends_what_members_hold)
{
    struct buf packed = {0}, out = {0};

    pack(&packed, "", 0, 31);
    pack(&packed, text, strlen(text), 31);
    pack(&packed, "", 0, 31);
    pack(&packed, "tail", 4, 31);
    buf_puts(&out, "head ");
    cr_expect_eq(unpack(packed.data, packed.len, strlen(text) + 4, &out), INFLATE_OK);
    cr_expect(strncmp(buf_text(&out), "head {\"title\"", 13) == 0);
    cr_expect(out.len == 5 + strlen(text) + 4 && memcmp(out.data + out.len - 5, "}tail", 5) == 0);
    cr_expect_eq(unpack(packed.data, packed.len, strlen(text) + 3, &out), INFLATE_TOO_LARGE);
    cr_expect(out.len == 5 + strlen(text) + 4, "what was there is there");
    buf_fini(&packed);
    buf_fini(&out);
}

Test(inflate, keeps_the_limit)
{
    static const size_t sizes[] = {0, 1, 255, 256, 257, 4095, 4096, 32768, 32769, 1 << 20};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct buf packed = {0}, out = {0};
        char *data = malloc(sizes[i] + 1);

        for (size_t k = 0; k < sizes[i]; k++)
            data[k] = (char)(k * 2654435761U >> 24);
        pack(&packed, data, sizes[i], 31);
        cr_expect_eq(unpack(packed.data, packed.len, sizes[i], &out), INFLATE_OK, "%zu", sizes[i]);
        cr_expect(out.len == sizes[i] && out.cap <= sizes[i], "%zu: %zu", sizes[i], out.cap);
        cr_expect(!sizes[i] || memcmp(out.data, data, sizes[i]) == 0);
        buf_fini(&out);
        cr_expect_eq(unpack(packed.data, packed.len, sizes[i] + 1, &out), INFLATE_OK);
        buf_fini(&out);
        if (sizes[i])
            cr_expect_eq(unpack(packed.data, packed.len, sizes[i] - 1, &out), INFLATE_TOO_LARGE);
        cr_expect(out.len == 0 && (!sizes[i] || out.cap <= sizes[i] - 1), "%zu", out.cap);
        buf_fini(&packed);
        buf_fini(&out);
        free(data);
    }
}

/* 1000:1, and again as members of their own. */
Test(inflate, bounds_bombs)
{
    enum { SIZE = 8 << 20 };
    static const size_t limits[] = {0, 1, 1000, 65536, SIZE - 1};
    struct buf packed = {0}, out = {0};
    char *zeros = calloc(1, SIZE);
    size_t one;

    pack(&packed, zeros, SIZE, 31);
    one = packed.len;
    cr_assert(one * 1000 < SIZE);
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        cr_expect_eq(unpack(packed.data, one, limits[i], &out), INFLATE_TOO_LARGE);
        cr_expect(out.cap <= limits[i] && !out.len, "%zu: %zu", limits[i], out.cap);
        buf_fini(&out);
    }
    cr_expect_eq(unpack(packed.data, one, SIZE, &out), INFLATE_OK);
    cr_expect(out.len == SIZE && out.cap == SIZE);
    buf_fini(&out);
    pack(&packed, zeros, SIZE, 31);
    cr_expect_eq(unpack(packed.data, packed.len, SIZE, &out), INFLATE_TOO_LARGE);
    cr_expect_eq(out.cap, SIZE);
    buf_fini(&out);
    buf_fini(&packed);
    free(zeros);
}

Test(inflate, grows_with_what_comes_not_with_the_limit)
{
    struct buf packed = {0}, out = {0};

    pack(&packed, text, strlen(text), 31);
    cr_expect_eq(unpack(packed.data, packed.len, SIZE_MAX, &out), INFLATE_OK);
    cr_expect(out.cap <= 1024, "%zu", out.cap);
    buf_fini(&out);
    buf_fini(&packed);
}

Test(inflate, refuses_what_is_cut_off)
{
    struct buf packed = {0}, out = {0};
    size_t first;

    pack(&packed, text, strlen(text), 31);
    first = packed.len;
    pack(&packed, text, strlen(text), 31);
    for (size_t len = 0; len < packed.len; len++) {
        enum inflate_result want = len == first ? INFLATE_OK : INFLATE_BAD;

        cr_expect_eq(unpack(packed.data, len, 1000, &out), want, "%zu", len);
        cr_expect_eq(out.len, len == first ? strlen(text) : 0, "%zu", len);
        out.len = 0;
    }
    cr_expect_eq(inflate_gzip((struct slice){NULL, 0}, 1000, &out), INFLATE_BAD);
    buf_fini(&packed);
    buf_fini(&out);
}

Test(inflate, refuses_what_is_not_gzip)
{
    static const int windows[] = {15, -15};
    static const struct slice tails[] = {{"\0", 1}, {"\x1f", 1}, {"\x1f\x8b", 2}, {"x", 1}};
    struct buf packed = {0}, out = {0};

    for (size_t i = 0; i < 2; i++) {
        packed.len = 0;
        pack(&packed, text, strlen(text), windows[i]);
        cr_expect_eq(unpack(packed.data, packed.len, 1000, &out), INFLATE_BAD, "%zu", i);
    }
    cr_expect_eq(unpack(text, strlen(text), 1000, &out), INFLATE_BAD);
    for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
        packed.len = 0;
        pack(&packed, text, strlen(text), 31);
        buf_put(&packed, tails[i].data, tails[i].len);
        cr_expect_eq(unpack(packed.data, packed.len, 1000, &out), INFLATE_BAD, "tail %zu", i);
    }
    cr_expect_eq(out.len, 0);
    buf_fini(&packed);
    buf_fini(&out);
}

/* All but those that say nothing: the header's text flag, time, level and system (RFC 1952, 2.3),
 * and what fills the last byte in front of the checksum. */
Test(inflate, refuses_every_flipped_bit)
{
    struct buf packed = {0}, out = {0};

    pack(&packed, text, strlen(text), 31);
    for (size_t bit = 0; bit < packed.len * 8; bit++) {
        size_t byte = bit / 8;
        bool may_pass = (byte >= 4 && byte < 10) || bit == 3 * 8 || byte == packed.len - 9;
        enum inflate_result have;

        packed.data[byte] = (char)(packed.data[byte] ^ 1 << bit % 8);
        have = unpack(packed.data, packed.len, 1000, &out);
        cr_expect(have == INFLATE_BAD || (may_pass && have == INFLATE_OK), "bit %zu", bit);
        cr_expect(have == INFLATE_BAD || slice_is(buf_slice(&out), text), "bit %zu", bit);
        packed.data[byte] = (char)(packed.data[byte] ^ 1 << bit % 8);
        out.len = 0;
    }
    buf_fini(&packed);
    buf_fini(&out);
}
