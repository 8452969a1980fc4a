/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/connection/checkpointer.h"

#include <assert.h>
#include <time.h>

#include "lib/core/clock.h"
#include "lib/core/thread.h"
#include "lib/db/engine/db.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/sqlite/connection/foreign_lock.h"
#include "lib/db/sqlite/connection/snapshots.h"
#include "lib/shm/shm.h"
#include "lib/shm/writer_use.h"

/* A checkpoint is due at this many pages, as with SQLite's own. */
enum { PAGES_DUE = 1000 };
/* The size in bytes from which the file is cut off: twice what it has at that many pages. */
enum { WAL_MAX = 8 << 20 };
/* The time that writers wait at most for readers of a -wal that is cut off. */
enum { READERS_MS = 20 };
#define LOCK_NS (NS_PER_S / 5)
#define REST_NS NS_PER_S
/* Past the limit: the age of reads that are ended while writes go on, the time that this may take,
 * and the time that writes may have to wait then. */
#define OLD_NS NS_PER_S
#define END_NS NS_PER_S
#define HELD_NS (NS_PER_S / 2)
enum { NAP_MS = 5 };

static void call_for(struct checkpointer *k)
{
    pthread_mutex_lock(&k->lock);
    k->is_due = true;
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

/* COPY_HELD: a reader still needs a page that is not copied, or the file to stay as it is.
 * COPY_NONE: another worker's checkpointer is at it, or an error. */
enum copy { COPY_ALL, COPY_HELD, COPY_NONE };

static enum copy copy_pages(struct checkpointer *k, int mode)
{
    int pages = 0, copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(k->conn.db, "main", mode, &pages, &copied);
    struct shm_wal *wal = &k->shm->wal;

    if (!pages)
        atomic_store(&wal->written_bytes, 0);
    if (pages >= 0)
        atomic_store(&wal->copied_bytes, (uint64_t)copied * k->page_size);
    if (rc == SQLITE_OK && pages == copied) {
        atomic_store(&wal->checkpointed_ns, clock_ns());
        return COPY_ALL;
    }
    return rc == SQLITE_OK || (rc == SQLITE_BUSY && pages >= 0) ? COPY_HELD : COPY_NONE;
}

static bool is_past_limit(const struct checkpointer *k)
{
    return k->limit_bytes && health_wal_size(k->health) > k->limit_bytes;
}

/* Ends the reads that take long, one after the other, so that most pages can be copied before
 * writes have to wait. */
static void end_old_reads(struct checkpointer *k)
{
    const struct timespec nap = {.tv_nsec = NAP_MS * (long)NS_PER_MS};
    uint64_t began = clock_ns(), oldest;

    while ((oldest = snapshots_oldest(k->shm)) && oldest + OLD_NS < began &&
           clock_ns() < began + END_NS) {
        snapshots_cut_oldest(k->shm);
        nanosleep(&nap, NULL);
    }
}

/* Cuts the file off, with the writer's lock. Past the limit, ends the reads that hold it. */
static enum copy cut_off(struct checkpointer *k, bool is_past)
{
    uint64_t until = clock_ns() + HELD_NS;
    enum copy copy;

    do {
        shm_writer_beat(&k->shm->writer);
        copy = copy_pages(k, SQLITE_CHECKPOINT_TRUNCATE);
    } while (copy == COPY_HELD && is_past && clock_ns() < until && snapshots_cut_oldest(k->shm));
    return copy;
}

/* Copies what came since the first step, with the writer's lock, and cuts a large file off. */
static enum copy finish_copy(struct checkpointer *k, bool is_past)
{
    bool recovered, is_large = health_wal_size(k->health) > WAL_MAX;
    enum copy copy;
    uint64_t began;

    if (!shm_writer_lock(k->shm, k->slot, clock_ns() + LOCK_NS, &recovered))
        return COPY_NONE;
    shm_writer_watch(&k->shm->writer);
    began = clock_ns();
    copy = is_large ? cut_off(k, is_past) : copy_pages(k, SQLITE_CHECKPOINT_PASSIVE);
    writer_use_hold(k->shm, 0, clock_ns() - began);
    shm_writer_unlock(k->shm);
    return copy;
}

/* Returns true if all is copied. */
static bool make_checkpoint(struct checkpointer *k)
{
    bool is_past = is_past_limit(k);
    enum copy copy;

    if (health_bar(k->health) != TROUBLE_NONE)
        return false;
    if (is_past)
        end_old_reads(k);
    copy = copy_pages(k, SQLITE_CHECKPOINT_PASSIVE);
    if (copy == COPY_ALL || (copy == COPY_HELD && is_past))
        copy = finish_copy(k, is_past);
    if (copy == COPY_HELD && is_past && !snapshots_oldest(k->shm))
        foreign_reader_note(k->foreign, k->shm, health_wal_size(k->health));
    return copy == COPY_ALL;
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
                        struct health *health, const struct foreign_lock *foreign,
                        struct fault *fault)
{
    pthread_condattr_t monotonic;

    assert(!k->is_started && options->shm && health);
    if (!conn_open(&k->conn, options->path, CONN_WRITE, options->synchronous, fault))
        return false;
    sqlite3_busy_timeout(k->conn.db, READERS_MS);
    k->page_size = (uint64_t)conn_integer(&k->conn, "PRAGMA page_size");
    k->shm = options->shm;
    k->slot = options->slot;
    k->health = health;
    k->foreign = foreign;
    k->limit_bytes = options->wal_limit_bytes;
    pthread_mutex_init(&k->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&k->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    k->is_started = thread_start(&k->id, keep_small, k);
    if (!k->is_started) {
        thread_fault(fault, "database");
        conn_close(&k->conn);
    }
    return k->is_started;
}

/* The -wal has begun again where it is shorter than before. */
static void note_written(struct shm_wal *wal, uint64_t bytes)
{
    if (bytes < atomic_exchange(&wal->written_bytes, bytes))
        atomic_store(&wal->copied_bytes, 0);
}

/* Runs with the writer's lock. */
static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct checkpointer *k = arg;

    (void)db, (void)name;
    note_written(&k->shm->wal, (uint64_t)pages * k->page_size);
    if (pages >= PAGES_DUE)
        call_for(k);
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
    if (!is_past_limit(k))
        foreign_reader_end(k->shm);
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
