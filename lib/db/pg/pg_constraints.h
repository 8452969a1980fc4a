/* SPDX-License-Identifier: MIT */
/* Turns a violated constraint into an answer, by the document's rules. The server names a constraint;
 * rules name columns, as "todos.owner_id, todos.title", or a CHECK. So the names are looked up once,
 * when the database is opened. */
#ifndef LEAT_DB_PG_PG_CONSTRAINTS_H
#define LEAT_DB_PG_PG_CONSTRAINTS_H

#include <libpq-fe.h>

#include "lib/core/fault.h"
#include "lib/db/engine/db.h"

struct pg_constraints {
    struct pg_constraint *rows;
    size_t count;
};

struct pg_violation {
    const char *state, *schema, *table, *column, *name; /* "" if it is not told */
};

/* Reads the unique indexes and foreign keys of the database. Blocks. */
bool pg_constraints_read(struct pg_constraints *all, PGconn *pg, struct fault *fault);
void pg_constraints_fini(struct pg_constraints *all);
/* Sets the job's err, keyword and answer. */
void pg_constraint_answer(const struct pg_constraints *all, struct db_job *job,
                          const struct plan_step *step, const struct pg_violation *v);

#endif
