/* SPDX-License-Identifier: MIT */
/*
 * Splits a migration's script into its statements, as psql does: a semicolon ends one outside of
 * strings, quoted names, comments, parentheses and the body of a function (BEGIN ATOMIC … END).
 */
#ifndef LEAT_DB_PG_LOAD_PG_SCRIPT_H
#define LEAT_DB_PG_LOAD_PG_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

/* Takes the next statement off the front of *rest, without its semicolon and what precedes it.
 * Returns false at the end. */
bool pg_script_next(const char **rest, struct slice *statement);
/* Returns true if a comment before the first statement is "-- leat: no transaction". */
bool pg_script_is_alone(const char *script);
/* Returns the first word of a statement in lower case, in out[size], or "". */
const char *pg_script_verb(struct slice statement, char *out, size_t size);
/* Writes the statement without the word CONCURRENTLY, NUL-terminated, in its own length: blanks
 * take its place. `out` has room for the statement and one byte. */
void pg_script_calm(struct slice statement, char *out);

#endif
