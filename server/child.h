/* SPDX-License-Identifier: MIT */
/* One worker process, as the master sees it. */
#ifndef LEAT_SERVER_CHILD_H
#define LEAT_SERVER_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "server/generation.h"

enum child_state { CHILD_STARTING, CHILD_READY, CHILD_DRAINING };

struct child {
    struct generation *generation;
    int index; /* in the generation */
    int slot;  /* in shared memory; -1: waits to be respawned */
    enum child_state state;
    uint64_t spawned_ns, ready_ns;
    bool is_aborted;   /* the watchdog struck */
    char reason[1024]; /* what it said in FAILED */
    uv_process_t process;
    uv_poll_t poll;
    uv_timer_t respawn;
    int channel; /* -1: none */
    int open_handles;
};

/* Starts worker `index` of the generation; false: *why is for free(). */
bool child_spawn(struct generation *g, int index, char **why);
/* Starts it after `delay_ms`. */
void child_spawn_later(struct generation *g, int index, uint64_t delay_ms);
/* Tells it to drain; one that waits to be respawned just goes. */
void child_drain(struct child *c);
void child_kill(struct child *c, int signal);

#endif
