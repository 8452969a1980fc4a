/* SPDX-License-Identifier: MIT */
/* Copies the tree object by object, each by what it is: a key such as "$ref" or "x-sql" has its
 * meaning only in an OpenAPI object, and none in data (examples, defaults) or in a map whose names
 * the author chose. So a table says which members of which objects hold further objects; all else
 * is copied as data. Parts of other files come last, from the bundle's queue, until there are none
 * (bundle.h). */
#include "lib/api/publish/publish.h"

#include <stdbool.h>
#include <string.h>

#include "lib/api/publish/bundle.h"
#include "lib/api/publish/closed_bodies.h"
#include "lib/api/document/extensions.h"
#include "lib/api/publish/problems.h"
#include "lib/api/publish/published.h"
#include "lib/api/publish/served_bodies.h"
#include "lib/api/publish/served_headers.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/slice.h"

enum { DEPTH = 256 };

/* The OpenAPI objects (3.1, 4.8) in which something must be changed. */
enum kind {
    DATA,
    PLAIN, /* without $ref or anything to change inside */
    COMPONENTS,
    PATH_ITEM,
    OPERATION,
    PARAMETER,
    HEADER,
    BODY,
    MEDIA,
    ENCODING,
    RESPONSE,
    CALLBACK,
    EXAMPLE,
    LINK,
    SECURITY,
    SCHEMA,
    DISCRIMINATOR,
    ROOT,
};

/* The way in which a member holds its objects. In an EXTENDED map, names that start with x- are
 * extensions. */
enum holds { ONE, LIST, MAP, EXTENDED, MAPPING };

/* What `$ref`s may stand for: the section of components, and the object in openapi.def, unless
 * lib/schema follows the references itself. */
static const struct {
    const char *section, *object;
} referable[ROOT + 1] = {
    [PARAMETER] = {"parameters", "Parameter"},
    [HEADER] = {"headers", "Header"},
    [BODY] = {"requestBodies", "RequestBody"},
    [RESPONSE] = {"responses", "Response"},
    [CALLBACK] = {"callbacks", "Callback"},
    [EXAMPLE] = {"examples", "Example"},
    [LINK] = {"links", "Link"},
    [SCHEMA] = {"schemas", NULL},
    [SECURITY] = {"securitySchemes", "SecurityScheme"},
    [PATH_ITEM] = {"pathItems", "PathItem"},
};

static const struct member {
    enum kind of;
    const char *keys; /* "a|b" */
    enum kind kind;
    enum holds holds;
} members[] = {
    {ROOT, "info", PLAIN, ONE},
    {ROOT, "tags", PLAIN, LIST},
    {ROOT, "paths", PATH_ITEM, EXTENDED},
    {ROOT, "webhooks", PATH_ITEM, MAP},
    {ROOT, "components", COMPONENTS, ONE},
    {COMPONENTS, "schemas", SCHEMA, MAP},
    {COMPONENTS, "parameters", PARAMETER, MAP},
    {COMPONENTS, "headers", HEADER, MAP},
    {COMPONENTS, "requestBodies", BODY, MAP},
    {COMPONENTS, "responses", RESPONSE, MAP},
    {COMPONENTS, "callbacks", CALLBACK, MAP},
    {COMPONENTS, "examples", EXAMPLE, MAP},
    {COMPONENTS, "links", LINK, MAP},
    {COMPONENTS, "securitySchemes", SECURITY, MAP},
    {COMPONENTS, "pathItems", PATH_ITEM, MAP},
    {PATH_ITEM, "get|put|post|delete|options|head|patch|trace", OPERATION, ONE},
    {PATH_ITEM, "parameters", PARAMETER, LIST},
    {OPERATION, "parameters", PARAMETER, LIST},
    {OPERATION, "requestBody", BODY, ONE},
    {OPERATION, "responses", RESPONSE, EXTENDED},
    {OPERATION, "callbacks", CALLBACK, MAP},
    {PARAMETER, "schema", SCHEMA, ONE},
    {PARAMETER, "content", MEDIA, MAP},
    {PARAMETER, "examples", EXAMPLE, MAP},
    {HEADER, "schema", SCHEMA, ONE},
    {HEADER, "content", MEDIA, MAP},
    {HEADER, "examples", EXAMPLE, MAP},
    {BODY, "content", MEDIA, MAP},
    {MEDIA, "schema", SCHEMA, ONE},
    {MEDIA, "examples", EXAMPLE, MAP},
    {MEDIA, "encoding", ENCODING, MAP},
    {ENCODING, "headers", HEADER, MAP},
    {RESPONSE, "headers", HEADER, MAP},
    {RESPONSE, "content", MEDIA, MAP},
    {RESPONSE, "links", LINK, MAP},
    {SCHEMA, "properties|patternProperties|$defs|definitions|dependentSchemas", SCHEMA, MAP},
    {SCHEMA, "allOf|anyOf|oneOf|prefixItems", SCHEMA, LIST},
    {SCHEMA, "items|additionalProperties|not|if|then|else|contains|propertyNames", SCHEMA, ONE},
    {SCHEMA, "unevaluatedItems|unevaluatedProperties|contentSchema", SCHEMA, ONE},
    {SCHEMA, "discriminator", DISCRIMINATOR, ONE},
    {DISCRIMINATOR, "mapping", SCHEMA, MAPPING},
};

static const struct member data = {DATA, "", DATA, ONE};

static struct json_object *copy_described(struct bundle *b, struct json_object *from,
                                          enum kind kind, unsigned depth);

/* Returns the meaning of a key in an object of this kind. Any member of a callback is a path. */
static const struct member *member_of(enum kind kind, const char *key)
{
    static const struct member path = {CALLBACK, "", PATH_ITEM, ONE};

    if (kind == CALLBACK && !extension_is_name(key))
        return &path;
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (members[i].of == kind && slice_is_choice(members[i].keys, key))
            return &members[i];
    return &data;
}

static bool is_dropped(enum kind kind, const char *key)
{
    return extension_is_private(key) ||
           ((kind == PATH_ITEM || kind == OPERATION) && strcmp(key, "servers") == 0);
}

static struct json_object *copy_list(struct bundle *b, struct json_object *from, enum kind kind,
                                     unsigned depth)
{
    struct json_object *to = json_object_new_array();

    for (size_t i = 0; i < json_object_array_length(from); i++)
        json_object_array_add(to,
                              copy_described(b, json_object_array_get_idx(from, i), kind, depth));
    return to;
}

static struct json_object *copy_map(struct bundle *b, struct json_object *from,
                                    const struct member *m, unsigned depth)
{
    struct json_object *to = json_object_new_object();

    json_object_object_foreach(from, name, value)
    {
        bool is_extension = m->holds == EXTENDED && extension_is_name(name);

        if (is_extension && is_dropped(m->kind, name))
            continue;
        if (m->of == COMPONENTS && bundle_replaces(b, referable[m->kind].section, name))
            json_object_object_add(to, name, NULL); /* reserves its place */
        else
            json_object_object_add(to, name,
                                   is_extension ? json_object_get(value)
                                                : copy_described(b, value, m->kind, depth));
    }
    return to;
}

/* Copies a discriminator's mapping, whose values are component names or references (OpenAPI 3.1,
 * 4.8.25). */
static struct json_object *copy_mapping(struct bundle *b, struct json_object *from)
{
    struct json_object *to = json_object_new_object();

    json_object_object_foreach(from, name, value)
    {
        const char *text = json_object_get_string(value), *ref = text;

        if (text && strpbrk(text, "/#."))
            ref = bundle_ref(b, "schemas", value, text);
        jput_text(to, name, ref ? ref : text);
    }
    return to;
}

static struct json_object *copy_member(struct bundle *b, struct json_object *from,
                                       const struct member *m, unsigned depth)
{
    bool is_map = json_object_is_type(from, json_type_object);

    if (m->holds == ONE)
        return copy_described(b, from, m->kind, depth);
    if (m->holds == LIST && json_object_is_type(from, json_type_array))
        return copy_list(b, from, m->kind, depth);
    if (m->holds == MAPPING && is_map)
        return copy_mapping(b, from);
    return is_map ? copy_map(b, from, m, depth) : json_object_get(from);
}

/* Copies an object. `ref`, if not NULL, replaces its "$ref", beside which no operation is
 * served. */
static struct json_object *copy_object(struct bundle *b, struct json_object *from, enum kind kind,
                                       const char *ref, unsigned depth)
{
    struct json_object *to = json_object_new_object();
    bool is_resource = kind == SCHEMA && jget(from, "$id");

    b->resources += is_resource;
    json_object_object_foreach(from, key, value)
    {
        if (is_dropped(kind, key) || (ref && member_of(kind, key)->kind == OPERATION))
            continue;
        if (ref && strcmp(key, "$ref") == 0)
            jput_text(to, key, ref);
        else
            json_object_object_add(to, key, copy_member(b, value, member_of(kind, key), depth - 1));
    }
    b->resources -= is_resource;
    return to;
}

/* Copies a path item. Version 3.0 has no components for path items, so one from another file is
 * copied in place. */
static struct json_object *copy_path_item(struct bundle *b, struct json_object *from,
                                          const char *ref, unsigned depth)
{
    const char *fragment;

    if (strcmp(refs_locate(b->refs, from, ref, &fragment), b->refs->root) == 0)
        return copy_object(b, from, PATH_ITEM, arena_printf(b->refs->arena, "#%s", fragment),
                           depth);
    from = refs_follow(b->refs, from, ref);
    return from ? copy_described(b, from, PATH_ITEM, depth - 1) : NULL;
}

static struct json_object *copy_described(struct bundle *b, struct json_object *from,
                                          enum kind kind, unsigned depth)
{
    const char *ref = jget_text(from, "$ref");

    if (kind == DATA || !json_object_is_type(from, json_type_object))
        return json_object_get(from);
    if (!depth) {
        diag_error(b->refs->diags, mark_where(from), "nested too deeply");
        return NULL;
    }
    if (ref && referable[kind].object)
        refs_prove(b->refs, from, referable[kind].object);
    if (ref && kind == PATH_ITEM)
        return copy_path_item(b, from, ref, depth);
    if (ref && referable[kind].section && !b->resources && !(kind == SCHEMA && jget(from, "$id")))
        ref = bundle_ref(b, referable[kind].section, from, ref);
    return copy_object(b, from, kind, referable[kind].section ? ref : NULL, depth);
}

static enum kind kind_of(const char *section)
{
    for (int i = 0; i < ROOT; i++)
        if (referable[i].section && strcmp(referable[i].section, section) == 0)
            return (enum kind)i;
    return DATA;
}

/* Marks the place of the only server, whose URL is put between the two halves of the text
 * (publish.h). "openapi" always precedes it. */
static struct json_object *put_servers(struct json_object *tree)
{
    struct json_object *to = json_object_new_object();

    json_object_object_foreach(tree, key, value)
    {
        if (strcmp(key, "servers") == 0)
            continue;
        json_object_object_add(to, key, json_object_get(value));
        if (strcmp(key, "info") == 0 && jget(to, "openapi"))
            json_object_object_add(to, "servers", json_object_new_array());
    }
    published_child(to, "servers");
    return to;
}

/* Copies the document and what it refers to in other files, all of which may be refused. */
static struct json_object *copy_whole(struct bundle *b, struct json_object *root)
{
    struct json_object *plain = copy_described(b, root, ROOT, DEPTH), *target;
    const char *section, *name;

    while (bundle_next(b, &section, &name, &target))
        json_object_object_add(published_child(published_child(plain, "components"), section), name,
                               copy_described(b, target, kind_of(section), DEPTH));
    return plain;
}

void publish_prove(struct refs *refs, struct json_object *root)
{
    struct bundle b;

    bundle_init(&b, refs, root);
    json_object_put(copy_whole(&b, root));
    bundle_fini(&b);
}

struct json_object *publish_tree(struct refs *refs, struct json_object *root,
                                 struct json_object *record)
{
    struct json_object *plain, *tree;
    struct bundle b;

    bundle_init(&b, refs, root);
    plain = copy_whole(&b, root);
    problems_add(&b, plain, record);
    served_headers_add(&b, plain, record);
    served_bodies_keep(plain, record);
    problems_share(&b, plain, record);
    closed_bodies_add(&b, plain, record);
    tree = put_servers(plain);
    json_object_put(plain);
    bundle_fini(&b);
    return tree;
}
