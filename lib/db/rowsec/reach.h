/* SPDX-License-Identifier: MIT */
/*
 * Finds what leads to a table by its name: views and virtual tables of main whose text names it, or
 * names one that leads there. A name that only looks like the table's (an alias, a column) counts
 * too, so that nothing is missed.
 */
#ifndef LEAT_DB_ROWSEC_REACH_H
#define LEAT_DB_ROWSEC_REACH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"

struct conn;

struct reach_name {
    const char *name, *sql; /* as in sqlite_schema; sql is NULL for a table that was added */
    bool is_view;           /* otherwise a virtual table */
};

struct reach {
    struct arena *arena; /* borrowed; owns the names */
    struct reach_name *names;
    size_t count, room;
    bool is_temp_seen; /* set it to follow temporary views too */
};

/* Adds a table to start from. */
void reach_add(struct reach *r, const char *table);
/* Adds every object that leads to one in the list. Returns false if the schema cannot be read. */
bool reach_follow(struct reach *r, struct conn *c);
/* Returns an entry that the statement names, or NULL. */
const struct reach_name *reach_find(const struct reach *r, const char *sql);

#endif
