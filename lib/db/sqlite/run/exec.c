/* SPDX-License-Identifier: MIT */
/* Runs a plan's steps in order, inside the caller's transaction, until the first error. Rows of the
 * result step are rendered to JSON as SQLite delivers them and never held as a list; a `returns:
 * one` row is kept only if the plan has later steps, which may refer to its columns. A page asks
 * for one row more than its limit: that row is not rendered, but its presence means that there is a
 * next page.
 *
 * The transaction's snapshot begins with the first sqlite3_step(), and only then can it be known
 * whether the schema still is the one that the cached statements were made for (step_first()). */
#include "lib/db/sqlite/run/exec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/db/sqlite/run/blame.h"
#include "lib/db/engine/compose.h"
#include "lib/db/sqlite/run/constraint.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/sqlite/connection/snapshots.h"
#include "lib/db/sqlite/run/render.h"
#include "lib/db/sqlite/run/run.h"
#include "lib/db/sqlite/run/run_page.h"

/* Most lists fit in this, and are not copied as they grow. */
enum { LIST_ROOM = 4 << 10 };

enum err exec_interrupted(const struct conn *c, struct db_job *job)
{
    bool is_cancelled = c->is_cut || (c->is_cancelled && *c->is_cancelled);

    job->is_too_old = !is_cancelled && c->snapshot && snapshot_is_cut(c->snapshot);
    job->err = is_cancelled ? ERR_DRAINING : job->is_too_old ? ERR_BUSY : ERR_DEADLINE;
    snprintf(job->cause, sizeof(job->cause), "%s",
             is_cancelled      ? "it was cancelled"
             : job->is_too_old ? "its snapshot kept the -wal past database.wal-limit"
                               : "interrupted");
    return job->err;
}

enum err exec_fail(struct conn *c, struct db_job *job, int rc, const struct plan_step *step)
{
    static const struct plan_step none;

    assert(c->db && (!step || step->sql));
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
        constraint_answer(job, rc, sqlite3_errmsg(c->db), step ? step : &none);
        return job->err;
    case SQLITE_INTERRUPT:
        return exec_interrupted(c, job);
    case SQLITE_BUSY:
        job->err = ERR_BUSY;
        job->is_locked_out = true;
        break;
    default:
        job->trouble = health_trouble(c, rc);
        if (job->trouble == TROUBLE_READONLY && !job->plan->is_write)
            job->trouble = TROUBLE_NONE; /* of the reader's connection, not of the file */
        job->err = health_err(job->trouble);
    }
    snprintf(job->cause, sizeof(job->cause), "%s", sqlite3_errmsg(c->db));
    return job->err;
}

void exec_fail_reference(struct db_job *job)
{
    constraint_answer(job, SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY constraint failed",
                      &job->plan->steps[job->plan->result]);
}

void exec_reset(struct db_job *job)
{
    job->err = OK;
    job->extent = READ_UNKNOWN;
    job->answer = NULL;
    job->raised = NULL;
    job->keyword = NULL;
    job->cause[0] = '\0';
    job->foreign = NULL;
    job->blame = BLAME_NONE;
    job->is_stale = job->has_failed_on_value = job->is_locked_out = job->is_long = false;
    job->is_too_old = false;
    job->changes = 0;
    job->bound = 0;
    job->rows = 0;
    job->total = 0;
    job->body.len = job->next.len = job->previous.len = job->location.len = job->etag.len = 0;
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

/* Hands a part of the list over. Returns false if the job must end before its client has taken it.
 * The time that this takes is not the job's cost. */
static bool hand_over(struct run *r)
{
    struct db_job *job = r->job;
    uint64_t since = clock_ns();
    bool is_taken;

    job->has_begun = true;
    do {
        is_taken = job->more(job);
        r->conn->deadline_ns = job->deadline_ns;
    } while (!is_taken && !conn_must_end(r->conn));
    assert(!is_taken || !job->body.len);
    job->begun_ns += clock_ns() - since;
    if (!is_taken && exec_interrupted(r->conn, job) == ERR_DEADLINE)
        snprintf(job->cause, sizeof(job->cause), "the client did not take the list in time");
    return is_taken;
}

/* Handles a list that has grown beyond what may be held. Returns false to end it. */
static bool pass_on(struct run *r)
{
    struct db_job *job = r->job;

    if (job->more)
        return hand_over(r);
    job->is_long = job->may_stream;
    if (!job->is_long) {
        job->err = ERR_INTERNAL;
        snprintf(job->cause, sizeof(job->cause), "the list is longer than %zu bytes",
                 job->body_max);
    }
    return false;
}

/* Renders one row. Returns false if a value does not fit its column's type, or the list must
 * end. */
static bool take_row(struct run *r, struct statement *s, enum plan_returns returns)
{
    struct db_job *job = r->job;
    const struct plan *plan = job->plan;
    const char *column = "";

    if (page_is_full(r))
        return true; /* the extra row only shows that there is more */
    if (plan->max_rows && !page_has_room(job))
        return false;
    if (returns == PLAN_LIST && job->rows)
        buf_putc(&job->body, ',');
    if (plan->page.by && !page_take(r, s))
        return false;
    if (!render_row(&job->body, s, &column)) {
        job->err = ERR_INTERNAL;
        job->has_failed_on_value = !job->has_begun && render_has_overflow(s);
        snprintf(job->cause, sizeof(job->cause),
                 "the column %s holds a value that the response schema does not allow", column);
        return false;
    }
    job->rows++;
    if (plan->etag)
        render_text(&job->etag, s, plan->etag);
    if (plan->location_count)
        render_location(&job->location, s, plan->location, plan->location_count);
    return !job->body_max || job->body.len <= job->body_max || returns != PLAN_LIST || pass_on(r);
}

static void fail_step(struct run *r, int rc, const struct plan_step *step)
{
    exec_fail(r->conn, r->job, rc, step);
    r->job->has_failed_on_value = !r->job->has_begun && blame_is_possible(rc & 0xff);
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

/* Keeps the current version as an entity tag. */
static void take_tag(struct run *r, struct statement *s)
{
    struct buf text = {0};

    if (r->job->plan->current_etag)
        render_text(&text, s, r->job->plan->current_etag);
    r->tag.len = 0;
    if (r->job->plan->current_etag)
        buf_printf(&r->tag, "\"%.*s\"", (int)text.len, text.len ? text.data : "");
    buf_fini(&text);
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
        if (index == r->job->plan->step_count)
            take_tag(r, s);
        if (is_result && (step->returns == PLAN_ONE || step->returns == PLAN_LIST) &&
            !take_row(r, s, step->returns))
            return r->job->is_long ? SQLITE_DONE : SQLITE_ABORT;
        if (step->returns == PLAN_ONE && sqlite3_stmt_readonly(s->stmt))
            return SQLITE_DONE; /* further rows cannot matter */
    }
    return rc;
}

static void finish_list(struct run *r, size_t found)
{
    if (r->job->plan->page.by)
        page_finish(r, found);
    buf_putc(&r->job->body, ']');
}

static enum err run_step(struct run *r, size_t index);

/* Tells apart, when nothing was found, a row that does not exist and one that changed since the
 * client saw it. */
static enum err tell_missing(struct run *r)
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
    bool is_missing = is_result && job->plan->tells_missing && !has_found;

    if (is_missing)
        return tell_missing(r);
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
    assert(index < r->job->plan->step_count + r->job->plan->has_current);
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
    rc = run_bind(r, step, s, is_result);
    if (is_result && step->returns == PLAN_LIST) {
        buf_reserve(&job->body, LIST_ROOM);
        buf_putc(&job->body, '[');
    }
    if (rc == SQLITE_OK)
        rc = step_rows(r, index, s, &found);
    if (rc != SQLITE_DONE && job->err == OK)
        fail_step(r, rc, step);
    statement_reset(s);
    sqlite3_clear_bindings(s->stmt);
    rowsec_judge(r->conn, job, step);
    if (blame_is_due(job))
        blame_find(r, index, s, rc, found);
    if (job->err != OK)
        return job->err;
    changes = sqlite3_stmt_readonly(s->stmt) ? 0 : sqlite3_changes64(r->conn->db);
    if (is_result)
        job->changes = changes;
    if (is_result && step->returns == PLAN_LIST && !job->is_long) {
        finish_list(r, found);
        page_count(r, index, variant, found);
    }
    if (job->err != OK)
        return job->err;
    return check_found(r, step, found || (step->returns != PLAN_ONE && changes));
}

/* Compares the request's preconditions with the resource as it is in this transaction. If-Match for
 * a resource that does not exist is refused only where the steps would have succeeded: without it
 * they might answer 404, which comes first (RFC 9110, 13.2.1). */
static enum err check_precondition(struct run *r)
{
    struct db_job *job = r->job;
    enum precondition_result result;
    bool exists;

    if (run_step(r, job->plan->step_count) != OK && job->err != ERR_NOT_FOUND)
        return job->err;
    exists = job->err == OK;
    job->err = OK;
    job->answer = NULL;
    result = precondition_compare(&job->precondition, exists, buf_slice(&r->tag));
    r->has_no_match = result == PRECONDITION_NO_MATCH && !exists;
    if (result == PRECONDITION_MATCH)
        job->err = ERR_PRECONDITION_MATCH;
    else if (result == PRECONDITION_NO_MATCH && exists)
        job->err = ERR_PRECONDITION;
    return job->err;
}

enum err exec_steps(struct conn *c, struct db_job *job)
{
    struct run r = {.conn = c, .job = job};

    assert(c->db && job->plan->result < job->plan->step_count);
    assert(job->err == OK && !job->body.len);
    rowsec_begin(c, job);
    if (job->plan->page.by)
        page_begin(&r);
    if (job->plan->step_count > 1)
        r.rows = xcalloc(job->plan->step_count, sizeof(*r.rows));
    if (job->plan->has_current && precondition_is_set(&job->precondition))
        check_precondition(&r);
    for (size_t i = 0; i < job->plan->step_count && job->err == OK; i++)
        run_step(&r, i);
    if (r.has_no_match && job->err == OK)
        job->err = ERR_PRECONDITION;
    drop_rows(&r);
    buf_fini(&r.tag);
    buf_fini(&r.starts);
    return job->err;
}

enum err exec_dry(struct conn *c, struct db_job *job, uint64_t deadline_ns)
{
    conn_limit(c, deadline_ns, NULL);
    conn_begin(c, c->begin);
    exec_steps(c, job);
    conn_run(c->rollback);
    conn_unlimit(c);
    return job->err;
}
