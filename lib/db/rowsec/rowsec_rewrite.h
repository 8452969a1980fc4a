/* SPDX-License-Identifier: MIT */
/*
 * Row security of statements that change rows. On a connection that protects tables (rowsec.h) the
 * plain name of an owned table is a view of the caller's rows, which covers whatever reads. What
 * changes rows must name the table itself; it gets the owner as a part of its own condition, so
 * that it neither sees nor counts another's row:
 *
 *     DELETE FROM todos WHERE done
 *     DELETE FROM main.todos WHERE (main.todos."owner_id" = leat_sub()) AND (done)
 *
 *     INSERT INTO todos AS t … ON CONFLICT (title) DO UPDATE SET n = 1
 *     INSERT INTO main.todos AS t … DO UPDATE SET n = 1 WHERE leat_own(t."owner_id", 'todos')
 *
 * leat_own() fails where the row in the way is another's: the answer is that of a violated UNIQUE,
 * as if there were no ON CONFLICT.
 *
 * SQLite may still ask the author's condition of another's row first, and a condition that fails
 * there (malformed JSON) would tell of that row. A statement that has failed is therefore run
 * again behind a barrier, where it is asked of the caller's rows only:
 *
 *     … WHERE (owner) AND CASE WHEN (owner) THEN (done) END
 */
#ifndef LEAT_DB_ROWSEC_ROWSEC_REWRITE_H
#define LEAT_DB_ROWSEC_ROWSEC_REWRITE_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/db/engine/plan.h"

enum { REWRITE_INSERTIONS_MAX = 32 };

/* The text as it is prepared, and where it differs from the author's. Free with rewrite_fini(). */
struct rewrite {
    struct buf sql; /* NUL-terminated */
    struct {
        size_t at, len; /* in `sql` */
    } insertions[REWRITE_INSERTIONS_MAX];
    size_t insertion_count;
};

/* Writes the statement to *out as callers run it, who see these tables protected. False: it has
 * more ON CONFLICT clauses than REWRITE_INSERTIONS_MAX allows. */
bool rewrite_statement(const char *sql, const struct owned_table *tables, size_t count,
                       bool is_barrier, struct rewrite *out);
/* The place in the author's text that corresponds to an offset into `sql`. */
int rewrite_origin(const struct rewrite *r, int offset);
void rewrite_fini(struct rewrite *r);

/* Why an application may not write the statement, and where: it names a schema, where the tables
 * are as they are, or calls a function of the server's own. NULL: it may. Static. */
const char *rewrite_refuse(const char *sql, int *offset);

#endif
