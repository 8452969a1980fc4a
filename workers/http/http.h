/* SPDX-License-Identifier: MIT */
/* HTTP for the rest of the worker: no type of h2o passes this header. */
#ifndef LEAT_WORKERS_HTTP_HTTP_H
#define LEAT_WORKERS_HTTP_HTTP_H

#include "lib/core/buf.h"
#include "workers/request/flow.h"

/* Sets up the loop, the listeners (not accepting yet) and the guards. False: *why is for free(). */
bool http_start(struct worker *w, char **why);
/* Asks the worker itself for the readiness route `path`, through a socket and the whole pipeline;
 * calls fn(status) once with the status of the answer, 0 if there was none. */
void http_ask_itself(const char *path, void (*fn)(int status));
/* Calls fn(arg) from the loop whenever `fd`, which is borrowed, is readable. */
void http_watch(int fd, void (*fn)(void *arg), void *arg);
/* Stops that, from within fn too, and lets go of the descriptor. */
void http_unwatch(void (*fn)(void *arg));
/* One turn of the loop, waiting for at most `wait_ms`. */
void http_turn(int wait_ms);
/* Cuts connections that exceed a timeout, and resumes accepting after a shortage. Call it every
 * few hundred ms. */
void http_tick(void);

void http_accept(void);
/* Accepts what waits in the backlogs, then nothing more; every answer from now on closes its
 * connection. */
void http_stop_accepting(void);
/* Closes connections that wait for a request. */
void http_close_idle(void);
/* Connections that are open. */
size_t http_connections(void);
/* Logs what still runs. */
void http_cut(void);
/* Closes everything, at once. */
void http_finish(void);

/* Receives the body of a request that has one, once. FLOW_NEXT: r->raw_body has all of it, until
 * the request ends. FLOW_WAIT: flow_resume() follows when it has; if the body is refused or
 * takes too long, the request is answered instead, and if the client leaves, it ends. FLOW_DONE: it
 * was refused, and answered. */
enum flow http_receive(struct request *r);
/* Whether more memory may be held for the request (limits.buffered). If not: ERR_BUSY. */
bool http_has_room(const struct request *r);
/* Holds `bytes` of limits.buffered for the request until it ends. False: they exceed the limit, and
 * are not held. */
bool http_hold(struct request *r, size_t bytes);
/* Ends a request whose client has sent or taken nothing for a second, the one that has waited
 * longest, so that there is room for another. False: there is none. */
bool http_displace(void);

/* A request header; data is NULL where there is none. `name` is lower case. */
struct slice http_header(const struct request *r, const char *name);
/* All headers of the name as one list; data is NULL where there is none. */
struct slice http_header_list(struct request *r, const char *name);
/* Sends r->status, r->headers and `body`; called by reply.c only. */
void http_send(struct request *r, struct slice body);
/* "GET, HEAD" from a mask of methods. */
void http_allow(unsigned allowed, struct buf *out);

#endif
