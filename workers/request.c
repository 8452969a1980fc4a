/* SPDX-License-Identifier: MIT */
/* Requests are kept on a free list, each with the first kilobytes of its arena inside: the usual
 * request allocates nothing. */
#include "workers/request.h"

#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "workers/observe.h"

enum { FREE_MAX = 256 };

struct slab {
    struct request request;
    char memory[REQUEST_ARENA] __attribute__((aligned(16)));
};

static struct request *free_list;
static unsigned free_count;

struct request *request_new(struct worker *worker)
{
    struct slab *slab = (struct slab *)(void *)free_list;

    if (slab) {
        free_list = slab->request.next_free;
        free_count--;
    } else if (!(slab = malloc(sizeof(*slab)))) {
        abort();
    }
    slab->request = (struct request){.worker = worker, .started_ns = clock_ns(), .activity = -1};
    arena_init_with(&slab->request.arena, slab->memory, sizeof(slab->memory));
    slab->request.violations.arena = &slab->request.arena;
    return &slab->request;
}

void request_free(struct request *r)
{
    struct worker *w = r->worker;

    if (r->status)
        observe_end(r);
    if (r->is_admitted)
        atomic_store(&w->slot->in_flight, --w->in_flight);
    json_object_put(r->body);
    for (size_t i = 0; r->parameters && i < r->op->parameter_count; i++)
        json_object_put(r->parameters[i].value);
    db_job_fini(&r->job);
    arena_fini(&r->arena);
    if (free_count == FREE_MAX) {
        free(r);
        return;
    }
    r->next_free = free_list;
    free_list = r;
    free_count++;
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
