/* SPDX-License-Identifier: MIT */
/* Has PostgreSQL prepare and explain the statements of documents, one after another. */
#ifndef LEAT_DB_PG_LOAD_PG_DESCRIBE_H
#define LEAT_DB_PG_LOAD_PG_DESCRIBE_H

#include <json-c/json.h>

#include "lib/db/engine/prover.h"
#include "lib/db/pg/load/pg_session.h"

/* A statement that was explained last, since several questions are asked about one. Zero at first. */
struct pg_explained {
    char *sql;
    struct json_object *plan;
};
void pg_explained_fini(struct pg_explained *e);

/* All are for a session in a transaction that is set up by pg_explain_set_up(), and leave nothing in it
 * but what `e` holds. */

/* Describes the statement. Returns false, with *fault and its place, if it is refused. */
bool pg_describe_sql(struct pg_session *s, struct pg_explained *e, const char *sql,
                     struct proof *out, struct fault *fault);
/* Returns the plan of the statement, borrowed until the next call, or NULL with *fault. */
struct json_object *pg_describe_plan(struct pg_session *s, struct pg_explained *e, const char *sql,
                                     struct fault *fault);

#endif
