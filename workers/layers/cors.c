/* SPDX-License-Identifier: MIT */
/* Adds the CORS headers before any layer that can fail, because a page must be able to read errors
 * too. */
#include "workers/layers/cors.h"

#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/core/text/origin.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/request/reply.h"

struct cors {
    const char **origins;
    size_t origin_count;
    bool allows_all; /* one of the origins is * */
    bool has_credentials;
    struct slice methods; /* empty: those of the path */
    struct slice expose, max_age;
    const char **headers;
    size_t header_count;
};

static const char **read_list(struct worker *w, struct json_object *list, size_t *count)
{
    const char **items;

    *count = list ? json_object_array_length(list) : 0;
    items = arena_zalloc(&w->arena, (*count + 1) * sizeof(*items));
    for (size_t i = 0; i < *count; i++)
        items[i] = json_object_get_string(json_object_array_get_idx(list, i));
    return items;
}

static struct slice read_joined(struct worker *w, const char *key)
{
    size_t count;
    const char **items = read_list(w, conf_get(w->config, key), &count), *joined = "";

    for (size_t i = 0; i < count; i++)
        joined = arena_printf(&w->arena, "%s%s%s", joined, i ? ", " : "", items[i]);
    return slice_of(joined);
}

void cors_open(struct worker *w)
{
    struct json_object *origins = conf_get(w->config, "cors.origins");
    struct cors *c;

    if (!origins || !json_object_array_length(origins))
        return;
    c = w->cors = arena_zalloc(&w->arena, sizeof(*c));
    c->origins = read_list(w, origins, &c->origin_count);
    for (size_t i = 0; i < c->origin_count; i++)
        c->allows_all |= strcmp(c->origins[i], "*") == 0;
    c->has_credentials = conf_bool(w->config, "cors.credentials");
    c->methods = read_joined(w, "cors.methods");
    c->expose = read_joined(w, "cors.expose");
    c->headers = read_list(w, conf_get(w->config, "cors.headers"), &c->header_count);
    c->max_age = slice_of(
        arena_printf(&w->arena, "%lld", (long long)conf_int(w->config, "cors.max-age") / 1000));
}

static bool is_allowed(const struct cors *c, struct slice origin)
{
    for (size_t i = 0; i < c->origin_count; i++)
        if (origin_matches(c->origins[i], origin))
            return true;
    return false;
}

static void add_origin(struct request *r, const struct cors *c, struct slice origin)
{
    reply_header(r, "access-control-allow-origin", c->allows_all ? SLICE_LIT("*") : origin);
    if (c->has_credentials)
        reply_header(r, "access-control-allow-credentials", SLICE_LIT("true"));
}

/* Returns whether a header may be sent. "*" does not cover Authorization (Fetch, 4.9). */
static bool is_header_allowed(const struct cors *c, struct slice name)
{
    for (size_t i = 0; i < c->header_count; i++)
        if (slice_is_nocase(name, c->headers[i]) || (name.len && strcmp(c->headers[i], "*") == 0 &&
                                                     !slice_is_nocase(name, "authorization")))
            return true;
    return false;
}

/* Returns those of the requested headers that may be sent. The answer lists only headers that were
 * asked for. */
static struct slice allowed_headers(struct request *r, const struct cors *c)
{
    struct slice asked = http_header_list(r, "access-control-request-headers");
    struct buf *list = arena_buf(&r->arena);

    while (asked.len) {
        struct slice name = slice_trim(slice_cut(&asked, ','));

        if (!is_header_allowed(c, name))
            continue;
        buf_puts(list, list->len ? ", " : "");
        buf_put(list, name.data, name.len);
    }
    return buf_slice(list);
}

static struct slice allowed_methods(struct request *r, const struct cors *c)
{
    struct buf *list;

    if (c->methods.len)
        return c->methods;
    list = arena_buf(&r->arena);
    http_allow(r->route.allowed, list);
    return buf_slice(list);
}

static enum flow answer_preflight(struct request *r, const struct cors *c, struct slice origin)
{
    struct slice headers;

    r->is_preflight = true;
    if (is_allowed(c, origin)) {
        headers = allowed_headers(r, c);
        add_origin(r, c, origin);
        reply_header(r, "access-control-allow-methods", allowed_methods(r, c));
        if (headers.len)
            reply_header(r, "access-control-allow-headers", headers);
        reply_header(r, "access-control-max-age", c->max_age);
    }
    reply_empty(r, 204);
    return FLOW_DONE;
}

static bool is_preflight(const struct request *r)
{
    return r->method == METHOD_OPTIONS && !r->head_err &&
           (r->routed == ROUTE_FOUND || r->routed == ROUTE_NO_METHOD) &&
           http_header(r, "access-control-request-method").data;
}

enum flow layer_cors(struct request *r)
{
    const struct cors *c = r->worker->cors;
    struct slice origin;

    if (!c || !(r->listener->serve & SERVE_API))
        return FLOW_NEXT;
    origin = http_header(r, "origin");
    if (!origin.len)
        return FLOW_NEXT;
    if (is_preflight(r))
        return answer_preflight(r, c, origin);
    if (!is_allowed(c, origin))
        return FLOW_NEXT;
    add_origin(r, c, origin);
    if (c->expose.len)
        reply_header(r, "access-control-expose-headers", c->expose);
    r->is_cross_origin = true;
    return FLOW_NEXT;
}
