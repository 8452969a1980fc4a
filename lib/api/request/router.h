/* SPDX-License-Identifier: MIT */
/*
 * Finds the operation of a method and a raw request path, in a tree of path segments. Static
 * segments take precedence over those with parts, such as {name}.json, and these over whole
 * parameters; the search backtracks. The path is chosen before the method: if /t/search only takes
 * POST, GET /t/search is 405, even beside GET /t/{id}. Segments are compared percent-decoded.
 *
 * Refused as malformed are bad escapes, %00, %2F, %5C, escapes of invalid UTF-8, and dot segments,
 * so that no component in front of this server or behind it can read a path differently.
 */
#ifndef LEAT_API_REQUEST_ROUTER_H
#define LEAT_API_REQUEST_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_TRACE,
    METHOD_COUNT,
    METHOD_UNKNOWN = METHOD_COUNT
};

enum { ROUTER_SEGMENTS_MAX = 64 };

struct route_node;

struct router {
    struct arena *arena; /* borrowed; owns the tree */
    struct route_node *root;
};

enum route_result { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD, ROUTE_MALFORMED };

struct route {
    void *target;                               /* as passed to router_add() */
    struct slice captures[ROUTER_SEGMENTS_MAX]; /* values of parameters, raw; all decode */
    size_t capture_count;
    unsigned allowed; /* mask of 1 << enum method that the path takes, including HEAD and OPTIONS */
};

/* Makes an empty router, whose tree will lie in `arena`. */
void router_init(struct router *r, struct arena *arena);

/* Adds `template` ("/todos/{id}"). On failure returns false: *equal is the target of the route with
 * that method that equals it, or NULL if it is malformed, with the reason in *fault. */
bool router_add(struct router *r, enum method method, const char *template, void *target,
                void **equal, struct fault *fault);

/* Looks up `path` (without query), which the captures point into. `arena` is for decoded
 * segments. */
enum route_result router_find(const struct router *r, enum method method, struct slice path,
                              struct arena *arena, struct route *out);

enum method method_parse(struct slice name);
const char *method_name(enum method method);
/* Returns true if requests with this method change nothing (RFC 9110, 9.2.1). */
bool method_is_safe(enum method method);

#endif
