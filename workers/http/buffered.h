/* SPDX-License-Identifier: MIT */
/*
 * Bounds the memory that clients make a worker hold: bodies that have been received, and answers
 * that the client has not taken yet. Each byte counts against the worker (limits.buffered) and
 * against the address of a client that is not trusted (limits.buffered-per-address), until the
 * exchange ends. Heads, and answers of up to BUFFERED_FREE bytes, do not count: limits.connections
 * bounds them.
 *
 * At a limit, connections that wait for their client are cut, the longest without progress first,
 * provided that this is at least a second; after that, further requests for memory are refused.
 */
#ifndef LEAT_WORKERS_HTTP_BUFFERED_H
#define LEAT_WORKERS_HTTP_BUFFERED_H

#include "workers/http/connection.h"

enum { BUFFERED_FREE = 16384 };

void buffered_open(void);
/* Returns whether the worker and the client's address may hold more. May cut other connections. */
bool buffered_has_room(const struct connection *c);
/* Charges `bytes` more to the connection. Returns false, and charges nothing, if they exceed a
 * limit. May cut other connections. */
bool buffered_take(struct connection *c, size_t bytes);
/* Charges an answer of `bytes`, which is in memory already, and marks the connection as waiting for
 * its client. Cuts other connections if a limit is exceeded; far beyond the limit, also those that
 * have not stalled. */
void buffered_add(struct connection *c, size_t bytes);
/* Releases everything that the connection holds. */
void buffered_release(struct connection *c);

/* Marks the connection as waiting for its client, who has sent or taken `bytes` so far. */
void buffered_wait(struct connection *c, uint64_t bytes);
/* Records that the client has sent or taken `bytes`, counted as in buffered_wait(). */
void buffered_progress(struct connection *c, uint64_t bytes);
/* Ends the wait. May be called for a connection that does not wait. */
void buffered_stop_waiting(struct connection *c);
/* Returns the connection that has made no progress for longest, if for at least a second, among
 * those whose listener serves the API, or among the others. NULL: there is none. */
struct connection *buffered_find_stalled(bool serves_api);
/* Cuts a stalled connection to make room, and logs that at most once a second. */
void buffered_cut(struct connection *c);
/* Counts that a request is refused because there is no room, which becomes its reason. */
void buffered_refuse(struct request *r);
/* Tells the master how much is held; call it on each tick. */
void buffered_publish(void);

#endif
