/* SPDX-License-Identifier: MIT */
/*
 * Migrations: a folder of 0001_name.up.sql (and 0001_name.down.sql). Each is applied once, in
 * order, in a transaction of its own, by one process at a time, and recorded in _leat_migrations. A
 * file for one engine, 0001_name.up.postgresql.sql, replaces the one for all.
 *
 * Loaded migrations are JSON, because they are part of the release:
 *     [{"version": 1, "name": "create_todos", "checksum": "…", "up": "…", "down": "…" or null,
 *       "file": "…", "down-file": "…" or null}]
 */
#ifndef LEAT_DB_MIGRATION_MIGRATION_H
#define LEAT_DB_MIGRATION_MIGRATION_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Writes the checksum of `len` bytes as text. It is passed in, so that this module needs no
 * cryptography. */
typedef void (*migration_digest_fn)(const char *data, size_t len, char out[static 65]);

/* Reads the folder for an engine ("sqlite", as dialects are named). The result is the caller's; NULL
 * on error, reported in `diags`. Checksums are of what is applied, and ignore line endings. */
struct json_object *migration_load(const char *folder, const char *engine,
                                   migration_digest_fn digest, struct diags *diags);
/* Returns true if the file of a migration is for one engine alone. */
bool migration_is_for_engine(const char *file);

/* Returns the states of the migrations (migration_state.h). In a database that does not exist all are
 * pending. The result is the caller's; NULL on error, reported in `diags`. */
struct json_object *migration_status(const char *path, struct json_object *migrations,
                                     struct diags *diags);
/* Applies all pending migrations, creating the database if needed. Calls `report` after each. */
bool migration_up(const char *path, struct json_object *migrations, struct diags *diags,
                  void (*report)(const char *what, struct json_object *migration));
/* Reverts the newest applied migration. */
bool migration_down(const char *path, struct json_object *migrations, struct diags *diags,
                    void (*report)(const char *what, struct json_object *migration));

struct conn;
/* Applies all migrations to a connection in memory, for proofs. */
bool migration_rehearse(struct conn *c, struct json_object *migrations, struct diags *diags);

#endif
