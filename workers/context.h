/* SPDX-License-Identifier: MIT */
/*
 * Holds what every layer and handler of a worker may read. It is set up once from the release,
 * before the first request; only the counters and the drain state (worker.h) change afterwards.
 */
#ifndef LEAT_WORKERS_CONTEXT_H
#define LEAT_WORKERS_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/api/operation/operation.h"
#include "lib/core/budget.h"
#include "lib/core/net/cidr.h"
#include "lib/core/err.h"
#include "lib/db/engine/db.h"
#include "lib/shm/shm.h"
#include "workers/http/parse/proxy.h"

enum worker_state {
    WORKER_STARTING,
    WORKER_READY,
    WORKER_ACCEPTING,
    WORKER_NOTICED,
    WORKER_CLOSING
};

/* The routes that a listener serves, as a mask. */
enum serve {
    SERVE_API = 1,    /* the documents, and the health routes */
    SERVE_ADMIN = 2,  /* the health routes, and the metrics */
    SERVE_ITSELF = 4, /* only readiness, at any path: the worker's request to itself */
};

/* Operations that belong to no document: for load balancers, monitoring and token verifiers. */
enum monitor { MONITOR_LIVE, MONITOR_READY, MONITOR_METRICS, MONITOR_JWKS, MONITOR_COUNT };
enum { OWN_OPERATIONS_MAX = 8 }; /* the monitors, and the documentation's */

enum forwarded_mode { FORWARDED_ANY, FORWARDED_X, FORWARDED_RFC7239, FORWARDED_OFF };
enum access_format { ACCESS_OFF, ACCESS_TEXT, ACCESS_JSON, ACCESS_COMBINED };

struct worker_listener {
    const char *address;
    int fd;
    unsigned serve; /* enum serve */
    struct cidr *trusted;
    size_t trusted_count;
    enum proxy_mode proxy;
    enum forwarded_mode forwarded;
    struct json_object *tls; /* part of the configuration, or NULL; borrowed */
};

struct worker_limits {
    size_t header_bytes, body_bytes;
    unsigned depth;
    struct budget_limits budget; /* of each request */
    struct budget bodiless;      /* of a request without a body */
    uint32_t connections, per_address, in_flight;
    size_t buffered_bytes, buffered_per_address;
    size_t compress_bytes; /* smallest answer to compress; SIZE_MAX: none */
};

struct worker_timeouts {
    uint64_t head_ns, request_ns, write_ns; /* connection.c has those of connections */
    uint64_t notice_ns, grace_ns, drain_ns;
    uint64_t slow_ns; /* UINT64_MAX: never */
};

/* The requests of one operation that are handled, and that may be. */
struct worker_places {
    uint32_t taken, most;
};

/* Headers of every answer that make browsers refuse misuse. */
struct worker_protection {
    bool is_on;
    struct slice hsts; /* the value of Strict-Transport-Security; empty: none */
};

struct worker {
    struct json_object *release;
    struct json_object *config; /* borrowed from the release */
    struct arena arena;
    struct api *api;
    struct db *db; /* NULL if no operation needs one */
    struct shm *shm;
    int slot_index;
    struct shm_slot *slot;
    int upload_folder;          /* for unnamed files of forms */
    bool refuses_read_only;     /* readOnly members of bodies are violations, not ignored */
    bool is_strict;             /* validate answers against their schemas */
    int *stats;                 /* by operation index: its statistics in shared memory, or -1 */
    int stats_unrouted;         /* for requests that match no operation */
    struct operation *monitors; /* indexed by enum monitor */
    /* The server's own operations; their indexes follow the documents'. */
    struct operation *own[OWN_OPERATIONS_MAX];
    size_t own_count;
    struct rates *rates;       /* rate limits: workers/request/rates.h */
    struct auth *auth;         /* callers and accounts: workers/identity/auth.h */
    struct docs *docs;         /* the documentation: workers/handlers/docs.h */
    struct cors *cors;         /* origins that may call: workers/layers/cors.h; or NULL */
    struct outbound *outbound; /* workers/outbound/outbound.h; NULL until first used */
    struct mail *mail;         /* workers/mail/mail.h; NULL if mail is off */
    struct slice secrets;      /* mapped; see lib/conf/secret.h */
    struct worker_listener *listeners;
    size_t listener_count;
    struct worker_limits limits;
    struct worker_timeouts timeouts;
    struct worker_protection protection;
    enum access_format access;
    char cursor_key[32];   /* the HMAC key from which others are derived */
    uint64_t page_keys[2]; /* of hash_tag(), for page cursors */
    enum worker_state state;
    uint64_t state_since_ns;
    uint32_t in_flight;           /* requests being handled */
    struct worker_places *places; /* by operation index: workers/request/places.h */
};

#endif
