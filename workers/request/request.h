/* SPDX-License-Identifier: MIT */
/*
 * A request, from the parsed head to the log line. All of its memory is its arena's, which is freed
 * when the answer has been sent or the client has left: nothing is freed by hand.
 *
 * Layers and handlers see this struct and workers/http/http.h, never a type of h2o.
 */
#ifndef LEAT_WORKERS_REQUEST_REQUEST_H
#define LEAT_WORKERS_REQUEST_REQUEST_H

#include "lib/core/reason.h"
#include "lib/core/text/uuid.h"
#include "workers/context.h"

enum { REQUEST_ID_MAX = 63, TRACE_ID = 32, REQUEST_HEADERS_MAX = 40, TAKEN_MAX = 8 };
enum { REQUEST_ARENA = 6144, REQUEST_BODY_ARENA = 1024 };

struct answer_stream;
struct authentication;
struct rate;

/* A rate limit that has counted the request. */
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
    void *http; /* private to workers/http */
    struct arena arena;
    uint64_t started_ns;

    /* Set on receipt. */
    enum method method;
    struct slice method_text, path, query;
    struct slice raw_body;        /* once received */
    bool has_content;             /* a non-empty body, as far as known, will follow */
    bool has_length;              /* the head declares its length */
    bool is_content_too_large;    /* by its declared length, or the part that came with the head */
    bool has_unknown_expectation; /* Expect is not 100-continue */
    const struct worker_listener *listener;
    const char *peer;        /* its address as text */
    bool is_trusted;         /* its forwarded headers are believed */
    bool is_tls;             /* the connection itself */
    const char *tls_subject; /* of the verified client certificate, RFC 4514; NULL: none */
    enum err head_err;       /* the head was refused: only the answer remains */
    enum reason reason; /* why it failed, for the log and the metrics; REASON_NONE: it did not */

    /* Set by the layers. */
    char id[REQUEST_ID_MAX + 1];
    char trace[TRACE_ID + 1]; /* from traceparent (W3C Trace Context), or "" */
    const char *client;       /* the peer, or the client that it forwards for */
    const char *scheme;       /* "http" or "https", as the client sees it */
    struct slice host;        /* as the client sees it; data is NULL if unknown */
    struct slice prefix;      /* the part of the path that a proxy cut off */
    struct route route;
    enum route_result routed;
    const struct operation *op;
    struct field_value *parameters; /* indexed by op->parameters */
    struct budget budget;           /* all processing of its input is charged to it */
    const struct body_media *media; /* of the body; NULL: none */
    struct jvalue body;             /* its value, except for MEDIA_BYTES; lies in body_arena */
    struct arena body_arena;        /* see request_drop_body() */
    bool is_rewritten;              /* raw_body is not the JSON text of `body` */
    bool *sent;                     /* by op->inputs, if defaults were added: the client sent it */
    struct upload *uploads;         /* the files of a form, as a list */
    struct authentication *authentication; /* NULL: not looked for */
    const struct identity *identity;       /* the caller, once authorized; NULL: anonymous */
    struct slice subject;                  /* the caller for limits and rows; data NULL: none */
    struct slice api_key;                  /* id of the key; data NULL: none */
    size_t taken_count;
    const struct rate *refusing; /* the rate limit that refuses the request; NULL: none */
    bool is_cross_origin;        /* a page of another, allowed origin may read the answer */
    bool is_preflight;           /* a preflight of such a page's browser */
    bool is_admitted;            /* counts as in flight */
    bool has_place;              /* counts as handled: places.h */
    int activity;                /* index of its entry in shared memory, or -1 */

    /* The handler's job, and the answer. */
    struct db_value *values;
    struct db_job job;
    bool has_preference;                /* the client's Prefer is honoured: handlers/prefer.h */
    const struct answer_stream *stream; /* the answer is sent in parts: http.h; or NULL */
    bool is_finished;                   /* logged and counted */
    size_t layer;                       /* index of the present layer */
    int status;                         /* 0: not answered yet */
    bool is_packed;                     /* compress the body if the client accepts that */
    size_t bytes;                       /* size of the answer's body */
    size_t header_count;
    struct request *next_free;

    struct violations violations;

    /* Counts tell how many of these are set, and how many of the items of the violations. */
    struct taken taken[TAKEN_MAX];
    struct reply_header headers[REQUEST_HEADERS_MAX];
};

/* Returns a request of `worker` from the free list. All fields are zero except worker, arena,
 * started_ns, and the last three arrays, those of the violations among them. */
struct request *request_new(struct worker *worker);
/* Logs and counts the request, which has ended although threads still use its memory. */
void request_finish(struct request *r);
/* Does the same if that has not been done, frees its memory, and returns it to the free list. */
void request_free(struct request *r);
/* Frees the value of the body, which may be large, before a wait that may be long. The caller must
 * have copied what it still needs. */
void request_drop_body(struct request *r);
/* Returns the bytes of heap that the request holds, except its job's buffers and the received body,
 * for limits on the memory of all requests. */
static inline size_t request_memory(const struct request *r)
{
    return arena_size(&r->arena) + arena_size(&r->body_arena);
}
/* Returns the error to answer with if the budget has ended, 413 or 422, after adding a violation
 * that names the limit. OK: it has not ended. */
enum err request_overspent(struct request *r);
/* Frees the free list. */
void request_fini(void);

#endif
