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
