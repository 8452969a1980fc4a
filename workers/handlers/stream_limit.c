/* SPDX-License-Identifier: MIT */
/* Decides which lists may be streamed: those of which no byte depends on a later row. */
#include "workers/handlers/stream.h"

#include "lib/db/engine/page_cursor.h"
#include "workers/request/answer.h"
#include "workers/request/request.h"

/* Returns whether the head of the answer is known before the rows: no ETag, no Location, and the
 * outcome of no later step. */
static bool is_head_known(const struct operation *op)
{
    const struct plan *plan = op->plan;

    return plan->result + 1 == plan->step_count && !plan->etag && !op->has_digest &&
           !plan->location_count;
}

/* Returns whether the rows can be sent as they are read. A page that is walked backward is turned
 * round when it is complete. */
static bool is_in_order(const struct request *r)
{
    return r->op->envelope != ENVELOPE_NONE && !answer_is_judged(r) &&
           !plan_is_backward(r->op->plan, r->values);
}

void stream_limit(struct request *r)
{
    const struct plan *plan = r->op->plan;
    struct db_job *job = &r->job;

    if (plan->steps[plan->result].returns != PLAN_LIST)
        return;
    job->may_stream =
        !plan->is_write && !plan->has_current && is_head_known(r->op) && is_in_order(r);
    job->body_max = job->may_stream ? STREAM_BYTES : STREAM_WHOLE_MAX;
}
