/* SPDX-License-Identifier: MIT */
/* Measures how much of what was written to a socket its peer has taken. */
#ifndef LEAT_WORKERS_HTTP_TCP_TAKEN_H
#define LEAT_WORKERS_HTTP_TCP_TAKEN_H

#include <stdbool.h>
#include <stdint.h>

/* Returns a number that grows by the bytes that the peer acknowledges. For a unix socket, it
 * differs after the peer has read something. */
uint64_t tcp_taken(int fd);

/* Counts the bytes that the peer has acknowledged. Returns false if the socket is not TCP. */
bool tcp_acked(int fd, uint64_t *bytes);

#endif
