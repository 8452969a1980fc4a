/* SPDX-License-Identifier: MIT */
/* The rate limits of the configuration, and the operations they apply to. */
#ifndef LEAT_WORKERS_REQUEST_RATES_H
#define LEAT_WORKERS_REQUEST_RATES_H

#include "lib/shm/limit.h"
#include "workers/request/request.h"

enum { RATE_PARTS_MAX = 4, RATES_MAX = 8 }; /* most parts of a key; most limits of an operation */

enum rate_part { RATE_IP, RATE_SUB, RATE_API_KEY, RATE_OPERATION, RATE_HEADER };

struct rate {
    const char *name;
    struct limit_policy policy;
    int place;                 /* index in shared memory */
    const char *policy_header; /* RateLimit-Policy's item */
    struct {
        enum rate_part part;
        const char *header; /* name of RATE_HEADER, lower case */
    } parts[RATE_PARTS_MAX];
    size_t part_count;
    bool needs_caller; /* the key is known only after the identify layer */
};

struct rates {
    struct rate *list;
    size_t count;
    struct rate **of; /* indexed by operation index times RATES_MAX; NULL ends each list */
};

void rates_open(struct worker *w);
/* Returns the key that the request counts for: "ip:192.0.2.1", or several parts separated by a
 * space. In the arena. Callers that are not known count by their address. */
struct slice rate_text(struct request *r, const struct rate *rate);
/* Returns the client's address as limits count it: of IPv6 the first 64 bits. In the arena. */
const char *rate_address(struct request *r);
/* Returns the site of the address: of IPv6 the first 48 bits. In the arena. */
const char *rate_site(struct request *r);

/* Adds RateLimit-Policy and RateLimit to the answer: for the limit that refuses, or for all limits
 * that have counted the request, the one with the least remaining first. */
void rates_reply(struct request *r);
/* Counts, when the request ends, the limits that have let it through. */
void rates_count(const struct request *r);

/* Checks the names that documents use, and the constraints that conf.def cannot express. */
void rates_check(const struct api *api, struct json_object *config, struct diags *diags);

#endif
