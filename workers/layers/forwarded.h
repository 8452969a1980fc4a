/* SPDX-License-Identifier: MIT */
/*
 * Who asked, as trusted proxies tell: Forwarded (RFC 7239) or X-Forwarded-For/-Proto/-Host/-Prefix.
 * The list of hops is walked from the right, where our own peer wrote, through hops that are
 * trusted; the first that is not is the client. What stands further left a client may have made up.
 */
#ifndef LEAT_WORKERS_LAYERS_FORWARDED_H
#define LEAT_WORKERS_LAYERS_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/net/cidr.h"
#include "lib/core/slice.h"

/* The fields as received, several of one name joined by ", "; data is NULL where there is none. */
struct forwarded_fields {
    struct slice forwarded, for_, proto, host, prefix;
};

struct forwarded {
    char client[ADDRESS_TEXT]; /* an address as text, "unix" or "unknown"; "" if not told */
    struct slice proto;        /* "http" or "https"; otherwise empty */
    struct slice host;
    struct slice prefix; /* starts with '/', has no '/' at the end; otherwise empty */
};

/* Reads the fields of a request that came from a trusted peer. Where both kinds are present,
 * X-Forwarded-* is believed: it is what proxies overwrite (-Prefix goes with either). A malformed
 * element ends the walk at the hop before it. */
void forwarded_read(const struct forwarded_fields *fields, const struct cidr *trusted,
                    size_t trusted_count, struct forwarded *out);

#endif
