/* SPDX-License-Identifier: MIT */
/*
 * Migrations: a folder of 0001_name.up.sql (and 0001_name.down.sql), each applied once, in order,
 * in a transaction of its own, by one process at a time, recorded in _leat_migrations.
 *
 * Loaded, they are JSON, because they travel in the release:
 *     [{"version": 1, "name": "create_todos", "checksum": "…", "up": "…", "down": "…" or null}]
 */
#ifndef LEAT_DB_MIGRATION_MIGRATION_H
#define LEAT_DB_MIGRATION_MIGRATION_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Writes the checksum of `len` bytes as text; so that this module needs no cryptography. */
typedef void (*migration_digest_fn)(const char *data, size_t len, char out[static 65]);

/* Reads the folder. The caller's; NULL: `diags` says what is wrong. Checksums ignore line ends. */
struct json_object *migration_load(const char *folder, migration_digest_fn digest,
                                   struct diags *diags);

/* What becomes of each: a list {"version", "name", "state", "applied-at"}, where state is applied,
 * pending, edited (applied, but the file changed since) or missing (applied, the file is gone).
 * A database that does not exist has everything pending. The caller's; NULL: `diags`. */
struct json_object *migration_status(const char *path, struct json_object *migrations,
                                     struct diags *diags);
/* Reports what must not be: applied migrations that were edited or lost, pending ones older than
 * the newest applied. */
void migration_verify(struct json_object *status, struct json_object *migrations,
                      struct diags *diags);
/* How many are in that state. */
size_t migration_count(struct json_object *status, const char *state);

/* How many are missing because a newer release has brought and applied them. */
size_t migration_newer(struct json_object *status, struct json_object *migrations);

/* Applies what is pending, making the database if need be. `report` is called for each one done. */
bool migration_up(const char *path, struct json_object *migrations, struct diags *diags,
                  void (*report)(const char *what, struct json_object *migration));
/* Undoes the newest applied one. */
bool migration_down(const char *path, struct json_object *migrations, struct diags *diags,
                    void (*report)(const char *what, struct json_object *migration));

struct conn;
/* Applies all of them to a connection in memory: what the proofs run against. */
bool migration_rehearse(struct conn *c, struct json_object *migrations, struct diags *diags);

#endif
