/* SPDX-License-Identifier: MIT */
/* The exit statuses of leat, as leat(8) lists them. */
#ifndef LEAT_SERVER_PROCESS_EXIT_STATUS_H
#define LEAT_SERVER_PROCESS_EXIT_STATUS_H

enum { EXIT_CONFIG = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 71 };

#endif
