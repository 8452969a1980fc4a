/* SPDX-License-Identifier: MIT */
#include "workers/layers/layers.h"
#include "workers/request/places.h"

enum flow layer_take_place(struct request *r)
{
    return places_take(r) ? FLOW_NEXT : flow_fail(r, ERR_BUSY);
}
