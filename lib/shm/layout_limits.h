/* SPDX-License-Identifier: MIT */
/* The tables of shared memory that clients write to: what they have used up, and what they may not
 * any more. Part of layout.h. */
#ifndef LEAT_SHM_LAYOUT_LIMITS_H
#define LEAT_SHM_LAYOUT_LIMITS_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    SHM_LIMITS = 32768, /* keys in the share of one policy */
    SHM_LIMIT_WAYS = 8,
    SHM_POLICIES = 128, /* those of earlier configurations keep theirs */
    SHM_SHARES = SHM_POLICIES + 1,
    SHM_BANS = 1024,
    SHM_BAN_WAYS = 16,
    SHM_EPOCHS = 16384,
    SHM_TEXT = 64,        /* bytes of an address or a request id */
    SHM_POLICY_NAME = 72, /* a name of the configuration has at most 64 */
};

struct shm_limit {
    _Atomic uint64_t key;        /* 0: free */
    _Atomic uint64_t arrival_ns; /* theoretical arrival time of the next request (GCRA) */
};

/* What people see of a limit: written after it, and checked against its hash when it is read. */
struct shm_limit_name {
    _Atomic uint32_t is_set;
    char text[SHM_TEXT - 4];
};

/* The keys of one policy. No other policy's keys can push them out, whoever chooses those. */
struct shm_share {
    struct shm_limit limits[SHM_LIMITS];
    struct shm_limit_name names[SHM_LIMITS];
};

struct shm_policy {
    _Atomic uint64_t key; /* hash of its name; 0: free */
    char name[SHM_POLICY_NAME];
    _Atomic uint64_t allowed, refused;
    _Atomic uint64_t logged_ns; /* when a refusal was logged last */
};

struct shm_ban {
    _Atomic uint64_t key;
    _Atomic uint64_t until_ns;
    char text[SHM_TEXT];
};

/* How often something of an account was taken back; see epoch.h. */
struct shm_epochs {
    _Atomic uint64_t begun __attribute__((aligned(64)));
    _Atomic uint64_t of[SHM_EPOCHS] __attribute__((aligned(64)));
};

#endif
