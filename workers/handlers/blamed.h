/* SPDX-License-Identifier: MIT */
/* Answers a request whose values made its statement fail. */
#ifndef LEAT_WORKERS_HANDLERS_BLAMED_H
#define LEAT_WORKERS_HANDLERS_BLAMED_H

#include "workers/request/request.h"

/* Adds the place of the value to the violations if the job failed on one alone that the client
 * sent. If that is all there is to tell, answers 422 and returns true. Returns false if the job's
 * error tells more (a constraint) or is the server's fault. */
bool blamed_answer(struct request *r);

#endif
