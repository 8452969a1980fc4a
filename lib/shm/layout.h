/* SPDX-License-Identifier: MIT */
/*
 * The memory shared by a master and all its workers: one memory file, made once, and kept across
 * reloads, crashes and binary upgrades. Fixed size, no pointers, 64-bit atomics: a worker killed at
 * any instruction leaves it usable. Pages that were never touched cost nothing.
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
 *     │ epochs.of[SHM_EPOCHS]: revocations counted by account                            │
 *     └──────────────────────────────────────────────────────────────────────────────────┘
 *
 * layout_limits.h defines limits, bans and epochs, layout_counts.h counters, layout_database.h the
 * writer and the -wal. Functions: shm.h (segment, slots, writer), activity.h (requests), stats.h
 * (operations), metrics.h (all of it as text), and others by name.
 *
 * Workers trust one another with it. The master, which may be root, trusts no worker: the size is
 * sealed, texts and indices are read with bounds, and fences between the tables tell an overrun.
 */
#ifndef LEAT_SHM_LAYOUT_H
#define LEAT_SHM_LAYOUT_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/shm/layout_counts.h"
#include "lib/shm/layout_database.h"
#include "lib/shm/layout_limits.h"

enum {
    SHM_VERSION = 9,
    SHM_SLOTS = 2048,
    SHM_REQUESTS = 64, /* per worker; further requests run unlisted */
    SHM_OPERATIONS = 16384,
    SHM_STRIPES = 4,
    SHM_BUCKETS = 384, /* see stats.h */
    SHM_CLASSES = 6,   /* of statuses, from 1xx at [1] to 5xx at [5] */
    SHM_TICKETS = 4,
};
#define SHM_MAGIC UINT64_C(0x314d48535441454c) /* "LEATSHM1" */

struct shm_master { /* only the master writes it, and does not read it back */
#define FACT(type, name) _Atomic type name;
#include "lib/shm/facts.def"
#undef FACT
};

struct shm_ticket {
    unsigned char name[16], aes[32], hmac[32];
};

/* A ring of keys; keys[newest % SHM_TICKETS] encrypts. newest 0: there is no key yet. */
struct shm_tickets {
    _Atomic uint64_t newest;
    _Atomic uint64_t made_ns; /* clock_ns() when the newest was made */
    struct shm_ticket keys[SHM_TICKETS];
};

struct shm_slot {
    _Atomic uint64_t heartbeat_ns; /* clock_ns() of the loop's last iteration */
    _Atomic uint32_t generation;   /* 0 if the slot is free */
    _Atomic uint32_t pid;          /* of the worker */
    _Atomic uint32_t in_flight;
    _Atomic uint32_t open_connections;
    _Atomic uint32_t trouble;  /* with the database; see trouble.h */
    _Atomic uint64_t memory;   /* private memory, in bytes */
    _Atomic uint64_t buffered; /* bytes held for clients, see limits.buffered */
    _Atomic uint64_t busy;     /* mask of its entries in `requests` */
    _Atomic int32_t current;   /* the request that the loop is running now, or -1 */
    _Atomic uint64_t counts[COUNT_COUNT];
    _Atomic uint64_t gauges[GAUGE_COUNT];
} __attribute__((aligned(128)));

enum shm_phase { SHM_HEAD, SHM_BODY, SHM_HANDLE, SHM_WRITE };

struct shm_request {
    _Atomic uint64_t started_ns;
    _Atomic uint32_t operation; /* index + 1; 0 if unknown */
    _Atomic uint32_t phase;     /* enum shm_phase */
    char client[SHM_TEXT];      /* NUL-terminated */
    char id[SHM_TEXT];
};

struct shm_operation {
    _Atomic uint64_t key;        /* hash of method and route; 0 if free */
    _Atomic uint32_t stripes;    /* mask of the stripes in use */
    _Atomic uint32_t generation; /* the newest generation that has it */
    _Atomic uint64_t held_ns;    /* how long it held the writer, see writer_use.h */
    _Atomic uint64_t writes;     /* for which it did */
    char method[8];
    char route[116]; /* cut if longer */
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
    struct shm_wal wal;
    struct shm_tickets tickets;
    struct shm_reasons reasons;
    uint64_t before_slots; /* this and the other fences are SHM_MAGIC */
    struct shm_slot slots[SHM_SLOTS];
    struct shm_request requests[SHM_SLOTS][SHM_REQUESTS];
    uint64_t before_operations;
    struct shm_operation operations[SHM_OPERATIONS];
    struct shm_stripe stripes[SHM_OPERATIONS][SHM_STRIPES];
    uint64_t before_limits;
    uint64_t hash_key[2]; /* of hash_identity(), for the tables that clients fill */
    struct shm_policy policies[SHM_POLICIES];
    _Atomic uint64_t limits_evicted;     /* keys evicted before their time */
    struct shm_share shares[SHM_SHARES]; /* by policy; the last is for those without a place */
    _Atomic uint64_t bans_until_ns;      /* when the last ban ends */
    struct shm_ban bans[SHM_BANS];
    uint64_t before_epochs;
    struct shm_epochs epochs;
    uint64_t end;
};

#endif
