/* SPDX-License-Identifier: MIT */
/*
 * Leat's own tables, _leat_*: what it keeps beside the application's tables, in the same database.
 * Application SQL may read and join them, but for the columns that hold secrets.
 *
 *     _leat_migrations, _leat_keys                        see migration.h
 *     _leat_users ─┬─ _leat_sessions ── _leat_refresh_tokens
 *                  ├─ _leat_email_tokens, _leat_identities, _leat_api_keys
 *                  └─ _leat_totp ── _leat_recovery_codes
 *     _leat_remembered                                    names that are kept for a while
 *     _leat_audit                                         what happened to any of them
 *
 * Times are RFC 3339 text in UTC with milliseconds, so that they compare as text.
 */
#ifndef LEAT_DB_OWN_TABLES_H
#define LEAT_DB_OWN_TABLES_H

#include <stdbool.h>

struct conn;

/* Cuts the cost, "m=19456,t=2,p=1", out of a hash of Argon2id (a PHC string), as the index
 * _leat_users_by_cost has it. */
#define OWN_PASSWORD_COST "substr(password_hash, 16, instr(substr(password_hash, 16), '$') - 1)"

/* Makes those that are missing; several statements. */
extern const char own_tables_sql[];

/* Whether the name is one of theirs. */
bool own_tables_has(const char *name);
/* The columns of the table that an application may see, "a|b|c"; "" where it may see none. A column
 * that is not named here holds a secret. */
const char *own_tables_visible(const char *table);
/* Whether `column` is a column of one of them that the statement names, and hidden. */
bool own_tables_hides(struct conn *c, const char *column, const char *sql);
/* Whether the database keeps its secrets: no trigger stands on one of these tables or names one,
 * since triggers see every column, and no foreign key leads to a hidden one. False: *why, for
 * free(), names it. */
bool own_tables_verify(struct conn *c, char **why);

#endif
