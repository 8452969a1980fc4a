/* SPDX-License-Identifier: MIT */
/* SQLite's messages rarely tell which value a statement failed on ("datatype mismatch"), so it is
 * found by elimination: the statement runs again with one value replaced, for each value in turn.
 * The value whose replacement lets the statement get furthest is to blame: one that ends because
 * its WHERE finds no row any more says less than one that changes a row. If two get it equally far,
 * or only replacing all of them helps, several are to blame; and if not even that does, the
 * statement itself is wrong. A trial ends at the first row that the failed run did not reach. All
 * trials happen after a failure, in a transaction that is rolled back. */
#include "lib/db/sqlite/run/blame.h"

#include <assert.h>

#include "lib/db/sqlite/run/exec.h"

/* The most values that are tried one by one, and for a constraint the steps of SQLite's machine
 * after which no other trial begins: its answer is complete without a name, and others may wait for
 * the writer. */
enum { TRIALS_MAX = 16, TRIAL_STEPS = 200000 };

/* What a trial replaces all values by. */
#define ALL_VALUES SIZE_MAX

/* How far a statement gets with a value replaced. */
enum progress { FAILS_ALIKE, FAILS_OTHERWISE, ENDS, HAS_EFFECT };

struct trial {
    struct run *run;
    struct statement *s;
    const struct plan_step *step;
    bool is_result;
    int rc;              /* of the failed run */
    size_t found;        /* the rows of the failed run that were good */
    unsigned steps;      /* of the statement before the trials */
    bool is_interrupted; /* the time is up */
    bool is_undone;      /* the schema rolled the transaction back: RAISE(ROLLBACK) */
};

bool blame_is_possible(int rc)
{
    return rc == SQLITE_ERROR || rc == SQLITE_TOOBIG || rc == SQLITE_MISMATCH || rc == SQLITE_RANGE;
}

/* A constraint for which the document has its own answer needs no name, and nothing more is told of
 * a row of another owner. */
bool blame_is_due(const struct db_job *job)
{
    bool is_refused = job->err == ERR_CONSTRAINT || job->err == ERR_CONFLICT ||
                      job->err == ERR_REFERENCE || job->err == ERR_VALUE;

    return !job->is_stale &&
           (job->has_failed_on_value || (is_refused && !job->answer && !job->foreign));
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

static unsigned steps_of(const struct statement *s)
{
    return (unsigned)sqlite3_stmt_status(s->stmt, SQLITE_STMTSTATUS_VM_STEP, 0);
}

static bool has_spent(const struct trial *t)
{
    return !t->run->job->has_failed_on_value && steps_of(t->s) - t->steps > TRIAL_STEPS;
}

static bool is_over(const struct trial *t)
{
    return t->is_interrupted || t->is_undone || has_spent(t);
}

/* Returns true if the row is one that the failed run ended at. */
static bool is_bad_row(const struct trial *t)
{
    if (t->rc != SQLITE_ABORT)
        return false;
    run_read(t->s);
    return row_has_overflow(&t->s->shape, t->s->cells);
}

/* Runs the statement until it fails or gets further than the failed run. */
static enum progress step_trial(struct trial *t)
{
    sqlite3 *db = t->run->conn->db;
    int64_t changes = sqlite3_total_changes64(db);
    size_t rows = 0;
    bool is_bad = false;
    int rc;

    while ((rc = sqlite3_step(t->s->stmt)) == SQLITE_ROW && !(is_bad = is_bad_row(t)) &&
           rows++ < t->found)
        continue;
    statement_reset(t->s);
    t->is_interrupted = (rc & 0xff) == SQLITE_INTERRUPT;
    t->is_undone = sqlite3_get_autocommit(db);
    if (rc == t->rc || is_bad || is_over(t))
        return FAILS_ALIKE;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return FAILS_OTHERWISE;
    return rc == SQLITE_ROW || sqlite3_total_changes64(db) != changes ? HAS_EFFECT : ENDS;
}

/* Runs a trial in a savepoint, so that the next one does not meet its rows. */
static enum progress run_trial(struct trial *t)
{
    struct conn *c = t->run->conn;
    enum progress progress;

    if (sqlite3_stmt_readonly(t->s->stmt))
        return step_trial(t);
    t->is_interrupted = conn_run(c->savepoint) != SQLITE_OK;
    if (t->is_interrupted)
        return FAILS_ALIKE;
    progress = step_trial(t);
    if (!t->is_undone) {
        conn_run(c->rollback_to);
        conn_run(c->release);
    }
    return progress;
}

/* Tries the statement with NULL for the value or, where that fails too, 1. Where a number became
 * too large only 1 tells something, since all arithmetic with NULL gives NULL. */
static enum progress run_without(struct trial *t, size_t value)
{
    enum progress best = FAILS_ALIKE;

    for (int attempt = t->rc == SQLITE_ABORT; attempt < 2 && best < ENDS && !is_over(t);
         attempt++) {
        enum progress progress;

        run_bind(t->run, t->s);
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
        progress = run_trial(t);
        best = progress > best ? progress : best;
    }
    return best;
}

static enum db_blame find_one(struct trial *t, size_t *found)
{
    size_t n = parameter_count(t), value;
    enum progress best = FAILS_ALIKE;
    enum db_blame blame = BLAME_NONE;
    int at;

    for (size_t i = 0; i < n && i < TRIALS_MAX && !is_over(t); i++) {
        enum progress progress;

        if (!get_parameter(t, i, &value, &at) || (best && value == *found))
            continue;
        progress = run_without(t, value);
        if (progress > best) {
            blame = BLAME_ONE;
            *found = value;
            best = progress;
        } else if (best && progress == best) {
            blame = BLAME_SEVERAL;
        }
    }
    return blame;
}

/* Undoes what a write has changed before it ended at a row, which trials must not meet: back to the
 * beginning of the job, in a batch to its savepoint. Earlier steps would be undone too, so then the
 * changes stay. */
static void undo_failed(struct trial *t)
{
    struct conn *c = t->run->conn;

    if (t->rc != SQLITE_ABORT || sqlite3_stmt_readonly(t->s->stmt) ||
        t->run->job->plan->step_count > 1 || conn_run(c->rollback_to) == SQLITE_OK)
        return;
    conn_run(c->rollback);
    conn_begin(c, c->begin_immediate);
}

void blame_find(struct run *r, struct statement *s, int rc)
{
    struct db_job *job = r->job;
    size_t index = r->result.step;
    struct trial t = {
        .run = r, .s = s, .step = result_step(&r->result), .rc = rc, .found = r->result.found};
    enum db_blame blame;

    assert(blame_is_due(job) && job->err != OK);
    t.is_result = index == job->plan->result;
    t.found -= rc == SQLITE_ABORT; /* the last one was not good */
    undo_failed(&t);
    t.is_undone = sqlite3_get_autocommit(r->conn->db);
    t.steps = steps_of(s);
    blame = find_one(&t, &job->blamed);
    if (blame == BLAME_NONE && job->has_failed_on_value &&
        run_without(&t, ALL_VALUES) != FAILS_ALIKE)
        blame = BLAME_SEVERAL;
    job->failed_step = index;
    job->blame = is_over(&t) ? BLAME_NONE : blame;
    if (t.is_interrupted && job->has_failed_on_value)
        exec_interrupted(r->conn, job);
    sqlite3_clear_bindings(s->stmt);
}
