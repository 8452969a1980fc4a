/* SPDX-License-Identifier: MIT */
/* Restricts the system calls of this process with a seccomp filter built from system_calls.def. */
#ifndef LEAT_WORKERS_SANDBOX_SYSTEM_CALLS_H
#define LEAT_WORKERS_SANDBOX_SYSTEM_CALLS_H

#include <stdbool.h>

/* The roles in system_calls.def, as bits. */
enum system_calls_role {
    SYSTEM_CALLS_WORKER = 1,
    SYSTEM_CALLS_OUTBOUND = 2,
    SYSTEM_CALLS_COMMAND = 4,
    SYSTEM_CALLS_SERVER = 8
};

/* Confines this process and all its threads, also later ones, for good. `roles` are bits. On
 * failure returns false and sets errno, and nothing is confined. */
bool system_calls_confine(unsigned roles);
/* Logs calls refused since the last call, each number once. Cheap. */
void system_calls_report(void);

#endif
