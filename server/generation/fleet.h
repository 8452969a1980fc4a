/* SPDX-License-Identifier: MIT */
/*
 * All generations of a master, and what they share. Each is in exactly one place:
 *
 *     starting ──fleet_promote()──▶ current ──a successor, fleet_retire()──▶ retiring ──▶ freed
 *         └──────fleet_drop()──────────────────────────────────────────────────▲
 *
 * The owner, a master, hears of them by its events, never from within a call of its own.
 */
#ifndef LEAT_SERVER_GENERATION_FLEET_H
#define LEAT_SERVER_GENERATION_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>
#include <uv.h>

#include "lib/core/channel.h"
#include "lib/core/queue/completion.h"
#include "server/generation/ledger.h"
#include "server/generation/segment.h"

struct child;
struct generation;

struct fleet_events {
    void (*on_ready)(void *owner);                      /* all workers of `starting` are READY */
    void (*on_failed)(void *owner, const char *reason); /* one of them failed */
    /* No worker of the retiring `g` accepts anything more. */
    void (*on_closed)(void *owner, const struct generation *g);
    void (*on_gone)(void *owner); /* a retiring one was freed */
    void (*on_dark)(void *owner); /* no worker of `current` is READY, and the next start waits */
};

struct fleet {
    const struct fleet_events *events;
    void *owner;
    uv_loop_t *loop;
    struct segment *segment; /* for new generations; one reference */
    struct ledger ledger;
    int log_fd, access_fd;            /* inherited by workers as descriptors 2 and 1 */
    const char *worker_path;          /* for messages */
    char *worker_file;                /* the file to execute; see installed_pin() */
    char level[8];                    /* of the log, if set since the last reload; else empty */
    struct json_object *start_config; /* the first in force, whose restart keys stay so */
    struct generation *starting;      /* or NULL */
    struct generation *current;       /* it serves; NULL before the first, and after the last */
    struct generation *retiring;      /* list */
    bool is_stopping;                 /* leat drains: none will follow */
};

/* Puts `starting`, whose workers are READY, into service, and retires the one before it. Returns
 * DONE if no worker of that one accepts anything more (or there was none); otherwise LATER, and
 * on_closed() follows. */
enum completion fleet_promote(struct fleet *f);
/* Kills the workers of `starting`, which never served. */
void fleet_drop(struct fleet *f);
/* Lets the workers of `current` (if any) finish, by RETIRE or DRAIN: nothing serves any more. */
void fleet_retire(struct fleet *f, enum channel_type how);
/* Kills the workers that retire. */
void fleet_kill(struct fleet *f);
/* Sends every worker a message. Returns how many cannot take it now; they get it later. */
int fleet_tell(struct fleet *f, enum channel_type type);
/* Calls `fn` for every worker. */
void fleet_each_child(const struct fleet *f, void (*fn)(void *arg, struct child *c), void *arg);
/* Returns whether no generation is left. */
bool fleet_is_empty(const struct fleet *f);
/* Called by generation.c as it frees `g`. */
void fleet_forget(struct fleet *f, const struct generation *g);
/* Frees what the fleet owns. It must be empty. */
void fleet_fini(struct fleet *f);

#endif
