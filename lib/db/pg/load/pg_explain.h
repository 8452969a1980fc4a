/* SPDX-License-Identifier: MIT */
/*
 * Reads what PostgreSQL plans for a statement, EXPLAIN (FORMAT JSON, VERBOSE): what it writes, walks
 * and calls. The plan is one for any values of its parameters.
 */
#ifndef LEAT_DB_PG_LOAD_PG_EXPLAIN_H
#define LEAT_DB_PG_LOAD_PG_EXPLAIN_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/buf.h"
#include "lib/db/pg/load/pg_session.h"

/* Has the session prefer indexes wherever there is one, so that a table that is still walked has
 * none that fits. The scratch database is empty, and walking nothing would be cheapest. */
bool pg_explain_set_up(struct pg_session *s, struct fault *fault);
/* Explains the prepared statement `name` of so many parameters. The result is the caller's, NULL
 * with *fault on failure. */
struct json_object *pg_explain_read(struct pg_session *s, const char *name, int parameters,
                                    struct fault *fault);

/* Returns true if it changes or locks rows. */
bool pg_explain_writes(struct json_object *plan);
/* Returns true if it begins with a DELETE. */
bool pg_explain_deletes(struct json_object *plan);
/* Returns one of Leat's own tables that it changes, or NULL. Borrowed. */
const char *pg_explain_own_target(struct json_object *plan);
/* Returns true if values that are NOT NULL in their tables may be NULL in its rows. */
bool pg_explain_is_weak(struct json_object *plan);
/* Returns the table that it walks, or NULL. Borrowed. */
const char *pg_explain_walked(struct json_object *plan);
/* Returns the number of the column of an INSERT's table, from 1, that takes the parameter as it is,
 * and its table; 0 if there is none. Borrowed. */
int pg_explain_filled_by(struct json_object *plan, int parameter, const char **schema,
                         const char **table);
/* Writes the names that are followed by a parenthesis, functions among them, as the text of an
 * array: {"a","b"}. */
void pg_explain_calls(struct json_object *plan, struct buf *out);

#endif
