/* SPDX-License-Identifier: MIT */
/*
 * A table as `leat scaffold` offers it: how it and its columns are called in paths, JSON and SQL,
 * who supplies which value, and what its statements are.
 *
 * The owner of a row is the only column NOT NULL that is an account's: the server puts the caller
 * there, and row security sees to it that it stays. Where several are, none is.
 *
 * A column's name in JSON is also its :name in SQL: letters, digits and '_' of ASCII, none of them
 * a '_' at the start, which is the server's own. The singular of a table's name is found by its
 * end: -ies is -y, -sses -shes -ches -xes lose -es, -uses is -us (but -ouses, -auses), -ss -us -is
 * stay, any other -s goes.
 */
#ifndef LEAT_WORKERS_SCAFFOLD_RESOURCE_H
#define LEAT_WORKERS_SCAFFOLD_RESOURCE_H

#include <json-c/json.h>

#include "lib/db/proof/tables.h"

struct field {
    const struct table_column *column;
    const char *name;      /* in JSON, and behind ':' */
    const char *quoted;    /* in SQL */
    const char *alias;     /* what SQL must call it to give it that name; NULL: its own is it */
    const char *on_create; /* its value in the INSERT; NULL: it is not named there */
    const char *on_patch;  /* its value in the UPDATE; NULL: it stays */
    bool is_created;       /* a client may send it with a POST, */
    bool is_required;      /* must send it, */
    bool is_patched;       /* may send it with a PATCH, */
    bool is_filter;        /* may pick rows of the list by it: a foreign key or a boolean */
};

struct resource {
    const struct table *table;
    const struct table_column *owner; /* whose account a row is, which is the caller's; or NULL */
    const char *quoted;               /* the table in SQL */
    const char *path;                 /* "/todos" */
    const char *plural;               /* "Todos" */
    const char *singular;             /* "Todo" */
    const char *words;                /* "todo" */
    struct field *fields;             /* without BLOBs, which JSON cannot carry */
    size_t field_count;
    size_t reference_count; /* foreign keys that a client can violate */
    struct field **keys; /* what names one row, in the key's order; none: it can only be listed */
    size_t key_count;
    const char *limit, *cursor; /* parameters of the list */
    bool is_newest_first;       /* the key grows with time */
    bool creates, patches, deletes;
    const char *missing; /* why it cannot be created; NULL where it can, or is a view */
};

enum resource_statement {
    STATEMENT_LIST,
    STATEMENT_CREATE,
    STATEMENT_READ,
    STATEMENT_PATCH,
    STATEMENT_DELETE
};

/* `taken` is a set of all names of the document, which grows. False: *why (in the arena). The
 * resource borrows `table`. */
bool resource_init(struct resource *r, const struct table *table, struct json_object *taken,
                   struct arena *arena, const char **why);
/* The field of that column, or NULL. */
const struct field *resource_field(const struct resource *r, const char *column);
/* Whether a client has anything to send with a POST. */
bool resource_has_body(const struct resource *r);
/* Its text; lines end in '\n', but the last. */
void resource_sql(const struct resource *r, enum resource_statement which, struct buf *out);
/* "Todo" of "todos", "order item" of "order_items" with `between` a space. In the arena. */
const char *resource_singular(struct arena *arena, const char *table, const char *between);

#endif
