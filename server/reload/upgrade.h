/* SPDX-License-Identifier: MIT */
/*
 * Binary upgrade: this master starts the program again, perhaps a newer version, and hands it the
 * listeners, the control socket and the shared memory. Once the new master reports READY, this one
 * drains and exits; if it fails or takes too long, this one continues as before.
 *
 *     old: IDLE ──begin──▶ STARTING ──READY──▶ DONE (drains)          new: upgrade_inherit()
 *            ▲                │                                             starts as usual
 *            └─exit, timeout──┘                                             upgrade_ready()
 *
 * The new one is told by the environment: LEAT_UPGRADE names the descriptors, in JSON.
 */
#ifndef LEAT_SERVER_RELOAD_UPGRADE_H
#define LEAT_SERVER_RELOAD_UPGRADE_H

#include <stdbool.h>

#include <uv.h>

#include "server/control/control.h"
#include "server/generation/fleet.h"
#include "server/sockets/listen.h"

enum upgrade_state { UPGRADE_IDLE, UPGRADE_STARTING, UPGRADE_DONE };

typedef void (*upgrade_fn)(void *arg, bool ok, const char *text);

/* What the owner, a master, does for an upgrade. */
struct upgrade_events {
    /* Says why none may begin now, in a line; NULL: one may. */
    const char *(*refuse)(void *owner);
    /* The new master serves: this one gives up what they share, and drains. */
    void (*hand_over)(void *owner);
};

struct upgrade_options {
    const struct upgrade_events *events;
    void *owner;
    char **argv; /* of this program */
    /* What is handed over. */
    struct fleet *fleet;
    struct control *control;
    struct listeners *listeners;
};

struct upgrade {
    struct upgrade_options options;
    struct fleet *fleet; /* of the options */
    enum upgrade_state state;
    char *program;   /* path of this program, as it was started; owned */
    int older;       /* channel to the master that we replace; -1: none */
    pid_t older_pid; /* 0: none */
    int newer;       /* channel to the master that replaces us; -1: none */
    uv_process_t process;
    uv_poll_t poll; /* watches `newer` */
    uv_timer_t timer;
    int open_handles; /* of these three; 0: a new program can be started */
    bool has_process, has_poll;
    bool is_late;
    char details[1024]; /* reason why the new one gave up */
    char text[1300];    /* of the last failure */
    upgrade_fn fn;      /* callback of the request; may be NULL */
    void *arg;
};

/* Records the path of this program, while it is certain. */
void upgrade_init(struct upgrade *u, const struct upgrade_options *options);
/* Takes over what an older master passes; returns false if there is none. Call it before anything
 * is opened. */
bool upgrade_inherit(struct upgrade *u);
/* Tells the older master, if there is one, that we are READY. Returns false if it was told to stop
 * meanwhile: then this one has to stop too. */
bool upgrade_ready(struct upgrade *u);
/* Tells the older master that we give up, and why. */
void upgrade_give_up(struct upgrade *u, const char *reason);

/* Starts the new program. Returns NULL, and calls `fn` (may be NULL) once, in a later turn of the
 * loop, with the result. If it cannot be started it returns why, as text that is valid until the
 * next call, and `fn` is not called. */
const char *upgrade_begin(struct upgrade *u, upgrade_fn fn, void *arg);
/* Drops the request with that `arg`, who wants no answer any more. */
void upgrade_forget(struct upgrade *u, const void *arg);
/* Returns whether a new master is starting, or the handles of a failed one are still being
 * closed. */
bool upgrade_runs(const struct upgrade *u);
/* Ends a new master that is starting, because this one stops, and does not hand over to it. Whoever
 * waits hears of it at once. */
void upgrade_cancel(struct upgrade *u);
/* Kills at once what upgrade_cancel() has asked to end. */
void upgrade_kill(struct upgrade *u);
/* Frees it, when the master ends. */
void upgrade_fini(struct upgrade *u);

#endif
