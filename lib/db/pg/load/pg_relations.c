/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_relations.h"

#include <string.h>
#include <strings.h>

#include "lib/db/engine/plan.h"

/* Names in a statement are in lower case where they have no quotes; others are not found. */
#define TABLE "pg_catalog.to_regclass(pg_catalog.quote_ident(pg_catalog.lower($1)))"
/* The proofs know collations by SQLite's names. */
#define COLLATION                                                                                  \
    "CASE WHEN coalesce((SELECT collisdeterministic FROM pg_catalog.pg_collation"                  \
    " WHERE oid = a.attcollation), true) THEN 'BINARY' ELSE 'NOCASE' END"

static const char table_query[] =
    "SELECT relname, CASE relkind WHEN 'v' THEN 'CREATE VIEW v AS ' || "
    "pg_catalog.pg_get_viewdef(oid)"
    " END FROM pg_catalog.pg_class WHERE oid = " TABLE " AND relkind IN ('r', 'p', 'v')";

static const char column_query[] =
    "SELECT a.attname, " COLLATION " FROM pg_catalog.pg_attribute a WHERE a.attrelid = " TABLE
    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/* One row for each column of each unique index; an expression has no name. */
static const char key_query[] =
    "SELECT i.indexrelid, a.attname, " COLLATION ", i.indpred IS NULL AND i.indisvalid"
    " FROM pg_catalog.pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k (att, n)"
    " LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_attribute WHERE attnum = k.att AND k.att > 0"
    "  AND attrelid = i.indrelid) a ON true"
    " WHERE i.indrelid = " TABLE " AND i.indisunique AND k.n <= i.indnkeyatts"
    " ORDER BY i.indexrelid, k.n";

static PGresult *ask(struct catalog *c, const char *query, const char *table)
{
    struct pg_relations *r = c->arg;
    struct fault ignored;

    return pg_session_ask(r->session, &ignored, query, table, PG_END);
}

static const char *keep(struct catalog *c, const PGresult *rows, int i, int k)
{
    const char *text = pg_text(rows, i, k);

    return text ? arena_strdup(&c->arena, text) : NULL;
}

static void read_columns(struct catalog *c, const char *name, struct relation *out)
{
    PGresult *rows = ask(c, column_query, name);
    int n = rows ? PQntuples(rows) : 0;

    out->columns = arena_zalloc(&c->arena, (size_t)(n + 1) * sizeof(*out->columns));
    for (int i = 0; i < n && i < RELATION_COLUMNS_MAX; i++) {
        struct relation_column *column = &out->columns[out->column_count++];

        column->name = column->column = keep(c, rows, i, 0);
        column->collation = keep(c, rows, i, 1);
    }
    PQclear(rows);
}

static void read_keys(struct catalog *c, const char *name, struct relation *out)
{
    PGresult *rows = ask(c, key_query, name);
    int n = rows ? PQntuples(rows) : 0;

    out->keys = arena_zalloc(&c->arena, (size_t)(n + 1) * sizeof(*out->keys));
    for (int i = 0; i < n; i++) {
        bool is_new = !i || strcmp(pg_text(rows, i, 0), pg_text(rows, i - 1, 0)) != 0;
        struct relation_key *key = &out->keys[is_new ? out->key_count++ : out->key_count - 1];

        if (is_new) {
            key->columns = arena_zalloc(&c->arena, (size_t)n * sizeof(*key->columns));
            key->collations = arena_zalloc(&c->arena, (size_t)n * sizeof(*key->collations));
            key->is_certain = *pg_text(rows, i, 3) == 't';
        }
        key->columns[key->count] = keep(c, rows, i, 1);
        key->collations[key->count] = keep(c, rows, i, 2);
        key->is_certain &= key->columns[key->count++] != NULL;
    }
    PQclear(rows);
}

static void read_relation(struct catalog *c, struct catalog_entry *out)
{
    PGresult *rows = ask(c, table_query, out->name);

    if (rows && PQntuples(rows)) {
        out->view = keep(c, rows, 0, 1);
        out->table.table = out->view ? NULL : keep(c, rows, 0, 0);
    }
    PQclear(rows);
    if (!out->table.table)
        return;
    read_columns(c, out->name, &out->table);
    read_keys(c, out->name, &out->table);
    out->table.is_known = out->table.column_count && out->table.column_count < RELATION_COLUMNS_MAX;
}

static const char *owner_of(struct catalog *c, const char *table)
{
    const struct pg_relations *r = c->arg;

    for (size_t i = 0; !r->is_lifted && i < r->count; i++)
        if (strcasecmp(r->tables[i].name, table) == 0)
            return r->tables[i].column;
    return NULL;
}

void pg_relations_init(struct catalog *c, struct pg_relations *r)
{
    static const struct catalog_source source = {read_relation, owner_of};

    *c = (struct catalog){.source = &source, .arg = r};
}
