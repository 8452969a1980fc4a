/* SPDX-License-Identifier: MIT */
/* The schema of our own tables, and the rule that keeps their secrets. `visible` is an allow-list:
 * a column that nobody thought of is hidden. Views with these columns shadow the tables for
 * application statements (shadow.c), but triggers and foreign keys run inside SQLite and look past
 * the views. So own_tables_verify() refuses a schema in which a trigger names one of these tables,
 * directly or through a view, or a foreign key refers to a hidden column. */
#include "lib/db/own_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/memory.h"
#include "lib/core/slice.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/rowsec/reach.h"
#include "lib/db/sql/sqllex.h"

#define PREFIX "_leat_"
#define TABLE "CREATE TABLE IF NOT EXISTS _leat_"
#define INDEX "CREATE INDEX IF NOT EXISTS _leat_"
#define USER "user_id TEXT NOT NULL REFERENCES _leat_users (id) ON DELETE CASCADE"

const char own_tables_sql[] =
    /* clang-format off */
    TABLE "migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,"
    " applied_at TEXT NOT NULL) STRICT;"
    TABLE "keys (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"

    /* `email` is in lower case. An account without password_hash logs in by other means only. */
    TABLE "users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, email_verified_at TEXT,"
    " password_hash TEXT, roles TEXT NOT NULL DEFAULT '[]',"
    " created_at TEXT NOT NULL, updated_at TEXT NOT NULL, disabled_at TEXT) STRICT;"

    INDEX "users_by_cost ON _leat_users (" OWN_PASSWORD_COST ");"

    /* One row a login. A cookie session has a secret; all others are continued by refresh
     * tokens. */
    TABLE "sessions (id TEXT PRIMARY KEY, " USER ", secret_hash TEXT UNIQUE, csrf_hash TEXT,"
    " client TEXT, agent TEXT, created_at TEXT NOT NULL, used_at TEXT NOT NULL,"
    " expires_at TEXT NOT NULL, revoked_at TEXT) STRICT;"
    INDEX "sessions_by_user ON _leat_sessions (user_id, created_at);"
    INDEX "sessions_by_expiry ON _leat_sessions (expires_at);"

    /* A token is used once. Its successor is derived from `salt` and the server's key, so that a
     * repeated use gets the same answer. */
    TABLE "refresh_tokens (token_hash TEXT PRIMARY KEY,"
    " session_id TEXT NOT NULL REFERENCES _leat_sessions (id) ON DELETE CASCADE,"
    " salt TEXT NOT NULL, client_hash TEXT NOT NULL, created_at TEXT NOT NULL,"
    " expires_at TEXT NOT NULL, used_at TEXT) STRICT, WITHOUT ROWID;"
    INDEX "refresh_tokens_by_session ON _leat_refresh_tokens (session_id);"

    /* Tokens sent by mail: verify-email and reset-password. */
    TABLE "email_tokens (token_hash TEXT PRIMARY KEY, " USER ", kind TEXT NOT NULL,"
    " email TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT)"
    " STRICT, WITHOUT ROWID;"
    INDEX "email_tokens_by_user ON _leat_email_tokens (user_id, kind);"

    /* Accounts at identity providers. */
    TABLE "identities (provider TEXT NOT NULL, subject TEXT NOT NULL, " USER ", email TEXT,"
    " created_at TEXT NOT NULL, PRIMARY KEY (provider, subject)) STRICT, WITHOUT ROWID;"
    INDEX "identities_by_user ON _leat_identities (user_id);"

    TABLE "api_keys (id TEXT PRIMARY KEY, " USER ", name TEXT NOT NULL, secret_hash TEXT NOT NULL,"
    " scopes TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, used_at TEXT,"
    " revoked_at TEXT) STRICT;"
    INDEX "api_keys_by_user ON _leat_api_keys (user_id);"

    /* The second factor, in force once it is confirmed. */
    TABLE "totp (user_id TEXT PRIMARY KEY REFERENCES _leat_users (id) ON DELETE CASCADE,"
    " secret TEXT NOT NULL, created_at TEXT NOT NULL, confirmed_at TEXT,"
    " last_step INTEGER NOT NULL DEFAULT 0) STRICT;"
    TABLE "recovery_codes (" USER ", code_hash TEXT NOT NULL, used_at TEXT,"
    " PRIMARY KEY (user_id, code_hash)) STRICT, WITHOUT ROWID;"

    /* Hashed names that are kept until they expire: what can be used only once and was, and the
     * networks from which an account has logged in. */
    TABLE "remembered (name TEXT PRIMARY KEY, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    INDEX "remembered_by_expiry ON _leat_remembered (expires_at);"

    /* The answers of writes, by the keys that their clients chose (db/engine/kept_answer.h). */
    TABLE "idempotency (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, operation TEXT NOT NULL,"
    " key TEXT NOT NULL, request BLOB NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL,"
    " body BLOB NOT NULL, expires_at TEXT NOT NULL, UNIQUE (subject, operation, key)) STRICT;"
    INDEX "idempotency_by_expiry ON _leat_idempotency (expires_at);"

    /* `user_id` is the account that the event concerns. It stays when the account is deleted. */
    TABLE "audit (id INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, user_id TEXT,"
    " actor TEXT NOT NULL, client TEXT, request_id TEXT, detail TEXT) STRICT;"
    INDEX "audit_by_user ON _leat_audit (user_id, id);";
/* clang-format on */

static const struct {
    const char *table, *columns;
} visible[] = {
    {"_leat_migrations", "version|name|checksum|applied_at"},
    {"_leat_keys", "name"},
    {"_leat_users", "id|email|email_verified_at|roles|created_at|updated_at|disabled_at"},
    {"_leat_sessions", "id|user_id|client|agent|created_at|used_at|expires_at|revoked_at"},
    {"_leat_refresh_tokens", "session_id|created_at|expires_at|used_at"},
    {"_leat_email_tokens", "user_id|kind|email|created_at|expires_at|used_at"},
    {"_leat_identities", "provider|subject|user_id|email|created_at"},
    {"_leat_api_keys", "id|user_id|name|scopes|created_at|expires_at|used_at|revoked_at"},
    {"_leat_totp", "user_id|created_at|confirmed_at"},
    {"_leat_recovery_codes", "user_id|used_at"},
    {"_leat_audit", "id|at|event|user_id|actor|client|request_id|detail"},
};

bool own_tables_has(const char *name)
{
    return strncasecmp(name, PREFIX, strlen(PREFIX)) == 0;
}

const char *own_tables_visible(const char *table)
{
    for (size_t i = 0; i < sizeof(visible) / sizeof(*visible); i++)
        if (strcasecmp(visible[i].table, table) == 0)
            return visible[i].columns;
    return "";
}

static bool is_hidden(struct conn *c, const char *table, const char *column)
{
    return !slice_is_choice(own_tables_visible(table), column) &&
           sqlite3_table_column_metadata(c->db, "main", table, column, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

bool own_tables_hides(struct conn *c, const char *column, const char *sql)
{
    const char *dot = strrchr(column, '.'), *name = dot ? dot + 1 : column;

    for (struct sql_token t = sql_token_at(sql); t.len; t = sql_token_next(t)) {
        char *table = xstrndup(t.at, t.len);
        bool hides = t.kind == SQL_WORD && own_tables_has(table) && is_hidden(c, table, name);

        free(table);
        if (hides)
            return true;
    }
    return false;
}

bool own_tables_reach(struct conn *c, struct reach *r)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(c->db,
                                 "SELECT name FROM main.sqlite_schema WHERE type = 'table'"
                                 " AND name LIKE '\\_leat\\_%' ESCAPE '\\'",
                                 -1, &stmt, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(stmt) == SQLITE_ROW)
        reach_add(r, (const char *)sqlite3_column_text(stmt, 0));
    return sqlite3_finalize(stmt) == SQLITE_OK && ok && reach_follow(r, c);
}

static bool look_at_triggers(struct conn *c, const struct reach *r, struct fault *fault)
{
    sqlite3_stmt *stmt = NULL;
    bool ok =
        sqlite3_prepare_v2(c->db, "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'",
                           -1, &stmt, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(stmt) == SQLITE_ROW) {
        const struct reach_name *found = reach_find(r, (const char *)sqlite3_column_text(stmt, 1));

        ok = !found;
        if (found)
            fault_set(fault,
                      "the trigger %s names %s and would see secrets of Leat's "
                      "own tables; read them in the operation's SQL",
                      sqlite3_column_text(stmt, 0), found->name);
    }
    return sqlite3_finalize(stmt) == SQLITE_OK && ok;
}

/* Refuses foreign keys to hidden columns: whether such a row can be inserted would confirm a
 * guessed secret. A foreign key without column names refers to the primary key. */
static bool look_at_keys(struct conn *c, struct fault *fault)
{
    static const char query[] =
        "SELECT t.name, f.\"table\", coalesce(f.\"to\", (SELECT name FROM"
        " pragma_table_xinfo(f.\"table\", 'main') WHERE pk = f.seq + 1), '')"
        " FROM main.sqlite_schema t JOIN pragma_foreign_key_list(t.name, 'main') f"
        " WHERE t.type = 'table' AND t.name NOT LIKE '\\_leat\\_%' ESCAPE '\\'"
        " AND f.\"table\" LIKE '\\_leat\\_%' ESCAPE '\\'";
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(c->db, query, -1, &stmt, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(stmt, 1);

        ok = !is_hidden(c, table, (const char *)sqlite3_column_text(stmt, 2));
        if (!ok)
            fault_set(fault, "a foreign key of %s leads to a secret of %s",
                      sqlite3_column_text(stmt, 0), table);
    }
    return sqlite3_finalize(stmt) == SQLITE_OK && ok;
}

bool own_tables_verify(struct conn *c, struct fault *fault)
{
    struct arena arena = {0};
    struct reach r = {.arena = &arena};
    bool ok;

    fault_clear(fault);
    ok = own_tables_reach(c, &r) && look_at_triggers(c, &r, fault) && look_at_keys(c, fault);
    if (!ok && !fault_is_set(fault))
        fault_set(fault, "reading the schema: %s", sqlite3_errmsg(c->db));
    arena_fini(&arena);
    return ok;
}
