/* SPDX-License-Identifier: MIT */
/*
 * The shared memory of a master and all its workers: one memory file, made once, kept across
 * reloads, crashes and binary upgrades. Fixed size, no pointers, 64-bit atomics; a worker killed
 * at any instruction leaves it usable. Pages that nobody touched cost nothing.
 *
 *     ┌────────┬────────┬─────────┬─────────┬────────────────────────────────────────────┐
 *     │ header │ master │ writer  │ tickets │ slots[SHM_SLOTS]: one a worker, each on    │
 *     │ magic  │ state, │ mutex,  │ ring of │ cache lines of its own: generation,        │
 *     │ size   │ counts │ commits │ keys    │ heartbeat, gauges, counts, busy mask       │
 *     ├────────┴────────┴─────────┴─────────┴────────────────────────────────────────────┤
 *     │ requests[SHM_SLOTS][SHM_REQUESTS]: what each worker is doing now                 │
 *     ├──────────────────────────────────────────────────────────────────────────────────┤
 *     │ operations[SHM_OPERATIONS]: method, route and id, found by their hash            │
 *     ├──────────────────────────────────────────────────────────────────────────────────┤
 *     │ stripes[SHM_OPERATIONS][SHM_STRIPES]: statuses and a latency histogram; the      │
 *     │ workers spread over the stripes, so that few share a cache line                  │
 *     ├──────────────────────────────────────────────────────────────────────────────────┤
 *     │ policies[SHM_POLICIES]: rate limits by name; shares[SHM_SHARES]: one a policy,   │
 *     │ one key and one theoretical arrival time a client; bans                          │
 *     ├──────────────────────────────────────────────────────────────────────────────────┤
 *     │ epochs.of[SHM_EPOCHS]: how often something of an account was taken back          │
 *     └──────────────────────────────────────────────────────────────────────────────────┘
 *
 * Limits, bans and epochs are drawn out in layout_limits.h. The verbs: shm.h (segment, slots,
 * writer), activity.h (requests), stats.h (operations), limit.h, ban.h, epoch.h, ticket.h,
 * metrics.h (all of it as text).
 *
 * Workers trust one another with it; the master, which may be root, trusts none: the size is
 * sealed, it reads no text and no index from here without a bound, and fences between the tables,
 * words that nobody writes, tell it where somebody did.
 */
#ifndef LEAT_SHM_LAYOUT_H
#define LEAT_SHM_LAYOUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "lib/shm/layout_limits.h"

enum {
    SHM_VERSION = 4,
    SHM_SLOTS = 2048,
    SHM_REQUESTS = 64, /* of one worker; more are not listed */
    SHM_OPERATIONS = 16384,
    SHM_STRIPES = 4,
    SHM_BUCKETS = 384, /* see stats.h */
    SHM_CLASSES = 6,   /* of statuses: 1xx at [1] … 5xx at [5] */
    SHM_TICKETS = 4,
};
#define SHM_MAGIC UINT64_C(0x314d48535441454c) /* "LEATSHM1" */

enum shm_count {
#define COUNT(name, metric, help) COUNT_##name,
#include "lib/shm/counts.def"
#undef COUNT
    COUNT_COUNT
};

/* The master's words, which nobody else writes, and which it does not read. */
struct shm_master {
#define FACT(type, name) _Atomic type name;
#include "lib/shm/facts.def"
#undef FACT
};

struct shm_writer {
    pthread_mutex_t lock;       /* robust, priority-inheriting: strictly first come, first served */
    _Atomic uint32_t holder;    /* pid, for people */
    _Atomic uint32_t is_broken; /* a worker found that it cannot be locked any more */
    _Atomic uint64_t commits __attribute__((aligned(64)));
};

struct shm_ticket {
    unsigned char name[16], aes[32], hmac[32];
};

/* Keys are made in turn; keys[newest % SHM_TICKETS] encrypts. 0: there is none yet. */
struct shm_tickets {
    _Atomic uint64_t newest;
    _Atomic uint64_t made_ns; /* clock_ns() of the newest */
    struct shm_ticket keys[SHM_TICKETS];
};

struct shm_slot {
    _Atomic uint64_t heartbeat_ns; /* clock_ns() of the worker's last turn of the loop */
    _Atomic uint32_t generation;   /* 0: the slot is free */
    _Atomic uint32_t in_flight;
    _Atomic uint32_t open_connections;
    _Atomic uint64_t memory;   /* of its own, bytes */
    _Atomic uint64_t buffered; /* what it holds for clients, bytes: limits.buffered */
    _Atomic uint64_t busy;     /* mask of its requests */
    _Atomic int32_t current;   /* the request that the loop is running now, or -1 */
    _Atomic uint64_t counts[COUNT_COUNT];
} __attribute__((aligned(128)));

enum shm_phase { SHM_HEAD, SHM_BODY, SHM_HANDLE, SHM_WRITE };

struct shm_request {
    _Atomic uint64_t started_ns;
    _Atomic uint32_t operation; /* index + 1; 0: not known */
    _Atomic uint32_t phase;     /* enum shm_phase */
    char client[SHM_TEXT];      /* NUL-terminated */
    char id[SHM_TEXT];
};

struct shm_operation {
    _Atomic uint64_t key;        /* hash of method and route; 0: free */
    _Atomic uint32_t stripes;    /* mask of those in use */
    _Atomic uint32_t generation; /* the newest that has it */
    char method[8];
    char route[116]; /* cut where it is longer */
    char id[92];
};

struct shm_stripe {
    _Atomic uint64_t classes[SHM_CLASSES];
    _Atomic uint64_t sum_us;
    _Atomic uint64_t buckets[SHM_BUCKETS];
} __attribute__((aligned(64)));

struct shm {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* bytes */
    struct shm_master master;
    struct shm_writer writer;
    struct shm_tickets tickets;
    uint64_t before_slots; /* this and the other fences are SHM_MAGIC */
    struct shm_slot slots[SHM_SLOTS];
    struct shm_request requests[SHM_SLOTS][SHM_REQUESTS];
    uint64_t before_operations;
    struct shm_operation operations[SHM_OPERATIONS];
    struct shm_stripe stripes[SHM_OPERATIONS][SHM_STRIPES];
    uint64_t before_limits;
    uint64_t hash_key[2]; /* of SipHash, for tables that clients fill */
    struct shm_policy policies[SHM_POLICIES];
    _Atomic uint64_t limits_evicted;     /* keys that made room before their time */
    struct shm_share shares[SHM_SHARES]; /* by policy; the last is for those that have no place */
    _Atomic uint64_t bans_until_ns;      /* when the last one is over */
    struct shm_ban bans[SHM_BANS];
    uint64_t before_epochs;
    struct shm_epochs epochs;
    uint64_t end;
};

#endif
