/* SPDX-License-Identifier: MIT */
/*
 * Rate limits by GCRA: one 64-bit theoretical arrival time a key, one compare-and-swap a request,
 * shared by all workers. A key lives in one of SHM_LIMIT_WAYS places; where all are in use, the
 * one that is free soonest makes room.
 */
#ifndef LEAT_SHM_LIMIT_H
#define LEAT_SHM_LIMIT_H

#include "lib/shm/layout.h"

struct limit_policy {
    uint64_t interval_ns; /* between two requests of the sustained rate */
    uint64_t burst;       /* requests at once, at least 1 */
};

/* Takes one request of `key` (a hash of client and policy, not 0) at `now_ns`. 0: it is allowed;
 * otherwise the nanoseconds until one would be. *remaining: how many more at once. */
uint64_t limit_take(struct shm *shm, uint64_t key, const struct limit_policy *policy,
                    uint64_t now_ns, uint64_t *remaining);
/* Gives one request of `key` back, which was allowed with that interval. */
void limit_give_back(struct shm *shm, uint64_t key, uint64_t interval_ns);
/* Keys whose limit is partly used up at `now_ns`. */
uint32_t limit_used(struct shm *shm, uint64_t now_ns);

#endif
