/* SPDX-License-Identifier: MIT */
/* Composes the order of a page, and the place of its cursor in it. Internal to compose.c. */
#ifndef LEAT_DB_ENGINE_COMPOSE_CURSOR_H
#define LEAT_DB_ENGINE_COMPOSE_CURSOR_H

#include "lib/core/buf.h"
#include "lib/db/engine/compose.h"

struct compose_list {
    const struct dialect *dialect;
    struct buf *out;
    const struct plan_page *page;
    unsigned variant;
    struct slice select; /* the statement with its filters, without order */
    const char *word;    /* that begins the next condition: " WHERE " or " AND " */
    size_t number;       /* of the parameter that holds the first of the cursor's keys */
    size_t arms;         /* the SELECTs written; 0 at first */
    bool is_compound;    /* they are ordered together, by the names of their columns */
};

/* Writes the parameter of that number. */
void compose_parameter(struct buf *out, const struct dialect *dialect, size_t number);
/* Writes a name in quotes. */
void compose_column(struct buf *out, const char *name);
/* Writes the statement with its place and order, up to the limit. */
void compose_page(struct compose_list *list);

#endif
