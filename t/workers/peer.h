/* SPDX-License-Identifier: MIT */
/* Somebody that a worker talks to, in a thread; and the worker's loop, as far as that takes. */
#ifndef LEAT_T_WORKERS_PEER_H
#define LEAT_T_WORKERS_PEER_H

#include <stdbool.h>

struct peer;

/* Listens on a port of 127.0.0.1 and calls serve(fd) for each connection, which it then closes. */
struct peer *peer_start(void (*serve)(int fd));
int peer_port(const struct peer *p);
/* Waits for what is being served. */
void peer_stop(struct peer **p);

/* Sends the text; reads until `end` came, into `to`, which is terminated. False: it did not. */
bool peer_send(int fd, const char *text);
bool peer_read(int fd, const char *end, char *to, int size);

/* Turns the loop that http_watch() knows until *is_done, for 20 s at most. */
void peer_turn(const bool *is_done);
void peer_turn_once(void);

#endif
