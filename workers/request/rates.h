/* SPDX-License-Identifier: MIT */
/* The rate limits of the configuration, and which of them each operation has. */
#ifndef LEAT_WORKERS_REQUEST_RATES_H
#define LEAT_WORKERS_REQUEST_RATES_H

#include "lib/shm/limit.h"
#include "workers/request/request.h"

enum { RATE_PARTS_MAX = 4, RATES_MAX = 8 }; /* parts of a key; limits of one operation */

enum rate_part { RATE_IP, RATE_SUB, RATE_API_KEY, RATE_OPERATION, RATE_HEADER };

struct rate {
    const char *name;
    struct limit_policy policy;
    int place;                 /* its number in shared memory */
    const char *policy_header; /* RateLimit-Policy's item */
    struct {
        enum rate_part part;
        const char *header; /* of RATE_HEADER, lower case */
    } parts[RATE_PARTS_MAX];
    size_t part_count;
    bool needs_caller; /* its key is known only behind identify */
};

struct rates {
    struct rate *list;
    size_t count;
    struct rate **of; /* by operation index times RATES_MAX; NULL ends each */
};

void rates_open(struct worker *w);
/* What the request counts for: "ip:192.0.2.1", several parts with a space between. In the arena.
 * Callers that are not known count by their address. */
struct slice rate_text(struct request *r, const struct rate *rate);
/* The address as limits count it: of IPv6 the first 64 bits. In the arena. */
const char *rate_address(struct request *r);
/* The site of the address: of IPv6 the first 48 bits. In the arena. */
const char *rate_site(struct request *r);

/* Adds RateLimit-Policy and RateLimit to the answer: of the limit that refuses, or of all that have
 * counted the request, the tightest first. */
void rates_reply(struct request *r);
/* Counts what limits have let through, when the request ends. */
void rates_count(const struct request *r);

/* Proves the names that documents use, and what else the configuration cannot tell. */
void rates_check(const struct api *api, struct json_object *config, struct diags *diags);

#endif
