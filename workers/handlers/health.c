/* SPDX-License-Identifier: MIT */
#include "workers/handlers/handlers.h"
#include "workers/request/reply.h"

/* health.live: answers as long as the loop turns. */
enum flow handler_live(struct request *r)
{
    reply_json(r, r->op->status, SLICE_LIT("{\"status\":\"ok\"}"));
    return FLOW_DONE;
}

/* health.ready: answers whether requests are welcome. Only a drain that ends Leat as a whole
 * counts; when a generation drains, the next one takes over, and load balancers need not know. */
enum flow handler_ready(struct request *r)
{
    struct worker *w = r->worker;

    if (atomic_load(&w->shm->master.is_stopping))
        return flow_fail(r, ERR_DRAINING);
    if (w->db && !db_is_ready(w->db))
        return flow_fail(r, ERR_UNREADY);
    reply_json(r, r->op->status, SLICE_LIT("{\"status\":\"ready\"}"));
    return FLOW_DONE;
}
