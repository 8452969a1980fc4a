/* SPDX-License-Identifier: MIT */
/* Row versions as entity tags, and the conditions that clients make with them (RFC 9110, 8.8.3 and
 * 13). A condition is compared or the request is refused; it is never ignored. */
#ifndef LEAT_WORKERS_HANDLERS_VERSION_H
#define LEAT_WORKERS_HANDLERS_VERSION_H

#include "workers/request/request.h"

/* Sets the job's preconditions from the request. Returns an error if they are malformed, or if the
 * operation requires If-Match. Those that the plan cannot compare are refused, but for one tag that
 * its statement itself compares (:_if_match). */
enum err version_check(struct request *r);
/* Returns the text between the quotes of If-Match; data is NULL if it is absent or "*". */
struct slice version_asked(const struct request *r);
/* Returns the entity tag of the job's version, in the arena; data is NULL if there is none. Only
 * reads the request, so any thread may call it. */
struct slice version_tag(const struct request *r, struct arena *arena);
/* Adds the ETag of the job's version. Returns true if a condition of a GET is false, and the
 * request was answered: 412, or 304 if the client has that very version. */
bool version_answer(struct request *r);
/* Does the same for a list, whose ETag is a digest of its body. */
bool version_answer_digest(struct request *r, struct slice body);

#endif
