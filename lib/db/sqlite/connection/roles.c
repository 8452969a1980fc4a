/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/roles.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/db/sqlite/connection/checkpointer.h"
#include "lib/db/rowsec/rowsec.h"

/* Copies the options for the barrier's connection, which is opened long after the caller's copy is
 * gone. */
static void keep_options(struct roles *r, const struct db_options *o)
{
    struct owned_table *tables = arena_zalloc(&r->arena, (o->owned_count + 1) * sizeof(*tables));

    for (size_t i = 0; i < o->owned_count; i++)
        tables[i] = (struct owned_table){arena_strdup(&r->arena, o->owned[i].name),
                                         arena_strdup(&r->arena, o->owned[i].column)};
    r->options = *o;
    r->options.path = arena_strdup(&r->arena, o->path);
    r->options.synchronous = arena_strdup(&r->arena, o->synchronous);
    r->options.owned = tables;
}

/* A connection whose memory cannot be set has SQLite's defaults, and works. */
static void set_memory(struct conn *c, const struct db_options *o)
{
    char pragma[64];

    if (o->cache_bytes) {
        snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%lld",
                 (long long)o->cache_bytes / 1024);
        conn_exec(c, pragma);
    }
    if (o->mmap_bytes) {
        snprintf(pragma, sizeof(pragma), "PRAGMA mmap_size = %lld", (long long)o->mmap_bytes);
        conn_exec(c, pragma);
    }
    if (o->value_bytes)
        sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH,
                      o->value_bytes < INT_MAX ? (int)o->value_bytes : INT_MAX);
}

static bool open_one(struct roles *r, struct conn *c, enum plan_role role, bool is_barrier,
                     struct fault *fault)
{
    const struct db_options *o = &r->options;

    if (!conn_open(c, o->path, r->mode, o->synchronous, fault))
        return false;
    set_memory(c, o);
    if (r->mode == CONN_WRITE)
        c->writer = o->shm ? &o->shm->writer : NULL;
    if (o->checkpointer && r->mode == CONN_WRITE)
        checkpointer_watch(o->checkpointer, c);
    return role == ROLE_SERVER ||
           rowsec_protect(c, o->owned, role == ROLE_CALLER ? o->owned_count : 0, is_barrier, fault);
}

/* Returns the role whose connection serves this one. */
static enum plan_role serving(const struct roles *r, enum plan_role role)
{
    assert(role < ROLE_COUNT);
    return role == ROLE_CALLER && !r->options.owned_count ? ROLE_UNRESTRICTED : role;
}

bool roles_open(struct roles *r, const struct db_options *options, enum conn_mode mode,
                struct fault *fault)
{
    assert(options->roles && options->roles < 1u << ROLE_COUNT);
    *r = (struct roles){.mode = mode};
    keep_options(r, options);
    for (enum plan_role role = 0; role < ROLE_COUNT; role++) {
        struct conn *c = &r->conns[serving(r, role)];

        if (!(options->roles & 1u << role) || c->db)
            continue;
        if (!open_one(r, c, serving(r, role), false, fault)) {
            roles_close(r);
            return false;
        }
    }
    return true;
}

void roles_close(struct roles *r)
{
    for (enum plan_role role = 0; role < ROLE_COUNT; role++)
        conn_close(&r->conns[role]);
    conn_close(&r->barrier);
    arena_fini(&r->arena);
}

struct conn *roles_of(struct roles *r, enum plan_role role)
{
    struct conn *c = &r->conns[serving(r, role)];

    assert(c->db); /* options.roles names it */
    return c;
}

struct conn *roles_for(struct roles *r, const struct db_job *job, struct fault *fault)
{
    if (!job->wants_barrier)
        return roles_of(r, job->plan->role);
    if (r->barrier.db || open_one(r, &r->barrier, ROLE_CALLER, true, fault))
        return &r->barrier;
    conn_close(&r->barrier);
    return NULL;
}

/* Bounds the retries of a job while migrations follow one another. */
enum { RENEWALS_MAX = 4 };

static bool renew(struct conn *c, struct db_job *job)
{
    struct fault fault;

    job->is_stale = false;
    fault_set(&fault, "the schema keeps changing");
    if (job->renewals++ < RENEWALS_MAX && rowsec_renew(c, &fault))
        return true;
    job->err = ERR_INTERNAL;
    snprintf(job->cause, sizeof(job->cause), "%.*s", (int)sizeof(job->cause) - 1, fault.text);
    return false;
}

bool roles_wants_barrier(const struct roles *r, const struct db_job *job)
{
    return job->has_failed_on_value && !job->wants_barrier && job->plan->role == ROLE_CALLER &&
           r->options.owned_count;
}

bool roles_retry(struct roles *r, struct conn *c, struct db_job *job)
{
    assert(c);
    if (job->is_stale)
        return renew(c, job);
    if (!roles_wants_barrier(r, job))
        return false;
    return job->wants_barrier = true;
}

struct conn *roles_any(struct roles *r)
{
    enum plan_role role = 0;

    while (role < ROLE_COUNT - 1 && !r->conns[role].db)
        role++;
    assert(r->conns[role].db);
    return &r->conns[role];
}

static void end_transaction(struct conn *c)
{
    if (c->db && !sqlite3_get_autocommit(c->db))
        conn_run(c->commit);
}

void roles_end(struct roles *r)
{
    for (enum plan_role role = 0; role < ROLE_COUNT; role++)
        end_transaction(&r->conns[role]);
    end_transaction(&r->barrier);
}

void roles_wait_until(struct roles *r, uint64_t until_ns)
{
    for (enum plan_role role = 0; role < ROLE_COUNT; role++)
        r->conns[role].busy_until_ns = until_ns;
    r->barrier.busy_until_ns = until_ns;
}

void roles_cut(struct roles *r)
{
    for (enum plan_role role = 0; role < ROLE_COUNT; role++)
        r->conns[role].is_cut = true;
    r->barrier.is_cut = true;
}
