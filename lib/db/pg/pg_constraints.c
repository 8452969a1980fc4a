/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_constraints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"

struct pg_constraint {
    char *schema, *table, *name, *columns; /* "todos.a, todos.b" */
};

/* A violated unique index is told like a constraint of its name. The columns are in the order of the
 * key. */
static const char read_sql[] =
    "SELECT n.nspname, t.relname, c.name,"
    "       string_agg(t.relname || '.' || a.attname, ', ' ORDER BY k.ord)"
    "  FROM (SELECT i.indrelid AS rel, x.relname AS name, i.indkey::int2[] AS cols, i.indnkeyatts "
    "AS n"
    "          FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
    "         WHERE i.indisunique"
    "        UNION ALL"
    "        SELECT conrelid, conname, conkey, cardinality(conkey) FROM pg_constraint"
    "         WHERE contype = 'f') AS c"
    "  JOIN pg_class t ON t.oid = c.rel"
    "  JOIN pg_namespace n ON n.oid = t.relnamespace"
    "   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    " CROSS JOIN LATERAL unnest(c.cols) WITH ORDINALITY AS k(num, ord)"
    "  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num"
    " WHERE k.ord <= c.n"
    " GROUP BY 1, 2, 3";

static const struct {
    const char *state;
    enum plan_rule_kind kind;
    const char *keyword;
} kinds[] = {
    {"23505", RULE_UNIQUE, "unique"},
    {"23P01", RULE_UNIQUE, "unique"},
    {"23514", RULE_CHECK, "check"},
    {"23502", RULE_NOT_NULL, "required"},
    {"23503", RULE_FOREIGN_KEY, "foreignKey"},
    {"23001", RULE_FOREIGN_KEY, "foreignKey"},
};

bool pg_constraints_read(struct pg_constraints *all, PGconn *pg, struct fault *fault)
{
    PGresult *res = PQexec(pg, read_sql);
    bool ok = PQresultStatus(res) == PGRES_TUPLES_OK;

    *all = (struct pg_constraints){0};
    if (!ok)
        fault_set(fault, "the constraints cannot be read: %s", PQerrorMessage(pg));
    all->rows = ok ? xcalloc((size_t)PQntuples(res) + 1, sizeof(*all->rows)) : NULL;
    for (int i = 0; ok && i < PQntuples(res); i++)
        all->rows[all->count++] =
            (struct pg_constraint){xstrdup(PQgetvalue(res, i, 0)), xstrdup(PQgetvalue(res, i, 1)),
                                   xstrdup(PQgetvalue(res, i, 2)), xstrdup(PQgetvalue(res, i, 3))};
    PQclear(res);
    return ok;
}

void pg_constraints_fini(struct pg_constraints *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->rows[i].schema);
        free(all->rows[i].table);
        free(all->rows[i].name);
        free(all->rows[i].columns);
    }
    free(all->rows);
    *all = (struct pg_constraints){0};
}

/* Returns the columns of the constraint, or "". */
static const char *columns_of(const struct pg_constraints *all, const struct pg_violation *v)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->rows[i].name, v->name) == 0 && strcmp(all->rows[i].table, v->table) == 0 &&
            strcmp(all->rows[i].schema, v->schema) == 0)
            return all->rows[i].columns;
    return "";
}

static const struct plan_else *find_rule(const struct plan *plan, enum plan_rule_kind kind,
                                         const char *name, const char *columns)
{
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct plan_rule *rule = &plan->rules[i];

        if (rule->kind == kind &&
            (!rule->key || strcmp(rule->key, name) == 0 || strcmp(rule->key, columns) == 0))
            return &rule->answer;
    }
    return NULL;
}

void pg_constraint_answer(const struct pg_constraints *all, struct db_job *job,
                          const struct plan_step *step, const struct pg_violation *v)
{
    char not_null[256];
    const char *columns = columns_of(all, v);

    snprintf(not_null, sizeof(not_null), "%s.%s", v->table, v->column);
    job->keyword = "constraint";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i].state, v->state) != 0)
            continue;
        job->keyword = kinds[i].keyword;
        if (kinds[i].kind == RULE_FOREIGN_KEY && step->deletes)
            job->err = ERR_REFERENCED; /* the rules are about a missing row, this one exists */
        else
            job->answer = find_rule(job->plan, kinds[i].kind, v->name,
                                    kinds[i].kind == RULE_NOT_NULL ? not_null : columns);
    }
}
