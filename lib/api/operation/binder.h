/* SPDX-License-Identifier: MIT */
/* What the parts of binding share. Internal to lib/api. */
#ifndef LEAT_API_OPERATION_BINDER_H
#define LEAT_API_OPERATION_BINDER_H

#include "lib/api/operation/bind_inputs.h"

struct binder {
    struct arena *arena;
    struct diags *diags; /* may be NULL */
    struct operation *op;
    struct plan *plan;
    struct json_object *document; /* the record of the whole (document.h) */
    struct json_object *sql;      /* the operation's */
    struct inputs inputs;
    const char *where; /* of the x-sql */
};

#define BINDER_COMPLAIN(b, where, ...)                                                             \
    do {                                                                                           \
        if ((b)->diags)                                                                            \
            diag_error((b)->diags, where, __VA_ARGS__);                                            \
    } while (0)

/* Whether the step's result has the column; unknown (not proved) counts as yes. */
bool binder_has_column(struct json_object *step, const char *name);
/* Whether the proof noted the column under "nullable" or "columns". */
bool binder_is_listed(struct json_object *step, const char *list, const char *name);
/* Where the key stands; of a release, which has lost its marks, the x-sql. */
const char *binder_place(const struct binder *b, struct json_object *parent, const char *key);

/* How the result's rows become the answer: its columns against the schema of the response. */
void rows_bind(struct binder *b, const struct schema *response);

/* Optimistic concurrency: `etag`, `if-match` and `on-zero`. */
void concurrency_bind(struct binder *b);

#endif
