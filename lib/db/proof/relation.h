/* SPDX-License-Identifier: MIT */
/*
 * What a SELECT reads, down to the tables: each source of it is a table with its unique keys, or a
 * SELECT again (a view, a subselect, a common table expression).
 */
#ifndef LEAT_DB_PROOF_RELATION_H
#define LEAT_DB_PROOF_RELATION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/db/proof/select_shape.h"

struct catalog; /* lib/db/proof/catalog.h */

/* A relation of more columns is not known. */
enum { RELATION_COLUMNS_MAX = 400 };

struct relation_column {
    const char *name;      /* NULL for an expression without an alias */
    const char *text;      /* the expression */
    size_t source;         /* if it is a column: the index of the source that it comes from, */
    const char *column;    /* and its name there; else NULL */
    const char *collation; /* of a table's column */
    bool is_binary;        /* it is "column COLLATE BINARY" */
};

/* A unique index of a table, or its primary key. */
struct relation_key {
    const char **columns, **collations;
    size_t count;
    bool is_certain; /* it covers all rows, and columns alone */
};

struct relation {
    bool is_known; /* else nothing below is reliable */
    struct relation_column *columns;
    size_t column_count;
    const char *table; /* the name of the table, or NULL for a SELECT */
    const char *owner; /* of a table: the column that is the caller's, or NULL */
    const char *rowid; /* of a table: the column that is its rowid, or NULL */
    bool has_rowid;    /* it is also called rowid, oid, _rowid_ */
    bool is_virtual;   /* a virtual table, of which nothing but the rowid is known */
    struct relation_key *keys;
    size_t key_count;
    struct select_shape shape; /* of a SELECT */
    struct relation **sources; /* of a SELECT */
};

/* Resolves a SELECT, on a connection that is set up for an application's statements. All memory is
 * the arena's, or the catalog's. */
struct relation *relation_of(struct catalog *catalog, const char *sql, struct arena *arena);
/* Returns the column of that name, or NULL. */
const struct relation_column *relation_column(const struct relation *r, const char *name);
/* Finds the source and the column that an expression names. Returns false if it names none. */
bool relation_resolve(const struct relation *r, const char *text, struct arena *arena,
                      size_t *source, const char **column);
/* Returns the collation in which a column is compared. */
const char *relation_collation(const struct relation *r, const char *column);

#endif
