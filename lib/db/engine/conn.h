/* SPDX-License-Identifier: MIT */
/*
 * One SQLite connection, set up as design.md says (WAL, foreign keys, defensive, untrusted
 * schema), with its cache of prepared statements. Belongs to one thread.
 */
#ifndef LEAT_DB_ENGINE_CONN_H
#define LEAT_DB_ENGINE_CONN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "lib/db/engine/plan.h"

enum conn_mode {
    CONN_READ,   /* query_only */
    CONN_WRITE,  /* of a database that exists */
    CONN_CREATE, /* makes the file where it is missing */
    CONN_MEMORY, /* an empty one of its own, for proofs */
};

enum { DB_APPLICATION_ID = 0x4c656174 }; /* "Leat" */

struct prepared;
struct rowsec;

struct conn {
    sqlite3 *db;
    sqlite3_stmt *begin, *begin_immediate, *commit, *rollback;
    struct prepared **cache; /* by plan id; see statement.h */
    size_t cache_size;
    bool has_shadows;      /* it is for an application's statements; see shadow.h */
    const char *refusal;   /* why statement_get() refused what SQLite prepared; static, or NULL */
    struct rowsec *rowsec; /* the tables that are protected, or NULL; see rowsec.h */
    sqlite3_stmt *schema;  /* reads its version */
    int64_t schema_version;
    unsigned data_version; /* when that was read; see conn_schema_moved() */
    bool is_current;       /* in this transaction it is known that the schema has not moved */
    uint64_t deadline_ns;  /* the progress handler interrupts past it; 0: never */
    atomic_bool is_cut;    /* it interrupts now, where there is a deadline; any thread may set it */
};

/* Looks at the file before SQLite does, because opening a database can already write to it. False
 * (*why is for free()): it is no SQLite database, or carries another application's id. Never call
 * it while this process has the file open: closing any descriptor of it drops SQLite's locks. */
bool conn_inspect(const char *path, char **why);
/* Makes the file where it is missing, for its owner alone: -wal and -shm take their mode from it.
 * SQLite would make it for whom the umask lets. False and errno on failure. */
bool conn_make_file(const char *path);
/* Opens `path`; false: *why is for free(). */
bool conn_open(struct conn *c, const char *path, enum conn_mode mode, const char *synchronous,
               char **why);
void conn_close(struct conn *c);
/* Runs fixed SQL text; false: sqlite3_errmsg() says why. */
bool conn_exec(struct conn *c, const char *sql);
/* The integer of a one-row statement; -1 on failure. */
int64_t conn_integer(struct conn *c, const char *sql);
/* Runs one of the prepared transaction statements; an SQLite result code. */
int conn_run(sqlite3_stmt *stmt);
/* Begins a transaction; an SQLite result code. */
int conn_begin(struct conn *c, sqlite3_stmt *begin);
/* Whether the schema of main is another than when the connection was set up: then what is
 * remembered of statements and tables is not true any more. Asked inside a transaction, throughout
 * which the answer holds. It costs next to nothing where nobody has written. */
bool conn_schema_moved(struct conn *c);
/* Forgets the prepared statements, and takes the schema as it is from now on. */
void conn_follow_schema(struct conn *c);

#endif
