/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/migrated_secrets.h"

#include <string.h>
#include <strings.h>

#include "lib/core/slice.h"
#include "lib/db/own_tables.h"
#include "lib/db/rowsec/reach.h"
#include "lib/db/sql/sqlhead.h"
#include "lib/db/sql/sqllex.h"
#include "lib/db/sqlite/connection/conn.h"

static const char no_secrets[] = "a migration must not read the secrets of Leat's own tables";
static const char no_changes[] = "a migration must not alter or drop Leat's own tables";

/* A column without a name stands for a table of which no column is read. */
static bool is_secret(const char *table, const char *column)
{
    return *column && strcasecmp(column, "ROWID") != 0 && own_tables_has(table) &&
           !slice_is_choice(own_tables_visible(table), column);
}

const char *migrated_secrets_refuse(int action, const char *a, const char *b)
{
    switch (action) {
    case SQLITE_READ:
        return is_secret(a, b) ? no_secrets : NULL;
    case SQLITE_ALTER_TABLE:
        return own_tables_has(b) ? no_changes : NULL;
    case SQLITE_DROP_TABLE:
        return own_tables_has(a) ? no_changes : NULL;
    default:
        return NULL;
    }
}

static bool has_silent_join(const char *sql)
{
    bool is_outer = false, names = false;

    for (struct sql_token t = sql_token_at(sql, &dialect_sqlite); t.len; t = sql_token_next(t)) {
        is_outer |= sql_token_is(t, "RIGHT") || sql_token_is(t, "FULL");
        names |= sql_token_is(t, "USING") || sql_token_is(t, "NATURAL");
    }
    return is_outer && names;
}

/* What leads to Leat's own tables, and what of that reads them by such a join. */
struct silent {
    struct arena arena;
    struct reach own, views;
};

static bool find_silent(struct silent *s, struct conn *c)
{
    s->own.arena = s->views.arena = &s->arena;
    s->own.is_temp_seen = s->views.is_temp_seen = true;
    if (!own_tables_reach(c, &s->own))
        return false;
    for (size_t i = 0; i < s->own.count; i++)
        if (s->own.names[i].is_view && has_silent_join(s->own.names[i].sql))
            reach_add(&s->views, s->own.names[i].name);
    return !s->views.count || reach_follow(&s->views, c);
}

static bool reads_silently(const struct silent *s, const char *sql)
{
    return (has_silent_join(sql) && reach_find(&s->own, sql)) || reach_find(&s->views, sql);
}

/* Returns true if a trigger, even a temporary one, reads so. */
static bool has_silent_trigger(const struct silent *s, struct conn *c)
{
    sqlite3_stmt *stmt = NULL;
    bool found = false;
    int rc = sqlite3_prepare_v2(c->db,
                                "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' UNION "
                                "ALL SELECT sql FROM temp.sqlite_schema WHERE type = 'trigger'",
                                -1, &stmt, NULL);

    while (rc == SQLITE_OK && !found && sqlite3_step(stmt) == SQLITE_ROW)
        found = reads_silently(s, (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return found;
}

/* Returns true if the statement may read rows. One that makes a view does not; a temporary view
 * counts, since an earlier migration may have made it. */
static bool may_read(const char *sql)
{
    struct sql_token t = sql_token_at(sql, &dialect_sqlite);

    if (sql_token_is(t, "CREATE") && sql_token_is(sql_token_next(t), "VIEW"))
        return false;
    for (; t.len; t = sql_token_next(t))
        if (sql_token_is(t, "FROM") || sql_token_is(t, "IN"))
            return true;
    return false;
}

/* Returns true if the change reads rows that its text does not name: a full-text table those that
 * it indexes, a trigger whatever it likes. */
static bool changes_silently(const struct silent *s, struct conn *c, struct sql_head head)
{
    struct sql_token target = head.target, dot = sql_token_next(target);
    bool is_silent = false;

    if (sql_token_is(dot, "."))
        target = sql_token_next(dot);
    for (size_t i = 0; i < s->views.count; i++)
        is_silent |= sql_token_names(target, s->views.names[i].name);
    return is_silent || has_silent_trigger(s, c);
}

bool migrated_secrets_are_near(struct conn *c)
{
    struct silent s = {0};
    bool are = !find_silent(&s, c) || s.views.count || has_silent_trigger(&s, c);

    arena_fini(&s.arena);
    return are;
}

const char *migrated_secrets_refuse_text(struct conn *c, const char *sql, const char *end,
                                         bool are_near)
{
    struct silent s = {0};
    const char *text = arena_strndup(&s.arena, sql, (size_t)(end - sql));
    struct sql_head head = sql_head_of(text, &dialect_sqlite);
    bool reads = may_read(text), changes = are_near && sql_head_writes(head), is_silent = false;

    if (reads || changes)
        is_silent = !find_silent(&s, c) || (reads && reads_silently(&s, text)) ||
                    (changes && changes_silently(&s, c, head));
    arena_fini(&s.arena);
    return is_silent ? no_secrets : NULL;
}
