/* SPDX-License-Identifier: MIT */
/* One transfer of workers/outbound/outbound.c: its libcurl handle, and its result. */
#ifndef LEAT_WORKERS_OUTBOUND_TRANSFER_H
#define LEAT_WORKERS_OUTBOUND_TRANSFER_H

#include <stdatomic.h>

#include "lib/core/queue/fifo.h"
#include "workers/outbound/destination.h"
#include "workers/outbound/outbound.h"

struct transfer {
    struct fifo_link link;            /* first; in a queue */
    struct outbound *owner;           /* borrowed */
    struct outbound_request *request; /* used by the loop only; NULL: cancelled */
    atomic_bool is_cancelled;
    void *easy; /* the CURL handle; used by the thread only, once submitted */
    struct curl_slist *headers, *recipients;
    struct buf body, answer;
    enum destination destination;
    const struct cidr *allow; /* borrowed from the owner */
    size_t allow_count;
    size_t sent, limit_bytes, header_bytes;
    const char *fault; /* static; our reason for a failure that libcurl cannot name */
    int status;
    char content_type[OUTBOUND_TYPE_MAX];
    char error[OUTBOUND_ERROR_MAX];
    struct transfer *next; /* of those that run */
};

/* Copies the request. Returns NULL if a header contains a line end. */
struct transfer *transfer_new(struct outbound_request *o);
/* Converts the result, with libcurl's `code`, into status, content_type and error. */
void transfer_end(struct transfer *t, int code);
void transfer_free(struct transfer **t);

#endif
