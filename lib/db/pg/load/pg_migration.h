/* SPDX-License-Identifier: MIT */
/*
 * Migrations on PostgreSQL. Each has a transaction of its own, under an advisory lock, so that of
 * two machines which start at once only one applies it. A script that begins with
 *
 *     -- leat: no transaction
 *
 * runs without one, as CREATE INDEX CONCURRENTLY must; if it fails, what it has done remains.
 */
#ifndef LEAT_DB_PG_LOAD_PG_MIGRATION_H
#define LEAT_DB_PG_LOAD_PG_MIGRATION_H

#include "lib/db/engine/prover.h"
#include "lib/db/pg/load/pg_session.h"

/* See prover.h. `source` is the URL. */
struct json_object *pg_migration_status(const char *source, struct json_object *migrations,
                                        struct diags *diags);
bool pg_migration_up(const char *source, struct json_object *migrations, struct diags *diags,
                     prover_report_fn report);
bool pg_migration_down(const char *source, struct json_object *migrations, struct diags *diags,
                       prover_report_fn report);

/* Applies all migrations to an empty database, each in a transaction of its own. */
bool pg_migration_fill(struct pg_session *s, struct json_object *migrations, struct diags *diags);
/* Applies those that are pending inside the session's transaction, for a rehearsal. Indexes are not
 * made concurrently. */
bool pg_migration_rehearse(struct pg_session *s, struct json_object *migrations,
                           struct diags *diags);

#endif
