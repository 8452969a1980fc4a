/* SPDX-License-Identifier: MIT */
/*
 * Runs leat-worker for one command (check, rehearsal, migration, admin) beside the loop.
 *
 *     subprocess_start() ──▶ RUNNING ──exit──▶ EXITED ──end of its output──▶ done(), then freed
 *            │ fails: nothing runs, done() is never called
 *
 * Each run has memory of its own, freed with its last handle: whatever fails on the way, it leaves
 * no state for the next run.
 */
#ifndef LEAT_SERVER_PROCESS_SUBPROCESS_H
#define LEAT_SERVER_PROCESS_SUBPROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/buf.h"

enum { SUBPROCESS_FDS_MAX = 3 };

struct subprocess;

/* How it ended. `output` is its standard output and error, valid during the call. */
struct subprocess_result {
    struct slice output;
    int status, signal; /* as of wait(2); one of them is 0 */
    bool is_late;       /* it was killed because it took too long */
    bool is_cut;        /* it wrote more than output_max; the rest is not in `output` */
};

struct subprocess_options {
    const char *file; /* to execute */
    char **args;      /* NULL-terminated; the first is the name of the process */
    const int *fds;   /* its descriptors from 3 on, ended by -1, at most SUBPROCESS_FDS_MAX */
    uint64_t timeout_ms;
    size_t output_max; /* bytes; 0: 256 KiB */
    void (*done)(void *arg, const struct subprocess_result *result);
    void *arg;
};

/* Starts it. Returns 0, sets *out, and calls `done` later, once. Otherwise returns an error code of
 * libuv, *out is NULL and nothing is left behind. */
int subprocess_start(struct subprocess **out, uv_loop_t *loop, const struct subprocess_options *o);
/* Sends TERM, and KILL two seconds later; NULL is ignored. */
void subprocess_stop(struct subprocess *s);
/* Sends KILL; NULL is ignored. */
void subprocess_kill(struct subprocess *s);
/* Appends a line that says how it ended, unless it exited with status 0 or 1, which commands
 * explain themselves. `what` names the work. */
void subprocess_explain(const struct subprocess_result *result, const char *what, struct buf *out);

#endif
