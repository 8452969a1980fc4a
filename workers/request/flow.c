/* SPDX-License-Identifier: MIT */
#include "workers/request/flow.h"

#include <assert.h>

#include "workers/request/observe.h"
#include "workers/request/reply.h"

static const struct layer *layers;
static size_t layer_count;

void flow_open(const struct layer *all, size_t count)
{
    assert(all && count);
    layers = all;
    layer_count = count;
}

void flow_run(struct request *r)
{
    enum flow flow = FLOW_NEXT;
    struct worker *w = r->worker;

    assert(r->layer < layer_count && r->status == 0);
    observe_current(w, r); /* `r` must not be used: an answer may have freed it */
    while (flow == FLOW_NEXT && r->layer < layer_count) {
        flow = layers[r->layer].enter(r);
        if (flow == FLOW_NEXT)
            r->layer++;
    }
    assert(flow != FLOW_NEXT); /* the last layer answers, or waits */
    observe_current(w, NULL);
}

void flow_resume(struct request *r)
{
    r->layer++;
    flow_run(r);
}

enum flow flow_fail(struct request *r, enum err err)
{
    assert(err != OK);
    reply_error(r, err);
    return FLOW_DONE;
}
