/* SPDX-License-Identifier: MIT */
/* Parameter Objects (OpenAPI 3.1, 4.8.12). */
#include <string.h>

#include "lib/api/field.h"
#include "lib/api/loader.h"
#include "lib/api/media.h"
#include "lib/core/jget.h"
#include "lib/core/mark.h"

static const struct {
    const char *in, *style; /* unless it says another */
} places[] = {{"path", "simple"}, {"query", "form"}, {"header", "simple"}, {"cookie", "form"}};

/* Header parameters that mean something else (4.8.12.1): they are ignored. */
static bool is_ignored(const char *in, const char *name)
{
    return strcmp(in, "header") == 0 &&
           (strcasecmp(name, "accept") == 0 || strcasecmp(name, "content-type") == 0 ||
            strcasecmp(name, "authorization") == 0);
}

/* The position of that parameter in the list; its length where it is not there. */
static size_t find(struct json_object *list, const char *name, const char *in)
{
    size_t i = 0, n = json_object_array_length(list);

    for (; i < n; i++) {
        struct json_object *other = json_object_array_get_idx(list, i);

        if (strcmp(jget_text(other, "name"), name) == 0 && strcmp(jget_text(other, "in"), in) == 0)
            break;
    }
    return i;
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

/* A schema of its own, or the only media type of `content`, which must be JSON. */
static void read_value(struct loader *l, struct json_object *p, struct json_object *out)
{
    struct json_object *content = jget(p, "content"), *schema = jget(p, "schema");

    if (json_object_is_type(content, json_type_object)) {
        json_object_object_foreach(content, type, media)
        {
            if (!media_is_json(slice_of(type)))
                diag_error(l->diags, mark_key(content, type),
                           "content: %s: a parameter is read as JSON or by its schema", type);
            schema = jget(media, "schema");
        }
        json_object_object_add(out, "json", json_object_new_boolean(true));
    }
    loader_add_schema(l, schema, SCHEMA_PLAIN, out);
}

/* Of those before `first` one with its name and place overrides it; of its own list none may. */
static void read_parameter(struct loader *l, struct json_object *list, size_t first,
                           struct json_object *node)
{
    struct json_object *p = refs_resolve(&l->refs, node, "Parameter"), *out;
    const char *name = jget_text(p, "name"), *in = jget_text(p, "in");
    size_t place = 0, same;

    while (in && place < 4 && strcmp(places[place].in, in) != 0)
        place++;
    if (!name || !in || place == 4 || is_ignored(in, name))
        return;
    same = find(list, name, in);
    if (same >= first && same < json_object_array_length(list))
        diag_error(l->diags, mark_where(node), "parameters: %s in %s occurs twice", name, in);
    if (same < json_object_array_length(list))
        return;
    out = json_object_new_object();
    jput_text(out, "name", name);
    jput_text(out, "in", in);
    jput_text(out, "source", mark_where(p));
    json_object_object_add(out, "required",
                           json_object_new_boolean(jget_bool(p, "required") || place == 0));
    read_style(p, place, out);
    read_value(l, p, out);
    json_object_array_add(list, out);
}

static void read_list(struct loader *l, struct json_object *list, struct json_object *owner)
{
    size_t first = json_object_array_length(list);

    for (size_t i = 0; i < jget_count(owner, "parameters"); i++)
        read_parameter(l, list, first, jget_item(owner, "parameters", i));
}

struct json_object *loader_read_parameters(struct loader *l, struct json_object *operation,
                                           struct json_object *item)
{
    struct json_object *list = json_object_new_array();

    read_list(l, list, operation); /* first: they override the path's */
    read_list(l, list, item);
    return list;
}
