/* SPDX-License-Identifier: MIT */
/*
 * Takes a request through the layers, one after the other. workers/pipeline.c decides which they
 * are; everything below it knows only how a layer ends, and how one that waited continues.
 */
#ifndef LEAT_WORKERS_REQUEST_FLOW_H
#define LEAT_WORKERS_REQUEST_FLOW_H

#include "workers/request/request.h"

/* The ways in which a layer ends. */
enum flow {
    FLOW_NEXT, /* continue with the next layer */
    FLOW_DONE, /* it has answered; the request may have been freed */
    FLOW_WAIT, /* in a later turn of the loop it answers, or calls flow_resume(), or flow_run() to be
                  entered again */
};

struct layer {
    const char *name;
    enum flow (*enter)(struct request *r);
};

/* Sets the layers, a static table; call it before the first request. */
void flow_open(const struct layer *layers, size_t count);
/* Runs the layers from the one at which the request is. */
void flow_run(struct request *r);
/* Continues after the layer that waited. */
void flow_resume(struct request *r);
/* Answers with the error and returns FLOW_DONE; for `return flow_fail(r, ERR_…)`. */
enum flow flow_fail(struct request *r, enum err err);

#endif
