/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/catalog.h"

#include <string.h>
#include <strings.h>

#include "lib/db/proof/never_null.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sqlite/connection/conn.h"

/* Prepares a statement of ours with `text` as its parameter. */
static sqlite3_stmt *query(struct catalog *c, const char *sql, const char *text)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(c->conn->db, sql, -1, &stmt, NULL) == SQLITE_OK)
        sqlite3_bind_text(stmt, 1, text, -1, SQLITE_TRANSIENT);
    return stmt;
}

static const char *text_at(struct catalog *c, sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    return text ? arena_strdup(&c->arena, text) : NULL;
}

static void read_column(struct catalog *c, sqlite3_stmt *stmt, struct relation *out)
{
    struct relation_column *column = &out->columns[out->column_count++];
    const char *type = (const char *)sqlite3_column_text(stmt, 1), *collation = NULL;
    bool is_only_key = sqlite3_column_int(stmt, 2) && sqlite3_column_int(stmt, 3) == 1;

    column->name = column->column = text_at(c, stmt, 0);
    if (out->has_rowid && is_only_key && type && strcasecmp(type, "INTEGER") == 0)
        out->rowid = column->name;
    sqlite3_table_column_metadata(c->conn->db, "main", out->table, column->name, NULL, &collation,
                                  NULL, NULL, NULL);
    column->collation = arena_strdup(&c->arena, collation ? collation : "BINARY");
}

static void read_columns(struct catalog *c, struct relation *out)
{
    sqlite3_stmt *stmt =
        query(c,
              "SELECT name, type, pk, sum(pk > 0) OVER (), count(*) OVER ()"
              " FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid",
              out->table);

    while (out->column_count < RELATION_COLUMNS_MAX && sqlite3_step(stmt) == SQLITE_ROW) {
        if (!out->columns)
            out->columns = arena_zalloc(&c->arena, (size_t)sqlite3_column_int(stmt, 4) *
                                                       sizeof(*out->columns));
        read_column(c, stmt, out);
    }
    sqlite3_finalize(stmt);
}

static void read_key(struct catalog *c, const char *index, struct relation_key *out)
{
    sqlite3_stmt *stmt = query(c,
                               "SELECT name, coll, count(*) OVER () FROM"
                               " pragma_index_xinfo(?1, 'main') WHERE key ORDER BY seqno",
                               index);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (!out->columns) {
            size_t n = (size_t)sqlite3_column_int(stmt, 2);

            out->columns = arena_alloc(&c->arena, n * sizeof(*out->columns));
            out->collations = arena_alloc(&c->arena, n * sizeof(*out->collations));
        }
        out->columns[out->count] = text_at(c, stmt, 0);
        out->collations[out->count] = text_at(c, stmt, 1);
        out->is_certain &= out->columns[out->count++] != NULL;
    }
    sqlite3_finalize(stmt);
}

static void read_keys(struct catalog *c, struct relation *out)
{
    sqlite3_stmt *stmt = query(c,
                               "SELECT name, partial, count(*) OVER () FROM"
                               " pragma_index_list(?1, 'main') WHERE \"unique\"",
                               out->table);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct relation_key *key;

        if (!out->keys)
            out->keys =
                arena_zalloc(&c->arena, (size_t)sqlite3_column_int(stmt, 2) * sizeof(*out->keys));
        key = &out->keys[out->key_count++];
        key->is_certain = !sqlite3_column_int(stmt, 1);
        read_key(c, text_at(c, stmt, 0), key);
    }
    sqlite3_finalize(stmt);
}

/* Returns the statement that made a view of main. */
static const char *view_sql(struct catalog *c, const char *name)
{
    sqlite3_stmt *stmt =
        query(c, "SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = ?1", name);
    const char *sql = sqlite3_step(stmt) == SQLITE_ROW ? text_at(c, stmt, 0) : NULL;

    sqlite3_finalize(stmt);
    return sql;
}

static void read_main(struct catalog *c, struct catalog_entry *out)
{
    sqlite3_stmt *stmt = query(
        c, "SELECT name, type, wr FROM pragma_table_list(?1) WHERE schema = 'main'", out->name);
    const char *type = sqlite3_step(stmt) == SQLITE_ROW ? text_at(c, stmt, 1) : "";
    const char *real = text_at(c, stmt, 0);
    struct relation *table = &out->table;

    table->has_rowid = !sqlite3_column_int(stmt, 2);
    sqlite3_finalize(stmt);
    if (strcmp(type, "view") == 0) {
        out->view = view_sql(c, real);
        return;
    }
    table->is_virtual = strcmp(type, "virtual") == 0;
    if (!real)
        return;
    table->table = real;
    read_columns(c, table);
    read_keys(c, table);
    table->is_known = table->column_count && table->column_count < RELATION_COLUMNS_MAX;
}

static const char *owner_in_main(struct catalog *c, const char *table)
{
    return rowsec_owner(c->conn, table);
}

static const struct catalog_source main_schema = {read_main, owner_in_main};

void catalog_init(struct catalog *c, struct conn *conn)
{
    *c = (struct catalog){.source = &main_schema, .conn = conn};
}

void catalog_fini(struct catalog *c)
{
    arena_fini(&c->arena);
    *c = (struct catalog){0};
}

const struct catalog_entry *catalog_find(struct catalog *c, const char *name)
{
    struct catalog_entry *entry;

    for (entry = c->entries; entry; entry = entry->next)
        if (strcasecmp(entry->name, name) == 0)
            return entry;
    entry = arena_zalloc(&c->arena, sizeof(*entry));
    entry->name = arena_strdup(&c->arena, name);
    entry->next = c->entries;
    c->entries = entry;
    c->source->read(c, entry);
    return entry;
}

const char *catalog_owner(struct catalog *c, const char *table)
{
    return c->source->owner(c, table);
}

bool catalog_views_are_plain(struct catalog *c)
{
    sqlite3_stmt *stmt = NULL;
    bool are_plain = true;

    if (c->has_judged_views)
        return c->are_views_plain;
    sqlite3_prepare_v2(c->conn->db, "SELECT sql FROM sqlite_schema WHERE type = 'view'", -1, &stmt,
                       NULL);
    while (are_plain && sqlite3_step(stmt) == SQLITE_ROW)
        are_plain = never_null_is_plain((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    c->has_judged_views = true;
    c->are_views_plain = are_plain;
    return are_plain;
}
