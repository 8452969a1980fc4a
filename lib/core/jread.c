/* SPDX-License-Identifier: MIT */
/* Recursive descent; `build` off checks only. Every helper leaves `at` on the first bad byte. */
#include "lib/core/jread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/jnumber.h"
#include "lib/core/mark.h"
#include "lib/core/utf8.h"

struct reader {
    const char *start, *at, *end;
    const char *line_start;
    unsigned line;
    unsigned depth;
    const char *file;
    const char *message;
    struct buf text; /* the string that is being read, unescaped */
    bool build;
};

static bool read_value(struct reader *r, struct mark *m, struct json_object **out);

static bool fail(struct reader *r, const char *message)
{
    r->message = message;
    return false;
}

static void skip_space(struct reader *r)
{
    for (; r->at < r->end; r->at++) {
        if (*r->at == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        } else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r') {
            return;
        }
    }
}

static bool read_hex4(struct reader *r, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        char c = r->at < r->end ? *r->at : 0;

        if (c >= '0' && c <= '9')
            *out = *out << 4 | (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *out = *out << 4 | (unsigned)((c | 32) - 'a' + 10);
        else
            return fail(r, "four hexadecimal digits must follow \\u");
    }
    return true;
}

static bool read_unicode_escape(struct reader *r, bool is_key)
{
    unsigned high, low;

    if (!read_hex4(r, &high))
        return false;
    if (high >= 0xdc00 && high < 0xe000)
        return fail(r, "a low surrogate without its high one");
    if (high >= 0xd800 && high < 0xdc00) {
        if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
            return fail(r, "a high surrogate without its low one");
        r->at += 2;
        if (!read_hex4(r, &low))
            return false;
        if (low < 0xdc00 || low >= 0xe000)
            return fail(r, "a high surrogate without its low one");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    if (high == 0 && is_key)
        buf_put(&r->text, "\xc0\x80", 2);
    else
        utf8_put(&r->text, high);
    return true;
}

static bool read_escape(struct reader *r, bool is_key)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (r->at == r->end)
        return fail(r, "the string does not end");
    if (*r->at == 'u') {
        r->at++;
        return read_unicode_escape(r, is_key);
    }
    name = *r->at ? strchr(names, *r->at) : NULL;
    if (!name)
        return fail(r, "no such escape in JSON");
    buf_putc(&r->text, values[name - names]);
    r->at++;
    return true;
}

/* Reads the string behind an opening quote into r->text. */
static bool read_string(struct reader *r, bool is_key)
{
    r->text.len = 0;
    while (r->at < r->end) {
        unsigned char c = (unsigned char)*r->at;
        size_t n;

        if (c == '"') {
            r->at++;
            return true;
        }
        if (c < 0x20)
            return fail(r, "a control character in a string must be escaped");
        if (c == '\\') {
            r->at++;
            if (!read_escape(r, is_key))
                return false;
            continue;
        }
        n = c < 0x80 ? 1 : utf8_sequence(r->at, (size_t)(r->end - r->at));
        if (!n)
            return fail(r, "invalid UTF-8");
        buf_put(&r->text, r->at, n);
        r->at += n;
    }
    return fail(r, "the string does not end");
}

static bool read_number(struct reader *r, struct json_object **out)
{
    bool is_integer;
    const char *end = jnumber_scan(r->at, r->end, &is_integer);
    const char *text;
    double number;

    if (!end)
        return fail(r, "not a JSON number");
    r->text.len = 0;
    buf_put(&r->text, r->at, (size_t)(end - r->at));
    text = buf_text(&r->text);
    errno = 0;
    if (is_integer) {
        long long value = strtoll(text, NULL, 10);

        if (!errno) {
            *out = r->build ? json_object_new_int64(value) : NULL;
            r->at = end;
            return true;
        }
    }
    number = strtod(text, NULL);
    if (!isfinite(number))
        return fail(r, "the number is out of range");
    *out = r->build ? json_object_new_double(number) : NULL;
    r->at = end;
    return true;
}

static bool read_literal(struct reader *r, struct json_object **out)
{
    size_t left = (size_t)(r->end - r->at);

    if (left >= 4 && memcmp(r->at, "true", 4) == 0) {
        r->at += 4;
        *out = r->build ? json_object_new_boolean(1) : NULL;
    } else if (left >= 5 && memcmp(r->at, "false", 5) == 0) {
        r->at += 5;
        *out = r->build ? json_object_new_boolean(0) : NULL;
    } else if (left >= 4 && memcmp(r->at, "null", 4) == 0) {
        r->at += 4;
    } else {
        return fail(r, "a JSON value is expected");
    }
    return true;
}

static bool read_array(struct reader *r, struct json_object **out)
{
    *out = r->build ? json_object_new_array() : NULL;
    skip_space(r);
    if (r->at < r->end && *r->at == ']') {
        r->at++;
        return true;
    }
    for (;;) {
        struct mark m = {0};
        struct json_object *item = NULL;

        if (!read_value(r, &m, &item)) {
            json_object_put(item);
            return false;
        }
        if (r->build)
            json_object_array_add(*out, item);
        skip_space(r);
        if (r->at == r->end || (*r->at != ',' && *r->at != ']'))
            return fail(r, "',' or ']' is expected");
        if (*r->at++ == ']')
            return true;
    }
}

static bool read_member(struct reader *r, struct json_object *object)
{
    struct mark m = {0};
    struct json_object *value = NULL;
    char *key;
    bool ok;

    skip_space(r);
    m.key_line = r->line;
    m.key_col = (unsigned)(r->at - r->line_start) + 1;
    if (r->at == r->end || *r->at != '"')
        return fail(r, "a member name in double quotes is expected");
    r->at++;
    if (!read_string(r, true))
        return false;
    if (r->build && json_object_object_get_ex(object, buf_text(&r->text), NULL))
        return fail(r, "the member name occurs twice");
    key = r->build ? strdup(buf_text(&r->text)) : NULL;
    skip_space(r);
    if (r->at < r->end && *r->at == ':') {
        r->at++;
        ok = read_value(r, &m, &value);
    } else {
        ok = fail(r, "':' is expected");
    }
    if (ok && r->build)
        json_object_object_add(object, key, value);
    else
        json_object_put(value);
    free(key);
    return ok;
}

static bool read_object(struct reader *r, struct json_object **out)
{
    *out = r->build ? json_object_new_object() : NULL;
    skip_space(r);
    if (r->at < r->end && *r->at == '}') {
        r->at++;
        return true;
    }
    for (;;) {
        if (!read_member(r, *out))
            return false;
        skip_space(r);
        if (r->at == r->end || (*r->at != ',' && *r->at != '}'))
            return fail(r, "',' or '}' is expected");
        if (*r->at++ == '}')
            return true;
    }
}

static bool read_nested(struct reader *r, bool (*read)(struct reader *, struct json_object **),
                        struct json_object **out)
{
    bool ok;

    if (r->depth == 0)
        return fail(r, "nested too deep");
    r->depth--;
    r->at++;
    ok = read(r, out);
    r->depth++;
    return ok;
}

static bool read_value(struct reader *r, struct mark *m, struct json_object **out)
{
    bool ok;

    skip_space(r);
    if (r->at == r->end)
        return fail(r, "a JSON value is expected");
    m->line = r->line;
    m->col = (unsigned)(r->at - r->line_start) + 1;
    if (*r->at == '{') {
        ok = read_nested(r, read_object, out);
    } else if (*r->at == '[') {
        ok = read_nested(r, read_array, out);
    } else if (*r->at == '"') {
        r->at++;
        ok = read_string(r, false);
        if (ok && r->build)
            *out = json_object_new_string_len(r->text.data ? r->text.data : "", (int)r->text.len);
    } else if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9')) {
        ok = read_number(r, out);
    } else {
        ok = read_literal(r, out);
    }
    if (ok && r->file) {
        m->file = r->file;
        mark_set(*out, m);
    }
    return ok;
}

static bool read_all(struct reader *r, struct json_object **out)
{
    struct mark m = {0};

    if (!read_value(r, &m, out))
        return false;
    skip_space(r);
    return r->at == r->end || fail(r, "something follows the value");
}

bool jread_text(const char *text, size_t len, unsigned depth, const char *file,
                struct json_object **out, struct jread_fault *fault)
{
    struct reader r = {.start = text,
                       .at = text,
                       .end = text + len,
                       .line_start = text,
                       .line = 1,
                       .depth = depth,
                       .file = file ? mark_intern(file) : NULL,
                       .build = true};
    bool ok;

    *out = NULL;
    ok = read_all(&r, out);
    buf_fini(&r.text);
    if (ok)
        return true;
    json_object_put(*out);
    *out = NULL;
    *fault = (struct jread_fault){r.message, (size_t)(r.at - text), r.line,
                                  (unsigned)(r.at - r.line_start) + 1};
    return false;
}

bool jread_is_json(const char *text, size_t len, unsigned depth)
{
    struct reader r = {.start = text,
                       .at = text,
                       .end = text + len,
                       .line_start = text,
                       .line = 1,
                       .depth = depth};
    struct json_object *none = NULL;
    bool ok = read_all(&r, &none);

    buf_fini(&r.text);
    return ok;
}
