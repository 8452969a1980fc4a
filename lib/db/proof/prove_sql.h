/* SPDX-License-Identifier: MIT */
/* Asks SQLite about a statement before it ever runs. The answers are the evidence for the proofs of
 * lib/api. */
#ifndef LEAT_DB_PROOF_PROVE_SQL_H
#define LEAT_DB_PROOF_PROVE_SQL_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/core/fault.h"

struct catalog;
struct conn;

enum { PROVE_COLUMNS_MAX = 256 };

struct prove_statement {
    bool is_write;
    bool deletes;
    int column_count;
    char *columns[PROVE_COLUMNS_MAX];
    bool is_nullable[PROVE_COLUMNS_MAX];   /* false if unknown */
    bool is_never_null[PROVE_COLUMNS_MAX]; /* false if unknown, too */
    int types[PROVE_COLUMNS_MAX];          /* what the declared type can be rendered as, a mask of
                                          * enum schema_type; SCHEMA_ANY if unknown */
    char *declared[PROVE_COLUMNS_MAX];     /* the declared type, or NULL */
    struct json_object *positions;         /* positions.h; NULL if they do not matter */
};

/* Creates a database in memory with all migrations applied. Returns NULL with the reason in `diags`
 * on failure, also for migrations that run too long. One at a time: SQLite's memory is bounded
 * until prove_close(). */
struct conn *prove_open(struct json_object *migrations, struct diags *diags);
/* Opens the database itself for reading, if migrations are managed elsewhere. */
struct conn *prove_open_live(const char *path, struct diags *diags);
void prove_close(struct conn **c);

/* Prepares `sql` as an application's statement, on a connection set up by rowsec_protect(). Returns
 * false, with *fault and its place in the text if that is known, if it is refused. */
bool prove_prepares(struct conn *c, const char *sql, struct fault *fault);
/* The same, on the catalog's connection, and describes the statement. Call prove_fini() on
 * success. */
bool prove_sql(struct catalog *catalog, const char *sql, struct prove_statement *out,
               struct fault *fault);
void prove_fini(struct prove_statement *s);

#endif
