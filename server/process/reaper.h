/* SPDX-License-Identifier: MIT */
/*
 * Waits for processes that the master did not start but became the parent of: orphans of its
 * container, where it is PID 1 or a subreaper, and children of the shell that executed it. Without
 * this, each of them would stay a zombie.
 */
#ifndef LEAT_SERVER_PROCESS_REAPER_H
#define LEAT_SERVER_PROCESS_REAPER_H

#include <uv.h>

struct reaper {
    uv_signal_t signal;
    uv_timer_t turn; /* runs after libuv has waited for its own children */
};

void reaper_start(struct reaper *r, uv_loop_t *loop);
/* Closes the handles, so that the loop can end. */
void reaper_stop(struct reaper *r);

#endif
