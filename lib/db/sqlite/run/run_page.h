/* SPDX-License-Identifier: MIT */
/* The ends of a page, while its rows are rendered: the keys for the pages before and after it.
 * Internal to lib/db/sqlite/run. */
#ifndef LEAT_DB_SQLITE_RUN_RUN_PAGE_H
#define LEAT_DB_SQLITE_RUN_RUN_PAGE_H

#include "lib/db/sqlite/run/run.h"

/* Reads what the client asked for, before the first step. The plan must have a page. */
void page_begin(struct run *r);
/* Returns true if a page has all its rows, so that a further one only shows that there is more.
 * False without paging. */
static inline bool page_is_full(const struct run *r)
{
    return r->job->plan->page.by && (int64_t)r->job->rows == r->limit;
}
/* Returns false, with the job's error, if a list without pages already has as many rows as the
 * document allows. */
bool page_has_room(struct db_job *job);
/* Notes a row before it is rendered at the end of the body, which may convert its values. Returns
 * false, with the job's error, if a cursor is needed and cannot hold them. */
bool page_take(struct run *r, struct statement *s);
/* Completes the page, after its last row, before the array ends. `found` counts the further row
 * too. */
void page_finish(struct run *r, size_t found);
/* Counts the rows of all pages, in the page's snapshot, if the plan asks for it. Replaces the
 * statement that statement_get() returned last for the step. */
void page_count(struct run *r, size_t index, unsigned variant, size_t found);

#endif
