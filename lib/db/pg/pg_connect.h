/* SPDX-License-Identifier: MIT */
/* Makes connections, as only a thread may that can wait: names are resolved, and passwords hashed. */
#ifndef LEAT_DB_PG_PG_CONNECT_H
#define LEAT_DB_PG_PG_CONNECT_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "lib/core/fault.h"

/* What a connection is used for. */
enum pg_use { PG_READ, PG_SLOW, PG_WRITE, PG_USE_COUNT };

/* Connects, and sets the session up: UTC, ISO dates; for reads it is read-only, and a transaction
 * sees one state. Gives up after PG_CONNECT_S, or when *is_stopped (may be NULL) becomes true. The
 * caller's; NULL with the reason on failure. */
enum { PG_CONNECT_S = 10 };
PGconn *pg_connect(const char *url, enum pg_use use, const atomic_bool *is_stopped,
                   struct fault *fault);

#endif
