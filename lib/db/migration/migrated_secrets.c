/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/migrated_secrets.h"

#include <string.h>
#include <strings.h>

#include "lib/core/slice.h"
#include "lib/db/own_tables.h"
#include "lib/db/rowsec/reach.h"
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

    for (struct sql_token t = sql_token_at(sql); t.len; t = sql_token_next(t)) {
        is_outer |= sql_token_is(t, "RIGHT") || sql_token_is(t, "FULL");
        names |= sql_token_is(t, "USING") || sql_token_is(t, "NATURAL");
    }
    return is_outer && names;
}

/* Returns true if the statement names a view with such a join, or one that leads to it. */
static bool leads_to_silent_view(struct conn *c, const struct reach *own, const char *sql)
{
    struct reach r = {.arena = own->arena};

    for (size_t i = 0; i < own->count; i++)
        if (own->names[i].is_view && has_silent_join(own->names[i].sql))
            reach_add(&r, own->names[i].name);
    return r.count && reach_follow(&r, c) && reach_find(&r, sql);
}

/* Returns true if the statement may read rows. One that makes a view does not; a temporary view
 * counts, since nothing else finds it when it is read. */
static bool may_read(const char *sql)
{
    struct sql_token t = sql_token_at(sql);

    if (sql_token_is(t, "CREATE") && sql_token_is(sql_token_next(t), "VIEW"))
        return false;
    for (; t.len; t = sql_token_next(t))
        if (sql_token_is(t, "FROM") || sql_token_is(t, "IN"))
            return true;
    return false;
}

const char *migrated_secrets_refuse_text(struct conn *c, const char *sql, const char *end)
{
    struct arena arena = {0};
    struct reach r = {.arena = &arena};
    const char *text = arena_strndup(&arena, sql, (size_t)(end - sql));
    bool reads = may_read(text) && own_tables_reach(c, &r) && reach_find(&r, text);
    bool is_silent = reads && (has_silent_join(text) || leads_to_silent_view(c, &r, text));

    arena_fini(&arena);
    return is_silent ? no_secrets : NULL;
}
