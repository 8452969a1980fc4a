/* SPDX-License-Identifier: MIT */
#include "workers/handlers/blamed.h"

#include <assert.h>
#include <string.h>

#include "lib/core/json/pointer.h"
#include "lib/core/log.h"
#include "workers/request/reply.h"

/* Returns true if the client chose the value. */
static bool is_clients(const struct request *r, size_t value)
{
    const struct input *input = &r->op->inputs[value];

    assert(value < r->op->input_count);
    switch (input->from) {
    case INPUT_PARAMETER:
        return r->parameters[input->index].is_there;
    case INPUT_PROPERTY:
        return r->values[value].type != DB_ABSENT;
    case INPUT_SERVER:
        return input->server == SERVER_BODY || input->server == SERVER_HEADER ||
               input->server == SERVER_IF_MATCH;
    case INPUT_HAS:
    case INPUT_CURSOR:
        break;
    }
    return false;
}

/* Returns true if the step that failed has a value that the client chose. */
static bool has_clients(const struct request *r)
{
    const struct plan *plan = r->op->plan;
    const struct plan_step *step = &plan->steps[r->job.failed_step];
    bool is_result = r->job.failed_step == plan->result;

    for (size_t i = 0; i < step->bind_count; i++)
        if (!step->binds[i].is_step && is_clients(r, step->binds[i].index))
            return true;
    for (size_t i = 0; is_result && i < plan->filter_count; i++)
        if (is_clients(r, plan->filters[i].value))
            return true;
    return false;
}

/* Returns the name of the header that a value of the server was taken from. */
static const char *header_name(struct request *r, const struct input *input)
{
    char *name;

    if (input->server != SERVER_HEADER)
        return "If-Match";
    name = arena_strdup(&r->arena, input->argument);
    for (char *at = name; *at; at++)
        *at = *at == '_' ? '-' : *at;
    return name;
}

/* Adds the violation, at the place from which the value came. */
static void name_value(struct request *r, const struct input *input)
{
    const struct db_job *job = &r->job;
    bool is_refused = job->err != ERR_INTERNAL && job->err != ERR_VALUE; /* by a constraint */
    static const char *const places[] = {PARAMETER_PLACES(ENUM_TEXT)};
    struct buf *pointer = arena_buf(&r->arena);
    const struct parameter *parameter = &r->op->parameters[input->index];
    const char *in = "body";

    if (input->from == INPUT_PARAMETER) {
        in = places[parameter->in];
        pointer_put(pointer, slice_of(parameter->field.name));
    } else if (input->from == INPUT_PROPERTY) {
        pointer_put(pointer, slice_of(input->argument));
    } else if (input->server != SERVER_BODY) {
        in = "header";
        pointer_put(pointer, slice_of(header_name(r, input)));
    }
    violation_add(&r->violations, in, buf_text(pointer), is_refused ? job->keyword : "value", "%s",
                  is_refused ? err_text(job->err) : "cannot be processed");
}

bool blamed_answer(struct request *r)
{
    const struct db_job *job = &r->job;
    bool is_named = job->blame == BLAME_ONE && is_clients(r, job->blamed);

    if (is_named)
        name_value(r, &r->op->inputs[job->blamed]);
    if (job->err != ERR_INTERNAL || !(is_named || (job->blame == BLAME_SEVERAL && has_clients(r))))
        return false;
    log_info("db.value", "operation=%s cause=\"%s\" id=%s", r->op->id, job->cause, r->id);
    reply_problem(r, ERR_VALUE, NULL, NULL);
    return true;
}
