/* SPDX-License-Identifier: MIT */
/* The ends of a page, while its rows are rendered: the keys for the pages before and after it.
 * Internal to lib/db/engine. */
#ifndef LEAT_DB_ENGINE_RESULT_PAGE_H
#define LEAT_DB_ENGINE_RESULT_PAGE_H

#include "lib/db/engine/result.h"

/* Reads what the client asked for, before the first step. The plan must have a page. */
void page_begin(struct result *r);
/* Returns true if a page has all its rows, so that a further one only shows that there is more.
 * False without paging. */
static inline bool page_is_full(const struct result *r)
{
    return r->job->plan->page.by && (int64_t)r->job->rows == r->limit;
}
/* Returns false, with the job's error, if a list without pages already has as many rows as the
 * document allows. */
bool page_has_room(struct db_job *job);
/* Notes a row before it is rendered at the end of the body. Returns false, with the job's error, if
 * a cursor is needed and cannot hold its keys. */
bool page_take(struct result *r, const struct row_shape *shape, const struct cell *cells);
/* Completes the page, after its last row, before the array ends. */
void page_finish(struct result *r);
/* Returns true if the rows of all pages must be counted, in the page's snapshot. If not, job->total
 * is set already. */
bool page_must_count(struct result *r);

#endif
