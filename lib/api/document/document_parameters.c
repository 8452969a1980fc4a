/* SPDX-License-Identifier: MIT */
/* Parameter Objects (OpenAPI 3.1, 4.8.12). */
#include <string.h>

#include "lib/api/request/field.h"
#include "lib/api/document/loader.h"
#include "lib/api/request/media_type.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/text/token.h"

static const struct {
    const char *in, *style; /* the default style */
} places[] = {{"path", "simple"}, {"query", "form"}, {"header", "simple"}, {"cookie", "form"}};

/* Returns true for header parameters that OpenAPI reserves and says to ignore (4.8.12.1). */
static bool is_ignored(const char *in, const char *name)
{
    return strcmp(in, "header") == 0 &&
           (strcasecmp(name, "accept") == 0 || strcasecmp(name, "content-type") == 0 ||
            strcasecmp(name, "authorization") == 0);
}

/* Reports a parameter that no request can carry (RFC 9110, 5.1; RFC 6265, 4.2.1): if it is
 * required, every request would be refused, and otherwise it is never there. */
static void check_name(struct loader *l, struct json_object *p, const char *name, const char *in)
{
    struct slice rest = slice_of(name);

    if (strcmp(in, "header") == 0 && (!token_take(&rest).len || rest.len))
        loader_refuse(l, mark_key(p, "name"),
                      "name: %s: the name of a header must be a token (RFC 9110, 5.6.2)", name);
    else if (strcmp(in, "cookie") == 0 && (!*name || strpbrk(name, " \t;=")))
        loader_refuse(l, mark_key(p, "name"),
                      "name: %s: no cookie can have this name (RFC 6265, 4.1.1)", name);
}

static void read_style(struct json_object *p, size_t place, struct json_object *out)
{
    const char *style = jget_text(p, "style");
    struct json_object *explode = jget(p, "explode");

    if (!style)
        style = places[place].style;
    jput_text(out, "style", style);
    json_object_object_add(out, "explode",
                           json_object_new_boolean(explode ? json_object_get_boolean(explode)
                                                           : strcmp(style, "form") == 0));
    json_object_object_add(out, "allow-empty", json_object_get(jget(p, "allowEmptyValue")));
}

/* Reads the schema: the parameter's own, or that of the only media type in `content`, which must be
 * JSON. */
static void read_value(struct loader *l, struct json_object *p, struct json_object *out)
{
    struct json_object *content = jget(p, "content"), *schema = jget(p, "schema");

    if (json_object_is_type(content, json_type_object)) {
        json_object_object_foreach(content, type, media)
        {
            if (!media_is_json(slice_of(type)))
                loader_refuse(l, mark_key(content, type),
                              "content: %s: a parameter must use application/json or schema", type);
            schema = jget(media, "schema");
        }
        json_object_object_add(out, "json", json_object_new_boolean(true));
    }
    loader_add_schema(l, schema, SCHEMA_PLAIN, out);
}

/* The parameters read so far. */
struct parameters {
    struct json_object *list;
    struct json_object *known; /* "query q" → the operation or path item that declares it */
};

/* Returns true if a parameter of that name and place is known. An operation's parameter overrides
 * its path item's; a repetition in one list is reported. */
static bool is_known(struct loader *l, struct parameters *out, struct json_object *owner,
                     struct json_object *node, const char *name, const char *in)
{
    const char *key = arena_printf(&l->arena, "%s %s", in, name);
    struct json_object *other = NULL;

    if (!json_object_object_get_ex(out->known, key, &other)) {
        json_object_object_add(out->known, key, json_object_get(owner));
        return false;
    }
    if (other == owner)
        diag_error(l->diags, mark_where(node), "parameters: %s in %s is declared twice", name, in);
    return true;
}

static void read_parameter(struct loader *l, struct parameters *list, struct json_object *owner,
                           struct json_object *node)
{
    struct json_object *p = refs_resolve(&l->refs, node, "Parameter"), *out;
    const char *name = jget_text(p, "name"), *in = jget_text(p, "in");
    size_t place = 0;

    while (in && place < 4 && strcmp(places[place].in, in) != 0)
        place++;
    if (!name || !in || place == 4 || is_ignored(in, name) ||
        is_known(l, list, owner, node, name, in))
        return;
    out = json_object_new_object();
    jput_text(out, "name", name);
    jput_text(out, "in", in);
    jput_text(out, "source", mark_where(p));
    check_name(l, p, name, in);
    json_object_object_add(out, "required",
                           json_object_new_boolean(jget_bool(p, "required") || place == 0));
    read_style(p, place, out);
    read_value(l, p, out);
    json_object_array_add(list->list, out);
}

static void read_list(struct loader *l, struct parameters *out, struct json_object *owner)
{
    size_t count = jget_count(owner, "parameters");

    if (count > LOADER_PARAMETERS_MAX) {
        diag_error(l->diags, mark_key(owner, "parameters"), "parameters: at most %d",
                   LOADER_PARAMETERS_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++)
        read_parameter(l, out, owner, jget_item(owner, "parameters", i));
}

struct json_object *loader_read_parameters(struct loader *l, struct json_object *operation,
                                           struct json_object *item)
{
    struct parameters out = {json_object_new_array(), json_object_new_object()};

    read_list(l, &out, operation); /* first, because these override the path item's */
    read_list(l, &out, item);
    json_object_put(out.known);
    return out.list;
}
