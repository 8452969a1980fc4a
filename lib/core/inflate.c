/* SPDX-License-Identifier: MIT */
#include "lib/core/inflate.h"

#include <assert.h>
#include <limits.h>

#define ZLIB_CONST
#include <zlib.h>

#include "lib/core/memory.h"

enum { GZIP_ONLY = 16, ROOM_MIN = 256 };

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Points zlib to the room after the first `done` bytes. At the limit it gets one spare byte of the
 * caller's instead, which shows whether there would be more output. */
static void give_room(z_stream *z, size_t done, size_t limit, struct buf *out, unsigned char *spill)
{
    size_t room = min(limit - done, done > ROOM_MIN ? done : ROOM_MIN);

    z->next_out = spill;
    z->avail_out = 1;
    if (!room)
        return;
    z->next_out = (unsigned char *)buf_reserve_exact(out, room);
    z->avail_out = (uInt)min(min(out->cap - out->len, limit - done), UINT_MAX);
}

static enum inflate_result unpack(z_stream *z, const unsigned char *end, size_t limit,
                                  struct buf *out)
{
    size_t done = 0, got;
    unsigned char spill;
    uInt room;

    for (;;) {
        int result;

        give_room(z, done, limit, out, &spill);
        room = z->avail_out;
        z->avail_in = (uInt)min((size_t)(end - z->next_in), UINT_MAX);
        result = inflate(z, Z_NO_FLUSH);
        assert(z->avail_out <= room && done <= limit);
        got = room - z->avail_out;
        if (got > limit - done)
            return INFLATE_TOO_LARGE;
        done += got;
        out->len += got;
        if (result == Z_STREAM_END) {
            if (z->next_in == end)
                return INFLATE_OK;
            result = inflateReset(z);
        }
        if (result == Z_MEM_ERROR)
            memory_exhausted(0);
        /* Z_BUF_ERROR: no progress, so the input is cut off */
        if (result != Z_OK)
            return INFLATE_BAD;
    }
}

enum inflate_result inflate_gzip(struct slice packed, size_t limit, struct buf *out)
{
    z_stream z = {.next_in = (const unsigned char *)packed.data};
    size_t before = out->len;
    enum inflate_result result;

    if (!packed.len)
        return INFLATE_BAD;
    if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        memory_exhausted(0);
    result = unpack(&z, z.next_in + packed.len, limit, out);
    inflateEnd(&z);
    if (result != INFLATE_OK)
        out->len = before;
    return result;
}
