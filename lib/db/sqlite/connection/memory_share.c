/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/memory_share.h"

#include <assert.h>

enum { CACHE_MIN = 256 << 10 };

/* What a stream maps would count as memory of the worker. */
static void share_with_stream(struct db_options *out, const struct db_options *all)
{
    out->cache_bytes = all->cache_bytes ? CACHE_MIN : 0;
    out->mmap_bytes = 0;
}

void memory_share(struct db_options *out, const struct db_options *all, enum memory_user user)
{
    int sharers = __builtin_popcount(all->roles) * (user == MEMORY_LOOP ? 1 : all->readers + 2);

    assert(sharers > 0);
    if (user == MEMORY_STREAM) {
        share_with_stream(out, all);
        return;
    }
    out->cache_bytes = all->cache_bytes / 2 / sharers;
    if (all->cache_bytes && out->cache_bytes < CACHE_MIN)
        out->cache_bytes = CACHE_MIN;
}
