/* SPDX-License-Identifier: MIT */
/*
 * A generation: a release and the workers that run it.
 *
 *     STARTING ──all READY──▶ SERVING ──reload, stop or upgrade──▶ RETIRING ──all gone──▶ freed
 *         └─────any failed──▶ RETIRING (killed: it never accepted anything)
 *
 * supervise.c decides what happens to its workers; the owner of the fleet gets the events.
 */
#ifndef LEAT_SERVER_GENERATION_GENERATION_H
#define LEAT_SERVER_GENERATION_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>
#include <uv.h>

#include "lib/core/channel.h"
#include "lib/core/fault.h"
#include "lib/core/queue/completion.h"
#include "server/generation/child.h"
#include "server/generation/fleet.h"
#include "server/generation/segment.h"

enum generation_state { GENERATION_STARTING, GENERATION_SERVING, GENERATION_RETIRING };
enum { GENERATION_WORKERS_MAX = 1024 };

struct generation {
    struct fleet *fleet;
    struct generation *next; /* in the fleet's list */
    unsigned id;             /* 0 until started */
    enum generation_state state;
    struct segment *segment;     /* one reference */
    int release_fd, secrets_fd;  /* sealed; owned */
    struct json_object *config;  /* owned */
    char *hash;                  /* owned */
    struct json_object *changes; /* against the release before it; owned, or NULL */
    int worker_count;            /* number of workers wanted */
    struct child *children;
    int child_count;                              /* length of the list */
    uint8_t quick_deaths[GENERATION_WORKERS_MAX]; /* consecutive, by index: see supervise.h */
    uint64_t replace_after_ns;                    /* no replacement before this time */
    int *listen_fds; /* in the configuration's order; borrowed from the listeners */
    int listen_count;
    uv_timer_t deadline; /* of the retirement */
};

/* Creates a generation from a sealed release, whose descriptor it takes. On failure returns NULL
 * with *fault, and the descriptor is still the caller's. */
struct generation *generation_new(struct fleet *f, int release_fd, struct fault *fault);
/* Creates another generation of the same release, with `segment` as its shared memory. On failure
 * returns NULL with *fault. */
struct generation *generation_again(const struct generation *g, struct segment *segment,
                                    struct fault *fault);
/* Starts every worker. On failure returns false, with the reason in `diags`; those that run are for
 * generation_kill(). */
bool generation_start(struct generation *g, struct diags *diags);
/* Lets the workers accept; call it when all are READY. */
void generation_serve(struct generation *g);
/* Lets the workers finish, by RETIRE or DRAIN, and kills them at their deadline. Returns DONE if
 * none accepts anything more; otherwise LATER, and the fleet's on_closed() follows. It is freed in
 * a later turn of the loop, after the last worker. */
enum completion generation_retire(struct generation *g, enum channel_type how);
/* Kills the workers now. */
void generation_kill(struct generation *g);
/* Starts or retires workers until there are `count`. */
void generation_scale(struct generation *g, int count);
/* Marks the worker with that pid, or all (0), for recycling. Returns their number. */
int generation_recycle(struct generation *g, int pid);
/* Sends every worker a message. Returns how many cannot take it now; they get it later. */
int generation_tell(struct generation *g, enum channel_type type);
int generation_count(const struct generation *g, enum child_state state);
/* Called by child.c when the child accepts nothing more. */
void generation_child_closed(struct generation *g, struct child *c);
/* Adds and removes children, for child.c. Removing the last one frees a retiring generation, in a
 * later turn of the loop. */
void generation_add(struct generation *g, struct child *c);
void generation_remove(struct generation *g, struct child *c);

#endif
