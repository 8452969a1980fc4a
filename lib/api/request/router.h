/* SPDX-License-Identifier: MIT */
/*
 * Finds the operation of a method and a raw request path: a tree of path segments, where a static
 * segment goes before a parameter, with backtracking. The path is chosen first, then the method:
 * where /t/search takes only POST, a GET of it is 405, even beside GET /t/{id}. Segments are
 * compared percent-decoded.
 *
 * Refused as malformed: bad escapes, %00, %2F, %5C, escapes of invalid UTF-8, and dot segments, so
 * that no two components behind or before this server can disagree about what a path means.
 */
#ifndef LEAT_API_REQUEST_ROUTER_H
#define LEAT_API_REQUEST_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
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
    struct arena *arena; /* borrowed: owns the tree */
    struct route_node *root;
};

enum route_result { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD, ROUTE_MALFORMED };

struct route {
    void *target;                               /* what router_add() was given */
    struct slice captures[ROUTER_SEGMENTS_MAX]; /* parameter segments as they came, which decode
                                                   well, in path order */
    size_t capture_count;
    unsigned allowed; /* mask of 1 << enum method: what the path takes (HEAD and OPTIONS too) */
};

void router_init(struct router *r, struct arena *arena);

/* Adds `template` ("/todos/{id}"). NULL: added; otherwise the target that has the same method and
 * an equal template, or the router itself if the template is malformed (*why, static, says how). */
void *router_add(struct router *r, enum method method, const char *template, void *target,
                 const char **why);

/* Looks up `path` (no query), which the captures point into. `arena` is for what must be decoded.
 */
enum route_result router_find(const struct router *r, enum method method, struct slice path,
                              struct arena *arena, struct route *out);

enum method method_parse(struct slice name);
const char *method_name(enum method method);
/* Whether a request by it changes nothing (RFC 9110, 9.2.1). */
bool method_is_safe(enum method method);

#endif
