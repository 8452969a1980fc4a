/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/declared_errors.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/err.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/mark.h"
#include "lib/core/text/token.h"

enum { SAMPLE_DEPTH = 8, STEPS_MAX = 1 << 20 };

static void note_unsent(struct json_object *out, const char *code)
{
    struct json_object *list = jget(out, "unsent");

    if (!list) {
        list = json_object_new_array();
        json_object_object_add(out, "unsent", list);
    }
    json_object_array_add(list, json_object_new_string(code));
}

static bool is_problem(const char *type)
{
    struct slice rest = slice_of(type);

    return slice_is_nocase(token_take_media_type(&rest), "application/problem+json");
}

static struct json_object *find_problem(struct json_object *content)
{
    json_object_object_foreach(content, type, media)
    {
        if (is_problem(type))
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
    media = find_problem(content);
    schema = jget(media, "schema");
    if (!media) {
        diag_warn(l->diags, mark_key(response, "content"),
                  "content: is never sent; errors are application/problem+json (RFC 9457)");
        note_unsent(out, code);
    } else if (schema) {
        later = loader_compile_after(l, schema, SCHEMA_PLAIN);
        jput_text(later, "code", code);
        json_object_object_add(later, "record", json_object_get(out));
    }
}

/* Makes the least that a problem of that status has (workers/request/reply.c). */
static struct slice make_sample(struct loader *l, const char *code)
{
    int status = atoi(code) >= 400 ? atoi(code) : code[0] == '5' ? 500 : 400;

    return slice_of(arena_printf(&l->arena,
                                 "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                                 "\"error\":\"e\",\"request_id\":\"%s\"}",
                                 err_reason(status), status,
                                 "01890a5d-ac96-774b-bcce-b302099a8057"));
}

void declared_errors_judge(struct loader *l, struct json_object *later, const struct schema *schema)
{
    struct json_object *record = jget(later, "record");
    const char *code = jget_text(later, "code");
    struct violations found = {.arena = &l->arena};
    struct budget budget = budget_endless();
    struct jread_fault fault;
    struct jvalue sample;

    if (!record)
        return;
    budget.steps = STEPS_MAX;
    if (jread_value(make_sample(l, code), SAMPLE_DEPTH, &budget, &l->arena, &sample, &fault) &&
        !schema_check(schema, &sample, "", "", &budget, &found)) {
        diag_warn(l->diags, mark_where(jget(later, "schema")),
                  "schema: does not fit the problem details that are sent: %s%s%s",
                  found.items[0].pointer, *found.items[0].pointer ? ": " : "",
                  found.items[0].message);
        note_unsent(record, code);
    }
    json_object_object_del(later, "record");
}
