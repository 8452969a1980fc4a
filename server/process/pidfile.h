/* SPDX-License-Identifier: MIT */
/* The pid file: complete at any time, replaces nothing but another pid file, and is removed only by
 * the process it names. */
#ifndef LEAT_SERVER_PROCESS_PIDFILE_H
#define LEAT_SERVER_PROCESS_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

/* Returns whether the file can be written: there is none, or it names no living leat except `older`
 * (0: none), from which we take over. If not, `diags` says what is in the way. */
bool pidfile_check(const char *path, pid_t older, struct diags *diags);
/* Writes the file. On failure returns false; `diags` says why. */
bool pidfile_write(const char *path, pid_t older, struct diags *diags);
void pidfile_remove(const char *path);

#endif
