/* SPDX-License-Identifier: MIT */
/*
 * Lines of JSON: a schema, a value, and a document for the first foreign URI. A valid schema must
 * give the same verdict on the value in every way of asking: with and without violations, and after
 * the trip to a worker in the release. The copy breaks no client either.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>

#include "lib/core/json/jwrite.h"
#include "lib/schema/compat.h"

struct input {
    struct json_object *schema, *value, *other;
    bool is_taken; /* the document is in use; under a second URI, its relative references would
                    * differ */
};

static struct json_object *load(void *arg, const char *uri)
{
    struct input *in = arg;
    bool is_first = !in->is_taken;

    (void)uri;
    in->is_taken = true;
    return is_first ? in->other : NULL;
}

/* Returns whether the value is valid; each violation must be reportable. */
static bool check_loudly(const struct schema *s, const struct jvalue *value, struct arena *arena)
{
    struct violations v = {.arena = arena};
    struct budget budget = fuzz_budget();
    bool ok = schema_check(s, value, "body", "", &budget, &v);

    assert(ok == (v.count == 0));
    for (size_t i = 0; i < v.count && i < VIOLATIONS_MAX; i++)
        assert(v.items[i].keyword && *v.items[i].message &&
               (!*v.items[i].pointer || *v.items[i].pointer == '/'));
    return ok;
}

/* Returns only the verdict; false if the value is too costly, as with schema_check(). */
static bool check_verdict(const struct schema *s, const struct jvalue *value)
{
    struct budget budget = fuzz_budget();

    return schema_check(s, value, "", "", &budget, NULL);
}

static void see_property(void *arg, const char *name, const struct schema *member)
{
    const struct schema *s = arg;

    assert(name && (!member || schema_property(s, name)));
    schema_requires(s, name);
    schema_is_hidden(s, name);
}

/* Asks all that is asked of schemas at load. */
static void inspect(const struct schema *s)
{
    uint64_t steps = 100000;
    struct jvalue fallback;

    schema_types(s);
    schema_is_hopeless(s, &steps);
    schema_items(s);
    schema_additional(s);
    schema_is_closed(s);
    schema_default(s, &fallback);
    schema_format(s);
    schema_each_property(s, see_property, (void *)(uintptr_t)s);
}

static void refuse_break(void *arg, bool is_break, const char *pointer, const char *keyword,
                         const char *message)
{
    (void)arg, (void)pointer, (void)keyword, (void)message;
    assert(!is_break);
}

/* Compiles the schema as a worker does, from copies of what it reached. */
static void check_release(const struct input *in, struct schema_set *from,
                          const struct schema *original, enum schema_use use, bool want)
{
    struct json_object *reached = schema_set_documents(from);
    struct json_object *documents = fuzz_rewrite(reached), *schema = fuzz_rewrite(in->schema);
    struct arena arena = {0};
    struct schema_set *set = schema_set_new(&arena, NULL, NULL, NULL);
    struct jvalue value = jvalue_of(&arena, in->value);
    const struct schema *s;

    json_object_object_foreach(documents, uri, document)
    {
        schema_set_add(set, uri, document);
    }
    s = schema_compile(set, "", schema, use);
    schema_set_free(&set);
    assert(check_loudly(s, &value, &arena) == want);
    if (use != SCHEMA_PLAIN)
        schema_compare(original, s, use == SCHEMA_REQUEST ? COMPAT_REQUEST : COMPAT_RESPONSE,
                       refuse_break, NULL);
    arena_fini(&arena);
    json_object_put(reached);
    json_object_put(documents);
    json_object_put(schema);
}

/* Adds defaults, or removes writeOnly members, of which no trace may be left. */
static void change(const struct input *in, const struct schema *s, enum schema_use use,
                   struct arena *arena)
{
    struct jvalue value = jvalue_of(arena, in->value);
    struct violations v = {.arena = arena};
    struct budget budget = fuzz_budget();

    if (use == SCHEMA_RESPONSE && schema_strip(s, &value, &budget)) {
        schema_check(s, &value, "body", "", &budget, &v);
        for (size_t i = 0; i < v.count && i < VIOLATIONS_MAX; i++)
            assert(strcmp(v.items[i].keyword, "writeOnly") != 0);
    }
    budget = fuzz_budget();
    schema_fill(s, &value, arena, &budget);
    check_loudly(s, &value, arena);
}

static void run(struct input *in, enum schema_use use)
{
    struct arena arena = {0};
    struct diags diags = {0};
    struct schema_set *set = schema_set_new(&arena, &diags, load, in);
    struct jvalue value = jvalue_of(&arena, in->value);
    const struct schema *s;
    bool ok;

    in->is_taken = false;
    schema_set_add(set, "", in->schema);
    s = schema_compile(set, "", in->schema, use);
    inspect(s);
    ok = check_loudly(s, &value, &arena);
    if (!diags.errors) {
        assert(check_verdict(s, &value) == ok);
        check_release(in, set, s, use, ok);
        change(in, s, use, &arena);
    }
    schema_set_free(&set);
    arena_fini(&arena);
    diags_fini(&diags);
}

static void put_input(struct buf *out, const struct input *in)
{
    jwrite_value(out, in->schema);
    jwrite_value(out, in->value);
    jwrite_value(out, in->other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct input in = {.schema = fuzz_json(fuzz_line(&text))};
    struct buf before = {0}, after = {0};

    if (in.schema) {
        in.value = fuzz_json(fuzz_line(&text));
        in.other = fuzz_json(fuzz_line(&text));
        put_input(&before, &in);
        for (int use = SCHEMA_PLAIN; use <= SCHEMA_RESPONSE; use++)
            run(&in, (enum schema_use)use);
        put_input(&after, &in);
        assert(after.len == before.len && memcmp(after.data, before.data, after.len) == 0);
    }
    json_object_put(in.schema);
    json_object_put(in.value);
    json_object_put(in.other);
    buf_fini(&before);
    buf_fini(&after);
    return 0;
}
