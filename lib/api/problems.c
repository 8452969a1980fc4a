/* SPDX-License-Identifier: MIT */
#include "lib/api/problems.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/core/err.h"
#include "lib/core/jget.h"
#include "lib/core/slice.h"
#include "lib/db/sqltext.h"

enum { FIRST = 400, LAST = 599 };

/* Valid in 3.1 and in 3.0. workers/reply.c writes it. */
static const char schema_text[] =
    "{\"type\":\"object\",\"description\":\"Problem details (RFC 9457).\","
    "\"required\":[\"type\",\"title\",\"status\",\"error\",\"request_id\"],\"properties\":{"
    "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
    "\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"
    "\"detail\":{\"type\":\"string\"},"
    "\"error\":{\"type\":\"string\",\"description\":\"What went wrong, for people.\"},"
    "\"code\":{\"type\":\"string\",\"description\":\"What went wrong, for programs.\"},"
    "\"request_id\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"description\":\"Everything that is wrong.\","
    "\"items\":{\"type\":\"object\",\"required\":[\"in\",\"pointer\",\"keyword\",\"message\"],"
    "\"properties\":{\"in\":{\"type\":\"string\",\"description\":\"body, path, query, header or "
    "cookie.\"},"
    "\"pointer\":{\"type\":\"string\",\"description\":\"A JSON pointer (RFC 6901).\"},"
    "\"keyword\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}},"
    "\"more\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"How many more there are.\"}}}";

static bool always(struct json_object *op)
{
    return op != NULL;
}

static bool has_parameters(struct json_object *op)
{
    return jget_count(op, "parameters") > 0;
}

static bool has_body(struct json_object *op)
{
    return jget(op, "body") != NULL;
}

static bool has_content(struct json_object *op)
{
    return jget(op, "response") != NULL;
}

static bool is_unbound(struct json_object *op)
{
    return !jget(op, "sql") && !jget(op, "handler") && !jget(op, "builtin");
}

static bool is_sql(struct json_object *op)
{
    return jget(op, "sql") != NULL;
}

/* The next word in `sql` from *at on, which moves behind it; empty at the end. */
static struct slice next_word(const char **at)
{
    const char *end;
    struct slice word;

    while (**at && !isalpha((unsigned char)**at)) {
        end = sqltext_comment_end(*at);
        *at = end > *at ? end : *at + 1;
    }
    for (end = *at; isalnum((unsigned char)*end) || *end == '_';)
        end++;
    word = (struct slice){*at, (size_t)(end - *at)};
    *at = end;
    return word;
}

/* Whether the statement can change rows; one that begins with WITH if it looks so. */
static bool is_write(const char *sql)
{
    struct slice word = next_word(&sql);

    if (!slice_is_nocase(word, "with"))
        return word.len && !slice_is_nocase(word, "select") && !slice_is_nocase(word, "values");
    while ((word = next_word(&sql)).len)
        if (slice_is_nocase(word, "insert") || slice_is_nocase(word, "update") ||
            slice_is_nocase(word, "delete"))
            return true;
    return false;
}

static bool writes(struct json_object *op)
{
    struct json_object *sql = jget(op, "sql");

    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        const char *text = jget_text(jget_item(sql, "steps", i), "sql");

        if (text && is_write(text))
            return true;
    }
    return false;
}

/* Whether the statement may return no row where one is wanted: all but a plain INSERT. */
static bool may_be_empty(const char *sql)
{
    struct slice word = next_word(&sql);

    if (!slice_is_nocase(word, "insert"))
        return true;
    while ((word = next_word(&sql)).len)
        if (slice_is_nocase(word, "select") || slice_is_nocase(word, "conflict") ||
            slice_is_nocase(word, "ignore"))
            return true;
    return false;
}

static bool may_miss(struct json_object *op)
{
    struct json_object *sql = jget(op, "sql");

    for (size_t i = 0; i < jget_count(op, "parameters"); i++)
        if (strcmp(jget_text(jget_item(op, "parameters", i), "in"), "path") == 0)
            return true;
    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        struct json_object *step = jget_item(sql, "steps", i);
        const char *returns = jget_text(step, "returns"), *text = jget_text(step, "sql");

        if (returns && strcmp(returns, "one") == 0 && !jget(step, "else") && text &&
            may_be_empty(text))
            return true;
    }
    return false;
}

static bool takes_input(struct json_object *op)
{
    return has_parameters(op) || has_body(op);
}

static bool may_be_invalid(struct json_object *op)
{
    return takes_input(op) || writes(op);
}

static bool has_precondition(struct json_object *op)
{
    return jget(jget(op, "sql"), "if-match") != NULL;
}

static bool wants_precondition(struct json_object *op)
{
    const char *text = jget_text(jget(op, "sql"), "if-match");

    return text && strcmp(text, "required") == 0;
}

static const struct problem {
    int status;
    bool (*can)(struct json_object *op);
    const char *description;
} problems[] = {
    {400, always, "The request is malformed."},
    {404, may_miss, "There is no such thing."},
    {406, has_content, "The client accepts no media type of the answer."},
    {409, writes, "It conflicts with what is there."},
    {412, has_precondition, "It has changed since the client saw it."},
    {413, has_body, "The body is too large."},
    {415, has_body, "The media type of the body is not supported."},
    {422, may_be_invalid, "A parameter or the body breaks a rule; errors lists them all."},
    {428, wants_precondition, "The request must say what it changes, by If-Match."},
    {500, always, "The server failed; request_id finds the reason in its log."},
    {501, is_unbound, "Documented, but not implemented."},
    {503, always, "Too busy, or shutting down: try again."},
    {504, is_sql, "It took too long."},
};

struct adder {
    struct bundle *bundle;
    struct json_object *tree;
    struct json_object *rules;   /* of the record */
    const char *names[LAST + 1]; /* of the responses, once something needs them */
    const char *schema;
};

static struct json_object *section(struct adder *a, const char *name)
{
    struct json_object *components = jget(a->tree, "components"), *map;

    if (!components) {
        components = json_object_new_object();
        json_object_object_add(a->tree, "components", components);
    }
    map = jget(components, name);
    if (!map) {
        map = json_object_new_object();
        json_object_object_add(components, name, map);
    }
    return map;
}

static const char *describe(int status)
{
    for (size_t i = 0; i < sizeof(problems) / sizeof(*problems); i++)
        if (problems[i].status == status)
            return problems[i].description;
    return err_reason(status);
}

static struct json_object *make_ref(struct adder *a, const char *in, const char *name)
{
    struct json_object *ref = json_object_new_object();

    jput_text(ref, "$ref", arena_printf(a->bundle->refs->arena, "#/components/%s/%s", in, name));
    return ref;
}

static void add_schema(struct adder *a)
{
    a->schema = bundle_name(a->bundle, "schemas", "Problem");
    json_object_object_add(section(a, "schemas"), a->schema, json_tokener_parse(schema_text));
}

/* "Not Found" → NotFound. */
static void add_response(struct adder *a, int status)
{
    struct json_object *response = json_object_new_object(), *media = json_object_new_object(),
                       *content = json_object_new_object();
    char wish[64], *to = wish;

    if (!a->schema)
        add_schema(a);
    for (const char *c = err_reason(status); *c && to < wish + sizeof(wish) - 1; c++)
        if (isalnum((unsigned char)*c))
            *to++ = *c;
    *to = '\0';
    a->names[status] = bundle_name(a->bundle, "responses", wish);
    jput_text(response, "description", describe(status));
    json_object_object_add(media, "schema", make_ref(a, "schemas", a->schema));
    json_object_object_add(content, "application/problem+json", media);
    json_object_object_add(response, "content", content);
    json_object_object_add(section(a, "responses"), a->names[status], response);
}

static bool is_declared(struct json_object *responses, const char *code)
{
    char class[] = {code[0], 'X', 'X', '\0'};

    return jget(responses, code) || jget(responses, class);
}

/* Whether the rule, if its key ("todos.list_id, todos.title") names a table, is about one in the
 * text. */
static bool is_about(struct json_object *rule, const char *sql)
{
    const char *key = jget_text(rule, "key"), *dot = key ? strchr(key, '.') : NULL;
    struct slice word;

    while (dot && (word = next_word(&sql)).len)
        if (word.len == (size_t)(dot - key) && strncasecmp(word.data, key, word.len) == 0)
            return true;
    return !dot;
}

static void note_status(bool *can, struct json_object *answer)
{
    int64_t status = jget_int(answer, "status");

    if (status >= FIRST && status <= LAST)
        can[status] = true;
}

/* What x-tables and `else` make of failures, in the author's statuses. */
static void note_answers(struct adder *a, struct json_object *op, bool *can)
{
    struct json_object *sql = jget(op, "sql");

    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        struct json_object *step = jget_item(sql, "steps", i);
        const char *text = jget_text(step, "sql");

        note_status(can, jget(step, "else"));
        if (!text || !is_write(text))
            continue;
        for (size_t k = 0; k < json_object_array_length(a->rules); k++) {
            struct json_object *rule = json_object_array_get_idx(a->rules, k);

            if (is_about(rule, text))
                note_status(can, jget(rule, "answer"));
        }
    }
}

static void add_to_operation(struct adder *a, struct json_object *op, struct json_object *responses)
{
    bool can[LAST + 1] = {false};

    if (!json_object_is_type(responses, json_type_object) || jget(responses, "default"))
        return;
    for (size_t i = 0; i < sizeof(problems) / sizeof(*problems); i++)
        can[problems[i].status] = problems[i].can(op);
    note_answers(a, op, can);
    for (int status = FIRST; status <= LAST; status++) {
        char code[4];

        snprintf(code, sizeof(code), "%d", status);
        if (!can[status] || is_declared(responses, code))
            continue;
        if (!a->names[status])
            add_response(a, status);
        json_object_object_add(responses, code, make_ref(a, "responses", a->names[status]));
    }
}

/* The path item itself, where the tree has only a reference to it. */
static struct json_object *find_item(struct json_object *tree, const char *path)
{
    struct json_object *item = jget(jget(tree, "paths"), path), *target;
    const char *ref = jget_text(item, "$ref");

    return ref && *ref == '#' && json_pointer_get(tree, ref + 1, &target) == 0 ? target : item;
}

void problems_add(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct adder a = {.bundle = bundle, .tree = tree, .rules = jget(record, "rules")};

    for (size_t i = 0; i < jget_count(record, "operations"); i++) {
        struct json_object *op = jget_item(record, "operations", i);
        struct json_object *item = find_item(tree, jget_text(op, "path"));

        add_to_operation(&a, op, jget(jget(item, jget_text(op, "method")), "responses"));
    }
}
