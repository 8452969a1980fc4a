/* SPDX-License-Identifier: MIT */
/*
 * Limits how many requests of one operation a worker handles at once, so that a heavy operation
 * leaves room for the others: x-concurrency of the operation, or three quarters of
 * limits.in-flight. A request has a place from its handler's start until its answer is there;
 * clients that are slow to send or to read hold none.
 */
#ifndef LEAT_WORKERS_REQUEST_PLACES_H
#define LEAT_WORKERS_REQUEST_PLACES_H

#include "workers/request/request.h"

/* Sets w->places for all operations, which must be known. */
void places_open(struct worker *w);
/* Returns whether the request's operation has a free place; counts the refusal if not. Monitors
 * always have one. */
bool places_have_room(const struct request *r);
/* Takes a place, if there is one. */
bool places_take(struct request *r);
/* Returns the request's place, if it has one. */
void places_release(struct request *r);

#endif
