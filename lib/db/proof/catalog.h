/* SPDX-License-Identifier: MIT */
/*
 * What main's schema has, for the proofs of many statements. SQLite goes through all of a schema to
 * answer what one table is, so each question is asked once, and its answer is kept. The schema must
 * not change meanwhile.
 */
#ifndef LEAT_DB_PROOF_CATALOG_H
#define LEAT_DB_PROOF_CATALOG_H

#include <stdbool.h>

#include "lib/core/arena.h"
#include "lib/db/proof/relation.h"

struct conn;

struct catalog_entry {
    const char *name;      /* as it was looked for */
    const char *view;      /* the statement that made a view, else NULL */
    struct relation table; /* of a table, without its owner; not known if there is none */
    struct catalog_entry *next;
};

struct catalog {
    struct conn *conn; /* borrowed */
    struct arena arena;
    struct catalog_entry *entries;
    bool has_judged_views, are_views_plain;
};

void catalog_init(struct catalog *c, struct conn *conn);
void catalog_fini(struct catalog *c);

/* Returns the table or view of that name, borrowed until catalog_fini(). */
const struct catalog_entry *catalog_find(struct catalog *c, const char *name);
/* Returns true if each view is plain, see never_null.h. */
bool catalog_views_are_plain(struct catalog *c);

#endif
