/* SPDX-License-Identifier: MIT */
/* Tries migrations on a copy of the live database, which is not touched. */
#ifndef LEAT_DB_MIGRATION_REHEARSE_H
#define LEAT_DB_MIGRATION_REHEARSE_H

#include <json-c/json.h>

#include "lib/core/diag.h"

struct conn;

/* Copies the database at `path` to a file beside it, applies its pending migrations, and opens the
 * copy for proofs. Returns NULL with the reason in `diags` on failure. Nothing is left behind then,
 * nor after SIGTERM. Only one copy can be open at a time. */
struct conn *rehearse_open(const char *path, struct json_object *migrations, struct diags *diags);
/* Closes the copy and removes it. */
void rehearse_close(struct conn **c);

#endif
