/* SPDX-License-Identifier: MIT */
/*
 * The memory that clients make a worker hold: bodies that have been received, and answers that the
 * client has not taken yet. Each byte counts for the worker (limits.buffered) and for the address
 * of a client that is not trusted (limits.buffered-per-address), from when it is held until the
 * exchange ends. Heads, and answers of up to BUFFERED_FREE bytes, do not count: limits.connections
 * bounds them.
 *
 * Where a limit is reached, those that wait for their client are cut, the one that has made no
 * progress for longest first, if that is a second; then whoever wants more is refused.
 */
#ifndef LEAT_WORKERS_HTTP_BUFFERED_H
#define LEAT_WORKERS_HTTP_BUFFERED_H

#include "workers/http/connection.h"

enum { BUFFERED_FREE = 16384 };

void buffered_open(void);
/* Whether the worker and the client's address may hold more. May cut other connections. */
bool buffered_has_room(const struct connection *c);
/* Holds `bytes` more for the connection. False: they exceed a limit, and are not held. May cut
 * other connections. */
bool buffered_take(struct connection *c, size_t bytes);
/* Holds an answer of `bytes`, which is there already, and waits for the client to take it. Cuts
 * others where a limit is exceeded; far beyond it, also those that have not stalled. */
void buffered_add(struct connection *c, size_t bytes);
/* Holds nothing for the connection any more. */
void buffered_release(struct connection *c);

/* From now on the connection waits for its client, who has sent or taken `bytes` so far. */
void buffered_wait(struct connection *c, uint64_t bytes);
/* The client has sent or taken `bytes`, counted as in buffered_wait(). */
void buffered_progress(struct connection *c, uint64_t bytes);
/* It no longer waits. May be called when it never has. */
void buffered_stop_waiting(struct connection *c);
/* The connection that has made no progress for longest, if that is a second, of those whose
 * listener serves the API, or of the others; NULL if there is none. */
struct connection *buffered_find_stalled(bool serves_api);
/* Ends such a connection for the sake of others, and says so at most once a second. */
void buffered_cut(struct connection *c);
/* Tells the master how much is held; call it each tick. */
void buffered_publish(void);

#endif
