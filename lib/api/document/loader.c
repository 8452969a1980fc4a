/* SPDX-License-Identifier: MIT */
#include "lib/api/document/loader.h"

#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

void loader_add_schema(struct loader *l, struct json_object *json, enum schema_use use,
                       struct json_object *out)
{
    const struct mark *m = mark_of(json);
    const char *base = m ? m->file : l->refs.root;

    json_object_object_add(out, "schema", json_object_get(json));
    if (strcmp(base, l->refs.root) != 0)
        jput_text(out, "base", base);
    schema_compile(l->schemas, base, json, use);
}

void loader_prove_headers(struct loader *l, struct json_object *headers)
{
    if (!json_object_is_type(headers, json_type_object))
        return;
    json_object_object_foreach(headers, name, header)
    {
        (void)name;
        loader_prove_schemas(l, refs_resolve(&l->refs, header, "Header"));
    }
}

void loader_prove_schemas(struct loader *l, struct json_object *object)
{
    struct json_object *content = jget(object, "content"), *scrap = json_object_new_object();

    loader_add_schema(l, jget(object, "schema"), SCHEMA_PLAIN, scrap);
    if (json_object_is_type(content, json_type_object)) {
        json_object_object_foreach(content, type, media)
        {
            (void)type;
            loader_add_schema(l, jget(media, "schema"), SCHEMA_PLAIN, scrap);
        }
    }
    loader_prove_headers(l, jget(object, "headers"));
    json_object_put(scrap);
}
