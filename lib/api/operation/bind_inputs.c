/* SPDX-License-Identifier: MIT */
/* Every :name in an operation's SQL becomes one input, however often it occurs. Names that start
 * with '_' are the server's; they are resolved first and never fall back to the client's, so that
 * no client can supply :_sub. Any other name must be a parameter or a body property, but not both,
 * since nothing says which of them would win. What the document requires but no SQL uses is
 * reported at the end (bind_inputs_fini()). */
#include "lib/api/operation/bind_inputs.h"

#include <string.h>
#include <strings.h>

#include "lib/api/document/sql_places.h"
#include "lib/api/operation/spelling.h"
#include "lib/core/slice.h"

/* The server's names. One that ends in '_' is followed by an argument. */
static const struct {
    const char *name;
    enum server_value value;
} server_names[] = {
    {"_now", SERVER_NOW},
    {"_uuid7", SERVER_UUID7},
    {"_request_id", SERVER_REQUEST_ID},
    {"_ip", SERVER_IP},
    {"_tls_subject", SERVER_TLS_SUBJECT},
    {"_body", SERVER_BODY},
    {"_sub", SERVER_SUB},
    {"_scope", SERVER_SCOPE},
    {"_roles", SERVER_ROLES},
    {"_if_match", SERVER_IF_MATCH},
    {"_claim_", SERVER_CLAIM},
    {"_header_", SERVER_HEADER},
};

const struct schema *bind_inputs_property(const struct operation *op, const char *name)
{
    const struct schema *found = NULL;

    for (size_t i = 0; i < op->body_count && !found; i++)
        if (!schema_is_hidden(op->bodies[i].schema, name))
            found = schema_property(op->bodies[i].schema, name);
    return found;
}

void bind_inputs_init(struct bind_inputs *in, struct arena *arena, struct diags *diags,
                      struct operation *op)
{
    *in = (struct bind_inputs){.arena = arena, .diags = diags, .op = op};
    in->used_properties = json_object_new_object();
    in->is_parameter_used = arena_zalloc(arena, op->parameter_count + 1);
}

struct unused {
    struct bind_inputs *in;
    const struct schema *body;
    const char *where;
    size_t count; /* number of properties */
};

static void report_unused(void *arg, const char *name, const struct schema *member)
{
    struct unused *u = arg;

    u->count++;
    if (json_object_object_get_ex(u->in->used_properties, name, NULL))
        return;
    if (schema_requires(u->body, name))
        diag_error(u->in->diags, u->where, "%s: the required body property %s is not used",
                   u->in->op->id, name);
    else if (member && !schema_is_hidden(u->body, name))
        diag_warn(u->in->diags, u->where, "%s: the body property %s is not used", u->in->op->id,
                  name);
}

static void report_unused_body(struct bind_inputs *in, const char *where)
{
    struct unused u = {.in = in, .where = where};

    for (size_t i = 0; i < in->op->body_count; i++) {
        u.body = in->op->bodies[i].schema;
        schema_each_property(u.body, report_unused, &u);
    }
    if (in->op->body_count && !u.count)
        diag_warn(in->diags, where, "%s: the body is not used; read it with :_body", in->op->id);
}

/* A body that is not read into members. */
struct opaque {
    struct bind_inputs *in;
    const struct body_media *media;
    const char *where;
};

static void report_opaque(void *arg, const char *name, const struct schema *member)
{
    struct opaque *o = arg;

    if (member && json_object_object_get_ex(o->in->used_properties, name, NULL))
        diag_error(
            o->in->diags, o->where,
            "%s: :%s cannot be read from a body of %s; remove that media type, or use :_body "
            "alone",
            o->in->op->id, name, o->media->type);
}

/* Reports properties that would be NULL in bodies of a media type that is not parsed. */
static void report_opaque_bodies(struct bind_inputs *in, const char *where)
{
    for (size_t i = 0; i < in->op->body_count; i++) {
        const struct body_media *media = &in->op->bodies[i];
        struct opaque o = {in, media, where};

        if (!media_is_parsed(media->kind))
            schema_each_property(media->schema, report_opaque, &o);
    }
}

/* Returns true for a header that the server itself reads: a document may declare it. */
static bool is_read_anyway(const struct operation *op, const struct parameter *p)
{
    bool compares =
        op->if_match != IF_MATCH_IGNORED || (op->plan && (op->plan->has_current || op->plan->etag));

    return p->in == IN_HEADER && ((compares && (strcasecmp(p->field.name, "if-match") == 0 ||
                                                strcasecmp(p->field.name, "if-none-match") == 0)) ||
                                  strcasecmp(p->field.name, "X-CSRF-Token") == 0);
}

void bind_inputs_fini(struct bind_inputs *in, const char *where)
{
    if (in->diags && !in->is_body_used)
        report_unused_body(in, where);
    if (in->diags)
        report_opaque_bodies(in, where);
    for (size_t i = 0; in->diags && i < in->op->parameter_count; i++)
        if (!in->is_parameter_used[i] && !is_read_anyway(in->op, &in->op->parameters[i]))
            diag_warn(in->diags, where, "%s: the parameter %s is not used", in->op->id,
                      in->op->parameters[i].field.name);
    json_object_put(in->used_properties);
}

static void grow_inputs(struct bind_inputs *in)
{
    struct input *wider;

    in->room = in->room ? in->room * 2 : 8;
    wider = arena_alloc(in->arena, in->room * sizeof(*wider));
    if (in->op->input_count)
        memcpy(wider, in->op->inputs, in->op->input_count * sizeof(*wider));
    in->op->inputs = wider;
}

static size_t add_input(struct bind_inputs *in, struct input input)
{
    if (in->op->input_count == INPUTS_MAX) {
        if (in->diags)
            diag_error(in->diags, in->op->source, "%s: more than %d values", in->op->id,
                       INPUTS_MAX);
        return 0;
    }
    if (in->op->input_count == in->room)
        grow_inputs(in);
    in->op->inputs[in->op->input_count] = input;
    return in->op->input_count++;
}

/* Returns how many parameters the name means; *index is the first. Those that are spelled exactly
 * so take precedence. */
static size_t find_parameter(const struct operation *op, const char *name, size_t *index)
{
    size_t exact = 0, spelled = 0;

    for (size_t i = 0; i < op->parameter_count; i++) {
        const char *declared = op->parameters[i].field.name;
        bool is_exact = strcmp(declared, name) == 0;
        bool is_spelled = !is_exact && spelling_matches(declared, name);

        if (!exact && (is_exact || (is_spelled && !spelled)))
            *index = i;
        exact += is_exact;
        spelled += is_spelled;
    }
    return exact ? exact : spelled;
}

struct property_search {
    const struct operation *op;
    const char *name, *found;
    size_t count;
};

static void match_property(void *arg, const char *declared, const struct schema *member)
{
    struct property_search *s = arg;

    if (!member || (s->found && strcmp(s->found, declared) == 0) ||
        !spelling_matches(declared, s->name) || !bind_inputs_property(s->op, declared))
        return;
    s->found = declared;
    s->count++;
}

/* Returns how many body properties the name means; *declared is the first. One that is spelled
 * exactly so takes precedence. */
static size_t find_property(const struct operation *op, const char *name, const char **declared)
{
    struct property_search s = {.op = op, .name = name};

    *declared = name;
    if (bind_inputs_property(op, name))
        return 1;
    for (size_t i = 0; i < op->body_count; i++)
        schema_each_property(op->bodies[i].schema, match_property, &s);
    if (s.found)
        *declared = s.found;
    return s.count;
}

const char *bind_inputs_place(struct bind_inputs *in, struct name_place place)
{
    const char *where =
        place.step ? sql_places_find_name(place.step, place.index, in->arena) : NULL;

    return where ? where : place.where;
}

static size_t resolve_server(struct bind_inputs *in, const char *name, struct name_place place)
{
    struct input input = {.from = INPUT_SERVER, .name = arena_strdup(in->arena, name)};
    const char *declared;
    size_t properties;

    if (strncmp(name, "_has_", 5) == 0) {
        input.from = INPUT_HAS;
        if (find_parameter(in->op, name + 5, &input.index))
            return add_input(in, input);
        properties = find_property(in->op, name + 5, &declared);
        input.argument = arena_strdup(in->arena, declared);
        json_object_object_add(in->used_properties, input.argument, NULL);
        if (properties == 1)
            return add_input(in, input);
    }
    for (size_t i = 0; i < sizeof(server_names) / sizeof(*server_names); i++) {
        size_t len = strlen(server_names[i].name);
        bool has_argument = server_names[i].name[len - 1] == '_';

        if (strncmp(name, server_names[i].name, len) != 0 ||
            (has_argument ? !name[len] : name[len]))
            continue;
        input.server = server_names[i].value;
        input.argument = arena_strdup(in->arena, name + len);
        in->is_body_used |= input.server == SERVER_BODY;
        return add_input(in, input);
    }
    if (in->diags)
        diag_error(in->diags, bind_inputs_place(in, place), "%s: :%s is not a built-in name",
                   in->op->id, name);
    return 0;
}

static bool is_read_only(const struct operation *op, const char *name)
{
    for (size_t i = 0; i < op->body_count; i++)
        if (schema_is_hidden(op->bodies[i].schema, name))
            return true;
    return false;
}

size_t bind_inputs_resolve(struct bind_inputs *in, const char *name, struct name_place place)
{
    struct input input = {.name = arena_strdup(in->arena, name)};
    size_t parameters, properties;
    const char *declared;

    for (size_t i = 0; i < in->op->input_count; i++)
        if (strcmp(in->op->inputs[i].name, name) == 0)
            return i;
    if (*name == '_')
        return resolve_server(in, name, place);
    parameters = find_parameter(in->op, name, &input.index);
    properties = find_property(in->op, name, &declared);
    if (parameters + properties != 1 && in->diags)
        diag_error(in->diags, bind_inputs_place(in, place),
                   parameters > 1             ? "%s: :%s matches more than one parameter"
                   : parameters && properties ? "%s: :%s is both a parameter and a body property"
                   : properties               ? "%s: :%s matches more than one body property"
                   : is_read_only(in->op, name)
                       ? "%s: :%s is a readOnly property, which clients cannot send"
                       : "%s: :%s is neither a parameter nor a body property",
                   in->op->id, name);
    if (parameters)
        in->is_parameter_used[input.index] = true;
    if (properties)
        json_object_object_add(in->used_properties, declared, NULL);
    input.from = parameters ? INPUT_PARAMETER : INPUT_PROPERTY;
    input.argument = properties ? arena_strdup(in->arena, declared) : NULL;
    return add_input(in, input);
}

/* Returns true if a GET and another request of the same path have the same value of this kind. */
static bool is_common(enum server_value value)
{
    return value != SERVER_BODY && value != SERVER_IF_MATCH;
}

bool bind_inputs_borrow(struct bind_inputs *in, const char *name, size_t *index)
{
    struct input input = {.from = INPUT_PARAMETER, .name = arena_strdup(in->arena, name)};
    const struct input *found;

    if (*name == '_') {
        *index = bind_inputs_resolve(in, name, name_place_of(""));
        found = &in->op->inputs[*index];
        return strcmp(found->name, name) == 0 && found->from == INPUT_SERVER &&
               is_common(found->server);
    }
    if (find_parameter(in->op, name, &input.index) != 1 ||
        in->op->parameters[input.index].in != IN_PATH)
        return false;
    for (*index = 0; *index < in->op->input_count; ++*index)
        if (in->op->inputs[*index].from == INPUT_PARAMETER &&
            in->op->inputs[*index].index == input.index)
            return true;
    *index = add_input(in, input);
    return true;
}

size_t bind_inputs_add_cursor(struct bind_inputs *in, const char *parameter, size_t count,
                              const char *where)
{
    size_t index, first = in->op->input_count;

    if (!find_parameter(in->op, parameter, &index)) {
        if (in->diags)
            diag_error(in->diags, where, "%s: page: cursor: %s is not a parameter", in->op->id,
                       parameter);
        index = 0;
    } else {
        in->is_parameter_used[index] = true;
    }
    in->op->cursor_parameter = index;
    for (size_t i = 0; i <= count; i++) /* its direction and its keys */
        add_input(in, (struct input){.from = INPUT_CURSOR, .name = "", .index = i});
    return first;
}
