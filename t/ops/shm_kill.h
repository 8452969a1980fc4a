/* SPDX-License-Identifier: MIT */
/*
 * Shared by the master and the workers of shm_kill. After each act a worker records it in the
 * ledger, so that ledger and shared memory differ by at most one act for each worker that was
 * killed, and one for each that is running.
 */
#ifndef LEAT_T_OPS_SHM_KILL_H
#define LEAT_T_OPS_SHM_KILL_H

#include <stdbool.h>

#include "lib/core/clock.h"
#include "lib/shm/limit.h"
#include "lib/shm/shm.h"

#define CHECKS(X)                                                                                  \
    X(DEATHS, "a worker dies of nothing but the kill")                                             \
    X(SLOTS, "slots come back, clean")                                                             \
    X(ACTIVITY, "requests can be read, and are gone with their worker")                            \
    X(TOTALS, "totals never go down, and nothing is lost")                                         \
    X(STATS, "classes, buckets and answers agree but for the killed")                              \
    X(OPERATIONS, "no operation is entered twice")                                                 \
    X(NAMES, "an operation keeps its names")                                                       \
    X(LIMITS, "limits let through what the policy allows")                                         \
    X(DEBTS, "no debt outlives the policy")                                                        \
    X(REVOKED, "what is remembered of an account is no older than what was told")                  \
    X(LOCK, "the writer is free within a second of every kill")                                    \
    X(COMMITS, "one writes at a time, and whoever comes after a dead one is told")                 \
    X(TICKETS, "ticket keys are found")                                                            \
    X(METRICS, "metrics are well formed")

enum check {
#define X(name, text) name,
    CHECKS(X)
#undef X
        CHECK_COUNT
};

enum {
    WORKERS = 4,
    LASTING = 8,      /* operations that are called all the time */
    NAMES_MAX = 4008, /* the others are new, one every NAME_MS */
    NAME_MS = 16,
    EPOCHS = 400000, /* of a ms each, with a client that all workers meet for the first time */
    CLIENTS = 4,     /* permanent ones */
    BURST = 5,
    ACCOUNTS = 4,
    LASTING_POLICY = 0,
    NEWCOMERS_POLICY = 1,
};

struct ledger {
    _Atomic uint64_t counted, recorded, committed, granted[CLIENTS];
    _Atomic uint64_t revoked[ACCOUNTS]; /* the number in the database of an account, */
    _Atomic uint64_t told[ACCOUNTS];    /* and the number that every worker must know */
    uint64_t left, right; /* equal whenever the writer is unlocked, unless its holder died */
    _Atomic uint32_t newcomer[EPOCHS], kills[EPOCHS];
    _Atomic int32_t operations[NAMES_MAX]; /* index + 1 */
    _Atomic uint32_t failures[CHECK_COUNT];
    char why[CHECK_COUNT][160]; /* the first failure of each */
};

extern struct shm *shm;
extern struct ledger *ledger;
extern uint64_t start_ns;
extern const struct limit_policy newcomers, lasting;

/* Records a failure, the first of which is printed. Any process may call it. */
void check(enum check what, bool is_ok, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
uint64_t elapsed_ms(void);
/* Returns that time at `now_ns`, of clock_ns(). */
uint64_t elapsed_ms_at(uint64_t now_ns);
/* Records that every worker knows the account's number from the database. */
void tell(int account, uint64_t revoked);
void random_seed(void);
uint64_t random_below(uint64_t n);
/* Returns the hash of client `n`: the permanent CLIENTS, then one each ms. */
uint64_t key_of(uint64_t n);

/* Enters operation `name`, as any worker and any reload does. */
int enter(unsigned name);
/* Takes the writer's lock, commits and releases it; a failure to get it within `timeout_ns` fails
 * LOCK. */
void use_writer(uint64_t timeout_ns);
/* Works until it is killed. */
_Noreturn void work(int slot);

#endif
