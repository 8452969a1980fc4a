/* SPDX-License-Identifier: MIT */
#include "workers/request/places.h"

#include <assert.h>

static uint32_t places_of(const struct worker *w, const struct operation *op)
{
    return op->concurrency ? op->concurrency : w->limits.in_flight - w->limits.in_flight / 4;
}

void places_open(struct worker *w)
{
    w->places = arena_zalloc(&w->arena, (w->api->count + w->own_count + 1) * sizeof(*w->places));
    for (size_t i = 0; i < w->own_count; i++)
        w->places[w->own[i]->index].most = places_of(w, w->own[i]);
    for (size_t i = 0; i < w->api->count; i++)
        w->places[i].most = places_of(w, &w->api->operations[i]);
}

bool places_have_room(const struct request *r)
{
    const struct worker_places *p = &r->worker->places[r->op->index];

    if (p->taken < p->most || r->op->is_monitor)
        return true;
    shm_count(r->worker->slot, COUNT_REFUSED_OPERATION, 1);
    return false;
}

bool places_take(struct request *r)
{
    assert(!r->has_place);
    if (!places_have_room(r))
        return false;
    r->worker->places[r->op->index].taken++;
    r->has_place = true;
    return true;
}

void places_release(struct request *r)
{
    if (!r->has_place)
        return;
    assert(r->worker->places[r->op->index].taken);
    r->worker->places[r->op->index].taken--;
    r->has_place = false;
}
