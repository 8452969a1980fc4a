/* SPDX-License-Identifier: MIT */
/*
 * A table as `leat scaffold` offers it: the names of it and its columns in paths, JSON and SQL, who
 * supplies which value, and its statements.
 *
 * The owner of a row is the only NOT NULL column that refers to an account: the server puts the
 * caller there, and row security keeps it so. If there are several, there is no owner.
 *
 * A column's name in JSON is also its :name in SQL: ASCII letters, digits and '_', without a
 * leading '_', which is reserved for the server. The singular of a table's name is found by its
 * ending: -ies becomes -y; -sses -shes -ches -xes lose -es; -uses becomes -us (but not -ouses,
 * -auses); -ss -us -is stay; any other -s is dropped.
 */
#ifndef LEAT_WORKERS_SCAFFOLD_RESOURCE_H
#define LEAT_WORKERS_SCAFFOLD_RESOURCE_H

#include <json-c/json.h>

#include "lib/core/fault.h"
#include "lib/db/proof/tables.h"

struct scaffold_field {
    const struct table_column *column;
    const char *name;      /* in JSON, and after ':' */
    const char *quoted;    /* in SQL */
    const char *alias;     /* alias in SQL for that name; NULL: the column has it already */
    const char *on_create; /* value in the INSERT; NULL: not listed there */
    const char *on_patch;  /* value in the UPDATE; NULL: not changed */
    bool is_created;       /* a client may send it in a POST, */
    bool is_required;      /* must send it in a POST, */
    bool is_patched;       /* may send it in a PATCH, */
    bool is_filter;        /* may filter the list by it: a foreign key or a boolean */
};

struct scaffold_resource {
    const struct table *table;
    const struct table_column *owner; /* the account that owns a row, set to the caller; or NULL */
    const char *quoted;               /* the table's name in SQL */
    const char *path;                 /* "/todos" */
    const char *plural;               /* "Todos" */
    const char *singular;             /* "Todo" */
    const char *words;                /* "todo" */
    struct scaffold_field *fields;    /* without BLOBs, which JSON cannot represent */
    size_t field_count;
    size_t reference_count;       /* foreign keys that a client can violate */
    struct scaffold_field **keys; /* identify a row, in the key's order; none: the list only */
    size_t key_count;
    const char *limit, *cursor; /* names of the list's parameters */
    bool is_newest_first;       /* the key grows with time */
    bool creates, patches, deletes;
    const char *missing; /* why rows cannot be created; NULL if they can, or for a view */
};

enum resource_statement {
    STATEMENT_LIST,
    STATEMENT_CREATE,
    STATEMENT_READ,
    STATEMENT_PATCH,
    STATEMENT_DELETE
};

/* Initializes the resource, which borrows `table`. `taken` is the growing set of all names in the
 * document. On failure returns false with *fault. */
bool resource_init(struct scaffold_resource *r, const struct table *table,
                   struct json_object *taken, struct arena *arena, struct fault *fault);
/* Returns the field of the column, or NULL. */
const struct scaffold_field *resource_field(const struct scaffold_resource *r, const char *column);
/* Returns whether a client can send anything in a POST. */
bool resource_has_body(const struct scaffold_resource *r);
/* Appends the statement; lines end in '\n', except the last. */
void resource_sql(const struct scaffold_resource *r, enum resource_statement which,
                  struct buf *out);
/* Returns "Todo" for "todos", or "order item" for "order_items" if `between` is a space. In the
 * arena. */
const char *resource_singular(struct arena *arena, const char *table, const char *between);

#endif
