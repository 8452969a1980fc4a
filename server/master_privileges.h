/* SPDX-License-Identifier: MIT */
/* What a master that was started as root gives up. */
#ifndef LEAT_SERVER_MASTER_PRIVILEGES_H
#define LEAT_SERVER_MASTER_PRIVILEGES_H

/* Keeps only the capabilities that binding, reading keys, opening logs and starting, signalling and
 * ending workers of another user need; what is started from here can have no others either. */
void privileges_reduce(void);

#endif
