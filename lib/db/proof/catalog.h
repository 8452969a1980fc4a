/* SPDX-License-Identifier: MIT */
/*
 * What a schema has, for the proofs of many statements. SQLite goes through all of a schema to answer
 * what one table is, so each question is asked once, and its answer is kept. The schema must not
 * change meanwhile.
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

struct catalog;

/* Where a catalog has its answers. */
struct catalog_source {
    /* Fills the entry that has out->name. */
    void (*read)(struct catalog *c, struct catalog_entry *out);
    /* Returns the column whose value is the caller's in each row that statements see, or NULL. */
    const char *(*owner)(struct catalog *c, const char *table);
};

struct catalog {
    const struct catalog_source *source;
    struct conn *conn; /* borrowed; SQLite's, or NULL, and then */
    void *arg;         /* the source's own */
    struct arena arena;
    struct catalog_entry *entries;
    bool has_judged_views, are_views_plain;
};

/* Prepares for main's schema of the connection. */
void catalog_init(struct catalog *c, struct conn *conn);
void catalog_fini(struct catalog *c);

/* Returns the table or view of that name, borrowed until catalog_fini(). */
const struct catalog_entry *catalog_find(struct catalog *c, const char *name);
/* Returns the owner column of a table, see catalog_source. */
const char *catalog_owner(struct catalog *c, const char *table);
/* Returns true if each view is plain, see never_null.h. SQLite's alone. */
bool catalog_views_are_plain(struct catalog *c);

#endif
