/* SPDX-License-Identifier: MIT */
/* Rows of the result step are rendered to JSON as the engine delivers them and never held as a list;
 * a `returns: one` row is kept only if the plan has later steps, which may refer to its columns. */
#include "lib/db/engine/result.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/engine/compose.h"
#include "lib/db/engine/result_page.h"

/* Most lists fit in this, and are not copied as they grow. */
enum { LIST_ROOM = 4 << 10 };

static bool is_result(const struct result *r)
{
    return r->step == r->job->plan->result;
}

static enum result_rows rows_wanted(const struct result *r)
{
    enum plan_returns returns = result_step(r)->returns;

    if (r->phase != RESULT_STEPS)
        return RESULT_FIRST_ROW;
    if (returns == PLAN_ONE)
        return r->rows || is_result(r) ? RESULT_FIRST_ROW : RESULT_NO_ROWS;
    return returns == PLAN_LIST && is_result(r) ? RESULT_ALL_ROWS : RESULT_NO_ROWS;
}

static void go_to(struct result *r, enum result_phase phase, size_t step)
{
    const struct plan *plan = r->job->plan;

    r->phase = phase;
    r->step = step;
    r->found = 0;
    r->variant = step == plan->result ? compose_variant(plan, r->job->values) : 0;
    if (phase == RESULT_COUNT)
        r->variant = (r->variant & (COMPOSE_CURSOR - 1)) | COMPOSE_COUNT;
    r->wanted = rows_wanted(r);
}

/* Goes to a step of the plan, or to the end. If-Match for a resource that does not exist is refused
 * only where the steps would have succeeded: without it they might answer 404, which comes first
 * (RFC 9110, 13.2.1). */
static void go_on(struct result *r, size_t step)
{
    if (step < r->job->plan->step_count) {
        go_to(r, RESULT_STEPS, step);
        return;
    }
    if (r->has_no_match)
        r->job->err = ERR_PRECONDITION;
    r->phase = RESULT_END;
}

void result_begin(struct result *r, struct db_job *job)
{
    const struct plan *plan = job->plan;

    assert(plan->result < plan->step_count && job->err == OK && !job->body.len);
    *r = (struct result){.job = job};
    if (plan->page.by)
        page_begin(r);
    if (plan->step_count > 1)
        r->rows = xcalloc(plan->step_count, sizeof(*r->rows));
    if (plan->has_current && precondition_is_set(&job->precondition))
        go_to(r, RESULT_CURRENT, plan->step_count);
    else
        go_to(r, RESULT_STEPS, 0);
}

static void drop_row(struct kept_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        free(row->names[i]);
        if (row->cells[i].type > CELL_REAL)
            free((char *)row->cells[i].text.data);
    }
    free(row->names);
    free(row->cells);
}

void result_fini(struct result *r)
{
    for (size_t i = 0; r->rows && i < r->job->plan->step_count; i++)
        drop_row(&r->rows[i]);
    free(r->rows);
    buf_fini(&r->tag);
    buf_fini(&r->starts);
}

bool result_is_last(const struct result *r)
{
    const struct plan *plan = r->job->plan;

    if (r->phase == RESULT_MISSING)
        return true;
    if (r->phase == RESULT_CURRENT || r->step + 1 < plan->step_count)
        return false;
    return r->phase == RESULT_COUNT ||
           !(is_result(r) && (plan->tells_missing || r->job->count_max));
}

/* Returns the job's value. :_if_match is the current version once the field was compared with it:
 * the field may be a list, or "*". */
static const struct db_value *job_value(const struct result *r, size_t index,
                                        struct db_value *version)
{
    if (index != r->job->plan->if_match || r->tag.len < 2 || !r->job->precondition.if_match.data)
        return &r->job->values[index];
    *version = (struct db_value){.type = DB_TEXT, .text = {r->tag.data + 1, r->tag.len - 2}};
    return version;
}

/* Returns a column of an earlier step's row; NULL if that has none. */
static struct db_value step_value(const struct result *r, const struct plan_bind *bind)
{
    const struct kept_row *row;

    /* Only later steps refer to earlier ones. */
    assert(r->rows && bind->index < r->job->plan->step_count);
    row = &r->rows[bind->index];
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->names[i], bind->column) == 0)
            return cell_value(&row->cells[i]);
    return (struct db_value){.type = DB_NULL};
}

/* Binds the parameters that compose_sql() put after the step's own. */
static int bind_list(const struct result *r, size_t at,
                     int (*put)(void *arg, size_t at, const struct db_value *v), void *arg)
{
    const struct db_job *job = r->job;
    const struct plan *plan = job->plan;
    bool is_count = r->phase == RESULT_COUNT;
    struct db_value limit = {.type = DB_INTEGER,
                             .integer = is_count ? job->count_max : r->limit + 1};
    size_t values[COMPOSE_VALUES_MAX], n = compose_values(plan, r->variant, values);
    int bits = 0;

    for (size_t i = 0; i < n; i++)
        bits |= put(arg, at++, &job->values[values[i]]);
    if (!plan->page.by)
        return bits;
    return bits | put(arg, at, &limit);
}

int result_bind(const struct result *r, int (*put)(void *arg, size_t at, const struct db_value *v),
                void *arg)
{
    const struct plan_step *step = result_step(r);
    struct db_value other;
    int bits = 0;

    for (size_t i = 0; i < step->bind_count; i++) {
        const struct plan_bind *bind = &step->binds[i];

        if (bind->is_step) {
            other = step_value(r, bind);
            bits |= put(arg, i, &other);
        } else {
            bits |= put(arg, i, job_value(r, bind->index, &other));
        }
    }
    return is_result(r) ? bits | bind_list(r, step->bind_count, put, arg) : bits;
}

void result_begin_step(struct result *r)
{
    if (r->phase != RESULT_STEPS || !is_result(r) || result_step(r)->returns != PLAN_LIST)
        return;
    buf_reserve(&r->job->body, LIST_ROOM);
    buf_putc(&r->job->body, '[');
}

static void keep_row(struct result *r, const struct row_shape *shape, const struct cell *cells)
{
    struct kept_row *row = &r->rows[r->step];

    assert(r->step < r->job->plan->step_count && !row->names);
    row->count = shape->count;
    row->names = xcalloc(row->count + 1, sizeof(*row->names));
    row->cells = xcalloc(row->count + 1, sizeof(*row->cells));
    for (size_t i = 0; i < row->count; i++) {
        row->names[i] = xstrdup(shape->columns[i].name);
        row->cells[i] = cells[i];
        if (cells[i].type > CELL_REAL)
            row->cells[i].text.data =
                xstrndup(cells[i].text.len ? cells[i].text.data : "", cells[i].text.len);
    }
}

/* Keeps the current version as an entity tag. */
static void take_tag(struct result *r, const struct row_shape *shape, const struct cell *cells)
{
    const char *column = r->job->plan->current_etag;

    r->tag.len = 0;
    if (!column)
        return;
    buf_putc(&r->tag, '"');
    row_put_text(&r->tag, shape, cells, column);
    buf_putc(&r->tag, '"');
}

/* Handles a list that has grown beyond what may be held. */
static enum row_use pass_on(struct db_job *job)
{
    if (job->more)
        return ROW_FILLS_BODY;
    job->is_long = job->may_stream;
    if (!job->is_long) {
        job->err = ERR_INTERNAL;
        snprintf(job->cause, sizeof(job->cause), "the list is longer than %zu bytes",
                 job->body_max);
    }
    return ROW_ENDS;
}

/* Renders one row of the result. */
static enum row_use render_row(struct result *r, const struct row_shape *shape,
                               const struct cell *cells)
{
    struct db_job *job = r->job;
    const struct plan *plan = job->plan;
    bool is_list = result_step(r)->returns == PLAN_LIST;
    const char *column = "";

    if (plan->max_rows && !page_has_room(job))
        return ROW_ENDS;
    if (is_list && job->rows)
        buf_putc(&job->body, ',');
    if (plan->page.by && !page_take(r, shape, cells))
        return ROW_ENDS;
    if (!row_put(&job->body, shape, cells, &column)) {
        job->err = ERR_INTERNAL;
        job->has_failed_on_value = !job->has_begun && row_has_overflow(shape, cells);
        snprintf(job->cause, sizeof(job->cause),
                 "the column %s holds a value that the response schema does not allow", column);
        return ROW_ENDS;
    }
    job->rows++;
    if (shape->etag < shape->count)
        cell_put_text(&job->etag, &cells[shape->etag]);
    if (plan->location_count)
        row_put_location(&job->location, shape, cells, plan->location, plan->location_count);
    return !is_list || !job->body_max || job->body.len <= job->body_max ? ROW_TAKEN : pass_on(job);
}

enum row_use result_take(struct result *r, const struct row_shape *shape, const struct cell *cells)
{
    if (r->phase == RESULT_COUNT) {
        assert(shape->count == 1 && cells[0].type == CELL_INTEGER);
        r->job->total = cells[0].integer;
        return ROW_TAKEN;
    }
    if (r->phase != RESULT_STEPS) {
        take_tag(r, shape, cells);
        return ROW_TAKEN;
    }
    if (r->rows && result_step(r)->returns == PLAN_ONE)
        keep_row(r, shape, cells);
    return is_result(r) ? render_row(r, shape, cells) : ROW_TAKEN;
}

/* Requires a `one` step to find its row; other steps only if the document says what to answer
 * otherwise. Returns job->err. */
static enum err check_found(struct result *r, int64_t changes)
{
    const struct plan_step *step = result_step(r);

    if (r->found || (step->returns != PLAN_ONE && (changes || !step->otherwise.status)))
        return OK;
    r->job->answer = step->otherwise.status ? &step->otherwise : NULL;
    return r->job->err = ERR_NOT_FOUND;
}

/* Compares the request's preconditions with the resource as it is in this transaction. */
static void check_precondition(struct result *r)
{
    struct db_job *job = r->job;
    bool exists = check_found(r, 0) == OK;
    enum precondition_result result =
        precondition_compare(&job->precondition, exists, buf_slice(&r->tag));

    job->err = OK;
    job->answer = NULL;
    r->has_no_match = result == PRECONDITION_NO_MATCH && !exists;
    if (result == PRECONDITION_MATCH)
        job->err = ERR_PRECONDITION_MATCH;
    else if (result == PRECONDITION_NO_MATCH && exists)
        job->err = ERR_PRECONDITION;
}

/* Completes the list. */
static void finish_list(struct result *r)
{
    if (r->job->plan->page.by)
        page_finish(r);
    buf_putc(&r->job->body, ']');
}

/* Ends a step of the plan, and goes to the next. */
static void end_plan_step(struct result *r, int64_t changes)
{
    struct db_job *job = r->job;
    const struct plan *plan = job->plan;
    bool is_list = is_result(r) && result_step(r)->returns == PLAN_LIST;
    bool has_found = r->found || (result_step(r)->returns != PLAN_ONE && changes);

    if (is_result(r))
        job->changes = changes;
    if (is_list)
        finish_list(r);
    if (job->err != OK)
        return;
    if (is_result(r) && plan->tells_missing && !has_found)
        go_to(r, RESULT_MISSING, plan->step_count);
    else if (check_found(r, changes) != OK)
        return;
    else if (is_list && page_must_count(r))
        go_to(r, RESULT_COUNT, r->step);
    else
        go_on(r, r->step + 1);
}

void result_end_step(struct result *r, int64_t changes)
{
    struct db_job *job = r->job;

    if (job->err == OK && !job->is_long) {
        switch (r->phase) {
        case RESULT_CURRENT:
            check_precondition(r);
            go_on(r, 0);
            break;
        case RESULT_STEPS:
            end_plan_step(r, changes);
            break;
        case RESULT_MISSING: /* tells apart a row that does not exist and one that has changed */
            if (check_found(r, 0) == OK)
                job->err = ERR_PRECONDITION;
            break;
        case RESULT_COUNT:
            go_on(r, r->step + 1);
            break;
        case RESULT_END:
            break;
        }
    }
    if (job->err != OK || job->is_long)
        r->phase = RESULT_END;
}
