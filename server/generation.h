/* SPDX-License-Identifier: MIT */
/*
 * A generation: a release and the workers that run from it.
 *
 *     STARTING ──all READY──▶ SERVING ──reload or stop──▶ RETIRING ──all gone──▶ freed
 *         └─────any failed──▶ RETIRING (killed)
 */
#ifndef LEAT_SERVER_GENERATION_H
#define LEAT_SERVER_GENERATION_H

#include <stdbool.h>

#include <json-c/json.h>
#include <uv.h>

struct master;
struct child;

enum generation_state { GENERATION_STARTING, GENERATION_SERVING, GENERATION_RETIRING };

struct generation {
    struct master *master;
    struct generation *next; /* in master->retiring */
    unsigned id;
    enum generation_state state;
    int release_fd, secrets_fd; /* sealed; owned */
    struct json_object *config; /* owned */
    char *hash;                 /* owned */
    int worker_count;
    struct child **children; /* by index, NULL where none runs */
    int *quick_deaths;       /* by index, in a row: see supervise.h */
    int child_count;         /* those that run, or wait to be respawned */
    int *listen_fds;         /* in the configuration's order; borrowed from the listeners */
    int listen_count;
    uv_timer_t deadline; /* of the retirement */
};

/* Takes the release (sealed) and reads it. NULL: *why is static. */
struct generation *generation_new(struct master *m, int release_fd, const char **why);
/* Starts every worker. False: *why is for free(). */
bool generation_start(struct generation *g, char **why);
/* Whether every worker has said READY. */
bool generation_is_ready(const struct generation *g);
/* Lets the workers drain, and kills them at their deadline. */
void generation_retire(struct generation *g);
/* Kills the workers now. */
void generation_kill(struct generation *g);
/* For child.c: one worker less; the last one frees a retiring generation. */
void generation_child_gone(struct generation *g);

#endif
