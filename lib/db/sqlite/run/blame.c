/* SPDX-License-Identifier: MIT */
/* SQLite's messages rarely tell which value a statement failed on ("datatype mismatch"), so it is
 * found by elimination: the statement runs again with one value replaced, for each value in turn.
 * If that removes the error, the value is to blame. If only replacing all of them does, several
 * are; and if not even that does, the statement itself is wrong. A trial ends at the first row that
 * the failed run did not reach. All trials happen after a failure, in a transaction that is rolled
 * back. */
#include "lib/db/sqlite/run/blame.h"

#include <assert.h>

#include "lib/db/sqlite/run/exec.h"

/* The most values that are tried one by one. */
enum { TRIALS_MAX = 16 };

/* What a trial replaces all values by. */
#define ALL_VALUES SIZE_MAX

struct trial {
    struct run *run;
    struct statement *s;
    const struct plan_step *step;
    bool is_result;
    int rc;       /* of the failed run */
    size_t found; /* the rows of the failed run */
    bool is_over; /* the time is up */
};

bool blame_is_possible(int rc)
{
    return rc == SQLITE_ERROR || rc == SQLITE_TOOBIG || rc == SQLITE_MISMATCH;
}

/* Returns the number of parameters that hold values: those of the step, and of the filters. */
static size_t parameter_count(const struct trial *t)
{
    return t->step->bind_count + (t->is_result ? t->run->job->plan->filter_count : 0);
}

/* Gets the value that a parameter holds and its number. Returns false if it holds another's row, or
 * belongs to a filter that is not used. */
static bool get_parameter(const struct trial *t, size_t i, size_t *value, int *at)
{
    const struct plan *plan = t->run->job->plan;
    size_t steps = t->step->bind_count;

    if (i < steps) {
        *value = t->step->binds[i].index;
        *at = (int)i + 1;
        return !t->step->binds[i].is_step;
    }
    *value = plan->filters[i - steps].value;
    *at = (int)steps + 1;
    for (size_t k = 0; k < i - steps; k++)
        *at += (t->s->variant >> k & 1) != 0;
    return t->s->variant >> (i - steps) & 1;
}

/* Runs the statement until it fails or gets further than the failed run. */
static bool runs_on(struct trial *t)
{
    size_t rows = 0;
    int rc;

    while ((rc = sqlite3_step(t->s->stmt)) == SQLITE_ROW && rows++ < t->found)
        continue;
    sqlite3_reset(t->s->stmt);
    t->is_over = (rc & 0xff) == SQLITE_INTERRUPT;
    return !t->is_over && (rc & 0xff) != (t->rc & 0xff);
}

/* Returns true if the error is gone when the value is NULL or, where that is refused too, 1. */
static bool succeeds_without(struct trial *t, size_t value)
{
    bool runs = false;

    for (int attempt = 0; attempt < 2 && !runs && !t->is_over; attempt++) {
        run_bind(t->run, t->step, t->s, t->is_result);
        for (size_t i = 0; i < parameter_count(t); i++) {
            size_t held;
            int at;

            if (!get_parameter(t, i, &held, &at) || (value != ALL_VALUES && held != value))
                continue;
            if (attempt)
                sqlite3_bind_int(t->s->stmt, at, 1);
            else
                sqlite3_bind_null(t->s->stmt, at);
        }
        runs = runs_on(t);
    }
    return runs;
}

static bool find_one(struct trial *t, size_t *found)
{
    size_t n = parameter_count(t);
    int at;

    for (size_t i = 0; i < n && i < TRIALS_MAX && !t->is_over; i++)
        if (get_parameter(t, i, found, &at) && succeeds_without(t, *found))
            return true;
    return false;
}

void blame_find(struct run *r, size_t index, struct statement *s, int rc, size_t found)
{
    struct db_job *job = r->job;
    struct trial t = {.run = r, .s = s, .step = &job->plan->steps[index], .rc = rc, .found = found};

    assert(blame_is_possible(rc & 0xff) && job->err != OK);
    t.is_result = index == job->plan->result;
    job->failed_step = index;
    if (find_one(&t, &job->blamed))
        job->blame = BLAME_ONE;
    else if (!t.is_over && succeeds_without(&t, ALL_VALUES))
        job->blame = BLAME_SEVERAL;
    if (t.is_over)
        exec_interrupted(r->conn, job);
    sqlite3_clear_bindings(s->stmt);
}
