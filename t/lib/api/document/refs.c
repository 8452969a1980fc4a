/* SPDX-License-Identifier: MIT */
#include "lib/api/document/refs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/api/document/document.h"
#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(refs, .init = scratch_make, .fini = tear_down);

#define JSON(schema)                                                                               \
    "responses: {'200': {description: d, content: {application/json: {schema: " schema "}}}}"

/* Returns whether a finding is at a place in `text`. */
static bool names(const char *text)
{
    for (size_t i = 0; i < diags.count; i++)
        if (diags.items[i].where && strstr(diags.items[i].where, text))
            return true;
    return false;
}

/* Exactly what the schemas refer to travels with them. */
Test(refs, keeps_what_schemas_refer_to)
{
    struct json_object *document, *op, *file, *schemas;

    op = fixture_get(
        "parameters: [{$ref: '#/components/parameters/P'}], " JSON(
            "{items: {$ref: '#/components/schemas/A'}, not: {$ref: '#/x-parts/x~1y~0z'}}"),
        &document, &diags);
    cr_expect(diags.errors == 0, "%s", diags.count ? diags.items[0].message : "");
    file = jget(jget(document, "schemas"), jget_text(document, "file"));
    schemas = jget(jget(file, "components"), "schemas");
    cr_expect(json_object_object_length(schemas) == 1);
    cr_expect(jget(jget(file, "x-parts"), "x/y~z"));
    cr_expect_str_eq(jget_text(jget_item(op, "parameters", 0), "name"), "p");
    json_object_object_foreach(schemas, name, schema) cr_expect(schema && *name, "%s", name);
    json_object_put(document);
}

Test(refs, resolves_refs_inside_properties_named_like_keywords)
{
    static const char *const rows[] = {"default", "example", "enum", "const"};
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;

        snprintf(text, sizeof(text), JSON("{properties: {%s: {$ref: '#/components/schemas/A'}}}"),
                 rows[i]);
        fixture_get(text, &document, &diags);
        cr_expect(diags.errors == 0 && json_object_object_length(jget(document, "schemas")) == 1,
                  "a property named %s", rows[i]);
        json_object_put(document);
    }
}

Test(refs, refuses_bad_refs)
{
    static const char *const rows[] = {"'#/nothing'", "'no-such.yaml#/a'", "'#name'",
                                       "'https://h/a.yaml'", "'#/components/schemas/L'"};
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;

        snprintf(text, sizeof(text),
                 "openapi: 3.1.0\ninfo: {title: T, version: \'1\'}\npaths: {/a: {get: {responses: "
                 "{'200': {$ref: %s}}}}}\n"
                 "components: {schemas: {L: {$ref: '#/components/schemas/L'}}}\n",
                 rows[i]);
        document = fixture_document(text, &diags);
        cr_expect(diags.errors > 0, "%s", rows[i]);
        cr_expect(diags.errors && names("api.yaml:"), "%s", rows[i]);
        json_object_put(document);
    }
}

Test(refs, reads_other_files)
{
    struct json_object *document, *op;

    scratch_put("other.yaml", "S: {type: object, properties: {again: {$ref: '#/S'}, base: {$ref: "
                              "'api.yaml#/components/schemas/A'}}}\n");
    scratch_put("a.sql", "SELECT 1\nFROM ? x");
    op = fixture_get(JSON("{$ref: 'other.yaml#/S'}") ", x-sql: {returns: one, sql: {file: a.sql}}",
                     &document, &diags);
    cr_expect(op && diags.errors == 1, "%zu", diags.errors);
    cr_expect(diags.errors && strstr(diags.items[0].where, "a.sql:2"), "%s", diags.items[0].where);
    cr_expect(json_object_object_length(jget(document, "schemas")) == 2);
    json_object_put(document);
}

Test(refs, takes_long_chains_of_schemas)
{
    char *text = calloc(1, 1 << 16);
    struct json_object *document;
    size_t n = (size_t)sprintf(
        text, "openapi: 3.1.0\ninfo: {title: T, version: \'1\'}\npaths: {/a: {get: {" JSON(
                  "{$ref: '#/components/schemas/S0'}") "}}}\ncomponents:\n  schemas:\n");

    for (int i = 0; i < 100; i++)
        n += (size_t)sprintf(text + n,
                             "    S%d: {properties: {n: {$ref: '#/components/schemas/S%d'}}}\n", i,
                             (i + 1) % 100);
    document = fixture_document(text, &diags);
    cr_expect(diags.errors == 0, "%s: %s", diags.items[0].where, diags.items[0].message);
    json_object_put(document);
    free(text);
}

/* A document of too many files is refused at the first one too many, and said once. */
Test(refs, bounds_files, .timeout = 120)
{
    for (int n = REFS_FILES_MAX - 1; n <= REFS_FILES_MAX + 3; n += 4) {
        struct json_object *document;
        struct buf text = {0};
        size_t told = 0;

        buf_puts(&text, "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents:\n"
                        "  schemas:\n");
        for (int i = 0; i < n; i++) {
            char name[32];

            snprintf(name, sizeof(name), "s%d.yaml", i);
            scratch_put(name, "{type: string}\n");
            buf_printf(&text, "    S%d: {$ref: '%s'}\n", i, name);
        }
        document = fixture_document(buf_text(&text), &diags);
        for (size_t i = 0; i < diags.count; i++)
            told += strstr(diags.items[i].message, "files with") != NULL;
        cr_expect_eq(told, (size_t)(n >= REFS_FILES_MAX), "%d: %zu", n, told);
        json_object_put(document);
        buf_fini(&text);
        diags_fini(&diags);
        diags = (struct diags){0};
    }
}
