/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/checkpointer.h"

#include <assert.h>
#include <time.h>

#include "lib/core/clock.h"
#include "lib/core/thread.h"
#include "lib/db/engine/db.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/shm/shm.h"

/* A checkpoint is due at this many pages, as with SQLite's own. */
enum { PAGES_DUE = 1000 };
/* The size in bytes from which the file is cut off: twice what it has at that many pages. */
enum { WAL_MAX = 8 << 20 };
/* The time that writers wait at most for readers of a -wal that is cut off. */
enum { READERS_MS = 20 };
#define LOCK_NS (NS_PER_S / 5)
#define REST_NS NS_PER_S

static void call_for(struct checkpointer *k)
{
    pthread_mutex_lock(&k->lock);
    k->is_due = true;
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

/* Returns true if no reader needs a page that is not copied. Other workers' checkpointers may be at
 * it (SQLITE_BUSY); then it is theirs. */
static bool copy_all(struct checkpointer *k, int mode)
{
    int pages = 0, copied = 0;

    return sqlite3_wal_checkpoint_v2(k->conn.db, "main", mode, &pages, &copied) == SQLITE_OK &&
           pages == copied;
}

static bool make_checkpoint(struct checkpointer *k)
{
    bool recovered, ok, is_large = health_wal_size(k->health) > WAL_MAX;

    if (health_bar(k->health) != TROUBLE_NONE || !copy_all(k, SQLITE_CHECKPOINT_PASSIVE) ||
        !shm_writer_lock(k->shm, k->slot, clock_ns() + LOCK_NS, &recovered))
        return false;
    shm_writer_watch(&k->shm->writer);
    ok = copy_all(k, is_large ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
    shm_writer_unlock(k->shm);
    return ok;
}

/* Waits until a checkpoint is due, but not before *rest_ns. Returns false to stop. */
static bool await(struct checkpointer *k, uint64_t rest_ns)
{
    struct timespec until = {.tv_sec = (time_t)(rest_ns / NS_PER_S),
                             .tv_nsec = (long)(rest_ns % NS_PER_S)};
    bool goes_on;

    pthread_mutex_lock(&k->lock);
    while (!k->is_stopping && clock_ns() < rest_ns)
        pthread_cond_timedwait(&k->changed, &k->lock, &until);
    while (!k->is_stopping && !k->is_due)
        pthread_cond_wait(&k->changed, &k->lock);
    k->is_due = false;
    goes_on = !k->is_stopping;
    pthread_mutex_unlock(&k->lock);
    return goes_on;
}

static void *keep_small(void *arg)
{
    struct checkpointer *k = arg;
    uint64_t rest_ns = 0;

    while (await(k, rest_ns))
        rest_ns = make_checkpoint(k) ? 0 : clock_ns() + REST_NS;
    return NULL;
}

bool checkpointer_start(struct checkpointer *k, const struct db_options *options,
                        struct health *health, struct fault *fault)
{
    pthread_condattr_t monotonic;

    assert(!k->is_started && options->shm && health);
    if (!conn_open(&k->conn, options->path, CONN_WRITE, options->synchronous, fault))
        return false;
    sqlite3_busy_timeout(k->conn.db, READERS_MS);
    k->shm = options->shm;
    k->slot = options->slot;
    k->health = health;
    pthread_mutex_init(&k->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&k->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    k->is_started = thread_start(&k->id, keep_small, k);
    if (!k->is_started) {
        conn_close(&k->conn);
        fault_set(fault, "a database thread could not be started");
    }
    return k->is_started;
}

static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    if (pages >= PAGES_DUE)
        call_for(arg);
    return SQLITE_OK;
}

void checkpointer_watch(struct checkpointer *k, struct conn *c)
{
    assert(k->is_started && c->db);
    sqlite3_wal_hook(c->db, on_commit, k);
}

void checkpointer_look(struct checkpointer *k)
{
    if (health_wal_size(k->health) > WAL_MAX)
        call_for(k);
}

void checkpointer_stop(struct checkpointer *k)
{
    if (!k->is_started)
        return;
    pthread_mutex_lock(&k->lock);
    k->is_stopping = true;
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->lock);
    sqlite3_interrupt(k->conn.db); /* a checkpoint can go on at the next start */
    pthread_join(k->id, NULL);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    conn_close(&k->conn);
    k->is_started = false;
}
