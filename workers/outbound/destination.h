/* SPDX-License-Identifier: MIT */
/*
 * Decides where a transfer of workers/outbound/outbound.c may go: by its URL before anything is
 * sent, and by the address once its name has been resolved, so that no name server can lead it
 * elsewhere (DNS rebinding).
 */
#ifndef LEAT_WORKERS_OUTBOUND_DESTINATION_H
#define LEAT_WORKERS_OUTBOUND_DESTINATION_H

#include <sys/socket.h>

#include "lib/core/net/cidr.h"
#include "workers/outbound/outbound.h"

enum destination {
    DESTINATION_PUBLIC,    /* public addresses, and those of outbound.allow */
    DESTINATION_OWN,       /* the address in the configuration */
    DESTINATION_LOCALHOST, /* this machine, named so by the configuration */
};

/* Returns what is wrong with the URL (static), or NULL. */
const char *destination_fault(const struct outbound_request *o);
enum destination destination_of(const struct outbound_request *o);
/* Returns whether it may connect to the address; `allow` lists networks that are always allowed. */
bool destination_allows(enum destination to, const struct cidr *allow, size_t allow_count,
                        const struct sockaddr *address);

#endif
