/* SPDX-License-Identifier: MIT */
#include "lib/db/own_tables.h"

#define TABLE "CREATE TABLE IF NOT EXISTS _leat_"
#define INDEX "CREATE INDEX IF NOT EXISTS _leat_"
#define USER "user_id TEXT NOT NULL REFERENCES _leat_users (id) ON DELETE CASCADE"

const char own_tables_sql[] =
    /* clang-format off */
    TABLE "migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,"
    " applied_at TEXT NOT NULL) STRICT;"
    TABLE "keys (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"

    /* The address is kept in lower case. No password: one who logs in by other means only. */
    TABLE "users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, email_verified_at TEXT,"
    " password_hash TEXT, roles TEXT NOT NULL DEFAULT '[]',"
    " created_at TEXT NOT NULL, updated_at TEXT NOT NULL, disabled_at TEXT) STRICT;"

    /* One login. A cookie session has a secret; any other is carried by refresh tokens. */
    TABLE "sessions (id TEXT PRIMARY KEY, " USER ", secret_hash TEXT UNIQUE, csrf_hash TEXT,"
    " client TEXT, agent TEXT, created_at TEXT NOT NULL, used_at TEXT NOT NULL,"
    " expires_at TEXT NOT NULL, revoked_at TEXT) STRICT;"
    INDEX "sessions_by_user ON _leat_sessions (user_id, created_at);"
    INDEX "sessions_by_revocation ON _leat_sessions (revoked_at) WHERE revoked_at IS NOT NULL;"
    INDEX "sessions_by_expiry ON _leat_sessions (expires_at);"

    /* Used once; `salt` and the server's key make its successor, so that the same use can have the
     * same answer. */
    TABLE "refresh_tokens (token_hash TEXT PRIMARY KEY,"
    " session_id TEXT NOT NULL REFERENCES _leat_sessions (id) ON DELETE CASCADE,"
    " salt TEXT NOT NULL, client_hash TEXT NOT NULL, created_at TEXT NOT NULL,"
    " expires_at TEXT NOT NULL, used_at TEXT) STRICT, WITHOUT ROWID;"
    INDEX "refresh_tokens_by_session ON _leat_refresh_tokens (session_id);"

    /* What is mailed: verify-email, reset-password. */
    TABLE "email_tokens (token_hash TEXT PRIMARY KEY, " USER ", kind TEXT NOT NULL,"
    " email TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT)"
    " STRICT, WITHOUT ROWID;"
    INDEX "email_tokens_by_user ON _leat_email_tokens (user_id, kind);"

    /* Accounts at OAuth providers. */
    TABLE "identities (provider TEXT NOT NULL, subject TEXT NOT NULL, " USER ", email TEXT,"
    " created_at TEXT NOT NULL, PRIMARY KEY (provider, subject)) STRICT, WITHOUT ROWID;"
    INDEX "identities_by_user ON _leat_identities (user_id);"

    TABLE "api_keys (id TEXT PRIMARY KEY, " USER ", name TEXT NOT NULL, secret_hash TEXT NOT NULL,"
    " scopes TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, used_at TEXT,"
    " revoked_at TEXT) STRICT;"
    INDEX "api_keys_by_user ON _leat_api_keys (user_id);"

    /* The second factor; in force once it is confirmed. */
    TABLE "totp (user_id TEXT PRIMARY KEY REFERENCES _leat_users (id) ON DELETE CASCADE,"
    " secret TEXT NOT NULL, created_at TEXT NOT NULL, confirmed_at TEXT,"
    " last_step INTEGER NOT NULL DEFAULT 0) STRICT;"
    TABLE "recovery_codes (" USER ", code_hash TEXT NOT NULL, used_at TEXT,"
    " PRIMARY KEY (user_id, code_hash)) STRICT, WITHOUT ROWID;"

    /* `user_id` is whom it is about; it stays when the user goes. */
    TABLE "audit (id INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, user_id TEXT,"
    " actor TEXT NOT NULL, client TEXT, request_id TEXT, detail TEXT) STRICT;"
    INDEX "audit_by_user ON _leat_audit (user_id, id);";
/* clang-format on */
