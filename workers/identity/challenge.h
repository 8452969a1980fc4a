/* SPDX-License-Identifier: MIT */
/* What a client is told that may not: WWW-Authenticate (RFC 9110, 11.6.1; RFC 6750, 3). */
#ifndef LEAT_WORKERS_IDENTITY_CHALLENGE_H
#define LEAT_WORKERS_IDENTITY_CHALLENGE_H

#include "workers/request/flow.h"

/* Answers with `err` and a challenge for each scheme that the operation takes in a header. `scope`
 * (may be NULL) is what is needed. */
enum flow challenge(struct request *r, enum err err, const char *scope);

#endif
