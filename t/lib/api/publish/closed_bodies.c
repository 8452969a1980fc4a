/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/closed_bodies.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/schema/schema.h"
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

/* What the published document says of a body must be what is served. */
#define COMPONENTS                                                                                 \
    "components: {schemas: {A: {type: object, properties: {a: {}}}, B: {type: object, "            \
    "properties: {b: {}}}, Order: {properties: {to: {$ref: '#/components/schemas/A'}, lines: "     \
    "{items: {properties: {n: {}}}}}}, Open: {properties: {a: {}}, additionalProperties: true}, "  \
    "Node: {properties: {name: {}, below: {items: {$ref: '#/components/schemas/Node'}}}}}}\n"

static const struct {
    const char *schema, *good, *bad;
} places[] = {
    {"{allOf: [{properties: {d: {properties: {a: {}}}}}, {properties: {d: {properties: {b: "
     "{}}}}}]}",
     "{\"d\":{\"a\":1,\"b\":1}}", "{\"d\":{\"a\":1,\"x\":1}}"},
    {"{properties: {d: {properties: {a: {}}}}}", "{\"d\":{\"a\":1}}", "{\"d\":{\"x\":1}}"},
    {"{properties: {d: {$ref: '#/components/schemas/A'}}}", "{\"d\":{\"a\":1}}",
     "{\"d\":{\"x\":1}}"},
    {"{$ref: '#/components/schemas/Order'}", "{\"to\":{\"a\":1},\"lines\":[{\"n\":1}]}",
     "{\"to\":{\"x\":1}}"},
    {"{$ref: '#/components/schemas/Order'}", "{}", "{\"lines\":[{\"n\":1},{\"x\":1}]}"},
    {"{$ref: '#/components/schemas/Node'}", "{\"below\":[{\"below\":[{\"name\":1}]}]}",
     "{\"below\":[{\"below\":[{\"x\":1}]}]}"},
    {"{allOf: [{$ref: '#/components/schemas/Order'}, {properties: {to: {properties: {b: {}}}}}]}",
     "{\"to\":{\"a\":1,\"b\":1}}", "{\"to\":{\"c\":1}}"},
    {"{allOf: [{properties: {d: {$ref: '#/components/schemas/A'}}}, {properties: {d: {$ref: "
     "'#/components/schemas/Open'}}}]}",
     "{\"d\":{\"x\":1}}", "{\"x\":1}"},
    {"{properties: {d: {properties: {a: {}}}}, oneOf: [{properties: {d: {properties: {b: {}}}}}, "
     "{required: [e]}]}",
     "{\"d\":{\"a\":1,\"b\":1}}", "{\"x\":1}"},
    {"{oneOf: [{required: [d], properties: {d: {properties: {a: {}}}}}, {required: [e], "
     "properties: {e: {properties: {b: {}}}}}]}",
     "{\"d\":{\"a\":1}}", "{\"d\":{\"b\":1}}"},
    {"{properties: {d: {properties: {a: {}}}}, patternProperties: {d: {properties: {b: {}}}}}",
     "{\"d\":{}}", "{\"x\":1}"},
    {"{properties: {d: {properties: {a: {}}}}, patternProperties: {d: {properties: {b: {}}}}}",
     "{\"d\":{\"a\":1,\"b\":1}}", "{\"x\":1}"},
    {"{patternProperties: {d: {properties: {a: {}}}, e: {properties: {b: {}}}}}",
     "{\"de\":{\"a\":1,\"b\":1}}", "{\"x\":1}"},
    {"{patternProperties: {d: {properties: {a: {}}}}}", "{\"d\":{\"a\":1}}", "{\"d\":{\"b\":1}}"},
    {"{type: array, items: {properties: {a: {}}}}", "[{\"a\":1}]", "[{\"x\":1}]"},
    {"{properties: {a: {}}, additionalProperties: {properties: {b: {}}}}",
     "{\"a\":1,\"x\":{\"b\":1}}", NULL},
    {"{properties: {d: {required: [b], properties: {a: {}}}}}", "{\"d\":{\"b\":1}}",
     "{\"d\":{\"b\":1,\"x\":1}}"},
    {"{required: [b], properties: {a: {}}}", "{\"b\":1}", "{\"b\":1,\"x\":1}"},
    {"{type: object, properties: {d: {type: object}}}", "{\"d\":{\"x\":1}}", NULL},
};

/* Returns whether the schema accepts the JSON text. */
static bool accepts(const struct schema *s, const char *text, struct arena *arena)
{
    struct budget budget = budget_endless();
    struct jread_fault fault;
    struct jvalue value;

    cr_assert(jread_value(slice_of(text), 64, &budget, arena, &value, &fault), "%s", text);
    return schema_check(s, &value, "", "", &budget, NULL);
}

Test(closed_bodies, accepts_what_is_served)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        static char text[2048], json[16384];
        struct json_object *record, *halves, *tree, *body;
        struct arena arena = {0};
        struct schema_set *set;
        const struct schema *served, *said;
        struct jread_fault fault;

        snprintf(text, sizeof(text),
                 "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n" COMPONENTS
                 "paths: {/a: {post: {requestBody: {content: {application/json: {schema: %s}}}, "
                 "responses: {'204': {description: d}}, x-builtin: b}}}",
                 places[i].schema);
        record = fixture_document(text, &diags);
        cr_assert_eq(diags.errors, 0, "%s: %s", text, fixture_error(&diags));
        halves = jget(jget(record, "published"), "json");
        snprintf(json, sizeof(json), "%s\"/\"%s",
                 json_object_get_string(json_object_array_get_idx(halves, 0)),
                 json_object_get_string(json_object_array_get_idx(halves, 1)));
        cr_assert(jread_text(json, strlen(json), 256, "t", &tree, &fault));
        set = schema_set_new(&arena, NULL, NULL, NULL);
        schema_set_add(set, "t", tree);
        cr_assert_eq(
            json_pointer_get(tree, "/paths/~1a/post/requestBody/content/application~1json/schema",
                             &body),
            0);
        said = schema_compile(set, "t", body, SCHEMA_PLAIN);
        served = schema_compile(set, "t", body, SCHEMA_REQUEST);
        cr_expect(accepts(served, places[i].good, &arena), "%s: served %s", places[i].schema,
                  places[i].good);
        cr_expect(accepts(said, places[i].good, &arena), "%s: said %s: %s", places[i].schema,
                  places[i].good, json);
        if (places[i].bad)
            cr_expect(!accepts(said, places[i].bad, &arena), "%s: not %s: %s", places[i].schema,
                      places[i].bad, json);
        schema_set_free(&set);
        json_object_put(tree);
        json_object_put(record);
        arena_fini(&arena);
    }
}
