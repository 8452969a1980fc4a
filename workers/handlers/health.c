/* SPDX-License-Identifier: MIT */
/* health.live: the loop turns. */
#include "workers/handlers/handlers.h"
#include "workers/reply.h"

enum flow handler_health(struct request *r)
{
    reply_json(r, r->op->status, SLICE_LIT("{\"status\":\"ok\"}"));
    return FLOW_DONE;
}
