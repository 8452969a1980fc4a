/* SPDX-License-Identifier: MIT */
/*
 * Prefer (RFC 7240), of which one preference is honoured: how far the rows of all pages are
 * counted.
 *
 *     Prefer: count=exact             as far as the document allows
 *     Prefer: count="capped(100)"     the same, but at most 100; the quotes may be left out
 *
 * Others are ignored, as the RFC asks, and so is one that cannot be read.
 */
#ifndef LEAT_WORKERS_HANDLERS_PREFER_H
#define LEAT_WORKERS_HANDLERS_PREFER_H

#include "workers/request/request.h"

/* Returns the most rows to count for the operation's list; 0: none. */
int64_t prefer_count(struct request *r);
/* Adds Preference-Applied to the answer if the client's preference was honoured. */
void prefer_answer(struct request *r);

#endif
