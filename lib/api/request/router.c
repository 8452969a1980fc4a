/* SPDX-License-Identifier: MIT */
/* A tree with one level for each path segment. A node has static children, found by hash, children
 * whose segment is text and parameters mixed, and at most one parameter child:
 *
 *     /v1 ── /todos ─┬─ (end)          GET, POST
 *                    ├─ /search        POST
 *                    ├─ {id}:archive   POST
 *                    └─ {id}           GET, PUT, DELETE
 *
 * Matching tries them in that order, mixed ones by the amount of their text, and backtracks. Each
 * node is reached on one way only, so a request visits a node at most once. Nodes come from
 * documents only; a request never adds one. */
#include "lib/api/request/router.h"

#include <stdint.h>
#include <string.h>

#include "lib/api/request/segment_pattern.h"
#include "lib/core/hash.h"
#include "lib/core/text/utf8.h"
#include "lib/core/text/percent.h"

struct route_child {
    uint32_t hash;
    struct route_node *node; /* NULL if the slot is free */
};

struct mixed_child {
    const struct segment_pattern *pattern;
    struct route_node *node;
    struct mixed_child *next;
};

/* Static children are in an open-addressed hash table that is at most half full. The document's
 * author chooses the segments, not the client. */
struct route_node {
    struct route_child *children;
    size_t child_count, child_room; /* child_room is a power of two, or 0 */
    struct mixed_child *mixed;      /* most text first */
    struct route_node *parameter;
    void *targets[METHOD_COUNT];
    unsigned allowed;
    size_t len;
    char segment[];
};

static const char *const names[] = {"GET",   "HEAD",   "POST",    "PUT",
                                    "PATCH", "DELETE", "OPTIONS", "TRACE"};

enum method method_parse(struct slice name)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (slice_is(name, names[i]))
            return (enum method)i;
    return METHOD_UNKNOWN;
}

const char *method_name(enum method method)
{
    return method < METHOD_COUNT ? names[method] : "?";
}

bool method_is_safe(enum method method)
{
    return method == METHOD_GET || method == METHOD_HEAD || method == METHOD_OPTIONS ||
           method == METHOD_TRACE;
}

void router_init(struct router *r, struct arena *arena)
{
    r->arena = arena;
    r->root = arena_zalloc(arena, sizeof(*r->root));
}

static uint32_t segment_hash(struct slice segment)
{
    return (uint32_t)hash_bytes(0, segment);
}

/* Returns the slot of `segment` among the children, or the free one where it belongs. The node must
 * have slots. */
static struct route_child *search(const struct route_node *node, struct slice segment,
                                  uint32_t hash)
{
    size_t mask = node->child_room - 1;

    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        struct route_child *c = &node->children[at];

        if (!c->node || (c->hash == hash && c->node->len == segment.len &&
                         memcmp(c->node->segment, segment.data, segment.len) == 0))
            return c;
    }
}

/* Returns the static child, or NULL. */
static struct route_node *find_static(const struct route_node *node, struct slice segment)
{
    return node->child_room ? search(node, segment, segment_hash(segment))->node : NULL;
}

static void widen(struct router *r, struct route_node *node)
{
    struct route_child *old = node->children;
    size_t count = node->child_room;

    node->child_room = count ? count * 2 : 4;
    node->children = arena_zalloc(r->arena, node->child_room * sizeof(*node->children));
    for (size_t i = 0; i < count; i++)
        if (old[i].node)
            *search(node, (struct slice){old[i].node->segment, old[i].node->len}, old[i].hash) =
                old[i];
}

static struct route_node *add_static(struct router *r, struct route_node *node,
                                     struct slice segment)
{
    struct route_node *child = find_static(node, segment);
    uint32_t hash = segment_hash(segment);

    if (child)
        return child;
    if (2 * (node->child_count + 1) > node->child_room)
        widen(r, node);
    child = arena_zalloc(r->arena, sizeof(*child) + segment.len);
    child->len = segment.len;
    if (segment.len)
        memcpy(child->segment, segment.data, segment.len);
    *search(node, segment, hash) = (struct route_child){hash, child};
    node->child_count++;
    return child;
}

static struct route_node *add_parameter(struct router *r, struct route_node *node)
{
    if (!node->parameter)
        node->parameter = arena_zalloc(r->arena, sizeof(*node->parameter));
    return node->parameter;
}

static struct route_node *add_mixed(struct router *r, struct route_node *node,
                                    const struct segment_pattern *pattern)
{
    struct mixed_child **at = &node->mixed, *child;

    while (*at && !segment_equal((*at)->pattern, pattern) &&
           (*at)->pattern->text_len >= pattern->text_len)
        at = &(*at)->next;
    if (*at && segment_equal((*at)->pattern, pattern))
        return (*at)->node;
    child = arena_alloc(r->arena, sizeof(*child));
    *child = (struct mixed_child){pattern, arena_zalloc(r->arena, sizeof(*child->node)), *at};
    *at = child;
    return child->node;
}

/* Returns the child for one segment of a template; NULL with *fault if it is malformed. */
static struct route_node *add_segment(struct router *r, struct route_node *node,
                                      struct slice segment, size_t *captures, struct fault *fault)
{
    const struct segment_pattern *pattern = segment_parse(segment, r->arena, fault);

    if (!pattern)
        return NULL;
    *captures += pattern->count;
    if (*captures > ROUTER_SEGMENTS_MAX) {
        fault_set(fault, "the path has too many parameters");
        return NULL;
    }
    if (!pattern->count)
        return add_static(r, node, pattern->texts[0]);
    return pattern->text_len ? add_mixed(r, node, pattern) : add_parameter(r, node);
}

/* Returns the node of a template; NULL with *fault if it is malformed. */
static struct route_node *add_template(struct router *r, const char *template, struct fault *fault)
{
    struct slice rest = slice_of(arena_strdup(r->arena, template + (*template == '/')));
    struct route_node *node = r->root;
    bool is_last = false;
    size_t count = 0, captures = 0;

    if (*template != '/') {
        fault_set(fault, "a path must start with /");
        return NULL;
    }
    while (node && !is_last) {
        is_last = !memchr(rest.data, '/', rest.len);
        if (++count > ROUTER_SEGMENTS_MAX) {
            fault_set(fault, "the path has too many segments");
            return NULL;
        }
        node = add_segment(r, node, slice_cut(&rest, '/'), &captures, fault);
    }
    return node;
}

bool router_add(struct router *r, enum method method, const char *template, void *target,
                void **equal, struct fault *fault)
{
    struct route_node *node = add_template(r, template, fault);

    *equal = node ? node->targets[method] : NULL;
    if (!node || *equal)
        return false;
    node->targets[method] = target;
    node->allowed |= 1u << method | 1u << METHOD_OPTIONS;
    if (method == METHOD_GET)
        node->allowed |= 1u << METHOD_HEAD;
    return true;
}

/* A segment of a path, raw and decoded. */
struct path_segment {
    struct slice raw, text;
};

/* Splits and decodes a path. Returns false if a segment is ambiguous or malformed. */
static bool split_path(struct slice path, struct arena *arena, struct path_segment *segments,
                       size_t *count)
{
    struct slice rest = {path.data + 1, path.len - 1};
    bool is_last = false;

    for (*count = 0; !is_last && *count < ROUTER_SEGMENTS_MAX; ++*count) {
        struct path_segment *segment = &segments[*count];
        struct slice raw, *s = &segment->text;

        is_last = !rest.len || !memchr(rest.data, '/', rest.len);
        raw = segment->raw = slice_cut(&rest, '/');
        if (!percent_decode(raw, false, arena, s))
            return false;
        if (slice_is(*s, ".") || slice_is(*s, ".."))
            return false;
        if (s->data != raw.data && (memchr(s->data, '/', s->len) || memchr(s->data, '\\', s->len) ||
                                    !utf8_is_valid(s->data, s->len)))
            return false;
    }
    return is_last;
}

static const struct route_node *match(const struct route_node *node,
                                      const struct path_segment *segments, size_t count,
                                      struct route *out);

static const struct route_node *match_mixed(const struct route_node *node,
                                            const struct path_segment *segments, size_t count,
                                            struct route *out)
{
    for (const struct mixed_child *m = node->mixed; m; m = m->next) {
        size_t before = out->capture_count;
        const struct route_node *end = NULL;

        if (segment_match(m->pattern, segments->raw, out->captures + before)) {
            out->capture_count += m->pattern->count;
            end = match(m->node, segments + 1, count - 1, out);
        }
        if (end)
            return end;
        out->capture_count = before;
    }
    return NULL;
}

static const struct route_node *match(const struct route_node *node,
                                      const struct path_segment *segments, size_t count,
                                      struct route *out)
{
    const struct route_node *child, *end;

    if (count == 0)
        return node->allowed ? node : NULL;
    child = find_static(node, segments->text);
    if (child && (end = match(child, segments + 1, count - 1, out)))
        return end;
    if (node->mixed && (end = match_mixed(node, segments, count, out)))
        return end;
    if (!node->parameter || !segments->text.len)
        return NULL;
    out->captures[out->capture_count++] = segments->raw;
    end = match(node->parameter, segments + 1, count - 1, out);
    if (!end)
        out->capture_count--;
    return end;
}

enum route_result router_find(const struct router *r, enum method method, struct slice path,
                              struct arena *arena, struct route *out)
{
    struct path_segment segments[ROUTER_SEGMENTS_MAX];
    const struct route_node *node;
    size_t count;

    out->target = NULL;
    out->capture_count = 0;
    out->allowed = 0;
    if (!path.len || path.data[0] != '/' || !split_path(path, arena, segments, &count))
        return ROUTE_MALFORMED;
    node = match(r->root, segments, count, out);
    if (!node)
        return ROUTE_NO_PATH;
    out->allowed = node->allowed;
    if (method < METHOD_COUNT)
        out->target = node->targets[method];
    if (!out->target && method == METHOD_HEAD)
        out->target = node->targets[METHOD_GET];
    return out->target ? ROUTE_FOUND : ROUTE_NO_METHOD;
}
