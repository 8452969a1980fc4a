/* SPDX-License-Identifier: MIT */
/* Compares the form of errors of two documents (x-problems): its media type, its schema, and what
 * programs go by in the server's own errors. The texts are for people, and may change. */
#include "lib/api/compare/comparison.h"
#include "lib/api/problem/problem_format.h"
#include "lib/api/problem/problem_schema.h"
#include "lib/core/json/jget.h"

static void release_schema(void *schema)
{
    json_object_put(schema);
}

/* Compiles the schema of the errors of one side, of problem details if it has no x-problems. The
 * set knows schemas by their addresses, so it lives as long. */
static const struct schema *compile_form(struct published_side *side, struct json_object *problems)
{
    struct json_object *schema = problem_schema_make(problems);

    arena_defer(&side->arena, release_schema, schema);
    return published_side_schema(side, schema, COMPAT_RESPONSE);
}

static void compare_form(struct comparison *c, struct json_object *old, struct json_object *new)
{
    const char *was = problem_format_type_of(old), *is = problem_format_type_of(new);

    if (strcasecmp(was, is) != 0)
        comparison_say(c, true, "content", "was %s, is now %s", was, is);
    comparison_schemas(c, compile_form(c->old_side, old), compile_form(c->new_side, new),
                       COMPAT_RESPONSE);
}

/* Compares a text of the answer to a status, which may be absent. */
static void compare_text(struct comparison *c, const char *key, const char *was, const char *is)
{
    if ((was || is) && !(was && is && strcmp(was, is) == 0))
        comparison_say(c, true, "answers", "%s was %s, is now %s", key, was ? was : "the server's",
                       is ? is : "the server's");
}

static void compare_answer(struct comparison *c, const char *status, struct json_object *old,
                           struct json_object *new)
{
    c->where = comparison_place(c, "x-problems answers %s", status);
    compare_text(c, "code", jget_text(old, "code"), jget_text(new, "code"));
    compare_text(c, "name", jget_text(old, "name"), jget_text(new, "name"));
}

static void compare_answers(struct comparison *c, struct json_object *old, struct json_object *new)
{
    if (json_object_is_type(old, json_type_object)) {
        json_object_object_foreach(old, status, answer)
        {
            compare_answer(c, status, answer, jget(new, status));
        }
    }
    if (json_object_is_type(new, json_type_object)) {
        json_object_object_foreach(new, code, value)
        {
            if (!jget(old, code))
                compare_answer(c, code, NULL, value);
        }
    }
}

void comparison_problems(struct comparison *c, struct json_object *old, struct json_object *new)
{
    if (!old && !new)
        return;
    c->where = "x-problems";
    compare_form(c, old, new);
    if (old && new)
        compare_answers(c, jget(old, "answers"), jget(new, "answers"));
    c->where = "";
}
