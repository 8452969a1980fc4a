/* SPDX-License-Identifier: MIT */
/*
 * Runs one worker process, from the descriptors that it inherits to its exit.
 *
 *     STARTING ──self-request──▶ READY ──ACCEPT──▶ ACCEPTING ──DRAIN──▶ NOTICED (accepts still)
 *                                  │                   │                     │ drain.notice
 *                                  └──────RETIRE───────┴───────RETIRE───────▶▼
 *                                          exit ◀──nothing left, or drain.timeout── CLOSING
 */
#ifndef LEAT_WORKERS_WORKER_H
#define LEAT_WORKERS_WORKER_H

/* Runs a worker over the descriptors of lib/core/channel.h; returns the exit code. */
int worker_run(int slot, unsigned generation);

#endif
