/* SPDX-License-Identifier: MIT */
/* A database with only Leat's own tables and a few accounts, for each test; what they are asked. */
#ifndef LEAT_T_STORE_FIXTURE_H
#define LEAT_T_STORE_FIXTURE_H

#include "lib/auth/store/store.h"

/* The n-th second of the fixture's day. */
#define STORE_TIME(n) "2026-01-01T00:00:0" #n ".000Z"

extern struct arena store_arena;
extern struct store store_statements;
extern struct db *store_db;
extern char store_path[64]; /* of its file */

void store_set_up(void);
void store_tear_down(void);
/* Asks at the sixth second; values are "name", "value", …, NULL. Returns the answer as JSON in the
 * arena, or the error's name. */
const char *store_ask(enum store_query query, ...);
/* Returns whether an answer is an object. */
bool store_found(const char *answer);
/* Returns the events of an account (NULL: all), newest first: "a b". */
const char *store_events(const char *user);
/* Returns the ids of a list: "a b". */
const char *store_ids(const char *answer);

#endif
