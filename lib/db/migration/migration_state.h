/* SPDX-License-Identifier: MIT */
/*
 * The states of migrations: what a database says of them, compared with their files. A status is a
 * list of {"version", "name", "state", "applied-at"}, where state is applied, pending, edited
 * (applied, but the file has changed) or missing (applied, but the file is gone).
 */
#ifndef LEAT_DB_MIGRATION_MIGRATION_STATE_H
#define LEAT_DB_MIGRATION_MIGRATION_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

int64_t migration_version(struct json_object *m);
/* Returns the item of that version in a list of migrations or a status, or NULL. Borrowed. */
struct json_object *migration_find(struct json_object *list, int64_t version);

/* Adds a migration that the database has, in the order of versions. */
void migration_note_applied(struct json_object *status, struct json_object *migrations,
                            int64_t version, const char *name, const char *checksum,
                            const char *applied_at);
/* Adds those that it does not have. */
void migration_note_pending(struct json_object *status, struct json_object *migrations);

/* Reports applied migrations that were edited or lost, and pending ones that are older than the
 * newest applied. */
void migration_verify(struct json_object *status, struct json_object *migrations,
                      struct diags *diags);
/* Returns the number of migrations in that state. */
size_t migration_count(struct json_object *status, const char *state);
/* Returns the number of missing migrations that a newer release must have brought. */
size_t migration_newer(struct json_object *status, struct json_object *migrations);

#endif
