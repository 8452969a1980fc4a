/* SPDX-License-Identifier: MIT */
/* Makes headers of the PROXY protocol, version 2. */
#ifndef LEAT_T_PROXY_FIXTURE_H
#define LEAT_T_PROXY_FIXTURE_H

#include <stdint.h>

#include "workers/http/parse/proxy.h"

enum { HEAD = 16, NOOP = 4, CRC32C = 3 };

struct proxy_bytes {
    size_t len;
    unsigned char data[70000];
};

/* RFC 9260, appendix A, bit by bit. */
uint32_t proxy_crc32c(const unsigned char *data, size_t len);
void proxy_put(struct proxy_bytes *b, const void *data, size_t len);
void proxy_set_length(struct proxy_bytes *b, size_t length);
/* Starts a version 2 header with the addresses 1.2.3.4, 102:304:… or /\1\2\3…; TLVs may follow. */
void proxy_start(struct proxy_bytes *b, unsigned char command, unsigned char family);
/* Adds a TLV of `len` zeros. Returns the position of its value. */
size_t proxy_put_tlv(struct proxy_bytes *b, unsigned char type, size_t len);
/* Writes the checksum, once everything else is in place. */
void proxy_put_checksum(struct proxy_bytes *b, size_t at);
/* Feeds an exact-size copy, so that a sanitizer finds an overrun. */
size_t proxy_feed_copy(struct proxy *p, const void *data, size_t len);

#endif
