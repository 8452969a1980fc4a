/* SPDX-License-Identifier: MIT */
/*
 * Keeps the -wal small, on a thread of its own: copies it into the database, so that no write does
 * that within its COMMIT, and cuts it off when it has grown while a reader held an old snapshot.
 *
 *     1. copies all that no reader needs any more, while writes go on
 *     2. with the writer's lock: copies the few pages that came meanwhile, so that the next write
 *        begins at the start of the -wal again; or cuts a large one off
 *
 * If a reader still needs old pages, the first step cannot end; nobody waits, and it is tried again
 * after a second. But past database.wal-limit reads are ended, the oldest first, until the file can
 * be cut off (snapshots.h): at first those that take longer than a second, and then, while writes
 * wait for a moment, those that have begun meanwhile. Readers of other programs can only be named
 * (foreign_lock.h).
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_CHECKPOINTER_H
#define LEAT_DB_SQLITE_CONNECTION_CHECKPOINTER_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/core/fault.h"
#include "lib/db/sqlite/connection/conn.h"

struct db_options;
struct foreign_lock;
struct health;

struct checkpointer {
    struct conn conn;
    struct shm *shm; /* borrowed, as are the next two */
    struct shm_slot *slot;
    struct health *health;
    const struct foreign_lock *foreign;
    int64_t limit_bytes; /* 0: none */
    uint64_t page_size;
    pthread_t id;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool is_started, is_due, is_stopping;
};

/* Opens a connection and starts the thread; `foreign` must be open. Returns false with *fault on
 * failure. */
bool checkpointer_start(struct checkpointer *k, const struct db_options *options,
                        struct health *health, const struct foreign_lock *foreign,
                        struct fault *fault);
/* Has the connection's commits call for a checkpoint when the -wal is long, instead of making
 * it. */
void checkpointer_watch(struct checkpointer *k, struct conn *c);
/* Calls for a checkpoint if the file is large. Call it about each second. */
void checkpointer_look(struct checkpointer *k);
/* Ends the thread and closes. Does nothing if it was not started. */
void checkpointer_stop(struct checkpointer *k);

#endif
