/* SPDX-License-Identifier: MIT */
/* Reads one text by its style. Delimiters are looked for in the raw text, and the parts between
 * them are decoded afterwards, so "a%2Cb" is one item. A table gives each style its prefix and
 * delimiters, and three readers do the rest: one value, items ("1,2"), or names with values
 * ("x,1,y,2" or "x=1,y=2"). */
#include "lib/api/request/field.h"

#include "lib/api/request/reading.h"
#include "lib/core/json/jnumber.h"
#include "lib/core/json/jread.h"
#include "lib/core/text/utf8.h"

static const struct {
    char prefix;    /* of the whole text; '\0' for none */
    char delimiter; /* between items, or between names and values in turn */
    char exploded;  /* between items, or name=value; '\0' if each is a pair of the query */
} styles[STYLE_COUNT] = {
    [STYLE_SIMPLE] = {'\0', ',', ','},
    [STYLE_LABEL] = {'.', ',', '.'},
    [STYLE_MATRIX] = {';', ',', ';'},
    [STYLE_FORM] = {'\0', ',', '\0'},
    [STYLE_SPACE_DELIMITED] = {'\0', ' ', '\0'},
    [STYLE_PIPE_DELIMITED] = {'\0', '|', '\0'},
    [STYLE_DEEP_OBJECT] = {'\0', ',', '\0'},
};

enum style style_parse(const char *name)
{
    static const char *const texts[] = {STYLES(ENUM_TEXT)};

    return (enum style)enum_parse(texts, STYLE_COUNT, name);
}

/* Returns true if the types allow anything, or anything but null. */
static bool is_any(int types)
{
    return (types | SCHEMA_NULL) == SCHEMA_ANY;
}

static bool coerce_literal(struct slice text, int types, struct jvalue *out)
{
    bool is_true = slice_is(text, "true");

    if ((types & SCHEMA_NULL) && !(types & SCHEMA_STRING) && (!text.len || slice_is(text, "null")))
        return true;
    if (!(types & SCHEMA_BOOLEAN) || !(is_true || slice_is(text, "false")))
        return false;
    *out = (struct jvalue){.type = JBOOLEAN, .boolean = is_true};
    return true;
}

/* Returns true if the value is of one of the types, and sets it to null otherwise. */
static bool is_of(struct jvalue *value, int types)
{
    static const int bits[] = {[JINTEGER] = SCHEMA_INTEGER | SCHEMA_NUMBER,
                               [JDOUBLE] = SCHEMA_NUMBER,
                               [JARRAY] = SCHEMA_ARRAY,
                               [JOBJECT] = SCHEMA_OBJECT};

    if (types & bits[value->type])
        return true;
    *value = (struct jvalue){0};
    return false;
}

static bool coerce_json(struct slice text, int types, const struct field_reader *r,
                        struct jvalue *out)
{
    struct jread_fault fault;

    return jread_value(text, FIELD_DEPTH_MAX, r->budget, r->arena, out, &fault) &&
           is_of(out, types);
}

/* Easy numbers, the ids of most paths, are read without a JSON reader. */
static bool coerce_number(struct slice text, int types, const struct field_reader *r,
                          struct jvalue *out)
{
    const char *end = text.data + text.len;
    bool is_integer;

    if (!(types & (SCHEMA_INTEGER | SCHEMA_NUMBER)) || !text.len ||
        jnumber_scan(text.data, end, &is_integer) != end)
        return false;
    if (!jnumber_read_easy(text, is_integer, out))
        return coerce_json(text, types, r, out);
    return budget_value(r->budget) && is_of(out, types);
}

static bool coerce_structure(struct slice text, int types, const struct field_reader *r,
                             struct jvalue *out)
{
    types &= SCHEMA_ARRAY | SCHEMA_OBJECT;
    return types && coerce_json(text, types, r, out);
}

bool field_coerce(struct slice text, int types, const struct field_reader *r, struct jvalue *out)
{
    *out = (struct jvalue){0};
    if (!is_any(types) && (coerce_literal(text, types, out) || coerce_number(text, types, r, out) ||
                           coerce_structure(text, types, r, out)))
        return true;
    if (!(types & SCHEMA_STRING) || !utf8_is_valid(text.data, text.len))
        return false;
    *out = jvalue_string(text.len ? text : SLICE_LIT(""));
    return true;
}

enum shape field_shape(const struct field *f)
{
    if (f->is_json || is_any(f->types))
        return SHAPE_VALUE;
    if ((f->types & SCHEMA_ARRAY) && f->style != STYLE_DEEP_OBJECT)
        return SHAPE_ARRAY;
    return f->types & SCHEMA_OBJECT ? SHAPE_OBJECT : SHAPE_VALUE;
}

bool field_is_spread(const struct field *f)
{
    return field_shape(f) == SHAPE_OBJECT && (f->is_exploded || f->style == STYLE_DEEP_OBJECT);
}

struct jvalue field_empty(const struct field *f)
{
    if (!is_any(f->types) && (f->types & SCHEMA_ARRAY))
        return (struct jvalue){.type = JARRAY};
    if (!is_any(f->types) && (f->types & SCHEMA_OBJECT))
        return (struct jvalue){.type = JOBJECT};
    return f->types & SCHEMA_STRING ? jvalue_string(SLICE_LIT("")) : (struct jvalue){0};
}

/* Cuts raw text into parts. */
struct field_parts {
    struct slice rest;
    char delimiter;
    bool is_encoded;
    bool is_over;
};

/* Returns the length of the delimiter at text.data[0], or 0. A URI cannot hold space and pipe
 * literally (RFC 3986, 2), so in encoded text, and only there, their escapes are delimiters too. */
static size_t delimiter_at(const struct field_parts *p, struct slice text)
{
    char c = *text.data;

    if (c == p->delimiter)
        return 1;
    if (!p->is_encoded || (p->delimiter != ' ' && p->delimiter != '|'))
        return 0;
    if (p->delimiter == ' ' && c == '+')
        return 1;
    return text.len >= 3 && strncasecmp(text.data, p->delimiter == ' ' ? "%20" : "%7c", 3) == 0 ? 3
                                                                                                : 0;
}

/* Takes the next part, which may be empty. Returns false after the last. Space around a header's
 * items, which are not encoded, is ignored (RFC 9110, 5.6.1). */
static bool parts_next(struct field_parts *p, struct slice *part)
{
    size_t skip = 0;

    if (p->is_over)
        return false;
    *part = (struct slice){p->rest.data, 0};
    while (part->len < p->rest.len && !skip) {
        skip = delimiter_at(p, (struct slice){part->data + part->len, p->rest.len - part->len});
        part->len += !skip;
    }
    p->is_over = !skip;
    p->rest.data += part->len + skip;
    p->rest.len -= part->len + skip;
    if (!p->is_encoded)
        *part = slice_trim(*part);
    return true;
}

static bool too_many(const struct field *f, const struct reading *r, const char *keyword)
{
    return reading_fail(r, f->pointer, NULL, keyword, "must have at most %d items",
                        FIELD_ITEMS_MAX);
}

/* Removes "name=". The name may be encoded and must be the field's. */
static bool cut_name(const struct field *f, struct slice *raw, const struct reading *r)
{
    const char *name;

    if (!reading_name(r, f->pointer, slice_cut(raw, '='), &name))
        return false;
    return strcmp(name, f->name) == 0 ||
           reading_fail(r, f->pointer, NULL, "type", "must be written as ;%s=value", f->name);
}

/* Reads "1,2", or with `is_named` "a=1;a=2". */
static bool read_items(const struct field *f, struct field_parts parts, bool is_named,
                       const struct reading *r, struct jvalue *array)
{
    struct slice part;
    bool ok = true;

    while (parts_next(&parts, &part)) {
        if (array->size == FIELD_ITEMS_MAX)
            return too_many(f, r, "maxItems");
        if (is_named && !cut_name(f, &part, r))
            return false;
        ok &= reading_item(r, f, array, part);
    }
    return ok;
}

/* Reads "x,1,y,2", or with `is_paired` "x=1,y=2". */
static bool read_members(const struct field *f, struct field_parts parts, bool is_paired,
                         const struct reading *r, struct jvalue *object)
{
    struct slice part, value;
    const char *name;
    bool ok = true;

    for (int count = 0; parts_next(&parts, &part); count++) {
        if (count == FIELD_ITEMS_MAX)
            return too_many(f, r, "maxProperties");
        if (is_paired) {
            value = part;
            part = slice_cut(&value, '=');
        } else if (!parts_next(&parts, &value)) {
            return reading_fail(r, f->pointer, NULL, "type",
                                "must alternate names and values; the last name has no value");
        }
        ok &= reading_name(r, f->pointer, part, &name) &&
              reading_member(r, f, object, name, reading_schema(f, name), value);
    }
    return ok;
}

static bool read_json(const struct field *f, struct slice raw, const struct reading *r,
                      struct jvalue *out)
{
    struct jread_fault fault;
    struct jvalue text;

    return reading_value(r, f->pointer, NULL, raw, SCHEMA_STRING, &text) &&
           (jread_value(jvalue_text(&text), FIELD_DEPTH_MAX, r->to.budget, r->to.arena, out,
                        &fault) ||
            reading_fail(r, f->pointer, NULL, "type", "must be JSON: %s", fault.message));
}

static char delimiter_of(const struct field *f, struct slice raw, bool is_exploded)
{
    if (is_exploded)
        return styles[f->style].exploded;
    if (f->style == STYLE_LABEL && !(raw.len && memchr(raw.data, ',', raw.len)))
        return '.';
    return styles[f->style].delimiter;
}

/* Removes the prefix, and for matrix style also a name that occurs only once. */
static bool cut_prefix(const struct field *f, bool is_exploded, const struct reading *r,
                       struct slice *raw)
{
    char prefix = styles[f->style].prefix;

    if (!prefix)
        return true;
    if (!raw->len || *raw->data != prefix)
        return reading_fail(r, f->pointer, NULL, "type", "must start with '%c'", prefix);
    raw->data++, raw->len--;
    if (f->style != STYLE_MATRIX || is_exploded)
        return true;
    if (raw->len && memchr(raw->data, ';', raw->len))
        return reading_fail(r, f->pointer, NULL, "repeated", "must be sent once");
    return cut_name(f, raw, r);
}

bool field_read_text(const struct field *f, struct slice raw, const struct reading *r,
                     struct jvalue *out)
{
    enum shape shape = field_shape(f);
    bool is_exploded = f->is_exploded && styles[f->style].exploded && shape != SHAPE_VALUE;
    struct field_parts parts = {.is_encoded = r->is_encoded};
    bool ok;

    *out = (struct jvalue){0};
    if (!f->is_json && !cut_prefix(f, is_exploded, r, &raw))
        return false;
    if (!raw.len && f->allows_empty) {
        *out = field_empty(f);
        return true;
    }
    if (f->is_json)
        return read_json(f, raw, r, out);
    if (shape == SHAPE_VALUE)
        return reading_value(r, f->pointer, NULL, raw, f->types, out);
    parts.rest = raw;
    parts.delimiter = delimiter_of(f, raw, is_exploded);
    out->type = shape == SHAPE_ARRAY ? JARRAY : JOBJECT;
    ok = shape == SHAPE_ARRAY
             ? read_items(f, parts, is_exploded && f->style == STYLE_MATRIX, r, out)
             : read_members(f, parts, is_exploded, r, out);
    if (!ok)
        *out = (struct jvalue){0};
    return ok;
}

bool field_read(const struct field *f, struct slice text, bool is_encoded,
                const struct field_reader *r, struct jvalue *out)
{
    struct reading reading = {.to = *r, .is_encoded = is_encoded};

    return field_read_text(f, text, &reading, out);
}
