/* SPDX-License-Identifier: MIT */
/* Request bodies and responses (OpenAPI 3.1, 4.8.13 to 4.8.17). */
#include <stdlib.h>
#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/api/document/loader.h"
#include "lib/api/request/media_type.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

static struct json_object *read_media(struct loader *l, const char *type, struct json_object *media,
                                      enum schema_use use)
{
    struct json_object *out = json_object_new_object();

    jput_text(out, "type", type);
    loader_add_schema(l, jget(media, "schema"), use, out);
    if (jget(media, "encoding"))
        json_object_object_add(out, "encoding", json_object_get(jget(media, "encoding")));
    return out;
}

struct json_object *loader_read_body(struct loader *l, struct json_object *operation)
{
    struct json_object *node = jget(operation, "requestBody"), *body, *content, *out, *list;

    if (!node || !(body = refs_resolve(&l->refs, node, "RequestBody")))
        return NULL;
    content = jget(body, "content");
    if (!json_object_is_type(content, json_type_object))
        return NULL;
    if (!json_object_object_length(content)) {
        diag_error(l->diags, mark_where(body), "requestBody: content: a media type is required");
        return NULL;
    }
    list = json_object_new_array();
    json_object_object_foreach(content, type, media)
    {
        json_object_array_add(list, read_media(l, type, media, SCHEMA_REQUEST));
    }
    out = json_object_new_object();
    json_object_object_add(out, "required", json_object_new_boolean(jget_bool(body, "required")));
    json_object_object_add(out, "content", list);
    return out;
}

/* Reads the first JSON media type, which answers are in. Returns NULL if there is none. */
static struct json_object *read_content(struct loader *l, struct json_object *operation,
                                        struct json_object *response)
{
    struct json_object *content = jget(response, "content");

    if (!json_object_is_type(content, json_type_object))
        return NULL;
    json_object_object_foreach(content, type, media)
    {
        if (media_is_json(slice_of(type)))
            return read_media(l, type, media, SCHEMA_RESPONSE);
    }
    if (extension_get(operation, EXTENSION_IN_OPERATION, EXTENSION_SQL) &&
        json_object_object_length(content))
        diag_error(l->diags, mark_key(response, "content"),
                   "content: a JSON media type is required, as x-sql answers JSON");
    return NULL;
}

void loader_read_responses(struct loader *l, struct json_object *operation, struct json_object *out)
{
    struct json_object *responses = jget(operation, "responses"), *chosen = NULL;
    int status = 0, count = 0;

    if (json_object_is_type(responses, json_type_object)) {
        json_object_object_foreach(responses, code, response)
        {
            response = refs_resolve(&l->refs, response, "Response");
            if (code[0] != '2' || strlen(code) != 3) {
                loader_prove_schemas(l, response);
                continue;
            }
            loader_prove_headers(l, jget(response, "headers"));
            status = strcasecmp(code, "2XX") == 0 ? 200 : atoi(code);
            chosen = response;
            count++;
        }
    }
    if (count > 1)
        diag_error(l->diags, mark_key(operation, "responses"),
                   "responses: exactly one 2xx response is required; found %d", count);
    json_object_object_add(out, "status", json_object_new_int(status ? status : 200));
    json_object_object_add(out, "response", chosen ? read_content(l, operation, chosen) : NULL);
}
