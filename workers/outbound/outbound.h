/* SPDX-License-Identifier: MIT */
/*
 * Requests that a worker makes to other servers: HTTP to identity providers, SMTP for mail. Only
 * outbound.c, transfer.c and destination.c know libcurl. One thread, started by the first request,
 * runs all transfers at once, so that a slow peer delays no other; results are delivered on the
 * loop.
 *
 * TLS is 1.2 or later, verified; there are no redirects, proxies, cookies, or credentials in the
 * URL. The number of transfers, their time, and the size of an answer and its header are bounded.
 *
 * HTTP reaches public addresses only: neither a URL from a provider nor an answer of a name server
 * leads into a network of ours. The decision is made on the resolved address. Also allowed are the
 * networks in outbound.allow and, by plain http too, an address that the configuration itself
 * names: the host of the `configured` URL, if it is an address or localhost. Mail goes where the
 * configuration says.
 */
#ifndef LEAT_WORKERS_OUTBOUND_OUTBOUND_H
#define LEAT_WORKERS_OUTBOUND_OUTBOUND_H

#include "lib/core/buf.h"
#include "lib/core/queue/completion.h"
#include "workers/context.h"

enum outbound_method { OUTBOUND_GET, OUTBOUND_POST, OUTBOUND_MAIL };
enum outbound_tls { OUTBOUND_TLS_REQUIRED, OUTBOUND_TLS_OPTIONAL, OUTBOUND_TLS_OFF };
enum { OUTBOUND_MAX = 64, OUTBOUND_ERROR_MAX = 256, OUTBOUND_TYPE_MAX = 128 };

struct outbound_header {
    const char *name, *value;
};

/* For OUTBOUND_MAIL, whose url is smtp://host:port or smtps://host:port and whose body is the
 * message. */
struct outbound_envelope {
    const char *from, *to;
    enum outbound_tls starttls; /* for smtp:// */
    struct slice username, password;
};

struct transfer;

/* Owned by the caller, at a fixed address until `done` was called or it was cancelled. */
struct outbound_request {
    /* The request; copied by outbound_submit(). */
    enum outbound_method method;
    const char *url;
    const struct outbound_header *headers; /* Content-Type must be set by the caller */
    size_t header_count;
    struct slice body;
    const struct outbound_envelope *envelope; /* for OUTBOUND_MAIL, else NULL */
    uint64_t timeout_ms;                      /* for the whole transfer; 0: 5 s */
    size_t limit_bytes;                       /* of the answer, beyond which it fails; 0: 1 MiB */
    const char *configured; /* URL of the configuration from which `url` comes; NULL: none */
    struct slice ca;        /* certificate authorities, PEM; data NULL: the system's */
    void (*done)(struct outbound_request *o); /* on the loop, once; may resubmit or free `o` */
    void *arg;                                /* the caller's own */

    /* The result. */
    int status;                           /* 0: no complete answer, see `error` */
    struct buf answer;                    /* the caller's, for buf_fini() */
    char content_type[OUTBOUND_TYPE_MAX]; /* "" if there was none */
    char error[OUTBOUND_ERROR_MAX];       /* for the log, not for clients */

    struct transfer *transfer; /* private to outbound.c; NULL while it does not run */
};

/* Starts the transfer. LATER: `done` is called, once. DONE: it failed, and `done` is not called:
 * status is 0, and `error` says that the URL is refused, OUTBOUND_MAX are under way, or no thread
 * can be started. */
enum completion outbound_submit(struct worker *w, struct outbound_request *o)
    __attribute__((warn_unused_result));
/* Cancels the transfer at once: `done` will not be called. Does nothing if it is not running. */
void outbound_cancel(struct outbound_request *o);
/* Appends "name=value", percent-encoded, after & unless it is the first: the body of
 * application/x-www-form-urlencoded, or a query. */
void outbound_put_form(struct buf *out, const char *name, struct slice value);
/* Cancels everything and ends the thread. */
void outbound_close(struct worker *w);

#endif
