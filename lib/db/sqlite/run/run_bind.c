/* SPDX-License-Identifier: MIT */
/* Binds the parameters of a step: values of the request, columns of earlier steps' rows, and the
 * current version for :_if_match. */
#include <assert.h>
#include <string.h>

#include "lib/db/engine/compose.h"
#include "lib/db/sqlite/run/run.h"

static int bind_value(sqlite3_stmt *stmt, int at, const struct db_value *v)
{
    switch (v->type) {
    case DB_INTEGER:
        return sqlite3_bind_int64(stmt, at, v->integer);
    case DB_REAL:
        return sqlite3_bind_double(stmt, at, v->real);
    case DB_TEXT:
        return sqlite3_bind_text64(stmt, at, v->text.data ? v->text.data : "", v->text.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(stmt, at, v->text.data ? v->text.data : "", v->text.len,
                                   SQLITE_STATIC);
    case DB_NULL:
    case DB_ABSENT:
        break;
    }
    return sqlite3_bind_null(stmt, at);
}

static int bind_step(struct run *r, sqlite3_stmt *stmt, int at, const struct plan_bind *bind)
{
    const struct exec_row *row;

    /* Only later steps refer to earlier ones. */
    assert(r->rows && bind->index < r->job->plan->step_count);
    row = &r->rows[bind->index];

    for (int i = 0; i < row->count; i++)
        if (strcmp(row->names[i], bind->column) == 0)
            return sqlite3_bind_value(stmt, at, row->values[i]);
    return sqlite3_bind_null(stmt, at);
}

/* Binds the parameters that compose_sql() put after the step's own. */
static int bind_list(struct run *r, sqlite3_stmt *stmt, int at, unsigned variant)
{
    const struct plan *plan = r->job->plan;
    size_t values[COMPOSE_VALUES_MAX], n = compose_values(plan, variant, values);
    int rc = SQLITE_OK;

    for (size_t i = 0; i < n; i++)
        rc |= bind_value(stmt, ++at, &r->job->values[values[i]]);
    if (!plan->page.by)
        return rc;
    return rc | sqlite3_bind_int64(stmt, ++at,
                                   variant & COMPOSE_COUNT ? r->job->count_max : r->limit + 1);
}

/* Returns the job's value. :_if_match is the current version once the field was compared with it:
 * the field may be a list, or "*". */
static const struct db_value *job_value(const struct run *r, size_t index, struct db_value *version)
{
    if (index != r->job->plan->if_match || r->tag.len < 2 || !r->job->precondition.if_match.data)
        return &r->job->values[index];
    *version = (struct db_value){.type = DB_TEXT, .text = {r->tag.data + 1, r->tag.len - 2}};
    return version;
}

/* Counts what is bound, as the measure of how much the job writes. */
static int bind_counted(struct run *r, sqlite3_stmt *stmt, int at, const struct db_value *v)
{
    if (v->type == DB_TEXT || v->type == DB_BLOB)
        r->job->bound += v->text.len;
    return bind_value(stmt, at, v);
}

int run_bind(struct run *r, const struct plan_step *step, struct statement *s, bool is_result)
{
    struct db_value version;
    int rc = SQLITE_OK;

    for (size_t i = 0; i < step->bind_count; i++) {
        const struct plan_bind *bind = &step->binds[i];

        if (bind->is_step)
            rc |= bind_step(r, s->stmt, (int)i + 1, bind);
        else
            rc |= bind_counted(r, s->stmt, (int)i + 1, job_value(r, bind->index, &version));
    }
    return is_result ? rc | bind_list(r, s->stmt, (int)step->bind_count, s->variant) : rc;
}
