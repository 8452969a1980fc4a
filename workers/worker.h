/* SPDX-License-Identifier: MIT */
/*
 * One worker process: what every layer and handler may read. Set up once from the release, before
 * the first request; only the counters and the drain state change after.
 *
 *     start ──▶ READY ──▶ accepting ──DRAIN──▶ noticed ──notice──▶ closing ──nothing left──▶ exit
 *                                                 (accepting still)   └────── timeout ──────▶ exit
 */
#ifndef LEAT_WORKERS_WORKER_H
#define LEAT_WORKERS_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/api/operation.h"
#include "lib/core/cidr.h"
#include "lib/core/err.h"
#include "lib/db/db.h"
#include "lib/shm/shm.h"

enum worker_state { WORKER_STARTING, WORKER_ACCEPTING, WORKER_NOTICED, WORKER_CLOSING };

struct worker_listener {
    const char *address;
    int fd;
    struct cidr *trusted;
    size_t trusted_count;
};

struct worker_limits {
    size_t header_bytes, body_bytes;
    unsigned depth;
    uint32_t connections, in_flight;
};

struct worker_timeouts {
    uint64_t head_ns, body_ns, idle_ns, request_ns, write_ns;
    uint64_t notice_ns, grace_ns, drain_ns;
};

struct worker {
    struct json_object *release;
    struct json_object *config; /* borrowed from it */
    struct arena arena;
    struct api *api;
    struct db *db; /* NULL where no operation needs one */
    struct shm *shm;
    struct shm_slot *slot;
    struct worker_listener *listeners;
    size_t listener_count;
    struct worker_limits limits;
    struct worker_timeouts timeouts;
    bool logs_access;
    char cursor_key[32]; /* HMAC key of page cursors */
    enum worker_state state;
    uint64_t state_since_ns;
    uint32_t in_flight; /* requests that are being handled */
};

/* Runs a worker over the descriptors of lib/core/channel.h; returns the exit code. */
int worker_run(int slot, unsigned generation);

#endif
