/* SPDX-License-Identifier: MIT */
#include "workers/pipeline.h"

#include "workers/handlers/handlers.h"
#include "workers/layers/layers.h"
#include "workers/reply.h"

static const struct {
    const char *name;
    enum flow (*enter)(struct request *r);
} layers[] = {
    {"request id", layer_request_id}, /* so that every later line and answer can carry it */
    {"route", layer_route},           /* 400, 404, 405; HEAD and OPTIONS */
    {"admission", layer_admit},       /* 503 past limits.in-flight */
    {"read", layer_read},             /* the body as JSON: 400, 413, 415 */
    {"validate", layer_validate},     /* parameters and body by their schemas: 400, 422 */
    {"handle", handler_run},          /* SQL, a built-in, or 501 */
};

void pipeline_run(struct request *r)
{
    for (; r->layer < sizeof(layers) / sizeof(*layers); r->layer++)
        if (layers[r->layer].enter(r) != FLOW_NEXT)
            return;
}

void pipeline_resume(struct request *r)
{
    r->layer++;
    pipeline_run(r);
}

enum flow pipeline_fail(struct request *r, enum err err)
{
    reply_error(r, err);
    return FLOW_DONE;
}
