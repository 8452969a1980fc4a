/* SPDX-License-Identifier: MIT */
/*
 * A generation: a release and the workers that run from it.
 *
 *     STARTING ──all READY──▶ SERVING ──reload, stop or upgrade──▶ RETIRING ──all gone──▶ freed
 *         └─────any failed──▶ RETIRING (killed: it never accepted anything)
 *
 * supervise.c decides what happens to its workers; whoever started it hears the three events.
 */
#ifndef LEAT_SERVER_GENERATION_H
#define LEAT_SERVER_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>
#include <uv.h>

#include "lib/core/channel.h"
#include "server/child.h"
#include "server/ledger.h"
#include "server/segment.h"

struct child;
struct generation;

enum generation_state { GENERATION_STARTING, GENERATION_SERVING, GENERATION_RETIRING };
enum { GENERATION_WORKERS_MAX = 1024 };

/* What all generations of a master share. */
struct generation_context {
    uv_loop_t *loop;
    struct segment *segment; /* what new generations use */
    struct ledger *ledger;
    int log_fd, access_fd;   /* what the workers inherit as 2 and 1 */
    const char *worker_path; /* for people */
    const char *worker_file; /* what is executed; see installed_pin() */
    char level[8];           /* of the log, where it was set since the last reload; else empty */
    void *owner;
    void (*on_ready)(void *owner);                        /* of a STARTING one: all are READY */
    void (*on_failed)(void *owner, const char *reason);   /* one of them never will be */
    void (*on_closed)(void *owner, struct generation *g); /* a RETIRING one accepts nothing more */
    void (*on_gone)(void *owner, struct generation *g);   /* freed after this call */
};

struct generation {
    struct generation_context *context;
    struct generation *next; /* for the owner's lists */
    unsigned id;             /* 0 until it is started */
    enum generation_state state;
    struct segment *segment;    /* kept */
    int release_fd, secrets_fd; /* sealed; owned */
    struct json_object *config; /* owned */
    char *hash;                 /* owned */
    int worker_count;           /* wanted */
    struct child *children;
    int child_count;                              /* in that list */
    uint8_t quick_deaths[GENERATION_WORKERS_MAX]; /* by index, in a row: see supervise.h */
    uint64_t replace_after_ns;                    /* no replacement before */
    int *listen_fds; /* in the configuration's order; borrowed from the listeners */
    int listen_count;
    uv_timer_t deadline; /* of the retirement */
};

/* Takes the release (sealed) and reads it. NULL: *why is static. */
struct generation *generation_new(struct generation_context *context, int release_fd,
                                  const char **why);
/* The same release once more, with `segment` as its shared memory. NULL: *why is static. */
struct generation *generation_again(const struct generation *g, struct segment *segment,
                                    const char **why);
/* Starts every worker. False: `diags` says why; those that run are for generation_kill(). */
bool generation_start(struct generation *g, struct diags *diags);
/* All workers are READY: lets them accept. */
void generation_serve(struct generation *g);
/* Lets the workers leave by RETIRE or DRAIN, and kills them at their deadline. */
void generation_retire(struct generation *g, enum channel_type how);
/* Kills the workers now. */
void generation_kill(struct generation *g);
/* Starts or retires workers until there are `count`. */
void generation_scale(struct generation *g, int count);
/* Marks the worker with that pid, or all (0), for recycling. Returns how many. */
int generation_recycle(struct generation *g, int pid);
/* Sends every worker a message. Returns how many could not take it now; they get it later. */
int generation_tell(struct generation *g, enum channel_type type);
int generation_count(const struct generation *g, enum child_state state);
/* For child.c: the child accepts nothing more. */
void generation_child_closed(struct generation *g, struct child *c);
/* For child.c: the list of children. Removing the last one frees a retiring generation. */
void generation_add(struct generation *g, struct child *c);
void generation_remove(struct generation *g, struct child *c);

#endif
