/* SPDX-License-Identifier: MIT */
/*
 * Finds the client that trusted proxies report: Forwarded (RFC 7239) or
 * X-Forwarded-For/-Proto/-Host/-Prefix. The list of hops is walked from the right, where our own
 * peer wrote, through trusted hops; the first one that is not trusted is the client. Elements
 * further left may be forged.
 */
#ifndef LEAT_WORKERS_LAYERS_FORWARDED_H
#define LEAT_WORKERS_LAYERS_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/net/cidr.h"
#include "lib/core/slice.h"

/* The fields as received, with several of one name joined by ", "; data is NULL if absent. */
struct forwarded_fields {
    struct slice forwarded, for_, proto, host, prefix;
};

struct forwarded {
    char client[ADDRESS_TEXT]; /* an address as text, "unix" or "unknown"; "" if none is named */
    struct slice proto;        /* "http" or "https"; otherwise empty */
    struct slice host;
    struct slice prefix; /* starts with '/', has no '/' at the end; otherwise empty */
};

/* Reads the fields of a request from a trusted peer. If both kinds are present, X-Forwarded-* takes
 * precedence, because proxies overwrite it (-Prefix is read with either). A malformed element ends
 * the walk at the hop before it. */
void forwarded_read(const struct forwarded_fields *fields, const struct cidr *trusted,
                    size_t trusted_count, struct forwarded *out);

#endif
