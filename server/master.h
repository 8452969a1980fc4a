/* SPDX-License-Identifier: MIT */
/*
 * The master owns the listeners, the shared memory and the children, and parses nothing that a
 * client sends. Everything in it runs on one libuv loop. Its parts know it only by the events that
 * they report, never by this header:
 *
 *     main            command line
 *     master          start opens its parts, watch looks at them each second
 *     commands        what leatctl asks for; reports of the state
 *     backup          backups, asked for or scheduled
 *     reload          a generation takes over, or none; upgrade: another master does
 *     generation      fleet: all generations; the workers of one, supervised; shared memory, logs
 *     control         the control socket and its clients
 *     sockets         listeners
 *     process         subprocesses, orphans, pid file, service manager, privileges
 */
#ifndef LEAT_SERVER_MASTER_H
#define LEAT_SERVER_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "server/commands/commands.h"
#include "server/process/reaper.h"
#include "server/watch.h"

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
    struct reaper reaper;
    uv_timer_t notice; /* of the drain */
    struct pidfile pidfile;
    struct listeners listeners;
    struct control control;
    struct fleet fleet;
    struct reload reload;
    struct upgrade upgrade;
    struct backups backups;
    struct commands commands;
    struct watch watch;
    uint64_t cut_before; /* connections cut before the stop began */
    bool is_finished;
    int exit_code;
};

/* Runs until stopped; returns the exit code. */
int master_run(const struct master_options *options);

#endif
