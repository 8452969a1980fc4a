/* SPDX-License-Identifier: MIT */
/* Reduces the privileges of a master that was started as root. */
#ifndef LEAT_SERVER_PROCESS_PRIVILEGES_H
#define LEAT_SERVER_PROCESS_PRIVILEGES_H

/* Keeps only the capabilities to bind ports, read keys, open logs, and start, signal and end
 * workers of another user. Child processes cannot gain others. */
void privileges_reduce(void);

#endif
