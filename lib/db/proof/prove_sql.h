/* SPDX-License-Identifier: MIT */
/* What SQLite says of a statement before it ever runs: the evidence for the proofs of lib/api. */
#ifndef LEAT_DB_PROOF_PROVE_SQL_H
#define LEAT_DB_PROOF_PROVE_SQL_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

struct conn;

enum { PROVE_COLUMNS_MAX = 256 };

struct prove_statement {
    bool is_write;
    bool deletes;
    int column_count;
    char *columns[PROVE_COLUMNS_MAX];
    bool is_nullable[PROVE_COLUMNS_MAX]; /* false where it is not known */
    int types[PROVE_COLUMNS_MAX];        /* what its declared type can be answered as, a mask of
                                            enum schema_type; SCHEMA_ANY where it is not known */
    char *declared[PROVE_COLUMNS_MAX];   /* that type, or NULL */
};

/* A fresh database in memory with all migrations applied; NULL: `diags`. Migrations without end are
 * mistakes. One at a time: SQLite's memory is bounded until prove_close(). */
struct conn *prove_open(struct json_object *migrations, struct diags *diags);
/* The database itself, for reading: where migrations are not leat's business. */
struct conn *prove_open_live(const char *path, struct diags *diags);
void prove_close(struct conn **c);

/* Prepares `sql` as a statement of an application, on a connection that rowsec_protect() has made
 * one for such, and describes it. False: *why is for free(), *offset is where in the text (-1:
 * unknown). Free with prove_fini() on success. */
bool prove_sql(struct conn *c, const char *sql, struct prove_statement *out, char **why,
               int *offset);
void prove_fini(struct prove_statement *s);

#endif
