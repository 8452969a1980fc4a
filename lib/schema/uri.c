/* SPDX-License-Identifier: MIT */
#include "lib/schema/uri.h"

#include <ctype.h>
#include <string.h>

#include "lib/core/buf.h"

/* The five components (RFC 3986, 3), each with its delimiter: "https:" "//host" "/path" "?query"
 * "#x". */
struct uri_parts {
    struct slice scheme, authority, path, query, fragment;
};

static struct slice take_part(const char **at, size_t len)
{
    struct slice part = {*at, len};

    *at += len;
    return part;
}

static size_t scheme_length(const char *uri)
{
    size_t len = 0;

    if (!isalpha((unsigned char)*uri))
        return 0;
    while (isalnum((unsigned char)uri[len]) || (uri[len] && strchr("+-.", uri[len])))
        len++;
    return uri[len] == ':' ? len + 1 : 0;
}

bool uri_has_scheme(const char *uri)
{
    return scheme_length(uri) > 0;
}

static struct uri_parts split_uri(const char *uri)
{
    struct uri_parts p;

    p.scheme = take_part(&uri, scheme_length(uri));
    p.authority = take_part(&uri, strncmp(uri, "//", 2) == 0 ? 2 + strcspn(uri + 2, "/?#") : 0);
    p.path = take_part(&uri, strcspn(uri, "?#"));
    p.query = take_part(&uri, *uri == '?' ? strcspn(uri, "#") : 0);
    p.fragment = take_part(&uri, strlen(uri));
    return p;
}

/* Drops the last segment. Returns false if there is none to drop: ".." at the start of a relative
 * path. */
static bool pop_segment(struct buf *out, size_t start)
{
    size_t len = out->len;

    while (len > start && out->data[len - 1] != '/')
        len--;
    if (out->len == start || (out->len - len == 2 && memcmp(out->data + len, "..", 2) == 0))
        return false;
    out->len = len > start ? len - 1 : start;
    return true;
}

/* Removes dot segments (RFC 3986, 5.2.4) from a path that may be relative. */
static void put_path(struct buf *out, struct slice path)
{
    bool is_absolute = path.len && path.data[0] == '/', ends_in_dots = false;
    size_t start;

    if (is_absolute)
        buf_putc(out, '/');
    start = out->len;
    while (path.len) {
        bool is_last = !memchr(path.data, '/', path.len);
        struct slice segment = slice_cut(&path, '/');

        ends_in_dots = !path.len && (slice_is(segment, ".") || slice_is(segment, ".."));
        if (slice_is(segment, ".") || (!segment.len && out->len == start))
            continue;
        if (slice_is(segment, "..") && (pop_segment(out, start) || is_absolute))
            continue;
        if (out->len > start)
            buf_putc(out, '/');
        buf_put(out, segment.data, segment.len);
        if (!is_last && !path.len) /* the path ends in '/' */
            buf_putc(out, '/');
    }
    if (ends_in_dots && out->len > start && out->data[out->len - 1] != '/')
        buf_putc(out, '/');
}

/* Merges paths (RFC 3986, 5.2.3). */
static void put_merged(struct buf *out, const struct uri_parts *base, struct slice path)
{
    struct buf merged = {0};
    size_t len = base->path.len;

    while (len && base->path.data[len - 1] != '/')
        len--;
    if (base->authority.len && !base->path.len)
        buf_putc(&merged, '/');
    buf_put(&merged, base->path.data, len);
    buf_put(&merged, path.data, path.len);
    put_path(out, buf_slice(&merged));
    buf_fini(&merged);
}

static void put_part(struct buf *out, struct slice part)
{
    buf_put(out, part.data, part.len);
}

/* The algorithm of RFC 3986, 5.2.2. */
const char *uri_resolve(struct arena *arena, const char *base_text, const char *ref_text)
{
    struct uri_parts base = split_uri(base_text), ref = split_uri(ref_text);
    struct buf out = {0};
    const char *text;

    put_part(&out, ref.scheme.len ? ref.scheme : base.scheme);
    if (ref.scheme.len || ref.authority.len) {
        put_part(&out, ref.authority);
        if (ref.authority.len || (ref.path.len && ref.path.data[0] == '/'))
            put_path(&out, ref.path);
        else
            put_part(&out, ref.path); /* urn:…, which has no hierarchy */
        put_part(&out, ref.query);
    } else {
        put_part(&out, base.authority);
        if (!ref.path.len)
            put_part(&out, base.path);
        else if (ref.path.data[0] == '/')
            put_path(&out, ref.path);
        else
            put_merged(&out, &base, ref.path);
        put_part(&out, ref.path.len || ref.query.len ? ref.query : base.query);
    }
    put_part(&out, ref.fragment);
    text = arena_strndup(arena, out.len ? out.data : "", out.len);
    buf_fini(&out);
    return text;
}
