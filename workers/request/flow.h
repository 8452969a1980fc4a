/* SPDX-License-Identifier: MIT */
/*
 * Takes a request through the layers, one after the other. Which they are is for workers/pipeline.c
 * to say; everything below it knows only how a layer ends, and how one that waited goes on.
 */
#ifndef LEAT_WORKERS_REQUEST_FLOW_H
#define LEAT_WORKERS_REQUEST_FLOW_H

#include "workers/request/request.h"

/* How a layer ends. */
enum flow {
    FLOW_NEXT, /* the next layer follows */
    FLOW_DONE, /* it replied; the request may be gone */
    FLOW_WAIT, /* it will call flow_resume(), or flow_run() to be entered again */
};

struct layer {
    const char *name;
    enum flow (*enter)(struct request *r);
};

/* Sets the layers, which are static, before the first request. */
void flow_open(const struct layer *layers, size_t count);
/* Enters the layer that the request stands at, and those behind it. */
void flow_run(struct request *r);
/* Goes on behind the layer that waited. */
void flow_resume(struct request *r);
/* Replies with the error; for `return flow_fail(r, ERR_…)`. */
enum flow flow_fail(struct request *r, enum err err);

#endif
