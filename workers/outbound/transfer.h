/* SPDX-License-Identifier: MIT */
/* One transfer of workers/outbound/outbound.c: what libcurl is told, and what came. */
#ifndef LEAT_WORKERS_OUTBOUND_TRANSFER_H
#define LEAT_WORKERS_OUTBOUND_TRANSFER_H

#include <stdatomic.h>

#include "workers/outbound/destination.h"
#include "workers/outbound/outbound.h"

struct transfer {
    struct outbound *owner;           /* borrowed */
    struct outbound_request *request; /* the loop's alone; NULL: nobody waits for it any more */
    atomic_bool is_cancelled;
    void *easy; /* libcurl's; the thread's alone once it was submitted */
    struct curl_slist *headers, *recipients;
    struct buf body, answer;
    enum destination destination;
    const struct cidr *allow; /* borrowed of the owner */
    size_t allow_count;
    size_t sent, limit_bytes, header_bytes;
    const char *fault; /* static: where libcurl knows less of the failure than we do */
    int status;
    char content_type[OUTBOUND_TYPE_MAX];
    char error[OUTBOUND_ERROR_MAX];
    struct transfer *next;
};

/* Copies what `o` asks. NULL: a header of it has a line end. */
struct transfer *transfer_new(struct outbound_request *o);
/* Reads the outcome, with libcurl's `code`, into status, content_type and error. */
void transfer_end(struct transfer *t, int code);
void transfer_free(struct transfer **t);

#endif
