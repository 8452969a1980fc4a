/* SPDX-License-Identifier: MIT */
/* Tells whether two requests ask for the same. */
#ifndef LEAT_WORKERS_HANDLERS_REQUEST_DIGEST_H
#define LEAT_WORKERS_HANDLERS_REQUEST_DIGEST_H

#include "workers/request/request.h"

enum { REQUEST_DIGEST = 32 };

/* Writes a digest of what the client asks for: method, path, query, body, conditions, declared
 * headers and cookies, and of what the statements are told about the caller, since a token with
 * other claims may stand for another tenant. The job's values and preconditions must be set.
 * Returns false if a file cannot be read. */
bool request_digest(struct request *r, unsigned char out[static REQUEST_DIGEST]);

#endif
