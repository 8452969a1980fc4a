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

struct master;

enum upgrade_state { UPGRADE_IDLE, UPGRADE_STARTING, UPGRADE_DONE };

struct upgrade {
    struct master *master;
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
    char details[1024];                               /* reason why the new one gave up */
    void (*fn)(void *arg, bool ok, const char *text); /* callback of the request; may be NULL */
    void *arg;
};

/* Records the path of this program, while it is certain. */
void upgrade_init(struct upgrade *u, struct master *m);
/* Takes over what an older master passes; returns false if there is none. Call it before anything
 * is opened. */
bool upgrade_inherit(struct upgrade *u);
/* Tells the older master that we are READY. */
void upgrade_ready(struct upgrade *u);

/* Tells the older master that we give up, and why. */
void upgrade_give_up(struct upgrade *u, const char *reason);

/* Starts the new program; `fn` is called once with the result. */
void upgrade_begin(struct upgrade *u, void (*fn)(void *arg, bool ok, const char *text), void *arg);
void upgrade_forget(struct upgrade *u, const void *arg);
/* Returns whether a new master is starting, or the handles of a failed one are still being
 * closed. */
bool upgrade_runs(const struct upgrade *u);
/* Ends a new master that is starting, because this one stops, and does not hand over to it. */
void upgrade_cancel(struct upgrade *u);
/* Kills at once what upgrade_cancel() has asked to end. */
void upgrade_kill(struct upgrade *u);
/* Frees it, when the master ends. */
void upgrade_fini(struct upgrade *u);

#endif
