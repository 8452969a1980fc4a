/* SPDX-License-Identifier: MIT */
/* Recursive descent; `build` off checks only. Every helper leaves `at` on the first bad byte. */
#include "lib/core/jread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/jnumber.h"
#include "lib/core/jreader.h"
#include "lib/core/mark.h"

static bool read_value(struct jreader *r, struct mark *m, struct json_object **out);

static void skip_space(struct jreader *r)
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

static bool read_number(struct jreader *r, struct json_object **out)
{
    bool is_integer;
    const char *end = jnumber_scan(r->at, r->end, &is_integer);
    const char *text;
    double number;

    if (!end)
        return jreader_fail(r, "not a JSON number");
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
        return jreader_fail(r, "the number is out of range");
    *out = r->build ? json_object_new_double(number) : NULL;
    r->at = end;
    return true;
}

static bool read_literal(struct jreader *r, struct json_object **out)
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
        return jreader_fail(r, "a JSON value is expected");
    }
    return true;
}

static bool read_array(struct jreader *r, struct json_object **out)
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
            return jreader_fail(r, "',' or ']' is expected");
        if (*r->at++ == ']')
            return true;
    }
}

static const char *key_text(struct jreader *r, struct slice key)
{
    if (!r->text.len) /* else it is there */
        buf_put(&r->text, key.data, key.len);
    return buf_text(&r->text);
}

/* Whether the member is one of those to be left as text. */
static bool is_lazy(const struct jreader *r, const char *name)
{
    return r->build && r->lazy && r->level == r->lazy->level &&
           slice_is_choice(r->lazy->names, name);
}

/* Goes over a value; what is read is where it stands. */
static bool read_place(struct jreader *r, struct json_object **out)
{
    struct json_object *none = NULL;
    struct mark m = {0};
    const char *start;
    bool ok;

    skip_space(r);
    start = r->at;
    r->build = false;
    ok = read_value(r, &m, &none);
    r->build = true;
    *out = json_object_new_array_ext(2);
    json_object_array_add(*out, json_object_new_int64(start - r->start));
    json_object_array_add(*out, json_object_new_int64(r->at - start));
    return ok;
}

/* Adds the member, null for now; its entry is the newest, and stays where it is. */
static struct lh_entry *add_member(struct json_object *object, const char *name)
{
    json_object_object_add_ex(object, name, NULL, JSON_C_OBJECT_ADD_KEY_IS_NEW);
    return json_object_get_object(object)->tail;
}

static bool read_member(struct jreader *r, struct json_object *object)
{
    struct mark m = {0};
    struct lh_entry *entry = NULL;
    struct json_object *value = NULL;
    bool is_place = false, ok;
    struct slice key;

    skip_space(r);
    m.key_line = r->line;
    m.key_col = (unsigned)(r->at - r->line_start) + 1;
    if (r->at == r->end || *r->at != '"')
        return jreader_fail(r, "a member name in double quotes is expected");
    r->at++;
    if (!jreader_string(r, true, &key))
        return false;
    if (r->build) {
        const char *name = key_text(r, key);

        if (json_object_object_get_ex(object, name, NULL))
            return jreader_fail(r, "the member name occurs twice");
        is_place = is_lazy(r, name);
        entry = add_member(object, name);
    }
    skip_space(r);
    if (r->at == r->end || *r->at != ':')
        return jreader_fail(r, "':' is expected");
    r->at++;
    ok = is_place ? read_place(r, &value) : read_value(r, &m, &value);
    if (entry)
        entry->v = value;
    return ok;
}

static bool read_object(struct jreader *r, struct json_object **out)
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
            return jreader_fail(r, "',' or '}' is expected");
        if (*r->at++ == '}')
            return true;
    }
}

static bool read_nested(struct jreader *r, bool (*read)(struct jreader *, struct json_object **),
                        struct json_object **out)
{
    bool ok;

    if (r->depth == 0)
        return jreader_fail(r, "nested too deep");
    r->depth--;
    r->level++;
    r->at++;
    ok = read(r, out);
    r->level--;
    r->depth++;
    return ok;
}

static bool read_value(struct jreader *r, struct mark *m, struct json_object **out)
{
    bool ok;

    skip_space(r);
    if (r->at == r->end)
        return jreader_fail(r, "a JSON value is expected");
    m->line = r->line;
    m->col = (unsigned)(r->at - r->line_start) + 1;
    if (*r->at == '{') {
        ok = read_nested(r, read_object, out);
    } else if (*r->at == '[') {
        ok = read_nested(r, read_array, out);
    } else if (*r->at == '"') {
        struct slice text;

        r->at++;
        ok = jreader_string(r, false, &text);
        if (ok && r->build)
            *out = json_object_new_string_len(text.data, (int)text.len);
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

static bool read_all(struct jreader *r, struct json_object **out)
{
    struct mark m = {0};

    if (!read_value(r, &m, out))
        return false;
    skip_space(r);
    return r->at == r->end || jreader_fail(r, "something follows the value");
}

static bool read_text(struct jreader *r, struct json_object **out, struct jread_fault *fault)
{
    bool ok;

    *out = NULL;
    ok = read_all(r, out);
    buf_fini(&r->text);
    if (ok)
        return true;
    json_object_put(*out);
    *out = NULL;
    *fault = (struct jread_fault){r->message, (size_t)(r->at - r->start), r->line,
                                  (unsigned)(r->at - r->line_start) + 1};
    return false;
}

static struct jreader reader_of(const char *text, size_t len, unsigned depth)
{
    return (struct jreader){.start = text,
                            .at = text,
                            .end = text + len,
                            .line_start = text,
                            .line = 1,
                            .depth = depth};
}

bool jread_text(const char *text, size_t len, unsigned depth, const char *file,
                struct json_object **out, struct jread_fault *fault)
{
    struct jreader r = reader_of(text, len, depth);

    r.file = file ? mark_intern(file) : NULL;
    r.build = true;
    return read_text(&r, out, fault);
}

bool jread_lazily(const char *text, size_t len, unsigned depth, const struct jread_lazy *lazy,
                  struct json_object **out, struct jread_fault *fault)
{
    struct jreader r = reader_of(text, len, depth);

    r.lazy = lazy;
    r.build = true;
    return read_text(&r, out, fault);
}

struct slice jread_at(const char *text, struct json_object *place)
{
    size_t offset = (size_t)json_object_get_int64(json_object_array_get_idx(place, 0));
    size_t size = (size_t)json_object_get_int64(json_object_array_get_idx(place, 1));

    return (struct slice){text + offset, size};
}

bool jread_item(struct slice *rest, unsigned depth, struct json_object **out)
{
    struct jreader r = reader_of(rest->data, rest->len, depth);
    struct mark m = {0};
    bool ok;

    r.build = true;
    *out = NULL;
    skip_space(&r);
    r.at += r.at < r.end && (*r.at == '[' || *r.at == ',');
    skip_space(&r);
    ok = r.at < r.end && *r.at != ']' && read_value(&r, &m, out);
    buf_fini(&r.text);
    *rest = (struct slice){r.at, (size_t)(r.end - r.at)};
    if (!ok)
        json_object_put(*out);
    return ok;
}

bool jread_is_json(const char *text, size_t len, unsigned depth)
{
    struct jreader r = reader_of(text, len, depth);
    struct json_object *none = NULL;
    bool ok = read_all(&r, &none);

    buf_fini(&r.text);
    return ok;
}
