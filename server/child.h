/* SPDX-License-Identifier: MIT */
/*
 * One worker process, as the master sees it.
 *
 *     WAITING ──spawned──▶ STARTING ──READY──▶ READY ──retired, or TERM──▶ DRAINING ──exit──▶ freed
 */
#ifndef LEAT_SERVER_CHILD_H
#define LEAT_SERVER_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/channel.h"
#include "lib/core/diag.h"

struct generation;

enum child_state { CHILD_WAITING, CHILD_STARTING, CHILD_READY, CHILD_DRAINING };

struct child {
    struct child *next; /* in the generation */
    struct generation *generation;
    int index; /* in the generation; a replacement has that of whom it replaces */
    int slot;  /* in shared memory; -1: WAITING */
    enum child_state state;
    struct child *replaces; /* retired once this one is READY */
    bool is_unwanted;       /* its exit is asked for: it is not replaced */
    bool is_closed;         /* it accepts nothing more */
    bool is_aborted;        /* the watchdog struck */
    bool wants_recycling;
    bool has_process, has_poll; /* these handles are open */
    uint64_t spawned_ns, ready_ns;
    uint64_t requests_before; /* the slot's count when it was taken */
    char reason[1024];        /* what it said in FAILED, or why it was killed */
    unsigned heard;           /* messages that it has sent */
    unsigned untold;          /* messages that it could not take yet: bits, by enum channel_type */
    uv_process_t process;
    uv_poll_t poll;
    uv_timer_t respawn;
    int channel; /* -1: none */
    int open_handles;
};

/* Starts worker `index` of the generation. NULL: `diags` says why, and nothing was begun. */
struct child *child_spawn(struct generation *g, int index, struct diags *diags);
/* Starts it after `delay_ms`. */
void child_spawn_later(struct generation *g, int index, uint64_t delay_ms);
/* Asks it to finish and leave: CHANNEL_RETIRE or CHANNEL_DRAIN. One that waits to be spawned goes
 * at once. */
void child_retire(struct child *c, enum channel_type how);
void child_kill(struct child *c, int signal);
/* Sends it a message; what LEVEL and REOPEN carry is in the generation's context. One that it
 * cannot take now is sent again by child_tell_again(). */
void child_tell(struct child *c, enum channel_type type);
void child_tell_again(struct child *c);
/* Requests that it answered. */
uint64_t child_requests(const struct child *c);
/* Memory of its own, in bytes, as it says itself. */
uint64_t child_memory(const struct child *c);
const char *child_state_name(const struct child *c);

#endif
