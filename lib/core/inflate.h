/* SPDX-License-Identifier: MIT */
/* Decompression of gzip (RFC 1952) by zlib. */
#ifndef LEAT_CORE_INFLATE_H
#define LEAT_CORE_INFLATE_H

#include "lib/core/buf.h"

enum inflate_result { INFLATE_OK, INFLATE_BAD, INFLATE_TOO_LARGE };

/* Decompresses `packed` (one or more members with valid checksums, nothing after them) and appends
 * at most `limit` bytes to `out`, whose memory never grows past that. On failure `out` is left as
 * it was. */
enum inflate_result inflate_gzip(struct slice packed, size_t limit, struct buf *out);

#endif
