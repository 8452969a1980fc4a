/* SPDX-License-Identifier: MIT */
/* Builds the WWW-Authenticate challenge of a 401 or 403 (RFC 9110, 11.6.1; RFC 6750, 3). */
#ifndef LEAT_WORKERS_IDENTITY_CHALLENGE_H
#define LEAT_WORKERS_IDENTITY_CHALLENGE_H

#include "workers/request/flow.h"

/* Adds the challenge that an answer with `err` needs: one for each scheme that the operation
 * accepts in a header. `scope` (may be NULL) lists the scopes required. */
void challenge_add(struct request *r, enum err err, const char *scope);
/* Answers with `err` and such a challenge. */
enum flow challenge(struct request *r, enum err err, const char *scope);

#endif
