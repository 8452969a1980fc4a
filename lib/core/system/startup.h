/* SPDX-License-Identifier: MIT */
/* What every program of Leat does before anything else. */
#ifndef LEAT_CORE_SYSTEM_STARTUP_H
#define LEAT_CORE_SYSTEM_STARTUP_H

/* Opens those of the descriptors 0, 1 and 2 that are closed to /dev/null: otherwise the next file
 * or socket would get the number, and messages would be written into it. Ignores SIGXFSZ, so that a
 * write beyond RLIMIT_FSIZE fails with EFBIG, as one to a full disk does with ENOSPC. Exits with
 * status 71 if /dev/null cannot be opened. */
void startup_prepare(void);

#endif
