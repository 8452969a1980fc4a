/* SPDX-License-Identifier: MIT */
#include "lib/shm/limit.h"

#include <stdbool.h>

/* The place of the key: its own, a free one, one whose time is past, or the one free soonest. */
static struct shm_limit *find(struct shm *shm, uint64_t key, uint64_t now_ns)
{
    uint64_t set = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    struct shm_limit *ways = &shm->limits[set % (SHM_LIMITS / SHM_LIMIT_WAYS) * SHM_LIMIT_WAYS];
    struct shm_limit *oldest = ways;
    uint64_t have;

    for (int i = 0; i < SHM_LIMIT_WAYS; i++)
        if (ways[i].key == key)
            return &ways[i];
    for (int i = 1; i < SHM_LIMIT_WAYS; i++)
        if (ways[i].arrival_ns < oldest->arrival_ns)
            oldest = &ways[i];
    have = oldest->key;
    if (atomic_compare_exchange_strong(&oldest->key, &have, key)) {
        uint64_t arrival = oldest->arrival_ns;

        /* A live key that made room leaves no debt behind. */
        if (arrival > now_ns)
            atomic_compare_exchange_strong(&oldest->arrival_ns, &arrival, now_ns);
    }
    return oldest; /* lost the race: shares the place for once */
}

uint64_t limit_take(struct shm *shm, uint64_t key, const struct limit_policy *policy,
                    uint64_t now_ns, uint64_t *remaining)
{
    struct shm_limit *l = find(shm, key, now_ns);
    uint64_t tolerance = policy->interval_ns * (policy->burst - 1);
    uint64_t have = l->arrival_ns, from, next;

    do {
        from = have > now_ns ? have : now_ns;
        if (from - now_ns > tolerance) {
            *remaining = 0;
            return from - now_ns - tolerance;
        }
        next = from + policy->interval_ns;
    } while (!atomic_compare_exchange_weak(&l->arrival_ns, &have, next));
    *remaining = policy->interval_ns ? (tolerance - (from - now_ns)) / policy->interval_ns : 0;
    return 0;
}

uint32_t limit_used(struct shm *shm, uint64_t now_ns)
{
    uint32_t used = 0;

    for (int i = 0; i < SHM_LIMITS; i++)
        used += shm->limits[i].key && shm->limits[i].arrival_ns > now_ns;
    return used;
}
