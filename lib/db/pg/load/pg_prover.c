/* SPDX-License-Identifier: MIT */
/* PostgreSQL's answers to prover.h. Whatever is asked is asked inside of one transaction, which is
 * never committed: policies of a scratch database and rehearsed migrations go with it. */
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/engine/db.h"
#include "lib/db/engine/prover_engine.h"
#include "lib/db/pg/load/pg_migration.h"
#include "lib/db/pg/load/pg_owner_rules.h"
#include "lib/db/pg/load/pg_explain.h"
#include "lib/db/pg/load/pg_policy.h"
#include "lib/db/pg/load/pg_relations.h"
#include "lib/db/pg/load/pg_rules.h"
#include "lib/db/pg/load/pg_scratch.h"
#include "lib/db/pg/load/pg_describe.h"
#include "lib/db/pg/load/pg_try.h"
#include "lib/db/proof/prove_unique.h"
#include "lib/db/sql/dialect.h"

struct pg_proofs {
    struct prover base;        /* first */
    struct pg_scratch scratch; /* its session is the one that is asked, of each kind of prover */
    bool is_live;              /* the database itself, whose policies are not written here */
    struct pg_explained last;
    struct catalog catalog; /* since the protection */
    struct pg_relations relations;
    struct arena arena; /* has the protected tables */
};

static struct pg_proofs *own(struct prover *p)
{
    return (struct pg_proofs *)p;
}

static struct pg_session *session_of(struct prover *p)
{
    return &own(p)->scratch.session;
}

static struct pg_proofs *new_proofs(void)
{
    struct pg_proofs *p = xcalloc(1, sizeof(*p));

    p->base.engine = &pg_prover;
    p->relations.session = &p->scratch.session;
    pg_relations_init(&p->catalog, &p->relations);
    return p;
}

static void close_proofs(struct prover *p)
{
    pg_explained_fini(&own(p)->last);
    catalog_fini(&own(p)->catalog);
    arena_fini(&own(p)->arena);
    pg_scratch_close(&own(p)->scratch);
    free(p);
}

/* Returns the prover if its planner could be set up. */
static struct prover *finish_open(struct pg_proofs *p, struct diags *diags)
{
    struct fault fault;

    if (pg_explain_set_up(&p->scratch.session, &fault))
        return &p->base;
    diag_error(diags, NULL, "%s", fault.text);
    close_proofs(&p->base);
    return NULL;
}

static struct prover *open_scratch(const char *source, struct json_object *migrations,
                                   struct diags *diags)
{
    struct pg_proofs *p = new_proofs();

    if (pg_scratch_open(&p->scratch, source, migrations, diags))
        return finish_open(p, diags);
    free(p);
    return NULL;
}

/* Opens the database itself, in a transaction. */
static struct pg_proofs *open_source(const char *source, struct diags *diags)
{
    struct pg_proofs *p = new_proofs();
    struct fault fault;

    if (pg_session_open(&p->scratch.session, source, NULL, &fault) &&
        pg_session_run(&p->scratch.session, "BEGIN", &fault))
        return p;
    diag_error(diags, NULL, "%s", fault.text);
    close_proofs(&p->base);
    return NULL;
}

static struct prover *open_live(const char *source, struct diags *diags)
{
    struct pg_proofs *p = open_source(source, diags);

    if (!p)
        return NULL;
    p->is_live = true;
    return finish_open(p, diags);
}

static struct prover *open_rehearsal(const char *source, struct json_object *migrations,
                                     struct diags *diags)
{
    struct pg_proofs *p = open_source(source, diags);

    if (!p)
        return NULL;
    if (pg_migration_rehearse(&p->scratch.session, migrations, diags))
        return finish_open(p, diags);
    close_proofs(&p->base);
    return NULL;
}

static bool has_database(const char *source)
{
    (void)source;
    return true;
}

/* --- row security --- */

static void judge_owner(struct prover *p, const struct owned_table *t,
                        const struct owned_table *tables, size_t count, prover_judge_fn report,
                        void *arg)
{
    pg_owner_judge(session_of(p), t, tables, count, report, arg);
}

/* Notes the tables for proofs, and forgets what was found before. */
static void note_tables(struct pg_proofs *p, const struct owned_table *tables, size_t count)
{
    struct owned_table *copy;

    pg_explained_fini(&p->last);
    catalog_fini(&p->catalog);
    pg_relations_init(&p->catalog, &p->relations);
    copy = arena_alloc(&p->arena, (count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = (struct owned_table){arena_strdup(&p->arena, tables[i].name),
                                       arena_strdup(&p->arena, tables[i].column)};
    p->relations.tables = copy;
    p->relations.count = count;
    p->relations.is_lifted = false;
}

static bool protect(struct prover *p, const struct owned_table *tables, size_t count,
                    struct fault *fault)
{
    note_tables(own(p), tables, count);
    return own(p)->is_live ? pg_policy_verify(session_of(p), tables, count, fault)
                           : pg_policy_write(session_of(p), tables, count, NULL, fault);
}

/* Unrestricted statements run as another role, to which they look the same. */
static bool lift(struct prover *p, bool is_lifted, struct fault *fault)
{
    (void)fault;
    own(p)->relations.is_lifted = is_lifted;
    return true;
}

static bool write_policies(const char *source, const struct owned_table *tables, size_t count,
                           void (*report)(const char *table), struct fault *fault)
{
    struct pg_session s;
    struct fault ignored;
    bool ok = false, is_blocked = true;

    if (!count)
        return true;
    if (!pg_session_open(&s, source, NULL, fault))
        return false;
    for (int i = 0; !ok && is_blocked && i < PG_LOCK_ATTEMPTS; i++) {
        ok = pg_session_run(&s, "SET lock_timeout = '5s'; BEGIN", fault) &&
             pg_policy_write(&s, tables, count, report, fault) &&
             pg_session_run(&s, "COMMIT", fault);
        is_blocked = !ok && pg_session_steps_back(&s);
        if (!ok)
            pg_session_run(&s, "ROLLBACK", &ignored);
    }
    pg_session_close(&s);
    return ok;
}

static bool verify_policies(const char *source, const struct owned_table *tables, size_t count,
                            struct fault *fault)
{
    struct pg_session s;
    bool ok;

    if (!count)
        return true;
    if (!pg_session_open(&s, source, NULL, fault))
        return false;
    ok = pg_policy_verify(&s, tables, count, fault);
    pg_session_close(&s);
    return ok;
}

/* --- statements --- */

static bool describe_sql(struct prover *p, const char *sql, struct proof *out, struct fault *fault)
{
    return pg_describe_sql(session_of(p), &own(p)->last, sql, out, fault);
}

static bool prepares(struct prover *p, const char *sql, struct fault *fault)
{
    return pg_describe_plan(session_of(p), &own(p)->last, sql, fault) != NULL;
}

static enum unique judge_unique(struct prover *p, const char *sql, const char *const *columns,
                                size_t count, struct arena *arena, struct unique_rows *rows)
{
    return prove_unique(&own(p)->catalog, sql, columns, count, arena, rows);
}

static char *find_null(struct prover *p, const char *sql, int number)
{
    const char *schema, *table;
    struct fault ignored;
    struct json_object *plan = pg_describe_plan(session_of(p), &own(p)->last, sql, &ignored);
    int column = plan ? pg_explain_filled_by(plan, number, &schema, &table) : 0;
    char text[16];
    PGresult *found;
    char *name = NULL;

    if (!column)
        return NULL;
    snprintf(text, sizeof(text), "%d", column);
    found = pg_session_ask(session_of(p), &ignored,
                           "SELECT $2 || '.' || attname FROM pg_catalog.pg_attribute WHERE attrelid"
                           " = pg_catalog.to_regclass(pg_catalog.format('%I.%I', $1::text,"
                           " $2::text)) AND attnum = $3::int2 AND attnotnull",
                           schema, table, text, PG_END);
    if (found && PQntuples(found))
        name = xstrdup(pg_text(found, 0, 0));
    PQclear(found);
    return name;
}

static bool scans(struct prover *p, const char *sql, bool is_limited, char **table)
{
    struct fault ignored;
    struct json_object *plan = pg_describe_plan(session_of(p), &own(p)->last, sql, &ignored);
    const char *walked = plan ? pg_explain_walked(plan) : NULL;

    (void)is_limited; /* the plan has its LIMIT */
    *table = walked ? xstrdup(walked) : NULL;
    return walked;
}

static bool has_rule(struct prover *p, int kind, const char *key)
{
    return pg_rules_has(session_of(p), (enum plan_rule_kind)kind, key);
}

static bool try_job(struct prover *p, struct db_job *job, uint64_t deadline_ns)
{
    return pg_try(session_of(p), job, deadline_ns);
}

static const char *doubt(void)
{
    return NULL;
}

const struct prover_engine pg_prover = {
    .dialect = &dialect_postgresql,
    .open_scratch = open_scratch,
    .open_live = open_live,
    .open_rehearsal = open_rehearsal,
    .close = close_proofs,
    .has_database = has_database,
    .judge = judge_owner,
    .protect = protect,
    .lift = lift,
    .write_policies = write_policies,
    .verify_policies = verify_policies,
    .describe = describe_sql,
    .prepares = prepares,
    .unique = judge_unique,
    .find_null = find_null,
    .scans = scans,
    .has_rule = has_rule,
    .doubt = doubt,
    .try_job = try_job,
    .migration_status = pg_migration_status,
    .migrate_up = pg_migration_up,
    .migrate_down = pg_migration_down,
};
