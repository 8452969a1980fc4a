/* SPDX-License-Identifier: MIT */
#include "lib/shm/limit.h"

#include <stdbool.h>

/* The place of the key: its own; else the first whose time is past, so that all who look for the
 * same new key choose the same place; else the one that is free soonest. */
static struct shm_limit *choose(struct shm_limit *ways, uint64_t key, uint64_t now_ns)
{
    struct shm_limit *soonest = ways;

    for (int i = 0; i < SHM_LIMIT_WAYS; i++)
        if (ways[i].key == key)
            return &ways[i];
    for (int i = 0; i < SHM_LIMIT_WAYS; i++) {
        if (ways[i].arrival_ns <= now_ns)
            return &ways[i];
        if (ways[i].arrival_ns < soonest->arrival_ns)
            soonest = &ways[i];
    }
    return soonest;
}

/* Whether another worker brought the key in at the same moment, at a place that comes before ours:
 * one that was used already, or the first. */
static bool is_late(const struct shm_limit *ways, const struct shm_limit *ours, uint64_t key,
                    uint64_t now_ns)
{
    for (const struct shm_limit *l = ways; l < ways + SHM_LIMIT_WAYS; l++)
        if (l != ours && l->key == key && (l < ours || l->arrival_ns > now_ns))
            return true;
    return false;
}

static struct shm_limit *find(struct shm *shm, uint64_t key, uint64_t now_ns)
{
    uint64_t set = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    struct shm_limit *ways = &shm->limits[set % (SHM_LIMITS / SHM_LIMIT_WAYS) * SHM_LIMIT_WAYS];

    for (;;) {
        struct shm_limit *l = choose(ways, key, now_ns);
        uint64_t have = l->key, arrival = l->arrival_ns;

        if (have == key)
            return l;
        if (arrival > now_ns && choose(ways, key, now_ns) != l)
            continue; /* it came to life since */
        if (!atomic_compare_exchange_strong(&l->key, &have, key))
            continue; /* somebody was faster, perhaps for the same key */
        if (is_late(ways, l, key, now_ns)) {
            have = key;
            atomic_compare_exchange_strong(&l->key, &have, 0);
            continue;
        }
        /* A live key that made room leaves no debt behind. */
        if (arrival > now_ns)
            atomic_compare_exchange_strong(&l->arrival_ns, &arrival, now_ns);
        return l;
    }
}

/* The request at its place: 0, or how long it must wait. */
static uint64_t take(struct shm_limit *l, const struct limit_policy *policy, uint64_t now_ns,
                     uint64_t *remaining)
{
    uint64_t have = l->arrival_ns, from, tolerance;

    if (__builtin_mul_overflow(policy->interval_ns, policy->burst - 1, &tolerance))
        tolerance = UINT64_MAX / 2; /* centuries */
    do {
        from = have > now_ns ? have : now_ns;
        if (from - now_ns > tolerance) {
            *remaining = 0;
            return from - now_ns - tolerance;
        }
    } while (!atomic_compare_exchange_weak(&l->arrival_ns, &have, from + policy->interval_ns));
    *remaining = policy->interval_ns ? (tolerance - (from - now_ns)) / policy->interval_ns : 0;
    return 0;
}

uint64_t limit_take(struct shm *shm, uint64_t key, const struct limit_policy *policy,
                    uint64_t now_ns, uint64_t *remaining)
{
    struct shm_limit *l;
    uint64_t wait;

    do {
        l = find(shm, key, now_ns);
        wait = take(l, policy, now_ns, remaining);
    } while (l->key != key); /* it was taken for dead before this request showed that it lives */
    return wait;
}

void limit_give_back(struct shm *shm, uint64_t key, uint64_t interval_ns)
{
    uint64_t set = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    struct shm_limit *ways = &shm->limits[set % (SHM_LIMITS / SHM_LIMIT_WAYS) * SHM_LIMIT_WAYS];

    for (int i = 0; i < SHM_LIMIT_WAYS; i++)
        if (ways[i].key == key)
            atomic_fetch_sub(&ways[i].arrival_ns, interval_ns);
}

uint32_t limit_used(struct shm *shm, uint64_t now_ns)
{
    uint32_t used = 0;

    for (int i = 0; i < SHM_LIMITS; i++)
        used += shm->limits[i].key && shm->limits[i].arrival_ns > now_ns;
    return used;
}
