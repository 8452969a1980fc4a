/* SPDX-License-Identifier: MIT */
/* Implements `responses: strict`: validates each answer against the schema in the document. */
#ifndef LEAT_WORKERS_REQUEST_CHECK_RESPONSE_H
#define LEAT_WORKERS_REQUEST_CHECK_RESPONSE_H

#include "workers/request/request.h"

/* Returns whether the JSON text satisfies the schema of the operation's answer; logs the violations
 * if not. Only reads the request, so any thread may call it. */
bool check_response(const struct request *r, struct slice body);

#endif
