/* SPDX-License-Identifier: MIT */
#include "lib/api/problem/problem_format.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/api/problem/problem_schema.h"
#include "lib/core/json/jread.h"

static struct arena arena;
static struct diags diags;
static struct violations found;

static void tear_down(void)
{
    arena_fini(&arena);
    diags_fini(&diags);
}

TestSuite(problem_format, .fini = tear_down);

static struct json_object *read_json(const char *text)
{
    struct json_object *json = NULL;
    struct jread_fault fault;

    cr_assert(jread_text(text, strlen(text), 64, NULL, &json, &fault), "%s: %s", text,
              fault.message);
    return json;
}

/* Checks that the body is what the published schema says. */
static void check_described(struct json_object *form, const char *body)
{
    struct schema_set *set = schema_set_new(&arena, &diags, NULL, NULL);
    struct json_object *json = problem_schema_make(form);
    const struct schema *schema = schema_compile(set, "a.json", json, SCHEMA_RESPONSE);
    struct violations v = {.arena = &arena};
    struct budget budget = budget_endless();
    struct jread_fault fault;
    struct jvalue value;

    cr_assert(diags.errors == 0);
    cr_assert(jread_value(slice_of(body), 64, &budget, &arena, &value, &fault), "%s", body);
    cr_expect(schema_check(schema, &value, "", "", &budget, &v), "%s: %s %s", body,
              v.items[0].pointer, v.items[0].message);
    schema_set_free(&set);
    json_object_put(json);
}

static const char *body_of(const char *form, struct problem problem)
{
    struct json_object *json = read_json(form);
    const struct problem_format *f = problem_format_load(json, &arena, &diags);
    struct buf *out = arena_buf(&arena);

    cr_assert(f != NULL, "%s", form);
    problem.fallback = "not good";
    problem.word = "word";
    problem.request_id = "id";
    problem.violations = &found;
    problem_format_write(f, &problem, &arena, out);
    check_described(json, buf_text(out));
    json_object_put(json);
    return buf_text(out);
}

static void violate(const char *pointer, const char *keyword, const char *message)
{
    found.arena = &arena;
    violation_add(&found, "body", pointer, keyword, "%s", message);
}

#define BY(by) "{\"body\": \"$violations\", \"violations\": {\"by\": \"" by "\"}}"
#define WHOLE(by)                                                                                  \
    "{\"body\": \"$violations\", \"violations\": {\"by\": \"" by "\", \"whole\": \"base\"}}"

Test(problem_format, is_problem_details_by_default)
{
    cr_expect_str_eq(body_of("{}", (struct problem){.status = 404}),
                     "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                     "\"error\":\"not good\",\"code\":\"word\",\"request_id\":\"id\","
                     "\"errors\":[]}");
    violate("/a/0", "type", "must be text");
    cr_expect_str_eq(body_of("{\"body\": \"$violations\"}", (struct problem){.status = 404}),
                     "[{\"in\":\"body\",\"pointer\":\"/a/0\",\"keyword\":\"type\","
                     "\"message\":\"must be text\"}]");
}

Test(problem_format, groups_violations)
{
    violate("/user/email", "required", "is required");
    violate("/tags/12", "type", "must be text");
    violate("/user/email", "format", "must be an address");
    violate("", "type", "must be an object");
    violate("/a~1b~01", "type", "must be a number");
    violate("/5", "type", "must be one");
    cr_expect_str_eq(body_of(BY("name"), (struct problem){.status = 422}),
                     "{\"email\":[\"is required\",\"must be an address\"],"
                     "\"tags\":[\"must be text\"],\"body\":[\"must be an object\"],"
                     "\"a/b~1\":[\"must be a number\"],\"5\":[\"must be one\"]}");
    cr_expect_str_eq(body_of(WHOLE("name"), (struct problem){.status = 422}),
                     "{\"email\":[\"is required\",\"must be an address\"],"
                     "\"tags\":[\"must be text\"],\"base\":[\"must be an object\"],"
                     "\"a/b~1\":[\"must be a number\"],\"5\":[\"must be one\"]}");
    cr_expect_str_eq(body_of(BY("pointer"), (struct problem){.status = 422}),
                     "{\"/user/email\":[\"is required\",\"must be an address\"],"
                     "\"/tags/12\":[\"must be text\"],\"body\":[\"must be an object\"],"
                     "\"/a~1b~01\":[\"must be a number\"],\"/5\":[\"must be one\"]}");
}

Test(problem_format, an_error_without_violations_may_be_one)
{
    static const char named[] = "{\"body\": {\"c\": \"$code\", \"e\": \"$violations\"}, "
                                "\"violations\": {\"by\": \"name\"}, \"answers\": {"
                                "\"401\": {\"name\": \"token\", \"message\": \"is missing\", "
                                "\"code\": \"no-token\"}}}";

    cr_expect_str_eq(body_of(BY("list"), (struct problem){.status = 404}), "[]");
    cr_expect_str_eq(body_of(BY("name"), (struct problem){.status = 404}), "{}");
    cr_expect_str_eq(body_of(BY("name"), (struct problem){.status = 404, .name = "page"}),
                     "{\"page\":[\"not good\"]}");
    cr_expect_str_eq(body_of(WHOLE("name"), (struct problem){.status = 404}),
                     "{\"base\":[\"not good\"]}");
    cr_expect_str_eq(body_of(WHOLE("pointer"), (struct problem){.status = 404}),
                     "{\"base\":[\"not good\"]}");
    cr_expect_str_eq(body_of(WHOLE("list"), (struct problem){.status = 404}),
                     "[{\"in\":\"request\",\"pointer\":\"\",\"keyword\":\"error\","
                     "\"message\":\"not good\"}]");
    cr_expect_str_eq(body_of(named, (struct problem){.status = 401}),
                     "{\"c\":\"no-token\",\"e\":{\"token\":[\"is missing\"]}}");
    cr_expect_str_eq(body_of(named, (struct problem){.status = 403}), "{\"c\":\"word\",\"e\":{}}");
    cr_expect_str_eq(
        body_of(named,
                (struct problem){.status = 401, .code = "mine", .name = "own", .error = "is mine"}),
        "{\"c\":\"mine\",\"e\":{\"own\":[\"is mine\"]}}");
}

Test(problem_format, has_messages_of_its_own)
{
    static const char form[] = "{\"body\": \"$violations\", \"violations\": {\"by\": \"name\"}, "
                               "\"messages\": {\"unique\": \"is taken\", \"type\": \"\"}}";

    violate("/a", "type", "must be text");
    violate("/b", "format", "must be a date");
    violate("/c", "unique", "already exists");
    cr_expect_str_eq(body_of(form, (struct problem){.status = 422}),
                     "{\"a\":[\"\"],\"b\":[\"must be a date\"],\"c\":[\"is taken\"]}");
    cr_expect_str_eq(
        body_of(
            form,
            (struct problem){.status = 422, .is_last_own = true, .name = "d", .error = "my own"}),
        "{\"a\":[\"\"],\"b\":[\"must be a date\"],\"d\":[\"my own\"]}");
    cr_expect_str_eq(body_of(form, (struct problem){.status = 422, .is_last_own = true}),
                     "{\"a\":[\"\"],\"b\":[\"must be a date\"],\"c\":[\"is taken\"]}");
}

Test(problem_format, writes_as_many_violations_as_there_can_be)
{
    const char *body;
    size_t count = 0;

    for (int i = 0; i < 3 * VIOLATIONS_MAX; i++)
        violate("/a", "type", "\"\\\xff");
    body = body_of(BY("list"), (struct problem){.status = 422, .is_last_own = true, .name = "x"});
    for (const char *at = body; (at = strstr(at, "\"in\"")); at++)
        count++;
    cr_expect(count == VIOLATIONS_MAX);
    body_of(BY("name"), (struct problem){.status = 422});
}

Test(problem_format, describes_what_it_writes)
{
    static const struct {
        const char *form, *schema;
    } rows[] = {
        {"{\"body\": \"$status\"}", "{\"type\":\"integer\",\"minimum\":400,\"maximum\":599}"},
        {"{\"body\": \"error $status\"}", "{\"type\":\"string\"}"},
        {"{\"body\": \"error\"}", "{\"type\":\"string\",\"enum\":[\"error\"]}"},
        {"{\"body\": [false, 7]}",
         "{\"type\":\"array\",\"items\":{},\"minItems\":2,\"maxItems\":2}"},
        {"{\"body\": [false]}", "{\"type\":\"array\",\"items\":{\"type\":\"boolean\",\"enum\":"
                                "[false]},\"minItems\":1,\"maxItems\":1}"},
        {"{\"body\": {}}", "{\"type\":\"object\",\"properties\":{}}"},
        {"{\"body\": {\"n\": null, \"i\": 7}}",
         "{\"type\":\"object\",\"required\":[\"n\",\"i\"],\"properties\":{\"n\":{},\"i\":{"
         "\"type\":\"number\",\"enum\":[7]}}}"},
        {BY("name"),
         "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"description\":"
         "\"All violations found.\",\"items\":{\"type\":\"string\"},\"minItems\":1}}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *form = read_json(rows[i].form), *schema = problem_schema_make(form);

        cr_expect_str_eq(json_object_to_json_string_ext(schema, JSON_C_TO_STRING_PLAIN),
                         rows[i].schema);
        body_of(rows[i].form, (struct problem){.status = 500});
        json_object_put(schema);
        json_object_put(form);
    }
}

Test(problem_format, finds_properties_that_are_never_sent)
{
#define FORM                                                                                       \
    "{\"body\": {\"e\": {\"m\": \"$error\"}, \"l\": \"$violations\"}, \"violations\": "            \
    "{\"value\": {\"p\": \"$pointer\"}}}"
    static const struct {
        const char *form, *schema, *pointer;
    } rows[] = {
        {FORM, "{\"properties\": {\"e\": {\"properties\": {\"m\": {}}}}}", NULL},
        {FORM, "{}", NULL},
        {FORM, "{\"properties\": {\"x/y\": {}}}", "/x~1y"},
        {FORM, "{\"properties\": {\"e\": {\"properties\": {\"x\": {}}}}}", "/e/x"},
        {FORM, "{\"properties\": {\"l\": {\"items\": {\"properties\": {\"p\": {}}}}}}", NULL},
        {FORM, "{\"properties\": {\"l\": {\"items\": {\"properties\": {\"q\": {}}}}}}", "/l/0/q"},
        {"{\"body\": [{\"a\": 1}]}", "{\"items\": {\"properties\": {\"b\": {}}}}", "/0/b"},
        {BY("name"), "{\"properties\": {\"email\": {}}}", NULL},
        {"{}", "{\"properties\": {\"type\": {}, \"detail\": {}}}", NULL},
        {"{\"violations\": {}}", "{\"properties\": {\"type\": {}, \"detail\": {}}}", "/detail"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_set *set = schema_set_new(&arena, &diags, NULL, NULL);
        struct json_object *form = read_json(rows[i].form), *json = read_json(rows[i].schema);
        const char *pointer =
            problem_schema_unsent(form, schema_compile(set, "a.json", json, SCHEMA_PLAIN), &arena);

        cr_expect(!pointer == !rows[i].pointer, "%s: %s", rows[i].schema, pointer);
        if (pointer && rows[i].pointer)
            cr_expect_str_eq(pointer, rows[i].pointer);
        schema_set_free(&set);
        json_object_put(json);
        json_object_put(form);
    }
}
