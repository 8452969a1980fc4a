/* SPDX-License-Identifier: MIT */
/* Writes what stands around the rows of an answer. Workers answer with it, and `leat check --live`
 * proves the same bytes against the response's schema. */
#ifndef LEAT_API_OPERATION_ENVELOPE_H
#define LEAT_API_OPERATION_ENVELOPE_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"

struct plan_page;

/* The form in which rows become the body. */
enum envelope {
    ENVELOPE_NONE,
    ENVELOPE_BARE,  /* the object or array itself */
    ENVELOPE_PAGE,  /* {"items": […], "next": cursor or null} */
    ENVELOPE_ITEMS, /* {"items": […]} */
    ENVELOPE_COUNT, /* {"count": n} */
};

/* What stands beside the rows. Cursors are as they are sent, and need no escapes; no data stands
 * for a page that does not exist. */
struct envelope_parts {
    struct slice next, previous;
    int64_t changes, total;
    bool has_total;
};

/* Wraps the rows in `body` in place: {"items": rows}, {"items": rows, "next": "…" or null} with
 * "previous" if `page` has it and "total" if it is given, or {"count": changes}; no envelope leaves
 * them as they are. */
void envelope_wrap(enum envelope envelope, const struct plan_page *page, struct buf *body,
                   const struct envelope_parts *parts);
/* The same in two parts, around rows that are never together: puts what stands before them before
 * the first ones in `body`, and appends what stands behind to the last ones. */
void envelope_begin(enum envelope envelope, struct buf *body);
void envelope_end(enum envelope envelope, const struct plan_page *page, struct buf *body,
                  const struct envelope_parts *parts);

#endif
