/* SPDX-License-Identifier: MIT */
#include "lib/db/rowsec/reach.h"

#include <string.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/sql/sqllex.h"

static void add_name(struct reach *r, struct reach_name name)
{
    if (r->count == r->room) {
        struct reach_name *names;

        r->room = r->room ? 2 * r->room : 16;
        names = arena_alloc(r->arena, r->room * sizeof(*names));
        if (r->count)
            memcpy(names, r->names, r->count * sizeof(*names));
        r->names = names;
    }
    r->names[r->count++] = name;
}

void reach_add(struct reach *r, const char *table)
{
    add_name(r, (struct reach_name){.name = arena_strdup(r->arena, table)});
}

const struct reach_name *reach_find(const struct reach *r, const char *sql)
{
    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite); t.len; t = sql_token_next(t))
        for (size_t i = 0; i < r->count; i++)
            if (sql_token_names(t, r->names[i].name))
                return &r->names[i];
    return NULL;
}

static bool has(const struct reach *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->names[i].name, name) == 0)
            return true;
    return false;
}

/* Adds what leads to any name already in the list. */
static bool follow_once(struct reach *r, struct conn *c)
{
    static const char query[] =
        "SELECT name, sql, type = 'view' FROM main.sqlite_schema WHERE"
        " type = 'view' OR sql LIKE 'CREATE VIRTUAL TABLE%'"
        " UNION ALL SELECT name, sql, 1 FROM temp.sqlite_schema WHERE type = 'view' AND ?1";
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(c->db, query, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_bind_int(stmt, 1, r->is_temp_seen) == SQLITE_OK;

    while (ok && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        const char *sql = (const char *)sqlite3_column_text(stmt, 1);

        if (!has(r, name) && reach_find(r, sql))
            add_name(r,
                     (struct reach_name){arena_strdup(r->arena, name), arena_strdup(r->arena, sql),
                                         sqlite3_column_int(stmt, 2)});
    }
    return sqlite3_finalize(stmt) == SQLITE_OK && ok;
}

bool reach_follow(struct reach *r, struct conn *c)
{
    size_t before;

    do {
        before = r->count;
        if (!follow_once(r, c))
            return false;
    } while (r->count > before);
    return true;
}
