/* SPDX-License-Identifier: MIT */
/* Compares two sets of documents as loaded, not as text: the operations that a worker would run,
 * with their compiled schemas. Operations are matched by method and path with the names of path
 * parameters left out ("GET /todos/{}"). Old operations are walked in their order, each part by
 * part (parameters, security, body, response), and what only the new side has comes last. Each part
 * sets `where` before it reports, so the reporting functions need no path. */
#include "lib/api/compare/compare.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/compare/comparison.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"

enum { KEY_MAX = 2048 };

/* --- the list of changes --- */

static void add_change(struct api_changes *out, const struct api_change *change)
{
    if (out->count == out->room) {
        out->room = out->room * 2 + 16;
        out->items = xreallocarray(out->items, out->room, sizeof(*out->items));
    }
    out->items[out->count++] = *change;
    out->breaks += change->is_break;
}

void comparison_say(struct comparison *c, bool is_break, const char *keyword, const char *format,
                    ...)
{
    struct api_change change = {
        .is_break = is_break, .operation = c->operation, .where = c->where, .keyword = keyword};
    va_list args;

    va_start(args, format);
    change.message = arena_vprintf(&c->out->arena, format, args);
    va_end(args);
    add_change(c->out, &change);
}

static void on_schema(void *arg, bool is_break, const char *pointer, const char *keyword,
                      const char *message)
{
    struct comparison *c = arg;
    struct arena *arena = &c->out->arena;
    struct api_change change = {is_break, c->operation,
                                *pointer ? arena_printf(arena, "%s %s", c->where, pointer)
                                         : c->where,
                                keyword, arena_strdup(arena, message)};

    add_change(c->out, &change);
}

void comparison_schemas(struct comparison *c, const struct schema *old, const struct schema *new,
                        enum compat_use use)
{
    schema_compare(old, new, use, on_schema, c);
}

/* Returns true if the message itself names the kind of change. */
static bool is_told(const struct api_change *change)
{
    static const char told[] =
        "operation|operationId|properties|required|additionalProperties|in|"
        "name|content|uniqueItems|anyOf|deprecated|sunset|status|body|"
        "x-additional-parameters|security|dependentSchemas|allowEmptyValue|"
        "headers|responses|if-match|x-idempotency|oneOf|servers|flows|answers";

    return slice_is_choice(told, change->keyword);
}

const char *api_change_text(struct api_changes *changes, const struct api_change *change)
{
    return arena_printf(&changes->arena, "%s%s%s: %s%s%s", change->operation,
                        *change->where && *change->operation ? " " : "", change->where,
                        is_told(change) ? "" : change->keyword, is_told(change) ? "" : ": ",
                        change->message);
}

void api_changes_fini(struct api_changes *changes)
{
    free(changes->items);
    arena_fini(&changes->arena);
    *changes = (struct api_changes){0};
}

/* --- bodies and responses --- */

static const struct body_media *find_media(const struct operation *op, const char *type)
{
    for (size_t i = 0; i < op->body_count; i++)
        if (strcasecmp(op->bodies[i].type, type) == 0)
            return &op->bodies[i];
    for (size_t i = 0; i < op->body_count; i++)
        if (media_is_in_range(slice_of(type), slice_of(op->bodies[i].type)))
            return &op->bodies[i];
    return NULL;
}

/* Returns true if the form's field is a file, or a list of files (workers/request/form.c). */
static bool is_file(const struct field *f)
{
    const struct schema *s = f->types == SCHEMA_ARRAY ? schema_items(f->schema) : f->schema;
    const char *format = s ? schema_format(s) : NULL;

    return s && ((format && strcmp(format, "binary") == 0) || schema_has_content(s));
}

static void compare_field(struct comparison *c, const struct field *old, const struct field *new,
                          bool is_multipart)
{
    comparison_spelling(c, old, new);
    if (is_multipart && is_file(old) != is_file(new))
        comparison_say(c, true, "content", "was %s, is now %s", is_file(old) ? "a file" : "text",
                       is_file(new) ? "a file" : "text");
}

static void compare_fields(struct comparison *c, const struct body_media *old,
                           const struct body_media *new)
{
    const char *where = c->where;

    for (size_t i = 0; i < old->field_count; i++)
        for (size_t k = 0; k < new->field_count; k++)
            if (strcmp(old->fields[i]->name, new->fields[k]->name) == 0) {
                c->where = arena_printf(&c->out->arena, "%s %s", where, old->fields[i]->pointer);
                compare_field(c, old->fields[i], new->fields[k], new->kind == MEDIA_MULTIPART);
            }
    c->where = where;
}

static void compare_body(struct comparison *c)
{
    const struct operation *old = c->old, *new = c->new;

    c->where = "body";
    if (!old->body_count != !new->body_count) {
        if (old->body_count)
            comparison_say(c, true, "body", "a body is no longer accepted");
        else
            comparison_say(c, new->is_body_required, "body",
                           new->is_body_required ? "a body is now required"
                                                 : "a body is now accepted");
        return;
    }
    if (old->is_body_required != new->is_body_required)
        comparison_say(c, new->is_body_required, "required",
                       new->is_body_required ? "is now required" : "is no longer required");
    for (size_t i = 0; i < old->body_count; i++) {
        const struct body_media *media = &old->bodies[i], *other = find_media(new, media->type);

        c->where =
            old->body_count == 1 ? "body" : arena_printf(&c->out->arena, "body %s", media->type);
        if (!other) {
            comparison_say(c, true, "content", "%s is no longer accepted", media->type);
            continue;
        }
        comparison_schemas(c, media->schema, other->schema,
                           other->field_count ? COMPAT_TEXT : COMPAT_REQUEST);
        compare_fields(c, media, other);
    }
    c->where = "body";
    for (size_t i = 0; i < new->body_count; i++)
        if (!find_media(old, new->bodies[i].type))
            comparison_say(c, false, "content", "%s is now accepted", new->bodies[i].type);
}

static void compare_response(struct comparison *c)
{
    const struct operation *old = c->old, *new = c->new;
    const char *was = old->response_type, *is = new->response_type;
    bool is_declared = comparison_was_declared(c, new->status) && old->status != new->status;

    c->where = arena_printf(&c->out->arena, "%d", old->status);
    if (old->status != new->status)
        comparison_say(c, !is_declared, "status", "the status is now %d", new->status);
    if (!was || !is || is_declared)
        return; /* comparison_responses() compares other responses and media types */
    if (!media_is_in_range(slice_of(is), slice_of(was)))
        comparison_say(c, true, "content", "was %s, is now %s", was, is);
    comparison_schemas(c, old->response, new->response, COMPAT_RESPONSE);
}

/* --- operations --- */

static void compare_marks(struct comparison *c)
{
    const char *id = jget_text(c->new_record, "id");

    c->where = "";
    if (strcmp(jget_text(c->old_record, "id"), id) != 0)
        comparison_say(c, false, "operationId", "the operationId is now %s", id);
    if (c->old->is_deprecated != c->new->is_deprecated)
        comparison_say(c, false, "deprecated",
                       c->new->is_deprecated ? "is now deprecated" : "is no longer deprecated");
    if (c->new->sunset && (!c->old->sunset || strcmp(c->old->sunset, c->new->sunset) != 0))
        comparison_say(c, false, "sunset", "will be removed at %s", c->new->sunset);
}

/* Compares what the documents say beyond the records that workers use. */
static void compare_published(struct comparison *c)
{
    struct json_object *was, *is;

    if (!c->old_side->tree || !c->new_side->tree)
        return;
    was = published_side_operation(c->old_side, c->old_record);
    is = published_side_operation(c->new_side, c->new_record);
    comparison_responses(c, jget(was, "responses"), jget(is, "responses"), COMPAT_RESPONSE);
    comparison_callbacks(c, jget(was, "callbacks"), jget(is, "callbacks"));
}

static void compare_operation(struct comparison *c)
{
    compare_marks(c);
    comparison_servers(c);
    comparison_security(c);
    comparison_parameters(c);
    comparison_conditions(c);
    compare_body(c);
    compare_response(c);
    compare_published(c);
}

/* Writes "GET /todos/{}", which is the same whatever the parameters are called. */
static void put_key(const struct operation *op, char out[static KEY_MAX])
{
    const char *at = op->template;
    size_t len = (size_t)snprintf(out, KEY_MAX, "%s ", method_name(op->method));

    for (; *at && len < KEY_MAX - 1; at++) {
        out[len++] = *at;
        if (*at == '{')
            at += strcspn(at, "}") - 1;
    }
    out[len] = '\0';
}

/* The record of an operation, and the published form of its document. */
struct entry {
    struct json_object *record;
    struct published_side *side;
};

/* Reads the published forms of all documents. */
static struct published_side *open_sides(const struct api_version *v, struct arena *arena)
{
    size_t n = json_object_array_length(v->documents);
    struct published_side *sides = arena_zalloc(arena, (n + 1) * sizeof(*sides));

    for (size_t i = 0; i < n; i++)
        published_side_init(&sides[i], json_object_array_get_idx(v->documents, i));
    return sides;
}

static void close_sides(const struct api_version *v, struct published_side *sides)
{
    for (size_t i = 0; i < json_object_array_length(v->documents); i++)
        published_side_fini(&sides[i]);
}

/* Returns the entries of all documents, in the order in which operations are numbered. */
static struct entry *list_entries(const struct api_version *v, struct published_side *sides,
                                  struct arena *arena)
{
    struct entry *list = arena_zalloc(arena, (v->api->count + 1) * sizeof(*list));
    size_t count = 0;

    for (size_t i = 0; i < json_object_array_length(v->documents); i++) {
        struct json_object *document = json_object_array_get_idx(v->documents, i);

        for (size_t k = 0; k < jget_count(document, "operations"); k++)
            list[count++] = (struct entry){jget_item(document, "operations", k), &sides[i]};
    }
    return list;
}

static struct json_object *index_operations(const struct api *api)
{
    struct json_object *index = json_object_new_object();
    char key[KEY_MAX];

    for (size_t i = 0; i < api->count; i++) {
        put_key(&api->operations[i], key);
        json_object_object_add(index, key, json_object_new_int64((int64_t)i));
    }
    return index;
}

/* Returns the operation's name. Without operationId its id is "get /todos", and the template
 * replaces that. */
static const char *name_of(struct api_changes *out, const struct operation *op)
{
    if (!strchr(op->id, ' '))
        return arena_strdup(&out->arena, op->id);
    return arena_printf(&out->arena, "%s %s", method_name(op->method), op->template);
}

/* Reports an operation that the other side lacks. */
static void say_whole(struct api_changes *out, const struct operation *op, bool is_gone)
{
    struct api_change change = {is_gone, name_of(out, op), "", "operation",
                                arena_printf(&out->arena, "the operation is %s (%s %s)",
                                             is_gone ? "gone" : "new", method_name(op->method),
                                             op->template)};

    add_change(out, &change);
}

/* Compares what is in no operation: the form of errors, the flows and the webhooks of documents with one mount, in their
 * order. */
static void compare_documents(const struct api_version *old, const struct api_version *new,
                              struct published_side *were, struct published_side *are,
                              struct api_changes *out)
{
    size_t n = json_object_array_length(old->documents),
           m = json_object_array_length(new->documents);

    for (size_t i = 0; i < n && i < m; i++) {
        struct comparison c = {.out = out,
                               .operation = "",
                               .where = "",
                               .within = "",
                               .old_side = &were[i],
                               .new_side = &are[i]};

        if (!were[i].tree || !are[i].tree)
            continue;
        comparison_problems(&c, jget(json_object_array_get_idx(old->documents, i), "problems"),
                            jget(json_object_array_get_idx(new->documents, i), "problems"));
        comparison_flows(&c);
        comparison_webhooks(&c);
    }
}

static void compare_all(const struct api_version *old, const struct api_version *new,
                        struct published_side *were, struct published_side *are,
                        struct api_changes *out)
{
    struct json_object *before = index_operations(old->api), *after = index_operations(new->api);
    struct entry *was = list_entries(old, were, &out->arena),
                 *is = list_entries(new, are, &out->arena);
    char key[KEY_MAX];

    for (size_t i = 0; i < old->api->count; i++) {
        struct comparison c = {.out = out,
                               .old = &old->api->operations[i],
                               .old_record = was[i].record,
                               .old_side = was[i].side,
                               .within = ""};
        struct json_object *found;
        size_t at;

        put_key(c.old, key);
        found = jget(after, key);
        if (!found) {
            say_whole(out, c.old, true);
            continue;
        }
        at = (size_t)json_object_get_int64(found);
        c.new = &new->api->operations[at];
        c.new_record = is[at].record;
        c.new_side = is[at].side;
        c.operation = name_of(out, c.old);
        compare_operation(&c);
    }
    for (size_t i = 0; i < new->api->count; i++) {
        put_key(&new->api->operations[i], key);
        if (!jget(before, key))
            say_whole(out, &new->api->operations[i], false);
    }
    json_object_put(before);
    json_object_put(after);
}

void api_compare(const struct api_version *old, const struct api_version *new,
                 struct api_changes *out)
{
    struct published_side *were = open_sides(old, &out->arena), *are = open_sides(new, &out->arena);

    compare_all(old, new, were, are, out);
    compare_documents(old, new, were, are, out);
    close_sides(old, were);
    close_sides(new, are);
}
