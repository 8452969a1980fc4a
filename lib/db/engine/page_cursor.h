/* SPDX-License-Identifier: MIT */
/* Which page of a list the values of a request lead to. */
#ifndef LEAT_DB_ENGINE_PAGE_CURSOR_H
#define LEAT_DB_ENGINE_PAGE_CURSOR_H

#include "lib/db/engine/plan.h"

enum page_cursor {
    PAGE_AFTER,  /* the keys */
    PAGE_BEFORE, /* the keys */
    PAGE_LAST    /* without keys */
};

/* Returns true if the values lead to the page before their cursor, or to the last one. */
static inline bool plan_is_backward(const struct plan *plan, const struct db_value *values)
{
    return plan->page.by && values[plan->page.cursor].type != DB_NULL &&
           values[plan->page.cursor].integer != PAGE_AFTER;
}

/* Returns true if the page is bounded by the keys of a cursor. */
static inline bool plan_has_keys(const struct plan *plan, const struct db_value *values)
{
    return plan->page.by && values[plan->page.cursor].type != DB_NULL &&
           values[plan->page.cursor].integer != PAGE_LAST;
}

#endif
