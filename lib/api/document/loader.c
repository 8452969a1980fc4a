/* SPDX-License-Identifier: MIT */
#include "lib/api/document/loader.h"

#include <stdarg.h>
#include <string.h>

#include "lib/api/publish/declared_errors.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

void loader_refuse(struct loader *l, const char *where, const char *format, ...)
{
    va_list args;

    if (!loader_is_bound(l))
        return;
    va_start(args, format);
    diag_error(l->diags, where, "%s: %s: %s", l->id, extension_name(l->binding),
               arena_vprintf(&l->arena, format, args));
    va_end(args);
}

/* Returns the URI of the document that contains the schema. */
static const char *base_of(struct loader *l, struct json_object *json)
{
    const struct mark *m = mark_of(json);

    return m ? refs_uri(&l->arena, m->file) : l->refs.root;
}

struct json_object *loader_compile_after(struct loader *l, struct json_object *json,
                                         enum schema_use use)
{
    struct json_object *one = json_object_new_object();

    jput_text(one, "base", base_of(l, json));
    json_object_object_add(one, "schema", json_object_get(json));
    json_object_object_add(one, "use", json_object_new_int(use));
    json_object_array_add(l->later, one);
    return one;
}

const struct schema *loader_add_schema(struct loader *l, struct json_object *json,
                                       enum schema_use use, struct json_object *out)
{
    const char *base = base_of(l, json);

    json_object_object_add(out, "schema", json_object_get(json));
    if (strcmp(base, l->refs.root) != 0)
        jput_text(out, "base", base);
    if (loader_is_bound(l))
        return schema_compile(l->schemas, base, json, use);
    if (json)
        loader_compile_after(l, json, use);
    return NULL;
}

void loader_compile_later(struct loader *l)
{
    schema_set_unbind(l->schemas);
    for (size_t i = 0; i < json_object_array_length(l->later); i++) {
        struct json_object *one = json_object_array_get_idx(l->later, i);

        declared_errors_judge(l, one,
                              schema_compile(l->schemas, jget_text(one, "base"),
                                             jget(one, "schema"),
                                             (enum schema_use)jget_int(one, "use")));
    }
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
    enum extension binding = l->binding;

    l->binding = EXTENSION_NONE; /* we do not use them ourselves */
    loader_add_schema(l, jget(object, "schema"), SCHEMA_PLAIN, scrap);
    if (json_object_is_type(content, json_type_object)) {
        json_object_object_foreach(content, type, media)
        {
            (void)type;
            loader_add_schema(l, jget(media, "schema"), SCHEMA_PLAIN, scrap);
        }
    }
    loader_prove_headers(l, jget(object, "headers"));
    l->binding = binding;
    json_object_put(scrap);
}
