/* SPDX-License-Identifier: MIT */
/* What a transaction does next, when replies have come. See the drawing in pg_engine.h. */
#include "lib/db/pg/pg_txn.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/db/engine/kept_answer.h"
#include "lib/db/pg/pg_conn.h"
#include "lib/db/pg/pg_kept.h"
#include "lib/db/pg/pg_lane.h"

/* Begins the run: its context, and its first statement. */
static void start_run(struct pg_conn *c, struct pg_txn *t, struct pg_run *run)
{
    db_job_reset(run->job);
    run->job->begun_ns = clock_ns();
    run->verdict = PG_FINAL;
    result_begin(&run->result, run->job);
    run->has_result = true;
    pg_conn_context(c, t, run);
    if (run->job->kept)
        pg_kept_find(c, t, run);
    else
        pg_conn_step(c, t, run);
}

void pg_txn_start(struct pg_conn *c, struct pg_run **runs, size_t count)
{
    struct pg_txn *t = xcalloc(1, sizeof(*t));

    assert(count && count <= PG_BATCH);
    t->is_write = c->lane->use == PG_WRITE;
    t->sent_ns = clock_ns();
    t->count = count;
    memcpy(t->runs, runs, count * sizeof(*runs));
    fifo_push(&c->txns, &t->link);
    if (t->is_write)
        pg_conn_command(c, t, runs[0], PG_REPLY_COMMAND,
                        runs[0]->is_sole ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN");
    for (size_t i = 0; i < count; i++)
        start_run(c, t, runs[i]);
    t->is_open = t->is_write || runs[0]->is_sole;
    if (t->is_open)
        pg_conn_ask(c);
    else
        pg_conn_sync(c, t, PG_REPLY_SYNC);
}

struct cell *pg_row(struct pg_statement *s, PGresult *res, int row)
{
    for (size_t i = 0; i < s->shape.count; i++)
        s->cells[i] = pg_cell(res, row, (int)i);
    return s->cells;
}

static void take_rows(struct pg_run *run, PGresult *res)
{
    struct pg_statement *s = run->statement;
    struct db_job *job = run->job;

    if (PQntuples(res) && !pg_statement_take_shape(s, res)) {
        job->err = ERR_INTERNAL;
        snprintf(job->cause, sizeof(job->cause),
                 "its columns differ from those proved because the "
                 "schema has changed; reload");
    }
    for (int i = 0; i < PQntuples(res) && job->err == OK && !job->is_long; i++)
        if (result_wants(&run->result) &&
            result_take(&run->result, &s->shape, pg_row(s, res, i)) != ROW_TAKEN)
            break;
}

/* Takes note of an error of the server. */
static void take_error(struct pg_conn *c, const struct pg_reply *reply, const PGresult *res)
{
    struct pg_run *run = reply->run;
    struct pg_txn *t = reply->txn;
    const struct plan *plan = run->job->plan;
    bool is_steps = reply->kind == PG_REPLY_STEP || reply->kind == PG_REPLY_PREPARED;
    size_t index = is_steps ? run->result.step : plan->result;

    if (t->failed)
        return; /* of what followed the first */
    t->failed = run;
    run->verdict = pg_error_take(
        run->job, res, is_steps || reply->kind == PG_REPLY_COMMIT ? &plan->steps[index] : NULL,
        index, &c->db->constraints);
    if (reply->kind == PG_REPLY_STORE && run->job->err == ERR_CONFLICT)
        run->verdict = PG_AGAIN; /* the same key, at the same time */
    if (reply->number < c->prepared_room &&
        (run->verdict == PG_MISPLACED || run->verdict == PG_CHANGED ||
         reply->kind == PG_REPLY_PREPARED))
        c->prepared[reply->number] =
            reply->kind == PG_REPLY_PREPARED || run->verdict == PG_MISPLACED ? PG_UNPREPARED
                                                                             : PG_OUTDATED;
    if (run->verdict == PG_LOST)
        c->is_lost = true;
    if (run->verdict == PG_CUT && clock_ns() >= run->job->deadline_ns)
        run->verdict = PG_FINAL;
}

/* Returns the number of rows that a command has changed. */
static int64_t changes_of(PGresult *res)
{
    return strncmp(PQcmdStatus(res), "SELECT", 6) == 0 ? 0 : strtoll(PQcmdTuples(res), NULL, 10);
}

void pg_txn_take(struct pg_conn *c, struct pg_reply *reply, PGresult *res)
{
    struct pg_run *run = reply->run;

    switch (PQresultStatus(res)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        if (reply->kind == PG_REPLY_STEP) {
            take_rows(run, res);
            run->changes = changes_of(res);
            run->is_complete = PQresultStatus(res) == PGRES_TUPLES_OK;
        } else if (reply->kind == PG_REPLY_FIND) {
            pg_kept_take(run, res);
        }
        break;
    case PGRES_COMMAND_OK:
        if (reply->kind == PG_REPLY_STEP) {
            run->changes = changes_of(res);
            run->is_complete = true;
        }
        if (reply->kind == PG_REPLY_COMMIT)
            reply->txn->has_committed = true;
        break;
    case PGRES_PIPELINE_ABORTED:
        if (reply->kind == PG_REPLY_PREPARED)
            c->prepared[reply->number] = PG_UNPREPARED;
        break;
    default:
        take_error(c, reply, res);
    }
}

static void roll_back(struct pg_conn *c, struct pg_txn *t)
{
    if (t->failed)
        pg_conn_sync(c, t, PG_REPLY_RECOVERY);
    t->phase = PG_ROLLING_BACK;
    pg_conn_command(c, t, t->runs[0], PG_REPLY_ROLLBACK, "ROLLBACK");
    pg_conn_sync(c, t, PG_REPLY_SYNC);
}

static void commit(struct pg_conn *c, struct pg_txn *t)
{
    t->phase = PG_COMMITTING;
    pg_conn_command(c, t, t->runs[0], PG_REPLY_COMMIT, "COMMIT");
    pg_conn_sync(c, t, PG_REPLY_SYNC);
}

/* Returns true if what the run has done must not be committed. One of several writes that has found
 * nothing has changed nothing. */
static bool is_bad(const struct pg_txn *t, const struct pg_run *run)
{
    bool is_harmless = t->count > 1 && run->job->err == ERR_NOT_FOUND && !run->changes;

    return run->job->err != OK && !is_harmless;
}

/* Judges the result, as its job wants. */
static void judge_run(struct pg_run *run)
{
    struct db_job *job = run->job;
    bool is_replay = job->kept && job->kept->is_replay;

    if (job->err == OK && !is_replay && job->accept && !job->accept(job))
        job->err = ERR_BAD_RESPONSE;
}

/* All steps have run. */
static void conclude(struct pg_conn *c, struct pg_txn *t)
{
    bool is_refused = false;

    for (size_t i = 0; i < t->count; i++) {
        judge_run(t->runs[i]);
        is_refused |= is_bad(t, t->runs[i]);
    }
    if (is_refused) {
        roll_back(c, t);
        return;
    }
    if (t->runs[0]->job->kept && !t->runs[0]->job->kept->is_replay) {
        t->phase = PG_STORING;
        pg_kept_store(c, t, t->runs[0]);
        pg_conn_ask(c);
        return;
    }
    commit(c, t);
}

/* Decides, when all replies have come. */
static void advance(struct pg_conn *c, struct pg_txn *t)
{
    struct pg_run *run = t->runs[0];

    if (t->phase > PG_STORING)
        return;
    if (!t->failed && t->phase == PG_STEPS && t->count == 1 && result_has_step(&run->result)) {
        pg_conn_step(c, t, run);
        pg_conn_ask(c);
        if (!t->pending) /* a value could not be sent */
            advance(c, t);
    } else if (!t->is_write) {
        t->phase = PG_ENDING;
        pg_conn_sync(c, t, PG_REPLY_SYNC);
    } else if (t->failed) {
        roll_back(c, t);
    } else if (t->phase == PG_STORING) {
        commit(c, t);
    } else {
        conclude(c, t);
    }
}

/* Ends a run of a transaction that has come to its end. */
static void settle_run(struct pg_db *db, struct pg_txn *t, struct pg_run *run)
{
    bool is_undone = t->is_write && !t->has_committed;

    assert(run);
    if (is_undone && t->count > 1) {
        run->is_alone |= run == t->failed || is_bad(t, run) || t->phase == PG_COMMITTING;
        pg_lane_push(db, run);
    } else if (run == t->failed && run->verdict != PG_FINAL) {
        pg_lane_repeat(db, run);
    } else if (run != t->failed && t->failed && result_has_step(&run->result)) {
        pg_lane_push(db, run); /* it was not run, because of another */
    } else {
        pg_run_finish(db, run);
    }
}

static void take_costs(struct pg_conn *c, const struct pg_txn *t)
{
    uint64_t now = clock_ns(), since = t->sent_ns > c->progress_ns ? t->sent_ns : c->progress_ns;

    c->progress_ns = now;
    if (!t->is_write)
        pg_lane_note(c->db, t, now - since);
}

static void end_txn(struct pg_conn *c, struct pg_txn *t)
{
    struct fifo_link *first = fifo_pop(&c->txns);

    assert(first == &t->link);
    (void)first;
    take_costs(c, t);
    for (size_t i = 0; i < t->count; i++)
        settle_run(c->db, t, t->runs[i]);
    free(t);
}

void pg_txn_end_reply(struct pg_conn *c, const struct pg_reply *reply)
{
    struct pg_txn *t = reply->txn;
    struct pg_run *run = reply->run;

    assert(t->pending);
    t->pending--;
    if (run->is_complete) {
        run->is_complete = false;
        result_end_step(&run->result, run->changes);
    }
    if (reply->kind == PG_REPLY_SYNC)
        end_txn(c, t);
    else if (t->is_open && !t->pending && !c->is_lost)
        advance(c, t);
}

void pg_txn_lose(struct pg_conn *c, struct pg_txn *t, const char *cause)
{
    bool is_unknown = t->is_write && t->phase == PG_COMMITTING && !t->has_committed && !t->failed;

    for (size_t i = 0; i < t->count; i++) {
        struct pg_run *run = t->runs[i];
        struct db_job *job = run->job;

        if (t->has_committed) {
            pg_run_finish(c->db, run);
            continue;
        }
        job->err = is_unknown ? ERR_OUTCOME_UNKNOWN : ERR_DATABASE;
        job->trouble = TROUBLE_DOWN;
        snprintf(job->cause, sizeof(job->cause), "%s", cause);
        if (is_unknown && !job->kept)
            pg_run_finish(c->db, run);
        else
            pg_lane_repeat(c->db, run);
    }
    free(t);
}
