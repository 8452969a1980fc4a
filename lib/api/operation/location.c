/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/location.h"

/* Returns the path of a location, which may have a query or a fragment. */
static struct slice path_of(struct slice location)
{
    size_t len = 0;

    while (len < location.len && location.data[len] != '?' && location.data[len] != '#')
        len++;
    return (struct slice){location.data, len};
}

static enum route_result find(const struct api *api, struct slice location, struct arena *arena)
{
    struct route route;

    return router_find(&api->router, METHOD_GET, path_of(location), arena, &route);
}

/* Returns a location as a row would give it. */
static struct slice sample(const struct operation *op, struct arena *arena)
{
    struct buf *out = arena_buf(arena);

    buf_puts(out, op->mount);
    for (size_t i = 0; i < op->plan->location_count; i++) {
        buf_put(out, op->plan->location[i].literal.data, op->plan->location[i].literal.len);
        if (op->plan->location[i].column)
            buf_putc(out, '1');
    }
    return buf_slice(out);
}

void location_check(struct api *api, struct diags *diags)
{
    struct arena arena = {0};

    for (size_t i = 0; i < api->count; i++) {
        struct operation *op = &api->operations[i];
        enum route_result result;

        if (!op->plan || !op->plan->location_count)
            continue;
        result = find(api, sample(op, &arena), &arena);
        op->has_location_path = result == ROUTE_FOUND || result == ROUTE_NO_METHOD;
        if (!op->has_location_path && op->is_sound && diags)
            diag_warn(diags, op->source, "%s: location: no path of the API matches it", op->id);
    }
    arena_fini(&arena);
}

bool location_is_served(const struct api *api, const struct operation *op, struct slice location,
                        struct arena *arena)
{
    enum route_result result = find(api, location, arena);

    return result != ROUTE_MALFORMED && (result != ROUTE_NO_PATH || !op->has_location_path);
}
