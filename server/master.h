/* SPDX-License-Identifier: MIT */
/*
 * The master: owns the listeners, the shared memory and the children; parses nothing that a
 * client sends. Everything here runs on one libuv loop. Below stands what knows nothing above it:
 *
 *     main        command line
 *     control     client, commands, report: what leatctl asks for  ┐
 *     upgrade     another master takes over                        │ know the master
 *     reload      reload_steps: a generation takes over, or none   │
 *     watch, logs                                                  ┘
 *     supervise   respawn, backoff, watchdog, recycling            ┐
 *     generation  the workers of one release; tells its owner      │ know no master
 *     child       one worker process                               │
 *     segment, ledger   shared memory, and what is counted there   │
 *     subprocess  a command of leat-worker that runs beside        │
 *     listen, installed, notify, alarm, privileges, pidfile        ┘
 */
#ifndef LEAT_SERVER_MASTER_H
#define LEAT_SERVER_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "server/control.h"
#include "server/admin.h"
#include "server/generation.h"
#include "server/listen.h"
#include "server/reload.h"
#include "server/upgrade.h"

enum { EXIT_CONFIG = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 71 };
enum { MASTER_SIGNALS = 8 };

struct master_options {
    const char *config_path;
    const char *worker_path;
    const char *pid_file; /* NULL: none */
    char **argv;          /* for an upgrade */
};

struct master {
    struct master_options options;
    uv_loop_t loop;
    uv_signal_t signals[MASTER_SIGNALS];
    uv_timer_t watch, feed; /* of the workers; of the service manager's watchdog */
    uv_timer_t notice;      /* of the drain */
    struct generation_context workers;
    struct ledger ledger;
    uint64_t renewed_ns; /* when shared memory was made anew */
    bool has_replaced;   /* a listener, which the workers have the old one of */
    struct listeners listeners;
    struct json_object *start_config; /* of the first generation: what a reload cannot change */
    struct generation *current;       /* NULL before the first is READY */
    struct generation *retiring;      /* list of older ones that drain */
    struct reload reload;
    struct upgrade upgrade;
    struct admins admins;
    struct control control;
    uint64_t started_real_ms;
    uint64_t watched_ns; /* the last look at the workers */
    uint64_t cut_before; /* connections cut when the stop began */
    bool is_stopping, is_finished;
    bool owes_pid_file; /* it could not be written yet */
    int exit_code;
};

/* Runs until it is stopped; returns the exit code. */
int master_run(const struct master_options *options);
/* Drains and exits; called again, kills and exits. */
void master_stop(struct master *m);
/* Exits at once with `code`; before the first generation is READY. */
void master_give_up(struct master *m, int code);
/* Reopens the log files, here and in the workers. False: `diags` says which are as they were. */
bool master_reopen(struct master *m, struct diags *diags);
/* Writes the pid file, if it is still to be written. */
void master_write_pid_file(struct master *m);
/* Adds the lines that the master itself lost to those of its workers. */
void master_count_dropped(struct master *m);
/* Sets the log level here and in the workers, until the next reload. */
void master_set_level(struct master *m, const char *name);

/* For reload.c. Opens the files of the log, which all workers inherit. False: `diags` says which
 * failed. */
bool master_open_logs(struct master *m, struct json_object *config, struct diags *diags);
/* The generation is READY: it serves, and the one before it retires. */
void master_take_over(struct master *m, struct generation *g);
/* The generation never served: its workers are killed. */
void master_drop(struct master *m, struct generation *g);
/* A reload, or a command of server/admin.h, is over: a master that stops waits for them. */
void master_task_over(struct master *m);
/* For upgrade.c: a newer master serves. */
void master_hand_over(struct master *m);

#endif
