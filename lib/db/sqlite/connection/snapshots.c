/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/snapshots.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/shm/shm.h"

void snapshots_init(struct snapshots *all, struct shm *shm, struct shm_slot *slot)
{
    assert(shm);
    *all = (struct snapshots){.shm = shm, .slot = slot};
    pthread_mutex_init(&all->lock, NULL);
}

void snapshots_fini(struct snapshots *all)
{
    assert(!all->count);
    pthread_mutex_destroy(&all->lock);
}

/* Runs with the lock held. */
static void publish(struct snapshots *all)
{
    if (!all->slot)
        return;
    shm_set_gauge(all->slot, GAUGE_READS_RUNNING, all->count);
    shm_set_gauge(all->slot, GAUGE_OLDEST_READ, all->oldest ? all->oldest->begun_ns : 0);
}

void snapshot_begin(struct snapshot *s)
{
    struct snapshots *all = s->all;

    assert(all && !s->begun_ns);
    pthread_mutex_lock(&all->lock);
    s->begun_ns = clock_ns();
    s->older = all->newest;
    s->newer = NULL;
    *(all->newest ? &all->newest->newer : &all->oldest) = s;
    all->newest = s;
    all->count++;
    publish(all);
    pthread_mutex_unlock(&all->lock);
}

void snapshot_end(struct snapshot *s)
{
    struct snapshots *all = s->all;

    assert(s->begun_ns);
    pthread_mutex_lock(&all->lock);
    *(s->older ? &s->older->newer : &all->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &all->newest) = s->older;
    s->begun_ns = 0;
    assert(all->count);
    all->count--;
    publish(all);
    pthread_mutex_unlock(&all->lock);
}

bool snapshot_is_cut(const struct snapshot *s)
{
    assert(s->begun_ns);
    return s->begun_ns <=
           atomic_load_explicit(&s->all->shm->wal.cut_until_ns, memory_order_relaxed);
}

uint64_t snapshots_oldest(const struct shm *shm)
{
    return shm_gauge(shm, GAUGE_OLDEST_READ);
}

bool snapshots_cut_oldest(struct shm *shm)
{
    uint64_t oldest = snapshots_oldest(shm), until = atomic_load(&shm->wal.cut_until_ns);

    while (until < oldest && !atomic_compare_exchange_weak(&shm->wal.cut_until_ns, &until, oldest))
        ;
    return oldest;
}
