/* SPDX-License-Identifier: MIT */
/*
 * Limits the connections of a worker, and chooses which of them makes room for another. Listeners
 * that serve only admin have a few places of their own, so that health and metrics can be read
 * whatever clients do; all others share limits.connections.
 *
 * A connection without a request rests. When a place is wanted and no other worker has one, the
 * connection that has rested longest is closed: one that has been answered and still sends, is
 * idle, or has never sent anything. If there is none, the next choice is one whose head (or PROXY
 * header) has been incomplete for a second, then one whose request's client has made no progress
 * for that long (see buffered.h). Other requests are left alone.
 */
#ifndef LEAT_WORKERS_HTTP_CAPACITY_H
#define LEAT_WORKERS_HTTP_CAPACITY_H

#include "workers/http/connection.h"

void capacity_open(void);
enum place {
    PLACE_FREE,
    PLACE_OF_VICTIM, /* capacity_close() *victim first */
    PLACE_SOON,      /* the candidates have not rested for long enough */
    PLACE_NONE
};

/* Finds a place for one more connection of the listener. */
enum place capacity_find_place(const struct endpoint *endpoint, struct connection **victim);
/* Returns whether the listener has no free place. */
bool capacity_is_full(const struct endpoint *endpoint);
/* Returns whether this worker has no free place but another has; let that one accept. */
bool capacity_is_elsewhere(const struct endpoint *endpoint);
/* Checks whether other workers have places, if this one has none. Call it when the last place has
 * been taken, and on each tick. */
void capacity_look_around(void);
/* Returns a connection of any listener that can be closed to free its descriptor, or NULL. */
struct connection *capacity_find_victim(void);
/* Closes the victim, and logs that at most once a second. Takes the connection. */
void capacity_close(struct connection *victim);
/* Logs, at most once a second, that requests hold all places of the listener. */
void capacity_complain(const struct endpoint *endpoint);

/* Counts a connection from its accept until its close; at first it rests. */
void capacity_enter(struct connection *c);
void capacity_leave(struct connection *c);
/* Marks the connection as working when its request begins, and as resting once it has been
 * answered. */
void capacity_work(struct connection *c);
void capacity_rest(struct connection *c);

#endif
