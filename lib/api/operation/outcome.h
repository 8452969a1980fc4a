/* SPDX-License-Identifier: MIT */
/* Determines in which errors an operation can end, as far as its record (document.h) tells. */
#ifndef LEAT_API_OPERATION_OUTCOME_H
#define LEAT_API_OPERATION_OUTCOME_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/api/operation/operation.h"

enum { OUTCOME_FIRST = 400, OUTCOME_LAST = 599 };

/* Sets can[status] for each possible status; `rules` are those of the document's record. Statements
 * are judged by their words: what depends on data counts as possible. */
void outcome_find(struct json_object *op, struct json_object *rules,
                  bool can[static OUTCOME_LAST + 1]);
/* Returns true if something answers the operation. */
bool outcome_is_bound(struct json_object *op);
/* Returns true if If-Match and If-None-Match are compared with the resource as it is. */
bool outcome_compares(struct json_object *op);
/* Returns true if a request without If-Match is refused. */
bool outcome_wants_if_match(struct json_object *op);
/* Returns the use that it makes of Idempotency-Key by its x-idempotency, whatever it is bound
 * to. */
enum idempotency outcome_idempotency(struct json_object *op);
/* Returns true if a rate limit counts the operation's requests. */
bool outcome_is_limited(struct json_object *op);
/* Describes what the status means, for people. Static. */
const char *outcome_describe(int status);

#endif
