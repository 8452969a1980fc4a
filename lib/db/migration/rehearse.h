/* SPDX-License-Identifier: MIT */
/* Migrations tried on a copy of the live database, which is not touched. */
#ifndef LEAT_DB_MIGRATION_REHEARSE_H
#define LEAT_DB_MIGRATION_REHEARSE_H

#include <json-c/json.h>

#include "lib/core/diag.h"

struct conn;

/* Copies the database at `path` to a file beside it, applies what is pending there, and opens the
 * copy for proofs. NULL: `diags`; nothing is left behind, nor after a SIGTERM. One at a time. */
struct conn *rehearse_open(const char *path, struct json_object *migrations, struct diags *diags);
/* Closes the copy and removes it. */
void rehearse_close(struct conn **c);

#endif
