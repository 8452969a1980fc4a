/* SPDX-License-Identifier: MIT */
/* The file that names the process id: whole at any time, put in the place of nothing but another
 * pid file, and removed only by whom it names. */
#ifndef LEAT_SERVER_PIDFILE_H
#define LEAT_SERVER_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

/* Whether the file can be written: there is none, or one that names no living leat but `older` (0:
 * none), which we take over from. False: `diags` says what is in the way. */
bool pidfile_check(const char *path, pid_t older, struct diags *diags);
/* Writes it; false: `diags` says why. */
bool pidfile_write(const char *path, pid_t older, struct diags *diags);
void pidfile_remove(const char *path);

#endif
