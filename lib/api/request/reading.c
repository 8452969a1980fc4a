/* SPDX-License-Identifier: MIT */
#include "lib/api/request/reading.h"

#include <stdio.h>

#include "lib/core/buf.h"
#include "lib/core/text/percent.h"
#include "lib/core/json/pointer.h"
#include "lib/core/text/utf8.h"

bool reading_fail(const struct reading *r, const char *base, const char *name, const char *keyword,
                  const char *format, ...)
{
    struct buf pointer = {0};
    va_list args;

    if (!r->to.v)
        return false;
    if (r->to.v->count >= VIOLATIONS_MAX) { /* only counted from here on, so spare the texts */
        r->to.v->count++;
        return false;
    }
    buf_puts(&pointer, base);
    if (name)
        pointer_put(&pointer, slice_of(name));
    va_start(args, format);
    violation_add(r->to.v, r->to.in, buf_text(&pointer), keyword, "%s",
                  arena_vprintf(r->to.arena, format, args));
    va_end(args);
    buf_fini(&pointer);
    return false;
}

/* Steps charged for a name or a value, and the bytes decoded, copied or examined per step. */
enum { TEXT_STEPS = 20, BYTES_PER_STEP = 2 };

/* Decodes a text. Returns NULL, or what is wrong with it; NUL is refused, because it would cut the
 * text for C handlers. */
static const char *decode_raw(const struct reading *r, struct slice raw, struct slice *out)
{
    *out = raw;
    if (!budget_step(r->to.budget, TEXT_STEPS + raw.len / BYTES_PER_STEP) ||
        (r->is_encoded && !budget_take(r->to.budget, raw.len)))
        return "is too expensive to read";
    if (r->is_encoded && !percent_decode(raw, r->is_form, r->to.arena, out))
        return "has a malformed percent-escape";
    return out->len && memchr(out->data, '\0', out->len) ? "holds a NUL" : NULL;
}

static const char not_text[] = "is not valid UTF-8";
static const char byte_order_mark[] = "\xef\xbb\xbf";

bool reading_name(const struct reading *r, const char *base, struct slice raw, const char **out)
{
    struct slice text;
    const char *why = decode_raw(r, raw, &text);

    if (!why && !utf8_is_valid(text.data, text.len))
        why = not_text;
    /* Nobody sees it in a message that the name is not known. */
    if (!why && text.len >= strlen(byte_order_mark) &&
        memcmp(text.data, byte_order_mark, strlen(byte_order_mark)) == 0)
        why = "begins with a byte order mark (BOM)";
    if (why)
        return reading_fail(r, base, NULL, "encoding", "a name %s", why);
    *out = arena_strndup(r->to.arena, text.len ? text.data : "", text.len);
    return true;
}

bool reading_value(const struct reading *r, const char *base, const char *name, struct slice raw,
                   int types, struct jvalue *out)
{
    struct slice text;
    const char *why = decode_raw(r, raw, &text);

    *out = (struct jvalue){0};
    if (!why && field_coerce(text, types, &r->to, out))
        return true;
    if (!why && !utf8_is_valid(text.data, text.len))
        why = not_text;
    if (why)
        return reading_fail(r, base, name, "encoding", "%s", why);
    return reading_fail(r, base, name, "type", "must be %s",
                        types ? schema_type_names(r->to.arena, types) : "left out");
}

bool reading_item(const struct reading *r, const struct field *f, struct jvalue *array,
                  struct slice raw)
{
    const struct schema *items = schema_items(f->schema);
    struct jvalue value;
    char index[24];
    bool ok;

    snprintf(index, sizeof(index), "%u", array->size);
    ok = reading_value(r, f->pointer, index, raw, items ? schema_types(items) : SCHEMA_ANY, &value);
    jvalue_append(r->to.arena, array, value);
    return ok;
}

const struct schema *reading_schema(const struct field *f, const char *name)
{
    const struct schema *own = schema_property(f->schema, name);

    return own ? own : schema_additional(f->schema);
}

bool reading_member(const struct reading *r, const struct field *f, struct jvalue *object,
                    const char *name, const struct schema *member, struct slice raw)
{
    struct jvalue value;

    if (!*name)
        return reading_fail(r, f->pointer, NULL, "type", "has a member without a name");
    if (jvalue_get(object, slice_of(name)))
        return reading_fail(r, f->pointer, name, "repeated", "must be sent once");
    if (!reading_value(r, f->pointer, name, raw, member ? schema_types(member) : SCHEMA_ANY,
                       &value))
        return false;
    jvalue_add(r->to.arena, object, slice_of(name), value);
    return true;
}
