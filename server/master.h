/* SPDX-License-Identifier: MIT */
/*
 * The master: owns the listeners, the shared memory and the children; parses nothing that a
 * client sends. Everything here runs on one libuv loop.
 *
 *     who                 tells whom                how
 *     reload.c            a generation is wanted    tool (check), generation_start()
 *     child.c             supervise.c               READY, FAILED, exit of a worker
 *     supervise.c         reload.c, master.c        ready, failed, gone
 *     control.c           reload.c, master.c        what leatctl asks for
 */
#ifndef LEAT_SERVER_MASTER_H
#define LEAT_SERVER_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/shm/shm.h"
#include "server/control.h"
#include "server/generation.h"
#include "server/listen.h"
#include "server/reload.h"

enum { EXIT_CONFIG = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 71 };

struct master_options {
    const char *config_path;
    const char *worker_path;
    const char *pid_file; /* NULL: none */
};

struct master {
    struct master_options options;
    uv_loop_t loop;
    uv_signal_t signals[4];
    uv_timer_t watch;
    struct shm *shm;
    int shm_fd;
    int log_fd, access_fd; /* what the workers inherit as 2 and 1 */
    struct listeners listeners;
    struct json_object *start_config; /* of the first generation: what a reload cannot change */
    struct generation *current;       /* NULL before the first is READY */
    struct generation *retiring;      /* list of older ones that drain */
    struct reload reload;
    struct control control;
    uint64_t started_real_ms;
    bool is_stopping;
    int exit_code;
};

/* Runs until it is stopped; returns the exit code. */
int master_run(const struct master_options *options);
/* Drains and exits; called again, kills and exits. */
void master_stop(struct master *m);
/* Exits at once with `code`; before the first generation is READY. */
void master_give_up(struct master *m, int code);
/* No reload runs any more, while the master stops. */
void master_reload_over(struct master *m);
/* A generation has no children any more, and is freed. */
void master_generation_gone(struct master *m, struct generation *g);
/* Opens the files of the log, which all workers inherit. False: `diags` says which failed. */
bool master_open_logs(struct master *m, struct json_object *config, struct diags *diags);
/* The first generation is READY. */
void master_ready(struct master *m);

#endif
