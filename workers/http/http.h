/* SPDX-License-Identifier: MIT */
/* The interface to HTTP for the rest of the worker. It contains no type of h2o. */
#ifndef LEAT_WORKERS_HTTP_HTTP_H
#define LEAT_WORKERS_HTTP_HTTP_H

#include "lib/core/buf.h"
#include "lib/core/queue/completion.h"
#include "lib/core/fault.h"
#include "workers/request/flow.h"

/* Sets up the loop, the listeners (not accepting yet) and the overrides of libh2o. Returns false
 * with *fault on failure. */
bool http_start(struct worker *w, struct fault *fault);
/* Requests the readiness route `path` from the worker itself, through a socket and all layers.
 * LATER: fn(status) is called once, with the status of the answer, or 0 if there was none. DONE: it
 * could not be asked, and fn is not called. */
enum completion http_ask_itself(const char *path, void (*fn)(int status));
/* Calls fn(arg) from the loop whenever `fd`, which is borrowed, is readable. */
void http_watch(int fd, void (*fn)(void *arg), void *arg);
/* Stops watching for `fn`, and releases the descriptor. May be called from within fn. */
void http_unwatch(void (*fn)(void *arg));
/* Runs one turn of the loop, which waits for at most `wait_ms`. */
void http_turn(int wait_ms);
/* Cuts connections that exceed a timeout, and resumes accepting after a shortage. Call it every few
 * hundred milliseconds. */
void http_tick(void);

void http_accept(void);
/* Accepts the connections that wait in the backlogs, then no more. From now on every answer closes
 * its connection. */
void http_stop_accepting(void);
/* Closes connections that wait for a request. */
void http_close_idle(void);
/* Returns the number of open connections. */
size_t http_connections(void);
/* Logs and cuts the connections that remain. */
void http_cut(void);
/* Closes everything at once, and frees it. */
void http_finish(void);

/* Receives the body of a request that has one; call it once. FLOW_NEXT: r->raw_body is complete,
 * and valid until the request ends. FLOW_WAIT: the pipeline resumes after the layer when it is
 * complete; if the body is refused or takes too long, the request is answered instead, and if the
 * client leaves, the request ends. FLOW_DONE: the body was refused, and the request answered. */
enum flow http_receive(struct request *r);
/* Returns whether the whole body has come along with the head, and its client does not wait for 100
 * Continue. */
bool http_has_whole_body(const struct request *r);
/* Returns whether more memory may be held for the request (limits.buffered). If not, answer
 * ERR_BUSY. */
bool http_has_room(struct request *r);
/* Charges `bytes` of limits.buffered to the request until it ends. Returns false, and charges
 * nothing, if they exceed the limit. */
bool http_hold(struct request *r, size_t bytes);
/* Cuts the connection of the request whose client has sent or taken nothing for longest, if for at
 * least a second, to make room for another. Returns false if there is none. */
bool http_displace(void);

/* Returns the value of a request header; data is NULL if it is absent. `name` is in lower case. */
struct slice http_header(const struct request *r, const char *name);
/* Returns all headers of the name as one list, in the arena; data is NULL if there is none. */
struct slice http_header_list(struct request *r, const char *name);
/* Sends r->status, r->headers and `body`. Only reply.c calls it. */
void http_send(struct request *r, struct slice body);
/* An answer that is sent in parts, because it is too long to hold, at the pace of its client: the
 * next part is sent when the socket has taken the last one. HTTP/1.1 sends chunks; HTTP/1.0 ends
 * the connection.
 *
 *     http_stream_begin() ── http_stream_send() ◀─┐ the owner has the next part, now or later
 *                                  └─▶ proceed() ─┘
 *     the last part, http_stream_fail(), or the client leaves ──▶ stop()
 *
 * The owner of the parts sets r->stream. The last part, or a failure, may end the exchange at once,
 * and with it the request. */
struct answer_stream {
    /* The client has taken the last part, which may be freed. */
    void (*proceed)(struct request *r);
    /* The exchange has ended, whole or not, and the connection is gone. If it returns false,
     * threads still use the request: stop() has called request_finish(), and the owner calls
     * request_free(). */
    bool (*stop)(struct request *r);
};

/* Sends the head from r->status and r->headers with the first part. Only reply.c calls it. */
void http_stream_begin(struct request *r);
/* Sends a part, which is not empty unless it is the last. It must stay as it is until proceed() or
 * stop(). */
void http_stream_send(struct request *r, struct slice part, bool is_last);
/* Returns whether the client has shut its side. Between two parts nothing else notices. */
bool http_stream_is_left(const struct request *r);
/* Returns a number that grows by the bytes that the client has taken. */
uint64_t http_stream_taken(const struct request *r);
/* Ends the connection in a way that shows the client that the body is not whole. */
void http_stream_fail(struct request *r);
/* Does so at once for r->reason, although a part is still being sent. stop() is called later. */
void http_stream_cut(struct request *r);
/* Appends the methods of a mask as a list: "GET, HEAD". */
void http_allow(unsigned allowed, struct buf *out);

#endif
