/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL behind db.h, by libpq in pipeline mode on the worker's loop. Internal to lib/db/pg.
 *
 *     db_submit() ──▶ lane->waiting ── db_turn() ──▶ a transaction on the least busy connection
 *                        ▲                              │ all of one turn in one send
 *                        └── runs again: 40001, a lost ─┤
 *                            connection                 ▼
 *     done() ◀── db_deliver() ◀──────────────────── replies, in the order of what was sent
 *
 * Lanes: reads, slow reads, writes; each has connections of its own. A connection has a list of the
 * replies that are due, and one of the transactions that they belong to:
 *
 *     reads   (context, statement)…, Sync                 of one step each: those of a turn share a round
 *                                                         trip; after an error the rest runs again
 *     read    context, statement, Flush, …, Sync          of several steps, alone
 *     writes  BEGIN, (context, statement)…, Flush         of one step each: they share a commit
 *               ─▶ all judged ─▶ COMMIT, Sync             or ROLLBACK, and each runs again, the bad one alone
 *     write   BEGIN SERIALIZABLE, context, statement, Flush, …, COMMIT, Sync     of several steps
 */
#ifndef LEAT_DB_PG_PG_ENGINE_H
#define LEAT_DB_PG_PG_ENGINE_H

#include <libpq-fe.h>

#include "lib/core/queue/completion_queue.h"
#include "lib/core/queue/fifo.h"
#include "lib/core/queue/work.h"
#include "lib/db/engine/engine.h"
#include "lib/db/engine/result.h"
#include "lib/db/pg/pg_connect.h"
#include "lib/db/pg/pg_constraints.h"
#include "lib/db/pg/pg_error.h"
#include "lib/db/pg/pg_statement.h"
#include "lib/db/pg/pg_value.h"

enum {
    PG_CONNS_MAX = 8, /* of a lane */
    PG_DEPTH = 256,   /* the most replies that are due on a connection that takes more */
    PG_READS = 16,    /* the most reads that share a round trip */
    PG_BATCH = 64,    /* the most writes that share a commit */
    PG_ATTEMPTS = 6,  /* the first, and five more */
};

struct pg_lane;

/* A job, from its submission to its end. */
struct pg_run {
    struct fifo_link link;
    struct db_job *job;
    struct result result;
    struct pg_statement *statement; /* that runs */
    uint64_t due_ns;                /* not before */
    unsigned attempts;
    bool has_result;         /* `result` is in use */
    bool is_alone;           /* it has failed among others: then the error is its own */
    bool is_sole;            /* it has several statements, and a transaction of its own */
    bool is_complete;        /* the statement that runs has ended well */
    enum pg_verdict verdict; /* of the error in `job` */
    int64_t changes;         /* of the statement that runs */
};

enum pg_prepared { PG_UNPREPARED, PG_PREPARED, PG_OUTDATED };

/* What a transaction does next. */
enum pg_phase { PG_STEPS, PG_STORING, PG_COMMITTING, PG_ROLLING_BACK, PG_ENDING };

struct pg_txn {
    struct fifo_link link; /* in the connection's list */
    struct pg_run *runs[PG_BATCH];
    size_t count, pending; /* pending: replies that are due before the next decision */
    enum pg_phase phase;
    struct pg_run *failed;  /* the run whose statement the server refused */
    bool is_write, is_open; /* open: nothing else may be sent on the connection */
    bool has_committed;
    uint64_t sent_ns;
};

/* COMMAND: BEGIN, or the context. SYNC ends the transaction; RECOVERY, after an error, does not. */
enum pg_reply_kind {
    PG_REPLY_COMMAND,
    PG_REPLY_PREPARED,
    PG_REPLY_STEP,
    PG_REPLY_FIND,
    PG_REPLY_STORE,
    PG_REPLY_COMMIT,
    PG_REPLY_ROLLBACK,
    PG_REPLY_SYNC,
    PG_REPLY_RECOVERY,
};

struct pg_reply {
    enum pg_reply_kind kind;
    bool has_begun;
    struct pg_txn *txn;
    struct pg_run *run;
    size_t number; /* of the statement that is prepared */
};

struct pg_conn {
    struct work work; /* first; connects on a thread */
    struct pg_db *db;
    struct pg_lane *lane;
    PGconn *pg;    /* NULL: down */
    PGconn *fresh; /* what the thread has made */
    struct fault fault;
    bool is_connecting, wants_write;
    bool is_dirty; /* something waits to be sent */
    bool is_lost;  /* the server has said goodbye */
    uint64_t retry_ns, down_since_ns;
    unsigned failures;
    struct fifo txns;
    struct pg_reply *replies; /* a ring */
    size_t first, due, room;
    unsigned char *prepared; /* enum pg_prepared, by the number of the statement */
    size_t prepared_room;
    uint64_t progress_ns; /* when the last reply came */
};

struct pg_lane {
    enum pg_use use;
    size_t count;
    struct pg_conn conns[PG_CONNS_MAX];
    struct fifo waiting, delayed; /* struct pg_run; delayed until their due_ns */
};

struct pg_db {
    struct db_head head;
    char *url;
    char *role; /* of plans that see all rows, or "none" */
    struct pg_lane lanes[PG_USE_COUNT];
    struct pg_statements statements;
    struct pg_constraints constraints;
    struct completion_queue finished; /* jobs of streams, and those that end outside of deliver() */
    struct fifo done;                 /* runs that end within it */
    bool is_delivering, is_stopped;
    atomic_bool is_cut; /* threads must end */
    struct work_pool *connector;
    int epoll_fd, timer_fd;
    uint64_t timer_ns;
    uint64_t *costs_ns; /* of reads, by plan id: a moving average */
    size_t plan_count;
    struct shm *shm;
    struct shm_slot *slot;
    struct pg_params params; /* scratch */
    struct pg_streams *streams;
    enum trouble trouble; /* that the last answers have told */
};

#endif
