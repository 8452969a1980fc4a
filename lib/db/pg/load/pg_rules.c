/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_rules.h"

#include <string.h>

#include "lib/core/buf.h"

#define TABLE "pg_catalog.to_regclass(pg_catalog.quote_ident($1))"

/* What the rule's constraint must be. $1 is the table, or the name of a CHECK; $2 an array of
 * columns. A foreign key has no name. */
static const char *const queries[PLAN_RULE_KIND_COUNT] = {
    [RULE_UNIQUE] =
        "SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = " TABLE " AND i.indisunique"
        " AND (SELECT pg_catalog.array_agg(attname::text COLLATE \"C\" ORDER BY attname::text"
        "  COLLATE \"C\") FROM pg_catalog.pg_attribute WHERE attrelid = i.indrelid"
        "  AND attnum = ANY (i.indkey::int2[]))"
        " = (SELECT pg_catalog.array_agg(c COLLATE \"C\" ORDER BY c COLLATE \"C\")"
        "  FROM unnest($2::text[]) c)",
    [RULE_NOT_NULL] = "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = " TABLE
                      " AND attname = ($2::text[])[1] AND attnotnull",
    [RULE_CHECK] = "SELECT FROM pg_catalog.pg_constraint WHERE contype = 'c' AND conname = $1",
};

/* Splits "todos.a, todos.b" into the table and {"a","b"}. */
static void split_key(const char *key, struct buf *table, struct buf *columns)
{
    struct slice rest = slice_of(key);

    while (rest.len) {
        struct slice one = slice_trim(slice_cut(&rest, ','));
        const char *dot = memchr(one.data, '.', one.len);
        size_t len = dot ? (size_t)(dot - one.data) : one.len;

        table->len = 0;
        buf_put(table, one.data, len);
        if (dot)
            buf_printf(columns, "%c\"%.*s\"", columns->len ? ',' : '{', (int)(one.len - len - 1),
                       dot + 1);
    }
    buf_putc(columns, '}');
}

bool pg_rules_has(struct pg_session *s, enum plan_rule_kind kind, const char *key)
{
    struct buf table = {0}, columns = {0};
    struct fault ignored;
    PGresult *rows;
    bool has;

    if (!key || !queries[kind])
        return true;
    split_key(key, &table, &columns);
    rows = pg_session_ask(s, &ignored, queries[kind], buf_text(&table),
                          kind == RULE_CHECK ? NULL : buf_text(&columns), PG_END);
    has = !rows || PQntuples(rows);
    PQclear(rows);
    buf_fini(&table);
    buf_fini(&columns);
    return has;
}
