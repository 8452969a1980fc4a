/* SPDX-License-Identifier: MIT */
/* Composes the order of a page, and the place of its cursor in it. Internal to compose.c. */
#ifndef LEAT_DB_ENGINE_COMPOSE_CURSOR_H
#define LEAT_DB_ENGINE_COMPOSE_CURSOR_H

#include "lib/core/buf.h"
#include "lib/db/engine/compose.h"

struct compose_list {
    struct buf *out;
    const struct plan_page *page;
    unsigned variant;
    struct slice select; /* the statement with its filters, without order */
    const char *word;    /* that begins the next condition: " WHERE " or " AND " */
    size_t number;       /* of the parameter that holds the cursor's first key */
    size_t arms;         /* the SELECTs written; 0 at first */
};

/* Writes a name in quotes. */
void compose_column(struct buf *out, const char *name);
/* Writes the statement with its place and order, up to the limit. */
void compose_page(struct compose_list *list);

#endif
