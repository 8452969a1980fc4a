/* SPDX-License-Identifier: MIT */
/* The end of a worker: the states of workers/worker.h from ACCEPTING on. */
#ifndef LEAT_WORKERS_DRAIN_H
#define LEAT_WORKERS_DRAIN_H

#include "workers/context.h"

void drain_set_state(struct worker *w, enum worker_state state);
/* Begins the drain; with notice, the worker goes on accepting for drain.notice. Does nothing the
 * second time. */
void drain_begin(struct worker *w, bool has_notice);
/* Advances the drain; call it in each turn of the loop. Returns false when the worker may exit. */
bool drain_advance(struct worker *w);

#endif
