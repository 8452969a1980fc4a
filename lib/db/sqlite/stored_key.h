/* SPDX-License-Identifier: MIT */
/* The random keys that migration created (lib/db/own_tables.h). */
#ifndef LEAT_DB_SQLITE_STORED_KEY_H
#define LEAT_DB_SQLITE_STORED_KEY_H

#include <stdbool.h>

#include "lib/core/buf.h"

/* Appends the key `name` of the database at `path`. Returns false if there is none. */
bool stored_key(const char *path, const char *name, struct buf *out);

#endif
