/* SPDX-License-Identifier: MIT */
#include "t/workers/http/parse/proxy_fixture.h"

#include <endian.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* RFC 9260, appendix A, bit by bit. */
uint32_t proxy_crc32c(const unsigned char *data, size_t len)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

void proxy_put(struct proxy_bytes *b, const void *data, size_t len)
{
    cr_assert(b->len + len <= sizeof(b->data));
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void proxy_set_length(struct proxy_bytes *b, size_t length)
{
    b->data[14] = (unsigned char)(length >> 8);
    b->data[15] = (unsigned char)length;
}

/* Starts a version 2 header with the addresses 1.2.3.4, 102:304:… or /\1\2\3…; TLVs may follow. */
void proxy_start(struct proxy_bytes *b, unsigned char command, unsigned char family)
{
    size_t len = family >> 4 == 1 ? 12 : family >> 4 == 2 ? 36 : family >> 4 == 3 ? 216 : 0;

    b->len = 0;
    proxy_put(b, "\r\n\r\n\0\r\nQUIT\n", 12);
    proxy_put(b, &command, 1);
    proxy_put(b, &family, 1);
    proxy_put(b, "\0", 2);
    for (size_t i = 1; i <= len; i++)
        b->data[b->len++] = (unsigned char)i;
    proxy_set_length(b, len);
}

/* Adds a TLV of `len` zeros. Returns the position of its value. */
size_t proxy_put_tlv(struct proxy_bytes *b, unsigned char type, size_t len)
{
    unsigned char head[3] = {type, (unsigned char)(len >> 8), (unsigned char)len};

    proxy_put(b, head, 3);
    memset(b->data + b->len, 0, len);
    b->len += len;
    proxy_set_length(b, b->len - HEAD);
    return b->len - len;
}

/* Writes the checksum, once everything else is in place. */
void proxy_put_checksum(struct proxy_bytes *b, size_t at)
{
    uint32_t crc = htonl(proxy_crc32c(b->data, b->len));

    memcpy(b->data + at, &crc, 4);
}

/* Feeds an exact-size copy, so that a sanitizer finds an overrun. */
size_t proxy_feed_copy(struct proxy *p, const void *data, size_t len)
{
    unsigned char *piece = malloc(len + !len);
    size_t n;

    memcpy(piece, data, len);
    n = proxy_feed(p, piece, len);
    free(piece);
    return n;
}
