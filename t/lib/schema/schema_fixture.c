/* SPDX-License-Identifier: MIT */
#include "t/lib/schema/schema_fixture.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jread.h"

enum { DEPTH = 512 };

static struct json_object *parse(const char *text, const char *file)
{
    bool is_json = strchr(text, '"') != NULL;
    char *json = strdup(text);
    struct json_object *value = NULL;
    struct jread_fault fault = {0};

    for (char *at = is_json ? NULL : strchr(json, '\''); at; at = strchr(at, '\''))
        *at = '"';
    cr_assert(jread_text(json, strlen(json), DEPTH, file, &value, &fault), "%s: %s", text,
              fault.message);
    free(json);
    return value;
}

struct json_object *schema_fixture_parse(const char *text)
{
    return parse(text, "schema.json");
}

struct json_object *schema_fixture_value(const char *text)
{
    return parse(text, NULL);
}

static struct json_object *own(struct schema_fixture *f, const char *text)
{
    cr_assert(f->count < SCHEMA_FIXTURE_JSON);
    f->json[f->count] = schema_fixture_parse(text);
    return f->json[f->count++];
}

void schema_fixture_open(struct schema_fixture *f, const char *definitions)
{
    *f = (struct schema_fixture){0};
    f->set = schema_set_new(&f->arena, &f->diags, NULL, NULL);
    schema_set_add(f->set, "", own(f, definitions));
}

const struct schema *schema_fixture_compile(struct schema_fixture *f, const char *text,
                                            enum schema_use use)
{
    return schema_compile(f->set, "", own(f, text), use);
}

struct budget schema_fixture_budget(void)
{
    static const struct budget_limits limits = {.values = 600000, .bytes = 64 << 20};

    return budget_for(1 << 20, &limits);
}

bool schema_fixture_check_json(const struct schema *s, struct json_object *json,
                               struct violations *v)
{
    struct budget budget = schema_fixture_budget();
    struct jvalue value = jvalue_of(v->arena, json);

    return schema_check(s, &value, "body", "", &budget, v);
}

bool schema_fixture_check(struct schema_fixture *f, const struct schema *s, const char *text,
                          struct violations *v)
{
    struct violations none = {.arena = &f->arena}, *out = v ? v : &none;
    struct json_object *value = schema_fixture_value(text);
    bool ok;

    *out = (struct violations){.arena = &f->arena};
    ok = schema_fixture_check_json(s, value, out);
    cr_expect(ok == (out->count == 0), "%s: %zu violations", text, out->count);
    json_object_put(value);
    return ok;
}

void schema_fixture_close(struct schema_fixture *f)
{
    schema_set_free(&f->set);
    arena_fini(&f->arena);
    diags_fini(&f->diags);
    for (int i = 0; i < f->count; i++)
        json_object_put(f->json[i]);
}
