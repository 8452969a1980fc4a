/* SPDX-License-Identifier: MIT */
#include "lib/db/rowsec/rowsec_rules.h"

#include <string.h>
#include <strings.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/proof/tables.h"

static bool has_text_affinity(const char *type)
{
    return !strcasestr(type, "INT") &&
           (strcasestr(type, "CHAR") || strcasestr(type, "CLOB") || strcasestr(type, "TEXT"));
}

/* Returns the integer that a query about one or two tables yields. */
static int64_t integer(struct conn *c, const char *sql, const struct owned_table *t,
                       const struct owned_table *other)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = 0;

    if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, t->column, -1, SQLITE_STATIC);
        if (other) {
            sqlite3_bind_text(stmt, 3, other->name, -1, SQLITE_STATIC);
            sqlite3_bind_text(stmt, 4, other->column, -1, SQLITE_STATIC);
        }
        if (sqlite3_step(stmt) == SQLITE_ROW)
            value = sqlite3_column_int64(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return value;
}

/* Returns true if SQLite numbers the table's columns inconsistently for the hook. */
static bool is_miscounted(struct conn *c, const struct owned_table *t)
{
    return integer(c,
                   "SELECT count(*) FROM pragma_table_list l"
                   " JOIN pragma_table_xinfo(l.name, 'main') o JOIN pragma_table_xinfo(l.name,"
                   " 'main') b ON b.cid < o.cid AND b.hidden = 2 WHERE l.schema = 'main' AND l.wr"
                   " AND l.name = ?1 COLLATE NOCASE AND o.name = ?2 COLLATE NOCASE",
                   t, NULL) > 0;
}

const char *rowsec_refuse_type(const char *type, const char *collation)
{
    if (!type || !has_text_affinity(type))
        return "the column must be TEXT, like subjects";
    if (strcasecmp(collation, "BINARY") != 0)
        return "the column must not have a COLLATE clause";
    return NULL;
}

static const char *refuse_column(const struct table_column *column)
{
    const char *why;

    if (!column)
        return "has no such column";
    if (column->is_generated)
        return "the column is generated";
    why = rowsec_refuse_type(column->type, column->collation);
    if (why)
        return why;
    if (column->is_nullable)
        return "the column can be NULL, which would leave rows without an owner; declare it NOT "
               "NULL";
    return NULL;
}

bool rowsec_allows(struct conn *c, const struct owned_table *t, struct fault *fault)
{
    struct arena arena = {0};
    struct table table;
    const char *why = NULL;

    if (!tables_read(c, t->name, &arena, &table))
        why = "no such table";
    else if (table.is_view || table.is_virtual)
        why = table.is_view ? "is a view; name its tables instead" : "is a virtual table";
    else if (is_miscounted(c, t))
        why = "is WITHOUT ROWID and has a virtual generated column before the owner column";
    else
        why = refuse_column(tables_column(&table, t->column));
    arena_fini(&arena);
    return !why || fault_set(fault, "%s", why);
}

bool rowsec_is_indexed(struct conn *c, const struct owned_table *t)
{
    return integer(c,
                   "SELECT count(*) FROM pragma_index_list(?1, 'main') i"
                   " JOIN pragma_index_xinfo(i.name, 'main') x"
                   " WHERE NOT i.partial AND x.seqno = 0 AND x.name = ?2 COLLATE NOCASE",
                   t, NULL) > 0;
}

/* A foreign key without column names refers to the primary key. */
bool rowsec_is_stray(struct conn *c, const struct owned_table *from, const struct owned_table *to)
{
    return integer(c,
                   "SELECT count(*) FROM (SELECT 1 FROM pragma_foreign_key_list(?1, 'main') f"
                   " WHERE f.\"table\" = ?3 COLLATE NOCASE GROUP BY f.id"
                   " HAVING NOT sum(f.\"from\" = ?2 COLLATE NOCASE AND coalesce(f.\"to\","
                   " (SELECT name FROM pragma_table_xinfo(?3, 'main') WHERE pk = f.seq + 1), '')"
                   " = ?4 COLLATE NOCASE))",
                   from, to) > 0;
}
