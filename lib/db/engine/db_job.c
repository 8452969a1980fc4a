/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/db.h"

void db_job_fini(struct db_job *job)
{
    buf_fini(&job->body);
    buf_fini(&job->next);
    buf_fini(&job->previous);
    buf_fini(&job->location);
    buf_fini(&job->etag);
}

void db_job_reset(struct db_job *job)
{
    job->err = OK;
    job->extent = READ_UNKNOWN;
    job->answer = NULL;
    job->raised = NULL;
    job->keyword = NULL;
    job->cause[0] = '\0';
    job->foreign = NULL;
    job->blame = BLAME_NONE;
    job->is_stale = job->has_failed_on_value = job->is_locked_out = job->is_long = false;
    job->is_too_old = false;
    job->changes = 0;
    job->bound = 0;
    job->rows = 0;
    job->total = 0;
    job->body.len = job->next.len = job->previous.len = job->location.len = job->etag.len = 0;
}
