/* SPDX-License-Identifier: MIT */
/*
 * What happens when a worker becomes ready, fails, dies or stands still. One that dies while
 * serving is replaced at once; one that dies again before READY, or within a second of it, is
 * replaced after 1 s, 2 s, 4 s … 60 s.
 */
#ifndef LEAT_SERVER_SUPERVISE_H
#define LEAT_SERVER_SUPERVISE_H

#include <stdint.h>

#include "server/child.h"

struct master;

void supervise_on_ready(struct child *c);
/* The process is gone; `c` is freed by its owner afterwards. */
void supervise_on_exit(struct child *c, int64_t status, int signal);
/* Looks at every heartbeat; call it each second. */
void supervise_watch(struct master *m);

#endif
