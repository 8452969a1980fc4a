/* SPDX-License-Identifier: MIT */
/* The order in which a request passes the layers; pipeline.c is the whole truth about it. */
#ifndef LEAT_WORKERS_PIPELINE_H
#define LEAT_WORKERS_PIPELINE_H

#include "workers/request/request.h"

enum flow {
    FLOW_NEXT, /* on to the next layer */
    FLOW_DONE, /* it replied */
    FLOW_WAIT, /* it will call pipeline_resume(), or pipeline_run() to be entered again */
};

/* Runs the layers from where the request stands. */
void pipeline_run(struct request *r);
/* Goes on behind the layer that waited. */
void pipeline_resume(struct request *r);
/* Replies with the error; for `return pipeline_fail(r, ERR_…)`. */
enum flow pipeline_fail(struct request *r, enum err err);

#endif
