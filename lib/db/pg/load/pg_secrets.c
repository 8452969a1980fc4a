/* SPDX-License-Identifier: MIT */
/* A function sees every column, and what it does shows only when it runs, so one that names these
 * tables is refused, whatever it does with them. */
#include "lib/db/pg/load/pg_secrets.h"

#include "lib/core/slice.h"
#include "lib/db/own_tables.h"

#define OWN "LIKE '\\_leat\\_%'"

/* Each finds what is refused: its description, and a table and a column if only hidden ones are. */
static const char *const queries[] = {
    "SELECT pg_catalog.format('the trigger %s is on %s and would see secrets of Leat''s own "
    "tables',"
    " t.tgname, c.relname), NULL, NULL FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c"
    " ON c.oid = t.tgrelid WHERE c.relname " OWN " AND NOT t.tgisinternal",
    "SELECT pg_catalog.format('the function %s names a table of Leat''s own and would see its"
    " secrets; read it in the operation''s SQL', p.proname), NULL, NULL FROM pg_catalog.pg_proc p"
    " WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND (p.prosrc ~* '\\m_leat_' OR EXISTS ("
    "  SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.refobjid"
    "  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid"
    "  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND c.relname " OWN "))",
    "SELECT pg_catalog.format('a foreign key of %s leads to a secret of %s', f.relname, c.relname),"
    " c.relname, a.attname FROM pg_catalog.pg_constraint k"
    " JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_class f"
    " ON f.oid = k.conrelid JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid"
    " AND a.attnum = ANY (k.confkey) WHERE k.contype = 'f' AND c.relname " OWN
    " AND NOT f.relname " OWN,
};

static bool is_secret(const PGresult *rows, int i)
{
    const char *table = pg_text(rows, i, 1);

    return !table || !slice_is_choice(own_tables_visible(table), pg_text(rows, i, 2));
}

bool pg_secrets_verify(struct pg_session *s, struct fault *fault)
{
    bool ok = true;

    for (size_t k = 0; ok && k < sizeof(queries) / sizeof(*queries); k++) {
        PGresult *rows = pg_session_ask(s, fault, queries[k], PG_END);

        ok = rows != NULL;
        for (int i = 0; ok && i < PQntuples(rows); i++)
            ok = !is_secret(rows, i) || fault_set(fault, "%s", pg_text(rows, i, 0));
        PQclear(rows);
    }
    return ok;
}
