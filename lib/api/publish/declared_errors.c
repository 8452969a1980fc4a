/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/declared_errors.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/api/problem/problem_format.h"
#include "lib/api/problem/problem_schema.h"
#include "lib/core/err.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/mark.h"
#include "lib/core/text/token.h"

enum { SAMPLE_DEPTH = 32, STEPS_MAX = 1 << 20 };

static void note_unsent(struct json_object *out, const char *code)
{
    struct json_object *list = jget(out, "unsent");

    if (!list) {
        list = json_object_new_array();
        json_object_object_add(out, "unsent", list);
    }
    json_object_array_add(list, json_object_new_string(code));
}

/* Returns the media type object of the type that errors have. */
static struct json_object *find_sent(struct loader *l, struct json_object *content)
{
    const char *sent = problem_format_type_of(l->problems);

    json_object_object_foreach(content, type, media)
    {
        struct slice rest = slice_of(type);

        if (slice_is_nocase(token_take_media_type(&rest), sent))
            return media;
    }
    return NULL;
}

void declared_errors_check(struct loader *l, const char *code, struct json_object *response,
                           struct json_object *out)
{
    struct json_object *content = jget(response, "content"), *media, *schema, *later;

    if (!slice_is_choice("4|5|d", (char[]){code[0], '\0'}))
        return;
    if (!json_object_is_type(content, json_type_object) || !json_object_object_length(content)) {
        note_unsent(out, code);
        return;
    }
    media = find_sent(l, content);
    schema = jget(media, "schema");
    if (!media) {
        diag_warn(l->diags, mark_key(response, "content"),
                  "content: is never sent; errors are %s (%s)", problem_format_type_of(l->problems),
                  l->problems ? extension_name(EXTENSION_PROBLEMS) : "RFC 9457");
        note_unsent(out, code);
    } else if (schema) {
        later = loader_compile_after(l, schema, SCHEMA_PLAIN);
        jput_text(later, "code", code);
        json_object_object_add(later, "record", json_object_get(out));
    }
}

static const char request_id[] = "01890a5d-ac96-774b-bcce-b302099a8057";

/* Makes the least that a problem of that status has (workers/request/problem.c). */
static struct slice sample_problem(struct loader *l, int status)
{
    return slice_of(arena_printf(&l->arena,
                                 "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                                 "\"error\":\"e\",\"request_id\":\"%s\"}",
                                 err_reason(status), status, request_id));
}

/* Makes an error of that status in the document's own form. */
static struct slice sample_error(struct loader *l, int status, bool has_violation)
{
    struct violations *v = arena_zalloc(&l->arena, sizeof(*v));
    struct buf *out = arena_buf(&l->arena);

    v->arena = &l->arena;
    if (has_violation)
        violation_add(v, "body", "/member", "rule", "e");
    problem_format_write(l->format,
                         &(struct problem){.status = status,
                                           .fallback = "e",
                                           .word = "code",
                                           .request_id = request_id,
                                           .violations = v},
                         &l->arena, out);
    return buf_slice(out);
}

/* Returns true if the violation is one of the sample's value alone: another error of that status may
 * have a text that the schema allows. */
static bool is_accidental(struct loader *l, const struct violation *v)
{
    static const char about_values[] = "const|enum|format|maxLength|minLength|pattern";
    struct json_object *body, *at = NULL;
    const char *text;
    bool is_literal;

    if (!l->problems || !slice_is_choice(about_values, v->keyword))
        return false;
    body = problem_format_body(l->problems);
    is_literal = json_pointer_get(body, v->pointer, &at) == 0 &&
                 !((text = jslice(at).data) && strchr(text, '$'));
    json_object_put(body);
    return !is_literal;
}

/* Returns how the sample differs from the schema, or NULL. */
static const char *find_difference(struct loader *l, struct slice sample,
                                   const struct schema *schema)
{
    struct violations found = {.arena = &l->arena};
    struct budget budget = budget_endless();
    struct jread_fault fault;
    struct jvalue value;

    budget.steps = STEPS_MAX;
    if (!jread_value(sample, SAMPLE_DEPTH, &budget, &l->arena, &value, &fault) ||
        schema_check(schema, &value, "", "", &budget, &found))
        return NULL;
    for (size_t i = 0; i < found.count && i < VIOLATIONS_MAX; i++) {
        const struct violation *v = &found.items[i];

        if (!is_accidental(l, v))
            return arena_printf(&l->arena, "%s%s%s", v->pointer, *v->pointer ? ": " : "",
                                v->message);
    }
    return NULL;
}

/* Compares the schema of errors in the document's own form with one that has no violations, one that
 * has some if that is usual for the status, and with the members of both. */
static const char *find_own_difference(struct loader *l, const char *code, int status,
                                       const struct schema *schema)
{
    const char *text = find_difference(l, sample_error(l, status, false), schema), *unsent;

    if (!text && slice_is_choice("400|409|422|4XX|4xx|default", code))
        text = find_difference(l, sample_error(l, status, true), schema);
    if (text)
        return text;
    unsent = problem_schema_unsent(l->problems, schema, &l->arena);
    return unsent ? arena_printf(&l->arena, "%s: is never sent", unsent) : NULL;
}

void declared_errors_judge(struct loader *l, struct json_object *later, const struct schema *schema)
{
    struct json_object *record = jget(later, "record");
    const char *code = jget_text(later, "code"), *difference;
    int status;

    if (!record)
        return;
    status = atoi(code) >= 400 ? atoi(code) : code[0] == '5' ? 500 : 400;
    difference = l->problems ? find_own_difference(l, code, status, schema)
                             : find_difference(l, sample_problem(l, status), schema);
    if (difference) {
        diag_warn(l->diags, mark_where(jget(later, "schema")),
                  l->problems ? "schema: does not fit the errors of x-problems: %s"
                              : "schema: does not fit the problem details that are sent: %s",
                  difference);
        note_unsent(record, code);
    }
    json_object_object_del(later, "record");
}
