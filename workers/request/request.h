/* SPDX-License-Identifier: MIT */
/*
 * One request, from the parsed head to the log line. All of its memory is its arena's, which goes
 * when the answer has left or the client has: nothing is freed by hand.
 *
 * Layers and handlers see this struct and workers/http/http.h, never a type of h2o.
 */
#ifndef LEAT_WORKERS_REQUEST_REQUEST_H
#define LEAT_WORKERS_REQUEST_REQUEST_H

#include "lib/core/text/uuid.h"
#include "workers/context.h"

enum { REQUEST_ID_MAX = 63, TRACE_ID = 32, REQUEST_HEADERS_MAX = 40, TAKEN_MAX = 8 };
enum { REQUEST_ARENA = 6144, REQUEST_BODY_ARENA = 1024 };

struct authentication;
struct rate;

/* A request that a rate limit has counted. */
struct taken {
    const struct rate *rate;
    uint64_t key, remaining;
};

struct reply_header {
    const char *name; /* static, lower case */
    struct slice value;
};

struct request {
    struct worker *worker;
    void *http; /* workers/http's own */
    struct arena arena;
    uint64_t started_ns;

    /* As received. */
    enum method method;
    struct slice method_text, path, query;
    struct slice raw_body;        /* once it has been received */
    bool has_content;             /* a body that is not empty, as far as is known, is to come */
    bool has_length;              /* of which the head says how long it is */
    bool is_content_too_large;    /* as the head says, or what came along with it */
    bool has_unknown_expectation; /* Expect asks for something else than 100-continue */
    const struct worker_listener *listener;
    const char *peer;        /* its address as text */
    bool is_trusted;         /* the peer is one whose forwarded headers are believed */
    bool is_tls;             /* of the connection itself */
    const char *tls_subject; /* of the client's certificate, verified; NULL: none. RFC 4514 */
    enum err head_err;       /* the head was refused: only the answer is left to do */

    /* As the layers find out. */
    char id[REQUEST_ID_MAX + 1];
    char trace[TRACE_ID + 1]; /* of traceparent (W3C Trace Context), or "" */
    const char *client;       /* who asked: the peer, or who it forwards for */
    const char *scheme;       /* "http" or "https", as the client sees it */
    struct slice host;        /* as the client sees it; data is NULL where it is not known */
    struct slice prefix;      /* what a proxy cut off the front of the path */
    struct route route;
    enum route_result routed;
    const struct operation *op;
    struct field_value *parameters; /* by op->parameters */
    struct budget budget; /* what it may still cost: all that walks what was sent takes it */
    const struct body_media *media; /* of the body; NULL: there is none */
    struct jvalue body;             /* its value, but of MEDIA_BYTES; it lies in … */
    struct arena body_arena;        /* … here: see request_drop_body() */
    bool is_rewritten;              /* raw_body is not `body` as JSON text */
    bool *sent;                     /* by op->inputs: what _has_ says, where defaults came after */
    struct upload *uploads;         /* the files of a form, linked */
    struct authentication *authentication; /* its credentials; NULL: nothing looked for any */
    const struct identity *identity;       /* who calls, once authorized; NULL: nobody */
    struct slice subject; /* whom limits and rows are counted for; data NULL: nobody */
    struct slice api_key; /* its id; data NULL: none */
    size_t taken_count;
    const struct rate *refusing; /* the rate limit that refuses it; NULL: none */
    bool is_cross_origin;        /* a page of an allowed other origin may read the answer */
    bool is_preflight;           /* such a page's browser asks what it may send */
    bool is_admitted;            /* counts as in flight */
    int activity;                /* its entry in shared memory, or -1 */
    struct violations violations;

    /* The handler's job, and what goes back. */
    struct db_value *values;
    struct db_job job;
    size_t layer;   /* where the pipeline stands */
    int status;     /* 0: not answered yet */
    bool is_packed; /* the body is to be compressed, if the client takes that */
    size_t bytes;   /* of the answer's body */
    size_t header_count;
    struct request *next_free;

    /* As many of these as the counts above say. */
    struct taken taken[TAKEN_MAX];
    struct reply_header headers[REQUEST_HEADERS_MAX];
};

/* A request of `worker`, from the free list; its fields are zero but worker, arena, started_ns, and
 * what the last two arrays hold. */
struct request *request_new(struct worker *worker);
/* Logs, counts, frees everything, and puts it back. */
void request_free(struct request *r);
/* The value of the body goes, for there may be a long wait ahead and the value may be large. What
 * is needed of it has been copied. */
void request_drop_body(struct request *r);
/* Bytes of the heap that the request holds, but for its job's buffers and what the server keeps of
 * its body: for whoever bounds the memory of all requests. */
static inline size_t request_memory(const struct request *r)
{
    return arena_size(&r->arena) + arena_size(&r->body_arena);
}
/* Where the budget has ended: the error to answer with, 413 or 422, whose violation says which
 * limit it was. OK: it has not. */
enum err request_overspent(struct request *r);
/* Frees the free list itself. */
void request_fini(void);

#endif
