/* SPDX-License-Identifier: MIT */
/*
 * What a client sends beside JSON. The first letter says what the rest is: a `p`arameter (three
 * letters choose style, flags and schema), a `q`uery, a query that takes `o`ther names too, an
 * `a`ccept field behind a line with a media type, a `r`equest path, or a g`z`ip body.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>

#include "lib/api/request/field.h"
#include "lib/api/request/media_type.h"
#include "lib/api/request/router.h"
#include "lib/core/inflate.h"
#include "lib/core/text/percent.h"
#include "lib/core/text/utf8.h"

enum { INFLATED_MAX = 1 << 16 };

/* Of fields named a, b, … in this order. */
static const char *const schemas[] = {
    "{\"type\":\"string\",\"minLength\":1}",
    "{\"type\":\"integer\",\"maximum\":9}",
    "{\"type\":[\"number\",\"null\"]}",
    "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}",
    "{\"type\":[\"array\",\"string\"],\"items\":{\"type\":\"array\"},\"uniqueItems\":true}",
    "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"integer\"},\"y\":{}}}",
    "{\"type\":[\"object\",\"null\"],\"additionalProperties\":{\"type\":\"boolean\"}}",
    "{\"allOf\":[{\"properties\":{\"x\":{\"type\":\"array\"}},\"additionalProperties\":false}]}",
    "{\"enum\":[1,\"1\",null,[],{}]}",
    "true",
};
enum { FIELD_COUNT = sizeof(schemas) / sizeof(*schemas) };
enum { FLAG_EXPLODED = 1, FLAG_EMPTY = 2, FLAG_JSON = 4, FLAG_ENCODED = 8 };

static struct json_object *json[FIELD_COUNT]; /* of the schemas */
static struct field fields[FIELD_COUNT];

/* Styles and flags of the query are as many as may be. */
static void make_fields(void)
{
    static struct arena arena;
    struct schema_set *set = schema_set_new(&arena, NULL, NULL, NULL);

    for (size_t i = 0; i < FIELD_COUNT; i++) {
        struct field *f = &fields[i];

        *f = (struct field){.name = arena_printf(&arena, "%c", (char)('a' + i)),
                            .pointer = arena_printf(&arena, "/%c", (char)('a' + i)),
                            .style = (enum style)(STYLE_FORM + i % (STYLE_COUNT - STYLE_FORM)),
                            .is_exploded = i % 3 != 2,
                            .allows_empty = i % 2};
        json[i] = fuzz_json(slice_of(schemas[i]));
        f->schema = schema_compile(set, "", json[i], SCHEMA_PLAIN);
        f->types = schema_types(f->schema);
    }
    schema_set_free(&set);
}

static unsigned take_letter(struct slice *text)
{
    if (!text->len)
        return 0;
    text->len--;
    return (unsigned char)*text->data++ % 32;
}

/* A value is one that JSON can hold, and the schema can be asked about it. */
static void check_value(const struct field *f, const struct jvalue *value, struct arena *arena)
{
    struct violations v = {.arena = arena};
    struct budget budget = fuzz_budget();

    fuzz_rewrite_value(value);
    assert(schema_check(f->schema, value, "query", f->pointer, &budget, &v) == (v.count == 0));
}

static void read_parameter(struct slice text, struct arena *arena)
{
    unsigned style = take_letter(&text) % STYLE_COUNT, flags = take_letter(&text);
    struct field f = fields[take_letter(&text) % FIELD_COUNT];
    struct violations v = {.arena = arena};
    struct budget budget = fuzz_budget();
    struct field_reader reader = {"path", arena, &budget, &v};
    struct jvalue value;
    bool ok;

    f.style = (enum style)style;
    f.is_exploded = flags & FLAG_EXPLODED;
    f.allows_empty = flags & FLAG_EMPTY;
    f.is_json = flags & FLAG_JSON;
    ok = field_read(&f, text, flags & FLAG_ENCODED, &reader, &value);
    assert(ok == (v.count == 0) && (ok || value.type == JNULL));
    if (ok)
        check_value(&f, &value, arena);
    reader.v = NULL;
    assert(ok == field_read(&f, text, flags & FLAG_ENCODED, &reader, &value));
}

static void read_pairs(struct slice text, struct arena *arena, struct jvalue *others)
{
    const struct field *declared[FIELD_COUNT];
    struct field_value out[FIELD_COUNT];
    struct violations v = {.arena = arena};
    struct budget budget = fuzz_budget();
    struct field_reader reader = {"query", arena, &budget, &v};
    bool ok;

    for (size_t i = 0; i < FIELD_COUNT; i++)
        declared[i] = &fields[i];
    ok = fields_read(declared, FIELD_COUNT, text, &reader, out, others);
    assert(ok == (v.count == 0));
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        assert(out[i].value.type == JNULL || (ok && out[i].is_there));
        if (ok && out[i].is_there)
            check_value(&fields[i], &out[i].value, arena);
    }
    if (ok && others)
        fuzz_rewrite_value(others);
}

static void read_query(struct slice text, struct arena *arena)
{
    read_pairs(text, arena, NULL);
}

static void read_open_query(struct slice text, struct arena *arena)
{
    struct jvalue others = {.type = JOBJECT};

    read_pairs(text, arena, &others);
}

static void read_accept(struct slice accept, struct arena *arena)
{
    struct slice type = fuzz_line(&accept);

    (void)arena;
    media_is_accepted(accept, type);
    media_is_in_range(type, accept);
    media_is_text(type);
    assert(media_kind_of(type) != MEDIA_JSON || media_is_json(type));
}

/* A request's target is ASCII (RFC 3986): the head's parser sees to that. */
static bool is_target(struct slice path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.data[i] <= ' ' || path.data[i] > '~')
            return false;
    return true;
}

static void find_route(struct slice path, struct arena *arena)
{
    static const char *const templates[] = {"/",          "/a",           "/a/{b}",      "/a/{b}/c",
                                            "/a/{b}/{c}", "/{a}/b/{c}/d", "/a/b/{c}/d/e"};
    struct route found;
    struct slice decoded;
    struct router r;

    router_init(&r, arena);
    for (size_t i = 0; i < sizeof(templates) / sizeof(*templates); i++) {
        struct fault fault;
        void *equal;

        assert(router_add(&r, i % 2 ? METHOD_GET : METHOD_POST, templates[i],
                          (void *)(uintptr_t)templates[i], &equal, &fault));
    }
    if (!is_target(path) || router_find(&r, METHOD_GET, path, arena, &found) != ROUTE_FOUND)
        return;
    for (size_t i = 0; i < found.capture_count; i++) {
        assert(fuzz_lies_in(found.captures[i], path) && found.captures[i].len);
        assert(percent_decode(found.captures[i], false, arena, &decoded));
        assert(utf8_is_valid(decoded.data, decoded.len));
    }
}

static void unpack(struct slice body, struct arena *arena)
{
    struct buf out = {0};

    (void)arena;
    inflate_gzip(body, INFLATED_MAX, &out);
    assert(out.len <= INFLATED_MAX && out.cap <= INFLATED_MAX);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        char letter;
        void (*run)(struct slice text, struct arena *arena);
    } rows[] = {{'p', read_parameter}, {'q', read_query}, {'o', read_open_query},
                {'a', read_accept},    {'r', find_route}, {'z', unpack}};
    struct arena arena = {0};

    if (!fields[0].name)
        make_fields();
    for (size_t i = 0; size && i < sizeof(rows) / sizeof(*rows); i++)
        if (data[0] == rows[i].letter)
            rows[i].run((struct slice){(const char *)data + 1, size - 1}, &arena);
    arena_fini(&arena);
    return 0;
}
