/* SPDX-License-Identifier: MIT */
/* The system calls that this process may make from now on: a seccomp filter made of calls.def. */
#ifndef LEAT_WORKERS_SANDBOX_SYSTEM_CALLS_H
#define LEAT_WORKERS_SANDBOX_SYSTEM_CALLS_H

#include <stdbool.h>

/* Who is confined: bits, for calls.def. */
enum calls_role { CALLS_WORKER = 1, CALLS_OUTBOUND = 2, CALLS_COMMAND = 4 };

/* Confines this process and every thread of it, also later ones, for good. `roles` are bits. False
 * and errno: the kernel cannot, and nothing is confined. */
bool calls_confine(unsigned roles);
/* Logs the calls that were refused since the last time and never before. Cheap. */
void calls_report(void);

#endif
