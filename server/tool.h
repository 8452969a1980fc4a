/* SPDX-License-Identifier: MIT */
/* Running leat-worker for one command (check, migrate), without blocking the loop. */
#ifndef LEAT_SERVER_TOOL_H
#define LEAT_SERVER_TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/buf.h"

struct tool {
    uv_process_t process;
    uv_pipe_t output; /* its standard output and error */
    uv_timer_t timer;
    struct buf text; /* what it said, up to a bound */
    size_t text_max; /* the bound, set by the caller; 0: 256 KiB */
    bool is_running, is_late, is_cut;
    int exit_code; /* 128 + signal where it was killed */
    int open_handles;
    void (*done)(struct tool *t); /* after everything is closed; the tool can be started again */
    void *data;
};

enum { TOOL_FDS_MAX = 3 };

/* Starts the program `file` with `args` (NULL-terminated) and with `fds` (ended by -1) as
 * descriptors 3 and those behind it. A program that cannot be started is reported like one that
 * exits 127. */
void tool_start(struct tool *t, uv_loop_t *loop, const char *file, char **args, const int *fds,
                uint64_t timeout_ms, void (*done)(struct tool *t));
/* Sends it TERM, and KILL two seconds later. */
void tool_kill(struct tool *t);

/* Replaces this process by leat-worker; returns only on failure. */
void tool_exec(const char *worker_path, char **args);
/* A path to what `path` is now, whatever becomes of the file: an update of the package must not
 * change which program a worker is respawned from. For free(). */
char *tool_pin(const char *path);
/* Where leat-worker is: beside this program, or in libexecdir. For free(). */
char *tool_find_worker(void);
/* Where what is installed in pkgdatadir as `name` is: there, or in leat-`name` beside this program,
 * as in a build tree. For free(). */
char *tool_find_data(const char *name);

#endif
