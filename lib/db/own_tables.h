/* SPDX-License-Identifier: MIT */
/*
 * Leat's own tables, _leat_*, kept in the application's database. Application SQL may read and join
 * them, except for the columns that hold secrets.
 *
 *     _leat_migrations, _leat_keys                        see migration.h
 *     _leat_users ─┬─ _leat_sessions ── _leat_refresh_tokens
 *                  ├─ _leat_email_tokens, _leat_identities, _leat_api_keys
 *                  └─ _leat_totp ── _leat_recovery_codes
 *     _leat_remembered                                    names kept until they expire
 *     _leat_idempotency                                   answers of writes, until they expire
 *     _leat_audit                                         what happened to any of them
 *
 * Times are RFC 3339 text in UTC with milliseconds, so that comparing them as text orders them.
 */
#ifndef LEAT_DB_OWN_TABLES_H
#define LEAT_DB_OWN_TABLES_H

#include <stdbool.h>

#include "lib/core/fault.h"

struct conn;
struct reach; /* lib/db/rowsec/reach.h */

/* Extracts the cost, "m=19456,t=2,p=1", from an Argon2id hash (a PHC string), exactly as the index
 * _leat_users_by_cost does. */
#define OWN_PASSWORD_COST "substr(password_hash, 16, instr(substr(password_hash, 16), '$') - 1)"
#define OWN_PASSWORD_COST_POSTGRESQL "split_part(substr(password_hash, 16), '$', 1)"

/* Several statements that create the missing tables, for each engine. */
extern const char own_tables_sql[], own_tables_sql_postgresql[];

/* Returns true if the name is one of Leat's own tables. */
bool own_tables_has(const char *name);
/* Returns the table's columns that an application may see, "a|b|c", or "" if there are none.
 * Columns that are not listed hold secrets. */
const char *own_tables_visible(const char *table);
/* Returns true if `column` is a hidden column of an own table that the statement names. */
bool own_tables_hides(struct conn *c, const char *column, const char *sql);
/* Adds these tables, and the views and virtual tables that lead to one. Returns false if the schema
 * cannot be read. */
bool own_tables_reach(struct conn *c, struct reach *r);
/* Returns true if the database keeps the secrets of these tables: no trigger is on one of them or
 * names one, since triggers see every column, and no foreign key refers to a hidden column.
 * Otherwise *fault names it. */
bool own_tables_verify(struct conn *c, struct fault *fault);

#endif
