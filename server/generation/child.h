/* SPDX-License-Identifier: MIT */
/*
 * One worker process, as the master sees it.
 *
 *     WAITING ──spawned──▶ STARTING ──READY──▶ READY ──retired, or TERM──▶ DRAINING ──exit──▶ freed
 */
#ifndef LEAT_SERVER_GENERATION_CHILD_H
#define LEAT_SERVER_GENERATION_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/channel.h"
#include "lib/core/diag.h"

struct generation;

enum child_state { CHILD_WAITING, CHILD_STARTING, CHILD_READY, CHILD_DRAINING };

struct child {
    struct child *next; /* in the generation's list */
    struct generation *generation;
    int index; /* in the generation; a replacement has the index of its predecessor */
    int slot;  /* in shared memory; -1: WAITING */
    enum child_state state;
    struct child *replaces; /* to be retired once this one is READY; or NULL */
    bool is_unwanted;       /* its exit is wanted: it is not replaced */
    bool is_closed;         /* accepts nothing more */
    bool is_aborted;        /* the watchdog has sent ABRT */
    bool wants_recycling;
    bool has_process, has_poll; /* these handles are open */
    uint64_t spawned_ns, ready_ns;
    uint64_t requests_before; /* the slot's count when it was assigned */
    char reason[1024];        /* text of FAILED, or why it was killed */
    unsigned heard;           /* number of messages received from it */
    unsigned untold;          /* messages to send again: bits, by enum channel_type */
    uv_process_t process;
    uv_poll_t poll;
    uv_timer_t respawn;
    int channel; /* -1: closed */
    int open_handles;
};

/* Starts worker `index` of the generation. On failure returns NULL, with the reason in `diags`, and
 * nothing is left behind. */
struct child *child_spawn(struct generation *g, int index, struct diags *diags);
/* Starts it after `delay_ms`. */
void child_spawn_later(struct generation *g, int index, uint64_t delay_ms);
/* Asks it to finish and exit: CHANNEL_RETIRE or CHANNEL_DRAIN. One that has not been spawned is
 * freed at once. */
void child_retire(struct child *c, enum channel_type how);
void child_kill(struct child *c, int signal);
/* Sends it a message; LEVEL and REOPEN take their data from the fleet. A message
 * that cannot be sent now is repeated by child_tell_again(). */
void child_tell(struct child *c, enum channel_type type);
void child_tell_again(struct child *c);
/* Returns the number of requests that it has answered. */
uint64_t child_requests(const struct child *c);
/* Returns its private memory in bytes, as reported by itself. */
uint64_t child_memory(const struct child *c);
/* Returns the milliseconds until a WAITING one is spawned. */
uint64_t child_due_ms(const struct child *c);
const char *child_state_name(const struct child *c);

#endif
