/* SPDX-License-Identifier: MIT */
/*
 * One SQLite connection, with WAL, foreign keys and defensive mode, and its cache of prepared
 * statements. Used by one thread at a time.
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_CONN_H
#define LEAT_DB_SQLITE_CONNECTION_CONN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "lib/core/fault.h"
#include "lib/db/engine/plan.h"
#include "lib/db/engine/read_budget.h"

enum conn_mode {
    CONN_READ,   /* query_only */
    CONN_WRITE,  /* an existing database */
    CONN_CREATE, /* creates the file if it is missing */
    CONN_MEMORY, /* an empty one in memory, for proofs */
};

enum { DB_APPLICATION_ID = 0x4c656174 }; /* "Leat" */

struct prepared;
struct rowsec;
struct shm_writer;
struct snapshot;

struct conn {
    sqlite3 *db;
    sqlite3_stmt *begin, *begin_immediate, *commit, *rollback;
    sqlite3_stmt *savepoint, *release, *rollback_to; /* of one savepoint */
    struct prepared **cache;                         /* by plan id, see statement.h */
    size_t cache_size;
    bool has_shadows;                /* for an application's statements, see shadow.h */
    struct shm_writer *writer;       /* told of progress; borrowed, NULL unless it writes */
    const struct snapshot *snapshot; /* of a reader thread; borrowed, or NULL; see snapshots.h */
    const char *refusal; /* why statement_get() refused what SQLite had prepared; static, or NULL */
    struct rowsec *rowsec;                /* the protected tables, or NULL; see rowsec.h */
    sqlite3_stmt *schema;                 /* reads the schema's version */
    sqlite3_stmt *kept_find, *kept_store; /* prepared when first needed, see kept_rows.h */
    int64_t schema_version;
    unsigned data_version;   /* when the schema's version was last read, see conn_schema_moved() */
    bool is_wal;             /* the file is in WAL mode */
    bool is_current;         /* the schema is known not to have moved in this transaction */
    uint64_t deadline_ns;    /* the progress handler interrupts after it; 0 for never */
    struct read_meter meter; /* what the running read has used; it may interrupt too */
    uint64_t busy_until_ns;  /* how long to wait for another process's lock; 0 for some seconds */
    uint64_t busy_since_ns;  /* when it began to wait */
    int64_t changes_before;  /* the rows that it had changed when the running job began */
    atomic_bool is_cut;      /* interrupts now, if there is a deadline; may be set by any thread */
    const atomic_bool *is_cancelled; /* the same, for the job that runs; or NULL */
};

/* Checks the file before SQLite opens it, since opening a database can already write to it. Returns
 * false, with *fault, if it is not an SQLite database or has another application's id.
 * Never call it while this process has the file open: closing any descriptor of a file drops
 * SQLite's locks on it. */
bool conn_inspect(const char *path, struct fault *fault);
/* Creates the file if it is missing, accessible by its owner only; -wal and -shm inherit its mode.
 * (SQLite would follow the umask.) Returns false with errno on failure. */
bool conn_make_file(const char *path);
/* Opens `path`. Returns false with *fault on failure. */
bool conn_open(struct conn *c, const char *path, enum conn_mode mode, const char *synchronous,
               struct fault *fault);
void conn_close(struct conn *c);
/* Runs constant SQL. On failure returns false, and sqlite3_errmsg() has the reason. */
bool conn_exec(struct conn *c, const char *sql);
/* Returns the integer that a one-row statement yields, or -1 on failure. */
int64_t conn_integer(struct conn *c, const char *sql);
/* Runs one of the prepared transaction statements. Returns an SQLite result code. */
int conn_run(sqlite3_stmt *stmt);
/* Begins a transaction. Returns an SQLite result code. */
int conn_begin(struct conn *c, sqlite3_stmt *begin);
/* Begins to measure a read that runs until `deadline_ns`, within `bounds` (borrowed).
 * conn_unlimit() must follow. NULL: only the deadline limits it. */
void conn_limit(struct conn *c, uint64_t deadline_ns, const struct read_bounds *bounds);
/* Ends that, and returns what the read has used. READ_UNKNOWN without bounds. */
enum read_extent conn_unlimit(struct conn *c);
/* Returns true if what runs is to be interrupted, for another reason than `bounds`. */
bool conn_must_end(const struct conn *c);
/* Ends the transaction without effect, unless a failed statement has already done so. */
void conn_roll_back(struct conn *c);
/* Returns true if main's schema has changed since the connection was set up, so that what is cached
 * about statements and tables is wrong. Call it inside a transaction, for which the answer holds.
 * Nearly free when nobody has written. */
bool conn_schema_moved(struct conn *c);
/* Drops the prepared statements and accepts the current schema. */
void conn_follow_schema(struct conn *c);

#endif
