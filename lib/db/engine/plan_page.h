/* SPDX-License-Identifier: MIT */
/* The order and the pages of a list: a part of struct plan. */
#ifndef LEAT_DB_ENGINE_PLAN_PAGE_H
#define LEAT_DB_ENGINE_PLAN_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most columns of an order: each has a bit in the masks of struct plan_page. */
enum { PAGE_BY_MAX = 8 };

/* Keyset paging: order by `by`, and continue after the cursor's values, or before them. NULL is
 * less than any other value, so it comes first, and last if the column is descending. */
struct plan_page {
    const char *const *by; /* NULL for no paging */
    size_t by_count;
    unsigned descending; /* mask: bit i for by[i] */
    unsigned nullable;   /* mask of the columns that are not proved to be without NULL */
    unsigned texts;      /* mask of the columns of text, whose order is that of their bytes */
    bool has_previous;   /* the answer leads to the previous page too */
    int64_t count_max;   /* rows of all pages are counted, up to it; 0 if they are not */
    bool is_count_asked; /* they are counted only for clients that prefer it */
    bool has_limit;
    size_t limit; /* index of the value, if has_limit */
    int64_t limit_default;
    /* Index of the first of 1 + by_count values: DB_NULL for the first page, or the enum
     * page_cursor of another (page_cursor.h); and its keys. */
    size_t cursor;
};

#endif
