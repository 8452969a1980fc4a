/* SPDX-License-Identifier: MIT */
/*
 * Binary upgrade: this master starts the program again, which may be a newer one by now, and hands
 * it the listeners, the control socket and the shared memory. Once the new master says READY, this
 * one drains and exits; if it fails or takes too long, this one goes on as if nothing had been.
 *
 *     old: IDLE ──begin──▶ STARTING ──READY──▶ DONE (drains)          new: upgrade_inherit()
 *            ▲                │                                             start as ever
 *            └─exit, timeout──┘                                             upgrade_ready()
 *
 * The new one is told of it in the environment: LEAT_UPGRADE names the descriptors, in JSON.
 */
#ifndef LEAT_SERVER_UPGRADE_H
#define LEAT_SERVER_UPGRADE_H

#include <stdbool.h>

#include <uv.h>

struct master;

enum upgrade_state { UPGRADE_IDLE, UPGRADE_STARTING, UPGRADE_DONE };

struct upgrade {
    struct master *master;
    enum upgrade_state state;
    char *program;   /* path of this program, as it was started; owned */
    int older;       /* channel to the master that we replace; -1: none */
    pid_t older_pid; /* 0: there is none */
    int newer;       /* channel to the one that replaces us; -1: none */
    uv_process_t process;
    uv_poll_t poll; /* of `newer` */
    uv_timer_t timer;
    int open_handles; /* of these three; 0: a new program can be started */
    bool has_process, has_poll;
    bool is_late;
    char details[1024];                               /* what the new one said when it gave up */
    void (*fn)(void *arg, bool ok, const char *text); /* who waits; may be NULL */
    void *arg;
};

/* Remembers which program this is, while its path is certain. */
void upgrade_init(struct upgrade *u, struct master *m);
/* Takes over what an older master passes; false: there is none. Call it before anything is opened.
 */
bool upgrade_inherit(struct upgrade *u);
/* We are READY: tells the older master. */
void upgrade_ready(struct upgrade *u);

/* We give up, for that reason: tells the older master. */
void upgrade_give_up(struct upgrade *u, const char *reason);

/* Starts the new program; `fn` is called once with the result. */
void upgrade_begin(struct upgrade *u, void (*fn)(void *arg, bool ok, const char *text), void *arg);
void upgrade_forget(struct upgrade *u, const void *arg);
/* Whether a new master is starting, or what is left of one that did not is being closed. */
bool upgrade_runs(const struct upgrade *u);
/* The master stops: ends a new one that is starting, and does not hand over to it. */
void upgrade_cancel(struct upgrade *u);
/* Ends at once what upgrade_cancel() has left to end by itself. */
void upgrade_kill(struct upgrade *u);
/* The master is gone. */
void upgrade_fini(struct upgrade *u);

#endif
