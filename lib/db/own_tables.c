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
#define NUMBER "INTEGER"
#define NUMBERED "INTEGER PRIMARY KEY"
#define BYTES "BLOB"
#define BYTEWISE "TEXT"
#define STRICT " STRICT"
#define ROWLESS " STRICT, WITHOUT ROWID"
#define COST OWN_PASSWORD_COST
#include "lib/db/own_tables.def"
    ;
#undef NUMBER
#undef NUMBERED
#undef BYTES
#undef BYTEWISE
#undef STRICT
#undef ROWLESS
#undef COST

/* Types are always strict, and a table always has another order than its key. */
const char own_tables_sql_postgresql[] =
#define NUMBER "bigint"
#define NUMBERED "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
#define BYTES "bytea"
#define BYTEWISE "text COLLATE \"C\""
#define STRICT ""
#define ROWLESS ""
#define COST OWN_PASSWORD_COST_POSTGRESQL
#include "lib/db/own_tables.def"
    ;

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

    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite); t.len; t = sql_token_next(t)) {
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
