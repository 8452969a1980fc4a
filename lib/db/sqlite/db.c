/* SPDX-License-Identifier: MIT */
/* Most reads take a few microseconds, less than handing them to a thread costs, so they run on the
 * loop's own connection, within a budget. A read that exceeds it is interrupted and starts again on
 * a reader thread; a plan that does so again and again goes there at once (read_budget.h).
 *
 * All reads of one turn of the loop share a read transaction. It is renewed when the commit counter
 * in shared memory has moved: a worker raises the counter before it answers a write, so a client
 * that has seen an answer reads its effect from any worker. */
#include "lib/db/engine/db.h"
#include "lib/db/engine/db_stream.h"
#include "lib/db/engine/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/db/sqlite/connection/checkpointer.h"
#include "lib/db/sqlite/run/exec.h"
#include "lib/db/sqlite/kept_expiry.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/sqlite/connection/memory_share.h"
#include "lib/db/sqlite/pool.h"
#include "lib/db/sqlite/stored_key.h"
#include "lib/db/sqlite/writer.h"

/* How many lists are streamed at once. Each has a thread, which mostly waits for its client. */
enum { STREAMS = 8 };

struct db {
    struct db_head head;
    struct roles loop; /* runs reads on the loop's thread */
    uint64_t seen;     /* the commit counter when this turn's read transactions began */
    struct read_bounds at_once;
    struct pool readers, streams, writer;
    struct completion_queue finished;
    pthread_t owner; /* the loop's thread */
    size_t plan_count;
    struct read_pace *paces; /* by plan id */
    struct shm *shm;
    struct shm_slot *slot;
    char *path;
    struct health health;
    bool is_stuck; /* the writer, in whichever worker, makes no progress */
    bool is_stopped;
    struct checkpointer checkpointer;
    struct snapshots snapshots;
    struct kept_expiry expiry;
};

static bool is_own_thread(const struct db *db)
{
    return pthread_equal(db->owner, pthread_self());
}

static void on_finished(struct fifo_link *l)
{
    struct db_job *job = (struct db_job *)l;

    if (job->pace)
        read_pace_note(job->pace, job->extent);
    job->done(job);
}

static void tell(const struct db *db, enum trouble t)
{
    switch (trouble_publish(db->shm, db->slot, t)) {
    case TROUBLE_KNOWN:
        break;
    case TROUBLE_BEGAN:
        log_error("database.trouble", "state=%s path=\"%s\" cause=\"%s\" remedy=\"%s\"",
                  trouble_word(t), db->path, trouble_cause(t), trouble_remedy(t));
        break;
    case TROUBLE_ENDED:
        log_info("database.well", "path=\"%s\"", db->path);
        break;
    }
}

static enum trouble find_trouble(struct db *db)
{
    enum trouble t = health_check(&db->health, roles_any(&db->loop));

    assert(is_own_thread(db));
    db->is_stuck = shm_writer_hangs(db->shm);
    if (db->is_stuck && !trouble_stops(t))
        t = TROUBLE_STUCK;
    if (db->slot)
        tell(db, t);
    return t;
}

/* A database that an older version has set up lacks the table until the next migration. */
static bool has_room_for_answers(const struct db_options *options, struct conn *c,
                                 struct fault *fault)
{
    return !options->keeps_answers ||
           conn_integer(c, "SELECT count(*) FROM main.sqlite_schema"
                           " WHERE name = '_leat_idempotency'") == 1 ||
           fault_set(fault, "the database %s has no table for x-idempotency; run leat migrate up",
                     options->path);
}

/* Opens what looks at the files themselves. */
static bool open_files(struct db *db, const char *path)
{
    const struct conn *c = roles_any(&db->loop);

    foreign_lock_open(&db->writer.foreign, c);
    return health_open(&db->health, path, c);
}

static void sqlite_close(struct db **dbp);
static void sqlite_turn(struct db *db);

static struct db *sqlite_open(const struct db_options *options, struct diags *diags)
{
    struct db *db = xcalloc(1, sizeof(*db));
    struct db_options loop = *options, thread = *options, stream = *options;
    struct fault fault;

    assert(options->path && options->shm && options->readers > 0);
    db->head.engine = &engine_sqlite;
    completion_queue_init(&db->finished, on_finished);
    db->owner = pthread_self();
    db->plan_count = options->plan_count;
    db->at_once = (struct read_bounds){options->read_budget, options->read_budget};
    db->shm = options->shm;
    db->slot = options->slot;
    db->path = xstrdup(options->path);
    db->paces = xcalloc(options->plan_count + 1, sizeof(*db->paces));
    db->readers = (struct pool){
        .finished = &db->finished, .shm = db->shm, .slot = db->slot, .health = &db->health};
    db->readers.unbounded = (struct read_bounds){options->read_budget, read_budget_endless()};
    db->streams = db->writer = db->readers;
    db->streams.is_for_streams = true;
    db->writer.is_writer = true;
    db->readers.bounded =
        (struct read_bounds){options->read_budget, read_budget_of(JOB_QUEUE_LONG_NS)};
    db->writer.foreign.fd = -1;
    memory_share(&loop, options, MEMORY_LOOP);
    memory_share(&thread, options, MEMORY_THREAD);
    memory_share(&stream, options, MEMORY_STREAM);
    snapshots_init(&db->snapshots, db->shm, db->slot);
    thread.checkpointer = &db->checkpointer;
    thread.snapshots = stream.snapshots = &db->snapshots;
    fault_clear(&fault);
    kept_expiry_init(&db->expiry, &db->writer, options);
    if (conn_inspect(options->path, &fault) && roles_open(&db->loop, &loop, CONN_READ, &fault) &&
        has_room_for_answers(options, roles_any(&db->loop), &fault) &&
        open_files(db, options->path) &&
        checkpointer_start(&db->checkpointer, options, &db->health, &db->writer.foreign, &fault) &&
        pool_start(&db->writer, &thread, 1, &fault) &&
        pool_start(&db->readers, &thread, options->readers + 1, &fault) &&
        pool_start(&db->streams, &stream, STREAMS, &fault)) {
        find_trouble(db);
        return db;
    }
    diag_error(diags, NULL, "%s", fault_is_set(&fault) ? fault.text : strerror(errno));
    sqlite_close(&db);
    return NULL;
}

static void sqlite_stop(struct db *db)
{
    assert(is_own_thread(db));
    db->is_stopped = true;
    pool_stop(&db->readers);
    pool_stop(&db->streams);
    pool_stop(&db->writer);
}

static void sqlite_close(struct db **dbp)
{
    struct db *db = *dbp;

    if (!db)
        return;
    sqlite_stop(db);
    checkpointer_stop(&db->checkpointer);
    sqlite_turn(db);
    roles_close(&db->loop);
    completion_queue_fini(&db->finished, NULL);
    health_close(&db->health);
    foreign_lock_close(&db->writer.foreign);
    snapshots_fini(&db->snapshots);
    free(db->paces);
    free(db->path);
    free(db);
    *dbp = NULL;
}

static void sqlite_turn(struct db *db)
{
    assert(is_own_thread(db));
    roles_end(&db->loop);
    pool_wake(&db->writer);
}

/* Begins the turn's read transaction, or a new one if anything was committed since: the counter is
 * raised before a write is answered, so every answered write is visible. */
static int begin_read(struct db *db, struct conn *c)
{
    uint64_t commits = atomic_load(&db->shm->writer.commits);

    assert(c && c->db);
    if (db->seen != commits)
        sqlite_turn(db);
    db->seen = commits;
    return sqlite3_get_autocommit(c->db) ? conn_begin(c, c->begin) : SQLITE_OK;
}

static void run_read(struct db *db, struct conn *c, struct db_job *job)
{
    int rc = begin_read(db, c);

    db_job_reset(job);
    if (rc != SQLITE_OK) {
        exec_fail(c, job, rc, NULL);
        return;
    }
    conn_limit(c, job->deadline_ns, &db->at_once);
    exec_steps(c, job);
    job->extent = conn_unlimit(c);
    if (job->is_stale)
        sqlite_turn(db);
}

/* Runs a read on the loop. Returns false if it exceeded the budget or must run behind a barrier,
 * and so goes to a reader. */
static bool run_inline(struct db *db, struct db_job *job)
{
    struct fault fault;
    struct conn *c = roles_for(&db->loop, job, &fault);

    assert(!job->plan->is_write && c);
    do {
        run_read(db, c, job);
    } while (roles_retry(&db->loop, c, job) && !job->wants_barrier);
    if (job->err != OK)
        health_note(&db->health, job);
    if (job->extent != READ_WITHIN || db->paces[job->plan->id].overruns)
        read_pace_note(&db->paces[job->plan->id], job->extent);
    if (job->err == ERR_DEADLINE && job->extent == READ_CUT)
        return clock_ns() >= job->deadline_ns;
    return !job->wants_barrier;
}

static void count(struct db *db, enum shm_count what)
{
    if (db->slot)
        shm_count(db->slot, what, 1);
}

static enum completion sqlite_submit(struct db *db, struct db_job *job)
{
    assert(is_own_thread(db));
    assert(job->done && job->plan->id < db->plan_count);
    assert(job->plan->result < job->plan->step_count);
    bool is_write = job->plan->is_write;

    job->wants_barrier = false;
    job->renewals = 0;
    job->more = NULL;
    job->pace = is_write ? NULL : &db->paces[job->plan->id];
    job->bounds = NULL;
    if (db->is_stopped) {
        db_job_reset(job);
        job->err = ERR_DRAINING;
        return DONE;
    }
    if (job->pace && !read_pace_is_slow(job->pace)) {
        job->pace = NULL;
        if (run_inline(db, job)) {
            count(db, COUNT_DB_READS);
            return DONE;
        }
    }
    if (is_write && db->is_stuck) {
        db_job_reset(job);
        health_refuse(job, TROUBLE_STUCK);
        return DONE;
    }
    count(db, is_write ? COUNT_DB_WRITES : COUNT_DB_READS_MOVED);
    pool_submit(is_write ? &db->writer : &db->readers, job);
    return LATER;
}

static void sqlite_stream(struct db *db, struct db_job *job)
{
    assert(is_own_thread(db));
    assert(job->more && job->may_stream && job->body_max && !job->plan->is_write);
    job->wants_barrier = false;
    job->renewals = 0;
    job->pace = NULL;
    atomic_store(&job->is_cancelled, false);
    if (db->is_stopped) {
        db_job_reset(job);
        job->err = ERR_DRAINING;
        completion_queue_expect(&db->finished);
        completion_queue_push(&db->finished, &job->link);
        return;
    }
    count(db, COUNT_STREAMS);
    pool_submit(&db->streams, job);
}

static size_t sqlite_streams_waiting(struct db *db)
{
    assert(is_own_thread(db));
    return db->is_stopped ? 0 : pool_waiting(&db->streams);
}

static void sqlite_expire(struct db *db)
{
    assert(is_own_thread(db));
    if (db->is_stopped)
        return;
    pool_expire(&db->writer);
    pool_expire(&db->streams);
    pool_expire(&db->readers);
}

static void publish_gauges(struct db *db)
{
    if (!db->slot)
        return;
    shm_set_gauge(db->slot, GAUGE_WRITES_WAITING, pool_waiting(&db->writer));
    shm_set_gauge(db->slot, GAUGE_READS_WAITING,
                  pool_waiting(&db->readers) + pool_waiting(&db->streams));
    shm_set_gauge(db->slot, GAUGE_DATABASE_BYTES, (uint64_t)health_database_size(&db->health));
    shm_set_gauge(db->slot, GAUGE_WAL_BYTES, (uint64_t)health_wal_size(&db->health));
}

static void sqlite_watch(struct db *db)
{
    if (db->is_stopped)
        return;
    find_trouble(db);
    checkpointer_look(&db->checkpointer);
    publish_gauges(db);
    kept_expiry_tick(&db->expiry, roles_any(&db->loop));
}

static bool sqlite_is_ready(struct db *db)
{
    return !trouble_stops(find_trouble(db));
}

static int sqlite_fd(const struct db *db)
{
    return completion_queue_fd(&db->finished);
}

static void sqlite_deliver(struct db *db)
{
    completion_queue_deliver(&db->finished);
}

static size_t sqlite_pending(const struct db *db)
{
    return completion_queue_pending(&db->finished);
}

static bool sqlite_key(struct db *db, const char *name, struct buf *out)
{
    return stored_key(db->path, name, out);
}

const struct engine engine_sqlite = {
    .open = sqlite_open,
    .stop = sqlite_stop,
    .close = sqlite_close,
    .submit = sqlite_submit,
    .stream = sqlite_stream,
    .streams_waiting = sqlite_streams_waiting,
    .fd = sqlite_fd,
    .deliver = sqlite_deliver,
    .turn = sqlite_turn,
    .pending = sqlite_pending,
    .expire = sqlite_expire,
    .watch = sqlite_watch,
    .is_ready = sqlite_is_ready,
    .key = sqlite_key,
};
