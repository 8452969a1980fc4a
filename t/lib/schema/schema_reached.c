/* SPDX-License-Identifier: MIT */
/* schema.h: schema_set_documents(), from which a worker compiles. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "t/lib/schema/schema_fixture.h"

/* An API: its files by name, and a schema in an operation of "api.yaml". */
struct api {
    const char *files, *schema;
    const char *values[8];
    const char *dropped; /* text that the reduced documents must lack; NULL: none */
};

/* Loads a file; '*' stands for all files without a name there. */
static struct json_object *load(void *arg, const char *uri)
{
    struct json_object *file = jget(arg, uri);

    return file ? file : jget(arg, "*");
}

/* Writes each verdict, and each violation, as text. */
static void judge(const struct schema *s, const struct api *api, struct arena *arena, char *out,
                  size_t size)
{
    *out = '\0';
    for (int i = 0; i < 8 && api->values[i]; i++) {
        struct violations v = {.arena = arena};
        struct json_object *value = schema_fixture_parse(api->values[i]);
        bool ok = schema_fixture_check_json(s, value, &v);
        size_t len = strlen(out);

        len += (size_t)snprintf(out + len, size - len, "%d\n", ok);
        for (size_t k = 0; k < v.count && k < VIOLATIONS_MAX && len < size; k++)
            len += (size_t)snprintf(out + len, size - len, " %s %s %s\n", v.items[k].pointer,
                                    v.items[k].keyword, v.items[k].message);
        json_object_put(value);
    }
}

/* Compiles as leat check does: with diags and files. */
static struct json_object *check(const struct api *api, enum schema_use use,
                                 struct json_object *files, struct json_object *schema, char *out,
                                 size_t size)
{
    struct arena arena = {0};
    struct diags diags = {0};
    struct schema_set *set = schema_set_new(&arena, &diags, load, files);
    struct json_object *documents;
    const struct schema *s;

    schema_set_add(set, "api.yaml", jget(files, "api.yaml"));
    s = schema_compile(set, "api.yaml", schema, use);
    documents = schema_set_documents(set);
    cr_expect(diags.count == 0, "%s: %s: %s", api->files, api->schema,
              diags.count ? diags.items[0].message : "");
    judge(s, api, &arena, out, size);
    schema_set_free(&set);
    arena_fini(&arena);
    diags_fini(&diags);
    return documents;
}

/* Compiles as a worker does: from the text of the release, without loading. */
static void work(const struct api *api, enum schema_use use, struct json_object *documents,
                 char *out, size_t size)
{
    struct arena arena = {0};
    struct schema_set *set = schema_set_new(&arena, NULL, NULL, NULL);
    struct json_object *copy = schema_fixture_parse(json_object_to_json_string(documents));
    struct json_object *schema = schema_fixture_parse(api->schema);

    schema_set_add(set, "api.yaml", jget(copy, "api.yaml"));
    json_object_object_foreach(copy, uri, root)
    {
        if (strcmp(uri, "api.yaml") != 0)
            schema_set_add(set, uri, root);
    }
    judge(schema_compile(set, "api.yaml", schema, use), api, &arena, out, size);
    schema_set_free(&set);
    arena_fini(&arena);
    json_object_put(copy);
    json_object_put(schema);
}

static void run(const struct api *api, enum schema_use use)
{
    struct json_object *files = schema_fixture_parse(api->files);
    struct json_object *schema = schema_fixture_parse(api->schema), *documents;
    char *before = strdup(json_object_to_json_string(files));
    char want[4096], got[4096];

    documents = check(api, use, files, schema, want, sizeof(want));
    work(api, use, documents, got, sizeof(got));
    cr_expect_str_eq(got, want, "%s: %s: %s", api->files, api->schema,
                     json_object_to_json_string(documents));
    cr_expect_str_eq(json_object_to_json_string(files), before, "%s was changed", api->files);
    if (api->dropped)
        cr_expect(!strstr(json_object_to_json_string(documents), api->dropped), "%s: %s",
                  api->dropped, json_object_to_json_string(documents));
    json_object_put(documents);
    cr_expect_str_eq(json_object_to_json_string(files), before, "%s was changed", api->files);
    json_object_put(files);
    json_object_put(schema);
    free(before);
}

static void run_all(const struct api *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int use = SCHEMA_PLAIN; use <= SCHEMA_RESPONSE; use++)
            run(&rows[i], (enum schema_use)use);
}

#define RUN_ALL(rows) run_all(rows, sizeof(rows) / sizeof(*(rows)))
#define API(members) "{'api.yaml':{'openapi':'3.1.0'," members "}}"
#define SCHEMAS(schemas) API("'components':{'schemas':{" schemas ",'Unused':{'title':'unused'}}}")
#define REF(name) "{'$ref':'#/components/schemas/" name "'}"

Test(schema_reached, follows_pointers)
{
    static const struct api rows[] = {
        {SCHEMAS("'A':{'type':'integer'}"), REF("A"), {"1", "'x'"}, "unused"},
        {SCHEMAS("'A':{'properties':{'b':" REF("B") "}},'B':{'type':'integer'}"),
         REF("A"),
         {"{'b':1}", "{'b':'1'}", "{'x':1}"},
         "unused"},
        {SCHEMAS("'A':{'properties':{'x':{'type':'integer'},'y':{'title':'dropped'}}}"),
         REF("A/properties/x"),
         {"1", "'x'"},
         "dropped"},
        /* The part first and then the whole, and the other way round. */
        {SCHEMAS("'A':{'properties':{'x':{'type':'integer'},'y':{'type':'string'}}}"),
         "{'allOf':[{'properties':{'p':" REF("A/properties/x") "}},{'properties':{'q':" REF(
             "A") "}}]}",
         {"{'p':1,'q':{'y':1}}", "{'p':'x'}", "{'q':{'x':1,'y':''}}"},
         "unused"},
        {SCHEMAS("'A':{'properties':{'x':{'type':'integer'},'y':{'type':'string'}}}"),
         "{'allOf':[{'properties':{'q':" REF("A") "}},{'properties':{'p':" REF(
             "A/properties/x") "}}]}",
         {"{'p':1,'q':{'y':1}}", "{'p':'x'}", "{'q':{'x':1,'y':''}}"},
         "unused"},
        {SCHEMAS("'A':{'allOf':[{'type':'string'},{'maxLength':1}]}"),
         REF("A/allOf/1"),
         {"'x'", "'xx'", "1"},
         "string"},
        {SCHEMAS("'a~b':{'type':'integer'},'a/b':{'type':'string'},'50%':{'type':'null'},"
                 "'50%25':{'type':'array'}"),
         "{'prefixItems':[" REF("a~0b") "," REF("a~1b") "," REF("50%25") "," REF("50%2525") "]}",
         {"[1,'x',null,[]]", "['x']", "[1,1]", "[1,'x',[]]", "[1,'x',null,null]"},
         "unused"},
        {API("'paths':{'/x/{id}':{'get':{'responses':{'200':{'content':{'application/json':{"
             "'schema':{'type':'integer'},'example':'dropped'}}}}}}}"),
         "{'$ref':'#/paths/~1x~1%7Bid%7D/get/responses/200/content/application~1json/schema'}",
         {"1", "'x'"},
         "dropped"},
        {API("'paths':{'/x':{'get':{'parameters':[{'name':'dropped'},{'schema':{'type':'string'}}]}"
             "}}"),
         "{'$ref':'#/paths/~1x/get/parameters/1/schema'}",
         {"1", "'x'"},
         "dropped"},
        {SCHEMAS("'A':{'properties':{'a':" REF("A") ",'v':{'type':'integer'}}}"),
         REF("A"),
         {"{'a':{'a':{'v':1}}}", "{'a':{'a':{'v':''}}}"},
         "unused"},
    };

    RUN_ALL(rows);
}

Test(schema_reached, follows_anchors_and_ids)
{
    static const struct api rows[] = {
        {SCHEMAS("'A':{'$anchor':'here','type':'integer'}"),
         "{'$ref':'#here'}",
         {"1", "'x'"},
         NULL},
        {SCHEMAS("'A':{'properties':{'p':{'$anchor':'here','type':'integer'}}}"),
         "{'$ref':'#here'}",
         {"1", "'x'"},
         NULL},
        {SCHEMAS("'A':{'$id':'http://x/a','properties':{'p':{'$ref':'#/$defs/i'}},"
                 "'$defs':{'i':{'type':'integer'}}}"),
         "{'$ref':'http://x/a'}",
         {"{'p':1}", "{'p':''}"},
         "unused"},
        {SCHEMAS("'A':{'$id':'http://x/a','$defs':{'i':{'$anchor':'i','type':'integer'}}}"),
         "{'$ref':'http://x/a#i'}",
         {"1", "'x'"},
         "unused"},
        {SCHEMAS("'A':{'$defs':{'i':{'$id':'http://x/i','type':'integer'}}}"),
         "{'$ref':'http://x/i'}",
         {"1", "'x'"},
         "unused"},
        {SCHEMAS("'50%41':{'$id':'http://x/a','type':'integer'},'50A':{'type':'string'}"),
         "{'$ref':'http://x/a'}",
         {"1", "'x'"},
         "unused"},
        {SCHEMAS("'a~/b':{'$id':'http://x/a','type':'integer'}"),
         "{'$ref':'http://x/a'}",
         {"1", "'x'"},
         "unused"},
        /* The way leads through a resource, whose $id the reference at its end goes by. */
        {SCHEMAS("'A':{'$id':'http://x/sub/a','properties':{'p':{'$ref':'b'}}},"
                 "'B':{'$id':'http://x/sub/b','type':'integer'}"),
         REF("A/properties/p"),
         {"1", "'x'"},
         "unused"},
        {SCHEMAS("'A':{'$id':'http://x/sub/a','properties':{'p':{'items':{'$ref':'#i'}},"
                 "'q':{'$anchor':'i','type':'integer'}}}"),
         REF("A/properties/p"),
         {"[1]", "['x']"},
         "unused"},
        /* In an operation, which goes with it. */
        {SCHEMAS("'A':{'type':'integer'}"),
         "{'$id':'op.yaml','properties':{'p':{'$ref':'#/$defs/d'},"
         "'q':{'$ref':'api.yaml#/components/schemas/A'}},'$defs':{'d':{'type':'string'}}}",
         {"{'p':''}", "{'p':1}"},
         NULL},
        {SCHEMAS("'A':{'type':'integer'}"),
         "{'properties':{'p':{'$ref':'#d'}},'$defs':{'d':{'$anchor':'d','type':'string'}}}",
         {"{'p':''}", "{'p':1}"},
         NULL},
    };

    RUN_ALL(rows);
}

/* What a dynamic reference may lead to is needed, though nothing refers to it. */
Test(schema_reached, keeps_dynamic_anchors)
{
    static const struct api rows[] = {
        {SCHEMAS("'List':{'$id':'http://x/list','items':{'$dynamicRef':'#item'},"
                 "'$defs':{'any':{'$dynamicAnchor':'item'}}},"
                 "'Ours':{'$dynamicAnchor':'item','type':'integer'}"),
         "{'$ref':'http://x/list'}",
         {"[1]", "['x']"},
         NULL},
        {SCHEMAS("'List':{'$id':'http://x/list','items':{'$dynamicRef':'#item'},"
                 "'$defs':{'any':{'$dynamicAnchor':'item'}}},"
                 "'Strict':{'$id':'http://x/strict','$ref':'list',"
                 "'$defs':{'ours':{'$dynamicAnchor':'item','type':'integer'}}}"),
         "{'$ref':'http://x/strict'}",
         {"[1]", "['x']"},
         "unused"},
    };

    RUN_ALL(rows);
}

#define FILES(files) "{'api.yaml':{'openapi':'3.1.0','components':{'schemas':{}}}," files "}"

Test(schema_reached, follows_other_files)
{
    static const struct api rows[] = {
        {FILES("'sub/a.yaml':{'A':{'properties':{'b':{'$ref':'b.yaml#/B'}}},"
               "'C':{'title':'dropped'}},'sub/b.yaml':{'B':{'type':'integer'}}"),
         "{'$ref':'sub/a.yaml#/A'}",
         {"{'b':1}", "{'b':'1'}"},
         "dropped"},
        {FILES("'a.yaml':{'type':'integer','title':'kept'}"),
         "{'$ref':'a.yaml'}",
         {"1", "'x'"},
         NULL},
        {FILES("'a.yaml':{'$defs':{'i':{'type':'integer'},'j':{'title':'dropped'}}}"),
         "{'$ref':'a.yaml#/$defs/i'}",
         {"1", "'x'"},
         "dropped"},
        {FILES("'a.yaml':{'$id':'http://x/a','$defs':{'i':{'$ref':'#/$defs/j'},"
               "'j':{'type':'integer'}}}"),
         "{'$ref':'a.yaml#/$defs/i'}",
         {"1", "'x'"},
         NULL},
        {FILES("'a.yaml':{'50%':{'$id':'http://x/p','type':'integer'},"
               "'Q':{'$ref':'http://x/p'},'R':{'title':'dropped'}}"),
         "{'$ref':'a.yaml#/Q'}",
         {"1", "'x'"},
         "dropped"},
        {FILES("'old.yaml':{'openapi':'3.0.3','components':{'schemas':{'N':{'type':'string'},"
               "'A':{'$ref':'#/components/schemas/N','maxLength':1},"
               "'B':{'minimum':1,'exclusiveMinimum':true}}}}"),
         "{'prefixItems':[{'$ref':'old.yaml#/components/schemas/A'},"
         "{'$ref':'old.yaml#/components/schemas/B'}]}",
         {"['long',2]", "['long',1]", "[1]"},
         NULL},
        {FILES("'a.yaml':{'A':{'$ref':'api.yaml#/components/schemas/none'},'B':{}}"),
         "{'$ref':'a.yaml#/B'}",
         {"1"},
         "none"},
        /* One file with an $id, under two URIs. */
        {FILES("'*':{'$id':'urn:o','$ref':'#/$defs/s','$defs':{'s':{'type':'string'}}}"),
         "{'anyOf':[{'$ref':'urn:a'},{'$ref':'urn:b'}]}",
         {"1", "'x'"},
         NULL},
        /* A dialect that leaves the validation keywords out, as the metaschema says. */
        {FILES("'http://x/dialect':{'$id':'http://x/dialect','$vocabulary':{"
               "'https://json-schema.org/draft/2020-12/vocab/core':true}},"
               "'a.yaml':{'$schema':'http://x/dialect','$defs':{'i':{'type':'integer'}}}"),
         "{'$ref':'a.yaml#/$defs/i'}",
         {"1", "'x'"},
         NULL},
    };

    RUN_ALL(rows);
}

Test(schema_reached, follows_discriminators)
{
    static const struct api rows[] = {
        {SCHEMAS(
             "'Cat':{'properties':{'kind':{},'n':{'type':'integer'}}},"
             "'Dog':{'properties':{'kind':{},'n':{'type':'string'}}},"
             "'Cow.v2':{'properties':{'kind':{},'n':{'type':'null'}}},"
             "'Pet':{'oneOf':[" REF("Cat") "," REF("Dog") "],'discriminator':{"
                                                          "'propertyName':'kind','mapping':{'moo':'"
                                                          "Cow.v2','cat':'#/components/schemas/"
                                                          "Cat'}}}"),
         REF("Pet"),
         {"{'kind':'cat','n':1}", "{'kind':'Dog','n':1}", "{'kind':'moo','n':null}",
          "{'kind':'moo','n':1}", "{'kind':'no'}"},
         "unused"},
    };

    RUN_ALL(rows);
}
