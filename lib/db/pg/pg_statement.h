/* SPDX-License-Identifier: MIT */
/*
 * The statements of a worker: each step of a plan, and each variant of a list, has one, with a name
 * under which every connection prepares it at its first use there. A client can ask for 2^filters
 * variants of a list, so all but the first STATEMENTS_VARIANTS of a step have no name, and are made
 * for one run.
 */
#ifndef LEAT_DB_PG_PG_STATEMENT_H
#define LEAT_DB_PG_PG_STATEMENT_H

#include <libpq-fe.h>

#include "lib/db/engine/row_shape.h"

enum { STATEMENTS_VARIANTS = 32 };

struct pg_statement {
    struct pg_statement *next; /* of the same step */
    const struct plan *plan;
    size_t step;
    unsigned variant;
    size_t number; /* from 1: index into the connections' list of what is prepared */
    char name[24]; /* "" for one run */
    char *sql;
    struct row_shape shape; /* of the rows that the server sent last */
    Oid *types;
    bool has_shape;
    struct cell *cells;
};

struct pg_statements {
    struct pg_plan *plans; /* by plan id */
    size_t plan_count, count;
};

void pg_statements_init(struct pg_statements *all, size_t plan_count);
void pg_statements_fini(struct pg_statements *all);
/* Returns the statement, never NULL; pg_statement_release() must follow. */
struct pg_statement *pg_statement_get(struct pg_statements *all, const struct plan *plan,
                                      size_t step, unsigned variant);
/* Frees the statement if it was made for one run. Sets *s to NULL. */
void pg_statement_release(struct pg_statement **s);
/* Takes note of the columns of a result. Returns false if they are not those that were proved. */
bool pg_statement_take_shape(struct pg_statement *s, const PGresult *res);

#endif
