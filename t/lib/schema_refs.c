/* SPDX-License-Identifier: MIT */
/* schema.h: definitions, closed requests, and what a schema says about itself. */
#include "lib/schema/schema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/file.h"
#include "lib/core/jread.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    struct jread_fault fault = {0};

    cr_assert(jread_text(text, strlen(text), 512, NULL, &value, &fault), "%s: %s", text,
              fault.message);
    return value;
}

struct fixture {
    struct arena arena;
    struct diags diags;
    struct json_object *definitions, *json[4];
    struct schema_set set;
};

static void set_up(struct fixture *f, const char *definitions)
{
    *f = (struct fixture){.definitions = parse(definitions)};
    schema_set_init(&f->set, &f->arena, f->definitions, &f->diags);
}

static const struct schema *compile(struct fixture *f, int slot, const char *text)
{
    f->json[slot] = parse(text);
    return schema_compile(&f->set, f->json[slot]);
}

static void tear_down(struct fixture *f)
{
    schema_set_fini(&f->set);
    arena_fini(&f->arena);
    diags_fini(&f->diags);
    for (int i = 0; i < 4; i++)
        json_object_put(f->json[i]);
    json_object_put(f->definitions);
}

static bool is_valid(struct fixture *f, const struct schema *s, const char *text)
{
    struct violations v = {.arena = &f->arena};
    struct json_object *value = parse(text);
    bool ok = schema_check(s, value, "body", "", &v);

    json_object_put(value);
    return ok;
}

Test(schema_refs, follows_recursive_definitions)
{
    struct fixture f;
    const struct schema *s;
    char deep[2048] = "";

    set_up(&f,
           "{\"T\":{\"properties\":{\"next\":{\"$ref\":\"#/T\"},\"v\":{\"type\":\"integer\"}}}}");
    s = compile(&f, 0, "{\"$ref\":\"#/T\"}");
    cr_expect(f.diags.count == 0);
    cr_expect(is_valid(&f, s, "{\"next\":{\"next\":{\"v\":1}}}"));
    cr_expect(!is_valid(&f, s, "{\"next\":{\"next\":{\"v\":\"1\"}}}"));
    for (int i = 0; i < 100; i++)
        strcat(deep, "{\"next\":");
    strcat(deep, "{}");
    for (int i = 0; i < 100; i++)
        strcat(deep, "}");
    cr_expect(!is_valid(&f, s, deep), "deeper than SCHEMA_DEPTH_MAX");
    tear_down(&f);
}

/* A definition that is only itself, in three disguises: an error, never a crash. */
Test(schema_refs, survives_endless_definitions)
{
    static const char *const rows[] = {
        "{\"A\":{\"$ref\":\"#/A\"}}",
        "{\"A\":{\"allOf\":[{\"$ref\":\"#/A\"}]}}",
        "{\"A\":{\"$ref\":\"#/B\"},\"B\":{\"$ref\":\"#/A\"}}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        const struct schema *s;

        set_up(&f, rows[i]);
        s = compile(&f, 0, "{\"$ref\":\"#/A\"}");
        cr_expect(f.diags.errors == 1);
        (void)is_valid(&f, s, "1");
        (void)schema_types(s);
        (void)schema_property(s, "x");
        (void)schema_requires(s, "x");
        (void)schema_items(s);
        tear_down(&f);
    }
}

Test(schema_refs, depth_does_not_turn_not_around)
{
    struct fixture f;
    const struct schema *s;
    char deep[2048] = "";

    set_up(&f, "{\"T\":{\"properties\":{\"n\":{\"$ref\":\"#/T\"}}}}");
    s = compile(&f, 0, "{\"not\":{\"$ref\":\"#/T\"}}");
    cr_expect(!is_valid(&f, s, "{}"));
    for (int i = 0; i < 100; i++)
        strcat(deep, "{\"n\":");
    strcat(deep, "1");
    for (int i = 0; i < 100; i++)
        strcat(deep, "}");
    cr_expect(!is_valid(&f, s, deep), "what is too deep is not valid");
    tear_down(&f);
}

Test(schema_refs, closes_requests)
{
    static const struct {
        const char *schema, *value;
        bool is_valid;
    } rows[] = {
        {"{\"properties\":{\"a\":{}}}", "{\"a\":1}", true},
        {"{\"properties\":{\"a\":{}}}", "{\"b\":1}", false},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{\"b\":1}", true},
        {"{\"properties\":{\"a\":{\"properties\":{\"c\":{}}}}}", "{\"a\":{\"d\":1}}", false},
        {"{\"items\":{\"properties\":{\"a\":{}}}}", "[{\"b\":1}]", false},
        {"{\"allOf\":[{\"properties\":{\"a\":{}}},{\"properties\":{\"b\":{}}}]}",
         "{\"a\":1,\"b\":1}", true},
        {"{\"type\":\"object\"}", "{\"b\":1}", true},
        {"{\"$ref\":\"#/Base\"}", "{\"a\":1}", true},
        {"{\"$ref\":\"#/Base\"}", "{\"b\":1}", false},
        {"{\"$ref\":\"#/Base\",\"properties\":{\"b\":{}}}", "{\"a\":1,\"b\":1}", true},
        {"{\"allOf\":[{\"$ref\":\"#/Base\"}],\"properties\":{\"b\":{}}}", "{\"a\":1,\"b\":1}",
         true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;

        set_up(&f, "{\"Base\":{\"properties\":{\"a\":{}}}}");
        f.set.is_request = true;
        cr_expect(is_valid(&f, compile(&f, 0, rows[i].schema), rows[i].value) == rows[i].is_valid,
                  "%s for %s", rows[i].schema, rows[i].value);
        tear_down(&f);
    }
}

/* One set compiles requests and responses: who came first must not matter. */
Test(schema_refs, closing_does_not_depend_on_order)
{
    struct fixture f;
    const struct schema *response, *request, *whole;

    set_up(&f, "{\"A\":{\"properties\":{\"a\":{}}},\"B\":{\"properties\":{\"b\":{}}}}");
    response = compile(&f, 0, "{\"$ref\":\"#/A\"}");
    f.set.is_request = true;
    request = compile(&f, 1, "{\"$ref\":\"#/A\"}");
    cr_expect(is_valid(&f, response, "{\"x\":1}"));
    cr_expect(!is_valid(&f, request, "{\"x\":1}"), "a response compiled before opened the request");
    request = compile(&f, 2, "{\"$ref\":\"#/B\"}");
    whole = compile(&f, 3, "{\"allOf\":[{\"$ref\":\"#/B\"},{\"properties\":{\"c\":{}}}]}");
    cr_expect(!is_valid(&f, request, "{\"x\":1}"));
    cr_expect(is_valid(&f, whole, "{\"b\":1,\"c\":1}"),
              "a request compiled before closed the branch");
    tear_down(&f);
}

static void count(void *arg, const char *name, const struct schema *member)
{
    cr_expect(name && (member || strcmp(name, "z") == 0), "%s", name);
    *(int *)arg += member != NULL;
}

Test(schema_refs, describes_itself)
{
    struct fixture f;
    const struct schema *s;
    int members = 0;

    set_up(&f, "{\"B\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"number\"}},"
               "\"required\":[\"b\"]}}");
    s = compile(
        &f, 0,
        "{\"allOf\":[{\"$ref\":\"#/B\"},{\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}},"
        "\"required\":[\"z\"]}]}");
    cr_expect(schema_types(s) == SCHEMA_OBJECT);
    cr_expect(schema_types(schema_property(s, "a")) == (SCHEMA_STRING | SCHEMA_NULL));
    cr_expect(schema_types(schema_property(s, "b")) == (SCHEMA_NUMBER | SCHEMA_INTEGER));
    cr_expect(!schema_property(s, "c"));
    cr_expect(schema_requires(s, "b") && schema_requires(s, "z") && !schema_requires(s, "a"));
    cr_expect(!schema_items(s));
    cr_expect_str_eq(schema_type_names(&f.arena, SCHEMA_STRING | SCHEMA_NULL), "string or null");
    cr_expect_str_eq(schema_type_names(&f.arena, SCHEMA_NUMBER | SCHEMA_INTEGER), "number");
    cr_expect(schema_types(compile(&f, 1, "{\"enum\":[\"a\",null]}")) == SCHEMA_ANY);
    cr_expect(!(schema_types(compile(&f, 2, "{\"enum\":[\"a\"]}")) & SCHEMA_NULL));
    schema_each_property(s, count, &members);
    cr_expect(members == 2, "%d", members);
    tear_down(&f);
}

static void run_group(const char *file, struct json_object *group)
{
    struct arena arena = {0};
    struct diags diags = {0};
    struct schema_set set;
    struct json_object *json = json_object_object_get(group, "schema");
    struct json_object *tests = json_object_object_get(group, "tests");
    struct json_object *none = json_object_new_object();
    bool is_skipped = strstr(json_object_to_json_string(json), "$ref\"") != NULL;
    const struct schema *s;

    schema_set_init(&set, &arena, none, &diags);
    s = schema_compile(&set, json);
    cr_expect(is_skipped || diags.errors == 0, "%s: %s: %s", file,
              json_object_get_string(json_object_object_get(group, "description")),
              diags.count ? diags.items[0].message : "");
    for (size_t i = 0; !is_skipped && !diags.count && i < json_object_array_length(tests); i++) {
        struct json_object *test = json_object_array_get_idx(tests, i);
        struct violations v = {.arena = &arena};

        cr_expect(schema_check(s, json_object_object_get(test, "data"), "body", "", &v) ==
                      json_object_get_boolean(json_object_object_get(test, "valid")),
                  "%s: %s: %s", file, json_object_to_json_string(json),
                  json_object_to_json_string(test));
    }
    schema_set_fini(&set);
    diags_fini(&diags);
    arena_fini(&arena);
    json_object_put(none);
}

static void run_file(const char *path)
{
    struct buf text = {0};
    struct json_object *groups = NULL;
    struct jread_fault fault;

    cr_assert(file_read(path, 1 << 20, &text));
    if (jread_text(text.data, text.len, 512, NULL, &groups, &fault))
        for (size_t i = 0; i < json_object_array_length(groups); i++)
            run_group(strrchr(path, '/') + 1, json_object_array_get_idx(groups, i));
    json_object_put(groups);
    buf_fini(&text);
}

/* What needs $ref to a place, a vocabulary, or a keyword that is not enforced, is passed over. */
Test(schema_refs, agrees_with_the_json_schema_suite)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    char folder[256], path[600];
    struct dirent **entries;
    int n;

    if (suites)
        snprintf(folder, sizeof(folder), "%s/json-schema-2020-12/tests/draft2020-12", suites);
    else
        snprintf(folder, sizeof(folder),
                 "%s/../shared/suites/json-schema-2020-12/tests/draft2020-12",
                 source ? source : ".");
    n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0)
        cr_skip_test("the JSON Schema suite is not at %s", folder);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (strstr(entries[i]->d_name, ".json") &&
            strcmp(entries[i]->d_name, "vocabulary.json") != 0)
            run_file(path);
        free(entries[i]);
    }
    free(entries);
}
