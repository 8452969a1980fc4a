/* SPDX-License-Identifier: MIT */
/* Values on their way to PostgreSQL and back, both as text. */
#ifndef LEAT_DB_PG_PG_VALUE_H
#define LEAT_DB_PG_PG_VALUE_H

#include <libpq-fe.h>

#include "lib/db/engine/cell.h"
#include "lib/db/engine/result.h"

/* The parameters of a statement. The server infers their types from it, as its author wrote it. */
struct pg_params {
    size_t count, room;
    const char **values;
    int *lengths, *formats;
    size_t *offsets; /* of each in `text`; SIZE_MAX: NULL */
    struct buf text;
    size_t unsendable; /* 1 + the parameter that holds a NUL, which no text may; 0: none */
};

void pg_params_fini(struct pg_params *p);
void pg_params_clear(struct pg_params *p);
void pg_params_add(struct pg_params *p, const struct db_value *v);
/* Adds the parameters of the step that runs. */
void pg_params_bind(struct pg_params *p, const struct result *r);
/* Sets `values`, after the last was added. */
void pg_params_seal(struct pg_params *p);

/* Reads a value of a result by the type that the server says it has. Times are changed in place to
 * RFC 3339. */
struct cell pg_cell(PGresult *res, int row, int column);

#endif
