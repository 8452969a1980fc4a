/* SPDX-License-Identifier: MIT */
/* Writes what stands around the rows of an answer. Workers answer with it, and `leat check --live` proves the
 * same bytes against the response's schema. */
#ifndef LEAT_API_OPERATION_ENVELOPE_H
#define LEAT_API_OPERATION_ENVELOPE_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"

/* The form in which rows become the body. */
enum envelope {
    ENVELOPE_NONE,
    ENVELOPE_BARE,  /* the object or array itself */
    ENVELOPE_PAGE,  /* {"items": […], "next": cursor or null} */
    ENVELOPE_ITEMS, /* {"items": […]} */
    ENVELOPE_COUNT, /* {"count": n} */
};

/* Wraps the rows in `body` in place: {"items": rows}, {"items": rows, "next": "…" or null} or
 * {"count": changes}; no envelope leaves them as they are. `next` is the cursor as it is sent, and
 * needs no escapes; no data stands for the last page. */
void envelope_wrap(enum envelope envelope, struct buf *body, struct slice next, int64_t changes);

#endif
