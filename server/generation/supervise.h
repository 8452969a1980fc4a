/* SPDX-License-Identifier: MIT */
/*
 * Handles workers that become ready, fail, die, hang, or have served long enough.
 *
 * One that dies while serving is replaced at once. One that dies again before READY, or within a
 * second after it, is replaced after 1 s, 2 s, 4 s … 60 s. But if no other lives, and none will
 * start within a second, it is replaced after 1 s: a request that kills workers cannot end the
 * service for longer. Until one is READY again, the owner refuses clients (on_dark). `crash-limit`
 * deaths within `crash-window` raise an alarm, which a window without a death ends. One that hangs
 * for `watchdog` gets ABRT, and KILL a second later. One that exceeds `recycle` is retired when its
 * replacement is READY, one at a time.
 */
#ifndef LEAT_SERVER_GENERATION_SUPERVISE_H
#define LEAT_SERVER_GENERATION_SUPERVISE_H

#include <stdint.h>

#include "server/generation/child.h"
#include "server/generation/generation.h"

void supervise_on_ready(struct child *c);
/* Called when the process has exited; the owner frees `c` afterwards. */
void supervise_on_exit(struct child *c, int64_t status, int signal);
/* Checks every worker of the generation; call it each second. */
void supervise_watch(struct generation *g);

#endif
