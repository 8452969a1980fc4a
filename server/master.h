/* SPDX-License-Identifier: MIT */
/*
 * The master owns the listeners, the shared memory and the children, and parses nothing that a
 * client sends. Everything here runs on one libuv loop. Lower files know nothing of the upper ones:
 *
 *     main        command line
 *     control     client, commands, report: serve leatctl       ┐
 *     upgrade     another master takes over                     │ know the master
 *     reload      reload_steps: a generation takes over, or none│
 *     watch, logs                                               ┘
 *     supervise   respawn, backoff, watchdog, recycling         ┐
 *     generation  the workers of one release; tells its owner   │ know no master
 *     child       one worker process                            │
 *     segment, ledger   shared memory, and counters in it       │
 *     subprocess  a command of leat-worker that runs beside     │
 *     listen, installed, notify, alarm, privileges, pidfile     ┘
 */
#ifndef LEAT_SERVER_MASTER_H
#define LEAT_SERVER_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "server/control/control.h"
#include "server/commands/admin.h"
#include "server/generation/generation.h"
#include "server/sockets/listen.h"
#include "server/reload/reload.h"
#include "server/reload/upgrade.h"

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
    uv_timer_t watch, feed; /* watch: of the workers; feed: of the service manager's watchdog */
    uv_timer_t notice;      /* of the drain */
    struct generation_context workers;
    struct ledger ledger;
    uint64_t renewed_ns; /* when shared memory was renewed */
    bool has_replaced;   /* a listener was replaced, and workers have the old one */
    struct listeners listeners;
    struct json_object *start_config; /* the first, whose restart keys are in force */
    struct generation *current;       /* NULL until the first is READY */
    struct generation *retiring;      /* list of generations that drain */
    struct reload reload;
    struct upgrade upgrade;
    struct admins admins;
    struct control control;
    uint64_t started_real_ms;
    uint64_t watched_ns; /* last look at the workers */
    uint64_t cut_before; /* connections cut before the stop began */
    bool is_stopping, is_finished;
    bool owes_pid_file; /* the pid file is still to be written */
    int exit_code;
};

/* Runs until stopped; returns the exit code. */
int master_run(const struct master_options *options);
/* Drains, then exits; called again, kills and exits. */
void master_stop(struct master *m);
/* Exits at once with `code`; for failures before the first generation is READY. */
void master_give_up(struct master *m, int code);
/* Reopens the log files, here and in the workers. On failure returns false; `diags` lists those
 * that are unchanged. */
bool master_reopen(struct master *m, struct diags *diags);
/* Writes the pid file if that is still due. */
void master_write_pid_file(struct master *m);
/* Adds the log lines that the master itself dropped to those of its workers. */
void master_count_dropped(struct master *m);
/* Sets the log level, here and in the workers, until the next reload. */
void master_set_level(struct master *m, const char *name);

/* Opens the log files, which all workers inherit. On failure returns false; `diags` lists which
 * failed. For reload.c. */
bool master_open_logs(struct master *m, struct json_object *config, struct diags *diags);
/* Puts a READY generation into service, and retires the one before it. */
void master_take_over(struct master *m, struct generation *g);
/* Kills the workers of a generation that never served. */
void master_drop(struct master *m, struct generation *g);
/* Called at the end of a reload or of a command of server/commands/admin.h, which a stopping
 * master waits for. */
void master_task_over(struct master *m);
/* Hands over to a newer master that serves. For upgrade.c. */
void master_hand_over(struct master *m);

#endif
