/* SPDX-License-Identifier: MIT */
/* Publishes what others can see of a request: in shared memory while it runs, then in the counters,
 * the histogram and the log. */
#ifndef LEAT_WORKERS_REQUEST_OBSERVE_H
#define LEAT_WORKERS_REQUEST_OBSERVE_H

#include "workers/request/request.h"

/* Adds an operation that belongs to no document: assigns its index, and counts it under its own
 * name. Call it before observe_start(). The operation must outlive the worker's requests. */
void observe_add(struct worker *w, struct operation *op);
/* Finds the places of all operations in shared memory. */
void observe_start(struct worker *w);
/* Returns why a job has failed. */
enum reason observe_reason(const struct db_job *job);
/* Returns 1 + the index of the request's operation in shared memory, or 0 if it has none. */
unsigned observe_operation(const struct request *r);
/* Publishes that the loop now works on the request, or (NULL) on none. */
void observe_current(struct worker *w, const struct request *r);
/* Publishes the request's operation and id, once they are known. */
void observe_routed(const struct request *r);
void observe_end(const struct request *r);
/* Does the same for a request whose client has gone, or was cut, before it was answered. It is
 * logged with status 499, and counted by its reason alone. */
void observe_unanswered(struct request *r);
/* Logs why a job of the request failed, for the operator alone. */
void observe_failure(const struct request *r, const struct db_job *job);

#endif
