/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/positions.h"

#include "lib/db/sql/column_positions.h"
#include "lib/db/sqlite/connection/conn.h"

/* Adds the table's columns. One that cannot be read, as a broken view, has none. */
static void add_columns(struct conn *c, const char *table, struct json_object *out)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(c->db,
                           "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1", -1,
                           &stmt, NULL) == SQLITE_OK)
        sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        json_object_array_add(out,
                              json_object_new_string((const char *)sqlite3_column_text(stmt, 0)));
    sqlite3_finalize(stmt);
}

struct json_object *positions_read(struct conn *c, const char *sql)
{
    static const char query[] =
        "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')";
    struct json_object *out;
    sqlite3_stmt *stmt = NULL;

    if (!column_positions_matter(sql, &dialect_sqlite))
        return NULL;
    out = json_object_new_array();
    sqlite3_prepare_v2(c->db, query, -1, &stmt, NULL);
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        struct json_object *table;

        if (!column_positions_name(sql, &dialect_sqlite, name))
            continue;
        table = json_object_new_array();
        json_object_array_add(table, json_object_new_string(name));
        add_columns(c, name, table);
        json_object_array_add(out, table);
    }
    sqlite3_finalize(stmt);
    return out;
}
