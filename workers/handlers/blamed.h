/* SPDX-License-Identifier: MIT */
/* Answers a request whose values made its statement fail. */
#ifndef LEAT_WORKERS_HANDLERS_BLAMED_H
#define LEAT_WORKERS_HANDLERS_BLAMED_H

#include "workers/request/request.h"

/* If the job failed on what the client sent, answers 422, with the place of the value if one alone
 * is to blame, and returns true. Returns false if it is the server's fault. */
bool blamed_answer(struct request *r);

#endif
