/* SPDX-License-Identifier: MIT */
/* `responses: strict`: what leaves is proved to be what the document promises. */
#ifndef LEAT_WORKERS_REQUEST_CHECK_RESPONSE_H
#define LEAT_WORKERS_REQUEST_CHECK_RESPONSE_H

#include "workers/request/request.h"

/* Whether the JSON text holds the schema of the operation's answer; logs what does not. */
bool strict_holds(struct request *r, struct slice body);

#endif
