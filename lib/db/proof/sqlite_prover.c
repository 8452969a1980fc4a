/* SPDX-License-Identifier: MIT */
/* SQLite's answers to prover.h: the proofs of this room, on one connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/memory.h"
#include "lib/db/engine/prover_engine.h"
#include "lib/db/migration/migration.h"
#include "lib/db/migration/rehearse.h"
#include "lib/db/proof/catalog.h"
#include "lib/db/proof/explain_known.h"
#include "lib/db/proof/explain_nulls.h"
#include "lib/db/proof/explain_scan.h"
#include "lib/db/proof/prove_sql.h"
#include "lib/db/proof/prove_unique.h"
#include "lib/db/proof/table_values.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/rowsec/rowsec_rules.h"
#include "lib/db/sqlite/run/exec.h"
#include "lib/db/sql/dialect.h"

struct sqlite_proofs {
    struct prover base; /* first */
    struct conn *conn;
    struct catalog catalog;
    bool is_copy; /* of a live database */
};

static struct sqlite_proofs *own(struct prover *p)
{
    return (struct sqlite_proofs *)p;
}

static struct prover *wrap(struct conn *conn, bool is_copy)
{
    struct sqlite_proofs *s;

    if (!conn)
        return NULL;
    s = xcalloc(1, sizeof(*s));
    s->base.engine = &sqlite_prover;
    s->conn = conn;
    s->is_copy = is_copy;
    catalog_init(&s->catalog, conn);
    return &s->base;
}

static struct prover *open_scratch(const char *source, struct json_object *migrations,
                                   struct diags *diags)
{
    (void)source;
    return wrap(prove_open(migrations, diags), false);
}

static struct prover *open_live(const char *source, struct diags *diags)
{
    return wrap(prove_open_live(source, diags), false);
}

static struct prover *open_rehearsal(const char *source, struct json_object *migrations,
                                     struct diags *diags)
{
    return wrap(rehearse_open(source, migrations, diags), true);
}

static void close_proofs(struct prover *p)
{
    struct sqlite_proofs *s = own(p);

    catalog_fini(&s->catalog);
    if (s->is_copy)
        rehearse_close(&s->conn);
    else
        prove_close(&s->conn);
    free(s);
}

static bool has_database(const char *source)
{
    return access(source, F_OK) == 0;
}

/* --- row security --- */

static void judge_owner(struct prover *p, const struct owned_table *t,
                        const struct owned_table *tables, size_t count, prover_judge_fn report,
                        void *arg)
{
    struct conn *conn = own(p)->conn;
    struct fault fault;
    char text[512];

    if (!rowsec_allows(conn, t, &fault)) {
        report(arg, DIAG_ERROR, fault.text);
        return;
    }
    if (!rowsec_is_indexed(conn, t)) {
        snprintf(text, sizeof(text), "no index begins with %s, so each read scans the whole table",
                 t->column);
        report(arg, DIAG_WARNING, text);
    }
    for (size_t i = 0; i < count; i++) {
        if (!rowsec_is_stray(conn, t, &tables[i]))
            continue;
        snprintf(text, sizeof(text),
                 "a foreign key can refer to another owner's row of %s; include %s in it",
                 tables[i].name, t->column);
        report(arg, DIAG_WARNING, text);
    }
}

static bool protect(struct prover *p, const struct owned_table *tables, size_t count,
                    struct fault *fault)
{
    catalog_fini(&own(p)->catalog);
    catalog_init(&own(p)->catalog, own(p)->conn);
    return rowsec_protect(own(p)->conn, tables, count, false, fault);
}

static bool lift(struct prover *p, bool is_lifted, struct fault *fault)
{
    return rowsec_lift(own(p)->conn, is_lifted, fault);
}

/* --- statements --- */

/* Finds the name in SQLite's message ("no such table: x"), for messages without an offset, and where
 * it first occurs in the SQL. */
static void guess_offset(const char *sql, struct fault *fault)
{
    const char *colon = strrchr(fault->text, ':');
    const char *at = colon && colon[1] == ' ' ? strstr(sql, colon + 2) : NULL;

    if (fault->has_offset || !at)
        return;
    fault->has_offset = true;
    fault->offset = (size_t)(at - sql);
}

static bool describe_sql(struct prover *p, const char *sql, struct proof *out, struct fault *fault)
{
    if (prove_sql(&own(p)->catalog, sql, out, fault))
        return true;
    guess_offset(sql, fault);
    return false;
}

static bool prepares(struct prover *p, const char *sql, struct fault *fault)
{
    return prove_prepares(own(p)->conn, sql, fault);
}

static enum unique judge_unique(struct prover *p, const char *sql, const char *const *columns,
                                size_t count, struct arena *arena, struct unique_rows *rows)
{
    return prove_unique(&own(p)->catalog, sql, columns, count, arena, rows);
}

static char *find_null(struct prover *p, const char *sql, int number)
{
    return explain_nulls(own(p)->conn, sql, number);
}

static bool scans(struct prover *p, const char *sql, bool is_limited, char **table)
{
    return explain_scan(own(p)->conn, sql, is_limited, table);
}

static const char *doubt(void)
{
    return explain_is_known() ? NULL
                              : "this version of SQLite explains statements in unknown words: full "
                                "scans and NULL for :_sub are not proved";
}

static bool try_job(struct prover *p, struct db_job *job, uint64_t deadline_ns)
{
    exec_dry(own(p)->conn, job, deadline_ns);
    return true;
}

/* --- tables --- */

static bool read_table(struct prover *p, const char *name, struct arena *arena, struct table *out)
{
    if (!tables_read(own(p)->conn, name, arena, out))
        return false;
    table_values_fit(own(p)->conn, out);
    return true;
}

static void list_tables(struct prover *p, const char *between, struct buf *out)
{
    tables_list(own(p)->conn, between, out);
}

const struct prover_engine sqlite_prover = {
    .dialect = &dialect_sqlite,
    .open_scratch = open_scratch,
    .open_live = open_live,
    .open_rehearsal = open_rehearsal,
    .close = close_proofs,
    .has_database = has_database,
    .judge = judge_owner,
    .protect = protect,
    .lift = lift,
    .describe = describe_sql,
    .prepares = prepares,
    .unique = judge_unique,
    .find_null = find_null,
    .scans = scans,
    .doubt = doubt,
    .try_job = try_job,
    .read_table = read_table,
    .list_tables = list_tables,
    .migration_status = migration_status,
    .migrate_up = migration_up,
    .migrate_down = migration_down,
};
