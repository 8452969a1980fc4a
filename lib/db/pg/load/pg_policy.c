/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_policy.h"

#include "lib/core/buf.h"
#include "lib/db/engine/plan.h"
#include "lib/db/pg/load/pg_owner_rules.h"

#define CALLER "(SELECT nullif(current_setting('leat.sub', true), ''))"

/* Lists the table and those below it, with what stands in the way of their policy: NULL for
 * nothing. PostgreSQL prints a policy's expression in one form, but for the cast of a varchar. */
static const char states[] =
    "WITH RECURSIVE t AS (SELECT pg_catalog.to_regclass(pg_catalog.quote_ident($1))::oid AS oid"
    " UNION SELECT i.inhrelid FROM t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid),"
    " forms AS (SELECT pg_catalog.format('(%s = ( SELECT NULLIF(current_setting(''leat.sub''::text,"
    " true), ''''::text) AS \"nullif\"))', c) AS form FROM unnest(ARRAY[pg_catalog.quote_ident($2),"
    " '(' || pg_catalog.quote_ident($2) || ')::text']) AS c)"
    " SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.relname,"
    "  CASE WHEN NOT c.relrowsecurity THEN 'row security is off'"
    "   WHEN NOT c.relforcerowsecurity THEN 'row security is not forced upon its owner'"
    "   WHEN p.oid IS NULL THEN 'the policy leat_owner is missing'"
    "   WHEN p.polcmd <> '*' OR NOT p.polpermissive OR p.polroles <> '{0}'"
    "    OR pg_catalog.pg_get_expr(p.polqual, p.polrelid) NOT IN (SELECT form FROM forms)"
    "    OR pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) NOT IN (SELECT form FROM forms)"
    "   THEN 'the policy leat_owner is another one' END,"
    "  p.oid IS NOT NULL, pg_catalog.quote_ident($2)"
    " FROM t JOIN pg_catalog.pg_class c ON c.oid = t.oid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_policy p"
    " ON p.polrelid = c.oid AND p.polname = 'leat_owner' WHERE c.relkind IN ('r', 'p')";

enum { STATE_PATH, STATE_NAME, STATE_WHY, STATE_HAS_POLICY, STATE_COLUMN };

static bool write_policy(struct pg_session *s, const PGresult *rows, int i, struct fault *fault)
{
    const char *table = pg_text(rows, i, STATE_PATH), *column = pg_text(rows, i, STATE_COLUMN);
    struct buf sql = {0};
    bool ok;

    buf_printf(&sql,
               "ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
               "DROP POLICY IF EXISTS leat_owner ON %s;"
               "CREATE POLICY leat_owner ON %s USING (%s = " CALLER ") WITH CHECK (%s = " CALLER
               ")",
               table, table, table, column, column);
    ok = pg_session_run(s, buf_text(&sql), fault);
    buf_fini(&sql);
    return ok;
}

bool pg_policy_write(struct pg_session *s, const struct owned_table *tables, size_t count,
                     void (*report)(const char *table), struct fault *fault)
{
    bool ok = true;

    for (size_t k = 0; ok && k < count; k++) {
        PGresult *rows = pg_session_ask(s, fault, states, tables[k].name, tables[k].column, PG_END);

        ok = rows != NULL;
        for (int i = 0; ok && i < PQntuples(rows); i++) {
            if (!pg_text(rows, i, STATE_WHY))
                continue;
            ok = write_policy(s, rows, i, fault) ||
                 fault_add_context(fault, "protecting the table %s", pg_text(rows, i, STATE_NAME));
            if (ok && report)
                report(pg_text(rows, i, STATE_NAME));
        }
        PQclear(rows);
    }
    return ok;
}

bool pg_policy_verify(struct pg_session *s, const struct owned_table *tables, size_t count,
                      struct fault *fault)
{
    bool ok = !count || pg_owner_allows_role(s, fault);

    for (size_t k = 0; ok && k < count; k++) {
        PGresult *rows = pg_session_ask(s, fault, states, tables[k].name, tables[k].column, PG_END);

        ok = rows != NULL;
        for (int i = 0; ok && i < PQntuples(rows); i++)
            if (pg_text(rows, i, STATE_WHY))
                ok = fault_set(fault, "the table %s: %s; run leat migrate up",
                               pg_text(rows, i, STATE_NAME), pg_text(rows, i, STATE_WHY));
        PQclear(rows);
    }
    return ok;
}
