/* SPDX-License-Identifier: MIT */
#include "workers/gauges.h"

#include <poll.h>
#include <sys/resource.h>

#include "workers/heap.h"
#include "workers/identity/auth.h"

enum { CHUNK = 256 };

/* Returns the number of open descriptors from `first` on, of at most CHUNK. poll(2) reports those
 * that are not open, in one call; /proc/self/fd is out of reach in the sandbox. */
static unsigned count_open(int first, int end)
{
    struct pollfd fds[CHUNK];
    unsigned count = 0, n = (unsigned)(end - first < CHUNK ? end - first : CHUNK);

    for (unsigned i = 0; i < n; i++)
        fds[i] = (struct pollfd){.fd = first + (int)i};
    if (poll(fds, n, 0) < 0)
        return 0;
    for (unsigned i = 0; i < n; i++)
        count += !(fds[i].revents & POLLNVAL);
    return count;
}

/* A new descriptor has the lowest free number, so a chunk without any is taken for the end. */
static void publish_descriptors(struct shm_slot *slot)
{
    struct rlimit limit;
    unsigned count = 0, found = 1;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    for (int first = 0; found && first < (int)limit.rlim_cur; first += CHUNK)
        count += found = count_open(first, (int)limit.rlim_cur);
    shm_set_gauge(slot, GAUGE_OPEN_FDS, count);
    shm_set_gauge(slot, GAUGE_MAX_FDS, limit.rlim_cur);
}

void gauges_tick(struct worker *w)
{
    uint64_t memory = heap_memory();
    const struct work_pool *hasher = w->auth ? w->auth->hasher : NULL;

    atomic_store_explicit(&w->slot->memory, memory, memory_order_relaxed);
    heap_tick(memory);
    publish_descriptors(w->slot);
    shm_set_gauge(w->slot, GAUGE_PASSWORDS_WAITING, hasher ? work_pending(hasher) : 0);
    if (w->db)
        db_watch(w->db);
}
