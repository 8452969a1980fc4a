/* SPDX-License-Identifier: MIT */
/*
 * Row security of statements that change rows. On a protected connection (rowsec.h) the plain name
 * of an owned table is a view of the caller's rows, which covers all reading. A statement that
 * changes rows must name the table itself; it gets the owner as part of its own condition, so that
 * it neither sees nor counts foreign rows:
 *
 *     DELETE FROM todos WHERE done
 *     DELETE FROM main.todos WHERE (main.todos."owner_id" = leat_sub()) AND (done)
 *
 *     INSERT INTO todos AS t … ON CONFLICT (title) DO UPDATE SET n = 1
 *     INSERT INTO main.todos AS t … DO UPDATE SET n = 1 WHERE leat_own(t."owner_id", 'todos')
 *
 * leat_own() fails if the row in the way is foreign: the answer is that of a violated UNIQUE, as if
 * there were no ON CONFLICT.
 *
 * SQLite may still evaluate the author's condition on a foreign row first, and an error there
 * (malformed JSON) would reveal something of it. A statement that failed is therefore run again
 * behind a barrier, which evaluates the condition for the caller's rows only:
 *
 *     … WHERE (owner) AND CASE WHEN (owner) THEN (done) END
 */
#ifndef LEAT_DB_ROWSEC_ROWSEC_REWRITE_H
#define LEAT_DB_ROWSEC_ROWSEC_REWRITE_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/core/fault.h"
#include "lib/db/engine/plan.h"

enum { REWRITE_INSERTIONS_MAX = 32 };

/* The rewritten text, and where it differs from the author's. Free it with rewrite_fini(). */
struct rewrite {
    struct buf sql; /* NUL-terminated */
    struct {
        size_t at, len; /* in `sql` */
    } insertions[REWRITE_INSERTIONS_MAX];
    size_t insertion_count;
};

/* Rewrites the statement for callers who see these tables protected. Returns false if it has more
 * ON CONFLICT clauses than REWRITE_INSERTIONS_MAX allows. */
bool rewrite_statement(const char *sql, const struct owned_table *tables, size_t count,
                       bool is_barrier, struct rewrite *out);
/* Returns the offset in the author's text that corresponds to an offset into `sql`. */
int rewrite_origin(const struct rewrite *r, int offset);
void rewrite_fini(struct rewrite *r);

/* Returns whether an application may use the statement. False, with the place in *fault, if it
 * names a schema, which would bypass the views, or calls one of the server's functions. */
bool rewrite_allows(const char *sql, struct fault *fault);

#endif
