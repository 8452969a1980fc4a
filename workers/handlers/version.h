/* SPDX-License-Identifier: MIT */
/* Row versions as entity tags (RFC 9110, 8.8.3 and 13): x-sql's etag and if-match. */
#ifndef LEAT_WORKERS_HANDLERS_VERSION_H
#define LEAT_WORKERS_HANDLERS_VERSION_H

#include "workers/request/request.h"

/* Checks that If-Match is what the operation requires: one strong tag, or "*", which matches any
 * version. A weak tag never matches. */
enum err version_check(struct request *r);
/* Returns the text between the quotes of If-Match; data is NULL if it is absent or "*". */
struct slice version_asked(const struct request *r);
/* Adds the ETag of the job's version. Returns true if the client has that very version, and was
 * answered 304. */
bool version_answer(struct request *r);

#endif
