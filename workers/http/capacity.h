/* SPDX-License-Identifier: MIT */
/*
 * How many connections a worker has, and which of them makes room for another. Listeners that
 * serve only admin have a few places of their own, so that health and metrics can be asked for
 * whatever clients do; all others share limits.connections.
 *
 * A connection without a request rests. When a place is wanted, and no other worker has one, the
 * connection that has rested longest is closed: one that has been answered though it still sends,
 * is idle, or has never sent anything. If there is none, one whose head (or PROXY header) has been
 * incomplete for a second; then one with a request whose client has made no progress for as long
 * (see buffered.h). Other requests stay.
 */
#ifndef LEAT_WORKERS_HTTP_CAPACITY_H
#define LEAT_WORKERS_HTTP_CAPACITY_H

#include "workers/http/connection.h"

void capacity_open(void);
enum place {
    PLACE_FREE,
    PLACE_OF_VICTIM, /* capacity_close() *victim for it */
    PLACE_SOON,      /* some have not rested for long enough */
    PLACE_NONE
};

/* Finds a place for one more connection of the listener. */
enum place capacity_find_place(const struct endpoint *endpoint, struct connection **victim);
/* Whether the listener has no free place. */
bool capacity_is_full(const struct endpoint *endpoint);
/* Whether it has none, but another worker has: let that one accept. */
bool capacity_is_elsewhere(const struct endpoint *endpoint);
/* Looks at what the other workers have, where this one has no free place: call it when the last one
 * has been taken, and each tick. */
void capacity_look_around(void);
/* A connection of any listener that can be closed for the sake of its descriptor, or NULL. */
struct connection *capacity_find_victim(void);
/* Closes it, and says so at most once a second. Takes the connection. */
void capacity_close(struct connection *victim);
/* All places of the listener are taken by requests: says so at most once a second. */
void capacity_complain(const struct endpoint *endpoint);

/* A connection comes and goes; it rests at first. */
void capacity_enter(struct connection *c);
void capacity_leave(struct connection *c);
/* A request of the connection begins, or has been answered. */
void capacity_work(struct connection *c);
void capacity_rest(struct connection *c);

#endif
