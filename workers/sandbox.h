/* SPDX-License-Identifier: MIT */
/* What a worker gives up for good before it serves; call it while there is one thread. */
#ifndef LEAT_WORKERS_SANDBOX_H
#define LEAT_WORKERS_SANDBOX_H

#include <stdbool.h>

/* Has and gains no privileges any more, and is not dumpable: nobody reads keys from its memory. */
void sandbox_harden(void);
/* Landlock: from now on only the folder of the file `path` (NULL: none) and the folder `uploads`
 * can be read and written, and what shared libraries and time zones need can be read. False: the
 * kernel has no Landlock. */
bool sandbox_enter(const char *path, const char *uploads);

#endif
