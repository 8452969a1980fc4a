/* SPDX-License-Identifier: MIT */
/* Writes what stands around the rows of an answer: the envelope that enum envelope of
 * lib/api/operation/operation.h names. Workers answer with it, and `leat check --live` proves the
 * same bytes against the response's schema. */
#ifndef LEAT_API_OPERATION_ENVELOPE_H
#define LEAT_API_OPERATION_ENVELOPE_H

#include <stdint.h>

#include "lib/api/operation/operation.h"
#include "lib/core/buf.h"

/* Wraps the rows in `body` in place: {"items": rows}, {"items": rows, "next": "…" or null} or
 * {"count": changes}; no envelope leaves them as they are. `next` is the cursor as it is sent, and
 * needs no escapes; no data stands for the last page. */
void envelope_wrap(enum envelope envelope, struct buf *body, struct slice next, int64_t changes);

#endif
