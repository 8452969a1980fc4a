/* SPDX-License-Identifier: MIT */
/*
 * The views and virtual tables that lead to a protected table are found by name (reach.h) and not
 * with SQLite's authorizer, which does not report columns named only by USING or NATURAL. A view
 * that is found by mistake loses nothing: its text is created again and means the same.
 */
#include "lib/db/rowsec/shadow.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/memory.h"
#include "lib/core/slice.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/own_tables.h"
#include "lib/db/rowsec/reach.h"
#include "lib/db/sql/sqllex.h"

struct shadows {
    struct conn *conn;
    const struct owned_table *tables;
    size_t count;
    bool is_barrier;
    struct arena arena;
    struct reach reach;
};

/* Returns a name in double quotes. */
static const char *quote(struct shadows *s, const char *name)
{
    char *text = sqlite3_mprintf("\"%w\"", name);
    const char *quoted = arena_strdup(&s->arena, text);

    sqlite3_free(text);
    return quoted;
}

static bool run_sql(struct shadows *s, const char *sql)
{
    return conn_exec(s->conn, sql);
}

/* Calls fn with each name that the one-column query finds. All names are read first, because what
 * fn creates would be found as well. */
static bool for_each(struct shadows *s, const char *query,
                     bool (*fn)(struct shadows *s, const char *name))
{
    struct reach found = {.arena = &s->arena};
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(s->conn->db, query, -1, &stmt, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(stmt) == SQLITE_ROW)
        reach_add(&found, (const char *)sqlite3_column_text(stmt, 0));
    ok = sqlite3_finalize(stmt) == SQLITE_OK && ok;
    for (size_t i = 0; ok && i < found.count; i++)
        ok = fn(s, found.names[i].name);
    return ok;
}

static bool drop_view(struct shadows *s, const char *name)
{
    return run_sql(s, arena_printf(&s->arena, "DROP VIEW temp.%s", quote(s, name)));
}

/* Hides a name behind a view without rows or useful columns. */
static bool hide(struct shadows *s, const char *name)
{
    return run_sql(s,
                   arena_printf(&s->arena, "CREATE TEMP VIEW %s AS SELECT NULL AS hidden WHERE 0",
                                quote(s, name)));
}

/* Hides SQLite's own tables, which reveal the whole database: highest row numbers, statistics,
 * folders. */
static bool hide_internal(struct shadows *s, const char *name)
{
    reach_add(&s->reach, name);
    return run_sql(
        s, arena_printf(&s->arena,
                        "CREATE TEMP VIEW IF NOT EXISTS %s AS SELECT NULL AS hidden WHERE 0",
                        quote(s, name)));
}

static bool has_column(struct shadows *s, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(s->conn->db, "main", table, column, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

/* Shows one of Leat's own tables without its secrets. */
static bool shadow_own(struct shadows *s, const char *name)
{
    struct slice rest = slice_of(own_tables_visible(name));
    const char *list = NULL;

    reach_add(&s->reach, name);
    while (rest.len) {
        struct slice one = slice_cut(&rest, '|');
        const char *column = arena_strndup(&s->arena, one.data, one.len);

        if (has_column(s, name, column))
            list = arena_printf(&s->arena, "%s%s%s", list ? list : "", list ? ", " : "", column);
    }
    if (!list)
        return hide(s, name);
    return run_sql(s, arena_printf(&s->arena, "CREATE TEMP VIEW %s AS SELECT %s FROM main.%s",
                                   quote(s, name), list, quote(s, name)));
}

/* Shows the caller's rows of an owned table. Behind a barrier, LIMIT keeps SQLite from moving outer
 * conditions into the view. */
static bool shadow_owned(struct shadows *s, const struct owned_table *t)
{
    reach_add(&s->reach, t->name);
    return run_sql(s,
                   arena_printf(&s->arena,
                                "CREATE TEMP VIEW %s AS SELECT * FROM main.%s WHERE %s = leat_sub()"
                                "%s",
                                quote(s, t->name), quote(s, t->name), quote(s, t->column),
                                s->is_barrier ? " LIMIT -1" : ""));
}

/* Creates a view of main as if it had been made here: its text without any `main.`. */
static bool shadow_view(struct shadows *s, const struct reach_name *view)
{
    static const char create[] = "CREATE ";
    struct buf sql = {0};
    struct sql_token t = sql_token_at(view->sql + strlen(create), &dialect_sqlite);
    const char *from = t.at;
    bool ok;

    buf_puts(&sql, "CREATE TEMP ");
    for (; t.len; t = sql_token_next(t)) {
        struct sql_token dot = sql_token_next(t);

        if (!sql_token_names(t, "main") || !sql_token_is(dot, "."))
            continue;
        buf_put(&sql, from, (size_t)(t.at - from));
        from = dot.at + dot.len;
    }
    buf_puts(&sql, from);
    ok = run_sql(s, buf_text(&sql));
    buf_fini(&sql);
    return ok;
}

/* Returns the value of a virtual table's option, `content='todos'`; len 0 if it has none. */
static struct sql_token option_of(const char *sql, const char *option)
{
    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite); t.len; t = sql_token_next(t))
        if (sql_token_is(t, option) && sql_token_is(sql_token_next(t), "="))
            return sql_token_next(sql_token_next(t));
    return (struct sql_token){0};
}

static const struct owned_table *content_of(const struct shadows *s, const char *sql)
{
    struct sql_token content = option_of(sql, "content");

    for (size_t i = 0; content.len && i < s->count; i++)
        if (sql_token_names(content, s->tables[i].name))
            return &s->tables[i];
    return NULL;
}

/* Returns the content's column by which the index numbers its rows. */
static const char *row_id_of(struct shadows *s, const char *sql)
{
    struct sql_token id = option_of(sql, "content_rowid");
    char *column;

    if (!id.len)
        return "rowid";
    column = arena_alloc(&s->arena, id.len + 1);
    sql_token_text(id, column);
    return column;
}

/* Returns true if the column's numbers are unique: assigned by SQLite, or the whole key. */
static bool is_unique(struct shadows *s, const struct owned_table *t, const char *column)
{
    static const char query[] =
        "SELECT NOT max(name = ?2 COLLATE NOCASE) OR (sum(pk > 0) = 1 AND"
        " max(pk > 0 AND name = ?2 COLLATE NOCASE AND type = 'INTEGER' COLLATE NOCASE))"
        " FROM pragma_table_xinfo(?1, 'main')";
    sqlite3_stmt *stmt = NULL;
    bool is = false;

    if (sqlite3_prepare_v2(s->conn->db, query, -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, column, -1, SQLITE_STATIC);
        is = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return is;
}

/* Shows those rows of a full-text index over an owned table whose content is the caller's. MATCH
 * and rank still work, because SQLite flattens the view. An index numbered by a column that two
 * owners can share would show one the other's row. */
static bool shadow_index(struct shadows *s, const struct reach_name *index)
{
    const struct owned_table *t = content_of(s, index->sql);
    const char *name = quote(s, index->name), *id = row_id_of(s, index->sql);

    if (!t || !is_unique(s, t, id))
        return hide(s, index->name);
    return run_sql(s, arena_printf(&s->arena,
                                   "CREATE TEMP VIEW %s AS SELECT *, %s, rowid%s FROM main.%s WHERE"
                                   " rowid IN (SELECT %s FROM main.%s WHERE %s = leat_sub())",
                                   name, name, has_column(s, index->name, "rank") ? ", rank" : "",
                                   name, quote(s, id), quote(s, t->name), quote(s, t->column)));
}

/* SQLite drops nothing that is called sqlite_*. */
static const char made_before[] = "SELECT name FROM temp.sqlite_schema WHERE type = 'view'"
                                  " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
/* The remaining pragmas reveal only the schema, and Leat uses them here. */
static const char internal[] =
    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name LIKE 'sqlite\\_%' ESCAPE "
    "'\\'"
    " UNION ALL SELECT 'pragma_' || name FROM pragma_pragma_list WHERE name NOT IN"
    " ('foreign_key_list', 'index_info', 'index_list', 'index_xinfo', 'pragma_list', 'table_info',"
    " 'table_list', 'table_xinfo')";

static bool make_all(struct shadows *s)
{
    size_t first;

    if (!for_each(s, made_before, drop_view) || !for_each(s, internal, hide_internal) ||
        !for_each(s,
                  "SELECT name FROM main.sqlite_schema WHERE type = 'table'"
                  " AND name LIKE '\\_leat\\_%' ESCAPE '\\'",
                  shadow_own) ||
        !for_each(s, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'",
                  hide))
        return false;
    for (size_t i = 0; i < s->count; i++)
        if (!shadow_owned(s, &s->tables[i]))
            return false;
    first = s->reach.count;
    if (!reach_follow(&s->reach, s->conn))
        return false;
    for (size_t i = first; i < s->reach.count; i++) {
        const struct reach_name *n = &s->reach.names[i];

        if (!(n->is_view ? shadow_view(s, n) : shadow_index(s, n)))
            return false;
    }
    return true;
}

/* Lifts the settings that forbid views: a read-only connection takes none, not even temporary ones;
 * a defensive one none named like a virtual table's backing tables; and one without a writable
 * schema none named sqlite_*. */
static void open_up(struct conn *c, bool is_reader, bool is_open)
{
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, !is_open, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, is_open, NULL);
    if (is_reader)
        conn_exec(c, is_open ? "PRAGMA query_only = OFF" : "PRAGMA query_only = ON");
}

bool shadow_set(struct conn *c, const struct owned_table *tables, size_t count, bool is_barrier,
                struct fault *fault)
{
    struct shadows s = {.conn = c, .tables = tables, .count = count, .is_barrier = is_barrier};
    bool is_reader = conn_integer(c, "PRAGMA query_only") == 1, ok;

    s.reach.arena = &s.arena;
    open_up(c, is_reader, true);
    ok = conn_exec(c, "SAVEPOINT shadows") && make_all(&s);
    if (!ok)
        fault_set(fault, "hiding protected columns: %s", sqlite3_errmsg(c->db));
    ok = conn_exec(c, ok ? "RELEASE shadows" : "ROLLBACK TO shadows; RELEASE shadows") && ok;
    open_up(c, is_reader, false);
    arena_fini(&s.arena);
    return ok;
}
