/* SPDX-License-Identifier: MIT */
#include "server/generation/fleet.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/log.h"
#include "server/generation/generation.h"

static enum completion retire(struct fleet *f, struct generation *g, enum channel_type how)
{
    assert(g != f->current && g != f->starting);
    g->next = f->retiring;
    f->retiring = g;
    return generation_retire(g, how);
}

/* Switches to the generation's shared memory if it is new. */
static void switch_segment(struct fleet *f, struct segment *segment)
{
    assert(segment);
    if (segment != f->segment) {
        segment_release(&f->segment);
        f->segment = segment_keep(segment);
        log_warn("shm.renewed", "counters, rate limits, bans and revocations were reset");
    }
    f->ledger.shm = segment->shm;
}

enum completion fleet_promote(struct fleet *f)
{
    struct generation *g = f->starting, *old = f->current;

    assert(g && g != old && !f->is_stopping);
    f->starting = NULL;
    f->current = g;
    switch_segment(f, g->segment);
    f->level[0] = '\0';
    if (!f->start_config)
        f->start_config = json_object_get(g->config);
    generation_serve(g);
    return old ? retire(f, old, CHANNEL_RETIRE) : DONE;
}

void fleet_drop(struct fleet *f)
{
    struct generation *g = f->starting;

    assert(g);
    f->starting = NULL;
    retire(f, g, CHANNEL_RETIRE);
    generation_kill(g);
}

void fleet_retire(struct fleet *f, enum channel_type how)
{
    struct generation *g = f->current;

    assert(f->is_stopping);
    f->current = NULL;
    if (g)
        retire(f, g, how);
}

void fleet_kill(struct fleet *f)
{
    for (struct generation *g = f->retiring; g; g = g->next)
        generation_kill(g);
}

int fleet_tell(struct fleet *f, enum channel_type type)
{
    int untold = f->current ? generation_tell(f->current, type) : 0;

    if (f->starting)
        untold += generation_tell(f->starting, type);
    for (struct generation *g = f->retiring; g; g = g->next)
        untold += generation_tell(g, type);
    return untold;
}

static void each_child_of(const struct generation *g, void (*fn)(void *arg, struct child *c),
                          void *arg)
{
    for (struct child *c = g->children; c; c = c->next)
        fn(arg, c);
}

void fleet_each_child(const struct fleet *f, void (*fn)(void *arg, struct child *c), void *arg)
{
    if (f->current)
        each_child_of(f->current, fn, arg);
    if (f->starting)
        each_child_of(f->starting, fn, arg);
    for (const struct generation *g = f->retiring; g; g = g->next)
        each_child_of(g, fn, arg);
}

bool fleet_is_empty(const struct fleet *f)
{
    return !f->starting && !f->current && !f->retiring;
}

void fleet_forget(struct fleet *f, const struct generation *g)
{
    struct generation **at = &f->retiring;

    while (*at && *at != g)
        at = &(*at)->next;
    assert(*at);
    *at = (*at)->next;
    f->events->on_gone(f->owner);
}

void fleet_fini(struct fleet *f)
{
    assert(fleet_is_empty(f));
    json_object_put(f->start_config);
    segment_release(&f->segment);
    free(f->worker_file);
    f->start_config = NULL;
    f->worker_file = NULL;
}
