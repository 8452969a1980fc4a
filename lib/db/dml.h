/* SPDX-License-Identifier: MIT */
/*
 * Where a statement changes rows, and of which table. On a connection that protects tables
 * (owned.h) their plain names are views; what changes rows must name the table itself:
 *
 *     WITH x AS (…) INSERT OR IGNORE INTO todos …   →   … INTO main.todos …
 */
#ifndef LEAT_DB_DML_H
#define LEAT_DB_DML_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/db/plan.h"

/* Appends the statement to *out, with `main.` before the name of the owned table that it changes.
 * False: it changes none of them. */
bool dml_splice(const char *sql, const struct owned_table *tables, size_t count, struct buf *out);
/* The place where the statement names the schema main or temp; -1: nowhere. */
int dml_find_schema(const char *sql);

#endif
