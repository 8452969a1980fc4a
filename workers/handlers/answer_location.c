/* SPDX-License-Identifier: MIT */
#include "workers/handlers/answer_location.h"

#include "lib/api/operation/location.h"
#include "lib/core/log.h"

struct slice location_of(const struct request *r, struct arena *arena)
{
    const struct buf *location = &r->job.location;
    const char *path;

    if (!location->len)
        return (struct slice){NULL, 0};
    path = arena_printf(arena, "%s%.*s", r->op->mount, (int)location->len, location->data);
    if (!location_is_served(r->worker->api, r->op, slice_of(path), arena)) {
        log_warn("location.unserved", "operation=%s id=%s", r->op->id, r->id);
        return (struct slice){NULL, 0};
    }
    return slice_of(arena_printf(arena, "%.*s%s", (int)r->prefix.len,
                                 r->prefix.len ? r->prefix.data : "", path));
}
