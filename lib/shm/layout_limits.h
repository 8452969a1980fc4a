/* SPDX-License-Identifier: MIT */
/* The tables of shared memory that client input reaches: rate limits, bans, epochs. Part of
 * layout.h. */
#ifndef LEAT_SHM_LAYOUT_LIMITS_H
#define LEAT_SHM_LAYOUT_LIMITS_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    SHM_LIMITS = 32768, /* keys in one policy's share */
    SHM_LIMIT_WAYS = 8,
    SHM_POLICIES = 128, /* policies of earlier configurations keep their entries */
    SHM_SHARES = SHM_POLICIES + 1,
    SHM_BANS = 1024,
    SHM_BAN_WAYS = 16,
    SHM_EPOCHS = 16384,
    SHM_TEXT = 64,        /* bytes of an address or a request id */
    SHM_POLICY_NAME = 72, /* names in the configuration have at most 64 */
};

struct shm_limit {
    _Atomic uint64_t key;        /* 0 if free */
    _Atomic uint64_t arrival_ns; /* theoretical arrival time of the next request (GCRA) */
};

/* The readable name of a key. It is written after the key, and checked against the key's hash when
 * read. */
struct shm_limit_name {
    _Atomic uint32_t is_set;
    char text[SHM_TEXT - 4];
};

/* The keys of one policy. Keys of other policies cannot evict them, whoever chooses those. */
struct shm_share {
    struct shm_limit limits[SHM_LIMITS];
    struct shm_limit_name names[SHM_LIMITS];
};

struct shm_policy {
    _Atomic uint64_t key; /* hash of the name; 0 if free */
    char name[SHM_POLICY_NAME];
    _Atomic uint64_t allowed, refused;
    _Atomic uint64_t logged_ns; /* when a refusal was last logged */
};

struct shm_ban {
    _Atomic uint64_t key;
    _Atomic uint64_t until_ns;
    char text[SHM_TEXT];
};

/* Counts the revocations of each account; see epoch.h. */
struct shm_epochs {
    _Atomic uint64_t begun __attribute__((aligned(64)));
    _Atomic uint64_t of[SHM_EPOCHS] __attribute__((aligned(64)));
};

#endif
