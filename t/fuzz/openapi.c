/* SPDX-License-Identifier: MIT */
/*
 * The input is api.yaml, and the files that it refers to (=== NAME). A valid document becomes
 * operations, also after the trip to a worker in the release; both must accept value.json or refuse
 * it. Its published copies are JSON and YAML of the same tree.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>

#include "lib/api/document/document.h"
#include "lib/api/operation/operation.h"
#include "lib/conf/yaml.h"
#include "lib/conf/release.h"
#include "lib/core/buf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"

/* Returns the two halves with a server's URL between them. */
static struct buf published(struct json_object *document, const char *format)
{
    struct json_object *pair = jget(jget(document, "published"), format);
    struct buf text = {0};

    for (size_t i = 0; i < 2; i++) {
        struct json_object *half = json_object_array_get_idx(pair, i);

        buf_put(&text, json_object_get_string(half), (size_t)json_object_get_string_len(half));
        buf_puts(&text, i ? "" : "\"/v1\"");
    }
    return text;
}

static void check_published(struct json_object *document)
{
    struct buf json = published(document, "json"), yaml = published(document, "yaml");
    struct json_object *a = fuzz_json(buf_slice(&json)), *b;
    struct diags diags = {0};

    assert(a);
    files_set("openapi.yaml", buf_slice(&yaml));
    assert(yaml_read("openapi.yaml", &b, &diags));
    assert(fuzz_equal(a, b));
    json_object_put(a);
    json_object_put(b);
    diags_fini(&diags);
    buf_fini(&json);
    buf_fini(&yaml);
}

static bool is_valid(const struct schema *s, struct json_object *json, struct arena *arena)
{
    struct jvalue value = jvalue_of(arena, json);
    struct violations v = {.arena = arena};
    struct budget budget = fuzz_budget();

    return !s || schema_check(s, &value, "body", "", &budget, &v);
}

static void fill_copy(const struct schema *s, struct json_object *json, struct arena *arena)
{
    struct jvalue value = jvalue_of(arena, json);
    struct budget budget = fuzz_budget();

    schema_fill(s, &value, arena, &budget);
    fuzz_rewrite_value(&value);
}

/* Compares what the operation and its copy accept and answer. */
static void compare(const struct operation *a, const struct operation *b, struct json_object *value)
{
    struct arena arena = {0};

    assert(strcmp(a->template, b->template) == 0 && a->status == b->status);
    assert(a->parameter_count == b->parameter_count && a->body_count == b->body_count);
    for (size_t i = 0; i < a->parameter_count; i++)
        assert(is_valid(a->parameters[i].field.schema, value, &arena) ==
               is_valid(b->parameters[i].field.schema, value, &arena));
    for (size_t i = 0; i < a->body_count; i++) {
        assert(a->bodies[i].field_count == b->bodies[i].field_count);
        assert(is_valid(a->bodies[i].schema, value, &arena) ==
               is_valid(b->bodies[i].schema, value, &arena));
        fill_copy(b->bodies[i].schema, value, &arena);
    }
    assert(is_valid(a->response, value, &arena) == is_valid(b->response, value, &arena));
    arena_fini(&arena);
}

/* Reads the records as release_read() does. */
static struct json_object *read_records(struct json_object *documents, struct buf *text)
{
    static const struct jread_lazy left_out = {2, "operations|published"};
    struct json_object *release;
    struct jread_fault fault;

    jwrite_value(text, documents);
    assert(jread_lazily(text->data, text->len, RELEASE_DEPTH, &left_out, &release, &fault));
    return release;
}

/* Loads the operations as the check does, with findings; if there are none, again from a copy as a
 * worker does. */
static void load_operations(struct json_object *documents, struct json_object *value,
                            struct diags *diags)
{
    struct api *api = api_load(documents, NULL, diags), *again;
    struct json_object *release;
    struct buf text = {0};

    if (!diags->errors) {
        release = read_records(documents, &text);
        again = api_load(release, text.data, NULL);
        json_object_put(release);
        buf_fini(&text);
        assert(again->count == api->count);
        for (size_t i = 0; i < api->count; i++)
            compare(&api->operations[i], &again->operations[i], value);
        api_free(&again);
    }
    api_free(&api);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diags diags = {0}, none = {0};
    struct json_object *documents, *document, *value;

    files_set("api.yaml", (struct slice){(const char *)data, size});
    document = document_load("api.yaml", DOCUMENT_SERVED, &dialect_sqlite, &diags);
    assert(document || diags.errors);
    if (document) {
        documents = json_object_new_array();
        json_object_array_add(documents, document);
        yaml_read("value.json", &value, &none);
        if (!diags.errors)
            check_published(document);
        load_operations(documents, value, &diags);
        json_object_put(documents);
        json_object_put(value);
    }
    diags_sort(&diags);
    diags_fini(&diags);
    diags_fini(&none);
    return 0;
}
