/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/raised.h"

#include <string.h>

void raised_answer(struct db_job *job, const char *message)
{
    const struct plan *plan = job->plan;
    const char *colon = strstr(message, ": ");
    struct slice code = {message, colon ? (size_t)(colon - message) : strlen(message)};

    for (size_t i = 0; i < plan->rule_count && !job->answer; i++)
        if (plan->rules[i].kind == RULE_RAISE && slice_is(code, plan->rules[i].key))
            job->answer = &plan->rules[i].answer;
    if (job->answer && colon && colon[2])
        job->raised = colon + 2;
}
