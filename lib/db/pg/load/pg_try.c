/* SPDX-License-Identifier: MIT */
/* PostgreSQL itself makes JSON of the rows here. What a worker answers differs in the form of values
 * only, and not in which are NULL, what text they have, or which label of an enum they are. */
#include "lib/db/pg/load/pg_try.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/db/engine/compose.h"
#include "lib/db/pg/load/pg_describe.h"
#include "lib/schema/schema.h"

#define ROWS_MAX "100"

enum { PARAMETERS_MAX = 257, NAME_MAX_LEN = 256 };

/* Writes the column, as text where the document has numbers as text, and as JSON where text holds
 * it. */
static void put_column(const struct plan_column *column, struct buf *out)
{
    int types = column->types & ~SCHEMA_NULL;
    const char *cast = types == SCHEMA_STRING                                ? "::text"
                       : types && !(types & ~(SCHEMA_ARRAY | SCHEMA_OBJECT)) ? "::json"
                                                                             : "";
    char name[NAME_MAX_LEN];

    if (!column->is_hidden && pg_quote(column->name, name, sizeof(name)))
        buf_printf(out, "%s%s%s AS %s", out->len ? ", " : "", name, cast, name);
}

static char *write_query(const struct plan *plan)
{
    struct buf columns = {0}, inner = {0}, out = {0};
    char *own;

    for (size_t i = 0; i < plan->column_count; i++)
        put_column(&plan->columns[i], &columns);
    if (plan->page.by)
        compose_sql(&dialect_postgresql, plan, 0, &inner);
    else
        buf_puts(&inner, plan->steps[plan->result].sql);
    buf_printf(&out,
               "SELECT pg_catalog.row_to_json(r) FROM (SELECT %s FROM (%s\n) s) r LIMIT " ROWS_MAX,
               buf_text(&columns), buf_text(&inner));
    own = xstrdup(buf_text(&out));
    buf_fini(&columns);
    buf_fini(&inner);
    buf_fini(&out);
    return own;
}

/* Returns the value as text, or NULL. For free(). */
static char *text_of(const struct db_value *v)
{
    char number[64];

    switch (v->type) {
    case DB_BOOL:
        return xstrdup(v->integer ? "true" : "false");
    case DB_INTEGER:
        snprintf(number, sizeof(number), "%lld", (long long)v->integer);
        return xstrdup(number);
    case DB_REAL:
        snprintf(number, sizeof(number), "%.17g", v->real);
        return xstrdup(number);
    case DB_TEXT:
    case DB_JSON:
    case DB_BLOB:
        return xstrndup(v->text.data ? v->text.data : "", v->text.len);
    default:
        return NULL;
    }
}

static PGresult *run_query(struct pg_session *s, const struct db_job *job)
{
    const struct plan_step *step = &job->plan->steps[0];
    char *values[PARAMETERS_MAX] = {0}, *sql = write_query(job->plan);
    int n = (int)step->bind_count;
    PGresult *result;

    for (int i = 0; i < n; i++)
        values[i] = text_of(&job->values[step->binds[i].index]);
    if (job->plan->page.by)
        values[n++] = xstrdup(ROWS_MAX);
    result = PQexecParams(s->conn, sql, n, NULL, (const char *const *)values, NULL, NULL, 0);
    for (int i = 0; i < n; i++)
        free(values[i]);
    free(sql);
    return result;
}

static void put_rows(struct db_job *job, const PGresult *rows)
{
    bool is_list = job->plan->steps[0].returns == PLAN_LIST;
    int n = PQntuples(rows);

    if (!is_list && !n) {
        job->err = ERR_NOT_FOUND;
        return;
    }
    if (is_list)
        buf_putc(&job->body, '[');
    for (int i = 0; i < (is_list ? n : 1); i++)
        buf_printf(&job->body, "%s%s", i ? "," : "", pg_text(rows, i, 0));
    if (is_list)
        buf_putc(&job->body, ']');
    job->rows = (size_t)n;
}

static void set_error(struct pg_session *s, struct db_job *job, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    struct fault fault;

    pg_session_fail(s, result, "", &fault);
    snprintf(job->cause, sizeof(job->cause), "%.255s", fault.text);
    job->err = state && strcmp(state, "57014") == 0 ? ERR_DEADLINE : ERR_INTERNAL;
}

bool pg_try(struct pg_session *s, struct db_job *job, uint64_t deadline_ns)
{
    enum plan_returns returns = job->plan->steps[0].returns;
    uint64_t now = clock_ns();
    struct fault fault;
    char limit[64];
    PGresult *result;

    if (job->plan->step_count != 1 || (returns != PLAN_ONE && returns != PLAN_LIST) ||
        job->plan->steps[0].bind_count >= PARAMETERS_MAX - 1 || deadline_ns <= now)
        return false;
    snprintf(limit, sizeof(limit), "SET LOCAL statement_timeout = %" PRIu64,
             (deadline_ns - now) / NS_PER_MS + 1);
    if (!pg_session_mark(s, &fault) || !pg_session_run(s, limit, &fault))
        return false;
    result = run_query(s, job);
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        put_rows(job, result);
    else
        set_error(s, job, result);
    PQclear(result);
    pg_session_back(s);
    return true;
}
