/* SPDX-License-Identifier: MIT */
#include "lib/api/reading.h"

#include <stdio.h>

#include "lib/core/buf.h"
#include "lib/core/percent.h"
#include "lib/core/utf8.h"

static void put_escaped(struct buf *b, const char *name)
{
    for (; *name; name++) {
        if (*name == '~' || *name == '/')
            buf_puts(b, *name == '~' ? "~0" : "~1");
        else
            buf_putc(b, *name);
    }
}

bool reading_fail(const struct reading *r, const char *base, const char *name, const char *keyword,
                  const char *format, ...)
{
    struct buf pointer = {0};
    va_list args;

    if (!r->v)
        return false;
    if (r->v->count >= VIOLATIONS_MAX) { /* only counted: spare the texts */
        r->v->count++;
        return false;
    }
    buf_puts(&pointer, base);
    if (name) {
        buf_putc(&pointer, '/');
        put_escaped(&pointer, name);
    }
    va_start(args, format);
    violation_add(r->v, r->in, buf_text(&pointer), keyword, "%s",
                  arena_vprintf(r->arena, format, args));
    va_end(args);
    buf_fini(&pointer);
    return false;
}

/* NULL, or what is wrong with it. A NUL would end json-c's names and many a handler's text. */
static const char *decode(const struct reading *r, struct slice raw, struct slice *out)
{
    *out = raw;
    if (r->is_encoded && !percent_decode(raw, r->is_form, r->arena, out))
        return "has a bad escape";
    return out->len && memchr(out->data, '\0', out->len) ? "holds a NUL" : NULL;
}

static const char not_text[] = "is not valid UTF-8";

bool reading_name(const struct reading *r, const char *base, struct slice raw, const char **out)
{
    struct slice text;
    const char *why = decode(r, raw, &text);

    if (!why && !utf8_is_valid(text.data, text.len))
        why = not_text;
    if (why)
        return reading_fail(r, base, NULL, "encoding", "a name %s", why);
    *out = arena_strndup(r->arena, text.len ? text.data : "", text.len);
    return true;
}

bool reading_value(const struct reading *r, const char *base, const char *name, struct slice raw,
                   int types, struct json_object **out)
{
    struct slice text;
    const char *why = decode(r, raw, &text);

    *out = NULL;
    if (!why && field_coerce(text, types, out))
        return true;
    if (!why && !utf8_is_valid(text.data, text.len))
        why = not_text;
    if (why)
        return reading_fail(r, base, name, "encoding", "%s", why);
    return reading_fail(r, base, name, "type", "must be %s",
                        types ? schema_type_names(r->arena, types) : "left out");
}

bool reading_item(const struct reading *r, const struct field *f, struct json_object *array,
                  struct slice raw)
{
    const struct schema *items = schema_items(f->schema);
    struct json_object *value;
    char index[24];
    bool ok;

    snprintf(index, sizeof(index), "%zu", json_object_array_length(array));
    ok = reading_value(r, f->pointer, index, raw, items ? schema_types(items) : SCHEMA_ANY, &value);
    json_object_array_add(array, value);
    return ok;
}

const struct schema *reading_schema(const struct field *f, const char *name)
{
    const struct schema *own = schema_property(f->schema, name);

    return own ? own : schema_additional(f->schema);
}

bool reading_member(const struct reading *r, const struct field *f, struct json_object *object,
                    const char *name, const struct schema *member, struct slice raw)
{
    struct json_object *value;

    if (!*name)
        return reading_fail(r, f->pointer, NULL, "type", "has a member without a name");
    if (json_object_object_get_ex(object, name, NULL))
        return reading_fail(r, f->pointer, name, "repeated", "must be sent once");
    if (!reading_value(r, f->pointer, name, raw, member ? schema_types(member) : SCHEMA_ANY,
                       &value))
        return false;
    json_object_object_add(object, name, value);
    return true;
}
