/* SPDX-License-Identifier: MIT */
#include "lib/api/router.h"

#include <string.h>

#include "lib/core/utf8.h"
#include "lib/core/percent.h"

/* Static children are sorted by (length, bytes) and searched by halving. */
struct route_node {
    struct slice segment;
    struct route_node **children;
    size_t child_count, child_room;
    struct route_node *parameter;
    void *targets[METHOD_COUNT];
    unsigned allowed;
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

void router_init(struct router *r, struct arena *arena)
{
    r->arena = arena;
    r->root = arena_zalloc(arena, sizeof(*r->root));
}

static int compare(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.data, b.data, a.len) : 0;
}

/* Where `segment` is or would be among the children; *found tells which. */
static size_t search(const struct route_node *node, struct slice segment, bool *found)
{
    size_t low = 0, high = node->child_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare(node->children[middle]->segment, segment);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

static struct route_node *add_static(struct router *r, struct route_node *node,
                                     struct slice segment)
{
    bool found;
    size_t at = search(node, segment, &found);
    struct route_node *child;

    if (found)
        return node->children[at];
    if (node->child_count == node->child_room) {
        struct route_node **wider;

        node->child_room = node->child_room ? node->child_room * 2 : 4;
        wider = arena_alloc(r->arena, node->child_room * sizeof(*wider));
        if (node->child_count)
            memcpy(wider, node->children, node->child_count * sizeof(*wider));
        node->children = wider;
    }
    child = arena_zalloc(r->arena, sizeof(*child));
    child->segment = segment;
    memmove(node->children + at + 1, node->children + at,
            (node->child_count - at) * sizeof(*node->children));
    node->children[at] = child;
    node->child_count++;
    return child;
}

static struct route_node *add_parameter(struct router *r, struct route_node *node)
{
    if (!node->parameter)
        node->parameter = arena_zalloc(r->arena, sizeof(*node->parameter));
    return node->parameter;
}

void *router_add(struct router *r, enum method method, const char *template, void *target,
                 const char **why)
{
    struct slice rest = slice_of(arena_strdup(r->arena, template + (*template == '/')));
    struct route_node *node = r->root;
    bool is_last = false;
    size_t count = 0;

    if (*template != '/') {
        *why = "a path starts with /";
        return r;
    }
    while (!is_last) {
        struct slice segment;

        is_last = !memchr(rest.data, '/', rest.len);
        segment = slice_cut(&rest, '/');
        if (++count > ROUTER_SEGMENTS_MAX) {
            *why = "the path has too many segments";
            return r;
        }
        if (segment.len > 2 && segment.data[0] == '{' && segment.data[segment.len - 1] == '}' &&
            !memchr(segment.data + 1, '{', segment.len - 1) &&
            !memchr(segment.data, '}', segment.len - 1)) {
            node = add_parameter(r, node);
        } else if (segment.len && (memchr(segment.data, '{', segment.len) ||
                                   memchr(segment.data, '}', segment.len))) {
            *why = "a path parameter must be a whole segment, as in /todos/{id}";
            return r;
        } else if (!percent_decode(segment, false, r->arena, &segment)) {
            *why = "the path has a bad escape";
            return r;
        } else {
            node = add_static(r, node, segment);
        }
    }
    if (node->targets[method])
        return node->targets[method];
    node->targets[method] = target;
    node->allowed |= 1u << method | 1u << METHOD_OPTIONS;
    if (method == METHOD_GET)
        node->allowed |= 1u << METHOD_HEAD;
    return NULL;
}

/* A segment of a path: as it came, and decoded. */
struct segment {
    struct slice raw, text;
};

/* Splits and decodes; false if any segment is not to be trusted. */
static bool split(struct slice path, struct arena *arena, struct segment *segments, size_t *count)
{
    struct slice rest = {path.data + 1, path.len - 1};
    bool is_last = false;

    for (*count = 0; !is_last && *count < ROUTER_SEGMENTS_MAX; ++*count) {
        struct slice raw, *s = &segments[*count].text;

        is_last = !rest.len || !memchr(rest.data, '/', rest.len);
        raw = segments[*count].raw = slice_cut(&rest, '/');
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

static const struct route_node *match(const struct route_node *node, const struct segment *segments,
                                      size_t count, struct route *out)
{
    const struct route_node *end;
    bool found;
    size_t at;

    if (count == 0)
        return node->allowed ? node : NULL;
    at = search(node, segments->text, &found);
    if (found && (end = match(node->children[at], segments + 1, count - 1, out)))
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
    struct segment segments[ROUTER_SEGMENTS_MAX];
    const struct route_node *node;
    size_t count;

    out->target = NULL;
    out->capture_count = 0;
    out->allowed = 0;
    if (!path.len || path.data[0] != '/' || !split(path, arena, segments, &count))
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
