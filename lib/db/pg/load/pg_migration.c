/* SPDX-License-Identifier: MIT */
/* A migration waits at most 5 s for a lock that a query of the application holds: while it waits,
 * all queries that come after it wait too. Then it steps back, lets them pass, and tries again. */
#include "lib/db/pg/load/pg_migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/memory.h"
#include "lib/db/migration/migration_state.h"
#include "lib/db/pg/load/pg_own_tables.h"
#include "lib/db/pg/load/pg_script.h"
#include "lib/db/pg/load/pg_secrets.h"

#define LOCK "pg_catalog.hashtextextended('leat migrations', 0)"

static const char blocked[] =
    "gave up: another session holds a lock on a table that the migration changes";

/* How a migration runs. */
enum transaction {
    OF_ITS_OWN, /* each in one */
    OUTER,      /* in that of the session */
};

struct migrating {
    struct pg_session *s;
    struct diags *diags;
    enum transaction transaction;
    bool is_up;
    bool is_blocked; /* it failed because another session held a lock */
};

/* Reports a fault of the statement at its line in the file. */
static bool report_statement(struct migrating *g, struct json_object *m, const char *at,
                             const struct fault *fault)
{
    const char *start = jget_text(m, g->is_up ? "up" : "down");
    unsigned line = 1;
    char where[512];

    at += fault->has_offset ? fault->offset : 0;
    for (const char *p = start; p < at; p++)
        line += *p == '\n';
    snprintf(where, sizeof(where), "%s:%u", jget_text(m, g->is_up ? "file" : "down-file"), line);
    diag_error(g->diags, where, "%s", fault->text);
    return false;
}

static bool is_transaction_word(const char *verb)
{
    static const char *const words[] = {"begin", "start",     "commit",  "end",    "rollback",
                                        "abort", "savepoint", "release", "prepare"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], verb) == 0)
            return true;
    return false;
}

static bool run_statement(struct migrating *g, struct json_object *m, struct slice statement,
                          bool is_alone)
{
    char *text = xmalloc(statement.len + 1), verb[16];
    struct fault fault;
    bool ok = is_alone || !is_transaction_word(pg_script_verb(statement, verb, sizeof(verb))) ||
              fault_set(&fault, "a migration must not begin or end transactions");

    if (g->transaction == OUTER)
        pg_script_calm(statement, text);
    else
        snprintf(text, statement.len + 1, "%.*s", (int)statement.len, statement.data);
    g->is_blocked = false;
    if (ok && !pg_session_run(g->s, text, &fault)) {
        ok = false;
        g->is_blocked = pg_session_steps_back(g->s);
    }
    if (!ok && !g->is_blocked)
        report_statement(g, m, statement.data, &fault);
    free(text);
    return ok;
}

static bool run_script(struct migrating *g, struct json_object *m)
{
    const char *rest = jget_text(m, g->is_up ? "up" : "down");
    bool is_alone = pg_script_is_alone(rest) && g->transaction == OF_ITS_OWN;
    struct slice statement;

    while (pg_script_next(&rest, &statement))
        if (!run_statement(g, m, statement, is_alone))
            return false;
    return true;
}

static bool run_for(struct migrating *g, struct json_object *m, const char *sql)
{
    struct fault fault;

    return pg_session_run(g->s, sql, &fault) ||
           (diag_error(g->diags, jget_text(m, "file"), "%s", fault.text), false);
}

static bool note_migration(struct migrating *g, struct json_object *m)
{
    char version[24], now[CLOCK_TEXT];
    struct fault fault;
    PGresult *result;

    clock_rfc3339(clock_real_ms(), now);
    snprintf(version, sizeof(version), "%lld", (long long)migration_version(m));
    result =
        g->is_up
            ? pg_session_ask(g->s, &fault, "INSERT INTO _leat_migrations VALUES ($1, $2, $3, $4)",
                             version, jget_text(m, "name"), jget_text(m, "checksum"), now, PG_END)
            : pg_session_ask(g->s, &fault, "DELETE FROM _leat_migrations WHERE version = $1",
                             version, PG_END);
    if (!result)
        diag_error(g->diags, jget_text(m, "file"), "%s", fault.text);
    PQclear(result);
    return result != NULL;
}

/* Checks that the secrets of Leat's own tables are still out of reach. */
static bool check_secrets(struct migrating *g, struct json_object *m)
{
    struct fault fault;

    return pg_secrets_verify(g->s, &fault) ||
           (diag_error(g->diags, jget_text(m, "file"), "%s", fault.text), false);
}

static bool run_once(struct migrating *g, struct json_object *m)
{
    bool is_alone = pg_script_is_alone(jget_text(m, g->is_up ? "up" : "down"));
    /* What runs alone waits for all older transactions, as CREATE INDEX CONCURRENTLY does. */
    const char *begin = is_alone ? "SET lock_timeout = 0" : "BEGIN";
    const char *end = is_alone ? "SET lock_timeout = '5s'" : "COMMIT";
    bool is_outer = g->transaction == OUTER, ok;
    struct fault ignored;

    g->is_blocked = false;
    ok = (is_outer || run_for(g, m, begin)) && run_script(g, m) && check_secrets(g, m) &&
         note_migration(g, m) && (is_outer || run_for(g, m, end));
    if (!ok && !is_outer)
        pg_session_run(g->s, "ROLLBACK", &ignored);
    return ok;
}

/* Runs the migration, again while others hold what it must lock. */
static bool run_migration(struct migrating *g, struct json_object *m)
{
    bool ok = false;

    for (int i = 0; !ok && i < PG_LOCK_ATTEMPTS; i++) {
        ok = run_once(g, m);
        if (!g->is_blocked || g->transaction == OUTER)
            return ok;
    }
    if (!ok)
        diag_error(g->diags, jget_text(m, g->is_up ? "file" : "down-file"), "%s", blocked);
    return ok;
}

/* --- states --- */

static bool fail_for(struct diags *diags, const struct fault *fault)
{
    diag_error(diags, NULL, "%s", fault->text);
    return false;
}

static bool read_applied(struct pg_session *s, struct json_object *migrations,
                         struct json_object *status, struct fault *fault)
{
    char exists[8];
    PGresult *rows;

    if (!pg_session_value(s, "SELECT pg_catalog.to_regclass('_leat_migrations') IS NOT NULL",
                          exists, sizeof(exists), fault))
        return false;
    if (*exists == 'f')
        return true;
    rows = pg_session_ask(s, fault,
                          "SELECT version, name, checksum, applied_at FROM _leat_migrations"
                          " ORDER BY version",
                          PG_END);
    for (int i = 0; rows && i < PQntuples(rows); i++)
        migration_note_applied(status, migrations, atoll(pg_text(rows, i, 0)), pg_text(rows, i, 1),
                               pg_text(rows, i, 2), pg_text(rows, i, 3));
    PQclear(rows);
    return rows || fault_add_context(fault, "reading the applied migrations (_leat_migrations)");
}

static struct json_object *status_of(struct pg_session *s, struct json_object *migrations,
                                     struct diags *diags)
{
    struct json_object *out = json_object_new_array();
    struct fault fault;

    if (read_applied(s, migrations, out, &fault)) {
        migration_note_pending(out, migrations);
        return out;
    }
    fail_for(diags, &fault);
    json_object_put(out);
    return NULL;
}

/* Returns the states if nothing is wrong with them, or NULL. The caller's. */
static struct json_object *good_status(struct pg_session *s, struct json_object *migrations,
                                       struct diags *diags)
{
    struct json_object *status = status_of(s, migrations, diags);
    size_t before = diags->errors;

    if (status)
        migration_verify(status, migrations, diags);
    if (diags->errors == before)
        return status;
    json_object_put(status);
    return NULL;
}

struct json_object *pg_migration_status(const char *source, struct json_object *migrations,
                                        struct diags *diags)
{
    struct json_object *out = NULL;
    struct pg_session s;
    struct fault fault;

    if (!pg_session_open(&s, source, NULL, &fault)) {
        fail_for(diags, &fault);
        return NULL;
    }
    out = status_of(&s, migrations, diags);
    pg_session_close(&s);
    return out;
}

/* --- up and down --- */

static bool is_pending(struct json_object *status, struct json_object *m)
{
    struct json_object *row = migration_find(status, migration_version(m));

    return strcmp(jget_text(row, "state"), "pending") == 0;
}

static bool apply_pending(struct migrating *g, struct json_object *migrations,
                          prover_report_fn report)
{
    struct json_object *status = good_status(g->s, migrations, g->diags);
    bool ok = status != NULL;

    for (size_t i = 0; ok && i < json_object_array_length(migrations); i++) {
        struct json_object *m = json_object_array_get_idx(migrations, i);

        if (!is_pending(status, m))
            continue;
        ok = run_migration(g, m);
        if (ok && report)
            report("applied", m);
    }
    json_object_put(status);
    return ok;
}

/* Opens a session that alone migrates the database until it is closed. */
static bool open_alone(struct pg_session *s, const char *source, struct diags *diags)
{
    struct fault fault;

    if (!pg_session_open(s, source, NULL, &fault))
        return fail_for(diags, &fault);
    if (pg_session_run(s,
                       "SET statement_timeout = 0; SELECT pg_catalog.pg_advisory_lock(" LOCK
                       "); SET lock_timeout = '5s'",
                       &fault))
        return true;
    pg_session_close(s);
    return fail_for(diags, &fault);
}

bool pg_migration_up(const char *source, struct json_object *migrations, struct diags *diags,
                     prover_report_fn report)
{
    struct pg_session s;
    struct migrating g = {.s = &s, .diags = diags, .is_up = true};
    struct fault fault;
    bool ok;

    if (!open_alone(&s, source, diags))
        return false;
    ok = pg_own_tables_create(&s, &fault) || fail_for(diags, &fault);
    ok = ok && apply_pending(&g, migrations, report);
    pg_session_close(&s);
    return ok;
}

bool pg_migration_down(const char *source, struct json_object *migrations, struct diags *diags,
                       prover_report_fn report)
{
    struct json_object *status, *newest = NULL;
    struct pg_session s;
    struct migrating g = {.s = &s, .diags = diags};
    bool ok = false;

    if (!open_alone(&s, source, diags))
        return false;
    status = good_status(&s, migrations, diags);
    for (size_t i = json_object_array_length(migrations); status && i-- > 0 && !newest;)
        if (!is_pending(status, json_object_array_get_idx(migrations, i)))
            newest = json_object_array_get_idx(migrations, i);
    if (status && !newest)
        diag_error(diags, NULL, "no migration is applied");
    else if (newest && !jget_text(newest, "down"))
        diag_error(diags, jget_text(newest, "file"), "has no matching .down.sql");
    else if (newest)
        ok = run_migration(&g, newest);
    if (ok)
        report("undone", newest);
    json_object_put(status);
    pg_session_close(&s);
    return ok;
}

bool pg_migration_fill(struct pg_session *s, struct json_object *migrations, struct diags *diags)
{
    struct migrating g = {.s = s, .diags = diags, .is_up = true};
    struct fault fault;

    return (pg_own_tables_create(s, &fault) || fail_for(diags, &fault)) &&
           apply_pending(&g, migrations, NULL);
}

bool pg_migration_rehearse(struct pg_session *s, struct json_object *migrations,
                           struct diags *diags)
{
    struct migrating g = {.s = s, .diags = diags, .is_up = true, .transaction = OUTER};
    struct fault fault;

    if (!pg_session_run(s, "SET LOCAL lock_timeout = '5s'", &fault) ||
        !pg_own_tables_create(s, &fault))
        return fail_for(diags, &fault);
    for (int i = 0; i < PG_LOCK_ATTEMPTS; i++) {
        if (!pg_session_mark(s, &fault))
            return fail_for(diags, &fault);
        if (apply_pending(&g, migrations, NULL))
            return pg_session_run(s, "RELEASE leat", &fault) || fail_for(diags, &fault);
        pg_session_back(s); /* which gives the locks back */
        if (!g.is_blocked)
            return false;
    }
    diag_error(diags, NULL, "%s", blocked);
    return false;
}
