/* SPDX-License-Identifier: MIT */
/* Runs the table openapi.def over a document: its objects, their members, and the types of these.
 * The types form a small language that check_value() interprets ("[&Parameter]",
 * "{status:Response}"); everything else is lookup. Values without an object's type, such as
 * examples, are skipped. What a `$ref` leads to is not followed from here: refs.c checks a target
 * when it is first used, with the type of the place that refers to it. */
#include "lib/api/document/shape.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/api/document/openapi.h"
#include "lib/api/document/text_kinds.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/slice.h"

enum { DEPTH_MAX = 128, INDEX_TEXT = 32 };

struct shape_check {
    struct diags *diags;
    unsigned version;
    unsigned depth; /* of objects; their own containers add at most two levels each */
};

/* A value's place in its container. */
struct shape_place {
    struct json_object *parent;
    const char *key; /* of the value, or of the list that contains it */
    size_t index;    /* from 1; 0 for a member of a map */
};

static void check_value(struct shape_check *s, const struct shape_place *at,
                        struct json_object *value, struct slice type);

/* Reports "key: must be …", or "key[2]: must be …" for an item. */
static void report_shape(struct shape_check *s, const struct shape_place *at,
                         struct json_object *value, const char *must, struct slice words)
{
    const char *where = at->index && value ? mark_where(value) : mark_key(at->parent, at->key);
    char index[INDEX_TEXT] = "";

    if (at->index)
        snprintf(index, sizeof(index), "[%zu]", at->index - 1);
    diag_error(s->diags, where, "%s%s: must %s%.*s", at->key, index, must, (int)words.len,
               words.data);
}

static void check_text(struct shape_check *s, const struct shape_place *at,
                       struct json_object *value, struct slice kind)
{
    bool is_bare = json_object_is_type(value, json_type_int) ||
                   json_object_is_type(value, json_type_double) ||
                   json_object_is_type(value, json_type_boolean);
    const char *words;

    if (!json_object_is_type(value, json_type_string))
        report_shape(s, at, value, is_bare ? "be a string; put it in quotes" : "be text",
                     slice_of(""));
    else if (!text_kind_is(kind,
                           (struct slice){json_object_get_string(value),
                                          (size_t)json_object_get_string_len(value)},
                           &words))
        report_shape(s, at, value, "be ", slice_of(words));
}

static void check_boolean(struct shape_check *s, const struct shape_place *at,
                          struct json_object *value, struct slice type)
{
    if (!json_object_is_type(value, json_type_boolean))
        report_shape(s, at, value, "be true or false", slice_of(""));
    else if (slice_is(type, "true") && !json_object_get_boolean(value))
        report_shape(s, at, value, "be true", slice_of(""));
}

static void check_choice(struct shape_check *s, const struct shape_place *at,
                         struct json_object *value, struct slice choices)
{
    const char *text =
        json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    struct slice rest = choices;

    while (rest.len)
        if (slice_is(slice_cut(&rest, '|'), text))
            return;
    report_shape(s, at, value, memchr(choices.data, '|', choices.len) ? "be one of " : "be ",
                 choices);
}

static void check_list(struct shape_check *s, const struct shape_place *at,
                       struct json_object *value, struct slice item)
{
    if (!json_object_is_type(value, json_type_array)) {
        report_shape(s, at, value, "be a list", slice_of(""));
        return;
    }
    for (size_t i = 0; i < json_object_array_length(value); i++)
        check_value(s, &(struct shape_place){.parent = value, .key = at->key, .index = i + 1},
                    json_object_array_get_idx(value, i), item);
}

/* Checks a map. `of` is "T" or "kind:T". */
static void check_map(struct shape_check *s, const struct shape_place *at,
                      struct json_object *value, struct slice of)
{
    struct slice type = of, kind = slice_cut(&type, ':');
    const char *words;

    if (!json_object_is_type(value, json_type_object)) {
        report_shape(s, at, value, "be a map", slice_of(""));
        return;
    }
    if (!type.len) {
        type = of;
        kind = slice_of("text");
    }
    json_object_object_foreach(value, key, member)
    {
        if (!text_kind_is(kind, slice_of(key), &words))
            diag_error(s->diags, mark_key(value, key), "%s: must be %s", key, words);
        check_value(s, &(struct shape_place){.parent = value, .key = key}, member, type);
    }
}

static void check_schema(struct shape_check *s, const struct shape_place *at,
                         struct json_object *value)
{
    bool is_31 = s->version == OPENAPI_3_1;

    if (!json_object_is_type(value, json_type_object) &&
        !(is_31 && json_object_is_type(value, json_type_boolean)))
        report_shape(s, at, value, "be a schema: a map", slice_of(is_31 ? ", true or false" : ""));
}

/* Checks a key that the object's row does not name. `row` is the pattern that it must match, or
 * NULL. */
static void check_other(struct shape_check *s, const struct openapi_row *object,
                        const struct openapi_row *row, const struct shape_place *at,
                        struct json_object *value)
{
    const char *where = mark_key(at->parent, at->key), *words;

    if (object->is_extensible && extension_is_name(at->key))
        return;
    if (!row)
        diag_error(s->diags, where, "%s: is not a field of %s%s", at->key, object->name,
                   object->is_extensible ? "; extensions begin with x-"
                                         : ": it is not allowed beside $ref");
    else if (!text_kind_is((struct slice){row->name + 1, strlen(row->name) - 2}, slice_of(at->key),
                           &words))
        diag_error(s->diags, where, "%s: must be %s", at->key, words);
    else
        check_value(s, at, value, slice_of(row->type));
}

static void report_misplaced(struct shape_check *s, const struct openapi_row *object,
                             const struct shape_place *at, struct slice term)
{
    struct slice key = slice_cut(&term, '=');

    diag_error(s->diags, mark_key(at->parent, at->key), "%s: is a field of %s only %s %.*s%s%.*s",
               at->key, object->name, term.len ? "where" : "beside", (int)key.len, key.data,
               term.len ? " is " : "", (int)term.len, term.data);
}

static void check_member(struct shape_check *s, const struct openapi_row *object,
                         const struct shape_place *at, struct json_object *value)
{
    const struct openapi_row *row;
    struct slice term = {0};

    switch (openapi_field(object, s->version, at->parent, at->key, &row, &term)) {
    case OPENAPI_FITS:
        check_value(s, at, value, slice_of(row->type));
        break;
    case OPENAPI_UNSURE:
        break;
    case OPENAPI_MISPLACED:
        report_misplaced(s, object, at, term);
        break;
    case OPENAPI_TOO_NEW:
        diag_error(s->diags, mark_key(at->parent, at->key),
                   "%s: is a field of %s only since OpenAPI 3.1", at->key, object->name);
        break;
    case OPENAPI_UNKNOWN:
        check_other(s, object, row, at, value);
        break;
    }
}

static void check_required(struct shape_check *s, const struct openapi_row *object,
                           struct json_object *map, const struct openapi_row *field)
{
    const struct openapi_row *row;
    struct slice term = {0}, key;

    if (!(field->required & s->version) || openapi_has(map, slice_of(field->name), NULL) ||
        openapi_field(object, s->version, map, field->name, &row, &term) != OPENAPI_FITS ||
        row != field)
        return;
    key = slice_cut(&term, '=');
    diag_error(s->diags, mark_where(map), "%s: is missing from %s%s%.*s%s%.*s", field->name,
               object->name, field->when ? ", where " : "", (int)key.len, key.data,
               field->when ? " is " : "", (int)term.len, term.data);
}

static void check_count(struct shape_check *s, const struct openapi_row *object,
                        struct json_object *map, const struct openapi_row *row)
{
    struct slice rest = slice_of(row->name);
    size_t count = 0;

    while (rest.len)
        count += openapi_has(map, slice_cut(&rest, '|'), NULL);
    if (!(row->versions & s->version) || (count >= row->min && count <= row->max))
        return;
    diag_error(s->diags, mark_where(map), "%s: %s %s", object->name,
               count < row->min ? "needs one of" : "allows only one of", row->name);
}

static void check_among(struct shape_check *s, struct json_object *map,
                        const struct openapi_row *row)
{
    const char *text = jget_text(map, row->name);

    if (!(row->versions & s->version) || !text || !jget_count(map, row->type))
        return;
    for (size_t i = 0; i < jget_count(map, row->type); i++) {
        struct json_object *item = jget_item(map, row->type, i);

        if (!json_object_is_type(item, json_type_string) ||
            strcmp(json_object_get_string(item), text) == 0)
            return;
    }
    diag_error(s->diags, mark_key(map, row->name), "%s: must be in %s", row->name, row->type);
}

/* Checks what one of an object's rows says about its fields. */
static void check_row(struct shape_check *s, const struct openapi_row *object,
                      struct json_object *map, const struct openapi_row *row)
{
    if (row->kind == OPENAPI_COUNT)
        check_count(s, object, map, row);
    else if (row->kind == OPENAPI_AMONG)
        check_among(s, map, row);
    else
        check_required(s, object, map, row);
}

static void check_object(struct shape_check *s, const struct shape_place *at,
                         struct json_object *value, const struct openapi_row *object)
{
    if (!json_object_is_type(value, json_type_object)) {
        diag_error(s->diags, value ? mark_where(value) : mark_key(at->parent, at->key),
                   "%s: must be a map", object->name);
        return;
    }
    if (s->depth == DEPTH_MAX) {
        diag_error(s->diags, mark_where(value), "nested too deeply");
        return;
    }
    s->depth++;
    json_object_object_foreach(value, key, member)
    {
        check_member(s, object, &(struct shape_place){.parent = value, .key = key}, member);
    }
    for (const struct openapi_row *row = object + 1; row->kind != OPENAPI_OBJECT; row++)
        check_row(s, object, value, row);
    s->depth--;
}

static void check_named(struct shape_check *s, const struct shape_place *at,
                        struct json_object *value, struct slice name)
{
    bool is_reference = name.data[0] == '&' && openapi_has(value, slice_of("$ref"), NULL);

    if (name.data[0] == '&')
        name = (struct slice){name.data + 1, name.len - 1};
    check_object(s, at, value, openapi_object(is_reference ? slice_of("Reference") : name));
}

/* Removes a '+' or '1' from the type and checks the number of members accordingly. */
static void check_size(struct shape_check *s, const struct shape_place *at,
                       struct json_object *value, struct slice *type)
{
    char bound = type->data[type->len - 1];
    bool is_list = json_object_is_type(value, json_type_array);
    bool is_map = json_object_is_type(value, json_type_object);
    size_t size = is_list  ? json_object_array_length(value)
                  : is_map ? (size_t)json_object_object_length(value)
                           : 1;

    if (bound != '+' && bound != '1')
        return;
    type->len--;
    if (size == 0 || (bound == '1' && size > 1))
        report_shape(s, at, value, bound == '1' ? "have exactly one member" : "not be empty",
                     slice_of(""));
}

static void check_value(struct shape_check *s, const struct shape_place *at,
                        struct json_object *value, struct slice type)
{
    struct slice inner;

    check_size(s, at, value, &type);
    inner = (struct slice){type.data + 1, type.len - 2};
    if (type.data[0] == '[')
        check_list(s, at, value, inner);
    else if (type.data[0] == '{')
        check_map(s, at, value, inner);
    else if (type.data[0] == '=')
        check_choice(s, at, value, (struct slice){type.data + 1, type.len - 1});
    else if (slice_is(type, "Schema"))
        check_schema(s, at, value);
    else if (type.data[0] == '&' || isupper((unsigned char)type.data[0]))
        check_named(s, at, value, type);
    else if (slice_is(type, "boolean") || slice_is(type, "true"))
        check_boolean(s, at, value, type);
    else if (!slice_is(type, "any"))
        check_text(s, at, value, type);
}

/* Returns the document's version, or 0 if it is unknown. */
static unsigned version_of(struct json_object *root, const char **words)
{
    const char *text = jget_text(root, "openapi");

    if (!text)
        text = "";
    if (!text_kind_is(slice_of("version"), slice_of(text), words))
        return 0;
    return text[2] == '0' ? OPENAPI_3_0 : OPENAPI_3_1;
}

bool shape_check(struct json_object *root, struct diags *diags)
{
    const char *words;
    struct shape_check s = {.diags = diags, .version = version_of(root, &words)};

    if (s.version)
        check_object(&s, &(struct shape_place){0}, root, openapi_object(slice_of("OpenAPI")));
    else
        diag_error(diags, mark_key(root, "openapi"), "openapi: must be %s", words);
    return s.version != 0;
}

static bool is_reported(const struct diags *diags, const struct diag *finding)
{
    for (size_t i = 0; i < diags->count; i++)
        if (strcmp(diags->items[i].message, finding->message) == 0 && diags->items[i].where &&
            strcmp(diags->items[i].where, finding->where) == 0)
            return true;
    return false;
}

void shape_check_part(struct json_object *root, struct json_object *part, const char *object,
                      struct diags *diags)
{
    const char *words;
    struct diags found = {0};
    struct shape_check s = {.diags = &found, .version = version_of(root, &words)};

    assert(s.version);
    check_object(&s, &(struct shape_place){.parent = part}, part, openapi_object(slice_of(object)));
    for (size_t i = 0; i < found.count; i++)
        if (!is_reported(diags, &found.items[i]))
            diag_error(diags, found.items[i].where, "%s", found.items[i].message);
    diags_fini(&found);
}
