/* SPDX-License-Identifier: MIT */
/*
 * A connection to PostgreSQL that blocks, for child processes at load. A worker that serves uses
 * another one.
 */
#ifndef LEAT_DB_PG_LOAD_PG_SESSION_H
#define LEAT_DB_PG_LOAD_PG_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <libpq-fe.h>

#include "lib/core/fault.h"

enum { PG_VALUES_MAX = 8, PG_STATE = 6, PG_LOCK_ATTEMPTS = 12 };

struct pg_session {
    char state[PG_STATE]; /* the SQLSTATE of the last failure */
    PGconn *conn;         /* NULL: closed */
    const volatile sig_atomic_t
        *is_ended; /* once it is set nothing is sent any more; may be NULL */
};

/* Connects to the database of the URL, or to another one of the same server. Returns false with
 * *fault, which never has the password, on failure. */
bool pg_session_open(struct pg_session *s, const char *url, const char *database,
                     struct fault *fault);
void pg_session_close(struct pg_session *s);

/* Runs one or more statements. Returns false with *fault on failure; its place is in `sql`. */
bool pg_session_run(struct pg_session *s, const char *sql, struct fault *fault);
/* Ends a list of texts. */
#define PG_END ((const char *)NULL)

/* Runs one statement whose parameters are the texts before PG_END. Returns NULL with *fault on
 * failure; else the result is the caller's, for PQclear(). */
PGresult *pg_session_ask(struct pg_session *s, struct fault *fault, const char *sql, ...)
    __attribute__((sentinel));
/* The same for a query of one value, as text in out[size]. Returns false with *fault also if there
 * is no row or the value is NULL. */
bool pg_session_value(struct pg_session *s, const char *sql, char *out, size_t size,
                      struct fault *fault);
/* Sets *fault from a failed result, with the place in `sql`. Returns false. */
bool pg_session_fail(struct pg_session *s, const PGresult *result, const char *sql,
                     struct fault *fault);
/* Returns the value, or NULL if it is NULL. */
const char *pg_text(const PGresult *result, int row, int column);

/* Returns true if the last failure was for want of a lock (lock_timeout); waits a moment then. What
 * failed so is tried PG_LOCK_ATTEMPTS times, since all who come later wait behind one who waits. */
bool pg_session_steps_back(struct pg_session *s);

/* Sets a savepoint, and goes back to it whatever happened since. Both are for a session in a
 * transaction. */
bool pg_session_mark(struct pg_session *s, struct fault *fault);
void pg_session_back(struct pg_session *s);
/* Writes the name in double quotes. Returns false if it does not fit. */
bool pg_quote(const char *name, char *out, size_t size);

#endif
