/* SPDX-License-Identifier: MIT */
#include "workers/handlers/answer_location.h"

#include "lib/api/operation/location.h"
#include "lib/core/log.h"

struct slice location_of(const struct request *r, struct arena *arena)
{
    const struct buf *location = &r->job.location;
    struct buf *out;
    struct slice path;

    if (!location->len)
        return (struct slice){NULL, 0};
    out = arena_buf(arena);
    buf_put(out, r->prefix.data, r->prefix.len);
    buf_puts(out, r->op->mount);
    buf_put(out, location->data, location->len);
    path = (struct slice){out->data + r->prefix.len, out->len - r->prefix.len};
    if (!location_is_served(r->worker->api, r->op, path, arena)) {
        log_warn("location.unserved", "operation=%s id=%s", r->op->id, r->id);
        return (struct slice){NULL, 0};
    }
    return buf_slice(out);
}
