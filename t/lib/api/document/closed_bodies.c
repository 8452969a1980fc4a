/* SPDX-License-Identifier: MIT */
#include "lib/api/document/closed_bodies.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(closed_bodies, .init = scratch_make, .fini = tear_down);

#define REFERRED                                                                                   \
    "components: {requestBodies: {B: {content: {application/json: {schema: {properties: {b: "      \
    "{}}}}}}}, schemas: {S: {properties: {a: {}}}, O: {properties: {a: {}}, "                      \
    "additionalProperties: true}}}\n"

/* Returns the whole published document, with a gap. Static. */
static const char *publish_body(const char *version, const char *body, const char *binding)
{
    static char out[16384];
    char text[2048];
    struct json_object *record, *halves;

    snprintf(text, sizeof(text),
             "openapi: %s\ninfo: {title: T, version: '1'}\n" REFERRED
             "paths: {/a: {post: {requestBody: %s, responses: {'204': {description: d}}%s}}}",
             version, body, binding);
    record = fixture_document(text, &diags);
    cr_assert_eq(diags.errors, 0, "%s", text);
    halves = jget(jget(record, "published"), "json");
    snprintf(out, sizeof(out), "%s%s", json_object_get_string(json_object_array_get_idx(halves, 0)),
             json_object_get_string(json_object_array_get_idx(halves, 1)));
    json_object_put(record);
    return out;
}

#define BOUND ", x-builtin: b"
#define JSON(schema) "{content: {application/json: {schema: " schema "}}}"

static const struct {
    const char *version, *body, *binding, *want;
} bodies[] = {
    {"3.1.0", JSON("{properties: {a: {}}}"), BOUND,
     "{\"schema\":{\"properties\":{\"a\":{}},\"unevaluatedProperties\":false}}"},
    {"3.1.0", JSON("{$ref: '#/components/schemas/S'}"), BOUND,
     "{\"schema\":{\"$ref\":\"#/components/schemas/S\",\"unevaluatedProperties\":false}}"},
    {"3.1.0", JSON("{allOf: [{$ref: '#/components/schemas/S'}, {properties: {c: {}}}]}"), BOUND,
     "{\"properties\":{\"c\":{}}}],\"unevaluatedProperties\":false}}"},
    {"3.1.0", "{content: {application/x-www-form-urlencoded: {schema: {properties: {a: {}}}}}}",
     BOUND, "{\"schema\":{\"properties\":{\"a\":{}},\"unevaluatedProperties\":false}}"},
    {"3.1.0", "{$ref: '#/components/requestBodies/B'}", BOUND,
     "{\"schema\":{\"properties\":{\"b\":{}},\"unevaluatedProperties\":false}}"},
    {"3.1.0", JSON("{properties: {a: {}}, additionalProperties: true}"), BOUND, NULL},
    {"3.1.0", JSON("{properties: {a: {}}, unevaluatedProperties: {}}"), BOUND, NULL},
    {"3.1.0", JSON("{$ref: '#/components/schemas/O'}"), BOUND, NULL},
    {"3.1.0", JSON("{type: object}"), BOUND, NULL},
    {"3.1.0", JSON("{type: array, items: {}}"), BOUND, NULL},
    {"3.1.0", JSON("true"), BOUND, NULL},
    {"3.1.0", JSON("{properties: {a: {}}}"), "", NULL},
    {"3.0.3", JSON("{properties: {a: {}}}"), BOUND, NULL},
};

Test(closed_bodies, says_what_is_served)
{
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        const char *out = publish_body(bodies[i].version, bodies[i].body, bodies[i].binding);

        if (bodies[i].want)
            cr_expect(strstr(out, bodies[i].want), "%s: %s", bodies[i].body, out);
        else
            cr_expect(!strstr(out, "\"unevaluatedProperties\":false"), "%s: %s", bodies[i].body,
                      out);
    }
}
