/* SPDX-License-Identifier: MIT */
/* Measures how much of what was written to a socket its peer has taken. */
#ifndef LEAT_WORKERS_HTTP_TCP_TAKEN_H
#define LEAT_WORKERS_HTTP_TCP_TAKEN_H

#include <stdint.h>

/* Returns a number that grows by the bytes that the peer acknowledges. For a unix socket, it
 * differs after the peer has read something. */
uint64_t tcp_taken(int fd);

#endif
