/* SPDX-License-Identifier: MIT */
/* Request bodies and responses (OpenAPI 3.1, 4.8.13 to 4.8.17). */
#include <stdlib.h>
#include <string.h>

#include "lib/api/publish/declared_errors.h"
#include "lib/api/document/extensions.h"
#include "lib/api/document/loader.h"
#include "lib/api/publish/served_bodies.h"
#include "lib/api/request/media_type.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

static const char json[] = "application/json";

/* Returns true for a range that includes JSON. */
static bool has_json(const char *range)
{
    return media_exactness(slice_of(range)) < 3 &&
           media_is_in_range(slice_of(json), slice_of(range));
}

/* Reads a Media Type Object. Only JSON is read into members, so that a body of any type whose
 * schema names some is one of JSON; a range that describes bytes or text stays. */
static struct json_object *read_media(struct loader *l, const char *type, struct json_object *media,
                                      enum schema_use use)
{
    struct json_object *out = json_object_new_object();
    const struct schema *schema = loader_add_schema(l, jget(media, "schema"), use, out);

    jput_text(out, "type", schema && has_json(type) && schema_property_count(schema) ? json : type);
    jput_text(out, "declared", type);
    if (jget(media, "encoding"))
        json_object_object_add(out, "encoding", json_object_get(jget(media, "encoding")));
    return out;
}

static bool is_parsed(struct json_object *media)
{
    return media_is_parsed(media_kind_of(slice_of(jget_text(media, "type"))));
}

static bool has_parsed(struct json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (is_parsed(json_object_array_get_idx(list, i)))
            return true;
    return false;
}

/* Returns true if a statement binds :_body, the only way to a body that is not parsed. */
static bool binds_body(struct json_object *sql)
{
    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        struct json_object *step = jget_item(sql, "steps", i);

        for (size_t k = 0; k < jget_count(step, "names"); k++)
            if (strcmp(json_object_get_string(jget_item(step, "names", k)), "_body") == 0)
                return true;
    }
    return false;
}

/* Moves the types that the statements cannot read to "unread": such a body is answered 415. Where
 * no type is parsed, the binder tells. */
static void drop_unread(struct loader *l, struct json_object *content, struct json_object *sql,
                        struct json_object *out)
{
    struct json_object *list = jget(out, "content"), *unread = json_object_new_array();

    for (size_t i = json_object_array_length(list); sql && i-- > 0;) {
        struct json_object *media = json_object_array_get_idx(list, i);
        const char *type = jget_text(media, "declared");

        if (is_parsed(media) || !has_parsed(list) || binds_body(sql))
            continue;
        diag_warn(l->diags, mark_key(content, type),
                  "%s: a body of %s will be answered 415, as only :_body can read it", l->id, type);
        json_object_array_add(unread, json_object_new_string(type));
        json_object_array_del_idx(list, i, 1);
    }
    json_object_object_add(out, "unread", unread);
}

struct json_object *loader_read_body(struct loader *l, struct json_object *operation,
                                     struct json_object *sql)
{
    struct json_object *node = jget(operation, "requestBody"), *body, *content, *out, *list;

    if (!node || !(body = refs_resolve(&l->refs, node, "RequestBody")))
        return NULL;
    content = jget(body, "content");
    if (!json_object_is_type(content, json_type_object))
        return NULL;
    if (!json_object_object_length(content)) {
        loader_refuse(l, mark_where(body), "requestBody: content: a media type is required");
        return NULL;
    }
    list = json_object_new_array();
    json_object_object_foreach(content, type, media)
    {
        struct json_object *one = read_media(l, type, media, SCHEMA_REQUEST);

        if (has_json(type) && strcmp(jget_text(one, "type"), json) == 0 && jget(content, json))
            json_object_put(one); /* the type itself is more specific */
        else
            json_object_array_add(list, one);
    }
    out = json_object_new_object();
    json_object_object_add(out, "required", json_object_new_boolean(jget_bool(body, "required")));
    json_object_object_add(out, "content", list);
    drop_unread(l, content, sql, out);
    return out;
}

/* Reads the first JSON media type, or range that includes it, in which a bound operation answers
 * JSON. Returns NULL if there is none. */
static struct json_object *read_content(struct loader *l, struct json_object *response)
{
    struct json_object *content = jget(response, "content");

    if (!json_object_is_type(content, json_type_object))
        return NULL;
    json_object_object_foreach(content, type, media)
    {
        if (media_is_json(slice_of(type)))
            return read_media(l, type, media, SCHEMA_RESPONSE);
    }
    json_object_object_foreach(content, range, any)
    {
        if (loader_is_bound(l) && has_json(range)) {
            struct json_object *out = read_media(l, range, any, SCHEMA_RESPONSE);

            jput_text(out, "type", json);
            return out;
        }
    }
    if (l->binding == EXTENSION_SQL && json_object_object_length(content))
        loader_refuse(l, mark_key(response, "content"), "content: a JSON media type is required");
    return NULL;
}

/* The 2xx responses of an operation: the one that it answers, and how many others there are. */
struct successes {
    int wanted; /* the status that the binding names, or 0 */
    int status;
    bool is_exact; /* `status` is declared as such, not as 2XX */
    struct json_object *response;
    size_t count;
    bool redirects; /* a 3xx response is declared, the success of some built-ins */
};

static void note_success(struct successes *s, const char *code, struct json_object *response)
{
    bool is_class = strcasecmp(code, "2XX") == 0;
    int status = !is_class ? atoi(code) : s->wanted / 100 == 2 ? s->wanted : 200;

    s->count++;
    if ((s->wanted && status != s->wanted) || (s->is_exact && is_class))
        return;
    s->status = status;
    s->is_exact = !is_class;
    s->response = response;
}

/* Reports an operation that is bound but not to one success. */
static void check_successes(struct loader *l, struct json_object *operation,
                            const struct successes *s)
{
    const char *where = mark_key(operation, "responses");

    if (!s->count && s->redirects && l->binding == EXTENSION_BUILTIN)
        return;
    if (!s->count)
        loader_refuse(l, where, "responses: a 2xx response is required");
    else if (s->wanted && !s->response)
        loader_refuse(l, where, "status: responses has no %d", s->wanted);
    else if (!s->wanted && s->count > 1)
        loader_refuse(l, where, "status: says which of the 2xx responses is answered; found %zu",
                      s->count);
}

/* Warns of the content of a response that has no body. */
static void check_empty(struct loader *l, const char *code, struct json_object *response)
{
    struct json_object *content = jget(response, "content");

    if (loader_is_bound(l) && !served_bodies_has(code) &&
        json_object_is_type(content, json_type_object) && json_object_object_length(content))
        diag_warn(l->diags, mark_key(response, "content"),
                  "content: is never sent; a %s response has no body", code);
}

/* Reads the content of the success that is answered, if its status has any. */
static struct json_object *read_success(struct loader *l, const struct successes *s)
{
    char code[12];

    snprintf(code, sizeof(code), "%d", s->status);
    return s->response && served_bodies_has(code) ? read_content(l, s->response) : NULL;
}

void loader_read_responses(struct loader *l, struct json_object *operation, struct json_object *out)
{
    struct json_object *responses = jget(operation, "responses");
    struct json_object *xsql = extension_get(operation, EXTENSION_IN_OPERATION, EXTENSION_SQL);
    struct successes s = {.wanted = (int)jget_int(xsql, "status")};

    if (json_object_is_type(responses, json_type_object)) {
        json_object_object_foreach(responses, code, response)
        {
            response = refs_resolve(&l->refs, response, "Response");
            s.redirects |= code[0] == '3';
            check_empty(l, code, response);
            if (code[0] != '2' || strlen(code) != 3) {
                loader_prove_schemas(l, response);
                if (loader_is_bound(l))
                    declared_errors_check(l, code, response, out);
                continue;
            }
            if (served_bodies_has(code))
                loader_prove_headers(l, jget(response, "headers"));
            else
                loader_prove_schemas(l, response);
            note_success(&s, code, response);
        }
    }
    check_successes(l, operation, &s);
    json_object_object_add(out, "status", json_object_new_int(s.status ? s.status : 200));
    json_object_object_add(out, "response", read_success(l, &s));
}
