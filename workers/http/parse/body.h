/* SPDX-License-Identifier: MIT */
/*
 * Decodes the content of one message from the bytes that follow its head (RFC 9112, 6 and 7), and
 * finds its exact end. It knows no sockets and keeps no bytes; receive.c does.
 */
#ifndef LEAT_WORKERS_HTTP_PARSE_BODY_H
#define LEAT_WORKERS_HTTP_PARSE_BODY_H

#include "workers/http/parse/chunked.h"
#include "workers/http/parse/head.h"

enum body_state {
    BODY_MORE,      /* more content is to come */
    BODY_WHOLE,     /* it is complete */
    BODY_TOO_LARGE, /* it exceeds its limit */
    BODY_MALFORMED  /* its chunked coding is invalid, or its framing far exceeds its content */
};

struct body {
    enum framing framing;
    enum body_state state;
    uint64_t left; /* FRAMING_LENGTH: bytes still to come */
    struct chunked chunks;
    uint64_t size, limit;  /* bytes of content so far, and the most that is allowed */
    uint64_t framing_size; /* bytes of chunked framing so far */
};

/* Starts a body with the framing that its head declares, FRAMING_LENGTH or FRAMING_CHUNKED. A
 * declared length above `limit` is BODY_TOO_LARGE at once. */
void body_init(struct body *b, enum framing framing, uint64_t length, uint64_t limit);
/* Decodes the next `*len` bytes in place: `*len` becomes the length of their content, which is
 * followed by `*rest` bytes that do not belong to the body. Call it only in BODY_MORE. */
enum body_state body_decode(struct body *b, char *data, size_t *len, size_t *rest);

#endif
