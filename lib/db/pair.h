/* SPDX-License-Identifier: MIT */
/* The connections of one thread: the one on which tables are protected (owned.h), and a bare one
 * for plans that are not restricted, where there are such plans and such tables. */
#ifndef LEAT_DB_PAIR_H
#define LEAT_DB_PAIR_H

#include "lib/db/conn.h"
#include "lib/db/db.h"

struct pair {
    struct conn first;
    struct conn bare; /* its db is NULL where nothing needs it */
};

/* False: *why is for free(). */
bool pair_open(struct pair *p, const struct db_options *options, enum conn_mode mode, char **why);
void pair_close(struct pair *p);
/* The one on which the plan runs. */
struct conn *pair_of(struct pair *p, const struct plan *plan);
/* Ends the transactions that are open. */
void pair_end(struct pair *p);
/* Interrupts what runs, if it has a deadline. From any thread. */
void pair_cut(struct pair *p);

#endif
