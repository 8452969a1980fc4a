/* SPDX-License-Identifier: MIT */
/* Keeps requests on a free list, each with the first kilobytes of its arenas inside, so that a
 * typical request allocates nothing. */
#include "workers/request/request.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "workers/request/observe.h"
#include "workers/request/places.h"

enum { FREE_MAX = 256 };

struct slab {
    struct request request;
    char memory[REQUEST_ARENA] __attribute__((aligned(16)));
    char body_memory[REQUEST_BODY_ARENA] __attribute__((aligned(16)));
};

static struct request *free_list;
static unsigned free_count;

struct request *request_new(struct worker *worker)
{
    struct slab *slab = (struct slab *)(void *)free_list;

    assert(!slab == !free_count);
    if (slab) {
        free_list = slab->request.next_free;
        free_count--;
    } else {
        slab = xmalloc(sizeof(*slab));
    }
    memset(&slab->request, 0, offsetof(struct request, violations.items));
    slab->request.worker = worker;
    slab->request.started_ns = clock_ns();
    slab->request.activity = -1;
    arena_init_with(&slab->request.arena, slab->memory, sizeof(slab->memory));
    arena_init_with(&slab->request.body_arena, slab->body_memory, sizeof(slab->body_memory));
    slab->request.budget = worker->limits.bodiless;
    slab->request.violations.arena = &slab->request.arena;
    return &slab->request;
}

void request_finish(struct request *r)
{
    struct worker *w = r->worker;

    assert(!r->is_finished && (!r->is_admitted || w->in_flight));
    r->is_finished = true;
    if (r->status)
        observe_end(r);
    else
        observe_unanswered(r);
    places_release(r);
    if (r->is_admitted)
        atomic_store(&w->slot->in_flight, --w->in_flight);
}

void request_free(struct request *r)
{
    assert(r->worker && free_count <= FREE_MAX);
    if (!r->is_finished)
        request_finish(r);
    db_job_fini(&r->job);
    arena_fini(&r->body_arena);
    arena_fini(&r->arena);
    if (free_count == FREE_MAX) {
        free(r);
        return;
    }
    r->next_free = free_list;
    free_list = r;
    free_count++;
}

void request_drop_body(struct request *r)
{
    r->body = (struct jvalue){0};
    arena_fini(&r->body_arena);
}

enum err request_overspent(struct request *r)
{
    const char *keyword = budget_keyword(&r->budget);
    struct violations *v = &r->violations;

    assert(r->budget.end == BUDGET_ENOUGH || keyword[0]);
    if (r->budget.end == BUDGET_ENOUGH)
        return OK;
    if (v->count > VIOLATIONS_MAX)
        v->count = VIOLATIONS_MAX;
    if (!v->count || strcmp(v->items[v->count - 1].keyword, keyword) != 0) {
        v->count -= v->count == VIOLATIONS_MAX;
        violation_add(v, r->raw_body.len ? "body" : "query", "", keyword, "%s",
                      budget_text(&r->budget, &r->arena));
    }
    return r->budget.end == BUDGET_VALUES || r->budget.end == BUDGET_BYTES ? ERR_BODY_SIZE
                                                                           : ERR_INVALID;
}

void request_fini(void)
{
    while (free_list) {
        struct request *next = free_list->next_free;

        free(free_list);
        free_list = next;
    }
    free_count = 0;
}
