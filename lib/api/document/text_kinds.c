/* SPDX-License-Identifier: MIT */
/* The kinds of text that openapi.def names: for each a predicate, and the words with which an error
 * says what was expected. All of them are exact: a text that passes needs no further check where it
 * is used. Kinds that are not in the table here are formats of lib/schema/format.h. */
#include "lib/api/document/text_kinds.h"

#include <assert.h>

#include "lib/core/buf.h"
#include "lib/schema/format.h"

enum { NAME_MAX_LEN = 32 };

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Returns the length of the longest prefix of `text` that consists of characters in `set`. */
static size_t span(struct slice text, const char *set)
{
    size_t len = 0;

    while (len < text.len && text.data[len] && strchr(set, text.data[len]))
        len++;
    return len;
}

static bool is_any(struct slice text)
{
    (void)text;
    return true;
}

/* File names may hold characters that a URI may not, such as braces and spaces. */
static bool is_reference(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    return true;
}

static bool is_path(struct slice text)
{
    return text.len && text.data[0] == '/' && !memchr(text.data, '?', text.len) &&
           !memchr(text.data, '#', text.len);
}

static bool is_status(struct slice text)
{
    if (text.len != 3 || !strchr("12345", text.data[0]) || !text.data[0])
        return false;
    text = (struct slice){text.data + 1, 2};
    return slice_is(text, "XX") || span(text, DIGITS) == 2;
}

static bool is_component_name(struct slice text)
{
    return text.len && span(text, LETTERS DIGITS "._-") == text.len;
}

static bool is_path_parameter(struct slice text)
{
    char last = text.len ? text.data[text.len - 1] : '/';

    return last != '/' && last != '#' && last != '?';
}

/* Returns true for 3.0.N and 3.1.N, also with a suffix (3.1.0-rc1). */
static bool is_version(struct slice text)
{
    size_t digits;

    if (text.len < 5 || (memcmp(text.data, "3.1.", 4) != 0 && memcmp(text.data, "3.0.", 4) != 0))
        return false;
    text = (struct slice){text.data + 4, text.len - 4};
    digits = span(text, DIGITS);
    return digits && (digits == text.len || (text.data[digits] == '-' && digits + 1 < text.len));
}

/* Takes a token (RFC 9110, 5.6.2). */
static bool take_token(struct slice *rest)
{
    size_t len = span(*rest, LETTERS DIGITS "!#$%&'*+-.^_`|~");

    rest->data += len;
    rest->len -= len;
    return len > 0;
}

static bool take_char(struct slice *rest, char c)
{
    if (!rest->len || rest->data[0] != c)
        return false;
    rest->data++;
    rest->len--;
    return true;
}

/* Takes a quoted string (RFC 9110, 5.6.4). */
static bool take_quoted(struct slice *rest)
{
    for (size_t i = 1; i < rest->len && rest->data[0] == '"'; i++) {
        if (rest->data[i] == '"') {
            *rest = (struct slice){rest->data + i + 1, rest->len - i - 1};
            return true;
        }
        i += rest->data[i] == '\\';
    }
    return false;
}

static bool take_media_range(struct slice *rest)
{
    bool is_wild = rest->len > 1 && rest->data[0] == '*' && rest->data[1] == '/';

    if (!take_token(rest) || !take_char(rest, '/') ||
        (is_wild && (!rest->len || rest->data[0] != '*')) || !take_token(rest))
        return false;
    for (;;) {
        *rest = slice_trim(*rest);
        if (!take_char(rest, ';'))
            return true;
        *rest = slice_trim(*rest);
        if (!take_token(rest)) /* empty parameters are allowed */
            continue;
        if (!take_char(rest, '=') || (!take_quoted(rest) && !take_token(rest)))
            return false;
    }
}

static bool is_media_range(struct slice text)
{
    return take_media_range(&text) && !text.len;
}

static bool is_media_ranges(struct slice text)
{
    do {
        text = slice_trim(text);
        if (!take_media_range(&text))
            return false;
    } while (take_char(&text, ','));
    return !text.len;
}

/* Returns true if the text is a URI reference once its {variables} are replaced. The first is
 * replaced by a letter if it begins the text, as a scheme does; the others are replaced by digits,
 * which a port must have. */
static bool is_server_url(struct slice text)
{
    struct buf plain = {0};
    bool ok = true;

    while (ok && text.len) {
        const char *open = memchr(text.data, '{', text.len);
        size_t len = open ? (size_t)(open - text.data) : text.len;

        buf_put(&plain, text.data, len);
        text = (struct slice){text.data + len, text.len - len};
        if (!open)
            break;
        buf_putc(&plain, plain.len ? '1' : 'a');
        ok = memchr(text.data, '}', text.len) != NULL && text.data[1] != '}';
        slice_cut(&text, '}');
    }
    ok = ok && format_find("uri-reference")->is_text(buf_text(&plain), plain.len);
    buf_fini(&plain);
    return ok;
}

static const struct {
    const char *name;
    bool (*is)(struct slice text);
    const char *words;
} kinds[] = {
    {"text", is_any, "text"},
    {"reference", is_reference, "a URI reference or the name of a file"},
    {"path", is_path, "a path that begins with / and has no ? or #"},
    {"status", is_status, "a status (200), a status class (2XX) or default"},
    {"component-name", is_component_name, "a name of letters, digits, '.', '_' and '-'"},
    {"path-parameter", is_path_parameter, "a name that does not end in '/', '#' or '?'"},
    {"version", is_version, "a 3.1.x or 3.0.x version, such as 3.1.0"},
    {"media-range", is_media_range, "a media type or range, such as text/plain or image/*"},
    {"media-ranges", is_media_ranges, "media types or ranges, such as image/png, image/*"},
    {"server-url", is_server_url, "an absolute or relative URL, with optional {variables}"},
};

bool text_kind_is(struct slice kind, struct slice text, const char **words)
{
    char name[NAME_MAX_LEN];
    const struct format *format;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (slice_is(kind, kinds[i].name)) {
            *words = kinds[i].words;
            return kinds[i].is(text);
        }
    }
    assert(kind.len < sizeof(name));
    memcpy(name, kind.data, kind.len);
    name[kind.len] = '\0';
    format = format_find(name);
    assert(format && format->is_text);
    *words = format->words;
    return format->is_text(text.data, text.len);
}
