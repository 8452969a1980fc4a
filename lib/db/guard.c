/* SPDX-License-Identifier: MIT */
#include "lib/db/guard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/db/conn.h"
#include "lib/db/owned.h"
#include "lib/db/tables.h"

struct guard {
    struct arena arena;
    struct owned_table *tables;
    size_t count;
    const char **views; /* of main, that read one of them */
    size_t view_count;
    bool is_lifted;
};

static bool has_text_affinity(const char *type)
{
    return !strcasestr(type, "INT") &&
           (strcasestr(type, "CHAR") || strcasestr(type, "CLOB") || strcasestr(type, "TEXT"));
}

/* Of a statement about one table or two. */
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

/* The hook of such a table counts columns now so, now so. */
static bool is_miscounted(struct conn *c, const struct owned_table *t)
{
    return integer(c,
                   "SELECT count(*) FROM pragma_table_list l"
                   " JOIN pragma_table_xinfo(l.name, 'main') o JOIN pragma_table_xinfo(l.name,"
                   " 'main') b ON b.cid < o.cid AND b.hidden = 2 WHERE l.schema = 'main' AND l.wr"
                   " AND l.name = ?1 COLLATE NOCASE AND o.name = ?2 COLLATE NOCASE",
                   t, NULL) > 0;
}

static const char *refuse_column(const struct table_column *column)
{
    if (!column)
        return "has no such column";
    if (column->is_generated)
        return "the column is generated";
    if (!has_text_affinity(column->type))
        return "the column must be TEXT, as subjects are";
    if (strcasecmp(column->collation, "BINARY") != 0)
        return "the column must compare byte by byte, without a COLLATE";
    if (column->is_nullable)
        return "the column may be NULL, and such a row would be nobody's; declare it NOT NULL";
    return NULL;
}

const char *guard_refuse(struct conn *c, const struct owned_table *t)
{
    struct arena arena = {0};
    struct table table;
    const char *why = NULL;

    if (!tables_read(c, t->name, &arena, &table))
        why = "there is no such table";
    else if (table.is_view || table.is_virtual)
        why = table.is_view ? "is a view; name its tables" : "is a virtual table";
    else if (is_miscounted(c, t))
        why = "is WITHOUT ROWID, and a virtual generated column stands before the owner's";
    else
        why = refuse_column(tables_column(&table, t->column));
    arena_fini(&arena);
    return why;
}

bool guard_is_indexed(struct conn *c, const struct owned_table *t)
{
    return integer(c,
                   "SELECT count(*) FROM pragma_index_list(?1, 'main') i"
                   " JOIN pragma_index_xinfo(i.name, 'main') x"
                   " WHERE NOT i.partial AND x.seqno = 0 AND x.name = ?2 COLLATE NOCASE",
                   t, NULL) > 0;
}

/* Where the key names no columns it means the primary key's. */
bool guard_is_stray(struct conn *c, const struct owned_table *from, const struct owned_table *to)
{
    return integer(c,
                   "SELECT count(*) FROM (SELECT 1 FROM pragma_foreign_key_list(?1, 'main') f"
                   " WHERE f.\"table\" = ?3 COLLATE NOCASE GROUP BY f.id"
                   " HAVING NOT sum(f.\"from\" = ?2 COLLATE NOCASE AND coalesce(f.\"to\","
                   " (SELECT name FROM pragma_table_xinfo(?3, 'main') WHERE pk = f.seq + 1), '')"
                   " = ?4 COLLATE NOCASE))",
                   from, to) > 0;
}

static bool is_owned(const struct guard *g, const char *name)
{
    for (size_t i = 0; name && i < g->count; i++)
        if (strcasecmp(g->tables[i].name, name) == 0)
            return true;
    return false;
}

struct search {
    const struct guard *guard;
    bool has_found;
};

static int on_read(void *arg, int action, const char *table, const char *column, const char *schema,
                   const char *accessor)
{
    struct search *s = arg;

    (void)column, (void)schema, (void)accessor;
    s->has_found |= action == SQLITE_READ && is_owned(s->guard, table);
    return SQLITE_OK;
}

/* Whether the view reads an owned table, perhaps through others. A broken one reads nothing. */
static bool reaches(struct conn *c, const struct guard *g, const char *view)
{
    struct search s = {.guard = g};
    char *sql = sqlite3_mprintf("SELECT * FROM main.\"%w\"", view);
    sqlite3_stmt *stmt = NULL;

    sqlite3_set_authorizer(c->db, on_read, &s);
    sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    sqlite3_set_authorizer(c->db, NULL, NULL);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    return s.has_found;
}

static void find_views(struct conn *c, struct guard *g)
{
    sqlite3_stmt *stmt = NULL;
    size_t room =
        (size_t)conn_integer(c, "SELECT count(*) FROM main.sqlite_schema WHERE type = 'view'");

    g->views = arena_zalloc(&g->arena, (room + 1) * sizeof(*g->views));
    sqlite3_prepare_v2(c->db, "SELECT name FROM main.sqlite_schema WHERE type = 'view'", -1, &stmt,
                       NULL);
    while (sqlite3_step(stmt) == SQLITE_ROW && g->view_count < room) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);

        if (reaches(c, g, name))
            g->views[g->view_count++] = arena_strdup(&g->arena, name);
    }
    sqlite3_finalize(stmt);
}

/* Makes the shadows of the views, or drops them. */
static void set_shadows(struct conn *c, bool is_on)
{
    bool is_reader = conn_integer(c, "PRAGMA query_only") == 1;

    if (is_reader)
        conn_exec(c, "PRAGMA query_only = OFF");
    for (size_t i = 0; i < c->guard->view_count; i++) {
        const char *name = c->guard->views[i];
        char *sql = is_on ? sqlite3_mprintf("CREATE TEMP VIEW \"%w\" AS SELECT * FROM main.\"%w\"",
                                            name, name)
                          : sqlite3_mprintf("DROP VIEW temp.\"%w\"", name);

        conn_exec(c, sql);
        sqlite3_free(sql);
    }
    if (is_reader)
        conn_exec(c, "PRAGMA query_only = ON");
}

void guard_free(struct conn *c)
{
    if (!c->guard)
        return;
    arena_fini(&c->guard->arena);
    free(c->guard);
    c->guard = NULL;
}

/* The tables of `tables` in an arena of the guard's own. */
static struct guard *make(const struct owned_table *tables, size_t count)
{
    struct guard *g = calloc(1, sizeof(*g));

    if (!g)
        abort();
    g->count = count;
    g->tables = arena_zalloc(&g->arena, (count + 1) * sizeof(*g->tables));
    for (size_t i = 0; i < count; i++)
        g->tables[i] = (struct owned_table){arena_strdup(&g->arena, tables[i].name),
                                            arena_strdup(&g->arena, tables[i].column)};
    return g;
}

bool guard_set(struct conn *c, const struct owned_table *tables, size_t count, char **why)
{
    *why = NULL;
    if (c->guard) {
        guard_lift(c, true);
        guard_free(c);
    }
    if (!count)
        return owned_protect(c, NULL, 0, why);
    c->guard = make(tables, count);
    find_views(c, c->guard);
    if (!owned_protect(c, tables, count, why))
        return false;
    set_shadows(c, true);
    return true;
}

void guard_lift(struct conn *c, bool is_lifted)
{
    if (!c->guard || c->guard->is_lifted == is_lifted)
        return;
    owned_show_all(c, is_lifted);
    set_shadows(c, !is_lifted);
    c->guard->is_lifted = is_lifted;
}

bool guard_is_view(struct conn *c, const char *name, const char *accessor)
{
    const struct guard *g = c->guard;

    for (size_t i = 0; g && !g->is_lifted && accessor && i < g->view_count; i++)
        if (strcasecmp(g->views[i], name) == 0 && strcasecmp(accessor, name) == 0)
            return true; /* only its shadow bears its name */
    return false;
}

bool guard_is_table(struct conn *c, const char *name, const char *accessor)
{
    return c->guard && !c->guard->is_lifted && !accessor && is_owned(c->guard, name);
}

bool guard_is_function(struct conn *c, const char *name, const char *accessor)
{
    return c->guard && strcasecmp(name, "leat_sub") == 0 && !is_owned(c->guard, accessor);
}
