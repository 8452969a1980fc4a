/* SPDX-License-Identifier: MIT */
/* Shared by the files that bind parts of an operation. Internal to lib/api. */
#ifndef LEAT_API_OPERATION_BINDER_H
#define LEAT_API_OPERATION_BINDER_H

#include "lib/api/operation/bind_inputs.h"
#include "lib/db/sql/dialect.h"

struct binder {
    struct arena *arena;
    struct diags *diags; /* NULL in workers */
    struct operation *op;
    struct plan *plan;
    struct json_object *document;  /* the record of the whole document (document.h) */
    struct json_object *sql;       /* the operation's */
    const struct dialect *dialect; /* of its statements */
    struct bind_inputs inputs;
    const char *where; /* of the x-sql */
};

#define BINDER_COMPLAIN(b, where, ...)                                                             \
    do {                                                                                           \
        if ((b)->diags)                                                                            \
            diag_error((b)->diags, where, __VA_ARGS__);                                            \
    } while (0)

/* Returns true if the step's result has the column, or if its columns are unknown (not proved). */
bool binder_has_column(struct json_object *step, const char *name);
/* Returns true if the proof listed the column under "nullable" or "columns". */
bool binder_is_listed(struct json_object *step, const char *list, const char *name);
/* Returns the key's place; in a release, which has no marks, that of the x-sql. */
const char *binder_place(const struct binder *b, struct json_object *parent, const char *key);

/* Reads an answer of the document, an `else` or that of a rule; all zero for NULL. */
struct plan_else bind_answer(struct binder *b, struct json_object *json);
/* Checks that the pointer of an `else` leads to something that the client sends: a property of the
 * body or a parameter. */
void bind_answer_check(struct binder *b, struct json_object *json);

/* Binds result rows to the answer: columns against the schema of the response. */
void bind_rows(struct binder *b, const struct schema *response);

/* Compares the types of a step's parameters with the schemas of their values. */
void bind_types(struct binder *b, struct json_object *record, const struct plan_step *step,
                const char *source);
/* Reports labels of a column that its property does not allow. */
void bind_labels(struct binder *b, struct json_object *step, const char *column,
                 const struct schema *property);

/* Binds `etag`, `if-match` and `on-zero` (optimistic concurrency). */
void bind_etag(struct binder *b);

/* Binds x-idempotency of the operation's record. The plan must be complete. */
void bind_idempotency(struct binder *b, struct json_object *record);
/* Binds page.count: whether the answer has the number of rows of all pages. */
void bind_total(struct binder *b, struct json_object *page);

#endif
