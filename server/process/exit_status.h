/* SPDX-License-Identifier: MIT */
/* The exit statuses of leat while it serves and of wrong usage, as leat(8) lists them. Commands that
 * leat-worker runs end with those of workers/commands, 0 or 1. */
#ifndef LEAT_SERVER_PROCESS_EXIT_STATUS_H
#define LEAT_SERVER_PROCESS_EXIT_STATUS_H

enum { EXIT_CONFIG = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 71 };

#endif
