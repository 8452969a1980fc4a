/* SPDX-License-Identifier: MIT */
/* gzip (RFC 1952), by zlib. */
#ifndef LEAT_CORE_INFLATE_H
#define LEAT_CORE_INFLATE_H

#include "lib/core/buf.h"

enum inflate_result { INFLATE_OK, INFLATE_BAD, INFLATE_TOO_LARGE };

/* Appends what `packed` (one or more members, nothing behind them, each with its checksum right)
 * unpacks to, at most `limit` bytes: memory never grows past that, whatever was promised. On
 * failure `out` holds what it held. */
enum inflate_result inflate_gzip(struct slice packed, size_t limit, struct buf *out);

#endif
