/* SPDX-License-Identifier: MIT */
/* Each rule is a query for the texts of what violates it. $1 and $2 are the table and its owner
 * column; $3 and $4 those of another owned table. */
#include "lib/db/pg/load/pg_owner_rules.h"

#include <string.h>

#include "lib/db/engine/plan.h"

#define TABLE "pg_catalog.to_regclass(pg_catalog.quote_ident($1))"
#define COLUMN                                                                                     \
    "pg_catalog.pg_attribute a WHERE a.attrelid = " TABLE " AND a.attname = $2"                    \
    " AND a.attnum > 0 AND NOT a.attisdropped"
/* The table, the views over it, and those over them: their rules refer to it. */
#define VIEWS                                                                                      \
    "WITH RECURSIVE v AS (SELECT " TABLE "::oid AS oid UNION SELECT r.ev_class FROM v"             \
    "  JOIN pg_catalog.pg_depend d ON d.refobjid = v.oid"                                          \
    "  AND d.refclassid = 'pg_catalog.pg_class'::regclass"                                         \
    "  AND d.classid = 'pg_catalog.pg_rewrite'::regclass"                                          \
    "  JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid)"

static const char role_query[] =
    "SELECT CASE WHEN rolsuper THEN 'is a superuser' WHEN rolbypassrls THEN 'has BYPASSRLS' END,"
    " rolname FROM pg_catalog.pg_roles WHERE rolname = current_user";

/* Where one of these finds something, the table cannot be owned. */
static const char *const errors[] = {
    "SELECT CASE c.relkind WHEN 'v' THEN 'is a view; name its tables instead'"
    "  WHEN 'm' THEN 'is a materialized view' WHEN 'f' THEN 'is a foreign table' END"
    " FROM (SELECT " TABLE " AS oid) t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid"
    " WHERE c.relkind IN ('v', 'm', 'f')",
    "SELECT 'no such table' WHERE " TABLE " IS NULL",
    "SELECT 'has no such column' WHERE NOT EXISTS (SELECT FROM " COLUMN ")",
    "SELECT 'the column is generated' FROM " COLUMN " AND a.attgenerated <> ''",
    "SELECT 'the column must be text, like subjects' FROM " COLUMN
    " AND a.atttypid NOT IN ('text'::regtype, 'varchar'::regtype)",
    "SELECT 'the column must not have a collation that finds different texts equal' FROM " COLUMN
    " AND NOT (SELECT collisdeterministic FROM pg_catalog.pg_collation WHERE oid = a.attcollation)",
    "SELECT 'the column can be NULL, which would leave rows without an owner; declare it NOT NULL'"
    " FROM " COLUMN " AND NOT a.attnotnull",
};

/* What lets a statement see other rows by another way, or makes it slow. */
static const struct {
    enum diag_level level;
    const char *query;
} findings[] = {
    {DIAG_ERROR, VIEWS
     " SELECT CASE c.relkind WHEN 'm' THEN pg_catalog.format('the materialized view %s holds the"
     " rows of all owners', c.relname) ELSE pg_catalog.format('the view %s shows the rows of all"
     " owners; create it WITH (security_invoker = true)', c.relname) END"
     " FROM v JOIN pg_catalog.pg_class c ON c.oid = v.oid WHERE c.relkind = 'm' OR c.relkind = 'v'"
     " AND NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions)"
     "  WHERE option_name = 'security_invoker' AND option_value::boolean) ORDER BY c.relname"},
    {DIAG_WARNING,
     "SELECT pg_catalog.format('the function %s is SECURITY DEFINER and names the table: it may"
     " reach the rows of all owners', p.proname) FROM pg_catalog.pg_proc p WHERE p.prosecdef"
     " AND p.pronamespace <> 'pg_catalog'::regnamespace AND ((p.prosqlbody IS NULL"
     "  AND p.prosrc ~* ('\\m' || pg_catalog.regexp_replace($1, '(\\W)', '\\\\\\1', 'g') || '\\M'))"
     "  OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.refobjid = " TABLE
     "   AND d.classid = 'pg_catalog.pg_proc'::regclass)) ORDER BY p.proname"},
    {DIAG_WARNING,
     "SELECT pg_catalog.format('no index begins with %s, so each read scans the whole table', "
     "$2::text)"
     " FROM " COLUMN " AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i"
     "  WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)"},
};

static const char stray_key[] =
    "SELECT pg_catalog.format('a foreign key can refer to another owner''s row of %s; include %s in"
    " it', $3::text, $2::text) WHERE EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE "
    "k.contype = 'f'"
    " AND k.conrelid = " TABLE " AND k.confrelid ="
    " pg_catalog.to_regclass(pg_catalog.quote_ident($3)) AND NOT EXISTS (SELECT FROM"
    "  unnest(k.conkey, k.confkey) AS u (own, other) JOIN pg_catalog.pg_attribute a"
    "  ON a.attrelid = k.conrelid AND a.attnum = u.own JOIN pg_catalog.pg_attribute b"
    "  ON b.attrelid = k.confrelid AND b.attnum = u.other"
    "  WHERE a.attname = $2 AND b.attname = $4))";

bool pg_owner_allows_role(struct pg_session *s, struct fault *fault)
{
    PGresult *row = pg_session_ask(s, fault, role_query, PG_END);
    bool ok = row != NULL;

    if (ok && PQntuples(row) && pg_text(row, 0, 0))
        ok = fault_set(fault, "the role %s %s, so that row security does not bind it",
                       pg_text(row, 0, 1), pg_text(row, 0, 0));
    PQclear(row);
    return ok;
}

/* Runs a rule, and reports what it finds. Returns how much that is. */
static int run_rule(struct pg_session *s, const char *query, enum diag_level level,
                    const struct owned_table *t, const struct owned_table *other,
                    prover_judge_fn report, void *arg)
{
    struct fault fault;
    const char *column = strstr(query, "$2") ? t->column : NULL; /* else it has no such parameter */
    PGresult *rows = pg_session_ask(s, &fault, query, t->name, column, other ? other->name : NULL,
                                    other ? other->column : NULL, PG_END);
    int n = rows ? PQntuples(rows) : 1;

    for (int i = 0; rows && i < n; i++)
        report(arg, level, pg_text(rows, i, 0));
    if (!rows)
        report(arg, DIAG_ERROR, fault.text);
    PQclear(rows);
    return n;
}

void pg_owner_judge(struct pg_session *s, const struct owned_table *t,
                    const struct owned_table *tables, size_t count, prover_judge_fn report,
                    void *arg)
{
    struct fault fault;

    if (!pg_owner_allows_role(s, &fault)) {
        report(arg, DIAG_ERROR, fault.text);
        return;
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        if (run_rule(s, errors[i], DIAG_ERROR, t, NULL, report, arg))
            return;
    for (size_t i = 0; i < sizeof(findings) / sizeof(*findings); i++)
        run_rule(s, findings[i].query, findings[i].level, t, NULL, report, arg);
    for (size_t i = 0; i < count; i++)
        run_rule(s, stray_key, DIAG_WARNING, t, &tables[i], report, arg);
}
