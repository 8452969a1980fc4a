/* SPDX-License-Identifier: MIT */
/* How far the rows of all pages are counted, as documents (page.count) and clients (Prefer) say it:
 * "exact", or "capped(N)" for a count that stops at N. */
#ifndef LEAT_API_OPERATION_COUNT_TEXT_H
#define LEAT_API_OPERATION_COUNT_TEXT_H

#include <stdint.h>

#include "lib/core/slice.h"

enum { COUNT_TEXT_MAX = 1000000000 };

/* Returns INT64_MAX for "exact", N from 1 to COUNT_TEXT_MAX, or 0 if the text is neither. */
int64_t count_text_read(struct slice text);

#endif
