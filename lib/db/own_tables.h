/* SPDX-License-Identifier: MIT */
/*
 * Leat's own tables, _leat_*: what it keeps beside the application's tables, in the same database.
 * Application SQL may read and join them, but for the columns that hold secrets (watch.c).
 *
 *     _leat_migrations, _leat_keys                        see migration.h
 *     _leat_users ─┬─ _leat_sessions ── _leat_refresh_tokens
 *                  ├─ _leat_email_tokens, _leat_identities, _leat_api_keys
 *                  └─ _leat_totp ── _leat_recovery_codes
 *     _leat_audit                                         what happened to any of them
 *
 * Times are RFC 3339 text in UTC with milliseconds, so that they compare as text.
 */
#ifndef LEAT_DB_OWN_TABLES_H
#define LEAT_DB_OWN_TABLES_H

/* Makes those that are missing; several statements. */
extern const char own_tables_sql[];

#endif
