/* SPDX-License-Identifier: MIT */
/* How a worker leaves: the states of workers/worker.h from ACCEPTING on. */
#ifndef LEAT_WORKERS_DRAIN_H
#define LEAT_WORKERS_DRAIN_H

#include "workers/context.h"

void drain_set_state(struct worker *w, enum worker_state state);
/* Begins; with notice, the worker goes on accepting for drain.notice. Does nothing the second time.
 */
void drain_begin(struct worker *w, bool has_notice);
/* Moves the drain along; call it each turn of the loop. False: the worker may go. */
bool drain_advance(struct worker *w);

#endif
