/* SPDX-License-Identifier: MIT */
/* Which errors an operation can end in, as far as its record (document.h) tells. */
#ifndef LEAT_API_OPERATION_OUTCOME_H
#define LEAT_API_OPERATION_OUTCOME_H

#include <stdbool.h>

#include <json-c/json.h>

enum { OUTCOME_FIRST = 400, OUTCOME_LAST = 599 };

/* Sets can[status] of what may happen; `rules` are those of the document's record. Statements are
 * judged by their words: what only the data could tell counts as possible. */
void outcome_find(struct json_object *op, struct json_object *rules,
                  bool can[static OUTCOME_LAST + 1]);
/* What such an answer means, for people; static. */
const char *outcome_describe(int status);

#endif
