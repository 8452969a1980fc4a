/* SPDX-License-Identifier: MIT */
/* Runs a plan's steps in order, inside the caller's transaction, until the first error. Rows of the
 * result step are rendered to JSON as SQLite delivers them and never held as a list; a `returns:
 * one` row is kept only if the plan has later steps, which may refer to its columns. A page asks
 * for one row more than its limit: that row is not rendered, but its presence means that there is a
 * next page.
 *
 * The transaction's snapshot begins with the first sqlite3_step(), and only then can it be known
 * whether the schema still is the one that the cached statements were made for (step_first()). */
#include "lib/db/engine/exec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/engine/compose.h"
#include "lib/db/engine/constraint.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/engine/render.h"

/* The most rows of one page, whatever the document allows. */
enum { PAGE_MAX = 100000 };

/* The row that a `returns: one` step found, kept for later steps that refer to it. */
struct exec_row {
    int count;
    char **names;
    sqlite3_value **values;
};

struct run {
    struct conn *conn;
    struct db_job *job;
    struct exec_row *rows; /* by step; NULL if the plan has one step */
};

enum err exec_fail(struct conn *c, struct db_job *job, int rc, const struct plan_step *step)
{
    static const struct plan_step none;

    assert(c->db && (!step || step->sql));
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
        constraint_answer(job, c, rc, step ? step : &none);
        return job->err;
    case SQLITE_INTERRUPT:
        job->err = ERR_DEADLINE;
        break;
    case SQLITE_BUSY:
        job->err = ERR_BUSY;
        break;
    default:
        job->err = ERR_INTERNAL;
    }
    snprintf(job->cause, sizeof(job->cause), "%s", sqlite3_errmsg(c->db));
    return job->err;
}

void exec_reset(struct db_job *job)
{
    job->err = OK;
    job->answer = NULL;
    job->keyword = NULL;
    job->cause[0] = '\0';
    job->foreign = NULL;
    job->is_stale = job->has_failed_on_value = false;
    job->changes = 0;
    job->rows = 0;
    job->body.len = job->next.len = job->location.len = job->etag.len = 0;
}

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

static int64_t page_limit(const struct db_job *job)
{
    const struct plan_page *page = &job->plan->page;
    const struct db_value *v = page->has_limit ? &job->values[page->limit] : NULL;

    assert(page->by);
    if (!v || v->type != DB_INTEGER || v->integer <= 0)
        return page->limit_default;
    return v->integer < PAGE_MAX ? v->integer : PAGE_MAX;
}

/* Binds the parameters that compose_sql() put behind the step's own. */
static int bind_list(struct run *r, sqlite3_stmt *stmt, int at, unsigned variant)
{
    const struct plan *plan = r->job->plan;
    int rc = SQLITE_OK;

    for (size_t i = 0; i < plan->filter_count; i++)
        if (variant & 1u << i)
            rc |= bind_value(stmt, ++at, &r->job->values[plan->filters[i].value]);
    if (!plan->page.by)
        return rc;
    for (size_t i = 0; i < plan->page.by_count && (variant & COMPOSE_CURSOR); i++)
        rc |= bind_value(stmt, ++at, &r->job->values[plan->page.cursor + i]);
    return rc | sqlite3_bind_int64(stmt, ++at, page_limit(r->job) + 1);
}

static int bind_all(struct run *r, const struct plan_step *step, struct statement *s,
                    bool is_result)
{
    int rc = SQLITE_OK;

    for (size_t i = 0; i < step->bind_count; i++) {
        const struct plan_bind *bind = &step->binds[i];

        rc |= bind->is_step ? bind_step(r, s->stmt, (int)i + 1, bind)
                            : bind_value(s->stmt, (int)i + 1, &r->job->values[bind->index]);
    }
    return is_result ? rc | bind_list(r, s->stmt, (int)step->bind_count, s->variant) : rc;
}

static void keep_row(struct run *r, size_t step, struct statement *s)
{
    assert(r->rows && step < r->job->plan->step_count && !r->rows[step].names);
    struct exec_row *row = &r->rows[step];

    row->count = s->column_count;
    row->names = xcalloc((size_t)row->count, sizeof(*row->names));
    row->values = xcalloc((size_t)row->count, sizeof(*row->values));
    for (int i = 0; i < row->count; i++) {
        row->names[i] = xstrdup(sqlite3_column_name(s->stmt, i));
        row->values[i] = sqlite3_value_dup(sqlite3_column_value(s->stmt, i));
    }
}

static void drop_rows(struct run *r)
{
    for (size_t i = 0; r->rows && i < r->job->plan->step_count; i++) {
        for (int k = 0; k < r->rows[i].count; k++) {
            free(r->rows[i].names[k]);
            sqlite3_value_free(r->rows[i].values[k]);
        }
        free(r->rows[i].names);
        free(r->rows[i].values);
    }
    free(r->rows);
}

/* Writes the cursor of the next page. A NULL key is an error, since it would select the first page
 * again, forever. */
static bool take_keys(struct db_job *job, struct statement *s)
{
    const struct plan_page *page = &job->plan->page;

    assert(page->by_count);
    for (size_t i = 0; i < page->by_count; i++) {
        if (sqlite3_column_type(s->stmt, render_column(s, page->by[i])) != SQLITE_NULL)
            continue;
        job->err = ERR_INTERNAL;
        snprintf(job->cause, sizeof(job->cause), "page.by: the column %s is NULL", page->by[i]);
        return false;
    }
    render_keys(&job->next, s, page->by, page->by_count);
    return true;
}

/* Renders one row. Returns false if a value does not fit its column's type. */
static bool take_row(struct run *r, struct statement *s, enum plan_returns returns)
{
    struct db_job *job = r->job;
    const struct plan *plan = job->plan;
    const char *column = "";

    if (returns == PLAN_LIST && plan->page.by && (int64_t)job->rows == page_limit(job))
        return true; /* the extra row only shows that there is more */
    if (returns == PLAN_LIST && job->rows)
        buf_putc(&job->body, ',');
    if (!render_row(&job->body, s, &column)) {
        job->err = ERR_INTERNAL;
        snprintf(job->cause, sizeof(job->cause),
                 "the column %s holds a value that the response schema does not allow", column);
        return false;
    }
    job->rows++;
    if (plan->etag)
        render_text(&job->etag, s, plan->etag);
    if (plan->location_count)
        render_location(&job->location, s, plan->location, plan->location_count);
    if (plan->page.by && (int64_t)job->rows == page_limit(job))
        return take_keys(job, s);
    return true;
}

/* Returns true if the statement may have failed on a value. */
static bool is_about_value(int rc)
{
    return rc == SQLITE_ERROR || rc == SQLITE_TOOBIG || rc == SQLITE_MISMATCH;
}

static void fail_step(struct run *r, int rc, const struct plan_step *step)
{
    exec_fail(r->conn, r->job, rc, step);
    r->job->has_failed_on_value = is_about_value(rc & 0xff);
}

/* Takes the first step, with which the snapshot begins. If the schema has moved, the cached
 * statement may have other columns, so no row is used. The error is recorded first, because asking
 * for the schema would replace its message. */
static int step_first(struct run *r, const struct plan_step *step, struct statement *s)
{
    int rc = sqlite3_step(s->stmt);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        fail_step(r, rc, step);
    if (!conn_schema_moved(r->conn))
        return rc;
    r->job->is_stale = true;
    return SQLITE_SCHEMA;
}

/* Steps through all rows and counts them in *found. */
static int step_rows(struct run *r, size_t index, struct statement *s, size_t *found)
{
    const struct plan_step *step = &r->job->plan->steps[index];
    bool is_result = index == r->job->plan->result;
    int rc;

    for (rc = step_first(r, step, s); rc == SQLITE_ROW; rc = sqlite3_step(s->stmt)) {
        ++*found;
        if (step->returns == PLAN_ONE && *found > 1)
            continue;
        if (step->returns == PLAN_ONE && r->rows && index < r->job->plan->step_count)
            keep_row(r, index, s);
        if (is_result && (step->returns == PLAN_ONE || step->returns == PLAN_LIST) &&
            !take_row(r, s, step->returns))
            return SQLITE_ABORT;
        if (step->returns == PLAN_ONE && sqlite3_stmt_readonly(s->stmt))
            return SQLITE_DONE; /* further rows cannot matter */
    }
    return rc;
}

/* Ends the array. A full page without a further row has no next page. */
static void finish_list(struct db_job *job, size_t found)
{
    if (job->plan->page.by && (int64_t)found <= page_limit(job))
        job->next.len = 0;
    buf_putc(&job->body, ']');
}

static enum err run_step(struct run *r, size_t index);

/* Tells apart, when nothing was found, a row that does not exist and one that changed since the
 * client saw it. */
static enum err check_visible(struct run *r)
{
    struct db_job *job = r->job;

    job->err = OK;
    if (run_step(r, job->plan->step_count) == OK)
        job->err = ERR_PRECONDITION;
    return job->err;
}

/* Requires a `one` step to find its row; other steps only if the document says what to answer
 * otherwise. */
static enum err check_found(struct run *r, const struct plan_step *step, bool has_found)
{
    struct db_job *job = r->job;
    bool is_result = step == &job->plan->steps[job->plan->result];
    bool is_missing = is_result && job->plan->has_visible && !has_found;

    if (is_missing)
        return check_visible(r);
    if (has_found || (step->returns != PLAN_ONE && !step->otherwise.status))
        return OK;
    job->answer = step->otherwise.status ? &step->otherwise : NULL;
    return job->err = ERR_NOT_FOUND;
}

/* Records that preparing failed, and whether a schema change may be the reason. */
static enum err fail_to_prepare(struct run *r, const struct plan_step *step)
{
    exec_fail(r->conn, r->job, sqlite3_extended_errcode(r->conn->db), step);
    if (r->conn->refusal)
        snprintf(r->job->cause, sizeof(r->job->cause), "%s", r->conn->refusal);
    r->job->is_stale = conn_schema_moved(r->conn);
    return r->job->err;
}

static enum err run_step(struct run *r, size_t index)
{
    assert(index < r->job->plan->step_count + r->job->plan->has_visible);
    struct db_job *job = r->job;
    const struct plan_step *step = &job->plan->steps[index];
    bool is_result = index == job->plan->result;
    unsigned variant = is_result ? compose_variant(job->plan, job->values) : 0;
    struct statement *s = statement_get(r->conn, job->plan, index, variant);
    size_t found = 0;
    int64_t changes;
    int rc;

    if (!s)
        return fail_to_prepare(r, step);
    rc = bind_all(r, step, s, is_result);
    if (is_result && step->returns == PLAN_LIST)
        buf_putc(&job->body, '[');
    if (rc == SQLITE_OK)
        rc = step_rows(r, index, s, &found);
    if (rc != SQLITE_DONE && job->err == OK)
        fail_step(r, rc, step);
    sqlite3_reset(s->stmt);
    sqlite3_clear_bindings(s->stmt);
    rowsec_judge(r->conn, job, step);
    if (job->err != OK)
        return job->err;
    changes = sqlite3_stmt_readonly(s->stmt) ? 0 : sqlite3_changes64(r->conn->db);
    if (is_result)
        job->changes = changes;
    if (is_result && step->returns == PLAN_LIST)
        finish_list(job, found);
    return check_found(r, step, found || (step->returns != PLAN_ONE && changes));
}

enum err exec_steps(struct conn *c, struct db_job *job)
{
    struct run r = {.conn = c, .job = job};

    assert(c->db && job->plan->result < job->plan->step_count);
    assert(job->err == OK && !job->body.len);
    rowsec_begin(c, job);
    if (job->plan->step_count > 1)
        r.rows = xcalloc(job->plan->step_count, sizeof(*r.rows));
    for (size_t i = 0; i < job->plan->step_count && job->err == OK; i++)
        run_step(&r, i);
    drop_rows(&r);
    return job->err;
}

enum err exec_dry(struct conn *c, struct db_job *job, uint64_t deadline_ns)
{
    c->deadline_ns = deadline_ns;
    conn_begin(c, c->begin);
    exec_steps(c, job);
    conn_run(c->rollback);
    return job->err;
}
