/* SPDX-License-Identifier: MIT */
/*
 * One run of a plan, for any engine: which step is next, what its rows mean, and what later steps
 * take from them. The engine runs statements, and hands their rows over as cells:
 *
 *     result_begin()
 *     while (result_has_step())
 *         run the statement r->step, r->variant, with the parameters of result_bind()
 *         result_begin_step()
 *         for each row: result_wants() ── true ──▶ result_take()
 *         result_end_step(), after an error too: in job->err
 *     result_fini()
 *
 * Steps run in order, until the first error:
 *
 *     [current] ─▶ step 0 ─▶ … ─▶ step n ─▶ end    current: the request has a precondition
 *                    └ it is the result: [count]    of the rows of all pages
 *                    └ and found nothing: [missing] a row that does not exist, or has changed?
 *
 * A page asks for one row more than its limit: that row is not rendered, but its presence means that
 * there is a next page.
 */
#ifndef LEAT_DB_ENGINE_RESULT_H
#define LEAT_DB_ENGINE_RESULT_H

#include "lib/db/engine/db.h"
#include "lib/db/engine/row_shape.h"

enum result_phase { RESULT_CURRENT, RESULT_STEPS, RESULT_MISSING, RESULT_COUNT, RESULT_END };

enum result_rows { RESULT_NO_ROWS, RESULT_FIRST_ROW, RESULT_ALL_ROWS };

/* The row that a `returns: one` step found, kept for later steps that refer to it. */
struct kept_row {
    size_t count;
    char **names;
    struct cell *cells; /* with bytes of their own */
};

struct result {
    struct db_job *job;
    enum result_phase phase;
    size_t step;      /* the index of the step to run; has_current: may be step_count */
    unsigned variant; /* of its statement: compose.h */
    size_t found;     /* the rows of this step so far */

    enum result_rows wanted;

    /* Private to result.c and result_page.c. */
    struct kept_row *rows; /* by step; NULL if the plan has one step */
    struct buf tag;     /* the current version as an entity tag, if a precondition asked for it */
    int64_t limit;      /* how many rows of the page the client asked for, if the plan has one */
    bool is_backward;   /* the page is walked backward */
    struct buf starts;  /* the places of its rows in the body then */
    const char *no_key; /* the column in which the page's last row has no place in a cursor */
    bool has_no_match;  /* If-Match was sent for a resource that does not exist */
};

/* What the engine does after a row: go on; hand the body over, or end (result_is_full()); or end,
 * because of job->err or job->is_long. */
enum row_use { ROW_TAKEN, ROW_FILLS_BODY, ROW_ENDS };

/* Begins. The job's result must be empty (db_job_reset()). */
void result_begin(struct result *r, struct db_job *job);
void result_fini(struct result *r);
static inline bool result_has_step(const struct result *r)
{
    return r->phase != RESULT_END;
}
/* Returns the step to run. */
static inline const struct plan_step *result_step(const struct result *r)
{
    return &r->job->plan->steps[r->step];
}
/* Returns true if the step is the last, whatever it finds: its transaction may end with it. */
bool result_is_last(const struct result *r);
/* Calls `put` for each parameter of the step's statement, from 0. Returns the bits that it returned,
 * of all calls. */
int result_bind(const struct result *r, int (*put)(void *arg, size_t at, const struct db_value *v),
                void *arg);
void result_begin_step(struct result *r);
/* Counts a row. Returns false if no more than its presence matters, and result_take() must not be
 * called: for example when a page has all its rows. */
static inline bool result_wants(struct result *r)
{
    r->found++;
    if (r->wanted == RESULT_ALL_ROWS)
        return !r->limit || (int64_t)r->job->rows != r->limit;
    return r->wanted == RESULT_FIRST_ROW && r->found == 1;
}
enum row_use result_take(struct result *r, const struct row_shape *shape, const struct cell *cells);
/* Ends the step, which has changed so many rows, and decides which is next. */
void result_end_step(struct result *r, int64_t changes);

#endif
