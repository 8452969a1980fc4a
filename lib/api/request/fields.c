/* SPDX-License-Identifier: MIT */
/* Reads the pairs of a query or form. Each name is looked up once, in a hash table of all names
 * that the fields take; the table holds only names from the document, so no client can choose
 * colliding ones. Names of fields go in before names of properties, and an earlier entry is kept:
 * that gives the precedence that fields_read() promises. Values are read as their pairs come, so
 * nothing is held twice. */
#include "lib/api/request/field.h"

#include <stdint.h>

#include "lib/api/request/reading.h"
#include "lib/core/hash.h"

/* The owner of a name: a field, or with `is_member` one of its properties. */
struct taker {
    struct slice name; /* data is NULL if the slot is free */
    size_t field;
    const struct schema *member; /* with is_member: its schema, or NULL for any value */
    bool is_member;
};

struct pairs {
    struct reading reading;
    const struct field *const *fields;
    size_t count;
    struct field_value *out;
    struct jvalue *others; /* may be NULL */
    struct taker *takers;  /* open addressing; the size is a power of two */
    size_t mask;
    size_t rest; /* index of the field that takes remaining names, or `count` for none */
};

/* Returns the slot of `name`, or the free slot where it belongs. */
static struct taker *find_taker(const struct pairs *p, struct slice name)
{
    size_t i = hash_bytes(0, name) & p->mask;

    while (p->takers[i].name.data && !(p->takers[i].name.len == name.len &&
                                       memcmp(p->takers[i].name.data, name.data, name.len) == 0))
        i = (i + 1) & p->mask;
    return &p->takers[i];
}

/* Adds a name. The first owner of a name keeps it. */
static void add_taker(struct pairs *p, const char *name, struct taker taker)
{
    struct taker *slot;

    taker.name = slice_of(name);
    slot = find_taker(p, taker.name);
    if (!slot->name.data)
        *slot = taker;
}

/* The argument of schema_each_property(). */
struct fields_walk {
    struct pairs *pairs;
    size_t field;
};

static void add_property(void *arg, const char *name, const struct schema *member)
{
    struct fields_walk *walk = arg;

    add_taker(walk->pairs, name,
              (struct taker){.field = walk->field, .member = member, .is_member = true});
}

/* Returns true for an object of exploded form style, whose members are pairs without its name. */
static bool is_nameless(const struct field *f)
{
    return field_is_spread(f) && f->style != STYLE_DEEP_OBJECT;
}

/* Adds names of fields before those of properties; "color=" of an object that may be empty comes
 * last. */
static void index_names(struct pairs *p)
{
    size_t size = 4, names = p->count;

    p->rest = p->count;
    for (size_t i = 0; i < p->count; i++) {
        size_t count;

        if (!is_nameless(p->fields[i]))
            continue;
        count = schema_property_count(p->fields[i]->schema);
        names += count;
        if (!count && p->rest == p->count && !schema_is_closed(p->fields[i]->schema))
            p->rest = i;
    }
    while (size < 2 * names)
        size *= 2;
    p->mask = size - 1;
    p->takers = arena_zalloc(p->reading.to.arena, size * sizeof(*p->takers));
    for (size_t i = 0; i < p->count; i++)
        if (!is_nameless(p->fields[i]))
            add_taker(p, p->fields[i]->name, (struct taker){.field = i});
    for (size_t i = 0; i < p->count; i++)
        if (is_nameless(p->fields[i]))
            schema_each_property(p->fields[i]->schema, add_property, &(struct fields_walk){p, i});
    for (size_t i = 0; i < p->count; i++)
        if (is_nameless(p->fields[i]) && p->fields[i]->allows_empty)
            add_taker(p, p->fields[i]->name, (struct taker){.field = i});
}

static bool take_member(struct pairs *p, size_t i, const char *name, const struct schema *member,
                        struct slice raw)
{
    struct field_value *out = &p->out[i];

    out->value.type = JOBJECT;
    out->is_there = true;
    out->is_empty = false;
    return reading_member(&p->reading, p->fields[i], &out->value, name, member, raw);
}

/* Adds an item. A lone empty item may mean the empty array, which shows only when a second one
 * comes or none. */
static bool take_item(struct pairs *p, size_t i, struct slice raw)
{
    const struct field *f = p->fields[i];
    struct field_value *out = &p->out[i];
    bool ok = true;

    out->value.type = JARRAY;
    if (out->is_empty)
        ok = reading_item(&p->reading, f, &out->value, SLICE_LIT(""));
    out->is_empty = !out->is_there && !raw.len && f->allows_empty;
    out->is_there = true;
    return ok & (out->is_empty || reading_item(&p->reading, f, &out->value, raw));
}

static bool take_text(struct pairs *p, size_t i, struct slice raw)
{
    const struct field *f = p->fields[i];
    struct field_value *out = &p->out[i];

    if (field_shape(f) == SHAPE_ARRAY && f->is_exploded)
        return take_item(p, i, raw);
    if (out->is_there)
        return reading_fail(&p->reading, f->pointer, NULL, "repeated", "must be sent once");
    out->is_there = true;
    out->is_empty = !raw.len && f->allows_empty;
    if (field_is_spread(f) && !out->is_empty)
        return reading_fail(&p->reading, f->pointer, NULL, "type",
                            f->style == STYLE_DEEP_OBJECT ? "must be written as %s[member]=value"
                                                          : "must be written as member=value",
                            f->name);
    return field_read_text(f, raw, &p->reading, &out->value);
}

/* Reads "color[R]" (decoded) for field i; `open` points to its '['. */
static bool take_bracketed(struct pairs *p, size_t i, const char *open, struct slice raw)
{
    const struct field *f = p->fields[i];
    size_t len = strcspn(open + 1, "[]");
    const char *name;

    if (strcmp(open + 1 + len, "]") != 0) {
        p->out[i].is_there = true;
        return reading_fail(&p->reading, f->pointer, NULL, "type",
                            "must be written as %s[member]=value, one level deep", f->name);
    }
    name = arena_strndup(p->reading.to.arena, open + 1, len);
    return take_member(p, i, name, reading_schema(f, name), raw);
}

/* Returns the deepObject field that "color[R]" belongs to, or `count` for none. */
static size_t find_deep(const struct pairs *p, const char *name, const char *open)
{
    const struct taker *taker = find_taker(p, (struct slice){name, (size_t)(open - name)});

    return taker->name.data && !taker->is_member && field_is_spread(p->fields[taker->field]) &&
                   p->fields[taker->field]->style == STYLE_DEEP_OBJECT
               ? taker->field
               : p->count;
}

static bool take_other(struct pairs *p, const char *name, struct slice raw)
{
    struct arena *arena = p->reading.to.arena;
    struct jvalue value, *before, list = {.type = JARRAY};

    if (!p->others)
        return reading_fail(&p->reading, "", name, "unknown", "is not a known parameter");
    if (!reading_value(&p->reading, "", name, raw, SCHEMA_STRING, &value))
        return false;
    before = jvalue_get(p->others, slice_of(name));
    if (!before) {
        jvalue_add(arena, p->others, slice_of(name), value);
    } else if (before->type == JARRAY) {
        jvalue_append(arena, before, value);
    } else {
        jvalue_append(arena, &list, *before);
        jvalue_append(arena, &list, value);
        *before = list;
    }
    return true;
}

static bool take_pair(struct pairs *p, struct slice raw)
{
    const struct taker *taker;
    const char *name, *open;
    size_t deep;

    if (!reading_name(&p->reading, "", slice_cut(&raw, '='), &name))
        return false;
    taker = find_taker(p, slice_of(name));
    if (taker->name.data)
        return taker->is_member ? take_member(p, taker->field, name, taker->member, raw)
                                : take_text(p, taker->field, raw);
    open = strchr(name, '[');
    deep = open ? find_deep(p, name, open) : p->count;
    if (deep < p->count)
        return take_bracketed(p, deep, open, raw);
    if (p->rest < p->count)
        return take_member(p, p->rest, name, reading_schema(p->fields[p->rest], name), raw);
    return take_other(p, name, raw);
}

static bool take_pairs(struct pairs *p, struct slice text)
{
    bool ok = true;
    int count = 0;

    while (text.len && p->reading.to.budget->end == BUDGET_ENOUGH) {
        struct slice raw = slice_cut(&text, '&');

        if (!raw.len)
            continue;
        if (count++ == FIELD_PAIRS_MAX)
            return reading_fail(&p->reading, "", NULL, "maxItems", "must have at most %d pairs",
                                FIELD_PAIRS_MAX);
        ok &= take_pair(p, raw);
    }
    return ok;
}

bool fields_read(const struct field *const *fields, size_t count, struct slice text,
                 const struct field_reader *r, struct field_value *out, struct jvalue *others)
{
    struct pairs p = {.reading = {.to = *r, .is_encoded = true, .is_form = true},
                      .fields = fields,
                      .count = count,
                      .out = out,
                      .others = others};
    bool ok;

    for (size_t i = 0; i < count; i++)
        out[i] = (struct field_value){0};
    index_names(&p);
    ok = take_pairs(&p, text);
    for (size_t i = 0; i < count && !ok; i++)
        out[i].value = (struct jvalue){0};
    return ok;
}
