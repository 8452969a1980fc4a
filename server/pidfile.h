/* SPDX-License-Identifier: MIT */
/* The file that names the process id: whole at any time, and removed only by whom it names. */
#ifndef LEAT_SERVER_PIDFILE_H
#define LEAT_SERVER_PIDFILE_H

#include <stdbool.h>

/* Replaces the file at once; false and errno. */
bool pidfile_write(const char *path);
void pidfile_remove(const char *path);

#endif
