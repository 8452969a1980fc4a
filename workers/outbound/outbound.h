/* SPDX-License-Identifier: MIT */
/*
 * What a worker asks of others: HTTP requests to identity providers, mail to an SMTP server. The
 * only files that know libcurl are outbound.c, transfer.c and destination.c. One thread, started by
 * the first request, runs all transfers at once, so that a slow peer delays nobody else; answers
 * are delivered on the loop.
 *
 * TLS 1.2 or later, verified; no redirects, proxies, cookies or credentials in the URL. Everything
 * is bounded: the number of transfers, their time, the size of an answer and of its header.
 *
 * HTTP goes to public addresses alone: what a provider names, or a name server answers, leads into
 * no network of ours. That is decided by the address that is connected to, when its name has been
 * resolved. Allowed besides is what outbound.allow of the configuration has, and, by plain http
 * too, an address that the operator wrote himself: that is the `configured` URL's, if its host is
 * no name but localhost. Mail goes where the configuration says.
 */
#ifndef LEAT_WORKERS_OUTBOUND_OUTBOUND_H
#define LEAT_WORKERS_OUTBOUND_OUTBOUND_H

#include "lib/core/buf.h"
#include "workers/context.h"

enum outbound_method { OUTBOUND_GET, OUTBOUND_POST, OUTBOUND_MAIL };
enum outbound_tls { OUTBOUND_TLS_REQUIRED, OUTBOUND_TLS_OPTIONAL, OUTBOUND_TLS_OFF };
enum { OUTBOUND_MAX = 64, OUTBOUND_ERROR_MAX = 256, OUTBOUND_TYPE_MAX = 128 };

struct outbound_header {
    const char *name, *value;
};

/* Of OUTBOUND_MAIL, whose url is smtp://host:port or smtps://host:port and whose body is the
 * message. */
struct outbound_envelope {
    const char *from, *to;
    enum outbound_tls starttls; /* of smtp:// */
    struct slice username, password;
};

struct transfer;

/* Owned by the caller, and not moved until `done` was called or it was cancelled. */
struct outbound_request {
    /* What is asked; copied by outbound_submit(). */
    enum outbound_method method;
    const char *url;
    const struct outbound_header *headers; /* Content-Type is the caller's to set */
    size_t header_count;
    struct slice body;
    const struct outbound_envelope *envelope; /* of OUTBOUND_MAIL, else NULL */
    uint64_t timeout_ms;                      /* for the whole of it; 0: 5 s */
    size_t limit_bytes;                       /* of the answer, which fails past it; 0: 1 MiB */
    const char *configured; /* the URL of the configuration that led to `url`; NULL: none did */
    struct slice ca;        /* authorities, PEM; data NULL: the system's */
    void (*done)(struct outbound_request *o); /* on the loop, once; may submit again or free `o` */
    void *arg;                                /* the caller's own */

    /* What came back. */
    int status;                           /* 0: no whole answer came, see `error` */
    struct buf answer;                    /* the caller's, for buf_fini() */
    char content_type[OUTBOUND_TYPE_MAX]; /* "" where there was none */
    char error[OUTBOUND_ERROR_MAX];       /* for the log, not for clients */

    struct transfer *transfer; /* outbound.c's own; NULL while it does not run */
};

/* Starts it. False, and `error` says why: the URL is refused, OUTBOUND_MAX are under way, or there
 * is no thread to be had; `done` is not called then. */
bool outbound_submit(struct worker *w, struct outbound_request *o);
/* Forgets it at once: `done` will not be called. Nothing happens where it does not run. */
void outbound_cancel(struct outbound_request *o);
/* Appends "name=value", percent-encoded, with & where something stands before it: the body of
 * application/x-www-form-urlencoded, or a query. */
void outbound_put_form(struct buf *out, const char *name, struct slice value);
/* Cancels everything and ends the thread. */
void outbound_close(struct worker *w);

#endif
