/* SPDX-License-Identifier: MIT */
/*
 * Rate limits by GCRA: one 64-bit theoretical arrival time a key, one compare-and-swap a request,
 * shared by all workers. Each policy has a share of SHM_LIMITS places for its keys, so that a
 * client who may choose the keys of one policy (a header, a network of IPv6) pushes out none of
 * another's. In a share a key lives in one of SHM_LIMIT_WAYS places, which a secret hash chooses;
 * where all of them are in use, the one that is free soonest makes room, and is counted.
 */
#ifndef LEAT_SHM_LIMIT_H
#define LEAT_SHM_LIMIT_H

#include <stdbool.h>

#include "lib/core/slice.h"
#include "lib/shm/layout.h"

struct limit_policy {
    uint64_t interval_ns; /* between two requests of the sustained rate */
    uint64_t burst;       /* requests at once, at least 1 */
    uint64_t cost;        /* how many one counts for, at most the burst; 0 is 1 */
};

/* The share of those policies for which there was no place any more: they limit, but are not
 * counted or shown. */
enum { LIMIT_UNLISTED = SHM_POLICIES };

/* Finds the policy by its name, or enters it: the number that the other functions take. */
int limit_enter(struct shm *shm, const char *name);
/* Copies the name of the policy at `place`, terminated, whatever stands there; false: the place is
 * free. */
bool limit_read_policy(struct shm *shm, int place, char name[static SHM_POLICY_NAME]);
/* The key of `text` ("ip:192.0.2.1") in a policy, hashed so that no client chooses what collides.
 * Not 0. */
uint64_t limit_key(struct shm *shm, const char *policy, struct slice text);

/* Takes one request of `key` at `now_ns`. 0: it is allowed; otherwise the nanoseconds until it
 * would be. *remaining: how many more at once. */
uint64_t limit_take(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule,
                    uint64_t now_ns, uint64_t *remaining);
/* How long one would have to wait; takes nothing. */
uint64_t limit_wait(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule,
                    uint64_t now_ns);
/* Undoes a request that was allowed; of one that was forgotten meanwhile nothing is left to undo.
 */
void limit_give_back(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule);
/* Counts a request that was let through by the policy, or refused. */
void limit_allow(struct shm *shm, int policy);
/* True: it is worth a line in the log, one a second and policy among all workers. */
bool limit_refuse(struct shm *shm, int policy, uint64_t now_ns);
/* Says what the key is called, for people. A key that made room meanwhile stays nameless. */
void limit_name(struct shm *shm, int policy, uint64_t key, struct slice text);
/* Makes all of a key's requests undone; false where it is not there. */
bool limit_forget(struct shm *shm, int policy, uint64_t key);

/* Keys of the policy whose limit is partly used up at `now_ns`, and those of all policies. */
uint32_t limit_used_by(struct shm *shm, int policy, uint64_t now_ns);
uint32_t limit_used(struct shm *shm, uint64_t now_ns);

/* One of them, for people. */
struct limit_entry {
    uint64_t until_ns; /* when it has its full burst again */
    char text[SHM_TEXT];
};

/* Copies entry number `i` (0 … SHM_LIMITS - 1) of a policy that was entered; false where it is free
 * or has no name. */
bool limit_read(struct shm *shm, int policy, uint32_t i, uint64_t now_ns, struct limit_entry *out);

#endif
