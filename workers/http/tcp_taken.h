/* SPDX-License-Identifier: MIT */
/* How much the peer of a socket has taken of what was written to it. */
#ifndef LEAT_WORKERS_HTTP_TCP_TAKEN_H
#define LEAT_WORKERS_HTTP_TCP_TAKEN_H

#include <stdint.h>

/* A number that grows by the bytes that the peer acknowledges; of a unix socket, one that differs
 * when the peer has read something. */
uint64_t taken_bytes(int fd);

#endif
