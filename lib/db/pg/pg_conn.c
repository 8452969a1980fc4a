/* SPDX-License-Identifier: MIT */
/* One connection in pipeline mode. libpq gives results command by command, each command ending with a
 * NULL, in the order in which they were sent; the ring of replies says what each of them was. */
#include "lib/db/pg/pg_conn.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/db/pg/pg_txn.h"

/* How long it waits between attempts to connect: doubled from the first to the last. */
#define RETRY_FIRST_NS (20 * NS_PER_MS)
#define RETRY_LAST_NS (2 * NS_PER_S)

static const char context_name[] = "leat_context";
static void watch(struct pg_conn *c, int op)
{
    struct epoll_event e = {.events = EPOLLIN | (c->wants_write ? EPOLLOUT : 0), .data.ptr = c};

    epoll_ctl(c->db->epoll_fd, op, PQsocket(c->pg), &e);
}

void pg_conn_open(struct pg_conn *c, PGconn *pg)
{
    assert(!c->pg && !c->due && !c->txns.count);
    c->pg = pg;
    c->failures = 0;
    c->is_lost = c->is_dirty = c->wants_write = false;
    c->down_since_ns = 0;
    PQsetnonblocking(pg, 1);
    PQenterPipelineMode(pg);
    watch(c, EPOLL_CTL_ADD);
}

void pg_conn_lose(struct pg_conn *c, const char *cause)
{
    struct fifo txns;
    struct fifo_link *l;
    PGconn *pg = c->pg;

    assert(pg);
    if (!c->db->is_stopped)
        log_warn("database.connection", "use=%d cause=\"%s\"", (int)c->lane->use, cause);
    epoll_ctl(c->db->epoll_fd, EPOLL_CTL_DEL, PQsocket(pg), NULL);
    c->pg = NULL;
    c->due = c->first = 0;
    if (c->prepared_room)
        memset(c->prepared, PG_UNPREPARED, c->prepared_room);
    c->down_since_ns = clock_ns();
    c->retry_ns = c->down_since_ns;
    fifo_init(&txns);
    fifo_move(&txns, &c->txns);
    while ((l = fifo_pop(&txns)))
        pg_txn_lose(c, (struct pg_txn *)l, cause);
    PQfinish(pg);
}

static void connect_on_thread(struct work *w)
{
    struct pg_conn *c = (struct pg_conn *)w;

    c->fresh = pg_connect(c->db->url, c->lane->use, &c->db->is_cut, &c->fault);
}

static void on_connected(struct work *w)
{
    struct pg_conn *c = (struct pg_conn *)w;
    uint64_t wait = RETRY_FIRST_NS << (c->failures < 7 ? c->failures : 7);

    c->is_connecting = false;
    if (c->fresh && !c->db->is_stopped) {
        log_info("database.connected", "use=%d", (int)c->lane->use);
        pg_conn_open(c, c->fresh);
        c->fresh = NULL;
        return;
    }
    PQfinish(c->fresh);
    c->fresh = NULL;
    if (!c->failures++)
        log_warn("database.connection", "use=%d cause=\"%s\"", (int)c->lane->use, c->fault.text);
    c->retry_ns = clock_ns() + (wait < RETRY_LAST_NS ? wait : RETRY_LAST_NS);
}

void pg_conn_retry(struct pg_conn *c, uint64_t now_ns)
{
    if (c->pg || c->is_connecting || c->db->is_stopped || now_ns < c->retry_ns)
        return;
    c->work.run = connect_on_thread;
    c->work.done = on_connected;
    c->is_connecting = work_submit(c->db->connector, &c->work) == LATER;
    if (!c->is_connecting)
        c->retry_ns = now_ns + RETRY_LAST_NS;
}

static struct pg_reply *reply_at(const struct pg_conn *c, size_t i)
{
    return &c->replies[(c->first + i) % c->room];
}

/* Notes that a reply is due. */
static void expect(struct pg_conn *c, struct pg_reply reply)
{
    if (c->due == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        struct pg_reply *replies = xcalloc(room, sizeof(*replies));

        for (size_t i = 0; i < c->due; i++)
            replies[i] = *reply_at(c, i);
        free(c->replies);
        c->replies = replies;
        c->room = room;
        c->first = 0;
    }
    *reply_at(c, c->due++) = reply;
    reply.txn->pending++;
    c->is_dirty = true;
}

/* Queues a command that libpq has taken, or has not: then the connection is lost. */
static void sent(struct pg_conn *c, int ok, struct pg_reply reply)
{
    if (!ok)
        c->is_lost = true;
    expect(c, reply);
}

/* Returns what is known of the statement on this connection. */
static unsigned char *prepared_of(struct pg_conn *c, size_t number)
{
    size_t room = 2 * number + 64;

    if (number >= c->prepared_room) {
        c->prepared = xrealloc(c->prepared, room);
        memset(c->prepared + c->prepared_room, PG_UNPREPARED, room - c->prepared_room);
        c->prepared_room = room;
    }
    return &c->prepared[number];
}

void pg_conn_note_prepared(struct pg_conn *c, const struct pg_statement *s)
{
    *prepared_of(c, s->number) = PG_PREPARED;
}

/* Prepares the statement on this connection, once. */
static void prepare_once(struct pg_conn *c, struct pg_txn *t, struct pg_run *run, size_t number,
                         const char *name, const char *sql)
{
    unsigned char *state = prepared_of(c, number);
    char drop[48];

    if (*state == PG_PREPARED)
        return;
    if (*state == PG_OUTDATED) {
        snprintf(drop, sizeof(drop), "DEALLOCATE %s", name);
        pg_conn_command(c, t, run, PG_REPLY_COMMAND, drop);
    }
    *state = PG_PREPARED;
    sent(c, PQsendPrepare(c->pg, name, sql, 0, NULL),
         (struct pg_reply){.kind = PG_REPLY_PREPARED, .txn = t, .run = run, .number = number});
}

void pg_conn_command(struct pg_conn *c, struct pg_txn *t, struct pg_run *run,
                     enum pg_reply_kind kind, const char *sql)
{
    sent(c, PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0),
         (struct pg_reply){.kind = kind, .txn = t, .run = run});
}

void pg_conn_query(struct pg_conn *c, struct pg_txn *t, struct pg_run *run, enum pg_reply_kind kind,
                   const char *sql, const struct pg_params *params)
{
    sent(c,
         PQsendQueryParams(c->pg, sql, (int)params->count, NULL, params->values, params->lengths,
                           params->formats, 0),
         (struct pg_reply){.kind = kind, .txn = t, .run = run});
}

/* Returns the milliseconds that are left, one at least: 0 would be no limit. */
static int64_t time_left(const struct db_job *job)
{
    uint64_t now = clock_ns();

    return job->deadline_ns > now + NS_PER_MS ? (int64_t)((job->deadline_ns - now) / NS_PER_MS) : 1;
}

static void add_text(struct pg_params *p, struct slice text)
{
    pg_params_add(p, &(struct db_value){.type = DB_TEXT, .text = text});
}

void pg_context(struct pg_params *p, const struct pg_db *db, const struct db_job *job,
                int64_t timeout_ms)
{
    bool sees_all = job->plan->role != ROLE_CALLER;

    pg_params_clear(p);
    add_text(p, job->subject);
    add_text(p, slice_of(sees_all ? "on" : "off"));
    add_text(p, slice_of(sees_all ? db->role : "none"));
    pg_params_add(p, &(struct db_value){.type = DB_INTEGER, .integer = timeout_ms});
    pg_params_seal(p);
}

void pg_conn_context(struct pg_conn *c, struct pg_txn *t, struct pg_run *run)
{
    struct pg_params *p = &c->db->params;

    pg_context(p, c->db, run->job, time_left(run->job));
    prepare_once(c, t, run, 0, context_name, PG_CONTEXT_SQL);
    sent(c,
         PQsendQueryPrepared(c->pg, context_name, (int)p->count, p->values, p->lengths, p->formats,
                             0),
         (struct pg_reply){.kind = PG_REPLY_COMMAND, .txn = t, .run = run});
}

/* Asks for the rows of the list one by one, where it may be too long to hold. */
static void begin_reply(struct pg_conn *c)
{
    const struct pg_reply *reply = c->due ? reply_at(c, 0) : NULL;

    if (reply && reply->kind == PG_REPLY_STEP && reply->run->job->may_stream)
        PQsetSingleRowMode(c->pg);
}

/* Ends the run because a value holds a NUL, which no text of the server may. */
static void refuse_value(struct pg_run *run, const struct pg_params *p)
{
    const struct plan_step *step = result_step(&run->result);
    struct db_job *job = run->job;

    job->err = ERR_VALUE;
    job->failed_step = run->result.step;
    job->blame = BLAME_SEVERAL;
    if (p->unsendable <= step->bind_count && !step->binds[p->unsendable - 1].is_step) {
        job->blame = BLAME_ONE;
        job->blamed = step->binds[p->unsendable - 1].index;
    }
    snprintf(job->cause, sizeof(job->cause), "a text holds a NUL character");
    result_end_step(&run->result, 0);
}

void pg_conn_step(struct pg_conn *c, struct pg_txn *t, struct pg_run *run)
{
    struct pg_params *p = &c->db->params;
    const struct result *r = &run->result;
    struct pg_statement *s;
    int ok;

    pg_params_bind(p, r);
    if (p->unsendable) {
        refuse_value(run, p);
        return;
    }
    pg_statement_release(&run->statement);
    s = run->statement = pg_statement_get(&c->db->statements, r->job->plan, r->step, r->variant);
    run->changes = 0;
    result_begin_step(&run->result);
    if (s->name[0]) {
        prepare_once(c, t, run, s->number, s->name, s->sql);
        ok = PQsendQueryPrepared(c->pg, s->name, (int)p->count, p->values, p->lengths, p->formats,
                                 0);
    } else {
        ok = PQsendQueryParams(c->pg, s->sql, (int)p->count, NULL, p->values, p->lengths,
                               p->formats, 0);
    }
    sent(c, ok,
         (struct pg_reply){.kind = PG_REPLY_STEP, .txn = t, .run = run, .number = s->number});
    if (c->due == 1)
        begin_reply(c);
}

void pg_conn_sync(struct pg_conn *c, struct pg_txn *t, enum pg_reply_kind kind)
{
    sent(c, PQpipelineSync(c->pg), (struct pg_reply){.kind = kind, .txn = t, .run = t->runs[0]});
}

void pg_conn_ask(struct pg_conn *c)
{
    if (!PQsendFlushRequest(c->pg))
        c->is_lost = true;
    c->is_dirty = true;
}

void pg_conn_flush(struct pg_conn *c)
{
    int left;

    if (!c->pg || (!c->is_dirty && !c->wants_write))
        return;
    c->is_dirty = false;
    left = c->is_lost ? -1 : PQflush(c->pg);
    if (left < 0) {
        pg_conn_lose(c, "sending failed");
        return;
    }
    if ((left > 0) != c->wants_write) {
        c->wants_write = left > 0;
        watch(c, EPOLL_CTL_MOD);
    }
}

/* Ends the reply that has come, and acts on it. */
static void end_reply(struct pg_conn *c)
{
    struct pg_reply reply = *reply_at(c, 0);

    c->first = (c->first + 1) % c->room;
    c->due--;
    begin_reply(c);
    pg_txn_end_reply(c, &reply);
}

/* Takes one result. Returns false if there is none. */
static bool take_result(struct pg_conn *c)
{
    PGresult *res = PQgetResult(c->pg);
    struct pg_reply *reply = c->due ? reply_at(c, 0) : NULL;
    bool is_sync;

    if (!res) {
        if (!reply || !reply->has_begun)
            return false;
        end_reply(c);
        return true;
    }
    if (!reply) {
        PQclear(res);
        return true;
    }
    is_sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
    assert(is_sync == (reply->kind == PG_REPLY_SYNC || reply->kind == PG_REPLY_RECOVERY));
    reply->has_begun = true;
    if (!is_sync)
        pg_txn_take(c, reply, res);
    PQclear(res);
    if (is_sync)
        end_reply(c); /* no NULL follows */
    return true;
}

void pg_conn_receive(struct pg_conn *c)
{
    char cause[160] = "the server ended the connection";

    if (!PQconsumeInput(c->pg)) {
        snprintf(cause, sizeof(cause), "%s", PQerrorMessage(c->pg));
        cause[strcspn(cause, "\n")] = '\0';
        c->is_lost = true;
    }
    while (!c->is_lost && PQstatus(c->pg) == CONNECTION_OK && !PQisBusy(c->pg))
        if (!take_result(c))
            break;
    if (c->is_lost || PQstatus(c->pg) != CONNECTION_OK)
        pg_conn_lose(c, cause);
}
