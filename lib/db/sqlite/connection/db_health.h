/* SPDX-License-Identifier: MIT */
/*
 * Finds out what is wrong with the database file: whether it and its -wal and -shm are still the
 * files that were opened, whether it has shrunk, and what reads and writes have met. SQLite itself
 * goes on writing to a file that was unlinked or replaced, and those rows would be lost.
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_DB_HEALTH_H
#define LEAT_DB_SQLITE_CONNECTION_DB_HEALTH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/engine/db.h"
#include "lib/shm/trouble.h"

enum { HEALTH_FILES = 3 };       /* the database, -wal, -shm */
enum { HEALTH_ERROR_MAX = 400 }; /* the size of a text of health_error() */

struct health {
    struct health_file {
        char *path;
        dev_t device;
        ino_t inode;
    } files[HEALTH_FILES];
    int64_t size;                  /* the largest that was seen; for the loop's thread */
    _Atomic uint32_t lasting;      /* trouble that only a restart ends */
    _Atomic uint32_t failure;      /* why a read or write failed last */
    _Atomic uint64_t failed_ns;    /* when it failed, by clock_ns() */
    _Atomic uint64_t succeeded_ns; /* when a write after it succeeded last, or 0 */
};

/* Remembers the files that the connection has open. Returns false with errno if one is not
 * there. */
bool health_open(struct health *h, const char *path, const struct conn *c);
void health_close(struct health *h);
/* Returns why nothing may be written now, or TROUBLE_NONE. Any thread may ask; it costs a few
 * microseconds. */
enum trouble health_bar(const struct health *h);
/* Return the sizes of the database and of its -wal, in bytes. */
int64_t health_database_size(const struct health *h);
int64_t health_wal_size(const struct health *h);
/* Takes note of how a job ended. Any thread may call it. */
void health_note(struct health *h, const struct db_job *job);
/* Returns what is wrong now. For the thread of the connection. */
enum trouble health_check(struct health *h, struct conn *c);
/* Ends the job with ERR_DATABASE for that reason. */
void health_refuse(struct db_job *job, enum trouble t);

/* Returns what an SQLite result code tells about the database, or TROUBLE_NONE. */
enum trouble health_trouble(const struct conn *c, int rc);
/* Returns the last error of the connection, with what a server calls it and the remedy, as
 * "database disk image is malformed (corrupt: stop leat, …)". In `text`. */
const char *health_error(const struct conn *c, char *text, size_t size);
/* Returns the error that answers the request. */
enum err health_err(enum trouble t);

#endif
