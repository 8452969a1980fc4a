/* SPDX-License-Identifier: MIT */
/*
 * Clients disagree on names. HTML writes a quote as %22 and a backslash as itself, other clients
 * escape both with a backslash, old ones send a path or Latin-1, and .NET adds filename* (RFC
 * 8187). A file's name is only for display, so all of these are read. A field's name decides what
 * its part means, and is refused where two parsers could read it differently.
 */
#include "lib/api/request/disposition.h"

#include <string.h>

#include "lib/core/text/percent.h"
#include "lib/core/text/token.h"
#include "lib/core/text/utf8.h"

struct disposition_reader {
    const char *start;
    struct arena *arena;
    struct fault *fault;
};

static bool refuse_disposition(struct disposition_reader *r, const char *where, const char *why)
{
    return fault_set_at(r->fault, (size_t)(where - r->start), "%s", why);
}

/* Returns true for "name*" and "name*0" (RFC 2231, RFC 8187), which only some parsers know. */
static bool is_extended(const struct token_parameter *p)
{
    return memchr(p->name.data, '*', p->name.len);
}

/* Returns the character that a browser escaped at `at`, or 0 if it is none of the three. */
static char escaped(const char *at, const char *end)
{
    static const struct {
        const char *text;
        char c;
    } rows[] = {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (end - at >= 3 && strncasecmp(at, rows[i].text, 3) == 0)
            return rows[i].c;
    return 0;
}

static bool is_escape(const char *at, const char *end)
{
    return end - at >= 2 && *at == '\\' && (at[1] == '"' || at[1] == '\\');
}

/* Returns the backslash that escapes nothing, or NULL. */
static const char *find_stray_backslash(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && !is_escape(text.data + i, text.data + text.len))
            return text.data + i;
        i += text.data[i] == '\\';
    }
    return NULL;
}

static struct slice unescape(struct slice text, struct arena *arena)
{
    const char *at = text.data, *end = at + text.len;
    struct slice out = {NULL, 0};
    char *to;

    if (!memchr(at, '\\', text.len) && !memchr(at, '%', text.len))
        return text;
    out.data = to = arena_alloc(arena, text.len);
    while (at < end) {
        char c = is_escape(at, end) ? at[1] : escaped(at, end);

        to[out.len++] = c ? c : *at;
        at += !c ? 1 : is_escape(at, end) ? 2 : 3;
    }
    return out;
}

static bool refuse_repeated(struct disposition_reader *r, const struct token_parameter *p)
{
    return refuse_disposition(r, p->name.data, "Content-Disposition repeats a parameter");
}

/* Reads the name of a field, strictly: it decides what the part means. */
static bool read_name(struct disposition_reader *r, const struct token_parameter *p,
                      struct slice *out)
{
    const char *stray = find_stray_backslash(p->value);

    if (out->data)
        return refuse_repeated(r, p);
    if (stray)
        return refuse_disposition(r, stray, "a backslash escapes neither a quote nor a backslash");
    *out = unescape(p->value, r->arena);
    return utf8_is_valid(out->data, out->len) ||
           refuse_disposition(r, p->value.data, "a name is not UTF-8");
}

static struct slice from_latin1(struct slice text, struct arena *arena)
{
    struct buf *out = arena_buf(arena);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        utf8_put(out, c < 0x80 || c >= 0xa0 ? c : 0xfffd); /* no C1 control characters */
    }
    return buf_slice(out);
}

/* Reads the name of a file as old clients send it: a path with backslashes, or Latin-1. It is only
 * for display. */
static bool read_filename(struct disposition_reader *r, const struct token_parameter *p,
                          struct slice *out)
{
    if (out->data)
        return refuse_repeated(r, p);
    *out = unescape(p->value, r->arena);
    if (!utf8_is_valid(out->data, out->len))
        *out = from_latin1(*out, r->arena);
    return true;
}

/* Reads the name of a file that ends with a backslash, as browsers send it: not escaped, it looks
 * as if it escaped the last quote, and nothing may follow that. */
static bool read_backslash_at_end(struct disposition_reader *r, struct slice rest,
                                  const struct token_parameter *p, struct slice *out)
{
    const char *start = p->name.data + p->name.len + strlen("=\""), *end = rest.data + rest.len;
    struct token_parameter whole = {.name = p->name};

    if (!p->is_quoted || !slice_is_nocase(p->name, "filename") || end - start < 2 ||
        memcmp(end - 2, "\\\"", 2) != 0)
        return false;
    whole.value = (struct slice){start, (size_t)(end - 1 - start)};
    return read_filename(r, &whole, out);
}

/* Reads charset'language'text (RFC 8187, 3.2; RFC 5987 had Latin-1 too). RFC 7578, 4.2, advises
 * against it, but .NET always sends it. */
static bool read_extended(struct disposition_reader *r, const struct token_parameter *p,
                          struct slice *out)
{
    struct slice text = p->value, charset = slice_cut(&text, '\'');
    bool is_utf8 = slice_is_nocase(charset, "utf-8");

    if (out->data)
        return refuse_repeated(r, p);
    if ((!is_utf8 && !slice_is_nocase(charset, "iso-8859-1")) || !memchr(text.data, '\'', text.len))
        return refuse_disposition(r, p->value.data, "filename* is not encoded as in RFC 8187");
    slice_cut(&text, '\''); /* the language */
    if (!percent_decode(text, false, r->arena, out))
        return refuse_disposition(r, text.data, "filename* has a bad percent-encoding");
    if (!is_utf8)
        *out = from_latin1(*out, r->arena);
    return utf8_is_valid(out->data, out->len) ||
           refuse_disposition(r, text.data, "filename* is not UTF-8");
}

static const struct {
    const char *name;
    bool (*read)(struct disposition_reader *r, const struct token_parameter *p, struct slice *out);
} parameters[] = {{"name", read_name}, {"filename", read_filename}, {"filename*", read_extended}};

enum { PARAMETERS = sizeof(parameters) / sizeof(*parameters) };

/* Reads a parameter of Content-Disposition into its place in `values`. Unknown ones are ignored. */
static bool read_parameter(struct disposition_reader *r, const struct token_parameter *p,
                           struct slice values[PARAMETERS])
{
    for (size_t i = 0; i < PARAMETERS; i++)
        if (slice_is_nocase(p->name, parameters[i].name))
            return parameters[i].read(r, p, &values[i]);
    return !is_extended(p) ||
           refuse_disposition(r, p->name.data,
                              "of the extended parameters only filename* is allowed");
}

bool disposition_read(struct slice value, struct arena *arena, struct disposition *out,
                      struct fault *fault)
{
    struct disposition_reader r = {value.data, arena, fault};
    struct slice rest = value, values[PARAMETERS] = {{NULL, 0}};
    struct token_parameter p = {0};
    enum token_result result;

    if (!slice_is_nocase(token_take(&rest), "form-data"))
        return refuse_disposition(&r, value.data, "Content-Disposition is not form-data");
    while ((result = token_take_parameter(&rest, &p)) == TOKEN_PARAMETER) {
        if (!read_parameter(&r, &p, values))
            return false;
        p.is_quoted = false;
    }
    if (result == TOKEN_BAD && !read_backslash_at_end(&r, value, &p, &values[1]))
        return refuse_disposition(&r, rest.data, "a parameter of Content-Disposition is malformed");
    out->name = values[0];
    out->filename = values[2].data ? values[2] : values[1];
    return out->name.data || refuse_disposition(&r, value.data, "Content-Disposition has no name");
}
