/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/prover.h"

#include <stdlib.h>
#include <string.h>

#include "lib/db/engine/prover_engine.h"

static const struct prover_engine *engine_of(const char *source)
{
    return source &&
                   (strncmp(source, "postgresql:", 11) == 0 || strncmp(source, "postgres:", 9) == 0)
               ? &pg_prover
               : &sqlite_prover;
}

struct prover *prover_open_scratch(const char *source, struct json_object *migrations,
                                   struct diags *diags)
{
    return engine_of(source)->open_scratch(source, migrations, diags);
}

struct prover *prover_open_live(const char *source, struct diags *diags)
{
    return engine_of(source)->open_live(source, diags);
}

struct prover *prover_open_rehearsal(const char *source, struct json_object *migrations,
                                     struct diags *diags)
{
    return engine_of(source)->open_rehearsal(source, migrations, diags);
}

void prover_close(struct prover **p)
{
    if (*p)
        (*p)->engine->close(*p);
    *p = NULL;
}

const struct dialect *prover_dialect(const struct prover *p)
{
    return p->engine->dialect;
}

bool prover_has_database(const char *source)
{
    return engine_of(source)->has_database(source);
}

void prover_judge(struct prover *p, const struct owned_table *t, const struct owned_table *tables,
                  size_t count, prover_judge_fn report, void *arg)
{
    p->engine->judge(p, t, tables, count, report, arg);
}

bool prover_protect(struct prover *p, const struct owned_table *tables, size_t count,
                    struct fault *fault)
{
    return p->engine->protect(p, tables, count, fault);
}

bool prover_lift(struct prover *p, bool is_lifted, struct fault *fault)
{
    return p->engine->lift(p, is_lifted, fault);
}

bool prover_write_policies(const char *source, const struct owned_table *tables, size_t count,
                           void (*report)(const char *table), struct fault *fault)
{
    const struct prover_engine *engine = engine_of(source);

    return !engine->write_policies || engine->write_policies(source, tables, count, report, fault);
}

bool prover_verify_policies(const char *source, const struct owned_table *tables, size_t count,
                            struct fault *fault)
{
    const struct prover_engine *engine = engine_of(source);

    return !engine->verify_policies || engine->verify_policies(source, tables, count, fault);
}

bool prover_describe(struct prover *p, const char *sql, struct proof *out, struct fault *fault)
{
    return p->engine->describe(p, sql, out, fault);
}

void proof_fini(struct proof *proof)
{
    for (int i = 0; i < proof->column_count; i++)
        free(proof->columns[i]), free(proof->declared[i]);
    proof->column_count = 0;
    json_object_put(proof->positions);
    json_object_put(proof->labels);
    json_object_put(proof->texts);
    json_object_put(proof->parameters);
    free(proof->volatile_call);
    *proof = (struct proof){0};
}

bool prover_prepares(struct prover *p, const char *sql, struct fault *fault)
{
    return p->engine->prepares(p, sql, fault);
}

enum unique prover_unique(struct prover *p, const char *sql, const char *const *columns,
                          size_t count, struct arena *arena, struct unique_rows *rows)
{
    return p->engine->unique(p, sql, columns, count, arena, rows);
}

char *prover_find_null(struct prover *p, const char *sql, int number)
{
    return p->engine->find_null(p, sql, number);
}

bool prover_scans(struct prover *p, const char *sql, bool is_limited, char **table)
{
    return p->engine->scans(p, sql, is_limited, table);
}

bool prover_has_rule(struct prover *p, int kind, const char *key)
{
    return !p->engine->has_rule || p->engine->has_rule(p, kind, key);
}

const char *prover_doubt(struct prover *p)
{
    return p->engine->doubt();
}

bool prover_try(struct prover *p, struct db_job *job, uint64_t deadline_ns)
{
    return p->engine->try_job(p, job, deadline_ns);
}

bool prover_read_table(struct prover *p, const char *name, struct arena *arena, struct table *out)
{
    return p->engine->read_table && p->engine->read_table(p, name, arena, out);
}

void prover_list_tables(struct prover *p, const char *between, struct buf *out)
{
    if (p->engine->list_tables)
        p->engine->list_tables(p, between, out);
}

struct json_object *prover_migration_status(const char *source, struct json_object *migrations,
                                            struct diags *diags)
{
    return engine_of(source)->migration_status(source, migrations, diags);
}

bool prover_migrate_up(const char *source, struct json_object *migrations, struct diags *diags,
                       prover_report_fn report)
{
    return engine_of(source)->migrate_up(source, migrations, diags, report);
}

bool prover_migrate_down(const char *source, struct json_object *migrations, struct diags *diags,
                         prover_report_fn report)
{
    return engine_of(source)->migrate_down(source, migrations, diags, report);
}
