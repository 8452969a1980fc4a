/* SPDX-License-Identifier: MIT */
/*
 * Rate limits by GCRA: one 64-bit theoretical arrival time a key and one compare-and-swap a
 * request, shared by all workers. Each policy has a share of SHM_LIMITS entries for its keys, so
 * that a client who can choose keys of one policy (a header, addresses of an IPv6 network) cannot
 * evict another policy's. Within a share a secret hash assigns each key a set of SHM_LIMIT_WAYS
 * entries; when all of them are in use, the one that expires soonest is evicted, and counted.
 */
#ifndef LEAT_SHM_LIMIT_H
#define LEAT_SHM_LIMIT_H

#include <stdbool.h>

#include "lib/core/slice.h"
#include "lib/shm/layout.h"

struct limit_policy {
    uint64_t interval_ns; /* between two requests at the sustained rate */
    uint64_t burst;       /* requests allowed at once, at least 1 */
    uint64_t cost;        /* what one request counts for, at most the burst; 0 means 1 */
};

/* The share of all policies that found the table full. They still limit, but are not counted or
 * shown. */
enum { LIMIT_UNLISTED = SHM_POLICIES };

/* Finds the policy by name or enters it. Returns its number, which the other functions take, or
 * LIMIT_UNLISTED. */
int limit_enter(struct shm *shm, const char *name);
/* Copies the name of policy number `place`, NUL-terminated whatever the memory holds. Returns false
 * if it is free. */
bool limit_read_policy(struct shm *shm, int place, char name[static SHM_POLICY_NAME]);
/* Hashes `text` ("ip:192.0.2.1") to its key in a policy; the hash is keyed, so that clients cannot
 * find collisions. Never 0. */
uint64_t limit_key(struct shm *shm, const char *policy, struct slice text);

/* Takes one request of `key` at `now_ns`. Returns 0 if it is allowed, otherwise the nanoseconds
 * until it would be, and sets *remaining to how many more are allowed at once. */
uint64_t limit_take(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule,
                    uint64_t now_ns, uint64_t *remaining);
/* Returns how long the next request would have to wait, without taking one. */
uint64_t limit_wait(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule,
                    uint64_t now_ns);
/* Gives back a request that was allowed. Does nothing if the key was evicted meanwhile. */
void limit_give_back(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule);
/* Count a request that the policy allowed, or refused. */
void limit_allow(struct shm *shm, int policy);
/* Returns true if the refusal should be logged: once a second for each policy, among all
 * workers. */
bool limit_refuse(struct shm *shm, int policy, uint64_t now_ns);
/* Sets the readable name of a key. Does nothing if the key was evicted meanwhile. */
void limit_name(struct shm *shm, int policy, uint64_t key, struct slice text);
/* Resets a key to its full burst. Returns false if there is no such key. */
bool limit_forget(struct shm *shm, int policy, uint64_t key);

/* Return the number of keys that have used part of their limit at `now_ns`, in one policy and in
 * all. */
uint32_t limit_used_by(struct shm *shm, int policy, uint64_t now_ns);
uint32_t limit_used(struct shm *shm, uint64_t now_ns);

/* One of these keys, for display. */
struct limit_entry {
    uint64_t until_ns; /* when its full burst is available again */
    char text[SHM_TEXT];
};

/* Copies entry number `i` (0 … SHM_LIMITS - 1) of a policy that was entered. Returns false if it is
 * free or unnamed. */
bool limit_read(struct shm *shm, int policy, uint32_t i, uint64_t now_ns, struct limit_entry *out);

#endif
