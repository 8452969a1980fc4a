/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/request/places.h"

enum flow layer_admit(struct request *r)
{
    struct worker *w = r->worker;

    if (!r->op->is_monitor) {
        if (w->in_flight >= w->limits.in_flight && !http_displace()) {
            shm_count(w->slot, COUNT_REFUSED_BUSY, 1);
            r->reason = REASON_IN_FLIGHT;
            return flow_fail(r, ERR_BUSY);
        }
        if (!places_have_room(r) || !http_has_room(r))
            return flow_fail(r, ERR_BUSY);
    }
    r->is_admitted = true;
    atomic_store_explicit(&w->slot->in_flight, ++w->in_flight, memory_order_relaxed);
    return FLOW_NEXT;
}
