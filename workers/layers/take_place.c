/* SPDX-License-Identifier: MIT */
#include "workers/layers/layers.h"
#include "workers/request/places.h"

enum flow layer_take_place(struct request *r)
{
    if (places_take(r))
        return FLOW_NEXT;
    r->reason = REASON_CONCURRENCY;
    return flow_fail(r, ERR_BUSY);
}
